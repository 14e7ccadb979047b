"use strict";
// The reviewer's desk: answers are kept in this page only, since one opened from disk may have no storage. Export writes them to
// a file; whoever leaves before that is warned.
document.querySelectorAll(".desk").forEach((desk) => {
  const texts = [...desk.querySelectorAll(".judged")];
  const name = desk.querySelector(".handing input");
  const status = desk.querySelector(".handing [role=status]");
  const given = new Map();  // element of a text -> what was pressed, and when
  let exported = "";  // what the last file said
  desk.hidden = false;
  desk.nextElementSibling.hidden = true;

  const note = (text) => text.querySelector("textarea");
  const marked = (text) => [...text.querySelectorAll("[role=option][aria-selected=true]")];
  const answers = () => texts.filter((text) => given.has(text)).map((text) => ({
    text: text.dataset.text, card: text.dataset.card, label: text.dataset.label, ...given.get(text),
    words: marked(text).map((word) => [Number(word.dataset.start), Number(word.dataset.end)]), note: note(text).value.trim(),
  }));
  const unsaved = () => given.size > 0 && JSON.stringify(answers()) !== exported;
  const say = (words) => { status.textContent = words; };
  const count = () => say(`${given.size} of ${texts.length} answered${unsaved() ? ", not exported yet" : ""}`);

  const showMarked = (text) => {
    const words = marked(text).map((word, at, all) => {
      const grown = all[at - 1]?.dataset.end === word.dataset.start;  // Chinese: one character beside the other
      return (at && !grown ? ", " : "") + word.textContent;
    });
    text.querySelector(".marked span").textContent = words.join("");
    count();
  };

  const answer = (text, button) => {  // null: none
    text.querySelectorAll("[data-verdict]").forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    given.delete(text);
    if (button) {
      const { verdict, right } = button.dataset;
      given.set(text, { verdict, right_label: right ?? null, time: new Date().toISOString() });
    }
    if (given.get(text)?.verdict !== "wrong words") marked(text).forEach((word) => word.setAttribute("aria-selected", "false"));
    showMarked(text);
    return Boolean(button);
  };
  const press = (text, button) => answer(text, button.getAttribute("aria-pressed") === "true" ? null : button);  // twice: back

  const mark = (text, word) => {  // a marked word says itself that words are wrong
    if (given.get(text)?.verdict !== "wrong words") answer(text, text.querySelector("[data-verdict='wrong words']"));
    word.setAttribute("aria-selected", String(word.getAttribute("aria-selected") !== "true"));
    showMarked(text);
  };

  const turnTo = (place) => texts[place]?.focus();

  texts.forEach((text, place) => {
    const list = text.querySelector("[role=listbox]");
    const words = [...list.querySelectorAll("[role=option]")];
    let at = 0;
    const moveTo = (next) => {
      words[at].classList.remove("at");
      at = Math.min(words.length - 1, Math.max(0, next));
      words[at].classList.add("at");
      list.setAttribute("aria-activedescendant", words[at].id);
    };
    list.addEventListener("focus", () => moveTo(at));
    list.addEventListener("blur", () => words[at].classList.remove("at"));
    text.addEventListener("click", (event) => {
      const button = event.target.closest("[data-verdict]"), word = event.target.closest("[role=option]");
      if (button) press(text, button);
      if (word) { moveTo(words.indexOf(word)); mark(text, word); }
    });
    text.addEventListener("keydown", (event) => {
      if (event.target === note(text) || event.ctrlKey || event.metaKey || event.altKey) return;
      const key = event.key.toLowerCase();
      const step = { arrowright: 1, arrowleft: -1 }[key];
      const button = [...text.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
      if (event.target === list && step) moveTo(at + step);
      else if (event.target === list && key === " ") mark(text, words[at]);
      else if (button) { if (press(text, button)) key === "w" ? list.focus() : turnTo(place + 1); }
      else if (["n", "p"].includes(key)) turnTo(place + (key === "n" ? 1 : -1));
      else return;
      event.preventDefault();
    });
    note(text).addEventListener("input", count);
  });

  const file = () => {
    const { format, version, source, week } = desk.dataset;
    return { format, version: Number(version), source, week, reviewer: name.value.trim(), verdicts: answers() };
  };

  const download = (content, called) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
    link.download = called;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };

  desk.querySelector(".export").addEventListener("click", () => {
    if (!given.size) {
      say("Nothing is answered yet.");
    } else if (!name.value.trim()) {
      say("Write your initials first: agreement is counted by reviewer.");
      name.focus();
    } else {
      const made = file();
      const called = `verdicts-${made.source}-${made.week}-${made.reviewer.replace(/[^\p{L}\p{N}]+/gu, "-")}.json`;
      download(`${JSON.stringify(made, null, 1)}\n`, called);
      exported = JSON.stringify(made.verdicts);
      say(`${made.verdicts.length} exported to ${called}. To take them: workbench review import ${called} --data ${made.source}`);
    }
  });

  addEventListener("beforeunload", (event) => { if (unsaved()) event.preventDefault(); });
  count();
});
