"""A new category without labels: what a classifier is surest of there teaches it the words it lacks.

Self-training (Scudder 1965) along the classifier's own line: for texts of the kind it knows about things it does not, as
when a shop takes in a category. Where its line does not hold either, as in another domain, see
:mod:`workbench.models.shift`.
"""

import numpy as np
import pandas as pd

from workbench.errors import ModelError
from workbench.models.classifier import Classifier, Taught
from workbench.models.linear import learn_linear
from workbench.models.metrics import log_of
from workbench.models.shift import NEW, new_words
from workbench.models.textset import FEWEST_OF_A_LABEL, LabelledTexts

SURE = 0.8  # of the texts, the surest teach; .6 and .9 do as well (DECISIONS.md)
STRENGTH = 3.0  # inverse regularisation of what they teach
FOLDS = 5  # a text is told by what the other folds teach: it would only say again what it was taken for


class Settled(Taught):
    """A classifier that has learnt the words of unlabelled texts.

    Attributes:
        weight: of what they taught, 0 to 1 (:func:`_newness`).
        changed: share of the texts that it reads anew.
    """

    def __init__(self, model: Classifier, texts: list[str], seed: int = 0):
        if "language" not in model.card:
            raise ModelError("the model's card names no language, so the words of the texts cannot be told; train it again")
        super().__init__(model)
        self.model, texts = model, list(dict.fromkeys(texts))
        self.weight = _newness(model, texts)
        before = self._known(texts)
        fold = np.random.default_rng(seed).permutation(len(texts)) % FOLDS
        self.pupils = [_taught(self, texts, before, fold != one) for one in range(FOLDS)]
        after = np.empty_like(before)
        for one, pupil in enumerate(self.pupils):
            rows = np.flatnonzero(fold == one)
            after[rows] = before[rows] + self.weight * pupil.logits([texts[i] for i in rows])
        self.read = dict(zip(texts, after, strict=True))
        self.changed = float((before.argmax(axis=1) != after.argmax(axis=1)).mean())
        self.account = (f"the surest texts of the file taught their words, which count for {self.weight:.0%} as far as they "
                        f"are new to the model: {self.changed:.1%} of the texts are read anew")

    def _known(self, texts: list[str]) -> np.ndarray:
        return log_of(self.model.probabilities(texts))

    def _unread(self, texts: list[str]) -> np.ndarray:
        return self._known(texts) + self.weight * np.mean([pupil.logits(texts) for pupil in self.pupils], axis=0)


def settle(model: Classifier, texts: list[str], seed: int = 0) -> Settled:
    """Teach a classifier the words of unlabelled texts, by the labels that it gives the surest of them.

    The log odds of a linear model of their n-grams are added to the classifier's, the more the newer these are to it; its
    line stays where it is. Measured in ``tests/benchmarks/texts.py``, leaving out one category of ten.

    Raises:
        ModelError: of some label there are fewer than ten among the surest texts.
    """
    return Settled(model, texts, seed)


def _newness(model: Classifier, texts: list[str]) -> float:
    """0 where the texts hold no more n-grams that the model never met than held-out texts do, 1 where they are of another
    domain (:data:`workbench.models.shift.NEW`), or where the model does not know: known words teach only its own errors."""
    if not (words := new_words(model, texts)):
        return 1.0
    unknown, usual = words
    return float(np.clip((unknown / max(usual, 1e-9) - 1) / (NEW - 1), 0, 1))


def _taught(model: Settled, texts: list[str], told: np.ndarray, others: np.ndarray) -> Classifier:
    certain = told.max(axis=1)
    sure = np.flatnonzero(others & (certain >= np.quantile(certain, 1 - SURE)))
    codes = told[sure].argmax(axis=1)
    for label, count in zip(model.labels, np.bincount(codes, minlength=len(model.labels)), strict=True):
        if count < FEWEST_OF_A_LABEL:
            raise ModelError(f"the model is sure of {count} texts labelled {label!r}; it can learn the words of new texts "
                             f"from {FEWEST_OF_A_LABEL} of each label on: give more texts, or score them as they are")
    frame = pd.DataFrame({"text": [texts[i] for i in sure], "label": [model.labels[code] for code in codes]})
    frame = frame.assign(group="", side="train")
    return learn_linear(LabelledTexts("taught", model.card["language"], frame, "the surest texts", 0, "text"), STRENGTH)
