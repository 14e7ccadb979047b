"""What each word adds to the margin of a linear model, exactly, and to that of a pool of models.

A linear model's margin is a sum over the n-grams of a text. The weight of an n-gram goes in equal parts to the places
where it stands, there in equal parts to its characters, and so to the words these belong to: nothing is approximated.
The margin of a logarithmic opinion pool is the sum of its parts' margins, each times the part's weight.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from workbench.explain.erase import erased, margin, without_each
from workbench.explain.reading import Reading
from workbench.models import EncoderClassifier, LatentClassifier, LinearClassifier, PooledClassifier
from workbench.models.linear import WORD


def linear(model: LinearClassifier, reading: Reading) -> np.ndarray:
    """(words,) exact parts of the margin; with what :func:`parts` gives to no word they sum to the margin less its bias."""
    return parts(model, reading)[:-1]


def parts(model: LinearClassifier, reading: Reading) -> np.ndarray:
    """(words + 1,) parts of the margin of the text; the last is of what stands in no word that the encoder read."""
    place = model.labels.index(reading.label)
    found = [(at, spots) for at, spots in _found(model, reading.text)]
    scales = model.learnt["scales"][[at for at, _ in found]]
    length = np.maximum(np.sqrt((scales ** 2).sum(axis=0)), 1e-9)
    weights = margin(scales * model.learnt["weights"][[at for at, _ in found]] / length, place)
    word_at = np.full(len(reading.text) + 1, len(reading.spans))
    for word, (start, end) in enumerate(reading.spans):
        word_at[start:end] = word
    total = np.zeros(len(reading.spans) + 1)
    for weight, (_, spots) in zip(weights, found, strict=True):
        for spot in spots:
            np.add.at(total, word_at[spot], weight / len(spots) / len(spot))
    return total


def pooled(model: PooledClassifier, reading: Reading, encoder_scores: np.ndarray) -> np.ndarray:
    """(words,) parts of a pool's margin: the encoder's given, the linear model's exact, those of moods and of the latent
    model by leaving each word out."""
    weights = dict(zip((*model.parts, "mood"), model.learnt["weights"], strict=True))
    total, place = np.zeros(len(reading.words)), model.labels.index(reading.label)
    texts = [erased(reading, kept) for kept in without_each(len(reading.words))]
    for kind, part in model.parts.items():
        if isinstance(part, LatentClassifier):
            scores = _missed(margin(part.logits(texts), place))
        else:
            scores = encoder_scores if isinstance(part, EncoderClassifier) else linear(part, reading)
        total += weights[kind] / part.card.get("temperature", 1.0) * scores
    return total + weights["mood"] * _missed(margin(model.moods(texts), place))


def _missed(margins: np.ndarray) -> np.ndarray:
    """What the margin of the whole text, the first, loses in each of the others."""
    return margins[0] - margins[1:]


def _found(model: LinearClassifier, text: str) -> list[tuple[int, list[list[int]]]]:
    """Each n-gram of the vocabulary that the text holds, and the characters of every place where it stands."""
    first, found = 0, []
    for gram, known in zip(model.card["grams"], model.places, strict=True):
        spots = defaultdict(list)
        for name, characters in _occurrences(gram, text):
            if name in known:
                spots[name].append(characters)
        found += [(first + known[name], where) for name, where in spots.items()]
        first += len(known)
    return found


def _occurrences(gram, text: str) -> Iterator[tuple[str, list[int]]]:
    """n-grams as scikit-learn's CountVectorizer makes them, each with the places of its characters but spaces."""
    analyzer, shortest, longest = gram
    letters, origin = _lowered(text)
    if analyzer == "word":
        tokens = [(found.group(), origin[found.start():found.end()]) for found in re.finditer(WORD, letters)]
        for size in range(shortest, longest + 1):
            for run in zip(*(tokens[skip:] for skip in range(size)), strict=False):
                yield " ".join(name for name, _ in run), [place for _, places in run for place in places]
        return
    pieces = _words_padded(letters, origin) if analyzer == "char_wb" else [_single_spaced(letters, origin)]
    for name, places in pieces:
        for size in range(shortest, longest + 1):
            if analyzer == "char_wb" and size >= len(name):  # a short word counts once
                yield name, [place for place in places if place >= 0]
                break
            for start in range(len(name) - size + 1):
                yield name[start:start + size], [p for p in places[start:start + size] if p >= 0] or [len(text)]


def _lowered(text: str) -> tuple[str, list[int]]:
    """The text in lower case, whose length may differ, and where each of its characters comes from."""
    letters = text.lower()
    if len(letters) == len(text):
        return letters, list(range(len(text)))
    lengths = [len(letter.lower()) for letter in text]
    return letters, [place for place, length in enumerate(lengths) for _ in range(length)]


def _words_padded(letters: str, origin: list[int]) -> list[tuple[str, list[int]]]:
    return [(f" {found.group()} ", [-1, *origin[found.start():found.end()], -1]) for found in re.finditer(r"\S+", letters)]


def _single_spaced(letters: str, origin: list[int]) -> tuple[str, list[int]]:
    name, places, end = [], [], 0
    for found in re.finditer(r"\s\s+|.", letters, re.DOTALL):
        space = len(found.group()) > 1 or found.group().isspace()
        name.append(" " if len(found.group()) > 1 else found.group())
        places.append(-1 if space else origin[found.start()])
        end = found.end()
    assert end == len(letters)
    return "".join(name), places
