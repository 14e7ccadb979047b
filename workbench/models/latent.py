"""The latent classifier: what the shop's unlabelled texts say about its n-grams, and a few labels on top.

n-grams that keep the same company mean alike, so a label of one text speaks for words that no labelled text holds. Company
is positive pointwise mutual information within a text, factored by a truncated SVD (Levy & Goldberg 2014, "Neural word
embedding as implicit matrix factorization"); a text is the mean direction of its n-grams, rare ones counting more (Arora
et al. 2017). Measured on reviews_zh and reviews_en: with 200 labels far above the linear model (DECISIONS.md).
"""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.errors import ModelError
from workbench.models import card as cards
from workbench.models.classifier import Classifier, read_seen
from workbench.models.linear import counter, load_counted, presence, save_counted
from workbench.models.metrics import log_loss, softmax, temperature
from workbench.models.textset import LabelledTexts

GRAMS = {"en": (("word", 1, 2),), "zh": (("char", 1, 3),)}
KNOWN = 8000  # most frequent n-grams: their table of company has as many rows and columns
DIMENSIONS = 300
FEWEST_TEXTS = 2000  # different texts: fewer say too little of who keeps whose company
MOST_TEXTS = 50_000  # more take longer and place frequent n-grams no better
AT_ONCE = 2000  # texts counted at a time
STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)  # inverse regularisation, chosen on validation


@dataclass(frozen=True)
class Meaning:
    """Where n-grams lie.

    Attributes:
        vocabulary: n-grams, one list a kind of n-gram.
        placed: ``vectors`` (n-grams, dimensions), each of the length of its rarity; ``rarity`` (n-grams,); ``middle``
            (dimensions,) of the texts learnt from.
        texts: how many these were.
    """

    language: str
    vocabulary: list[list[str]]
    placed: dict[str, np.ndarray]
    texts: int
    seconds: float = 0.0

    def states(self, texts: list[str]) -> np.ndarray:
        """(n, dimensions) direction of each text, of length 1; 0 where it has no known n-gram."""
        counters = [counter(gram, vocabulary=words) for gram, words in
                    zip(GRAMS[self.language], self.vocabulary, strict=True)]
        return _directions(presence(counters, texts), **self.placed)


class LatentClassifier(Classifier):
    """Logistic regression on the directions of texts: ``weights`` (dimensions, labels) and ``bias`` (labels,)."""

    def __init__(self, card: dict, meaning: Meaning, learnt: dict[str, np.ndarray], seen: set[str]):
        super().__init__(card, self._logits, seen)
        self.meaning, self.learnt = meaning, learnt

    def _logits(self, texts: list[str]) -> np.ndarray:
        return self.meaning.states(texts) @ self.learnt["weights"] + self.learnt["bias"]

    def save(self, folder: Path) -> None:
        """Write weights, vocabulary, card and the hashes of the training texts to an existing folder."""
        save_counted(folder, self, {**self.meaning.placed, **self.learnt}, self.meaning.vocabulary)

    @classmethod
    def load(cls, folder: Path, card: dict) -> "LatentClassifier":
        """Read it back.

        Raises:
            ModelError: a file is missing, damaged or of other sizes than the card's.
        """
        wide, labels = card["dimensions"], len(card["labels"])
        found, vocabulary = load_counted(folder, card, lambda n: {
            "vectors": (n, wide), "rarity": (n,), "middle": (wide,), "weights": (wide, labels), "bias": (labels,)})
        placed, learnt = ({name: found[name] for name in names} for names in
                          (("vectors", "rarity", "middle"), ("weights", "bias")))
        return cls(card, Meaning(card["language"], vocabulary, placed, card["unlabelled_texts"]), learnt, read_seen(folder))


def learn_meaning(texts: list[str], language: str, seed: int = 0) -> Meaning:
    """Place the n-grams of a language by the company they keep in texts, which need no labels.

    Raises:
        ModelError: fewer than 2,000 different texts.
    """
    from sklearn.utils.extmath import randomized_svd

    began, texts = time.perf_counter(), sorted({text.strip() for text in texts if text.strip()})
    if len(texts) < FEWEST_TEXTS:
        raise ModelError(f"{len(texts)} different {language} texts; who keeps whose company can be told from "
                         f"{FEWEST_TEXTS} on")
    if len(texts) > MOST_TEXTS:
        kept = np.random.default_rng(seed).choice(len(texts), MOST_TEXTS, replace=False)
        texts = [texts[i] for i in sorted(kept)]
    counters = [counter(gram, max_features=KNOWN) for gram in GRAMS[language]]
    for one in counters:
        one.fit(texts)
    rows = presence(counters, texts)
    _, strength, places = randomized_svd(company(rows), min(DIMENSIONS, rows.shape[1]), n_iter=2, random_state=seed)
    vectors = (places * np.sqrt(strength)[:, None]).T
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    rarity = np.log(len(texts) / (1 + np.asarray(rows.sum(axis=0)).ravel())).clip(0).astype(np.float32)
    placed = {"vectors": np.ascontiguousarray(vectors * rarity[:, None], dtype=np.float32), "rarity": rarity}
    placed["middle"] = _means(rows, **placed).mean(axis=0)
    vocabulary = [one.get_feature_names_out().tolist() for one in counters]
    return Meaning(language, vocabulary, placed, len(texts), time.perf_counter() - began)


