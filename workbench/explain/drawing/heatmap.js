// The heatmap: only what is in sight is drawn, so its size never matters.
const LABELLED = 9;  // pixels of a cell from which its words are written
const SCROLLED = 64;  // words up to which they are written at any width, and the picture scrolls
const TALLEST = 46 * 16, BAR = 18;  // pixels of the frame, and of its scroll bar
const INK = "#1F2430", CHOSEN = "#D55E00", CHOSEN_INK = "#A03E00";

const isHan = (label) => /[\u3400-\u9fff\uf900-\ufaff\u3000-\u303f\uff00-\uffef]/.test(label);
const fontOf = (size) => `${size}px ${getComputedStyle(document.body).fontFamily}`;

const layOut = (pane) => {  // how large a cell is, and how much room the words beside the picture take
  const labels = labelsOf(pane), m = labels.length, context = pane.canvas.getContext("2d"), room = pane.plot.clientWidth;
  context.font = fontOf(13);
  const widest = Math.max(...labels.map((label) => context.measureText(label).width));
  const gutter = Math.min(120, room / 3, 14 + widest), fitted = Math.min(30, (room - gutter) / m);
  let cell = state.zoom > 0 ? state.zoom : fitted;
  if (!state.zoom && m <= SCROLLED) cell = Math.max(cell, LABELLED + 2);
  const labelled = cell >= LABELLED;
  if (!labelled && state.zoom <= 0) cell = room / m;
  Object.assign(pane, { cell, m, labels, gutter: labelled ? gutter : 0 });
};

const draw = (pane) => {
  layOut(pane);
  const { plot, canvas, size, cell, gutter, m } = pane, whole = gutter + m * cell;
  plot.style.height = `${Math.min(whole, TALLEST) + (whole > plot.clientWidth + 1 ? BAR : 2)}px`;
  size.style.width = size.style.height = `${whole}px`;
  const ratio = state.printing ? 3 : devicePixelRatio || 1;
  const width = Math.min(plot.clientWidth, whole), height = Math.min(plot.clientHeight, whole);
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  drawCells(context, pane, Math.floor(m * cell * ratio));
  if (gutter) drawLabels(context, pane, width, height);
  const moving = "Arrow keys move from cell to cell, Enter chooses the word. The same numbers are in the tables below.";
  plot.setAttribute("aria-label", titled(pane, `heatmap of ${headName(state.layer, state.head)}, ${m} by ${m}. ${moving}`));
};

const drawCells = (context, pane, pixels) => {
  const { plot, cell, gutter, m } = pane, x = gutter - plot.scrollLeft, y = gutter - plot.scrollTop, top = darkest();
  const drawn = [state.layer, state.head, state.level, Math.min(pixels, m), top, state.rooted].join();
  if (pane.drawn !== drawn) Object.assign(pane, { drawn, bitmap: picture(shownMatrix(pane), m, pixels, top) });
  context.save();
  context.beginPath();
  context.rect(gutter, gutter, plot.clientWidth, plot.clientHeight);
  context.clip();
  context.imageSmoothingEnabled = false;
  context.drawImage(pane.bitmap, x, y, m * cell, m * cell);
  context.strokeStyle = CHOSEN;
  context.lineWidth = 1.5;
  const side = Math.max(cell, 3);
  if (state.i < m && state.j < m) context.strokeRect(x + state.j * cell, y + state.i * cell, side, side);
  context.restore();
};

const drawLabels = (context, pane, width, height) => {
  const { cell, gutter, labels, plot } = pane, size = Math.min(13, cell + 1);
  context.font = fontOf(size);
  context.textBaseline = "middle";
  const short = (label) => {
    let cut = label;
    while (cut.length > 1 && context.measureText(cut).width > gutter - 10) cut = `${cut.slice(0, -2)}…`;
    return cut;
  };
  const above = (label, x) => {
    if (isHan(label)) {  // upright, one under the other
      const signs = [...label].slice(0, Math.floor((gutter - 6) / size));
      context.textAlign = "center";
      signs.forEach((sign, at) => context.fillText(sign, x, gutter - 4 - (signs.length - at - .5) * size));
      return;
    }
    context.save();
    context.translate(x, gutter - 5);
    context.rotate(-Math.PI / 2);
    context.textAlign = "left";
    context.fillText(short(label), 0, 0);
    context.restore();
  };
  labels.forEach((label, at) => {
    const y = gutter - plot.scrollTop + (at + .5) * cell, x = gutter - plot.scrollLeft + (at + .5) * cell;
    context.fillStyle = at === state.i ? CHOSEN_INK : INK;
    context.textAlign = "right";
    if (y >= gutter && y < height) context.fillText(short(label), gutter - 5, y);
    context.fillStyle = at === state.j ? CHOSEN_INK : INK;
    if (x >= gutter && x < width) above(label, x);
  });
};

const tell = () => {  // the weight of the cell that is pointed at, in words
  const said = panes.map((pane) => {
    const labels = labelsOf(pane), m = labels.length;
    if (state.i >= m || state.j >= m) return "";
    const value = signed(shownMatrix(pane)[state.i * m + state.j]);
    const who = pane === panes[0] ? `“${labels[state.i]}” looks at “${labels[state.j]}”: ` : "";
    return who + (pane.title ? `${value} (${pane.title})` : value);
  });
  byId("told").textContent = said.filter(Boolean).join(", ");
};

const moveTo = (i, j) => {
  Object.assign(state, { i, j });
  panes.forEach(draw);
  tell();
};
const cellAt = (pane, event) => {  // row and column under the pointer, or null
  const box = pane.canvas.getBoundingClientRect(), { gutter, cell, m, plot } = pane;
  const x = event.clientX - box.left, y = event.clientY - box.top;
  const i = Math.floor((y - gutter + plot.scrollTop) / cell), j = Math.floor((x - gutter + plot.scrollLeft) / cell);
  return x >= gutter && y >= gutter && i < m && j < m ? [i, j] : null;
};
const moveByKey = (pane, event) => {
  if (event.key === "Enter") choose(state.i);
  if (!ARROWS[event.key]) return;
  event.preventDefault();
  const { plot, cell, gutter, m } = pane, [down, right] = ARROWS[event.key];
  const within = (place) => Math.min(m - 1, Math.max(0, place));
  moveTo(within(state.i + down), within(state.j + right));
  const inSight = (place, scroll, room) => Math.max((place + 1) * cell - room + gutter, Math.min(scroll, place * cell));
  plot.scrollTop = inSight(state.i, plot.scrollTop, plot.clientHeight);
  plot.scrollLeft = inSight(state.j, plot.scrollLeft, plot.clientWidth);
};
const makePlot = (pane) => {
  pane.plot = make("div", { class: "plot", tabindex: 0, role: "application", "aria-roledescription": "heatmap" });
  pane.size = make("div");
  pane.canvas = make("canvas");
  pane.size.append(pane.canvas);
  pane.plot.append(pane.size);
  pane.plot.addEventListener("pointermove", (event) => {
    const cell = cellAt(pane, event);
    if (cell && (cell[0] !== state.i || cell[1] !== state.j)) moveTo(...cell);
  });
  pane.plot.addEventListener("click", (event) => {
    const cell = cellAt(pane, event);
    if (!cell) return;
    moveTo(...cell);
    choose(cell[0]);
  });
  pane.plot.addEventListener("scroll", () => draw(pane));
  pane.plot.addEventListener("keydown", (event) => moveByKey(pane, event));
  return boxOf(pane, pane.plot);
};
