"""A view for JupyterLab: one text after the other, a button or a key for its label."""

import html

import pandas as pd

from workbench.tables import Week
from workbench.training.labels import Given, give, take_back
from workbench.training.queue import Queue, unit_of

SKIP, UNDO = "s", "u"  # keys; labels have the digits from 1
BOX = ("border:1px solid #B9BEC7;border-radius:6px;padding:12px 16px;margin:6px 0;font-size:17px;line-height:1.5;"
       "white-space:pre-wrap;overflow-wrap:anywhere;max-width:48em")
AROUND = "color:#6B7280;line-height:1.4;max-height:8.4em;overflow:auto;overflow-wrap:anywhere;max-width:60em"


class Labelling:
    """Goes through a queue; every label is stored at once, so that the notebook may be closed at any time.

    Attributes:
        place: which text of the queue is shown, from 0.
        done: identities of the labels given here, None for a text passed over.
    """

    def __init__(self, shop: Week, queue: Queue, who: str = ""):
        self.shop, self.queue, self.who = shop, queue, who.strip() or None
        self.place, self.done = 0, []
        self._view = None

    @property
    def given(self) -> int:
        """Labels given here."""
        return len(self.done) - self.skipped

    @property
    def skipped(self) -> int:
        """Texts passed over here; they come again another time."""
        return self.done.count(None)

    @property
    def progress(self) -> str:
        """As ``12 of 50``, and what was passed over."""
        passed = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.place} of {len(self.queue.texts)}{passed}"

    def label(self, label: str) -> None:
        """Store the label of the text shown and show the next one."""
        if (row := self._row()) is not None:
            guess = None if pd.isna(row["guess"]) else row["guess"]
            self.done.append(give(self.shop, Given(
                row["text"], label, self.queue.task, self.queue.language, row["picked"],
                None if pd.isna(row["product"]) else row["product"], self.who, guess,
                float(row["probability"]) if guess else None), self.queue.choices))
            self._go_to(self.place + 1)

    def skip(self) -> None:
        """Pass the text over; nothing is stored."""
        if self._row() is not None:
            self.done.append(None)
            self._go_to(self.place + 1)

    def undo(self) -> None:
        """Back to the text before; its label is taken back."""
        if self.done:
            if entry := self.done.pop():
                take_back(self.shop, entry)
            self._go_to(self.place - 1)

    def key(self, key: str) -> None:
        """What a key does: a digit labels, ``s`` skips, ``u`` undoes, any other nothing."""
        number = int(key) if key.isascii() and key.isdigit() else 0
        if 1 <= number <= min(9, len(self.queue.choices)):
            self.label(self.queue.choices[number - 1])
        elif key.lower() in (SKIP, UNDO):
            (self.skip if key.lower() == SKIP else self.undo)()

    def page(self) -> str:
        """The text shown as HTML, all of it escaped. A guess is hidden where a label measures: it would sway it."""
        row = self._row()
        if row is None:
            return (f"<p><b>{html.escape(self.progress)}</b></p><p>That was the last one. Run this notebook from its top "
                    "for more; the next <code>21_fine_tune</code> learns from what you gave.</p>")
        subject = row["subject"] if pd.notna(row["subject"]) else row["product"]
        about = f"<b>{html.escape(str(subject))}</b> · " if pd.notna(subject) else ""
        guess = "the model's guess is hidden: this label measures it" if row["measures"] else (
            "no model reads this task yet" if pd.isna(row["guess"]) else
            f"the model's guess: {_readable(row['guess'])} ({row['probability']:.0%})")
        lang, context = self.queue.language, row["context"]
        around = f"<p lang='{lang}' style='{AROUND}'>{html.escape(context)}</p>" if context != row["text"] else ""
        return (f"<p><b>{html.escape(self.progress)}</b> · {about}{guess}</p>"
                f"<div lang='{lang}' style='{BOX}'>{html.escape(row['text'])}</div>{around}")

    def said(self) -> str:
        """What stands here where nobody can press a button."""
        return (f"Open this notebook in JupyterLab to label: {len(self.queue.texts)} of {self.queue.unlabelled:,} "
                f"unlabelled {unit_of(self.queue)} are waiting; {self.queue.so_far + self.given:,} labels so far.")

    @property
    def view(self):
        """The controls (ipywidgets), made when first asked for."""
        if self._view is None:
            self._view = self._controls()
        return self._view

    def _repr_mimebundle_(self, **options) -> dict:
        return {**self.view._repr_mimebundle_(**options), "text/plain": self.said()}

    def _row(self):
        return self.queue.texts.iloc[self.place] if self.place < len(self.queue.texts) else None

    def _go_to(self, place: int) -> None:
        self.place = place
        if self._view is not None:
            self._view.children[0].value = self.page()

    def _controls(self):
        import ipywidgets

        def button(text: str, act, style: str = ""):
            made = ipywidgets.Button(description=text, button_style=style, layout={"width": "auto"})
            made.on_click(lambda _: act())
            return made

        def typed(change) -> None:
            if change["new"]:
                keys.value = ""  # the cursor stays, the next key acts on the next text
                self.key(change["new"][-1])

        labels = [button(f"{i} {_readable(label, plain=True)}", lambda label=label: self.label(label), "primary")
                  for i, label in enumerate(self.queue.choices, 1)]
        more = [button(f"{SKIP} skip", self.skip), button(f"{UNDO} undo", self.undo)]
        keys = ipywidgets.Text(placeholder="or put the cursor here and press 1, 2, …, s or u", layout={"width": "26em"})
        keys.observe(typed, names="value")
        row = {"flex_flow": "row wrap"}
        return ipywidgets.VBox([ipywidgets.HTML(self.page()), ipywidgets.HBox(labels, layout=row),
                                ipywidgets.HBox([*more, keys], layout=row)])


def _readable(label: str, plain: bool = False) -> str:
    text = str(label).replace("_", " ")
    return text if plain else html.escape(text)
