"""Which aspect of a product a sentence is about: by the words that name it, in both languages."""

import re
from functools import cache
from pathlib import Path

import yaml

WORDS = Path(__file__).with_name("aspects.yml")
OVERALL, UNNAMED = "overall", "unnamed"


def aspect_of(text: str, language: str) -> str:
    """The aspect with the most telling words in ``text``; ``unnamed`` where there are none.

    A hit counts by the length of what it matched (a long word says more than a short one); of equals the one
    named first wins. Words that judge the whole (love, 推荐) count only where no other aspect is named.

    >>> aspect_of("I wish it held a full litre of water", "en"), aspect_of("蓝牙老是断开", "zh")
    ('capacity', 'connectivity')
    >>> aspect_of("Would recommend.", "en"), aspect_of("Thirty seconds is all it took.", "en")
    ('overall', 'unnamed')
    """
    scores = {}
    for aspect, pattern in _patterns(language).items():
        hits = list(pattern.finditer(text))
        if hits:
            scores[aspect] = (-sum(len(hit.group()) ** .5 for hit in hits), hits[0].start())
    named = {aspect: score for aspect, score in scores.items() if aspect != OVERALL} or scores
    return min(named, key=named.get) if named else UNNAMED


def named(text: str, language: str) -> set[str]:
    """Every aspect that ``text`` has a word for.

    >>> sorted(named("Light, but the strap broke", "en"))
    ['comfort', 'durability', 'weight']
    """
    return {aspect for aspect, pattern in _patterns(language).items() if pattern.search(text)}


def covered(text: str, aspect: str, language: str) -> int:
    """How many characters of ``text`` the words of ``aspect`` cover.

    >>> covered("洗发水", "cleaning", "zh"), covered("服务员", "service", "zh")
    (1, 2)
    """
    return sum(len(hit.group()) for hit in _patterns(language)[aspect].finditer(text))


@cache
def _words() -> dict[str, dict[str, list]]:
    return yaml.safe_load(WORDS.read_text(encoding="utf-8"))


@cache
def _patterns(language: str) -> dict[str, re.Pattern]:
    found = {}
    for aspect, by_language in _words().items():
        words = sorted(map(str, by_language[language]), key=len, reverse=True)
        if language == "zh":
            pattern = "|".join(map(re.escape, words))
        else:
            stems = (re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "") for word in words)
            pattern = rf"(?<![\w-])(?:{'|'.join(stems)})(?![\w-])"
        found[aspect] = re.compile(pattern, re.IGNORECASE)
    return found


#: every aspect there are words for, in the order of ``aspects.yml``
WORDED = tuple(_words())
