"""What a sentence talks about: its telling words, and the phrases that hold together, in both languages."""

import math
import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import pandas as pd
import yaml

from workbench.text.language import HAN
from workbench.text.segment import Segmenter, catalogue_words

HOLDS = .5  # normalised pointwise mutual information from which two words are one phrase
FEWEST = 3  # reviews that a phrase must stand in
SHORTEST = {"en": 3, "zh": 1}  # characters of a word
ROUNDS = 2  # of joining: phrases of up to four words
_HISSES = ("sses", "xes", "ches", "shes", "zzes")
_PAUSE = re.compile(r"[;:!?，。；：！？、…~～()（）\n]+|[,.](?!\d)")
_LATIN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_HAN = re.compile(rf"[{HAN}]")
_NUMBER = re.compile(r"[\d.,]+")


def terms(sentences: pd.DataFrame, products: pd.DataFrame | None = None) -> pd.DataFrame:
    """Telling words and phrases of every sentence, each once; never a part of its own product's or category's name.

    English words are brought to the singular. Two neighbours are one phrase where they stand together far more often
    than chance (Bouma 2009, normalised pointwise mutual information over reviews), and a negation with the word it turns; a
    word inside a phrase is not counted beside it (as in Mikolov et al. 2013). Stop words, plain numbers and masks are out.

    Args:
        sentences: ``review, text, language, product`` at least; other columns are kept.
        products: ``product, name``, and ``name_zh, attributes`` where there are any; Chinese words of these are kept whole.

    Returns:
        the columns of ``sentences`` without ``text``, and ``term``; a row a sentence and term, one with an empty term where
        a sentence has none.
    """
    columns = [name for name in ("name_zh", "attributes") if products is not None and name in products]
    segmenter = Segmenter(catalogue_words(text for name in columns for text in products[name]))
    parts = []
    for language, part in sentences.groupby("language", sort=True):
        told = [sorted({word for word in found if telling(word, language) and not within(word, name)})
                for found, name in zip(worded(part, language, segmenter), own_names(part, products), strict=True)]
        parts.append(part.drop(columns="text").assign(term=told).explode("term"))
    if not parts:
        return sentences.drop(columns="text").assign(term=pd.Series(dtype="string"))
    return pd.concat(parts, ignore_index=True).astype({"term": "string"})


def worded(sentences: pd.DataFrame, language: str, segmenter: Segmenter | None = None) -> list[list[str]]:
    """The words of every sentence in order, phrases made one word, an empty one where punctuation parts them.

    Args:
        sentences: ``review, text`` of one language.

    >>> worded(pd.DataFrame({"review": ["a"], "text": ["Zips stick, often."]}), "en")
    [['zip', 'stick', '', 'often', '', '']]
    """
    segmenter = segmenter or Segmenter()
    found = [_words(text, language, segmenter) for text in sentences["text"]]
    for _ in range(ROUNDS):
        found = _joined(found, sentences["review"], language)
    return found


def telling(word: str, language: str) -> bool:
    """Whether a word says something by itself: no stop word, plain number, mask or pause, and long enough.

    >>> [telling(word, "en") for word in ("zip", "the", "12", "[PHONE]", "")]
    [True, False, False, False, False]
    """
    stop, _ = _stop(language)
    return (len(word) >= SHORTEST[language] and word not in stop and not _NUMBER.fullmatch(word)
            and not word.startswith("["))


def singular(word: str) -> str:
    """An English word without its plural s (the S-stemmer, Harman 1991, and its -es after a hiss).

    >>> [singular(word) for word in ("batteries", "lids", "glass", "its", "handles", "boxes", "leashes")]
    ['battery', 'lid', 'glass', 'its', 'handle', 'box', 'leash']
    """
    if len(word) > 4 and word.endswith(_HISSES):
        return word[:-2]
    if len(word) > 4 and word.endswith("ies") and word[-4] not in "ae":
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and word[-2] not in "us'’i" else word


def _words(text: str, language: str, segmenter: Segmenter) -> list[str]:
    """The words in order, an empty one where punctuation parts them: no phrase runs across."""
    found = []
    for clause in _PAUSE.split(text):
        found += [singular(word) if language == "en" else word for word in segmenter.words(clause, language)] + [""]
    return found


@cache
def _stop(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """Stop words, and those of them that turn what follows; Chinese texts hold English ones too."""
    both = yaml.safe_load(Path(__file__).with_name("stop_words.yml").read_text(encoding="utf-8"))[language]
    stop, turns = (frozenset(str(word).lower() for word in both[part]) for part in ("stop", "not"))
    stop, turns = (stop, turns) if language == "en" else (stop | _stop("en")[0], turns | _stop("en")[1])
    return stop | turns | {singular(word) for word in stop}, turns


def _joined(worded: list[list[str]], reviews: pd.Series, language: str) -> list[list[str]]:
    """The same sentences, neighbours that hold together made one word, from left to right."""
    _, turns = _stop(language)
    of, single, pair = reviews.nunique(), Counter(), Counter()
    for _, rows in pd.Series(worded, index=reviews.to_numpy()).groupby(level=0):
        single.update({word for words in rows for word in words if word})
        pair.update({(first, second) for words in rows for first, second in pairwise(words)
                     if telling(second, language) and (first in turns or telling(first, language))})
    hold = {both for both, together in pair.items() if together >= FEWEST
            and (both[0] in turns or _holds(together, single[both[0]], single[both[1]], of))}
    joined = []
    for words in worded:
        made, place = [], 0
        while place < len(words):
            whole = tuple(words[place:place + 2]) in hold
            made.append(_phrase(*words[place:place + 2]) if whole else words[place])
            place += 1 + whole
        joined.append(made)
    return joined


def _phrase(left: str, right: str) -> str:
    """Two words as one; English ones stay apart, also in a Chinese text.

    >>> _phrase("battery", "life"), _phrase("电池", "寿命"), _phrase("usb", "接口")
    ('battery life', '电池寿命', 'usb接口')
    """
    return left + right if _HAN.match(left[-1]) or _HAN.match(right[0]) else f"{left} {right}"


def _holds(together: int, left: int, right: int, of: int) -> bool:
    """Bouma's NPMI: 1 where two words only ever stand together, 0 at chance."""
    return together == of or math.log(together * of / (left * right)) / -math.log(together / of) >= HOLDS


def own_names(sentences: pd.DataFrame, products: pd.DataFrame | None) -> list[str]:
    """What each sentence's product and category are called in both languages, lower case, words in the singular."""
    names = {}
    if products is not None:
        names = {row["product"]: f"{row['name']} {row.get('name_zh') or ''}" for row in products.to_dict("records")}
    both = sentences.reindex(columns=["product", "category"]).astype("string").fillna("")
    called = {pair: " ".join([names.get(pair[0], pair[0]), pair[1]]).lower() for pair in zip(
        both["product"], both["category"], strict=True)}
    said = {pair: f" {' '.join(map(singular, _LATIN.findall(text)))} {text} " for pair, text in called.items()}
    return [said[pair] for pair in zip(both["product"], both["category"], strict=True)]


def within(term: str, name: str) -> bool:
    """Whether a term is a part of a name of :func:`own_names`."""
    return term in name if _HAN.search(term) else all(f" {word} " in name for word in term.split(" "))
