"""Files to records: where each record starts, its cells as text, and what could not be split into cells.

Nothing is guessed: a record that breaks the format is given up after its first line, with the reason, and
reading goes on with the next line, so that an open quotation mark can't swallow the rest of a file.
"""

import codecs
import csv
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench import separated
from workbench.errors import SourceError
from workbench.tables.records.columnar import parquet, parquet_lines
from workbench.tables.records.filled import Above, filled
from workbench.tables.records.header import header
from workbench.tables.records.objects import json_array, json_lines
from workbench.tables.records.pieces import (
    AROUND,
    BLANK,
    EMPTY_FILE,
    LONGEST_LINE,
    MARK,
    TEXT,
    Piece,
    of_records,
    shape,
    visible,
)
from workbench.tables.records.plain import Separated
from workbench.tables.records.workbooks import workbook, workbook_lines
from workbench.tables.rules import TableRule

BATCH = 200_000  # records turned into values at a time
CHUNK = 4_096  # records held as Python objects: few, or the garbage collector walks over all of them again and again
codecs.register_error("workbench.mark", lambda error: (MARK, error.end))

_ENOUGH = 2 * LONGEST_LINE
#: how files begin that hold no text -> what they are, and the way out
_KINDS = {
    b"PK\x03\x04": "a workbook or a zip archive; end its name in .xlsx or .zip, and unpack a workbook that is in an archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook, or one with a password; save it as .xlsx, without one",
    b"PAR1": "a Parquet file; end its name in .parquet",
    b"\x1f\x8b": "packed with gzip; end its name in .gz",
}
_WHOLE = {"xlsx": b"PK\x03\x04", "parquet": b"PAR1"}  # what is no text begins so
_OF_KINDS = {"each": ("json", "jsonl"), "under": ("json",), "skip": ("csv", "xlsx"), "sheet": ("xlsx",),
             "names": ("csv", "xlsx", "json", "jsonl")}


class Batch:
    """Records of one table from one or several files.

    Attributes:
        broken: records that could not be split: (file, line, reason, what the quarantine shows of the line).
        names: names of all columns of each file by its place; None for JSON.
        clean: no cell needs to be trimmed.
    """

    def __init__(self, rule: TableRule, above: Above):
        self.rule, self.size, self.broken, self.names, self.clean = rule, 0, [], {}, True
        self._pieces: list[tuple[int, Piece]] = []
        self._above = above

    def add(self, file: int, piece: Piece) -> None:
        """Add a piece of the file at place ``file``."""
        self._pieces.append((file, piece))
        self.broken += [(file, line, reason, self._whole(text)) for line, reason, text in piece.broken]
        self.size += piece.records
        self.clean &= piece.clean or not len(piece.lines)

    @property
    def cells(self) -> dict[str, pa.Array]:
        """Raw column -> one text or null per record, filled down where ``source.yml`` says so."""
        return filled({name: pa.chunked_array([piece.cells[name] for _, piece in self._pieces], TEXT).combine_chunks()
                       for name in self.rule.raw_columns}, self.places[0], self.rule, self._above)

    @property
    def last(self) -> Above:
        """The last record, for the batch below; nothing where no cell is filled down."""
        if self.rule.fill_down is None or not len(files := self.places[0]):
            return self._above
        last = {name: pc.utf8_trim(column[-1:], AROUND)[0].as_py() for name, column in self.cells.items()}
        return Above(int(files[-1]), last)

    @property
    def places(self) -> np.ndarray:
        """(3, records): place of the file, line the record starts on, its number in the file."""
        return np.concatenate([np.empty((3, 0), dtype="int64"), *(
            [np.full(len(piece.lines), file), piece.lines, piece.numbers] for file, piece in self._pieces)], axis=1)

    def shown(self, records: np.ndarray, open_columns: frozenset[str], mask: Callable[[str], str]) -> list[str]:
        """What the quarantine shows of the lines of ``records``: cells of ``open_columns`` masked, others by their shape."""
        def say(name: str, cell: str) -> str:
            return mask(cell) if name in open_columns else shape(cell)

        ends = np.cumsum([len(piece.lines) for _, piece in self._pieces])
        found = []
        for record in records.tolist():
            at = int(np.searchsorted(ends, record, side="right"))
            file, piece = self._pieces[at]
            text = piece.text(record - int(ends[at]) + len(piece.lines))
            found.append(self._cut(text, self.names.get(file), say))
        return found

    def _cut(self, text: str, names: list[str] | None, say: Callable[[str, str], str]) -> str:
        if names is None:
            record = json.loads(text)  # it was one before
            record = dict(zip(self.rule.names, record, strict=False)) if isinstance(record, list) else record
            record = {name: "" if value is None else value for name, value in record.items()}
            texts = {name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                     for name, value in record.items()}
            said = {name: say(name, value[:_ENOUGH]) for name, value in texts.items()}
            return visible(json.dumps(said, ensure_ascii=False))
        row = next(separated.rows([text], **_dialect(self.rule)))[1] or [text]
        if len(row) != len(names):  # a cell over several lines
            return visible(shape(text[:_ENOUGH]))
        out = io.StringIO()
        csv.writer(out, lineterminator="", escapechar="\\", **_dialect(self.rule)).writerow(
            [say(name, cell[:_ENOUGH]) for name, cell in zip(names, row, strict=True)])
        return visible(out.getvalue())

    def _whole(self, text: str) -> str:
        """A line that could not be cut: nobody knows which cell is whose id, so only codes that are declared stay."""
        codes = {code for how in self.rule.columns.values() for code in how.values}
        return visible(self.rule.separator.join(
            cell if cell in codes else shape(cell) for cell in text[:_ENOUGH].rstrip("\r\n").split(self.rule.separator)))


