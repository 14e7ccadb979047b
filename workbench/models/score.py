"""Score a file with a stored model: a label and a probability for every row, none dropped, order kept."""

import csv
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workbench import paths
from workbench.errors import ParameterError
from workbench.models.classifier import Classifier
from workbench.models.store import load_classifier

ROWS = 4096  # rows in memory at a time
ADDED = ("label", "probability", "reason")


@dataclass
class Scored:
    """What became of a file.

    Attributes:
        rows, bad, seen: rows read, left without a label, and known to the model from its training.
        kind: kind of the model. ``columns``: names of the three columns that were added.
        problems: line of the file (from 1) and reason of each bad row.
    """

    kind: str
    columns: tuple[str, ...]
    rows: int = 0
    seen: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)

    @property
    def bad(self) -> int:
        """Rows left without a label."""
        return len(self.problems)


def score_file(folder: Path, source: Path, column: str, target: Path, encoding: str = "utf-8",
               prepare: Callable[[str], str] = str.strip) -> Scored:
    """Add ``label``, ``probability`` and ``reason`` to every row of a CSV file (tab-separated if it ends in ``.tsv``).

    A row whose text is empty, cannot be decoded or has another number of fields than the header keeps its place,
    gets no label, and its reason is written beside it. A column of the file that has one of the three names keeps
    it; ours is then called ``predicted_label`` and so on.

    Args:
        column: the column that holds the texts.
        prepare: what is done to a text before the model reads it; the file's own text stays as it is.

    Raises:
        ParameterError: no such file or column. ModelError: no such model.
    """
    source, target = Path(source), Path(target)
    if not source.is_file():
        raise ParameterError(f"input {source} is not a file")
    if target.resolve() == source.resolve():
        raise ParameterError(f"output {target} is the input itself; name another file")
    model = load_classifier(folder)
    dialect = {"delimiter": "\t" if source.suffix.lower() == ".tsv" else ","}
    csv.field_size_limit(1 << 30)
    name = "utf-8-sig" if encoding.lower().replace("-", "") == "utf8" else encoding
    # Bytes that cannot be decoded pass through as surrogates, and out again as they were.
    with (source.open(encoding=name, errors="surrogateescape", newline="") as file,
          paths.replacing(target) as beside,
          beside.open("w", encoding=encoding, errors="surrogateescape", newline="") as out):
        rows, write = _lines(csv.reader(file, **dialect)), csv.writer(out, **dialect)
        header = next(rows, (1, []))[1]
        place = _place(header, column, source)
        scored = Scored(model.card["kind"], _free(header))
        write.writerow([*header, *scored.columns])
        with _progress(source) as advance:
            while part := list(itertools.islice(rows, ROWS)):
                write.writerows(_scored(part, header, place, prepare, model, scored))
                advance(file.buffer.tell())
    return scored


def _lines(reader) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line it starts on."""
    start = 1
    for row in reader:
        yield start, row
        start = reader.line_num + 1


def _place(header: list[str], column: str, source: Path) -> int:
    if header.count(column) != 1:
        raise ParameterError(f"{source} has {'no' if column not in header else 'more than one'} column {column!r}; "
                             f"its columns are {', '.join(header) or '(none: the file is empty)'}")
    return header.index(column)


def _free(header: list[str]) -> tuple[str, ...]:
    names = []
    for name in ADDED:
        while name in header:
            name = f"predicted_{name}"
        names.append(name)
    return tuple(names)


def _scored(part, header: list[str], place: int, prepare, model: Classifier, scored: Scored) -> list[list]:
    reasons, texts = [], []
    for line, row in part:
        reason = _reason(row, header, place)
        text = "" if reason else prepare(row[place])
        if not reason and not text:
            reason = "empty text"
        reasons.append(reason)
        if reason:
            scored.problems.append((line, reason))
        else:
            texts.append(text)
    scored.rows += len(part)
    scored.seen += int(model.seen(texts).sum())
    found = model.predict(texts).itertuples(index=False)
    written = []
    for (_, row), reason in zip(part, reasons, strict=True):
        whole = [*row[:len(header)], *[""] * (len(header) - len(row))]
        label, probability = ("", "") if reason else next(found)
        written.append([*whole, label, f"{probability:.4f}" if label else "", reason])
    return written


def _reason(row: list[str], header: list[str], place: int) -> str:
    if len(row) > len(header):
        return f"{len(row)} fields where the header has {len(header)}; the surplus is {', '.join(row[len(header):])}"
    if not row:
        return "empty line"
    if len(row) < len(header):
        return f"{len(row)} fields where the header has {len(header)}"
    if any("\udc80" <= mark <= "\udcff" for mark in row[place]):
        return "text cannot be decoded"
    return "" if row[place].strip() else "empty text"


@contextmanager
def _progress(source: Path) -> Iterator[Callable[[int], None]]:
    from rich.progress import Progress

    with Progress(transient=True) as bar:
        task = bar.add_task(f"scoring {source.name}", total=source.stat().st_size)
        yield lambda done: bar.update(task, completed=done)
