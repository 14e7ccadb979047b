"""The reviewer's desk in JupyterLab: one explained text after the other, a button or a key for what one thinks of it."""

import html

import pandas as pd

from workbench.errors import ParameterError
from workbench.explain.finding import spoken
from workbench.explain.reviewers import Offer, placed, said, says, strongest
from workbench.figures.explain import AGAINST_FOR
from workbench.verdicts import LONGEST_NAME, LONGEST_NOTE, Verdict, give, history, latest, take_back

AGREE, WORDS, SKIP, UNDO = "a", "w", "s", "u"  # keys; other labels have the digits from 1
BOX = ("border:1px solid #B9BEC7;border-radius:6px;padding:12px 16px;margin:6px 0;font-size:17px;line-height:1.9;"
       "white-space:pre-wrap;overflow-wrap:anywhere;max-width:48em;color:#1F2430;background:#fff")
LEAST = .1  # of the strongest word: what weighs less is not marked


class Desk:
    """Goes through the explained texts; every verdict is stored at once, so that the notebook may be closed at any time.

    A text that the reviewer has judged before, as the same model reads it, says so.

    Attributes:
        who: initials or a pseudonym of the reviewer.
        place: which text is shown, from 0.
        done: identities of the verdicts given here, None for a text passed over.
    """

    def __init__(self, offered: Offer, who: str = ""):
        self.offered, self.who = offered, who
        self.texts = offered.texts
        self.place, self.done, self.said = 0, [], ""
        self._view = None

    @property
    def others(self) -> list[str]:
        """Labels that the text shown might have instead of the model's."""
        row = self._row()
        return [] if row is None else [label for label in row["labels"] if label != row["label"]]

    @property
    def progress(self) -> str:
        """As ``3 of 10``, and what was passed over."""
        skipped = self.done.count(None)
        return f"{self.place} of {len(self.texts)}" + f", {skipped} skipped" * bool(skipped)

    @property
    def words(self) -> list[tuple[str, tuple[int, int]]]:
        """Words of the text shown that may be marked as wrong, with their places in it."""
        row = self._row()
        return [] if row is None else [(piece, (start, end)) for piece, weight, start, end in placed(row["parts"])
                                       if weight is not None]

    def judge(self, verdict: str, right_label: str | None = None, note: str = "", words: tuple = ()) -> None:
        """Store what the reviewer thinks of the text shown, and show the next one; what cannot be stored is said.

        Args:
            words: places of the wrong ones, of :attr:`words`.
        """
        if (row := self._row()) is None:
            return
        try:
            told = Verdict(self.who, verdict, right_label, note, words=tuple(sorted(words)))
            self.done.append(give(self.offered.week, row, told))
        except ParameterError as error:
            self._say(f"Not stored: {error}.")
            return
        self._go_to(self.place + 1)

    def skip(self) -> None:
        """Pass the text over; nothing is stored."""
        if self._row() is not None:
            self.done.append(None)
            self._go_to(self.place + 1)

    def undo(self) -> None:
        """Back to the text before; its verdict is taken back."""
        if self.done:
            if entry := self.done.pop():
                take_back(self.offered.week, entry)
            self._go_to(self.place - 1)

    def key(self, key: str, note: str = "", words: tuple = ()) -> None:
        """What a key does: ``a`` agrees, a digit names the right label, ``w`` wrong words, ``s`` skips, ``u`` undoes.

        Args:
            words: those that are marked; they count for ``w`` alone.
        """
        key = key.lower()
        number = int(key) if key.isascii() and key.isdigit() else 0
        if 1 <= number <= len(self.others):
            self.judge("disagree", self.others[number - 1], note)
        elif key == AGREE:
            self.judge("agree", None, note)
        elif key == WORDS:
            self.judge("wrong words", None, note, words)
        elif key in (SKIP, UNDO):
            {SKIP: self.skip, UNDO: self.undo}[key]()

    def page(self) -> str:
        """The text shown as HTML, all of it escaped, its words marked by what they weigh."""
        row = self._row()
        if row is None:
            return (f"<p><b>{html.escape(self.progress)}</b></p><p>That was the last one. Run this notebook anew to see "
                    "your verdicts counted; what you corrected is a label for the next <code>21_fine_tune</code>.</p>")
        pieces = "".join(_piece(text, weight) for text, weight in row["parts"])
        before, label, behind = map(html.escape, says(row))
        words = strongest(row["parts"])
        named = ". ".join(f"{what}: <span lang='{row['language']}'>{html.escape(', '.join(words[side]))}</span>"
                          for side, what in (("for", "For it"), ("against", "Against it")) if words[side])
        return (f"<p><b>{html.escape(self.progress)}</b> · text {html.escape(row['number'])} · {html.escape(row['rule'])}. "
                f"{before} <b>{label}</b>{behind}.{self._before(row)}</p>"
                f"<div lang='{row['language']}' style='{BOX}'>{pieces}</div><p>{named}</p>")

    def invitation(self) -> str:
        """What stands here where nobody can press a button."""
        return (f"Open this notebook in JupyterLab to judge: {len(self.texts)} explained texts are waiting. The weekly "
                "report has the same buttons, and exports what was answered.")

    @property
    def view(self):
        """The controls (ipywidgets), made when first asked for."""
        if self._view is None:
            self._view = _Controls(self)
        return self._view.box

    def _repr_mimebundle_(self, **options) -> dict:
        return {**self.view._repr_mimebundle_(**options), "text/plain": self.invitation()}

    def _row(self) -> pd.Series | None:
        return self.texts.iloc[self.place] if self.place < len(self.texts) else None

    def _before(self, row: pd.Series) -> str:
        """What this reviewer said of the text and model before."""
        rows = latest(history(self.offered.week), each_model=True)
        mine = rows[((rows["reviewer"] == self.who.strip()) & (rows["of"] == row["of"]) & (rows["card"] == row["card"]))
                    .to_numpy(dtype=bool)]
        if mine.empty:
            return ""
        return f" You said: {html.escape(said(next(mine.tail(1).itertuples())))}."

    def _say(self, what: str) -> None:
        self.said = what
        if self._view is not None:
            self._view.refresh(keep_note=True)

    def _go_to(self, place: int) -> None:
        self.place, self.said = place, ""
        if self._view is not None:
            self._view.refresh()