def company(rows) -> np.ndarray:
    """(n-grams, n-grams) positive pointwise mutual information, in nats, of standing in the same text.

    Args:
        rows: (texts, n-grams) sparse, 1 where the n-gram occurs.

    >>> from scipy.sparse import csr_matrix
    >>> company(csr_matrix([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 1, 1, 0]], dtype=float)).round(1).tolist()[0]
    [0.0, 1.0, 0.0, 0.0]
    """
    together = np.zeros((rows.shape[1],) * 2, dtype=np.float32)
    for start in range(0, rows.shape[0], AT_ONCE):
        part = rows[start:start + AT_ONCE]
        together += (part.T @ part).toarray()
    np.fill_diagonal(together, 0)
    all_of = together.sum(axis=1)
    together /= np.maximum(all_of, 1)[:, None]
    together /= np.maximum(all_of / max(all_of.sum(), 1), 1e-12)[None]
    return np.log(np.maximum(together, 1, out=together), out=together)


def fit_latent(data: LabelledTexts, meaning: Meaning) -> LatentClassifier:
    """Learn from the training side; the strength and the temperature come from the validation side."""
    began = time.perf_counter()
    states, truth = meaning.states(data.texts("train")), data.codes("train")
    held_out, judged, tried = meaning.states(data.texts("validation")), data.codes("validation"), []
    for strength in STRENGTHS:
        learnt = _fit(states, truth, strength)
        logits = held_out @ learnt["weights"] + learnt["bias"]
        heat = temperature(judged, logits)
        tried.append((log_loss(judged, softmax(logits / heat)), strength, heat, learnt))
    _, strength, heat, learnt = min(tried, key=lambda one: one[0])
    return _made(data, meaning, learnt, (strength, heat), time.perf_counter() - began + meaning.seconds)


def refit_latent(model: LatentClassifier, data: LabelledTexts) -> LatentClassifier:
    """The same choices, learnt from the training and the validation side together, once nothing is left to choose."""
    began, both, card = time.perf_counter(), data.joined(), model.card
    learnt = _fit(model.meaning.states(both.texts("train")), both.codes("train"), card["strength"])
    seconds = time.perf_counter() - began + card["training_seconds"]
    return _made(both, model.meaning, learnt, (card["strength"], card["temperature"]), seconds)


def _made(data: LabelledTexts, meaning: Meaning, learnt, chosen, seconds: float) -> LatentClassifier:
    strength, heat = chosen
    card = {"kind": "latent", "labels": data.labels, "language": data.language, "strength": strength, "temperature": heat,
            "grams": [list(gram) for gram in GRAMS[data.language]], "n_grams": len(meaning.placed["rarity"]),
            "dimensions": len(meaning.placed["middle"]), "unlabelled_texts": meaning.texts,
            "training_texts": data.sizes["train"], "training_seconds": round(seconds, 1),
            "versions": cards.versions("scikit-learn", "numpy")}
    return LatentClassifier(card, meaning, learnt, data.seen)


def _fit(states: np.ndarray, truth: np.ndarray, strength: float) -> dict[str, np.ndarray]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=2000, tol=1e-3).fit(states, truth)
    weights, bias = model.coef_.T, model.intercept_
    if weights.shape[1] == 1:  # of two labels scikit-learn keeps the second's
        weights, bias = np.hstack([np.zeros_like(weights), weights]), np.r_[0.0, bias]
    return {"weights": np.ascontiguousarray(weights, dtype=np.float32), "bias": np.asarray(bias, dtype=np.float32)}


def _means(rows, vectors: np.ndarray, rarity: np.ndarray) -> np.ndarray:
    """(n, dimensions): the vectors of a text's n-grams, added, for the length of their rarities."""
    length = np.sqrt(rows @ rarity ** 2)
    return (rows @ vectors) / np.maximum(length, 1e-9)[:, None]


def _directions(rows, vectors: np.ndarray, rarity: np.ndarray, middle: np.ndarray) -> np.ndarray:
    found = _means(rows, vectors, rarity)
    found[np.asarray(rows.sum(axis=1)).ravel() > 0] -= middle
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
