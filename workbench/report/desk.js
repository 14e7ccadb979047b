"use strict";
// The reviewer's desk: answers are kept in this page only, since one opened from disk may have no storage. Export writes them to
// a file; whoever leaves before that is warned.
document.querySelectorAll(".desk").forEach((desk) => {
  const texts = [...desk.querySelectorAll(".judged")];
  const name = desk.querySelector(".handing input");
  const status = desk.querySelector("[role=status]");
  const given = new Map();  // element of a text -> what was pressed, and when
  let exported = "";  // what the last file said
  desk.hidden = false;
  desk.nextElementSibling.hidden = true;

  const note = (text) => text.querySelector("textarea");
  const answers = () => texts.filter((text) => given.has(text)).map((text) => ({
    text: text.dataset.text, card: text.dataset.card, label: text.dataset.label, ...given.get(text), note: note(text).value.trim(),
  }));
  const unsaved = () => given.size > 0 && JSON.stringify(answers()) !== exported;
  const say = (words) => { status.textContent = words; };
  const count = () => say(`${given.size} of ${texts.length} answered${unsaved() ? ", not exported yet" : ""}`);

  const judge = (text, button) => {
    const again = button.getAttribute("aria-pressed") === "true";  // the same once more takes it back
    text.querySelectorAll("[data-verdict]").forEach((other) => other.setAttribute("aria-pressed", "false"));
    given.delete(text);
    if (!again) {
      button.setAttribute("aria-pressed", "true");
      const { verdict, right } = button.dataset;
      given.set(text, { verdict, right_label: right ?? null, time: new Date().toISOString() });
    }
    count();
    return !again;
  };

  const turnTo = (place) => texts[place]?.focus();

  texts.forEach((text, place) => {
    text.addEventListener("click", (event) => {
      const button = event.target.closest("[data-verdict]");
      if (button) judge(text, button);
    });
    text.addEventListener("keydown", (event) => {
      if (event.target === note(text) || event.ctrlKey || event.metaKey || event.altKey) return;
      const key = event.key.toLowerCase();
      const button = [...text.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
      if (!button && !["n", "p"].includes(key)) return;
      event.preventDefault();
      if (!button) turnTo(place + (key === "n" ? 1 : -1));
      else if (judge(text, button)) turnTo(place + 1);
    });
    note(text).addEventListener("input", count);
  });

  const file = () => {
    const { format, version, source, week, task } = desk.dataset;
    return { format, version: Number(version), source, week, task, reviewer: name.value.trim(), verdicts: answers() };
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
