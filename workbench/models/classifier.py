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


def write_seen(folder: Path, hashes: set[str]) -> None:
    """Store the hashes of the training texts beside the card."""
    (folder / cards.SEEN).write_text("".join(f"{one}\n" for one in sorted(hashes)))


def read_seen(folder: Path) -> set[str]:
    """The hashes of the training texts; empty where none were stored."""
    path = folder / cards.SEEN
    return set(path.read_text().split()) if path.is_file() else set()
