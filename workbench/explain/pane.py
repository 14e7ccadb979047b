"""What one picture of attention shows: a text under one model, or for one class; and its weights made small."""

import base64
import zlib
from dataclasses import dataclass, field

import numpy as np

from workbench.explain.heads import measures
from workbench.explain.joining import Grouping, groupings
from workbench.explain.reading import Reading

LEVELS = 255  # steps of a head's scale: a weight is off by at most its head's largest / 510


@dataclass(frozen=True)
class Pane:
    """Weights of one text, ready to be drawn.

    Attributes:
        title: what tells it from another pane beside it.
        reading: the text, its tokens and words.
        weights: (layers, heads, n, n), from each token (row) to each (column), not negative.
        what: what a weight is, in a word: ``attention``.
        groups: how tokens are joined, the first of them at first.
    """

    title: str
    reading: Reading
    weights: np.ndarray
    what: str = "attention"
    groups: list[Grouping] = field(default_factory=list)

    @classmethod
    def of(cls, reading: Reading, title: str = "") -> "Pane":
        """The attention of a reading."""
        return cls(title, reading, reading.attentions, groups=groupings(reading))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Layers, heads and tokens."""
        return self.weights.shape[:3]

    def plain(self) -> dict:
        """All but the weights as plain values for the page's script."""
        _, scales = quantised(self.weights)
        table = measures(self.reading) if self.what == "attention" else None
        return {
            "title": self.title, "what": self.what, "language": self.reading.language, "shape": list(self.shape),
            "scales": [[float(f"{scale:.6g}") for scale in layer] for layer in scales],
            "levels": [{"name": level.name, "of": level.group_of.tolist(), "labels": level.labels,
                        "text": _running(self.reading.text, level)} for level in self.groups],
            "measures": table.drop(columns=["layer", "head"]).round(4).to_dict("list") if table is not None else {}}


def quantised(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(layers, heads, n, n) bytes 0 to 255 and (layers, heads) scales: a weight is about ``byte × scale / 255``.

    >>> steps, scales = quantised(np.array([[[[.5, .5], [0., .25]]]]))
    >>> steps.tolist(), scales.tolist()
    ([[[[255, 255], [0, 128]]]], [[0.5]])
    """
    scales = weights.max(axis=(2, 3))
    steps = weights / np.where(scales > 0, scales, 1)[..., None, None] * LEVELS
    return np.round(np.clip(steps, 0, LEVELS)).astype(np.uint8), scales


def packed(weights: np.ndarray) -> list[str]:
    """A base64 text a layer: its heads' bytes, column by column (that is a tenth smaller), under zlib's deflate."""
    steps, _ = quantised(weights)
    return [base64.b64encode(zlib.compress(np.ascontiguousarray(layer.transpose(0, 2, 1)).tobytes(), 6)).decode()
            for layer in steps]


def _running(text: str, level: Grouping) -> list[list]:
    """The text in parts, with the group of each part: -1 what is between groups, -2 what the model did not read."""
    parts, at = [], 0
    for group, (start, end) in enumerate(level.spans):
        if start < 0:
            parts.append([level.labels[group], group])
            continue
        if start > at:
            parts.append([text[at:start], -1])
        parts.append([level.labels[group] if start < at else text[start:end], group])
        at = max(at, end)
    if text[at:].strip():
        parts.append([text[at:], -2])
    return parts
