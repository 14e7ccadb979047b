// The numbers as tables: the largest, those of the chosen word, and of a short text all of them.
const TOP = 20, WHOLE = 40;  // largest weights shown; words of a text whose matrix is shown whole

const makeTable = (caption, headings, rows) => {
  const table = make("table"), head = make("thead"), body = make("tbody"), line = make("tr");
  const lastIsNumber = headings.length < 4;
  headings.forEach((text, at) => {
    line.append(make("th", { scope: "col", class: lastIsNumber && at && at === headings.length - 1 ? "number" : "" }, text));
  });
  head.append(line);
  for (const [first, ...values] of rows) {
    const row = make("tr");
    row.append(make("th", { scope: "row" }, first), ...values.map((value) => (
      typeof value === "number" ? make("td", { class: "number" }, signed(value)) : make("td", {}, value))));
    body.append(row);
  }
  table.append(make("caption", {}, caption), head, body);
  const scroll = make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption });
  scroll.append(table);
  return scroll;
};

const largestPlaces = (values) => {  // none of nothing, and without sorting a quarter of a million
  const order = [];
  for (let at = 0; at < values.length; at++) {
    if (!values[at] || (order.length === TOP && values[at] <= values[order[TOP - 1]])) continue;
    let place = order.length;
    while (place && values[order[place - 1]] < values[at]) place--;
    order.splice(place, 0, at);
    order.length = Math.min(order.length, TOP);
  }
  return order;
};
const largestTable = (pane) => {
  const labels = labelsOf(pane), m = labels.length, values = shownMatrix(pane), order = largestPlaces(values);
  const of = `${(m * m).toLocaleString("en")} weights, ${headName(state.layer, state.head)}`;
  return makeTable(titled(pane, `The ${order.length} largest of ${of}`), ["From", "To", "Weight"],
    order.map((at) => [labels[Math.floor(at / m)], labels[at % m], values[at]]));
};
const chosenTable = (pane) => {
  const labels = labelsOf(pane), [side, other] = byId("way").value === "from" ? ["From", "To"] : ["To", "From"];
  const caption = `${side} “${labels[state.word]}”, ${headName(state.layer, state.head)}`;
  return makeTable(titled(pane, caption), [other, "Weight"], weightsOf(pane).map((value, at) => [labels[at], value]));
};
const wholeTable = (pane) => {
  const labels = labelsOf(pane), m = labels.length, values = shownMatrix(pane);
  if (m > WHOLE) {
    return make("p", {}, `${m} by ${m} is more than a table on a page can show: choose a word and open “Every `
      + "weight of the chosen word”, or save the whole as CSV.");
  }
  const caption = `From each word (row) to each word (column), ${headName(state.layer, state.head)}`;
  return makeTable(titled(pane, caption), ["from ↓ to →", ...labels],
    labels.map((label, i) => [label, ...values.slice(i * m, (i + 1) * m)]));
};
const showTables = () => {
  const fill = (id, table) => byId(id).replaceChildren(...panes.map(table));
  fill("tables", largestTable);
  if (byId("chosen").open) fill("rows", chosenTable);
  if (byId("whole").open) fill("matrices", wholeTable);
};
