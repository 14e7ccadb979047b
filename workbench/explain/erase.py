"""A text without some of its words, and what a model then says: the one way in which every kind of model can be asked."""

import numpy as np

from workbench.explain.reading import Reading
from workbench.models import Classifier


def erased(reading: Reading, kept: np.ndarray) -> str:
    """The text with the words at the places ``kept`` alone; two that would grow together are held apart by a space.

    What belongs to no word (spaces, or all behind the last token that the model reads) stays as it is, save the end:
    a text is cut after its last word.
    """
    stays = np.zeros(len(reading.spans), dtype=bool)
    stays[kept] = True
    parts, end = [], 0
    for (start, stop), stay in zip(reading.spans, stays, strict=True):
        parts += [reading.text[end:start], reading.text[start:stop] if stay else ""]
        end = stop
    pieces = [piece for piece in parts if piece]
    return "".join(_joint(before, piece) for before, piece in zip(["", *pieces], pieces, strict=False))


def probabilities(model: Classifier, reading: Reading, kept: list[np.ndarray]) -> np.ndarray:
    """(n,) probability of the explained label with each of n sets of words alone; what is asked twice is read once."""
    place = model.labels.index(reading.label)
    return _once(lambda texts: model.probabilities(texts)[:, place], [erased(reading, words) for words in kept])


def margins(model: Classifier, reading: Reading, kept: list[np.ndarray]) -> np.ndarray:
    """(n,) logit of the explained label minus the mean of the others', with each of n sets of words alone."""
    return _once(lambda texts: margin(model.logits(texts), model.labels.index(reading.label)),
                 [erased(reading, words) for words in kept])


def margin(logits, place: int):
    """(n,) of logits (n, labels), arrays or tensors: those of one label minus the mean of the others'.

    >>> margin(np.array([[3.0, 1.0, 2.0]]), 0).tolist()
    [1.5]
    """
    others = logits.shape[1] - 1
    return logits[:, place] * (1 + 1 / others) - logits.sum(1) / others


def without_each(words: int) -> list[np.ndarray]:
    """All words, then for each of them the others.

    >>> [kept.tolist() for kept in without_each(2)]
    [[0, 1], [1], [0]]
    """
    return [np.arange(words), *(np.delete(np.arange(words), place) for place in range(words))]


def _once(ask, texts: list[str]) -> np.ndarray:
    order = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return ask(list(order))[[order[text] for text in texts]]


def _joint(before: str, piece: str) -> str:
    glued = before and before[-1].isalnum() and piece[0].isalnum() and before[-1].isascii() and piece[0].isascii()
    return " " + piece if glued else piece
