"""Sentences with their places, in English and Chinese; decimals, abbreviations and masks stay whole."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """One sentence: ``text == whole[start:end]``."""

    text: str
    start: int
    end: int


_CLOSERS = "\"'”’」』）)】]"
_CLOSING = f"[{re.escape(_CLOSERS)}]*"
# An end mark with what closes around it. A Latin full stop ends a sentence only before a space, a Chinese
# character or the end, and not after an abbreviation or inside a number.
_END = re.compile(
    rf"(?:[。！？!?；;…]+|\.{{2,}}){_CLOSING}|\.{_CLOSING}(?=\s|$|[\u4e00-\u9fff])|\n+|[~～]+(?=\s|$)")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|vs|approx|no|nos|mr|mrs|ms|dr|prof|st|sgt|inc|ltd|co|cm|mm|kg|oz|ft|in|min|max|"
    r"[A-Za-z])\.$", re.IGNORECASE)
_SHORT_WORDS_THAT_END = re.compile(r"(?:^|\s)(?:(?i:no|in|max|min|co)|[Ia])\.$")


def sentences(text: str) -> list[Sentence]:
    """Split a text into its sentences, each with its place; together they cover every visible character.

    >>> [s.text for s in sentences("Love it! Holds 0.8 L, e.g. two cups. 有点重。不过好看！")]
    ['Love it!', 'Holds 0.8 L, e.g. two cups.', '有点重。', '不过好看！']
    """
    found, start = [], 0
    for mark in _END.finditer(text):
        if mark.start() < start:
            continue
        if mark.group().startswith(".") and len(mark.group().rstrip(_CLOSERS)) == 1:
            before, after = text[start:mark.start() + 1], text[mark.end():].lstrip()
            abbreviated = _ABBREVIATION.search(before)
            if abbreviated and after and not (_SHORT_WORDS_THAT_END.search(before) and after[0].isupper()):
                continue
        _append(found, text, start, mark.end())
        start = mark.end()
    _append(found, text, start, len(text))
    return found


def _append(found: list[Sentence], text: str, start: int, end: int) -> None:
    part = text[start:end]
    left = start + len(part) - len(part.lstrip())
    right = left + len(part.strip())
    if right == left:
        return
    if not any(c.isalnum() for c in text[left:right]) and found:  # a lone smiley belongs to what precedes it
        last = found[-1]
        found[-1] = Sentence(text[last.start:right], last.start, right)
    else:
        found.append(Sentence(text[left:right], left, right))
