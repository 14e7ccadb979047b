"""Which of the workbench's two languages a text is written in."""

import re

#: the languages of the workbench as a reader says them
LANGUAGE_NAMES = {"en": "English", "zh": "Chinese"}

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_HAN = re.compile(f"[{HAN}]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]+")


def language_of(text: str) -> str:
    """``zh`` where Chinese characters outnumber half the Latin words, else ``en``.

    A Chinese sentence keeps its language with a brand name or two in it, and one Chinese name does not
    turn an English sentence. A text with neither counts as ``en``.

    >>> [language_of(t) for t in ("很好用", "great kettle", "这个 HP-401 bluetooth 老断", "My 妈 loves it so much")]
    ['zh', 'en', 'zh', 'en']
    """
    return "zh" if len(_HAN.findall(text)) > len(_LATIN.findall(text)) / 2 else "en"
