"use strict";
(async () => {
  const byId = id => document.getElementById(id), root = document.documentElement;
  const make = (name, attributes = {}, text = "") => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  };
  const data = JSON.parse(byId("data").textContent), panes = data.panes;
  const [layers, heads] = panes[0].shape;
  const MEAN = heads, TOP = 20, WHOLE = 40, VECTOR = 128, LABELLED = 9, SCROLLED = 64, LONG = 90;
  const state = {layer: layers - 1, head: MEAN, level: 0, word: 0, i: 0, j: 0, zoom: 0};
  const signed = value => value.toFixed(value && Math.abs(value) < .001 ? 5 : 3);

  // Colours: 256 steps from the page's stops; text on them dark or white by lightness.
  const rgb = value => {
    const place = Math.min(1, Math.max(0, value)) * (data.stops.length - 1), low = Math.min(Math.floor(place), data.stops.length - 2);
    return [1, 3, 5].map(at => {
      const [a, b] = [low, low + 1].map(stop => parseInt(data.stops[stop].slice(at, at + 2), 16));
      return Math.round(a + (b - a) * (place - low));
    });
  };
  const steps = Array.from({length: 256}, (_, step) => rgb(step / 255));
  const packedSteps = new Uint32Array(steps.map(([r, g, b]) => (255 << 24 | b << 16 | g << 8 | r) >>> 0));
  const css = value => `rgb(${steps[Math.round(Math.min(1, Math.max(0, value)) * 255)].join()})`;
  const ink = value => value > .52 ? "white" : "#1F2430";

  // Weights: a layer's bytes, column by column, deflated.
  const unpack = async id => {
    const decoded = text => {
      const signs = atob(text), found = new Uint8Array(signs.length);
      for (let at = 0; at < signs.length; at++) found[at] = signs.charCodeAt(at);
      return found;
    };
    const text = byId(id).textContent, bytes = Uint8Array.fromBase64?.(text) ?? decoded(text);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    byId(id).remove();
    return new Uint8Array(await new Response(stream).arrayBuffer());
  };
  const kept = new Map();
  const matrix = (pane, layer, head) => {  // m × m, joined: summed over the pieces looked at, averaged over those that look
    const key = [panes.indexOf(pane), layer, head, state.level].join();
    if (kept.has(key)) return kept.get(key);
    const n = pane.shape[2], {of, labels} = pane.levels[state.level], m = labels.length, found = new Float32Array(m * m);
    const size = new Float32Array(m);
    of.forEach(group => size[group]++);
    for (const one of head === MEAN ? Array(heads).keys() : [head]) {
      const unit = pane.scales[layer][one] / 255 / (head === MEAN ? heads : 1), start = one * n * n, bytes = pane.layers[layer];
      for (let j = 0; j < n; j++) for (let i = 0, at = start + j * n; i < n; i++, at++)
        if (bytes[at]) found[of[i] * m + of[j]] += bytes[at] * unit / size[of[i]];
    }
    if (kept.size > 24) kept.delete(kept.keys().next().value);
    kept.set(key, found);
    return found;
  };
  const largest = values => {
    let found = 0;
    for (let at = 0; at < values.length; at++) if (values[at] > found) found = values[at];
    return found;
  };
  const darkest = () => byId("scale").value === "one" ? 1 : Math.max(...panes.map(pane => largest(matrix(pane, state.layer, state.head)))) || 1;
  const shade = share => Math.min(1, state.rooted ? Math.sqrt(share) : share);
  const picture = (values, m, most, top, across = false) => {  // at most most × most pixels; cells that share one show their largest
    const size = Math.max(1, Math.min(m, most)), canvas = make("canvas"), context = canvas.getContext("2d");
    canvas.width = canvas.height = size;
    const image = context.createImageData(size, size), pixels = new Uint32Array(image.data.buffer), pooled = new Float32Array(size * size);
    const place = Int32Array.from({length: m}, (_, at) => Math.floor(at * size / m)), [down, right] = across ? [1, size] : [size, 1];
    for (let i = 0, at = 0; i < m; i++) for (let j = 0, row = place[i] * down; j < m; j++, at++) {
      const cell = row + place[j] * right;
      if (values[at] > pooled[cell]) pooled[cell] = values[at];
    }
    for (let at = 0; at < pooled.length; at++) pixels[at] = packedSteps[Math.round(shade(pooled[at] / top) * 255)];
    context.putImageData(image, 0, 0);
    return canvas;
  };
  const tokens = (pane, layer, head) => {  // a head's bytes as they are, column by column, and how many are 1; of the mean, weights
    const n2 = pane.shape[2] ** 2, bytes = pane.layers[layer];
    if (head !== MEAN) return [bytes.subarray(head * n2, (head + 1) * n2), 255 / (pane.scales[layer][head] || 1)];
    const mean = new Float32Array(n2);
    for (let one = 0; one < heads; one++)
      for (let at = 0, from = one * n2, unit = pane.scales[layer][one] / 255 / heads; at < n2; at++) mean[at] += bytes[from + at] * unit;
    return [mean, 1];
  };

  // Overview: a grid of buttons, one tab stop, arrow keys.
  const name = (layer, head) => `layer ${layer + 1}, ${head === MEAN ? "mean of all heads" : `head ${head + 1}`}`;
  const tile = (pane, layer, head) => {
    const button = pane.tiles[layer][head], measure = byId("showing").value, canvas = button.firstChild, label = button.lastChild;
    const context = canvas.getContext("2d"), all = pane.measures[measure];
    label.textContent = "";
    let says = "";
    if (all) {
      const value = head === MEAN ? all.slice(layer * heads, (layer + 1) * heads).reduce((a, b) => a + b) / heads : all[layer * heads + head];
      const share = value / (data.measures[measure].includes("share") ? 1 : Math.max(...all));
      context.fillStyle = css(share);
      context.fillRect(0, 0, canvas.width, canvas.height);
      label.textContent = button.clientWidth > 24 ? value.toFixed(value < 10 ? (value < 1 ? 2 : 1) : 0).replace(/^0/, "") : "";
      label.style.color = ink(share);
      says = `, ${data.measures[measure]} ${value.toFixed(2)}`;
    } else if (pane.layers[layer]) {
      const [values, one] = tokens(pane, layer, head), most = head === MEAN ? largest(values) : pane.scales[layer][head] * one;
      context.imageSmoothingEnabled = false;
      context.drawImage(picture(values, pane.shape[2], 56, byId("scale").value === "one" ? one : most || 1, true), 0, 0, canvas.width, canvas.height);
      says = `, largest weight ${signed(most / one)}`;
    }
    button.setAttribute("aria-label", `${name(layer, head)}${says}`);
    button.title = `${name(layer, head)}${says}`;
  };
  const overview = pane => {
    const grid = make("div", {role: "grid", class: "grid", "aria-label": `Heads of every layer${pane.title && `: ${pane.title}`}`});
    grid.style.setProperty("--columns", heads + 1);
    const line = () => grid.appendChild(make("div", {role: "row"}));
    const top = line();
    top.append(make("span", {role: "columnheader", "aria-label": "layer"}, "·"));
    for (let head = 0; head <= heads; head++)
      top.append(make("span", {role: "columnheader", "aria-label": head === MEAN ? "mean" : `head ${head + 1}`}, head === MEAN ? "∅" : head + 1));
    pane.tiles = Array.from({length: layers}, (_, layer) => {
      const row = line();
      row.append(make("span", {role: "rowheader", "aria-label": `layer ${layer + 1}`}, layer + 1));
      return Array.from({length: heads + 1}, (_, head) => {
        const button = make("button", {type: "button", role: "gridcell", tabindex: -1, "aria-label": name(layer, head)});
        const canvas = make("canvas", {"aria-hidden": "true"});
        canvas.width = canvas.height = 112;
        button.append(canvas, make("span", {"aria-hidden": "true"}));
        button.addEventListener("click", () => pick(layer, head));
        button.addEventListener("keydown", event => {
          const [down, right] = {ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1]}[event.key] || [];
          const next = pane.tiles[layer + down]?.[head + right];
          if (next) { event.preventDefault(); next.focus(); next.click(); }
        });
        row.append(button);
        return button;
      });
    });
    const box = make("div");
    if (pane.title) box.append(make("h3", {}, pane.title));
    box.append(grid);
    return box;
  };
  const overviews = () => panes.forEach(pane => pane.tiles.forEach((row, layer) => row.forEach((_, head) => tile(pane, layer, head))));

  // Heatmap: only what is in sight is drawn, so its size never matters.
  const han = label => /[\u3400-\u9fff\uf900-\ufaff\u3000-\u303f\uff00-\uffef]/.test(label);
  const measure = pane => {
    const labels = pane.levels[state.level].labels, m = labels.length, context = pane.canvas.getContext("2d");
    context.font = `13px ${getComputedStyle(document.body).fontFamily}`;
    const room = pane.plot.clientWidth, gutter = Math.min(120, room / 3, 14 + Math.max(...labels.map(label => context.measureText(label).width)));
    const fitted = Math.min(30, (room - gutter) / m), least = m <= SCROLLED ? LABELLED + 2 : 0;  // a short text keeps its words, and scrolls
    let cell = state.zoom > 0 ? state.zoom : state.zoom < 0 ? fitted : Math.max(fitted, least);
    const labelled = cell >= LABELLED;
    if (!labelled && state.zoom <= 0) cell = room / m;
    return Object.assign(pane, {cell, gutter: labelled ? gutter : 0, m, labels});
  };
  const draw = pane => {
    const {plot, canvas, size} = pane, {cell, gutter, m, labels} = measure(pane), whole = gutter + m * cell;
    plot.style.height = `${Math.min(whole, 46 * 16) + (whole > plot.clientWidth + 1 ? 18 : 2)}px`;
    size.style.width = size.style.height = `${whole}px`;
    const ratio = state.printing ? 3 : devicePixelRatio || 1, width = Math.min(plot.clientWidth, whole), height = Math.min(plot.clientHeight, whole);
    canvas.width = width * ratio; canvas.height = height * ratio;
    canvas.style.width = `${width}px`; canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d"), top = darkest(), values = matrix(pane, state.layer, state.head);
    context.scale(ratio, ratio);
    context.fillStyle = "white"; context.fillRect(0, 0, width, height);
    const x = gutter - plot.scrollLeft, y = gutter - plot.scrollTop, pixels = Math.floor(m * cell * ratio);
    context.save();
    context.beginPath(); context.rect(gutter, gutter, width, height); context.clip();
    context.imageSmoothingEnabled = false;
    const sized = [state.layer, state.head, state.level, pixels < m ? pixels : m, top, byId("scale").value].join();
    if (pane.sized !== sized) Object.assign(pane, {sized, bitmap: picture(values, m, pixels, top)});
    context.drawImage(pane.bitmap, x, y, m * cell, m * cell);
    context.strokeStyle = "#D55E00"; context.lineWidth = 1.5;
    if (state.j < m && state.i < m) context.strokeRect(x + state.j * cell, y + state.i * cell, Math.max(cell, 3), Math.max(cell, 3));
    context.restore();
    if (gutter) mark(context, pane, width, height);
    plot.setAttribute("aria-label", `Heatmap of ${name(state.layer, state.head)}${pane.title && `, ${pane.title}`}: ${m} by ${m}. Arrow keys move from cell to cell, Enter chooses the word. The same numbers are in the tables below.`);
  };
  const mark = (context, pane, width, height) => {
    const {cell, gutter, m, labels, plot} = pane, font = Math.min(13, cell + 1);
    context.font = `${font}px ${getComputedStyle(document.body).fontFamily}`;
    context.textBaseline = "middle";
    const short = label => {
      let cut = label;
      while (cut.length > 1 && context.measureText(cut).width > gutter - 10) cut = cut.slice(0, -2) + "…";
      return cut;
    };
    for (let at = 0; at < m; at++) {
      const y = gutter - plot.scrollTop + (at + .5) * cell, x = gutter - plot.scrollLeft + (at + .5) * cell;
      context.fillStyle = at === state.i ? "#A03E00" : "#1F2430";
      context.textAlign = "right";
      if (y >= gutter && y < height) context.fillText(short(labels[at]), gutter - 5, y);
      if (x < gutter || x >= width) continue;
      context.fillStyle = at === state.j ? "#A03E00" : "#1F2430";
      if (han(labels[at])) {  // upright, one under the other
        context.textAlign = "center";
        const signs = [...labels[at]], most = Math.floor((gutter - 6) / font);
        signs.slice(0, most).forEach((sign, k, shown) => context.fillText(sign, x, gutter - 4 - (shown.length - k - .5) * font));
      } else {
        context.save();
        context.translate(x, gutter - 5); context.rotate(-Math.PI / 2); context.textAlign = "left";
        context.fillText(short(labels[at]), 0, 0);
        context.restore();
      }
    }
  };
  const tell = () => {
    const said = panes.map(pane => {
      const {labels} = pane.levels[state.level], m = labels.length;
      if (state.i >= m || state.j >= m) return "";
      const value = signed(matrix(pane, state.layer, state.head)[state.i * m + state.j]);
      return (pane === panes[0] ? `“${labels[state.i]}” looks at “${labels[state.j]}”: ` : "") + (pane.title ? `${value} (${pane.title})` : value);
    });
    byId("told").textContent = said.filter(Boolean).join(", ");
  };
  const plotted = pane => {
    pane.plot = make("div", {class: "plot", tabindex: 0, role: "application", "aria-roledescription": "heatmap"});
    pane.size = make("div");
    pane.canvas = make("canvas");
    pane.size.append(pane.canvas); pane.plot.append(pane.size);
    const at = event => {
      const box = pane.canvas.getBoundingClientRect();
      const i = Math.floor((event.clientY - box.top - pane.gutter + pane.plot.scrollTop) / pane.cell);
      const j = Math.floor((event.clientX - box.left - pane.gutter + pane.plot.scrollLeft) / pane.cell);
      return event.clientX - box.left >= pane.gutter && event.clientY - box.top >= pane.gutter && i < pane.m && j < pane.m ? [i, j] : null;
    };
    const move = (i, j) => { Object.assign(state, {i, j}); panes.forEach(draw); tell(); };
    pane.plot.addEventListener("pointermove", event => {
      const cell = at(event);
      if (cell && (cell[0] !== state.i || cell[1] !== state.j)) move(...cell);
    });
    pane.plot.addEventListener("click", event => { const cell = at(event); if (cell) { move(...cell); choose(cell[0]); } });
    pane.plot.addEventListener("scroll", () => draw(pane));
    pane.plot.addEventListener("keydown", event => {
      const [down, right] = {ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1]}[event.key] || [];
      if (event.key === "Enter") choose(state.i);
      if (down === undefined) return;
      event.preventDefault();
      const most = pane.m - 1;
      move(Math.min(most, Math.max(0, state.i + down)), Math.min(most, Math.max(0, state.j + right)));
      const seen = (place, scroll, room) => Math.max((place + 1) * pane.cell - room + pane.gutter, Math.min(scroll, place * pane.cell));
      pane.plot.scrollTop = seen(state.i, pane.plot.scrollTop, pane.plot.clientHeight);
      pane.plot.scrollLeft = seen(state.j, pane.plot.scrollLeft, pane.plot.clientWidth);
    });
    const box = make("div");
    if (pane.title) box.append(make("h3", {}, pane.title));
    box.append(pane.plot);
    return box;
  };

  // The text, coloured by the weights of the chosen word.
  const weightsOf = pane => {
    const values = matrix(pane, state.layer, state.head), m = pane.levels[state.level].labels.length;
    return Array.from({length: m}, (_, at) => byId("way").value === "from" ? values[state.word * m + at] : values[at * m + state.word]);
  };
  const texts = () => byId("texts").replaceChildren(...panes.map((pane, number) => {
    const level = pane.levels[state.level], weights = weightsOf(pane), box = make("div");
    const special = new Set(level.special), top = Math.max(1e-9, ...weights.filter((_, at) => !special.has(at)));
    const shown = make("div", {class: "text", lang: pane.language, role: "listbox", tabindex: 0, "aria-label": `Words of the text${pane.title && `, ${pane.title}`}; arrow keys choose one`, "aria-activedescendant": `word-${number}-${state.word}`});
    for (const [part, group] of level.text) {
      if (group < 0) {
        shown.append(group === -1 ? part : make("span", {class: "unread", title: "not read: beyond the model's limit"}, part));
        continue;
      }
      const share = Math.min(1, weights[group] / top);
      const word = make("span", {class: special.has(group) ? "word special" : "word", role: "option", id: `word-${number}-${group}`, "aria-selected": group === state.word, title: `${level.labels[group]}: ${signed(weights[group])}`}, part);
      word.style.background = css(share); word.style.color = ink(share);
      word.addEventListener("click", () => choose(group));
      shown.append(word);
    }
    shown.addEventListener("keydown", event => {
      const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
      const next = state.word + step;
      if (!step || next < 0 || next >= level.labels.length) return;
      event.preventDefault();
      choose(next);
      byId("texts").children[number].querySelector(".text").focus({preventScroll: true});
    });
    if (pane.title) box.append(make("h3", {}, pane.title));
    box.append(shown, make("p", {class: "note"}, `Darkest: ${signed(top)}, the largest among the text's own words; special tokens may hold more: [CLS] ${signed(weights[0])}, [SEP] ${signed(weights.at(-1))}.${level.text.some(([, group]) => group === -2) ? ` Grey: not read, the model takes ${pane.shape[2]} tokens.` : ""}`));
    return box;
  }));

  // Tables
  const table = (caption, headings, rows) => {
    const made = make("table"), body = make("tbody"), line = make("tr"), head = make("thead");
    made.append(make("caption", {}, caption));
    headings.forEach((text, at) => line.append(make("th", {scope: "col", class: at && headings.length < 4 && at === headings.length - 1 ? "number" : ""}, text)));
    head.append(line);
    for (const row of rows) {
      const one = make("tr");
      row.forEach((value, at) => one.append(at ? make("td", typeof value === "number" ? {class: "number"} : {}, typeof value === "number" ? signed(value) : value) : make("th", {scope: "row"}, value)));
      body.append(one);
    }
    made.append(head, body);
    const scroll = make("div", {class: "scroll", tabindex: 0, role: "region", "aria-label": caption});
    scroll.append(made);
    return scroll;
  };
  const titled = (pane, text) => pane.title ? `${pane.title}: ${text}` : text;
  const tables = () => {
    const each = (id, fill) => byId(id).replaceChildren(...panes.map(fill));
    each("tables", pane => {
      const {labels} = pane.levels[state.level], m = labels.length, values = matrix(pane, state.layer, state.head);
      const order = [];  // the largest, without sorting a quarter of a million
      for (let at = 0; at < values.length; at++) {
        if (order.length === TOP && values[at] <= values[order[TOP - 1]]) continue;
        let place = order.length;
        while (place && values[order[place - 1]] < values[at]) place--;
        order.splice(place, 0, at);
        order.length = Math.min(order.length, TOP);
      }
      return table(titled(pane, `The ${order.length} largest of ${(m * m).toLocaleString("en")} weights, ${name(state.layer, state.head)}`), ["From", "To", "Weight"],
        order.map(at => [labels[Math.floor(at / m)], labels[at % m], values[at]]));
    });
    if (byId("chosen").open) each("rows", pane => {
      const {labels} = pane.levels[state.level], from = byId("way").value === "from";
      return table(titled(pane, `${from ? "From" : "To"} “${labels[state.word]}”, ${name(state.layer, state.head)}`), [from ? "To" : "From", "Weight"], weightsOf(pane).map((value, at) => [labels[at], value]));
    });
    if (byId("whole").open) each("matrices", pane => {
      const {labels} = pane.levels[state.level], m = labels.length, values = matrix(pane, state.layer, state.head);
      if (m > WHOLE) return make("p", {}, `${m} by ${m} is more than a table on a page can show: choose a word and open “Every weight of the chosen word”, or save the whole as CSV.`);
      return table(titled(pane, `From each word (row) to each word (column), ${name(state.layer, state.head)}`), ["from ↓ to →", ...labels], labels.map((label, i) => [label, ...values.slice(i * m, (i + 1) * m)]));
    });
  };

  // Files: made here, of what is in the page.
  const save = (file, type, text) => {
    const link = make("a", {download: file, href: URL.createObjectURL(new Blob([text], {type}))});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const file = ending => `attention_layer${state.layer + 1}_${state.head === MEAN ? "mean" : `head${state.head + 1}`}.${ending}`;
  const csv = () => {
    const quote = text => `"${(/^[=+\-@]/.test(text) ? "'" : "") + String(text).replaceAll('"', '""')}"`;  // a spreadsheet must not run a word
    const lines = panes.flatMap(pane => {
      const {labels} = pane.levels[state.level], m = labels.length, values = matrix(pane, state.layer, state.head);
      return Array.from(values, (value, at) => [quote(pane.title), Math.floor(at / m), quote(labels[Math.floor(at / m)]), at % m, quote(labels[at % m]), value.toPrecision(4)].join());
    });
    save(file("csv"), "text/csv", "\ufeff" + ["picture,from_place,from,to_place,to,weight", ...lines].join("\n"));
  };
  const svg = () => {
    const escape = text => text.replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`), top = darkest(), side = 640;
    const parts = panes.map((pane, number) => {
      const {labels} = pane.levels[state.level], m = labels.length, values = matrix(pane, state.layer, state.head), cell = side / m;
      const font = Math.min(13, cell), cells = m > VECTOR ? [`<image width="${side}" height="${side}" href="${picture(values, m, 4096, top).toDataURL()}" style="image-rendering:pixelated"/>`]
        : Array.from(values, (value, at) => Math.round(shade(value / top) * 255) ? `<rect x="${(at % m * cell).toFixed(2)}" y="${(Math.floor(at / m) * cell).toFixed(2)}" width="${cell.toFixed(2)}" height="${cell.toFixed(2)}" fill="${css(shade(value / top))}"/>` : "");
      const words = cell < 6 ? [] : labels.map((label, at) => `<text x="-5" y="${((at + .5) * cell).toFixed(1)}" text-anchor="end" dominant-baseline="middle">${escape(label)}</text><text transform="translate(${((at + .5) * cell).toFixed(1)} -5) rotate(-90)" dominant-baseline="middle">${escape(label)}</text>`);
      return `<g transform="translate(${130 + number * (side + 150)} 160)" font-size="${font}"><text y="-140" x="-120" font-size="16">${escape(titled(pane, name(state.layer, state.head)))}; darkest ${signed(top)}</text>${cells.join("")}${words.join("")}<rect width="${side}" height="${side}" fill="none" stroke="#858C99"/></g>`;
    });
    save(file("svg"), "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${panes.length * (side + 150)} ${side + 180}" font-family="sans-serif">${parts.join("")}</svg>`);
  };

  // Choices
  const show = () => {
    panes.forEach(pane => pane.tiles.forEach((row, layer) => row.forEach((button, head) => {
      const chosen = layer === state.layer && head === state.head;
      button.setAttribute("aria-selected", chosen);
      button.tabIndex = chosen ? 0 : -1;
    })));
    byId("layer").value = state.layer; byId("head").value = state.head;
    const label = panes[0].levels[state.level].labels[state.word];
    byId("heatmap-note").textContent = `${name(state.layer, state.head)[0].toUpperCase()}${name(state.layer, state.head).slice(1)}. A row is who looks, a column what it looks at; darker is more. Click a cell to colour the text by its word.`;
    byId("text-note").textContent = byId("way").value === "from" ? `What “${label}” looks at. Choose another word by a click or the arrow keys.` : `What looks at “${label}”. Choose another word by a click or the arrow keys.`;
    byId("darkest").textContent = signed(darkest());
    byId("bar").style.background = `linear-gradient(to right, ${Array.from({length: 33}, (_, at) => css(shade(at / 32))).join()})`;
    byId("of-what").textContent = panes[0].what;
    panes.forEach(draw);
    tell(); texts(); tables();
  };
  const pick = (layer, head) => { Object.assign(state, {layer, head}); show(); };
  const choose = word => { Object.assign(state, {word, i: word}); panes.forEach(draw); show(); };
  const zoom = by => { state.zoom = by < 0 ? by : Math.min(40, Math.max(1, panes[0].cell * by)); panes.forEach(draw); };
  const fill = (id, names) => byId(id).replaceChildren(...names.map(([value, text]) => make("option", {value}, text)));
  fill("layer", Array.from({length: layers}, (_, layer) => [layer, layer + 1]));
  fill("head", [...Array.from({length: heads}, (_, head) => [head, head + 1]), [MEAN, "mean of all"]]);
  fill("level", panes[0].levels.map((level, at) => [at, level.name]));
  fill("showing", [["", "the pictures"], ...Object.entries(data.measures)]);
  if (panes[0].levels[0].labels.length > LONG) Object.assign(byId("scale"), {value: "root"});
  state.rooted = byId("scale").value === "root";
  byId("level").parentNode.hidden = panes[0].levels.length < 2;
  byId("showing-label").hidden = !panes.some(pane => Object.keys(pane.measures).length);
  byId("controls").addEventListener("submit", event => event.preventDefault());
  byId("layer").addEventListener("change", event => pick(+event.target.value, state.head));
  byId("head").addEventListener("change", event => pick(state.layer, +event.target.value));
  byId("level").addEventListener("change", event => { Object.assign(state, {level: +event.target.value, word: 0, i: 0, j: 0}); show(); overviews(); });
  byId("scale").addEventListener("change", event => { state.rooted = event.target.value === "root"; show(); overviews(); });
  byId("showing").addEventListener("change", overviews);
  byId("way").addEventListener("change", show);
  for (const id of ["chosen", "whole"]) byId(id).addEventListener("toggle", tables);
  const clicks = {in: () => zoom(1.5), out: () => zoom(1 / 1.5), fit: () => zoom(-1), svg, csv};
  for (const [id, does] of Object.entries(clicks)) byId(id).addEventListener("click", does);
  addEventListener("beforeprint", () => { Object.assign(state, {printing: true, zoom: -1}); panes.forEach(draw); });
  addEventListener("afterprint", () => { state.printing = false; panes.forEach(draw); });
  let later;
  addEventListener("resize", () => { clearTimeout(later); later = setTimeout(() => panes.forEach(draw), 100); });

  // First the chosen layer, then the others, so that something is to be seen at once.
  try {
    panes.forEach((pane, number) => { pane.layers = []; pane.number = number; });
    byId("overviews").replaceChildren(...panes.map(overview));
    byId("plots").replaceChildren(...panes.map(plotted));
    for (const pane of panes) pane.layers[state.layer] = await unpack(`weights-${pane.number}-${state.layer}`);
    show();
    root.dataset.shown = Math.round(performance.now());
    for (let layer = layers - 1; layer >= 0; layer--) for (const pane of panes) {
      pane.layers[layer] ??= await unpack(`weights-${pane.number}-${layer}`);
      for (let head = 0; head <= heads; head++) tile(pane, layer, head);
    }
    root.dataset.drawn = Math.round(performance.now());
  } catch (error) {
    byId("failed").hidden = false;
    byId("failed").textContent = `This browser could not draw the page (${error.message}). It needs DecompressionStream: Chrome or Edge 80, Safari 16.4, Firefox 113, or later.`;
    throw error;
  }
})();
