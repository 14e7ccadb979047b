"""How good a classifier is: pure functions of labels and probabilities, with intervals.

Every count-based score is a function of how many texts of each label there are, are predicted and are right, so one
bootstrap of these counts of the groups (Field & Welsh 2007, "Bootstrapping clustered data") gives the interval of all.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.uncertainty import RESAMPLES, middle, resample, wilson

FEWEST_GROUPS = 10
BINS, TEXTS_OF_A_BIN = 10, 25  # at most so many bins, each of about so many texts or more


@dataclass(frozen=True)
class Scores:
    """What a classifier scored on one side of a split.

    Attributes:
        table: ``metric, label, value, ci_lower, ci_upper``; label is empty for a score of the whole. Metrics are
            accuracy, macro_f1, precision, recall, f1 (0 to 1, higher is better), brier (0 to 2) and ece (0 to 1),
            lower is better.
        confusion: texts by true label (rows) and predicted label (columns).
        calibration: ``bin, texts, confidence, accuracy, ci_lower, ci_upper``, bins of about equal size.
        texts, groups: how many. ``interval`` says how the 95% intervals were made.
    """

    table: pd.DataFrame
    confusion: pd.DataFrame
    calibration: pd.DataFrame
    texts: int
    groups: int
    interval: str

    def value(self, metric: str, label: str = "") -> tuple[float, float, float]:
        """``value, ci_lower, ci_upper`` of one metric."""
        row = self.table[(self.table["metric"] == metric) & (self.table["label"] == label)].iloc[0]
        return float(row["value"]), float(row["ci_lower"]), float(row["ci_upper"])

    def to_dict(self) -> dict:
        """Plain JSON values, for a card."""
        table = self.table.round(4).astype(object)
        return {"texts": self.texts, "groups": self.groups, "interval": self.interval,
                "table": table.where(table.notna(), None).to_dict("records"),
                "confusion": self.confusion.to_dict("split")}


def evaluate(truth: np.ndarray, probabilities: np.ndarray, labels: list[str], groups: np.ndarray, seed: int = 0) -> Scores:
    """Scores of ``probabilities`` (n, labels) against ``truth`` (n,), places in ``labels``.

    Args:
        groups: (n,) what belongs together; intervals are 95% percentiles of 2,000 bootstrap resamples of groups,
            or of single texts where there are fewer than 10 groups.

    >>> truth, sure = np.array([0, 0, 1, 1] * 10), np.array([[.9, .1], [.2, .8], [.3, .7], [.1, .9]] * 10)
    >>> evaluate(truth, sure, ["no", "yes"], np.arange(40)).value("accuracy")[0]
    0.75
    """
    predicted = probabilities.argmax(axis=1)
    by_group = len(set(groups)) >= FEWEST_GROUPS
    unit = pd.factorize(groups)[0] if by_group else np.arange(len(truth))
    counted = counts_by_group(truth, predicted, unit, len(labels))
    squared = np.bincount(unit, ((probabilities - np.eye(len(labels))[truth]) ** 2).sum(axis=1))
    weights = resample(len(squared), seed).astype(float)
    drawn = weights @ counted
    sizes = drawn[1].sum(axis=-1)
    whole, resampled = rates(counted.sum(axis=1)), rates(drawn)
    rows = [(name, "", float(whole[name]), *middle(resampled[name])) for name in ("accuracy", "macro_f1")]
    rows.append(("brier", "", float(squared.sum() / len(truth)), *middle((weights @ squared) / sizes)))
    rows.append(("ece", "", calibration_error(truth, probabilities), np.nan, np.nan))
    for i, label in enumerate(labels):
        rows += [(name, label, float(whole[name][i]), *middle(resampled[name][:, i]))
                 for name in ("precision", "recall", "f1")]
    table = pd.DataFrame(rows, columns=["metric", "label", "value", "ci_lower", "ci_upper"])
    confusion = np.zeros((len(labels), len(labels)), dtype=int)
    np.add.at(confusion, (truth, predicted), 1)
    confusion = pd.DataFrame(confusion, index=labels, columns=labels)
    interval = f"bootstrap of {len(squared):,} {'groups' if by_group else 'texts'}, {RESAMPLES:,} resamples, seed {seed}"
    return Scores(table, confusion, reliability(truth, probabilities), len(truth), len(set(groups)), interval)


def counts(truth: np.ndarray, predicted: np.ndarray, labels: int) -> np.ndarray:
    """(3, labels): how many texts of each label are right, are there, and are predicted."""
    return counts_by_group(truth, predicted, np.zeros(len(truth), dtype=int), labels)[:, 0]


def counts_by_group(truth: np.ndarray, predicted: np.ndarray, unit: np.ndarray, labels: int) -> np.ndarray:
    """(3, units, labels): the :func:`counts` of each unit. Confusion matrices would be ``labels`` / 3 times as large."""
    found = np.zeros((3, int(unit.max()) + 1, labels))
    hit = truth == predicted
    for place, (rows, label) in enumerate(((unit[hit], truth[hit]), (unit, truth), (unit, predicted))):
        np.add.at(found[place], (rows, label), 1)
    return found


def rates(counted: np.ndarray) -> dict[str, np.ndarray]:
    """Accuracy, macro F1 (...,) and precision, recall, F1 (..., labels) of :func:`counts` (3, ..., labels).

    A rate without any case counts as 0, and a label that neither occurs nor is predicted is left out of the mean.

    >>> truth, told = np.array([0] * 10 + [1] * 10), np.array([0] * 8 + [1] * 2 + [0] + [1] * 9)
    >>> round(float(rates(counts(truth, told, 2))["macro_f1"]), 3)
    0.85
    """
    right, true, predicted = counted
    f1 = _ratio(2 * right, true + predicted)
    return {"accuracy": _ratio(right.sum(axis=-1), true.sum(axis=-1)), "precision": _ratio(right, predicted),
            "recall": _ratio(right, true), "f1": f1,
            "macro_f1": _ratio(f1.sum(axis=-1), (true + predicted > 0).sum(axis=-1))}


def calibration_error(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """Expected calibration error of the top label (Guo et al. 2017), over bins of about equal size; 0 is perfect."""
    table = reliability(truth, probabilities)
    return float(((table["confidence"] - table["accuracy"]).abs() * table["texts"]).sum() / table["texts"].sum())


def reliability(truth: np.ndarray, probabilities: np.ndarray) -> pd.DataFrame:
    """Mean confidence against accuracy in bins of about equal size, with Wilson's 95% interval.

    Returns:
        ``bin, texts, confidence, accuracy, ci_lower, ci_upper``, least confident first.
    """
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    parts = np.array_split(np.argsort(confidence, kind="stable"), int(np.clip(len(truth) // TEXTS_OF_A_BIN, 1, BINS)))
    rows = [(i, len(part), confidence[part].mean(), right[part].mean(), *wilson(right[part].sum(), len(part)))
            for i, part in enumerate(parts, 1)]
    return pd.DataFrame(rows, columns=["bin", "texts", "confidence", "accuracy", "ci_lower", "ci_upper"])


def softmax(logits: np.ndarray) -> np.ndarray:
    """Rows of (n, labels) as probabilities."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def log_of(probabilities: np.ndarray) -> np.ndarray:
    """Logits of which :func:`softmax` makes these probabilities, 0 taken as 1e-9."""
    return np.log(np.clip(probabilities, 1e-9, 1))


def log_loss(truth: np.ndarray, probabilities: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Mean negative log probability of the true label, in nats; ``weights`` (labels,) of the labels, alike where none are
    given."""
    return float(np.average(log_losses(truth, probabilities), weights=None if weights is None else weights[truth]))


def log_losses(truth: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """(n,) negative log probability of each text's true label, in nats."""
    return -np.log(np.clip(probabilities[np.arange(len(truth)), truth], 1e-12, 1))


def temperature(truth: np.ndarray, logits: np.ndarray) -> float:
    """What to divide logits by so that probabilities are honest (Guo et al. 2017), between 0.1 and 10."""
    grid = np.geomspace(0.1, 10, 201)
    return float(grid[np.argmin([log_loss(truth, softmax(logits / t)) for t in grid])])


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
