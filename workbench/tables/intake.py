"""A whole source to the tables of a week: one after the other, each once, within a limit of memory."""

import hashlib
import json
import os
import shutil
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from workbench import paths, sealed, separated
from workbench.errors import ParameterError, SourceError
from workbench.tables.bar import watched
from workbench.tables.contracts import contract
from workbench.tables.read import DATED, Door, Reader, Reading, Targets, Told, own, reading
from workbench.tables.settle import schema_of
from workbench.tables.source import Source
from workbench.tables.week import Week
from workbench.tables.written import Files, remove, replace

MEMORY = "4GiB"  # what DuckDB may hold; Python and a batch need up to 1 GiB beside it
PACKED = (".gz", ".zip", ".xlsx", ".xlsm", ".parquet", ".pq")  # files that hold more than their size
UNPACKED = 6  # times the size of its files that a table takes in memory when it is sorted
TELLING = 10  # lines shown of a source that is refused
MOST = 0.05  # share of rows that may break the contract


@dataclass(frozen=True)
class Intake:
    """What became of every row of a source.

    Attributes:
        rows: table ``intake``.
        reasons: why rows were quarantined, most frequent first: ``table, reason, rows``, and where: ``file, line, raw``.
        masked: what was masked in texts, by kind: each different text of a table once.
        notes: what was set aside, and what source.yml describes and is not there.
        tables: names of the tables that the source offers.
        broken: of a survey: the share of each table's rows that break its contract, those refused on purpose apart.
    """

    rows: pd.DataFrame
    reasons: pd.DataFrame
    masked: Counter = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    tables: tuple[str, ...] = ()
    broken: dict[str, float] = field(default_factory=dict)


def take_in(shop: Week, door: Door, max_quarantined: float = MOST, memory: str = "") -> Intake:
    """Read the source of a week and write its raw tables, ``intake`` and ``quarantine``.

    A table that an interrupted or earlier run finished from the same files, rules, key and code is not read again.

    Args:
        max_quarantined: share of a table's rows, from 0 to 1, that may break its contract; above it nothing is written.
        memory: what DuckDB may hold before it spills, as ``4GiB``; empty: ``WORKBENCH_MEMORY``, else 4 GiB. Python and a
            batch need up to 1 GiB beside it.

    Raises:
        SourceError: a file cannot be read, more rows than ``max_quarantined`` break the contract of a table, or all that is
            dated lies after the week.
    """
    if not 0 <= max_quarantined <= 1:
        raise ParameterError(f"max_quarantined is {max_quarantined}; it is a share of rows, from 0 to 1")
    folder = shop.folder / ".intake"
    with _connected(memory, folder) as connection, _progress(shop.source) as tell:
        notes = [*shop.source.notes, *sealed.seal_spill(connection)]
        told = [_table(shop, name, Reader(connection, door, tell), folder, max_quarantined) for name in shop.source.tables]
        _hold_week(shop, told)
        shop.write("intake", pd.concat([found.intake for found in told], ignore_index=True))
        parts = [_quarantine(folder, name) for name in shop.source.tables]
        _joined(parts, shop.path("quarantine"))
        reasons = _reasons(connection, parts)
    names = list(shop.source.tables)
    notes += [note for found in told for note in found.notes]
    notes += [f"{found.aside:,} rows of {name} lie after week {shop.week} and were set aside."
              for name, found in zip(names, told, strict=True) if found.aside]
    notes += _without_rows(told)
    return Intake(shop.read("intake"), reasons, sum((found.masked for found in told), Counter()), notes, tuple(names))


def survey(source: Source, door: Door) -> Intake:
    """What :func:`take_in` would read, keep and refuse; no table is written."""
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder, _connected("", Path(folder)) as connection, \
            _progress(source) as tell:
        notes = [*source.notes, *sealed.seal_spill(connection)]
        parts = [Path(folder) / f"{name}.parquet" for name in source.tables]
        reader = Reader(connection, door, tell)
        told = [reader.read(reading(source, name, Path(folder), _ranges(connection, source.own_files(name))),
                            Targets(None, Files(part, plain=True))) for name, part in zip(source.tables, parts, strict=True)]
        return Intake(pd.concat([found.intake for found in told], ignore_index=True), _reasons(connection, parts),
                      notes=[*notes, *(note for found in told for note in found.notes), *_without_rows(told)],
                      tables=tuple(source.tables),
                      broken={name: found.broken for name, found in zip(source.tables, told, strict=True)})


