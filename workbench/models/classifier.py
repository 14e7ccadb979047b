"""What every stored classifier can do, whatever computes its logits."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.models import card as cards
from workbench.models.metrics import softmax
from workbench.models.textset import text_hash


class Classifier:
    """Labels, probabilities and the memory of a model.

    Attributes:
        labels: in the order of the probabilities.
        card: what the folder's ``card.json`` says.
        logits: (n, labels) of n texts.
        trained_on: hashes of the training texts.
    """

    def __init__(self, card: dict, logits: Callable[[list[str]], np.ndarray], trained_on: set[str]):
        self.labels: list[str] = card["labels"]
        self.card = card
        self.logits = logits
        self.trained_on = trained_on

    def probabilities(self, texts: list[str]) -> np.ndarray:
        """(n, labels): each row sums to 1, in the order of the texts; calibrated on the validation side."""
        if not len(texts):
            return np.zeros((0, len(self.labels)))
        return softmax(self.logits(list(texts)) / self.card.get("temperature", 1.0))

    def predict(self, texts: list[str]) -> pd.DataFrame:
        """``label, probability``: the most probable label of each text and its probability."""
        found = self.probabilities(texts)
        best = found.argmax(axis=1)
        return pd.DataFrame({"label": pd.Series([self.labels[i] for i in best], dtype="string"),
                             "probability": found[np.arange(len(best)), best]})

    def seen(self, texts: list[str]) -> np.ndarray:
        """(n,) boolean: the model was trained on this text (case and spaces set aside)."""
        return np.array([text_hash(text) in self.trained_on for text in texts], dtype=bool)


class Taught(Classifier):
    """A classifier that learnt from the unlabelled texts of a file.

    Attributes:
        read: logits (labels,) of each of these texts, which are asked for again when the file is scored.
        account: what it learnt, for a reader.
    """

    def __init__(self, model: Classifier):
        super().__init__({**model.card, "temperature": 1.0}, self._logits, model.trained_on)
        self.read: dict[str, np.ndarray] = {}
        self.account = ""

    def _logits(self, texts: list[str]) -> np.ndarray:
        new = [text for text in dict.fromkeys(texts) if text not in self.read]
        found = self.read | (dict(zip(new, self._unread(new), strict=True)) if new else {})
        return np.array([found[text] for text in texts])

    def _unread(self, texts: list[str]) -> np.ndarray:
        """Logits (n, labels) of other texts."""
        raise NotImplementedError


def part_of(model: Classifier, kind: type[Classifier]):
    """The classifier itself, or the one of this kind among its parts; None where there is none."""
    return next((one for one in (model, *getattr(model, "parts", {}).values()) if isinstance(one, kind)), None)


def write_seen(folder: Path, hashes: set[str]) -> None:
    """Store the hashes of the training texts beside the card."""
    (folder / cards.SEEN).write_text("".join(f"{one}\n" for one in sorted(hashes)))


def read_seen(folder: Path) -> set[str]:
    """The hashes of the training texts; empty where none were stored."""
    path = folder / cards.SEEN
    return set(path.read_text().split()) if path.is_file() else set()
