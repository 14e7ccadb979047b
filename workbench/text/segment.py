"""Words: Chinese by rjieba (kept, Rust; compared in ``tests.benchmarks.segment``), English by a pattern."""

import re
from collections.abc import Iterable
from functools import cache

from workbench.text.language import HAN

_MASK = r"\[[A-Z][A-Z_ ]{1,20}\]"  # [EMAIL], [PHONE]: what the door left behind is one word
_WORD = re.compile(rf"{_MASK}|[A-Za-zÀ-ɏ]+(?:['’-][A-Za-zÀ-ɏ]+)*|\d+(?:[.,]\d+)*")
_PIECE = re.compile(rf"({_MASK})")
_HAS_WORD = re.compile(rf"[A-Za-zÀ-ɏ0-9{HAN}]")
_HAN_RUN = re.compile(rf"[{HAN}]{{2,12}}")


class Segmenter:
    """Segments texts of both languages; ``extra`` words (product names, attributes) are kept whole.

    Chinese is cut by the most probable words of jieba's dictionary, without its HMM for unknown words: that glues what
    stands alone into words that are none (我信, 没磨) and cost 9 points of F1 on reviews cut by hand.

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
        found = self.pieces(text) if language == "zh" else _WORD.findall(text)
        return [w if w.startswith("[") else w.strip().lower() for w in found if _HAS_WORD.search(w)]

    def pieces(self, text: str) -> list[str]:
        """A Chinese text cut into words, punctuation and blanks; together they are the text.

        >>> Segmenter().pieces("真吵 [PHONE]！")
        ['真', '吵', ' ', '[PHONE]', '！']
        """
        found = []
        for piece in filter(None, _PIECE.split(text)):
            found += [piece] if _PIECE.fullmatch(piece) else self._jieba.cut(piece, False)
        return found


def catalogue_words(texts: Iterable[str | None]) -> list[str]:
    """The Chinese words of a catalogue's names and attributes, sizes and Latin letters taken off; sorted, each once.

    >>> catalogue_words(["饭匣子电饭煲1.2升", '{"颜色": ["薄荷绿", "mint"]}', None])
    ['薄荷绿', '颜色', '饭匣子电饭煲']
    """
    return sorted({word for text in texts if isinstance(text, str) for word in _HAN_RUN.findall(text)})


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
