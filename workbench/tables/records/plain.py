"""Separated text, block by block: lines without anything odd are cut by Arrow, all others one by one by ``separated``.

A line is odd if it holds a quotation mark, a carriage return that is not its end, a byte that the encoding does not know, a
byte-order mark, a NUL, or more than a cell may hold. Both ways say the same (``tests/tables/test_plain.py``).
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from workbench import separated
from workbench.tables.records.pieces import BLANK, ENCODING, MARK, TEXT, Piece, of_records

BLOCK = 1 << 22  # characters read at a time
MANY = 0.25  # share of odd lines from which on all of a block are read one by one
BOM = "\ufeff"

CUT = "too few columns: a cut line?"
SURPLUS = "too many columns: a separator inside a cell?"
HEADER_AGAIN = "the header again, in the middle of the data"
BOM_INSIDE = "a byte-order mark inside the file: two files put together?"

_LF, _CR = 10, 13


@dataclass
class Separated:
    """A file of separated text behind its header.

    Attributes:
        names: of its columns; ``wanted``: those to give.
        before: lines behind which the text begins.
    """

    file: object
    names: list[str]
    wanted: list[str]
    separator: str
    quote: str | None
    on_one_line: tuple[str, ...] = ()
    before: int = 0
    _given: int = field(default=0, init=False)
    _rest: list[str] = field(default_factory=list, init=False)

    def pieces(self) -> Iterator[Piece]:
        """All records, a block at a time."""
        while text := self._block():
            piece = self._piece(text)
            self._given += piece.records
            yield piece

    @property
    def dialect(self) -> dict:
        """What ``separated.rows`` has to know."""
        quoting = {"quoting": csv.QUOTE_NONE} if self.quote is None else {"quotechar": self.quote}
        return {"delimiter": self.separator, "may_run_on": self._may_run_on, **quoting}

    def _may_run_on(self, cells: list[str]) -> bool:
        return not any(("\n" in cell or "\r" in cell) and name in self.on_one_line
                       for name, cell in zip(self.names, cells, strict=False))

    def judge(self, row: list[str], text: str, fault: str) -> str:
        """What is wrong with a row; empty: nothing."""
        if not text.isascii() and MARK in text:
            return ENCODING
        if fault or not row:
            return fault or BLANK
        if len(row) != len(self.names):
            return CUT if len(row) < len(self.names) else SURPLUS
        if [cell.strip().strip(BOM) for cell in row] == self.names:
            return HEADER_AGAIN
        return BOM_INSIDE if text.startswith(BOM) else ""

    def _block(self) -> str:
        text, self._rest = "".join(self._rest), []
        if len(text) < BLOCK:
            text += self.file.read(BLOCK - len(text))
        return text if text.endswith("\n") else text + self.file.readline()

    def _piece(self, text: str) -> Piece:
        if not self.separator.isascii() or not (self.quote or "").isascii():
            return self._one_by_one(text)
        block = _Block(text)
        odd = block.odd(self.quote)
        if len(odd) > MANY * len(block.starts):
            return self._one_by_one(text)
        rows, taken = self._odd_rows(block, odd)
        return self._joined(block, rows, taken)

    def _one_by_one(self, text: str) -> Piece:
        own, rows = text.count("\n") + (not text.endswith("\n")), []
        lines = self._from(io.StringIO(text, newline="\n"))
        for row in separated.rows(lines, **self.dialect):
            rows.append(self._record(*row))
            if lines.number >= own:
                break
        self._rest = lines.ahead + self._rest
        piece = of_records(rows, self.wanted, self._given)
        self.before += lines.number
        return piece

    def _from(self, lines: Iterable[str]) -> separated.Lines:
        """Lines of a block, then those behind it: what was read ahead, and the file."""
        def on():
            yield from lines
            while self._rest:
                yield self._rest.pop(0)
            yield from iter(self.file.readline, "")

        return separated.Lines(on())

    def _record(self, line: int, row: list[str], text: str, fault: str) -> tuple[int, tuple, str, str]:
        reason = self.judge(row, text, fault)
        if text.startswith(BOM) and row:
            row = [row[0].removeprefix(BOM), *row[1:]]
        return self.before + line, () if reason else tuple([row[place] for place in self._places]), reason, text

    @property
    def _places(self) -> list[int]:
        return [self.names.index(name) for name in self.wanted]

    def _odd_rows(self, block: "_Block", odd: np.ndarray) -> tuple[list, np.ndarray]:
        """Records that begin on an odd line or right behind one, and which lines they took."""
        count, rows, at = len(block.starts), [], 0
        taken, is_odd = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
        is_odd[odd] = True
        for first in odd.tolist():
            if first < at:
                continue
            lines = self._from(block.line(place) for place in range(first, count))
            for line, *row in separated.rows(lines, **self.dialect):
                rows.append(self._record(first + line, *row))
                at = first + lines.number
                if at >= count or not is_odd[at]:
                    break
            taken[first:at] = True
            self._rest = lines.ahead[max(0, count - at):] + self._rest
        block.beyond = max(0, at - count)
        return rows, taken

    def _joined(self, block: "_Block", rows: list, taken: np.ndarray) -> Piece:
        blank = (block.ends == block.starts) & ~taken
        found = block.separators(self.separator)
        plain = np.flatnonzero(~taken & ~blank)
        wrong = plain[found[plain] != len(self.names) - 1]
        good = plain[found[plain] == len(self.names) - 1]
        cells = block.cells(good, self.separator, self.names, self.wanted)
        again = self._headers(block, good, cells)
        if len(again):
            keep = pa.array(np.setdiff1d(np.arange(len(good)), again))
            wrong, good = np.union1d(wrong, good[again]), good[keep.to_numpy()]
            cells = {name: column.take(keep) for name, column in cells.items()}
        broken = [self._broken(block, place) for place in np.union1d(wrong, np.flatnonzero(blank)).tolist()]
        lines = self.before + 1 + good
        start = self.before
        self.before += len(block.starts) + block.beyond
        if not rows and not broken:
            numbers = self._given + 1 + np.arange(len(good), dtype="int64")
            return Piece(cells, lines, numbers, lambda i: block.line(good[i]), clean=block.clean)
        return self._numbered(block, (cells, lines, good), rows, broken, start)

    def _broken(self, block: "_Block", place: int) -> tuple[int, str, str]:
        text = block.line(place)
        row = text.rstrip("\r\n")
        return self.before + 1 + place, self.judge(row.split(self.separator) if row else [], text, ""), text

    def _headers(self, block: "_Block", good: np.ndarray, cells: dict[str, pa.Array]) -> np.ndarray:
        """Which of the good lines say the header again."""
        name = self.wanted[0] if self.wanted else ""
        if not name or not len(good):
            return np.empty(0, dtype="int64")
        texts = cells[name] if block.clean else pc.utf8_ltrim_whitespace(cells[name])
        maybe = np.flatnonzero(pc.starts_with(texts, name).to_numpy(zero_copy_only=False))
        rows = {i: block.line(good[i]).rstrip("\r\n").split(self.separator) for i in maybe.tolist()}
        return np.array([i for i, row in rows.items() if self.judge(row, "", "") == HEADER_AGAIN], dtype="int64")

    def _numbered(self, block: "_Block", plain: tuple, rows: list, broken: list, start: int) -> Piece:
        """Plain lines and odd records in the order of the file, with their numbers among all records of it."""
        cells, lines, good = plain
        odd = of_records(rows, self.wanted, 0)
        all_lines = np.sort(np.concatenate([lines, odd.lines, np.array(
            [line for line, *_ in (*broken, *odd.broken)], dtype="int64")]))
        both = np.concatenate([lines, odd.lines])
        order = np.argsort(both, kind="stable")
        both = both[order]
        if len(odd.lines):
            cells = {name: pa.concat_arrays([cells[name], odd.cells[name]]).take(pa.array(order)) for name in cells}
        numbers = self._given + 1 + np.searchsorted(all_lines, both)

        def text(i: int) -> str:
            place = int(order[i])
            return odd.text(place - len(good)) if place >= len(good) else block.line(good[place])

        return Piece(cells, both, numbers, text, sorted([*broken, *odd.broken]), block.clean and not len(odd.lines))


class _Block:
    """Whole lines as bytes, and where each begins and ends (its line end left out)."""

    def __init__(self, text: str):
        self.data = text.encode("utf-8", "surrogatepass")
        self.marked = not text.isascii() and MARK in text
        self.bytes = np.frombuffer(self.data, dtype="uint8")
        ends = np.flatnonzero(self.bytes == _LF)
        if not text.endswith("\n"):
            ends = np.append(ends, len(self.data))
        self.starts = np.concatenate([[0], ends[:-1] + 1])
        self.returns, marks = b"\r" in self.data, self.data.count(b"\n")
        if self.returns:
            whole = (ends > self.starts) & (self.bytes[np.maximum(ends - 1, 0)] == _CR)
            whole[-1] &= text.endswith("\n")
            ends, marks = ends - whole, marks + int(whole.sum())
        self.ends, self.beyond = ends, 0
        # Nothing below "!" but the line ends, and nothing beyond ASCII: no cell needs to be trimmed.
        self.clean = text.isascii() and int(np.count_nonzero(self.bytes <= 32)) == marks

    def odd(self, quote: str | None) -> np.ndarray:
        """The lines to be read one by one."""
        found = [np.flatnonzero(self.ends - self.starts > csv.field_size_limit())]
        if quote is not None and quote.encode() in self.data:
            found.append(self._holding(np.flatnonzero(self.bytes == ord(quote))))
        if self.returns:
            at = np.flatnonzero(self.bytes == _CR)
            found.append(self._holding(at[~np.isin(at, self.ends)]))
        if b"\0" in self.data:
            found.append(self._holding(np.flatnonzero(self.bytes == 0)))
        for sign, there in ((MARK, self.marked), (BOM, not self.clean)):
            if there:
                found.append(self._holding(_places(self.data, sign.encode("utf-8", "surrogatepass"))))
        return np.unique(np.concatenate(found))

    def _holding(self, at: np.ndarray) -> np.ndarray:
        return np.searchsorted(self.starts, at, side="right") - 1

    def line(self, place: int) -> str:
        """One line as text, with its line end."""
        end = self.starts[place + 1] if place + 1 < len(self.starts) else len(self.data)
        return self.data[self.starts[place]:end].decode("utf-8", "surrogatepass")

    def separators(self, separator: str) -> np.ndarray:
        """How many separators each line holds."""
        at = np.flatnonzero(self.bytes == ord(separator))
        each, rest = divmod(len(at), len(self.starts))
        if each and not rest:  # as many on every line, where nothing is odd
            lines = at.reshape(-1, each)
            if (lines[:, -1] < self.ends).all() and (lines[:, 0] >= self.starts).all():
                return np.full(len(self.starts), each)
        return np.searchsorted(at, self.ends) - np.searchsorted(at, self.starts)

    def cells(self, good: np.ndarray, separator: str, names: list[str], wanted: list[str]) -> dict[str, pa.Array]:
        """The cells of the lines ``good``, which hold as many as there are ``names``."""
        if not len(good):
            return {name: pa.array([], TEXT) for name in wanted}
        data = self.data if len(good) == len(self.starts) else self._only(good)
        codes = [str(place) for place in range(len(names))]
        places = [str(names.index(name)) for name in wanted]
        table = pacsv.read_csv(
            pa.py_buffer(data), pacsv.ReadOptions(use_threads=False, column_names=codes, block_size=len(data) + 1),
            pacsv.ParseOptions(delimiter=separator, quote_char=False, escape_char=False, ignore_empty_lines=False),
            pacsv.ConvertOptions(column_types=dict.fromkeys(codes, TEXT), strings_can_be_null=False,
                                 include_columns=places, check_utf8=False))
        return {name: table[place].combine_chunks() for name, place in zip(wanted, places, strict=True)}

    def _only(self, good: np.ndarray) -> bytes:
        breaks = np.flatnonzero(np.diff(good) != 1)
        firsts, lasts = good[np.concatenate([[0], breaks + 1])], good[np.concatenate([breaks, [-1]])]
        after = np.append(self.starts[1:], len(self.data))
        return b"".join([self.data[start:end] for start, end in zip(self.starts[firsts].tolist(), after[lasts].tolist(),
                                                                     strict=True)])


def _places(data: bytes, sign: bytes) -> np.ndarray:
    found, at = [], data.find(sign)
    while at >= 0:
        found.append(at)
        at = data.find(sign, at + 1)
    return np.array(found, dtype="int64")