def _dialect(rule: TableRule) -> dict:
    quoting = {"quoting": csv.QUOTE_NONE} if rule.quote is None else {"quotechar": rule.quote}
    return {"delimiter": rule.separator, **quoting}


def read_batches(files: tuple[Path, ...], rule: TableRule, tell: Callable[[int], None] = lambda size: None,
                 first: int = 0) -> Iterator[Batch]:
    """The records of ``files`` in their order, about :data:`BATCH` at a time; at least one batch.

    ``tell`` is told how many bytes of the files are read since it was told last. The files are counted from ``first`` on.

    Raises:
        SourceError: a file cannot be read, or its header lacks a column.
    """
    batch = Batch(rule, Above())
    for place, path in enumerate(files, first):
        headed = len(files) == 1 and rule.names is None and (rule.format or kind_of(path)) == "csv"  # needs its header
        if path.stat().st_size == 0 and not headed:
            batch.broken.append((place, 1, EMPTY_FILE, ""))
            batch.size += 1
            continue
        for piece in _guarded(path, rule, batch.names.setdefault, place, tell):
            batch.add(place, piece)
            if batch.size >= BATCH:
                yield batch
                batch, names = Batch(rule, batch.last), batch.names
                batch.names = {place: names.get(place)} if place in names else {}
    yield batch


def _guarded(path: Path, rule: TableRule, named, place: int, tell) -> Iterator[Piece]:
    """The pieces of one file."""
    kind = rule.format or kind_of(path)
    for key, kinds in _OF_KINDS.items():
        if getattr(rule, key) and kind not in kinds:
            raise SourceError(f"{path} is {kind}, and {key!r} is for {' and '.join(kinds)}; take it out of source.yml, or "
                              "say 'format'")
    with _reported(path, rule), path.open("rb") as binary:
        read = 0
        for piece in _whole(kind, path, rule) if kind in _WHOLE else _texts(kind, binary, path, rule, named, place):
            yield piece
            done = min(binary.tell(), path.stat().st_size)
            tell(done - read)
            read = done
        tell(path.stat().st_size - read)


def lines_of(path: Path, rule: TableRule) -> Iterator[str]:
    """All that a raw file says, unpacked: its lines, or the rows of what is no text with every sheet and column.

    Raises:
        SourceError: it cannot be read.
    """
    kind = rule.format or kind_of(path)
    with _reported(path, rule), path.open("rb") as binary:
        if kind in _WHOLE and path.stat().st_size:
            yield from {"xlsx": workbook_lines, "parquet": parquet_lines}[kind](path)
        elif kind not in _WHOLE:
            yield from io.TextIOWrapper(unpacked(binary, path), rule.encoding, "workbench.mark", newline="\n")