class _Controls:
    """The buttons and boxes of a desk."""

    def __init__(self, desk: Desk):
        import ipywidgets

        self.desk, wrap = desk, {"flex_flow": "row wrap"}
        self.text, self.said = ipywidgets.HTML(), ipywidgets.HTML()
        self.who = ipywidgets.Text(desk.who, placeholder=f"your initials, at most {LONGEST_NAME}", description="Reviewer",
                                   continuous_update=True)
        self.note = ipywidgets.Textarea(placeholder=f"a note, if you like, written first; at most {LONGEST_NOTE:,} letters",
                                        description="Note", layout={"width": "48em", "max_width": "100%"})
        self.words = ipywidgets.SelectMultiple(description="Words", layout={"width": "20em", "max_width": "100%"})
        self.keys = ipywidgets.Text(placeholder=f"or put the cursor here and press {AGREE}, 1, 2, {WORDS}, {SKIP} or {UNDO}",
                                    layout={"width": "26em", "max_width": "100%"})
        self.marking = ipywidgets.HBox([self.words, ipywidgets.HTML(
            "<p>Which words are wrong, if any: Ctrl and a click takes several. Then <b>wrong words</b>.</p>")], layout=wrap)
        self.who.observe(self._named, names="value")
        self.keys.observe(self._typed, names="value")
        self.buttons = ipywidgets.HBox([], layout=wrap)
        more = [self._button(f"{SKIP} skip", SKIP), self._button(f"{UNDO} undo", UNDO), self.keys]
        self.box = ipywidgets.VBox([self.who, self.text, self.note, self.marking, self.buttons,
                                    ipywidgets.HBox(more, layout=wrap), self.said])
        self.refresh()

    def refresh(self, keep_note: bool = False) -> None:
        """Show the text that the desk is at."""
        self.text.value = self.desk.page()
        self.said.value = f"<p role='alert'><b>{html.escape(self.desk.said)}</b></p>" if self.desk.said else ""
        if not keep_note:
            self.note.value = ""
            self.words.options = self.desk.words  # none is marked yet
            self.words.rows = min(8, max(2, len(self.desk.words)))
        labels = [self._button(f"{i} it is {spoken(label)}", str(i))
                  for i, label in enumerate(self.desk.others, 1)]
        at_one = [self._button(f"{AGREE} agree", AGREE, "primary"), *labels, self._button(f"{WORDS} wrong words", WORDS)]
        self.buttons.children = at_one if self.desk._row() is not None else ()
        self.marking.layout.display = "" if self.desk.words else "none"

    def _button(self, text: str, key: str, style: str = ""):
        import ipywidgets

        made = ipywidgets.Button(description=text, button_style=style, layout={"width": "auto"})
        made.on_click(lambda _: self._press(key))
        return made

    def _press(self, key: str) -> None:
        self.desk.key(key, self.note.value, self.words.value)

    def _named(self, change) -> None:
        self.desk.who = change["new"]
        self.text.value = self.desk.page()

    def _typed(self, change) -> None:
        if change["new"]:
            self.keys.value = ""  # the cursor stays, the next key acts on the next text
            self._press(change["new"][-1])


def _piece(text: str, weight: float | None) -> str:
    if weight is None or abs(weight) < LEAST:
        return html.escape(text)
    colour = AGAINST_FOR[(1 if weight < 0 else 3)][1]
    line = "underline" if weight > 0 else "underline dotted"
    share = round(abs(weight) * 100)
    return (f"<span style='background:color-mix(in srgb, {colour} {share}%, white);text-decoration:{line}' "
            f"title='{weight:+.2f}'>{html.escape(text)}</span>")
