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
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from workbench.errors import SourceError, did_you_mean
from workbench.tables.settings import TableRule

BATCH = 200_000  # records held at a time
_MARK = "\udfff"  # stands for bytes that the encoding does not know; no valid text holds it
codecs.register_error("workbench.mark", lambda error: (_MARK, error.end))

BLANK = "an empty line"
ENCODING = "bytes that the encoding does not know"
QUOTES = "quotation marks that do not match"
NO_OBJECT = "not a JSON object"
CUT = "a cut line: fewer columns than the others"
SURPLUS = "more columns than the others: a separator in a cell without quotation marks?"


@dataclass
class Batch:
    """Records of one table from one or several files.

    Attributes:
        cells: raw column -> one text (or None) per record.
        file, line, number: per record, the place of its file in the list, the line it starts on and its number
            in the file, both from 1.
        broken: records that could not be split: (file, line, reason).
    """

    cells: dict[str, list[str | None]]
    file: list[int] = field(default_factory=list)
    line: list[int] = field(default_factory=list)
    number: list[int] = field(default_factory=list)
    broken: list[tuple[int, int, str]] = field(default_factory=list)


def read_batches(files: tuple[Path, ...], rule: TableRule) -> Iterator[Batch]:
    """The records of ``files`` in order, at most :data:`BATCH` and one file's rest at a time.

    Raises:
        SourceError: a file cannot be read, or its header lacks a column.
    """
    wanted = rule.raw_columns
    batch = Batch({name: [] for name in wanted})
    for place, path in enumerate(files):
        number = 0
        records = _guarded(path, rule)
        while chunk := list(islice(records, BATCH)):
            for number, (line, _, reason) in enumerate(chunk, number + 1):
                if reason:
                    batch.broken.append((place, line, reason))
                else:
                    batch.number.append(number)
                    batch.line.append(line)
            good = [cells for _, cells, reason in chunk if not reason]
            batch.file += [place] * len(good)
            for name, column in zip(wanted, zip(*good, strict=True), strict=bool(good)):
                batch.cells[name] += column
            if len(batch.line) + len(batch.broken) >= BATCH:
                yield batch
                batch = Batch({name: [] for name in wanted})
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
    file = gzip.open(path) if path.name.endswith(".gz") else path.open("rb")
    return io.TextIOWrapper(file, encoding=encoding, errors="workbench.mark", newline="\n")


class _Lines:
    """The lines of a file, kept until their record is whole, so that a broken one is given up after one line."""

    def __init__(self, file):
        self.file, self.back, self.held, self.number, self.marked = file, [], [], 0, False

    def __iter__(self):
        return self

    def __next__(self) -> str:
        line = self.back.pop() if self.back else next(self.file)
        self.held.append(line)
        if not line.isascii() and _MARK in line:
            self.marked = True
        return line

    def settle(self) -> tuple[int, bool]:
        """The line on which the record that is now whole starts, and whether it holds unknown bytes."""
        start, marked = self.number + 1, self.marked
        self.number += len(self.held)
        self.held, self.marked = [], False
        return start, marked

    def give_up(self) -> tuple[int, bool]:
        """The line on which the broken record starts; the lines after it are read anew."""
        self.back += reversed(self.held[1:])
        self.held = self.held[:1]
        self.marked = bool(self.held) and _MARK in self.held[0]
        return self.settle()


def _rows(lines: _Lines, rule: TableRule) -> Iterator[tuple[int, list[str], str]]:
    quoting = {"quoting": csv.QUOTE_NONE} if rule.quote is None else {"quotechar": rule.quote}
    while True:
        try:
            for row in csv.reader(lines, delimiter=rule.separator, strict=True, **quoting):
                line, marked = lines.settle()
                yield line, row, ENCODING if marked else "" if row else BLANK
            return
        except csv.Error:
            line, marked = lines.give_up()
            yield line, [], ENCODING if marked else QUOTES


def _csv(file, rule: TableRule, path: Path) -> Iterator[tuple[int, tuple, str]]:
    rows = _rows(_Lines(file), rule)
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
            raise SourceError(f"column {name!r} is not in the header;{hint} {found}. Mend 'columns' in source.yml, or say "
                              "'header: false' with 'names' if the file has no header")
        if names.count(name) > 1:
            raise SourceError(f"column {name!r} stands in the header twice; {found}. Rename one of them in the file")
    return names


def _other_separator(names: list[str], separator: str) -> str:
    for other, word in (("\t", "tab"), (";", ";"), ("|", "|"), (",", ",")):
        if other != separator and len(names) == 1 and other in names[0]:
            return f" is the separator {word!r}? (write 'separator: {word}')"
    return ""


def _jsonl(file, rule: TableRule, path: Path) -> Iterator[tuple[int, tuple, str]]:
    wanted, seen = rule.raw_columns, set()
    for line, text in enumerate(file, 1):
        if not text.strip():
            yield line, (), BLANK
            continue
        try:
            record = json.loads(text, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            record = None
        yield (line, *_object(record, wanted, seen, text))
    _keys_seen(wanted, seen, path)


def _json(file, rule: TableRule, path: Path) -> Iterator[tuple[int, tuple, str]]:
    """Objects of one JSON array, one after the other; the rest after a broken one is one broken record."""
    wanted, seen = rule.raw_columns, set()
    text, decoder = file.read(), json.JSONDecoder(parse_float=str, parse_int=str)
    if not text.lstrip().startswith("["):
        raise SourceError(f"{path} is not a JSON array of objects; for one object a line say 'format: jsonl'")
    at, line, counted = text.index("[") + 1, 1, 0
    while (at := _skip(text, at)) < len(text) and text[at] != "]":
        line, counted = line + text.count("\n", counted, at), at
        try:
            record, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            record, at = None, len(text)
        yield (line, *_object(record, wanted, seen, text[counted:at]))
    _keys_seen(wanted, seen, path)


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at


def _object(record, wanted: list[str], seen: set, text: str) -> tuple[tuple, str]:
    if not isinstance(record, dict):
        return (), ENCODING if _MARK in text else NO_OBJECT
    seen.update(record)
    cells = tuple(_plain(record.get(name)) for name in wanted)
    try:
        "".join(cell or "" for cell in cells).encode()
    except UnicodeEncodeError:
        return (), ENCODING
    return cells, ""


def _plain(value) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _keys_seen(wanted: list[str], seen: set, path: Path) -> None:
    for name in wanted:
        if seen and name not in seen:
            raise SourceError(f"no object of {path} has a key {name!r};{did_you_mean(name, seen)} Its keys are "
                              f"{', '.join(sorted(seen))}. Mend 'columns' in source.yml")
