"""Which of the workbench's two languages a text is written in, or that it is in another."""

import re
from functools import cache
from pathlib import Path

import yaml

#: the languages of the workbench as a reader says them
LANGUAGE_NAMES = {"en": "English", "zh": "Chinese"}

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_HAN = re.compile(f"[{HAN}]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]+")
_WORD = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’][A-Za-zÀ-ɏ]+)?")
_OTHER = re.compile(rf"[^\W\d_A-Za-zÀ-ɏ{HAN}]")


def language_of(text: str) -> str:
    """``zh`` where Chinese characters outnumber half the Latin words, else ``en``.

    A Chinese sentence keeps its language with a brand name or two in it, and one Chinese name does not
    turn an English sentence. A text with neither counts as ``en``.

    >>> [language_of(t) for t in ("很好用", "great kettle", "这个 HP-401 bluetooth 老断", "My 妈 loves it so much")]
    ['zh', 'en', 'zh', 'en']
    """
    return "zh" if len(_HAN.findall(text)) > len(_LATIN.findall(text)) / 2 else "en"


def foreign(text: str, language: str) -> str:
    """What a text is written in where that is not ``language``; else empty.

    Scripts are told apart by their letters, other languages in Latin letters from English by their frequent words: two
    different ones at least and more than English ones, so a text of a few words is told by its script alone. A text without
    letters is nobody's.

    >>> [foreign(t, "en") for t in ("great kettle", "10/10!", "很好用", "Очень хорошо", "とても良いです")]
    ['', '', 'Chinese characters', 'letters neither Latin nor Chinese', 'letters neither Latin nor Chinese']
    >>> foreign("great kettle", "zh"), foreign("bluetooth 老断", "zh")
    ('Latin letters', '')
    >>> foreign("Der Deckel ist undicht und tropft", "en"), foreign("Le couvercle est cassé, très déçue", "en")
    ('German', 'French')
    """
    han, latin = len(_HAN.findall(text)), sum(map(len, _LATIN.findall(text)))
    if len(_OTHER.findall(text)) > han + latin:
        return "letters neither Latin nor Chinese"
    if not han and not latin:
        return ""
    if language_of(text) != language:
        return "Chinese characters" if language == "en" else "Latin letters"
    return _other_than_english(text) if language == "en" else ""


def _other_than_english(text: str) -> str:
    """The other language of a text in Latin letters; empty where it is English or too short to tell."""
    words = {word.lower().replace("’", "'") for word in _WORD.findall(text)}
    found = {language: len(words & known) for language, known in _frequent().items()}
    most = max(found, key=found.get)
    return most if found[most] >= 2 and found[most] > found["English"] else ""


@cache
def _frequent() -> dict[str, frozenset[str]]:
    """Frequent words by language; one that is English too is no other's."""
    lists = yaml.safe_load(Path(__file__).with_name("frequent_words.yml").read_text(encoding="utf-8"))
    english = frozenset(lists["English"])
    return {name: frozenset(words) - english for name, words in lists.items()} | {"English": english}