@dataclass
class _Receipt:
    """That a table is finished: from what, and what became of its rows."""

    fingerprint: str
    intake: list[dict]
    masked: dict[str, int]
    aside: int
    notes: list[str]


@dataclass(frozen=True)
class _Found:
    intake: pd.DataFrame
    masked: Counter
    aside: int
    notes: list[str]


def _table(shop: Week, name: str, reader: Reader, folder: Path, most: float) -> _Found:
    """One table, read or found finished."""
    how = reading(shop.source, name, folder / "staged", _ranges(reader.connection, shop.source.own_files(name)))
    path, wanted = folder / f"{name}.json", _fingerprint(how, shop, reader.door)
    receipt = _receipt(path)
    if receipt is None or receipt.fingerprint != wanted or not shop.has(name) or not _quarantine(folder, name).exists():
        path.unlink(missing_ok=True)
        before = Counter(reader.door.masked)
        whole, refused = folder / f"{name}.whole", _quarantine(folder, name)
        try:
            told = reader.read(how, Targets(Files(whole), Files(refused, plain=True), shop.end))
            _hold(told, most, reader.connection, refused)
            replace(whole, shop.path(name))
        finally:
            remove(whole)
        receipt = _Receipt(wanted, told.intake.to_dict("records"), dict(reader.door.masked - before), told.aside,
                           told.notes)
        with paths.replacing(path) as beside:
            beside.write_text(json.dumps(asdict(receipt)))
    else:
        shop.keep(name)
        reader.tell(how.size, "read")
    return _Found(pd.DataFrame(receipt.intake), Counter(receipt.masked), receipt.aside, receipt.notes)


def _hold(told: Told, most: float, connection, quarantine: Path) -> None:
    """Raise where too many rows were refused, with the sum and the lines that tell most."""
    rows, kept, duplicates, refused = (int(told.own[column].sum()) for column in ("rows", "kept", "duplicates",
                                                                                  "quarantined"))
    if told.broken <= most:
        return
    name, broken = told.intake["table"].iloc[0], refused - told.asked
    apart = f" ({told.asked:,} more are refused on purpose and do not count here)" if told.asked else ""
    lines = [f"  {file}, line {line}: {reason}: {raw or ''}" for file, line, reason, raw in connection.execute(
        "SELECT file, line, reason, raw FROM (SELECT *, row_number() OVER (PARTITION BY reason) AS place, count(*) OVER "
        '(PARTITION BY reason) AS rows FROM read_parquet(?) WHERE "table" = ?) ORDER BY place, rows DESC, reason LIMIT ?',
        [str(quarantine), name, TELLING]).fetchall()]
    raise SourceError(
        f"table {name}: {broken:,} of {rows - told.asked:,} rows ({told.broken:.1%}) break its contract{apart}, more than "
        f"max_quarantined = {most:.1%} allows: {rows:,} read = {kept:,} kept + {duplicates:,} duplicates + {refused:,} "
        "quarantined. Nothing of it was written. Mend the files or source.yml; or raise max_quarantined, if these rows may "
        f"be missing. The lines that tell most (all of them: {quarantine}):\n" + "\n".join(lines))


def _hold_week(shop: Week, told: list[_Found]) -> None:
    """Raise where all that is dated lies after the week: another year was meant, perhaps."""
    dated = [found for name, found in zip(shop.source.tables, told, strict=True) if name in DATED]
    aside = sum(found.aside for found in dated)
    if aside and aside == sum(int(own(found.intake)["kept"].sum()) for found in dated):
        raise SourceError(f"week {shop.week} lies before all that {shop.source.name} holds: its {aside:,} rows of "
                          f"{', '.join(name for name in shop.source.tables if name in DATED)} are later. Give a week of "
                          "theirs, or none: the last one in the data is taken")


