"""The linear classifier: word and character n-grams, weighed by naive Bayes and by rarity, under logistic regression.

The presence of an n-gram counts by its log-count ratio (Wang & Manning 2012, "Baselines and Bigrams") and, where that
tells validation texts better, by its inverse document frequency (Spärck Jones 1972), as the root of the sum of their
squares. The row of a text is brought to length 1, so that a long one weighs no more than a short one. It is the baseline
that every encoder must beat, and what serves where none does.
"""

import json
import time
from collections.abc import Callable
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
STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)  # inverse regularisation, chosen on validation
RARITIES = (0.0, 0.4)  # of the inverse document frequency beside the ratio, chosen there too (.2 and .7: DECISIONS.md)
SMOOTHING = 1.0
WORD = r"(?u)\b\w[\w'’-]*|[!?]"
UNKNOWN = "unknown"  # in the card: share of the n-grams of a held-out text that it has not met
LARGE = 20_000  # texts: beyond, an n-gram must occur in three of them
MANY = 2_000  # texts: from there on rarity is tried with the best strength alone, which chose the same (DECISIONS.md)


class LinearClassifier(Classifier):
    """What it learnt: ``scales`` and ``weights`` (n-grams, labels) and ``bias`` (labels,).

    The logit of a label is the sum of the weights of the n-grams that occur, each times its scale, over the length of
    these scales, plus the bias.
    """

    def __init__(self, card: dict, vocabulary: list[list[str]], learnt: dict[str, np.ndarray], seen: set[str]):
        super().__init__(card, self._logits, seen)
        self.vocabulary, self.learnt = vocabulary, learnt
        self._counters = [counter(gram, vocabulary=words)
                          for gram, words in zip(card["grams"], vocabulary, strict=True)]

    @property
    def places(self) -> list[dict[str, int]]:
        """Of each kind of n-grams in the card, the place of each n-gram among them."""
        return [counter.vocabulary for counter in self._counters]

    def unknown(self, texts: list[str]) -> float:
        """Share of the n-grams of a text, each counted once, that it has not met: the median of the texts, which a few
        with addresses or code in them do not move."""
        if not len(texts):
            return 0.0
        analyzers = [one.build_analyzer() for one in self._counters]
        of = np.array([sum(len(set(analyze(text))) for analyze in analyzers) for text in texts])
        return float(np.median(1 - np.asarray(presence(self._counters, texts).sum(axis=1)).ravel() / np.maximum(of, 1)))

    def _logits(self, texts: list[str]) -> np.ndarray:
        return _logits(presence(self._counters, texts), self.learnt)

    def save(self, folder: Path) -> None:
        """Write weights, vocabulary, card and the hashes of the training texts to an existing folder."""
        save_counted(folder, self, self.learnt, self.vocabulary)

    @classmethod
    def load(cls, folder: Path, card: dict) -> "LinearClassifier":
        """Read it back.

        Raises:
            ModelError: a file is missing, damaged or of other sizes than the card's.
        """
        labels = len(card["labels"])
        learnt, vocabulary = load_counted(folder, card, lambda n: {
            "scales": (n, labels), "weights": (n, labels), "bias": (labels,)})
        return cls(card, vocabulary, learnt, read_seen(folder))


def save_counted(folder: Path, model: Classifier, arrays: dict[str, np.ndarray], vocabulary: list[list[str]]) -> None:
    """Write a model of n-grams: arrays, vocabulary by kind of n-gram, card, and the hashes of its training texts."""
    from safetensors.numpy import save_file

    save_file(arrays, folder / cards.WEIGHTS)
    (folder / VOCABULARY).write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    write_seen(folder, model.trained_on)
    cards.write_card(folder, {**model.card, "vocabulary_sha256": cards.sha256(folder / VOCABULARY)})


def load_counted(folder: Path, card: dict,
                 asked: Callable[[int], dict[str, tuple[int, ...]]]) -> tuple[dict[str, np.ndarray], list[list[str]]]:
    """The arrays and the vocabulary of a model of n-grams.

    Args:
        asked: the shape of each array, given the number of n-grams.

    Raises:
        ModelError: a file is missing, damaged or of other sizes than the card's.
    """
    from safetensors.numpy import load_file

    cards.check_weights(folder / cards.WEIGHTS, card.get("sha256", ""))
    cards.check_weights(folder / VOCABULARY, card.get("vocabulary_sha256", ""))
    found = load_file(folder / cards.WEIGHTS)
    vocabulary = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
    for name, shape in asked(sum(map(len, vocabulary))).items():
        if name not in found or found[name].shape != shape:
            raise ModelError(f"{folder}: {name} are {found[name].shape if name in found else 'not there'}, vocabulary "
                             f"and labels ask for {shape}; train the model again")
    return found, vocabulary


def fit_linear(data: LabelledTexts, strengths: tuple[float, ...] = STRENGTHS,
               rarities: tuple[float, ...] = RARITIES) -> LinearClassifier:
    """Learn from the training side; the weight of rarity, the strength and the temperature come from the validation side.

    Labels count alike however rare they are (balanced class weights). The test side is not looked at.
    """
    began = time.perf_counter()
    vocabulary, rows, held_out = _grams(data, "train", "validation")
    truth, judged, tried = data.codes("train"), data.codes("validation"), []
    for rarity in rarities:
        some = (min(tried, key=lambda one: one[0])[1][1],) if tried and len(truth) >= MANY else strengths
        scales = _scales(rows, truth, len(data.labels), rarity)
        for strength, learnt in zip(some, _fits(rows, scales, truth, some), strict=True):
            logits = _logits(held_out, learnt)
            heat = temperature(judged, logits)
            tried.append((log_loss(judged, softmax(logits / heat)), (rarity, strength, heat), learnt))
    _, chosen, learnt = min(tried, key=lambda one: one[0])
    return _made(data, vocabulary, learnt, chosen, began)


