"""Which of the workbench's two languages a text is written in."""

import re

#: the languages of the workbench as a reader says them
LANGUAGE_NAMES = {"en": "English", "zh": "Chinese"}

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_HAN = re.compile(f"[{HAN}]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]+")
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
    """What a text is written in where that is not the script of ``language``; else empty.

    Scripts are told apart, not languages: French counts as English. A text without letters is nobody's.

    >>> [foreign(t, "en") for t in ("great kettle", "10/10!", "很好用", "Очень хорошо", "とても良いです")]
    ['', '', 'Chinese characters', 'letters neither Latin nor Chinese', 'letters neither Latin nor Chinese']
    >>> foreign("great kettle", "zh"), foreign("bluetooth 老断", "zh")
    ('Latin letters', '')
    """
    han, latin = len(_HAN.findall(text)), sum(map(len, _LATIN.findall(text)))
    if len(_OTHER.findall(text)) > han + latin:
        return "letters neither Latin nor Chinese"
    if (not han and not latin) or language_of(text) == language:
        return ""
    return "Chinese characters" if language == "en" else "Latin letters"
