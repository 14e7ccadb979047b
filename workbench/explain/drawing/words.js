// The text, coloured by the weights of the chosen word.
const NOT_WORD = -1, UNREAD = -2;  // groups of what stands between words, and of what the model does not read

const weightsOf = (pane) => {  // from the chosen word, or to it
  const values = shownMatrix(pane), m = labelsOf(pane).length, from = byId("way").value === "from";
  return Array.from({ length: m }, (_, at) => (from ? values[state.word * m + at] : values[at * m + state.word]));
};
const makeWord = (part, group, id, weight, top, special, label) => {
  const word = make("span", {
    class: special ? "word special" : "word", role: "option", id, "aria-selected": group === state.word,
    title: `${label}: ${signed(weight)}`,
  }, part);
  word.style.background = colour(weight / top);
  word.style.color = ink(weight / top);
  word.addEventListener("click", () => choose(group));
  return word;
};
const makeText = (pane, number) => {
  const level = pane.levels[state.level], weights = weightsOf(pane), special = new Set(level.special);
  const top = Math.max(1e-9, ...weights.filter((_, at) => !special.has(at)));
  const shown = make("div", {
    class: "text", lang: pane.language, role: "listbox", tabindex: 0,
    "aria-label": titled(pane, "words of the text; arrow keys choose one"),
    "aria-activedescendant": `word-${number}-${state.word}`,
  });
  for (const [part, group] of level.text) {
    if (group === NOT_WORD) shown.append(part);
    else if (group === UNREAD) {
      shown.append(make("span", { class: "unread", title: "not read: beyond the model's limit" }, part));
    } else {
      const id = `word-${number}-${group}`;
      shown.append(makeWord(part, group, id, weights[group], top, special.has(group), level.labels[group]));
    }
  }
  shown.addEventListener("keydown", (event) => {
    const [down, right] = ARROWS[event.key] ?? [], next = state.word + down + right;
    if (!(next >= 0 && next < level.labels.length)) return;
    event.preventDefault();
    choose(next);
    byId("texts").children[number].querySelector(".text").focus({ preventScroll: true });
  });
  const unread = level.text.some(([, group]) => group === UNREAD);
  const note = `Darkest: ${signed(top)}, the largest among the text's own words; special tokens may hold more: `
    + `[CLS] ${signed(weights[0])}, [SEP] ${signed(weights.at(-1))}.`
    + (unread ? ` Grey: not read, the model takes ${pane.shape[2]} tokens.` : "");
  return boxOf(pane, shown, make("p", { class: "note" }, note));
};
const showTexts = () => byId("texts").replaceChildren(...panes.map(makeText));
