"""Aspects that a source's own texts name: words that customers point at and judge, whatever the shop sells."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from workbench.needs.aspects import OVERALL, UNNAMED, WORDED, aspect_of, covered
from workbench.needs.background import leaning
from workbench.needs.meaning import meaning
from workbench.text.terms import own_names, singular, telling, within, worded

FEWEST = 10  # reviews that ask for something and hold a word, for it to be an aspect
SHORTEST = {"en": 3, "zh": 2}  # characters
#: least share of a word's mentions that are pointed at, that are judged, and from which it is the product itself (English:
#: the last two of those pointed at); chosen on cameras and notebooks of ``aspects_zh`` and on 4,000 of ``reviews_en``
POINTED, JUDGED, OWN = {"en": .1, "zh": .05}, {"en": .12, "zh": .05}, {"en": .3, "zh": .06}
COUNTS = .8  # of a sentence's profile, where its words name an aspect
LISTED, NEAR, SAME = .6, .65, .75  # cosine of MiniLM's embeddings: to the aspect that lists it, to any other, to a word
COUNTED = re.compile(r"[一两三四五六七八九十几各每第某]")  # a Chinese word that begins so counts, and names nothing


@dataclass(frozen=True)
class Discovered:
    """Aspects named in the texts.

    Attributes:
        terms: ``language, term, aspect, reviews`` (that ask for something and name it), most frequent first. ``aspect`` is
            one of the list's where that has the word, else the most frequent of the words that mean the same.
        named: the aspects that each sentence names, lists; index as the sentences.
    """

    terms: pd.DataFrame
    named: pd.Series


def discover(sentences: pd.DataFrame, asking: np.ndarray, names: pd.Series | None = None,
             at_least: int = FEWEST) -> Discovered:
    """Find the words that the texts point at ("the zip", 的拉链) and judge ("zip is", 拉链太), and group them.

    Aspects are what opinions are about (Hu & Liu 2004); which words are such is told by what stands before and after them,
    as in double propagation (Qiu et al. 2011), without labels. What is mostly "this ..." is the product itself; so is what
    its name or category says.

    Args:
        sentences: ``review, text, language, product, category``.
        asking: boolean, which of them ask for something.
        names: readable name by product code, where the source has a catalogue.
        at_least: reviews that ask for something and hold the word.
    """
    products = None if names is None else names.rename_axis("product").rename("name").reset_index()
    terms, named = [], pd.Series([[] for _ in range(len(sentences))], index=sentences.index, dtype="object")
    for language, part in sentences.groupby("language", sort=True):
        words = [["" if word and within(word, name) else word for word in told]
                 for told, name in zip(worded(part, language), own_names(part, products), strict=True)]
        found = _spoken_of(words, part["review"].to_numpy(), asking[sentences.index.get_indexer(part.index)], language)
        found = found[found["reviews"] >= at_least].copy()
        found["aspect"] = _aspects(found.index.tolist(), language)
        terms.append(found.rename_axis("term").reset_index().assign(language=language))
        aspects = found["aspect"].to_dict()
        held = [_named(sentence, aspects, language) for sentence in words]
        named[part.index] = pd.Series(held, part.index, dtype="object")
    columns = ["language", "term", "aspect", "reviews"]
    return Discovered(pd.concat(terms, ignore_index=True)[columns] if terms else pd.DataFrame(columns=columns), named)


def with_discovered(profiles: pd.DataFrame, found: Discovered, unknown: np.ndarray | None = None) -> pd.DataFrame:
    """Profiles of sentences that lean to the aspects their own words name (:func:`leaning`), by :data:`COUNTS`.

    Args:
        unknown: boolean, which sentences may lean; None: all.
    """
    named = found.named[profiles.index]
    return leaning(profiles, named.tolist() if unknown is None else [
        aspects if may else [] for aspects, may in zip(named, unknown, strict=True)], COUNTS)


def _spoken_of(words: list[list[str]], reviews: np.ndarray, asking: np.ndarray, language: str) -> pd.DataFrame:
    """Words that are aspects, with ``reviews`` that ask and hold them, most frequent first."""
    counts, asked, vague = {}, {}, _cues(language)["vague"]
    for sentence, review, asks in zip(words, reviews, asking, strict=True):
        for before, word, after in zip(["", *sentence], sentence, [*sentence[1:], ""], strict=False):
            if not telling(word, language) or len(word) < SHORTEST[language] or word in vague or COUNTED.match(word):
                continue
            pointed, judged = before in _cues(language)["point"], _judges(after, language)
            counts.setdefault(word, Counter()).update({
                "all": 1, "pointed": pointed, "itself": before in _cues(language)["itself"],
                "judged": judged and (pointed or language == "zh")})
            if asks:
                asked.setdefault(word, set()).add(review)
    rows = {word: (len(held), *(counts[word][name] for name in ("all", "pointed", "judged", "itself")))
            for word, held in asked.items()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["reviews", "all", "pointed", "judged", "itself"])
    of = table["pointed"] if language == "en" else table["all"]
    fitting = ((table["pointed"] >= POINTED[language] * table["all"]) & (of > 0)
               & (table["judged"] >= JUDGED[language] * of) & (table["itself"] < OWN[language] * of))
    found = table.loc[fitting.to_numpy(dtype=bool), ["reviews"]]
    return found.iloc[np.lexsort((found.index, -found["reviews"]))]


@cache
def _cues(language: str) -> dict[str, frozenset[str]]:
    cues = yaml.safe_load(Path(__file__).with_name("discover.yml").read_text(encoding="utf-8"))[language]
    return {name: frozenset(singular(word) if language == "en" else word for word in words) for name, words in cues.items()}


def _judges(word: str, language: str) -> bool:
    cues = _cues(language)
    return word.partition(" ")[0] in cues["judge"] or word[:1] in cues["opens"]


def _named(words: list[str], aspects: dict[str, str], language: str) -> list[str]:
    """Aspects of one sentence: those that it judges, if any, else all that it holds."""
    held = {aspects[word] for word in words if word in aspects}
    judged = {aspects[word] for word, after in pairwise([*words, ""]) if word in aspects and _judges(after, language)}
    return sorted(judged or held)


def _aspects(terms: list[str], language: str) -> list[str]:
    """The aspect of each word, most frequent first: the list's, that of a word before it that means the same, or its own."""
    if not terms:
        return []
    listed = [_listed(term, language) for term in terms]
    if language == "en":
        own, names = meaning(terms), meaning([aspect.replace("_", " ") for aspect in WORDED])
        near, alike = own @ names.T, own @ own.T
        listed = [aspect if aspect and near[i, WORDED.index(aspect)] >= LISTED else
                  WORDED[near[i].argmax()] if near[i].max() >= NEAR else None for i, aspect in enumerate(listed)]
    else:
        alike = np.array([[float(term.endswith(other) or term.startswith(other)) for other in terms] for term in terms])
    aspects = []
    for i, term in enumerate(terms):
        same = [j for j in range(i) if alike[i, j] >= SAME]
        aspects.append(listed[i] or (aspects[max(same, key=lambda j: (alike[i, j], -j))] if same else term))
    return aspects


def _listed(term: str, language: str) -> str | None:
    """The aspect whose words make up most of the term."""
    aspect = aspect_of(term, language)
    if aspect in (OVERALL, UNNAMED) or (language == "zh" and 2 * covered(term, aspect, language) <= len(term)):
        return None
    return aspect
