// Weights: a layer's bytes, head by head and column by column, deflated; and their colours.
const unpack = async (id) => {
  const decoded = (text) => {
    const signs = atob(text), found = new Uint8Array(signs.length);
    for (let at = 0; at < signs.length; at++) found[at] = signs.charCodeAt(at);
    return found;
  };
  const text = byId(id).textContent;
  const bytes = Uint8Array.fromBase64?.(text) ?? decoded(text);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  byId(id).remove();
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

const largest = (values) => {  // Math.max takes no quarter of a million arguments
  let found = 0;
  for (let at = 0; at < values.length; at++) if (values[at] > found) found = values[at];
  return found;
};

// (m × m), row by row, of tokens joined to words: summed over the tokens looked at, averaged over those that look.
const KEPT = 24;
const kept = new Map();
const matrix = (pane, layer, head) => {
  const key = [panes.indexOf(pane), layer, head, state.level].join();
  if (kept.has(key)) return kept.get(key);
  const n = pane.shape[2], { of, labels } = pane.levels[state.level], m = labels.length;
  const found = new Float32Array(m * m), size = new Float32Array(m), bytes = pane.layers[layer];
  of.forEach((group) => size[group]++);
  for (const one of head === MEAN ? Array(heads).keys() : [head]) {
    const unit = pane.scales[layer][one] / 255 / (head === MEAN ? heads : 1);
    for (let j = 0, at = one * n * n; j < n; j++) {
      for (let i = 0; i < n; i++, at++) if (bytes[at]) found[of[i] * m + of[j]] += bytes[at] * unit / size[of[i]];
    }
  }
  if (kept.size >= KEPT) kept.delete(kept.keys().next().value);
  kept.set(key, found);
  return found;
};
const shownMatrix = (pane) => matrix(pane, state.layer, state.head);

// A head's bytes as they are (n × n), column by column, and how many of their steps are a weight of 1; the mean in weights.
const tokenWeights = (pane, layer, head) => {
  const cells = pane.shape[2] ** 2, bytes = pane.layers[layer];
  if (head !== MEAN) return [bytes.subarray(head * cells, (head + 1) * cells), 255 / (pane.scales[layer][head] || 1)];
  const mean = new Float32Array(cells);
  for (let one = 0, at = 0; one < heads; one++) {
    const unit = pane.scales[layer][one] / 255 / heads;
    for (let cell = 0; cell < cells; cell++, at++) mean[cell] += bytes[at] * unit;
  }
  return [mean, 1];
};

// Colours: 256 steps between the page's stops; text on them is dark or white by their lightness.
const inside = (share) => Math.min(1, Math.max(0, share));
const steps = Array.from({ length: 256 }, (_, step) => {
  const place = step / 255 * (data.stops.length - 1), low = Math.min(Math.floor(place), data.stops.length - 2);
  return [1, 3, 5].map((at) => {
    const [a, b] = [low, low + 1].map((stop) => parseInt(data.stops[stop].slice(at, at + 2), 16));
    return Math.round(a + (b - a) * (place - low));
  });
});
const packedSteps = new Uint32Array(steps.map(([red, green, blue]) => (255 << 24 | blue << 16 | green << 8 | red) >>> 0));
const colour = (share) => `rgb(${steps[Math.round(inside(share) * 255)].join()})`;
const ink = (share) => (share > .52 ? "white" : "#1F2430");
const shade = (share) => inside(state.rooted ? Math.sqrt(share) : share);
const darkest = () => byId("scale").value === "one" ? 1 : Math.max(...panes.map((pane) => largest(shownMatrix(pane)))) || 1;

// A canvas of at most most × most pixels; cells that share one show their largest. byColumn: values come column by column.
const picture = (values, m, most, top, byColumn = false) => {
  const size = Math.max(1, Math.min(m, most)), canvas = make("canvas"), context = canvas.getContext("2d");
  canvas.width = canvas.height = size;
  const image = context.createImageData(size, size), pixels = new Uint32Array(image.data.buffer);
  const pooled = new Float32Array(size * size), place = Int32Array.from({ length: m }, (_, at) => Math.floor(at * size / m));
  const [outer, inner] = byColumn ? [1, size] : [size, 1];
  for (let one = 0, at = 0; one < m; one++) {
    for (let other = 0, start = place[one] * outer; other < m; other++, at++) {
      const cell = start + place[other] * inner;
      if (values[at] > pooled[cell]) pooled[cell] = values[at];
    }
  }
  for (let at = 0; at < pooled.length; at++) pixels[at] = packedSteps[Math.round(shade(pooled[at] / top) * 255)];
  context.putImageData(image, 0, 0);
  return canvas;
};
