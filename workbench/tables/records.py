"""Files to records: where each record starts, its cells as text, and what could not be split into cells.

Nothing is guessed: a record that breaks the format is given up after its first line, with the reason, and
reading goes on with the next line, so that an open quotation mark can't swallow the rest of a file.
"""

import codecs
import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from workbench import separated
from workbench.errors import SourceError, did_you_mean
from workbench.tables.settings import TableRule

BATCH = 200_000  # records turned into values at a time
CHUNK = 4_096  # records held as Python objects: few, or the garbage collector walks over all of them again and again
_MARK = "\udfff"  # stands for bytes that the encoding does not know; no valid text holds it
codecs.register_error("workbench.mark", lambda error: (_MARK, error.end))

BLANK = "an empty line"
ENCODING = "bytes that the encoding does not know"
NO_OBJECT = "not a JSON object"
CUT = "too few columns: a cut line?"
SURPLUS = "too many columns: a separator inside a cell?"


class Batch:
    """Records of one table from one or several files.

    Attributes:
        broken: records that could not be split: (file, line, reason).
    """

    def __init__(self, raw_columns: list[str]):
        self.size, self.broken = 0, []
        self._cells = {name: [] for name in raw_columns}
        self._places = []

    def add(self, file: int, before: int, records: list[tuple[int, tuple, str]]) -> None:
        """Add records (line, cells, reason) of the file at place ``file``, which gave ``before`` of them already."""
        good = [(number, line, cells) for number, (line, cells, reason) in enumerate(records, before + 1) if not reason]
        self.broken += [(file, line, reason) for line, _, reason in records if reason]
        self.size += len(records)
        if good:
            numbers, lines, cells = zip(*good, strict=True)
            self._places.append(np.array([[file] * len(good), lines, numbers], dtype="int64"))
            for held, column in zip(self._cells.values(), zip(*cells, strict=True), strict=True):
                held.append(pa.array(column, pa.large_string()))

    @property
    def cells(self) -> dict[str, pa.Array]:
        """Raw column -> one text or null per record."""
        return {name: pa.chunked_array(held, pa.large_string()).combine_chunks() for name, held in self._cells.items()}

    @property
    def places(self) -> np.ndarray:
        """(3, records): place of the file in the list from 0, line the record starts on, its number in the file."""
        return np.concatenate([np.empty((3, 0), dtype="int64"), *self._places], axis=1)


def read_batches(files: tuple[Path, ...], rule: TableRule) -> Iterator[Batch]:
    """The records of ``files`` in their order, about :data:`BATCH` at a time; at least one batch.

    Raises:
        SourceError: a file cannot be read, or its header lacks a column.
    """
    batch = Batch(rule.raw_columns)
    for place, path in enumerate(files):
        number, records = 0, _guarded(path, rule)
        while chunk := list(islice(records, CHUNK)):
            batch.add(place, number, chunk)
            number += len(chunk)
            if batch.size >= BATCH:
                yield batch
                batch = Batch(rule.raw_columns)
    yield batch


def _guarded(path: Path, rule: TableRule) -> Iterator[tuple[int, tuple, str]]:
    """(line, wanted cells, reason) of each record; a reason says why there are no cells."""
    kind = rule.format or _kind(path)
    try:
        with _open(path, rule.encoding) as file:
            yield from {"csv": _csv, "jsonl": _jsonl, "json": _json}[kind](file, rule, path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(f"{path} is a damaged gzip file ({error}); fetch it again") from None
    except UnicodeError as error:
        raise SourceError(f"{path} is not {rule.encoding}: {error}; say its 'encoding' in source.yml") from None
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}") from None


