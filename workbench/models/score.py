"""Score a file with a stored model: a label and a probability for every row, none dropped, order kept."""

import csv
import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workbench import paths, separated
from workbench.errors import ParameterError
from workbench.models.classifier import Classifier
from workbench.models.store import load_classifier

ROWS = 4096  # rows in memory at a time
ADDED = ("label", "probability", "reason")
UNDECODED = "text cannot be decoded"
OTHER_ENCODING = "name its encoding, as gb18030 or utf-16, or save it as CSV UTF-8"


@dataclass(frozen=True)
class Reading:
    """How the texts of a file are read.

    Attributes:
        encoding: of the file, and of what is written.
        prepare: what is done to a text before the model reads it; the file's own text stays as it is.
        foreign: given a text and the model's language, what it is written in where the model cannot read that, else "".
    """

    encoding: str = "utf-8"
    prepare: Callable[[str], str] = str.strip
    foreign: Callable[[str, str], str] = lambda text, language: ""


@dataclass
class Scored:
    """What became of a file.

    Attributes:
        rows, bad, seen: rows read, left without a label, and known to the model from its training.
        foreign: rows with a label whose text is not in the model's ``language``, as far as that can be told.
        kind: kind of the model. ``columns``: names of the three columns that were added.
        several: rows that run over several lines. ``longest``: the line on which the longest of them starts, and
            its number of lines.
        problems: line of the file (from 1) and reason of each bad row.
        learnt: what the model learnt from the file itself, where it did.
    """

    kind: str
    columns: tuple[str, ...]
    language: str = ""
    rows: int = 0
    seen: int = 0
    foreign: int = 0
    several: int = 0
    longest: tuple[int, int] = (0, 1)
    problems: list[tuple[int, str]] = field(default_factory=list)
    learnt: str = ""

    @property
    def bad(self) -> int:
        """Rows left without a label."""
        return len(self.problems)

    @property
    def notes(self) -> list[str]:
        """What a reader should know of it, a line each; of the bad rows the first ten."""
        lines = [self.learnt] if self.learnt else []
        if self.foreign:
            rows = "row is" if self.foreign == 1 else "rows are"
            lines.append(f"{self.foreign:,} {rows} in another language than the model's, {self.language}: such a label "
                         f"means little, and {self.columns[-1]} says so")
        if self.several:
            line, of = self.longest
            lines.append(f"{self.several:,} rows run over several lines, the longest over {of:,} from line {line}")
        return lines + [f"  line {line}: {reason}" for line, reason in self.problems[:10]]


def score_file(folder: Path, source: Path, column: str, target: Path, reading: Reading | None = None,
               learn: Callable[[Classifier, list[str]], Classifier] | None = None) -> Scored:
    """Add ``label``, ``probability`` and ``reason`` to every row of a CSV file (tab-separated if it ends in ``.tsv``).

    A row whose text is empty, cannot be decoded or has another number of fields than the header keeps its place,
    gets no label, and its reason is written beside it; so is the script of a text that the model cannot read, whose
    label means little. A cell in quotation marks may run over several lines; where
    the mark is never closed, its line is a row with that reason and the lines after it are rows of their own.
    A column of the file that has one of the three names keeps it; ours is then called ``predicted_label`` and so on.

    Args:
        column: the column that holds the texts.
        learn: what the model learns from the file's own texts, unlabelled, before it reads them:
            :func:`workbench.models.shift.move` or :func:`workbench.models.settle.settle`; it tells of it in an ``account``.

    Raises:
        ParameterError: no such file or column, or another encoding or separator.
        ModelError: no such model, or it cannot learn from these texts.
    """
    source, target, reading = Path(source), Path(target), reading or Reading()
    encoding = reading.encoding
    if not source.is_file():
        raise ParameterError(f"input {source} is not a file; name a CSV file, or a TSV file with tabs")
    if target.resolve() == source.resolve():
        raise ParameterError(f"output {target} is the input itself; name another file")
    model = load_classifier(folder)
    dialect = {"delimiter": "\t" if source.suffix.lower() == ".tsv" else ","}
    name = "utf-8-sig" if encoding.lower().replace("-", "") == "utf8" else encoding
    if learn:
        model = learn(model, _texts(source, column, name, dialect, reading.prepare))
    # Bytes that cannot be decoded pass through as surrogates, and out again as they were.
    with (source.open(encoding=name, errors="surrogateescape", newline="") as file,
          paths.replacing(target) as beside,
          beside.open("w", encoding=encoding, errors="surrogateescape", newline="") as out):
        rows, write = _rows(file, dialect), csv.writer(out, **dialect)
        header, place = _header(rows, column, source)
        scored = Scored(model.card["kind"], _free(header), model.card["language"], learnt=model.account if learn else "")
        write.writerow([*header, *scored.columns])
        with _progress(source) as advance:
            while part := list(itertools.islice(rows, ROWS)):
                write.writerows(_scored(part, header, place, reading, model, scored))
                advance(file.buffer.tell())
        if scored.rows and [reason for _, reason in scored.problems].count(UNDECODED) == scored.rows:
            raise ParameterError(f"no text of {source} can be decoded as {encoding}: {OTHER_ENCODING}")
    return scored


