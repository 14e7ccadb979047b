"""Records as they come out of a file: cells by column, where each starts, and what could not be cut into cells."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MARK = "\udfff"  # stands for bytes that the encoding does not know; no valid text holds it
LONGEST_LINE = 200  # characters of a raw line that the quarantine shows
# White space, byte-order marks and zero-width spaces: around a value they mean nothing.
AROUND = " \t\r\n\v\f\x00\x85\xa0\u2000\u2002\u2003\u2009\u200b\u2028\u2029\u202f\u3000\ufeff"
TEXT = pa.large_string()

BLANK = "an empty line"
EMPTY_FILE = "the file is empty"
ENCODING = "bytes that the encoding does not know; 'encoding' says another, like gb18030 or cp1252"

_SHAPES = ((re.compile(r"\d"), "9"), (re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af]"), "字"),
           (re.compile(r"[^\W\d_字]"), "a"))
_SEEN = str.maketrans({MARK: "\ufffd", "\r": "\\r", "\n": "\\n", "\t": "\\t", "\0": "\\0", "\ufeff": "\\ufeff"})


@dataclass
class Piece:
    """Some records of one file, in their order.

    Attributes:
        cells: wanted raw column -> one text or null per record that could be cut.
        lines: line each such record starts on; ``numbers``: its number among all records of the file.
        text: place of a record -> its text in the file.
        broken: the others: (line, reason, text).
        clean: no cell has white space or anything beyond ASCII in it.
        records: how many there are in all.
    """

    cells: dict[str, pa.Array]
    lines: np.ndarray
    numbers: np.ndarray
    text: Callable[[int], str]
    broken: list[tuple[int, str, str]] = field(default_factory=list)
    clean: bool = False

    @property
    def records(self) -> int:
        """Records in the piece, cut or broken."""
        return len(self.lines) + len(self.broken)


def of_records(records: list[tuple[int, tuple, str, str]], wanted: list[str], before: int) -> Piece:
    """A piece of records (line, wanted cells, reason, text), of which the file gave ``before`` already."""
    good = [(line, number, cells, text) for number, (line, cells, reason, text) in enumerate(records, before + 1)
            if not reason]
    lines, numbers, cells, texts = zip(*good, strict=True) if good else ((), (), (), ())
    columns = zip(*cells, strict=True) if good else [()] * len(wanted)
    return Piece({name: pa.array(column, TEXT) for name, column in zip(wanted, columns, strict=True)},
                 np.array(lines, dtype="int64"), np.array(numbers, dtype="int64"), texts.__getitem__,
                 [(line, reason, text) for line, _, reason, text in records if reason])


def bare(cells: pa.Array, empty: tuple[str, ...] = (), clean: bool = False) -> pa.Array:
    """The cells without white space around them (``clean``: there is none); null where nothing, or ``empty``, is left.

    >>> bare(pa.array([" mug", " ", "NULL"], TEXT), ("NULL",)).to_pylist()
    ['mug', None, None]
    """
    text = cells if clean else pc.utf8_trim(cells, AROUND)
    if empty:
        return pc.if_else(pc.is_in(text, pa.array(["", *empty], TEXT)), None, text)
    nothing = pc.equal(pc.binary_length(text), 0)
    return pc.if_else(nothing, None, text) if pc.any(nothing).as_py() else text


def as_codes(cells: pa.Array) -> pa.Array:
    """Codes that were numbers to whoever exported them lose their ``.0``.

    >>> as_codes(pa.array(["17850.0", "85123A", "1.5"], TEXT)).to_pylist()
    ['17850', '85123A', '1.5']
    """
    if not pc.any(pc.match_substring(cells, ".0")).as_py():
        return cells
    return pc.replace_substring_regex(cells, r"^(\d+)\.0+$", r"\1")


def shape(text: str) -> str:
    """The text with every digit as 9, every letter as a, every Chinese, Japanese or Korean sign as 字; the rest stays.

    So the quarantine shows what is wrong with a line and nobody's id, name or address.

    >>> shape("17850,mug,li.wei@example.com,很好 2")
    '99999,aaa,aa.aaa@aaaaaaa.aaa,字字 9'
    """
    for pattern, sign in _SHAPES:
        text = pattern.sub(sign, text)
    return text


def visible(text: str) -> str:
    """At most :data:`LONGEST_LINE` characters, on one line; what cannot be seen is written out."""
    text = text.rstrip("\r\n").translate(_SEEN)
    return text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}…"