def _kind(path: Path) -> str:
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    return {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json"}.get(suffix, "csv")


def _open(path: Path, encoding: str):
    binary = gzip.open(path) if path.name.endswith(".gz") else path.open("rb")  # noqa: SIM115
    return io.TextIOWrapper(binary, encoding=encoding, errors="workbench.mark", newline="\n")


def _rows(file, rule: TableRule) -> Iterator[tuple[int, list[str], str]]:
    quoting = {"quoting": csv.QUOTE_NONE} if rule.quote is None else {"quotechar": rule.quote}
    for line, row, text, fault in separated.rows(file, delimiter=rule.separator, **quoting):
        marked = not text.isascii() and _MARK in text
        yield line, row, ENCODING if marked else fault or ("" if row else BLANK)


def _csv(file, rule: TableRule, path: Path) -> Iterator[tuple[int, tuple, str]]:
    rows = _rows(file, rule)
    names = rule.names or _header(rows, rule, path)
    places, width = [names.index(name) for name in rule.raw_columns], len(names)
    for line, row, reason in rows:
        if not reason and len(row) != width:
            reason = CUT if len(row) < width else SURPLUS
        yield line, () if reason else tuple([row[place] for place in places]), reason


def _header(rows, rule: TableRule, path: Path) -> list[str]:
    _, row, reason = next(rows, (1, [], "the file is empty"))
    names = [name.strip() for name in row]
    found = f"the columns found in {path} are {', '.join(map(repr, names)) or 'none'}"
    if reason:
        raise SourceError(f"{path} has no header that can be read: {reason}. Mend the file, or describe it in source.yml "
                          "('header: false' with 'names', 'encoding', 'separator', 'quote')")
    for name in rule.raw_columns:
        if name not in names:
            hint = did_you_mean(name, names) or _other_separator(names, rule.separator)
            raise SourceError(f"column {name!r}{rule.meant(name)} is not in the header;{hint} {found}. Mend 'columns' in "
                              "source.yml, or say 'header: false' with 'names' if the file has no header")
        if names.count(name) > 1:
            raise SourceError(f"column {name!r} stands in the header twice; {found}. Rename one of them in the file")
    return names


def _other_separator(names: list[str], separator: str) -> str:
    for other, word in (("\t", "tab"), (";", ";"), ("|", "|"), (",", ",")):
        if other != separator and len(names) == 1 and other in names[0]:
            return f" is the separator {word!r}? (write 'separator: {word}')"
    return ""


def _jsonl(file, rule: TableRule, path: Path) -> Iterator[tuple[int, tuple, str]]:
    objects = _Objects(rule, path)
    for line, text in enumerate(file, 1):
        try:
            record = json.loads(text) if text.strip() else {}
        except (ValueError, RecursionError):
            record = None
        yield (line, *objects.cells(record, text)) if text.strip() else (line, (), BLANK)
    objects.check()


def _json(file, rule: TableRule, path: Path) -> Iterator[tuple[int, tuple, str]]:
    """Objects of one JSON array, one after the other; the rest after a broken one is one broken record."""
    objects, decoder = _Objects(rule, path), json.JSONDecoder()
    text = file.read()
    if not text.lstrip().startswith("["):
        raise SourceError(f"{path} is not a JSON array of objects; for one object a line say 'format: jsonl'")
    at, line, counted = text.index("[") + 1, 1, 0
    while (at := _skip(text, at)) < len(text) and text[at] != "]":
        line, counted = line + text.count("\n", counted, at), at
        try:
            record, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            record, at = None, len(text)
        yield (line, *objects.cells(record, text[counted:at]))
    objects.check()


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at


class _Objects:
    """Takes the cells out of JSON objects; ``a.b`` is the key ``b`` of the object under ``a``."""

    def __init__(self, rule: TableRule, path: Path):
        self.rule, self.wanted, self.path = rule, rule.raw_columns, path
        self.found, self.keys = set(), set()

    def cells(self, record, text: str) -> tuple[tuple, str]:
        """The wanted cells of a record, and the reason if it has none."""
        if not isinstance(record, dict):
            return (), ENCODING if _MARK in text else NO_OBJECT
        self.keys.update(record)
        cells = tuple([self._cell(record, name) for name in self.wanted])
        try:
            "".join(cell or "" for cell in cells).encode()
        except UnicodeEncodeError:
            return (), ENCODING
        return cells, ""

    def _cell(self, record: dict, name: str) -> str | None:
        for part in (name,) if name in record else name.split("."):
            if not isinstance(record, dict) or part not in record:
                return None
            record = record[part]
        self.found.add(name)
        return record if record is None or isinstance(record, str) else json.dumps(record, ensure_ascii=False)

    def check(self) -> None:
        """Raise where no object of the file has a column that is asked for."""
        for name in self.wanted:
            if self.keys and name not in self.found:
                raise SourceError(f"no object of {self.path} has a key {name!r}{self.rule.meant(name)};"
                                  f"{did_you_mean(name, self.keys)} Its keys are {', '.join(sorted(self.keys))}. Mend "
                                  "'columns' in source.yml")
