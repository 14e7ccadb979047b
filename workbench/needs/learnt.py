"""How well each aspect fits a sentence: learnt from the sample shop's gold, with the words that name aspects."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.needs.aspects import WORDED, named
from workbench.needs.meaning import meaning, unit

#: parts of a sentence by language and what each counts; chosen on 23 products of the sample, reported on 17 others
PARTS = {"en": {"grams": 1.0, "words": 1.0, "meaning": 2.0}, "zh": {"grams": 1.0, "words": 1.0}}
GRAMS = {"en": {"analyzer": "char_wb", "ngram_range": (2, 5)}, "zh": {"analyzer": "char", "ngram_range": (1, 3)}}
RIDGE = 1.0
HEAT = .03  # of the softmax that makes a profile of fits
#: share of sentences of the 17 products in which the best aspect is one that people named, with its 95% interval
#: (``python -m tests.benchmarks.needs groups``); the word list alone: .28 and .31
AGREEMENT = {"en": (.41, .36, .47), "zh": (.41, .37, .45)}


@dataclass(frozen=True)
class AspectReader:
    """A linear model over character n-grams, the word list and, in English, MiniLM's mean-pooled embedding.

    Attributes:
        labels: aspects, in the order of every profile.
        learnt_from: the sentences that it learnt from.
    """

    language: str
    labels: list[str]
    learnt_from: frozenset[str]
    _counter: object
    _encoder: object
    _weights: dict[str, np.ndarray]
    _bias: np.ndarray

    def profiles(self, texts: list[str]) -> np.ndarray:
        """(n, labels): how well each aspect fits each text, from 0 to 1; a row sums to 1."""
        if not texts:
            return np.zeros((0, len(self.labels)))
        parts = _parts(texts, self.language, self._counter, self._encoder)
        fit = (self._bias + sum(part @ self._weights[name] for name, part in parts.items())) / HEAT
        fit = np.exp(fit - fit.max(axis=1, keepdims=True))
        return fit / fit.sum(axis=1, keepdims=True)


def learn_aspects(gold: pd.DataFrame, language: str) -> AspectReader:
    """Ridge regression of the aspects on what a sentence says (Hoerl & Kennard 1970), solved in its dual form.

    A rare aspect counts more: each sentence by one over the root of how many have its aspect.

    Args:
        gold: ``text, language, kind, aspects`` (``sample.gold_sentences``); sentences without a need are left out.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    gold = gold[((gold["language"] == language) & gold["aspects"].map(len).gt(0)).to_numpy(dtype=bool)]
    texts, first = gold["text"].tolist(), gold["aspects"].str[0]
    labels = sorted(first.unique())
    truth = first.to_numpy()[:, None] == np.array(labels)
    counter = TfidfVectorizer(sublinear_tf=True, **GRAMS[language]).fit(texts)
    encoder = Meaning(texts) if "meaning" in PARTS[language] else None
    parts = _parts(texts, language, counter, encoder)
    alike = sum(np.asarray((part @ part.T).todense() if hasattr(part, "todense") else part @ part.T)
                for part in parts.values())
    scale = float(np.diag(alike).mean())
    weight = 1 / np.sqrt(truth.sum(axis=0)[truth.argmax(axis=1)])
    bias = truth.mean(axis=0)
    dual = np.linalg.solve(alike / scale + np.diag(RIDGE * weight.mean() / weight), truth - bias) / scale
    return AspectReader(language, labels, frozenset(texts), counter, encoder,
                        {name: np.asarray(part.T @ dual) for name, part in parts.items()}, bias)


class Meaning:
    """MiniLM's embeddings (:func:`meaning`), less the mean of the texts it was made with, of length 1."""

    def __init__(self, texts: list[str]):
        self._middle = meaning(texts).mean(axis=0)

    def __call__(self, texts: list[str]) -> np.ndarray:
        """(n, 384), each row of length 1."""
        return unit(meaning(texts) - self._middle)


def _parts(texts: list[str], language: str, counter, encoder) -> dict:
    """What each part sees of the texts, (n, features), scaled so that inner products add up with their weights."""
    seen = {"grams": lambda: counter.transform(texts), "meaning": lambda: encoder(texts),
            "words": lambda: unit(np.array([[aspect in found for aspect in WORDED]
                                             for found in (named(text, language) for text in texts)], dtype=float))}
    return {name: seen[name]() * counts ** .5 for name, counts in PARTS[language].items()}
