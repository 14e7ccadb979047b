"""Subwords joined to words, and words to where they stand in the text. Pure functions of arrays and texts.

Attention to a word is the SUM over its pieces, attention from a word the MEAN over its pieces (Clark et al. 2019, "What
Does BERT Look At?", section 4.1), so that rows still sum to 1.
"""

import re
from dataclasses import dataclass

import numpy as np

from workbench.privacy.masks import MASKS
from workbench.text import Segmenter

_MASK = re.compile(rf"\[(?:{'|'.join(MASKS)})\]", re.IGNORECASE)


@dataclass(frozen=True)
class Grouping:
    """Tokens joined into m groups, in the order of the text.

    Attributes:
        name: ``words``, ``characters`` or ``pieces``.
        group_of: (n,) group of each token; special tokens are groups of their own.
        labels: m texts, as they stand in the text.
        spans: m pairs of characters (start, end) in the text; (-1, -1) for special tokens.
    """

    name: str
    group_of: np.ndarray
    labels: list[str]
    spans: list[tuple[int, int]]


def joined(weights: np.ndarray, group_of: np.ndarray) -> np.ndarray:
    """(..., m, m) of (..., n, n): columns of a group summed, rows of a group averaged.

    >>> joined(np.array([[.2, .8, 0], [.4, .2, .4], [0, .5, .5]]), np.array([0, 1, 1])).round(3).tolist()
    [[0.2, 0.8], [0.2, 0.8]]
    """
    member = np.eye(int(group_of.max()) + 1)[group_of]  # (n, m)
    return (member / member.sum(axis=0)).T @ weights @ member


def spans(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Where words that stand in the text one after the other begin and end.

    >>> spans("a kettle, a lid", ["a", "kettle", ",", "a"])
    [(0, 1), (2, 8), (8, 9), (10, 11)]
    """
    found, at = [], 0
    for word in words:
        start = text.index(word, at)
        at = start + len(word)
        found.append((start, at))
    return found


def groupings(reading) -> list[Grouping]:
    """The ways to look at a ``Reading``: by word first; Chinese also by character, split words also by piece.

    A mask such as ``[PHONE]`` is one word, whatever the tokenizer makes of it.
    """
    places = spans(reading.text, reading.words)
    single = [[place] for place in range(len(places))]
    found = [_group("words", reading, places, _together(places, _words(reading, places)))]
    if reading.language == "zh" and len(single) > len(found[0].spans) - int((reading.word_of < 0).sum()):
        found.append(_group("characters", reading, places, single))
    if np.bincount(reading.word_of[reading.word_of >= 0]).max() > 1:
        found.append(Grouping("pieces", np.arange(len(reading.tokens)), list(reading.tokens), [
            places[word] if word >= 0 else (-1, -1) for word in reading.word_of]))
    return found


def _words(reading, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of what counts as a word in the text: masks, and the segmenter's words in Chinese."""
    masks = [match.span() for match in _MASK.finditer(reading.text)]
    if reading.language != "zh":
        return masks
    pieces = Segmenter().pieces(reading.text)
    cut = spans(reading.text, [piece for piece in pieces if piece.strip()])
    return masks + [(a, b) for a, b in cut if not any(a < end and start < b for start, end in masks)]


def _together(places: list[tuple[int, int]], words: list[tuple[int, int]]) -> list[list[int]]:
    """Places of the tokenizer's words, those inside one of ``words`` together; a word that straddles two stays alone."""
    found: list[list[int]] = []
    last = None
    for place, (start, end) in enumerate(places):
        inside = next((word for word in words if word[0] <= start and end <= word[1]), None)
        if inside is not None and inside == last:
            found[-1].append(place)
        else:
            found.append([place])
        last = inside
    return found


def _group(name: str, reading, places: list[tuple[int, int]], together: list[list[int]]) -> Grouping:
    home = {place: number for number, members in enumerate(together) for place in members}
    group_of, labels, where, seen = [], [], [], None
    for token, word in zip(reading.tokens, reading.word_of, strict=True):
        this = home[int(word)] if word >= 0 else None
        if this is None or this != seen:
            start, end = (places[together[this][0]][0], places[together[this][-1]][1]) if word >= 0 else (-1, -1)
            labels.append(reading.text[start:end] if word >= 0 else token)
            where.append((start, end))
        group_of.append(len(labels) - 1)
        seen = this
    return Grouping(name, np.array(group_of), labels, where)
