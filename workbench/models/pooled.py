"""The pooled classifier: encoder, linear model and sentence moods, each weighed by what it is worth.

A logarithmic opinion pool (Genest & Zidek 1986, "Combining probability distributions"; Heskes 1998): the
probabilities of the parts multiplied, each to the power of its weight, times a factor for each label. Weights and factors
are learnt on the validation side, which no part has learnt from: parts + labels numbers, so few texts are enough.
"""

import json
import time
from pathlib import Path

import numpy as np

from workbench.errors import ModelError
from workbench.models import card as cards
from workbench.models.classifier import Classifier, read_seen, write_seen
from workbench.models.metrics import log_of, softmax
from workbench.models.mood import CUES, cues
from workbench.models.textset import LabelledTexts

MOOD = "mood"
STRENGTH = 0.1  # inverse regularisation of the moods' logistic regression
LEAST = 0.05  # weight of a part: below it the part goes, since every text would pay for it
SHRINK = 0.01  # penalty on the squares of weights and factors, in nats a text
FOLDS = 5  # of the validation side, by group


class PooledClassifier(Classifier):
    """``parts``: classifier by kind; ``learnt``: ``mood`` (cues and pairs, labels) with ``mood_bias``, and the pool's
    ``weights`` (parts + 1,) and ``bias`` (labels,)."""

    def __init__(self, card: dict, parts: dict[str, Classifier], learnt: dict[str, np.ndarray], seen: set[str]):
        super().__init__(card, self._logits, seen)
        self.parts, self.learnt = parts, learnt

    def views(self, texts: list[str], told: dict[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
        """What each part says of n texts: log probabilities (n, labels) by kind, ``mood`` last.

        Args:
            told: the parts' probabilities (n, labels) of these texts, where they were asked before.
        """
        told = told or {kind: part.probabilities(texts) for kind, part in self.parts.items()}
        return {kind: log_of(told[kind]) for kind in self.parts} | {MOOD: self.moods(texts)}

    def moods(self, texts: list[str]) -> np.ndarray:
        """Log probabilities (n, labels) of n texts by their moods alone."""
        return log_of(softmax(_pairs(texts, self.card["language"]) @ self.learnt["mood"] + self.learnt["mood_bias"]))

    def pooled(self, texts: list[str], told: dict[str, np.ndarray]) -> np.ndarray:
        """Probabilities (n, labels) of n texts of which the parts were asked before; ``told`` as in :meth:`views`."""
        return softmax(self._logits(texts, told))

    def _logits(self, texts: list[str], told: dict[str, np.ndarray] | None = None) -> np.ndarray:
        return _pool(self.views(texts, told), self.learnt["weights"], self.learnt["bias"])

    def save(self, folder: Path) -> None:
        """Write weights and card to an existing folder; the parts are saved beside it, each in a folder of its kind."""
        from safetensors.numpy import save_file

        save_file(self.learnt, folder / cards.WEIGHTS)
        write_seen(folder, self.trained_on)
        cards.write_card(folder, self.card)

    @classmethod
    def load(cls, folder: Path, card: dict, parts: dict[str, Classifier]) -> "PooledClassifier":
        """Read it back.

        Raises:
            ModelError: a file is missing, damaged or of other sizes than the card's, or its cues have changed since.
        """
        from safetensors.numpy import load_file

        cards.check_weights(folder / cards.WEIGHTS, card.get("sha256", ""))
        learnt = load_file(folder / cards.WEIGHTS)
        if card.get("cues") != _cues_hash(card["language"]):
            raise ModelError(f"{folder}: the cues of mood have changed since it was trained; train the model again")
        if learnt["weights"].shape != (len(parts) + 1,) or learnt["bias"].shape != (len(card["labels"]),):
            raise ModelError(f"{folder}: {learnt['weights'].shape[0]} weights for {len(parts) + 1} parts and "
                             f"{learnt['bias'].shape[0]} labels for {len(card['labels'])}; train the model again")
        return cls(card, parts, learnt, read_seen(folder))


def fit_pooled(data: LabelledTexts, parts: dict[str, Classifier],
               told: dict[str, np.ndarray] | None = None) -> tuple[PooledClassifier, np.ndarray]:
    """Learn the moods on the training side and the pool on the validation side; parts of next to no weight are left out.

    Args:
        told: the parts' probabilities (n, labels) of the validation texts, where they were asked before.

    Returns:
        the classifier, and its probabilities (n, labels) of the validation texts, each told by a pool that was learnt
        without the text's group (without the text, where all are of one group): the pool's own would flatter it.
    """
    began = time.perf_counter()
    mood, bias = _fit_mood(data)
    truth, weighed = data.codes("validation"), data.weights()
    card = {"kind": "pooled", "labels": data.labels, "language": data.language,
            "training_texts": data.sizes["train"], "cues": _cues_hash(data.language),
            "versions": cards.versions("scikit-learn", "numpy")}
    model = PooledClassifier(card, dict(parts), {"mood": mood, "mood_bias": bias}, data.joined().seen)
    views = model.views(data.texts("validation"), told)
    weights, _ = _fit_pool(views, truth, weighed)
    for kind, weight in zip(parts, weights, strict=False):
        if weight < LEAST and len(model.parts) > 1:
            del model.parts[kind], views[kind]
    unseen = np.empty((len(truth), len(data.labels)))
    fold = _folds(data.groups("validation"), data.seed)
    for one in range(FOLDS):
        out = fold == one
        if out.any():
            kept = {kind: view[~out] for kind, view in views.items()}
            found = _fit_pool(kept, truth[~out], weighed)
            unseen[out] = softmax(_pool({kind: view[out] for kind, view in views.items()}, *found))
    model.learnt |= dict(zip(("weights", "bias"), _fit_pool(views, truth, weighed), strict=True))
    card |= {"parts": list(model.parts), "left_out": [kind for kind in parts if kind not in model.parts]}
    card["weights"] = {kind: round(float(w), 3) for kind, w in zip(views, model.learnt["weights"], strict=True)}
    card["training_seconds"] = round(time.perf_counter() - began, 1)
    return model, unseen


def _pairs(texts: list[str], language: str) -> np.ndarray:
    """(n, k + k (k - 1) / 2): cues, and which stand together: "you" tells more where nothing is told in the past."""
    found = cues(texts, language).astype(np.float32)
    left, right = np.triu_indices(found.shape[1], 1)
    return np.hstack([found, found[:, left] * found[:, right]])


def _fit_mood(data: LabelledTexts) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=STRENGTH, max_iter=2000)
    model.fit(_pairs(data.texts("train"), data.language), data.codes("train"))
    weights, bias = model.coef_.T, model.intercept_
    if weights.shape[1] == 1:  # of two labels scikit-learn keeps the second's
        weights, bias = np.hstack([np.zeros_like(weights), weights]), np.r_[0.0, bias]
    return np.ascontiguousarray(weights, dtype=np.float32), np.asarray(bias, dtype=np.float32)


def _fit_pool(views: dict[str, np.ndarray], truth: np.ndarray, weighed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (parts,), none below 0, and factors (labels,), by the smallest weighted log loss."""
    from scipy.optimize import minimize

    stacked, each = np.stack(list(views.values())), weighed[truth] / weighed[truth].sum()  # (parts, n, labels)
    parts, right = len(stacked), np.eye(stacked.shape[2])[truth]

    def loss(x):
        weights, bias = x[:parts], x[parts:]
        told = softmax(np.tensordot(weights, stacked, 1) + bias)
        slope = (told - right) * each[:, None]
        value = -(each * np.log(np.clip((told * right).sum(axis=1), 1e-12, 1))).sum() + SHRINK * (x ** 2).sum()
        return value, np.r_[(stacked * slope).sum(axis=(1, 2)), slope.sum(axis=0)] + 2 * SHRINK * x

    start, bounds = np.r_[np.full(parts, 1 / parts), np.zeros(stacked.shape[2])], [(0, None)] * parts
    x = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds + [(None, None)] * stacked.shape[2]).x
    return x[:parts], x[parts:]


def _pool(views: dict[str, np.ndarray], weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return np.tensordot(weights, np.stack(list(views.values())), 1) + bias


def _folds(groups: np.ndarray, seed: int) -> np.ndarray:
    """A fold for each text; a group stays together, but where it is the only one its texts are told by each other."""
    names, place = np.unique(groups, return_inverse=True)
    if len(names) == 1:
        names, place = groups, np.arange(len(groups))
    return (np.random.default_rng(seed).permutation(len(names)) % FOLDS)[place]


def _cues_hash(language: str) -> str:
    import hashlib

    return hashlib.sha256(json.dumps(CUES[language], ensure_ascii=False).encode()).hexdigest()[:16]
