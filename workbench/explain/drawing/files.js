// Files that the reader may keep: made here, of what is in the page.
const VECTOR = 128;  // words up to which a saved picture is of shapes, beyond of one image
const SIDE = 640, LEFT = 130, ABOVE = 160, RIGHT = 20;  // units of a saved picture and the room around it

const save = (ending, type, text) => {
  const name = `attention_layer${state.layer + 1}_${state.head === MEAN ? "mean" : `head${state.head + 1}`}.${ending}`;
  const link = make("a", { download: name, href: URL.createObjectURL(new Blob([text], { type })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

const saveCsv = () => {
  const quote = (text) => `"${(/^[=+\-@]/.test(text) ? "'" : "") + text.replaceAll('"', '""')}"`;  // a word must not be run
  const lines = panes.flatMap((pane) => {
    const labels = labelsOf(pane), m = labels.length;
    return Array.from(shownMatrix(pane), (value, at) => {
      const i = Math.floor(at / m), j = at % m;
      return [quote(pane.title), i, quote(labels[i]), j, quote(labels[j]), value.toPrecision(4)].join();
    });
  });
  save("csv", "text/csv", `\ufeff${["picture,from_place,from,to_place,to,weight", ...lines].join("\n")}`);
};

const svgCells = (values, m, top) => {
  const cell = SIDE / m;
  if (m > VECTOR) {
    const image = picture(values, m, 4096, top).toDataURL();
    return `<image width="${SIDE}" height="${SIDE}" href="${image}" style="image-rendering:pixelated"/>`;
  }
  const side = cell.toFixed(2);
  return Array.from(values, (value, at) => {
    const share = shade(value / top), x = (at % m * cell).toFixed(2), y = (Math.floor(at / m) * cell).toFixed(2);
    return Math.round(share * 255) && `<rect x="${x}" y="${y}" width="${side}" height="${side}" fill="${colour(share)}"/>`;
  }).filter(Boolean).join("");
};
const saveSvg = () => {
  const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`), top = darkest();
  const parts = panes.map((pane, number) => {
    const labels = labelsOf(pane), m = labels.length, cell = SIDE / m, middle = 'dominant-baseline="middle"';
    const words = cell < 6 ? [] : labels.map((label, at) => {
      const place = ((at + .5) * cell).toFixed(1), text = escape(label);
      return `<text x="-5" y="${place}" text-anchor="end" ${middle}>${text}</text>`
        + `<text transform="translate(${place} -5) rotate(-90)" ${middle}>${text}</text>`;
    });
    const title = escape(`${titled(pane, headName(state.layer, state.head))}; darkest ${signed(top)}`);
    return `<g transform="translate(${LEFT + number * (SIDE + LEFT + RIGHT)} ${ABOVE})" font-size="${Math.min(13, cell)}">`
      + `<text y="-140" x="-120" font-size="16">${title}</text>${svgCells(shownMatrix(pane), m, top)}${words.join("")}`
      + `<rect width="${SIDE}" height="${SIDE}" fill="none" stroke="#858C99"/></g>`;
  });
  const box = `0 0 ${panes.length * (SIDE + LEFT + RIGHT)} ${SIDE + ABOVE + RIGHT}`;
  save("svg", "image/svg+xml",
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" font-family="sans-serif">${parts.join("")}</svg>`);
};
