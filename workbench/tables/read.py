"""Raw files to raw tables: every record is kept, or a duplicate, or quarantined with file, line and reason."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from workbench.errors import SourceError
from workbench.tables.cells import typed
from workbench.tables.contracts import Table, contract
from workbench.tables.records import read_batches
from workbench.tables.settings import TableRule
from workbench.tables.source import Source
from workbench.tables.week import conform, week_of

REPEATED_KEY = "an earlier row has the same {}"
DATED = ("events", "orders", "reviews", "assignments")  # tables whose latest time is the source's last week


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
    read = {name: _read(source, name, rule) for name, rule in source.tables.items()}
    frames = {name: conform(frame, contract(name)) for name, (frame, _, _) in read.items()}
    intake, quarantine = (pd.concat([parts[place] for parts in read.values()], ignore_index=True) for place in (1, 2))
    return Raw(frames, conform(intake, contract("intake")), conform(quarantine, contract("quarantine")), source.timezone)


def last_week(source: Source | Raw) -> str | None:
    """The ISO week of the latest time among events, orders, reviews and assignments; None where nothing is dated.

    Of a source only the times are read.
    """
    if isinstance(source, Raw):
        times = [source.frames[name]["time"] for name in DATED if name in source.frames]
    else:
        dated = {name: rule for name, rule in source.tables.items() if name in DATED and "time" in rule.columns}
        times = [_read(source, name, replace(rule, columns={"time": rule.columns["time"]}, duplicates="keep"))[0]["time"]
                 for name, rule in dated.items()]
    latest = pd.Series([moment for column in times if not pd.isna(moment := column.max())], dtype="datetime64[us, UTC]")
    return None if latest.empty else week_of(pd.Series([latest.max()]), source.timezone)[0]


def _read(source: Source, name: str, rule: TableRule) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Rows kept, intake and quarantine of one table."""
    table, files = contract(name), source.files[name]
    shorts = [source.short(path) for path in files]
    frames, refused, broken = [], [], []
    try:
        for batch in read_batches(files, rule):
            broken += batch.broken
            for columns in rule.variants():
                frame, verdict = typed(batch, rule, columns, table, shorts)
                place = pd.DataFrame({"_file": np.array(batch.file, dtype="int64"),
                                      "_line": np.array(batch.line, dtype="int64")})
                refused.append(place[verdict.bad].assign(
                    column=verdict.column[verdict.bad], value=verdict.value[verdict.bad],
                    reason=verdict.reason[verdict.bad]))
                frames.append(pd.concat([frame, place], axis=1)[~verdict.bad])
    except SourceError as error:
        raise SourceError(f"table {name}: {error}") from None
    rows = pd.concat(frames, ignore_index=True)
    broken = pd.DataFrame(broken, columns=["_file", "_line", "reason"])
    duplicate = _duplicates(rows, rule)
    once = rows[~duplicate]
    again, repeated = _repeated(once, table)
    quarantine = pd.concat([*refused, broken, repeated], ignore_index=True).sort_values(["_file", "_line"], kind="stable")
    kept = once[~again]
    counts = {"kept": kept["_file"], "duplicates": rows.loc[duplicate, "_file"], "quarantined": quarantine["_file"]}
    intake = pd.DataFrame({"table": name, "file": shorts}).assign(
        **{what: np.bincount(column.to_numpy(dtype="int64"), minlength=len(files)) for what, column in counts.items()})
    intake["rows"] = intake[[*counts]].sum(axis=1)
    quarantine = quarantine.assign(table=name, file=np.array(shorts, dtype=object)[quarantine["_file"].to_numpy("int64")],
                                   line=quarantine["_line"])
    return kept.drop(columns=["_file", "_line"]).reset_index(drop=True), intake, quarantine


def _duplicates(rows: pd.DataFrame, rule: TableRule) -> np.ndarray:
    """Which rows say the same as an earlier one in all that was read of the files."""
    told = [name for name, how in rule.columns.items() if how.origins] + [*(("metric", "value") if rule.metrics else ())]
    if rule.duplicates == "keep" or not told:
        return np.zeros(len(rows), dtype=bool)
    same = pd.util.hash_pandas_object(rows[told], index=False)
    if rule.duplicates == "drop":
        return same.duplicated().to_numpy()
    # Across files: the second of two equal lines of one file is only a duplicate of a second one elsewhere.
    times = same.groupby([rows["_file"], same]).cumcount()
    return pd.DataFrame({"same": same, "times": times}).duplicated().to_numpy()


def _repeated(rows: pd.DataFrame, table: Table) -> tuple[np.ndarray, pd.DataFrame]:
    """Rows whose key an earlier row has, and their quarantine."""
    key = [name for name in table.key if name in rows]
    again = rows.duplicated(key).to_numpy() if key else np.zeros(len(rows), dtype=bool)
    found = rows.loc[again, ["_file", "_line", *key]]
    value = found[key[0]] if len(key) == 1 else None
    quarantine = found[["_file", "_line"]].assign(column=" and ".join(key), value=value,
                                                   reason=REPEATED_KEY.format(" and ".join(key)))
    return again, quarantine
