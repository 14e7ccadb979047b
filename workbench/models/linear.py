"""The linear classifier: word and character n-grams, weighted by naive Bayes, under logistic regression.

Wang & Manning 2012, "Baselines and Bigrams": presence of an n-gram times its log-count ratio. It is the baseline
that every encoder must beat, and what serves where none does.
"""

import json
import time
from pathlib import Path

import numpy as np

from workbench.errors import ModelError
from workbench.models import card as cards
from workbench.models.classifier import Classifier, read_seen, write_seen
from workbench.models.metrics import log_loss, softmax, temperature
from workbench.models.textset import LabelledTexts

VOCABULARY = "vocabulary.json"
#: n-grams by language: (analyzer of CountVectorizer, shortest, longest)
GRAMS = {"en": (("word", 1, 2), ("char_wb", 2, 5)), "zh": (("char", 1, 3),)}
STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)  # inverse regularisation, chosen on validation
SMOOTHING = 1.0
WORD = r"(?u)\b\w[\w'’-]*|[!?]"
LARGE = 20_000  # texts: beyond, an n-gram must occur in three of them


class LinearClassifier(Classifier):
    """Weights (n-grams, labels) over the presence of n-grams, and a bias (labels,)."""

    def __init__(self, card: dict, vocabulary: list[list[str]], weights: np.ndarray, bias: np.ndarray, seen: set[str]):
        super().__init__(card, self._logits, seen)
        self.vocabulary, self.weights, self.bias = vocabulary, weights, bias
        self._counters = [_counter(gram, vocabulary=words)
                          for gram, words in zip(card["grams"], vocabulary, strict=True)]

    def _logits(self, texts: list[str]) -> np.ndarray:
        return _presence(self._counters, texts) @ self.weights + self.bias

    def save(self, folder: Path) -> None:
        """Write weights, vocabulary, card and the hashes of the training texts to an existing folder."""
        from safetensors.numpy import save_file

        save_file({"weights": self.weights, "bias": self.bias}, folder / cards.WEIGHTS)
        (folder / VOCABULARY).write_text(json.dumps(self.vocabulary, ensure_ascii=False), encoding="utf-8")
        write_seen(folder, self.trained_on)
        cards.write_card(folder, {**self.card, "vocabulary_sha256": cards.sha256(folder / VOCABULARY)})

    @classmethod
    def load(cls, folder: Path, card: dict) -> "LinearClassifier":
        """Read it back.

        Raises:
            ModelError: a file is missing, damaged or of other sizes than the card's.
        """
        from safetensors.numpy import load_file

        cards.check_weights(folder / cards.WEIGHTS, card.get("sha256", ""))
        cards.check_weights(folder / VOCABULARY, card.get("vocabulary_sha256", ""))
        stored = load_file(folder / cards.WEIGHTS)
        vocabulary = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
        rows = sum(map(len, vocabulary))
        if stored["weights"].shape != (rows, len(card["labels"])):
            raise ModelError(f"{folder}: weights are {stored['weights'].shape}, vocabulary and labels ask for "
                             f"{(rows, len(card['labels']))}; train the model again")
        return cls(card, vocabulary, stored["weights"], stored["bias"], read_seen(folder))


def fit_linear(data: LabelledTexts) -> LinearClassifier:
    """Learn from the training side; regularisation and temperature come from the validation side.

    Labels count alike however rare they are (balanced class weights). The test side is not looked at.
    """
    began = time.perf_counter()
    texts, truth, labels = data.texts("train"), data.codes("train"), data.labels
    grams = GRAMS[data.language]
    fewest = 3 if len(texts) > LARGE else 1 if len(texts) < 2000 else 2
    counters = [_counter(gram, min_df=fewest).fit(texts) for gram in grams]
    rows, held_out = _presence(counters, texts), _presence(counters, data.texts("validation"))
    ratios = _log_count_ratios(rows, truth, len(labels))
    tried = [(strength, *_fit(rows, ratios, truth, strength)) for strength in STRENGTHS]
    losses = []
    for _, weights, bias in tried:
        logits = held_out @ weights + bias
        heat = temperature(data.codes("validation"), logits)
        losses.append((log_loss(data.codes("validation"), softmax(logits / heat)), heat))
    best = int(np.argmin([loss for loss, _ in losses]))
    strength, weights, bias = tried[best]
    card = {"kind": "linear", "labels": labels, "language": data.language, "grams": [list(gram) for gram in grams],
            "strength": strength, "temperature": losses[best][1], "n_grams": int(rows.shape[1]),
            "training_texts": len(texts), "training_seconds": round(time.perf_counter() - began, 1),
            "versions": cards.versions("scikit-learn", "numpy")}
    vocabulary = [counter.get_feature_names_out().tolist() for counter in counters]
    return LinearClassifier(card, vocabulary, weights, bias, data.seen)


def _counter(gram, **options):
    from sklearn.feature_extraction.text import CountVectorizer

    analyzer, shortest, longest = gram
    if isinstance(options.get("vocabulary"), list):
        options["vocabulary"] = {word: i for i, word in enumerate(options["vocabulary"])}
    if analyzer == "word":
        options["token_pattern"] = WORD
    return CountVectorizer(analyzer=analyzer, ngram_range=(shortest, longest), binary=True, dtype=np.float32, **options)


def _presence(counters, texts: list[str]):
    """(n, n-grams) sparse, 1 where the n-gram occurs."""
    from scipy.sparse import hstack

    return hstack([counter.transform(texts) for counter in counters], format="csr")


def _log_count_ratios(rows, truth: np.ndarray, labels: int) -> np.ndarray:
    """(n-grams, labels): log of how much more often an n-gram stands in texts of a label than in others."""
    found = []
    for label in range(labels):
        inside = SMOOTHING + np.asarray(rows[truth == label].sum(axis=0)).ravel()
        outside = SMOOTHING + np.asarray(rows[truth != label].sum(axis=0)).ravel()
        found.append(np.log(inside / inside.sum()) - np.log(outside / outside.sum()))
    return np.stack(found, axis=1)


def _fit(rows, ratios: np.ndarray, truth: np.ndarray, strength: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights (n-grams, labels) with the ratios multiplied in, and bias (labels,): one against the rest."""
    from scipy.sparse import diags
    from sklearn.linear_model import LogisticRegression

    weights, bias = np.zeros(ratios.shape, dtype=np.float32), np.zeros(ratios.shape[1], dtype=np.float32)
    for label in range(1 if ratios.shape[1] == 2 else 0, ratios.shape[1]):
        model = LogisticRegression(C=strength, class_weight="balanced", solver="liblinear", random_state=0)
        model.fit(rows @ diags(ratios[:, label].astype(np.float32)), truth == label)
        weights[:, label], bias[label] = model.coef_[0] * ratios[:, label], model.intercept_[0]
    return weights, bias
