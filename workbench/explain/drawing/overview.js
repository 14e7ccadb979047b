// The overview: a button for every head of every layer, one tab stop, arrow keys.
const TILE = 112, POOLED = 56;  // pixels of a button's canvas, and of the picture in it

const showMeasure = (pane, layer, head, canvas, label) => {
  const measure = byId("showing").value, all = pane.measures[measure], row = all.slice(layer * heads, (layer + 1) * heads);
  const value = head === MEAN ? row.reduce((a, b) => a + b) / heads : row[head];
  const share = value / (data.measures[measure].includes("share") ? 1 : Math.max(...all));
  const context = canvas.getContext("2d");
  context.fillStyle = colour(share);
  context.fillRect(0, 0, TILE, TILE);
  const digits = value >= 10 ? 0 : value >= 1 ? 1 : 2;
  label.textContent = canvas.clientWidth > 24 ? value.toFixed(digits).replace(/^0/, "") : "";
  label.style.color = ink(share);
  return `${data.measures[measure]} ${value.toFixed(2)}`;
};
const showPicture = (pane, layer, head, canvas) => {
  const [values, one] = tokenWeights(pane, layer, head);
  const most = head === MEAN ? largest(values) : pane.scales[layer][head] * one;
  const top = byId("scale").value === "one" ? one : most || 1, context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(picture(values, pane.shape[2], POOLED, top, true), 0, 0, TILE, TILE);
  return `largest weight ${signed(most / one)}`;
};
const showTile = (pane, layer, head) => {
  const button = pane.tiles[layer][head], [canvas, label] = button.children;
  label.textContent = "";
  const says = pane.measures[byId("showing").value] ? showMeasure(pane, layer, head, canvas, label)
    : pane.layers[layer] ? showPicture(pane, layer, head, canvas) : "";
  button.title = [headName(layer, head), says].filter(Boolean).join(", ");
  button.setAttribute("aria-label", button.title);
};
const showOverviews = () => panes.forEach((pane) => pane.tiles.forEach((row, layer) => row.forEach((_, head) => {
  showTile(pane, layer, head);
})));

const makeTile = (pane, layer, head) => {
  const button = make("button", { type: "button", role: "gridcell", tabindex: -1, "aria-label": headName(layer, head) });
  const hidden = { "aria-hidden": "true" };
  button.append(make("canvas", { ...hidden, width: TILE, height: TILE }), make("span", hidden));
  button.addEventListener("click", () => pick(layer, head));
  button.addEventListener("keydown", (event) => {
    const [down, right] = ARROWS[event.key] ?? [], next = pane.tiles[layer + down]?.[head + right];
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.click();
  });
  return button;
};
const makeOverview = (pane) => {
  const grid = make("div", { role: "grid", class: "grid", "aria-label": titled(pane, "heads of every layer") });
  grid.style.setProperty("--columns", heads + 1);
  const line = (...cells) => {
    const row = make("div", { role: "row" });
    row.append(...cells);
    grid.append(row);
  };
  const columns = Array.from({ length: heads + 1 }, (_, head) => head);
  const heading = (role, name, sign) => make("span", { role, "aria-label": name }, sign);
  line(heading("columnheader", "layer", "·"), ...columns.map((head) => (
    head === MEAN ? heading("columnheader", "mean", "∅") : heading("columnheader", `head ${head + 1}`, head + 1))));
  pane.tiles = Array.from({ length: layers }, (_, layer) => {
    const row = columns.map((head) => makeTile(pane, layer, head));
    line(heading("rowheader", `layer ${layer + 1}`, layer + 1), ...row);
    return row;
  });
  return boxOf(pane, grid);
};
