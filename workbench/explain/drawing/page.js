// A page of attention: what stands in it, what is chosen, and the few words that all parts use. The files of this folder are
// put one behind the other and are one module; start.js is the last.
const byId = (id) => document.getElementById(id);
const make = (tag, attributes = {}, text = "") => {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
};

const data = JSON.parse(byId("data").textContent);
const panes = data.panes;  // one, or two side by side
const [layers, heads] = panes[0].shape;
const MEAN = heads;  // in a head's place: the mean of all heads of the layer
const state = { layer: layers - 1, head: MEAN, level: 0, word: 0, i: 0, j: 0, zoom: 0, rooted: false, printing: false };

const labelsOf = (pane) => pane.levels[state.level].labels;  // of the words, characters or pieces shown, m of them
const signed = (value) => value.toFixed(value && Math.abs(value) < .001 ? 5 : 3);
const headName = (layer, head) => `layer ${layer + 1}, ${head === MEAN ? "mean of all heads" : `head ${head + 1}`}`;
const titled = (pane, text) => (pane.title ? `${pane.title}: ${text}` : text);
const boxOf = (pane, ...parts) => {  // what is shown of a pane, under its title
  const box = make("div");
  if (pane.title) box.append(make("h3", {}, pane.title));
  box.append(...parts);
  return box;
};

const ARROWS = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };  // rows, columns