def refit_linear(model: LinearClassifier, data: LabelledTexts) -> LinearClassifier:
    """The same choices, learnt from the training and the validation side together, once nothing is left to choose."""
    card = model.card
    made = learn_linear(data.joined(), card["strength"], card["rarity"], card["temperature"])
    made.card["training_seconds"] = round(made.card["training_seconds"] + card["training_seconds"], 1)
    return made


def learn_linear(data: LabelledTexts, strength: float, rarity: float = 0.0, heat: float = 1.0) -> LinearClassifier:
    """Learn from the training side with the strength, the weight of rarity and the temperature that are given."""
    began = time.perf_counter()
    vocabulary, rows = _grams(data, "train")
    truth = data.codes("train")
    learnt, = _fits(rows, _scales(rows, truth, len(data.labels), rarity), truth, (strength,))
    return _made(data, vocabulary, learnt, (rarity, strength, heat), began)


def _made(data: LabelledTexts, vocabulary, learnt, chosen, began: float) -> LinearClassifier:
    rarity, strength, heat = chosen
    card = {"kind": "linear", "labels": data.labels, "language": data.language, "rarity": rarity, "strength": strength,
            "temperature": heat, "grams": [list(gram) for gram in GRAMS[data.language]], "n_grams": len(learnt["weights"]),
            "training_texts": data.sizes["train"], "training_seconds": round(time.perf_counter() - began, 1),
            "versions": cards.versions("scikit-learn", "numpy")}
    return LinearClassifier(card, vocabulary, learnt, data.seen)


def _grams(data: LabelledTexts, side: str, *others: str) -> tuple:
    """The n-grams of a side, and (n, n-grams) of that side and of the others."""
    from scipy.sparse import hstack

    texts = data.texts(side)
    fewest = 3 if len(texts) > LARGE else 1 if len(texts) < 2000 else 2
    counters = [counter(gram, min_df=fewest) for gram in GRAMS[data.language]]
    rows = hstack([one.fit_transform(texts) for one in counters], format="csr")
    return ([one.get_feature_names_out().tolist() for one in counters], rows,
            *(presence(counters, data.texts(other)) for other in others))


def counter(gram, **options):
    """A ``CountVectorizer`` of presence for one kind of n-gram (analyzer, shortest, longest); a list is its vocabulary."""
    from sklearn.feature_extraction.text import CountVectorizer

    analyzer, shortest, longest = gram
    if isinstance(options.get("vocabulary"), list):
        options["vocabulary"] = {word: i for i, word in enumerate(options["vocabulary"])}
    if analyzer == "word":
        options["token_pattern"] = WORD
    return CountVectorizer(analyzer=analyzer, ngram_range=(shortest, longest), binary=True, dtype=np.float32, **options)


def presence(counters, texts: list[str]):
    """(n, n-grams) sparse, 1 where the n-gram occurs."""
    from scipy.sparse import hstack

    return hstack([one.transform(texts) for one in counters], format="csr")


def _log_count_ratios(rows, truth: np.ndarray, labels: int) -> np.ndarray:
    """(n-grams, labels): log of how much more often an n-gram stands in texts of a label than in others."""
    found = []
    for label in range(labels):
        inside = SMOOTHING + np.asarray(rows[truth == label].sum(axis=0)).ravel()
        outside = SMOOTHING + np.asarray(rows[truth != label].sum(axis=0)).ravel()
        found.append(np.log(inside / inside.sum()) - np.log(outside / outside.sum()))
    return np.stack(found, axis=1).astype(np.float32)


def _scales(rows, truth: np.ndarray, labels: int, rarity: float) -> np.ndarray:
    """(n-grams, labels): by what each n-gram is multiplied."""
    frequency = np.asarray(rows.sum(axis=0)).ravel() / rows.shape[0]
    return np.hypot(_log_count_ratios(rows, truth, labels), -rarity * np.log(frequency)[:, None]).astype(np.float32)


def _fits(rows, scales: np.ndarray, truth: np.ndarray, strengths: tuple[float, ...]) -> list[dict[str, np.ndarray]]:
    """What is learnt with each strength: one label against the rest, the rows times its scales, brought to length 1; of two
    labels the first is the rest of the second and keeps weights of 0."""
    from scipy.sparse import diags
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import normalize

    found = [{"scales": scales, "weights": np.zeros_like(scales), "bias": np.zeros(scales.shape[1], dtype=np.float32)}
             for _ in strengths]
    for label in range(1 if scales.shape[1] == 2 else 0, scales.shape[1]):
        scaled = normalize(rows @ diags(scales[:, label]))
        for strength, learnt in zip(strengths, found, strict=True):
            # The dual at a loose tolerance: the same predictions in a fifth of the time where n-grams outnumber texts.
            model = LogisticRegression(C=strength, class_weight="balanced", solver="liblinear", dual=True, tol=0.1,
                                       max_iter=1000, random_state=0)
            model.fit(scaled, truth == label)
            learnt["weights"][:, label], learnt["bias"][label] = model.coef_[0], model.intercept_[0]
    return found


def _logits(rows, learnt: dict[str, np.ndarray]) -> np.ndarray:
    length = np.sqrt(rows @ learnt["scales"] ** 2)
    return rows @ (learnt["scales"] * learnt["weights"]) / np.maximum(length, 1e-9) + learnt["bias"]
