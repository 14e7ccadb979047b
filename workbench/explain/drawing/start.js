// What the reader chooses, and the first drawing.
const LONG = 90;  // words from which small weights are stretched at first, or only [CLS] would be seen

const show = () => {
  panes.forEach((pane) => pane.tiles.forEach((row, layer) => row.forEach((button, head) => {
    const chosen = layer === state.layer && head === state.head;
    button.setAttribute("aria-selected", chosen);
    button.tabIndex = chosen ? 0 : -1;
  })));
  byId("layer").value = state.layer;
  byId("head").value = state.head;
  const name = headName(state.layer, state.head), word = labelsOf(panes[0])[state.word], from = byId("way").value === "from";
  byId("heatmap-note").textContent = `${name[0].toUpperCase()}${name.slice(1)}. A row is who looks, a column what it `
    + "looks at; darker is more. Click a cell to colour the text by its word.";
  byId("text-note").textContent = (from ? `What “${word}” looks at.` : `What looks at “${word}”.`)
    + " Choose another word by a click or the arrow keys.";
  byId("darkest").textContent = signed(darkest());
  const stops = Array.from({ length: 33 }, (_, at) => colour(shade(at / 32)));
  byId("bar").style.background = `linear-gradient(to right, ${stops.join()})`;
  byId("of-what").textContent = panes[0].what;
  panes.forEach(draw);
  tell();
  showTexts();
  showTables();
};
const pick = (layer, head) => {
  Object.assign(state, { layer, head });
  show();
};
const choose = (word) => {
  Object.assign(state, { word, i: word });
  show();
};
const zoom = (by) => {  // by 0: as much as fits
  state.zoom = by ? Math.min(40, Math.max(1, panes[0].cell * by)) : -1;
  panes.forEach(draw);
};

const offerChoices = () => {
  const fill = (id, options) => byId(id).replaceChildren(...options.map(([value, text]) => make("option", { value }, text)));
  fill("layer", Array.from({ length: layers }, (_, layer) => [layer, layer + 1]));
  fill("head", [...Array.from({ length: heads }, (_, head) => [head, head + 1]), [MEAN, "mean of all"]]);
  fill("level", panes[0].levels.map((level, at) => [at, level.name]));
  fill("showing", [["", "the pictures"], ...Object.entries(data.measures)]);
  if (panes[0].levels[0].labels.length > LONG) byId("scale").value = "root";
  state.rooted = byId("scale").value === "root";
  byId("level").parentNode.hidden = panes[0].levels.length < 2;
  byId("showing-label").hidden = !panes.some((pane) => Object.keys(pane.measures).length);
};
const listen = () => {
  const changes = {
    layer: (value) => pick(Number(value), state.head),
    head: (value) => pick(state.layer, Number(value)),
    level: (value) => { Object.assign(state, { level: Number(value), word: 0, i: 0, j: 0 }); show(); },
    scale: (value) => { state.rooted = value === "root"; show(); showOverviews(); },
    showing: showOverviews,
    way: show,
  };
  for (const [id, does] of Object.entries(changes)) byId(id).addEventListener("change", (event) => does(event.target.value));
  const clicks = { in: () => zoom(1.5), out: () => zoom(1 / 1.5), fit: () => zoom(0), svg: saveSvg, csv: saveCsv };
  for (const [id, does] of Object.entries(clicks)) byId(id).addEventListener("click", does);
  for (const id of ["chosen", "whole"]) byId(id).addEventListener("toggle", showTables);
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  addEventListener("beforeprint", () => { Object.assign(state, { printing: true, zoom: -1 }); panes.forEach(draw); });
  addEventListener("afterprint", () => { state.printing = false; panes.forEach(draw); });
  let later;
  addEventListener("resize", () => { clearTimeout(later); later = setTimeout(() => panes.forEach(draw), 100); });
};

const start = async () => {  // first the chosen layer, then the others, so that something is to be seen at once
  const read = async (layer) => {
    for (const [number, pane] of panes.entries()) pane.layers[layer] ??= await unpack(`weights-${number}-${layer}`);
  };
  panes.forEach((pane) => { pane.layers = []; });
  offerChoices();
  byId("overviews").replaceChildren(...panes.map(makeOverview));
  byId("plots").replaceChildren(...panes.map(makePlot));
  await read(state.layer);
  show();
  listen();
  const { dataset } = document.documentElement;
  dataset.shown = Math.round(performance.now());
  for (let layer = layers - 1; layer >= 0; layer--) {
    await read(layer);
    for (const pane of panes) for (let head = 0; head <= heads; head++) showTile(pane, layer, head);
  }
  dataset.drawn = Math.round(performance.now());
};
start().catch((error) => {
  byId("failed").hidden = false;
  byId("failed").textContent = `This browser could not draw the page (${error.message}). It needs DecompressionStream: `
    + "Chrome or Edge 85, Safari 16.4, Firefox 113, or later.";
  throw error;
});
