"""A task's model on the shop's own texts: what analysts' labels win, and whether it serves after them."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from workbench import models
from workbench.models.adapt import adapt

FEWEST = 20  # labels to teach with, and as many to measure with: with fewer, chance decides
POINTS = (20, 50, 100)  # labels of the curve, beside none and all
CURVE = ["labels", "macro_f1", "ci_lower", "ci_upper", "texts"]


@dataclass(frozen=True)
class Adapted:
    """A trained task after the labels that analysts gave.

    Attributes:
        trained: the task as it will serve.
        curve: ``labels, macro_f1, ci_lower, ci_upper, texts``: macro F1 on the texts that measure against the labels
            that taught, 0 first; empty with fewer than 20 of either.
        teaching, measuring: labels of each side; ``unknown``: labels the task does not have, left out.
        tested: labels that taught of products that the task is tested on: there its scores may flatter.
        serves: whether what serves has learnt from them.
    """

    trained: models.Trained
    curve: pd.DataFrame
    teaching: int = 0
    measuring: int = 0
    unknown: int = 0
    tested: int = 0
    serves: bool = False

    def said(self, name: str) -> str:
        """In words, how many labels there are for the task ``name`` and what became of them."""
        left = f" ({self.unknown:,} more name labels that the task does not have)" if self.unknown else ""
        start = (f"{name}: analysts gave {self.teaching + self.measuring:,} labels, {self.measuring:,} of them to "
                 f"measure{left}")
        flatters = (f" {self.tested:,} of those that taught are of products held out, whose scores may flatter."
                    if self.tested and self.serves else "")
        if self.teaching < FEWEST:
            return f"{start}; the model learns from them when {FEWEST - self.teaching:,} more are given to teach."
        if self.curve.empty:
            return (f"{start}; the model learnt from {self.teaching:,}. What that won can be told when "
                    f"{FEWEST - self.measuring:,} more are given to measure.{flatters}")
        before, after = (f"{row.macro_f1:.2f} ({row.ci_lower:.2f} to {row.ci_upper:.2f})"
                         for row in self.curve.iloc[[0, -1]].itertuples())
        end = "" if self.serves else " It got worse, so the model from before serves."
        return f"{start}. On these, macro F1 is {after} after {self.teaching:,} labels, {before} without any.{end}{flatters}"


def adapt_task(one: models.Trained, given: pd.DataFrame) -> Adapted:
    """Let the model that serves a task go on learning from analysts' labels.

    It serves unless the texts that measure say that it got worse; where these are too few to say, it serves.

    Args:
        given: the labels of the task that stand (:func:`workbench.training.labels.standing`), oldest first.
    """
    data, model = one.data, one.models[one.serves]
    known = given["label"].isin(model.labels).to_numpy(dtype=bool)
    sides = given["measures"].to_numpy(dtype=bool)
    teaching, measuring = given[known & ~sides], given[known & sides]
    counts = {"teaching": len(teaching), "measuring": len(measuring), "unknown": int((~known).sum()),
              "tested": int(teaching["product"].isin(set(data.groups("test"))).sum())}
    nothing = Adapted(one, pd.DataFrame(columns=CURVE), **counts)
    if len(teaching) < FEWEST:
        return nothing
    measured = len(measuring) >= FEWEST
    rows = [(0, *_score(model, measuring, data.seed))] if measured else []
    for k in [*(k for k in POINTS if measured and k < len(teaching)), len(teaching)]:
        first = teaching.head(k)
        made = adapt(model, data, first["text"].tolist(), first["label"].tolist(), data.seed)
        rows += [(k, *_score(made, measuring, data.seed))] if measured else []
    curve = pd.DataFrame(rows, columns=CURVE)
    if measured and curve["macro_f1"].iloc[-1] < curve["macro_f1"].iloc[0]:
        return replace(nothing, curve=curve)
    told = made.probabilities(data.texts("test"))
    scores = models.evaluate(data.codes("test"), told, data.labels, data.groups("test"), data.seed)
    parts = getattr(made, "parts", {})  # what serves may be made of others, which lie beside it
    served = replace(one, models={**one.models, **parts, one.serves: made}, test={**one.test, one.serves: scores},
                     told={**one.told, one.serves: told})
    return Adapted(served, curve, **counts, serves=True)


def _score(model: models.Classifier, measuring: pd.DataFrame, seed: int) -> tuple:
    """Macro F1, its interval and the texts it rests on."""
    truth = np.array([model.labels.index(label) for label in measuring["label"]])
    groups = measuring["product"].fillna(measuring["of"]).to_numpy()
    scores = models.evaluate(truth, model.probabilities(measuring["text"].tolist()), model.labels, groups, seed)
    return *scores.value("macro_f1"), scores.texts