def _without_rows(told: list) -> list[str]:
    """A sentence for each table whose files hold no row at all."""
    return [f"The table {rows['table'].iloc[0]} is empty: {', '.join(rows['file'])} holds no row below its header."
            for rows in (own(found.intake) for found in told) if not rows["rows"].sum()]


def _reasons(connection, parts: list[Path]) -> pd.DataFrame:
    return connection.execute(
        'SELECT "table", reason, count(*) AS rows, arg_min(file, place) AS file, arg_min(line, place) AS line, '
        "coalesce(arg_min(raw, place), '') AS raw "
        'FROM (SELECT *, row_number() OVER () AS place FROM read_parquet(?)) '
        'GROUP BY "table", reason ORDER BY rows DESC, "table", reason', [[str(part) for part in parts]]).df()


def _ranges(connection, files: tuple[Path, ...]) -> int:
    """How many ranges of customers, so that one of them is sorted in half of DuckDB's memory."""
    size = sum(path.stat().st_size * (UNPACKED if path.suffix.lower() in PACKED else 1) for path in files)
    limit = connection.execute("SELECT current_setting('memory_limit')").fetchone()[0]
    return max(1, min(256, -(-size * UNPACKED * 2 // _bytes(limit))))


def _bytes(text: str) -> int:
    """
    >>> _bytes("4.0 GiB")
    4294967296
    """
    number, unit = text.split()
    return int(float(number) * 1024 ** ("bytes", "KiB", "MiB", "GiB", "TiB").index(unit))


def _fingerprint(how: Reading, shop: Week, door: Door) -> str:
    files = [(name, path.stat().st_size, path.stat().st_mtime_ns) for name, path in zip(how.names, how.paths, strict=True)]
    code = hashlib.sha256()
    for path in sorted([*Path(__file__).parent.rglob("*.py"), Path(separated.__file__)]):
        code.update(path.read_bytes())
    return hashlib.sha256(repr((files, how.rules, how.people, how.table, shop.end, how.timezone, door.fingerprint,
                                code.hexdigest())).encode()).hexdigest()


def _receipt(path: Path) -> _Receipt | None:
    try:
        return _Receipt(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None  # not finished, or of another version: the table is read


def _quarantine(folder: Path, name: str) -> Path:
    return folder / f"{name}.quarantine.parquet"


def _joined(parts: list[Path], target: Path) -> None:
    """The parts as one Parquet file, a row group at a time."""
    schema = schema_of(contract("quarantine"))
    with paths.replacing(target) as beside, pq.ParquetWriter(
            beside, schema, compression="zstd", **sealed.options()) as writer:
        for part in parts:
            for batch in pq.ParquetFile(part).iter_batches():
                writer.write_batch(batch)


@contextmanager
def _connected(memory: str, folder: Path):
    """DuckDB in memory, that spills to ``folder``."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    wanted = memory or os.environ.get("WORKBENCH_MEMORY") or MEMORY
    settings = {"memory_limit": wanted, "temp_directory": str(folder / "spill"), "preserve_insertion_order": False,
                "autoinstall_known_extensions": False}
    if threads := os.environ.get("WORKBENCH_THREADS"):
        settings["threads"] = threads
    try:
        connection = duckdb.connect(config=settings)
    except duckdb.Error as error:
        raise ParameterError(f"memory {wanted!r} is not a size that DuckDB takes ({error}); write it like 4GiB") from None
    try:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection
    finally:
        connection.close()
        for name in ("spill", "staged"):
            shutil.rmtree(folder / name, ignore_errors=True)


@contextmanager
def _progress(source: Source):
    """A bar of the bytes read."""
    with watched(sum(path.stat().st_size for name in source.tables for path in source.files_of(name)), size=True) as bar:
        yield lambda size, stage: bar(size, "reading") if stage == "read" else bar(0, "sorting")