@contextmanager
def _reported(path: Path, rule: TableRule):
    """What goes wrong with a file, said with its name and the way out."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError) as error:
        packed = "zip" if path.name.endswith(".zip") else "gzip"
        raise SourceError(f"{path} is a damaged {packed} file ({error}); fetch it again") from None
    except UnicodeError as error:
        raise SourceError(f"{path} is not {rule.encoding}: {error}; say its 'encoding' in source.yml") from None
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}") from None


def _whole(kind: str, path: Path, rule: TableRule) -> Iterator[Piece]:
    with path.open("rb") as binary:
        begins = binary.read(4)
    if path.name.endswith((".gz", ".zip")):
        raise SourceError(f"{path} is packed, and {kind} is read as it is; unpack it")
    if begins != _WHOLE[kind]:
        found = f": it is {_KINDS[begins]}" if begins in _KINDS else "; fetch it again, or say its 'format' in source.yml"
        raise SourceError(f"{path} is no {kind} file{found}")
    yield from {"xlsx": workbook, "parquet": parquet}[kind](path, rule)


def _texts(kind: str, binary, path: Path, rule: TableRule, named, place: int) -> Iterator[Piece]:
    with io.TextIOWrapper(unpacked(binary, path), rule.encoding, "workbench.mark", newline="\n") as file:
        _hold_text(file, path)
        yield from _separated(file, rule, path, named, place) if kind == "csv" else _pieced(
            {"jsonl": json_lines, "json": json_array}[kind](file, rule, path), rule)


def _pieced(records: Iterator, rule: TableRule) -> Iterator[Piece]:
    given = 0
    while chunk := list(islice(records, CHUNK)):
        yield of_records(chunk, rule.raw_columns, given)
        given += len(chunk)


def kind_of(path: Path) -> str:
    """How a file is read, by the ending of its name."""
    suffix = Path(path.name.removesuffix(".gz").removesuffix(".zip")).suffix.lower()
    return {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".xlsx": "xlsx", ".xlsm": "xlsx", ".parquet": "parquet",
            ".pq": "parquet"}.get(suffix, "csv")


def unpacked(binary, path: Path):
    """The bytes of an open file, of what is packed those within.

    Raises:
        SourceError: a zip archive holds more than one file, or is locked.
    """
    if path.name.endswith(".zip"):
        return _only_member(zipfile.ZipFile(binary), path)
    return gzip.GzipFile(fileobj=binary) if path.name.endswith(".gz") else binary


def _only_member(archive: zipfile.ZipFile, path: Path):
    """The one file in a zip archive, opened; what macOS adds does not count."""
    members = [each for each in archive.infolist() if not each.is_dir() and not each.filename.startswith("__MACOSX/")]
    if len(members) != 1:
        raise SourceError(f"{path} holds {len(members)} files; one is read from a zip archive: unpack it")
    if members[0].flag_bits & 1:
        raise SourceError(f"{path} is locked with a password; unpack it")
    return archive.open(members[0])


def _hold_text(file: io.TextIOWrapper, path: Path) -> None:
    """Raise where a file begins like one that is no text, or like UTF-16 read otherwise."""
    begins = file.buffer.peek(16)
    for mark, kind in _KINDS.items():
        if begins.startswith(mark):
            raise SourceError(f"{path} is {kind}. By its name it is text: csv, jsonl or json, or one of them in .gz or .zip")
    if begins.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not file.encoding.startswith(("utf-16", "utf-32")):
        raise SourceError(f"{path} is UTF-16, not {file.encoding}; say 'encoding: utf-16' in source.yml")


def _separated(file, rule: TableRule, path: Path, named, place: int) -> Iterator[Piece]:
    text = Separated(file, list(rule.names or ()), rule.raw_columns, rule.separator, rule.quote, rule.on_one_line)
    text.before = sum(bool(file.readline()) for _ in range(rule.skip))
    if rule.names is None:
        lines = separated.Lines(iter(file.readline, ""))
        rows = ((line, row, text.judge(row, said, fault) if fault or MARK in said else fault or ("" if row else BLANK))
                for line, row, said, fault in separated.rows(lines, **text.dialect))
        text.names = header(rows, rule, path)
        text.before += lines.number
    named(place, text.names)
    yield from text.pieces()