def _texts(source: Path, column: str, encoding: str, dialect: dict, prepare) -> list[str]:
    """The texts of a file that will get a label."""
    with source.open(encoding=encoding, errors="surrogateescape", newline="") as file:
        rows = _rows(file, dialect)
        header, place = _header(rows, column, source)
        texts = (prepare(row.cells[place]) for row in rows if not (row.fault or _reason(row.cells, header, place)))
        return [text for text in texts if text]


@dataclass(frozen=True)
class _Row:
    """A row as the file holds it; ``fault`` says why it is none."""

    line: int
    lines: int
    cells: list[str]
    fault: str


def _rows(file, dialect: dict) -> Iterator[_Row]:
    for line, cells, text, fault in separated.rows(file, **dialect):
        text = text.rstrip("\r\n")
        if fault:
            cells, fault = _alone(text, line, dialect)
        yield _Row(line, 1 + text.count("\n"), cells, fault)


def _alone(text: str, line: int, dialect: dict) -> tuple[list[str], str]:
    """The cells of a line given up; text behind a closing mark belongs to its cell, as spreadsheets read it."""
    reader = csv.reader([text, ""], **dialect)
    try:
        cells = next(reader, [])
    except csv.Error:
        return [text], separated.TOO_LONG
    return cells, f"quote opened in line {line} is never closed" if reader.line_num > 1 else ""


def _header(rows: Iterator[_Row], column: str, source: Path) -> tuple[list[str], int]:
    """The names of the columns, and the place of ``column``."""
    first = next(rows, _Row(1, 1, [], ""))
    if first.fault:
        raise ParameterError(f"{source} has no header that can be read: {first.fault}. Mend its first line")
    header = first.cells
    if header.count(column) != 1:
        if any("\udc80" <= mark <= "\udcff" for name in header for mark in name):
            raise ParameterError(f"the header of {source} cannot be decoded: {OTHER_ENCODING}")
        raise ParameterError(f"{source} has {'no' if column not in header else 'more than one'} column {column!r}; "
                             f"its columns are {', '.join(header) or '(none: the file is empty)'}"
                             + (f". Its cells seem to be separated by {other[0]!r}: save it with commas, or with tabs as "
                                ".tsv" if len(header) == 1 and (other := re.findall("[;\t|]", header[0])) else ""))
    return header, header.index(column)


def _free(header: list[str]) -> tuple[str, ...]:
    names = []
    for name in ADDED:
        while name in header:
            name = f"predicted_{name}"
        names.append(name)
    return tuple(names)


def _scored(part: list[_Row], header: list[str], place: int, reading: Reading, model: Classifier,
            scored: Scored) -> list[list]:
    reasons, texts = [], []
    for row in part:
        reason = row.fault or _reason(row.cells, header, place)
        text = "" if reason else reading.prepare(row.cells[place])
        if not reason and not text:
            reason = "empty text"
        reasons.append(reason)
        if reason:
            scored.problems.append((row.line, reason))
        else:
            texts.append(text)
        scored.several += row.lines > 1
        if row.lines > scored.longest[1]:
            scored.longest = row.line, row.lines
    scored.rows += len(part)
    scored.seen += int(model.seen(texts).sum())
    found = zip(model.predict(texts).itertuples(index=False), texts, strict=True)
    written = []
    for row, reason in zip(part, reasons, strict=True):
        whole = [*row.cells[:len(header)], *[""] * (len(header) - len(row.cells))]
        if reason:
            written.append([*whole, "", "", reason])
            continue
        (label, probability), text = next(found)
        if script := reading.foreign(text, scored.language):
            scored.foreign, reason = scored.foreign + 1, f"in {script}, which the model did not learn from"
        written.append([*whole, label, f"{probability:.4f}", reason])
    return written


def _reason(row: list[str], header: list[str], place: int) -> str:
    if len(row) > len(header):
        return f"{len(row)} fields where the header has {len(header)}; the surplus is {', '.join(row[len(header):])}"
    if not row:
        return "empty line"
    if len(row) < len(header):
        return f"{len(row)} fields where the header has {len(header)}"
    if any("\udc80" <= mark <= "\udcff" for mark in row[place]):
        return UNDECODED
    return "" if row[place].strip() else "empty text"


@contextmanager
def _progress(source: Path) -> Iterator[Callable[[int], None]]:
    from rich.progress import Progress

    with Progress(transient=True) as bar:
        task = bar.add_task(f"scoring {source.name}", total=source.stat().st_size)
        yield lambda done: bar.update(task, completed=done)
