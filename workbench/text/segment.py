"""Words: Chinese by rjieba (kept, Rust; jieba's own last release is of 2020), English by a pattern."""

import re
from collections.abc import Iterable
from functools import cache

from workbench.text.language import HAN

_MASK = r"\[[A-Z][A-Z_ ]{1,20}\]"  # [EMAIL], [PHONE]: what the door left behind is one word
_WORD = re.compile(rf"{_MASK}|[A-Za-zÀ-ɏ]+(?:['’-][A-Za-zÀ-ɏ]+)*|\d+(?:[.,]\d+)*")
_PIECE = re.compile(rf"({_MASK})")
_HAS_WORD = re.compile(rf"[A-Za-zÀ-ɏ0-9{HAN}]")


class Segmenter:
    """Segments texts of both languages; ``extra`` words (product names, attributes) are kept whole.

    >>> Segmenter(["细口壶"]).words("这把细口壶真好看", "zh")
    ['这', '把', '细口壶', '真', '好看']
    """

    def __init__(self, extra: Iterable[str] = ()):
        import rjieba

        self._jieba = rjieba.Jieba()
        for word in extra:
            self._jieba.add_word(word, 100_000, None)

    def words(self, text: str, language: str) -> list[str]:
        """The words of a text in order, lower case; punctuation is left out, masks such as ``[PHONE]`` stay."""
        if language != "zh":
            return [w if w.startswith("[") else w.lower() for w in _WORD.findall(text)]
        found = []
        for piece in _PIECE.split(text):
            if piece.startswith("["):
                found.append(piece)
            else:
                found += [w.strip().lower() for w in self._jieba.cut(piece) if _HAS_WORD.search(w)]
        return found


@cache
def _default() -> Segmenter:
    return Segmenter()


def words(text: str, language: str) -> list[str]:
    """The words of a text with the plain dictionary.

    >>> words("It's not noisy at all, 10/10!", "en")
    ["it's", 'not', 'noisy', 'at', 'all', '10', '10']
    >>> words("一点也不吵，[PHONE]", "zh")
    ['一点', '也', '不', '吵', '[PHONE]']
    """
    return _default().words(text, language)
