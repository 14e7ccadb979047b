"""Raw files to raw tables: every record is kept, or a duplicate, or quarantined with file, line and reason."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.errors import SourceError
from workbench.tables.cells import typed
from workbench.tables.contracts import DTYPES, Table, contract
from workbench.tables.records import read_batches
from workbench.tables.settings import TableRule
from workbench.tables.source import Source
from workbench.tables.week import conform, week_of

REPEATED_KEY = "an earlier row has the same, with other values beside it"
DATED = ("events", "orders", "reviews", "assignments")  # tables whose latest time is the source's last week
_FILE, _LINE = "_file", "_line"  # where a row comes from, carried beside its columns


@dataclass(frozen=True)
class Raw:
    """What was read of a source.

    Attributes:
        frames: raw tables by name, as their contracts say, ids and texts as the files hold them.
        intake: table ``intake``: rows = kept + duplicates + quarantined for every file of every table.
        quarantine: table ``quarantine``: one row per row refused.
        timezone: of the shop.
    """

    frames: dict[str, pd.DataFrame]
    intake: pd.DataFrame
    quarantine: pd.DataFrame
    timezone: str = "UTC"


def read_source(source: Source) -> Raw:
    """Read every table that the source offers; nothing is written.

    Raises:
        SourceError: a file cannot be read as ``source.yml`` says, or its header lacks a column.
    """
    read = {name: _read(source, name) for name in source.tables}
    frames = {name: conform(frame, contract(name)) for name, (frame, _, _) in read.items()}
    intake, quarantine = (pd.concat([parts[place] for parts in read.values()], ignore_index=True) for place in (1, 2))
    return Raw(frames, conform(intake, contract("intake")), conform(quarantine, contract("quarantine")), source.timezone)


def _read(source: Source, name: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    files = source.files[name]
    try:
        return _Table(contract(name), source.tables[name], files, [source.short(path) for path in files]).read()
    except SourceError as error:
        raise SourceError(f"table {name}: {error}") from None


def last_week(source: Source | Raw) -> str | None:
    """The ISO week of the latest time among events, orders, reviews and assignments; None where nothing is dated."""
    if isinstance(source, Source):
        dated = {name: rule for name, rule in source.tables.items() if name in DATED and "time" in rule.columns}
        if not dated:
            return None
        source = read_source(replace(source, tables=dated))
    times = pd.concat([frame["time"] for name, frame in source.frames.items() if name in DATED]
                      or [pd.Series(dtype=DTYPES["time"])])
    return None if times.isna().all() else week_of(pd.Series([times.max()]), source.timezone)[0]


@dataclass(frozen=True)
class _Table:
    """One table to read: how, from which files, and what they are called."""

    contract: Table
    rule: TableRule
    files: tuple[Path, ...]
    names: list[str]

    def read(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Rows kept, intake and quarantine."""
        rows, refused = self._rows()
        duplicate = _duplicates(rows, self.rule)
        once = rows[~duplicate]
        repeated, refused_later = _repeated(once, self.contract)
        kept = once[~repeated]
        quarantine = pd.concat([refused, refused_later], ignore_index=True)
        quarantine = quarantine.sort_values(["file", "line"], kind="stable", ignore_index=True)
        counts = {"kept": kept[_FILE], "duplicates": rows.loc[duplicate, _FILE], "quarantined": quarantine["file"]}
        intake = pd.DataFrame({"table": self.contract.name, "file": self.names, **{
            what: np.bincount(files.to_numpy("int64"), minlength=len(self.files)) for what, files in counts.items()}})
        named = np.array(self.names, dtype=object)[quarantine["file"].to_numpy("int64")]
        return (kept.drop(columns=[_FILE, _LINE]).reset_index(drop=True),
                intake.assign(rows=intake[[*counts]].sum(axis=1)),
                quarantine.assign(table=self.contract.name, file=named))

    def _rows(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Rows within the contract with their file and line, and the quarantine of the others."""
        frames, refused = [], []
        for batch in read_batches(self.files, self.rule):
            refused.append(pd.DataFrame(batch.broken, columns=["file", "line", "reason"]))
            place = dict(zip((_FILE, _LINE), batch.places, strict=False))
            for columns in self.rule.variants():
                frame, verdict = typed(batch, self.rule, columns, self.contract, self.names)
                bad = verdict.bad
                refused.append(pd.DataFrame({
                    "file": place[_FILE][bad], "line": place[_LINE][bad], "column": verdict.column[bad],
                    "value": verdict.value[bad], "reason": verdict.reason[bad]}))
                frames.append(frame.assign(**place)[~bad])
        return pd.concat(frames, ignore_index=True), pd.concat(refused, ignore_index=True)


def _duplicates(rows: pd.DataFrame, rule: TableRule) -> np.ndarray:
    """Which rows say the same as an earlier one in all that was read of the files, by a hash of 64 bits."""
    told = [name for name, how in rule.columns.items() if how.origins] + [*(("metric", "value") if rule.metrics else ())]
    if rule.duplicates == "keep" or not told:
        return np.zeros(len(rows), dtype=bool)
    same = pd.util.hash_pandas_object(rows[told], index=False)
    if rule.duplicates == "drop":
        return same.duplicated().to_numpy()
    # Across files: of two equal lines of one file the second is a duplicate only of a second one elsewhere.
    times = same.groupby([rows[_FILE], same]).cumcount()
    return pd.DataFrame({"same": same, "times": times}).duplicated().to_numpy()


def _repeated(rows: pd.DataFrame, table: Table) -> tuple[np.ndarray, pd.DataFrame]:
    """Rows whose key an earlier row has, and their quarantine."""
    key, columns = list(table.key), ", ".join(table.key)
    again = rows.duplicated(key).to_numpy() if key else np.zeros(len(rows), dtype=bool)
    found = rows[again]
    return again, pd.DataFrame({
        "file": found[_FILE], "line": found[_LINE], "column": columns,
        "value": found[key[0]] if len(key) == 1 else None, "reason": f"{columns}: {REPEATED_KEY}"})
