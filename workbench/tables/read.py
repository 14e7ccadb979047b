"""Raw files to raw tables: every record is kept, or a duplicate, or quarantined with file, line and reason.

Rows stream: a batch is typed, checked and passed through the door, staged, and settled by DuckDB (``staging.py``,
``settle.py``); what is held at a time does not grow with the files.
"""

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import SourceError
from workbench.tables.cells import Verdict, typed
from workbench.tables.contracts import Table, contract
from workbench.tables.look_up import REPEATED_KEY, LookedUp
from workbench.tables.reading import Reading, looked_up, reading
from workbench.tables.records import Batch, read_batches
from workbench.tables.records.pieces import TEXT
from workbench.tables.rows import Rows, rows_of, unfolded
from workbench.tables.rules import TableRule
from workbench.tables.settle import SAME, Settled, Settling
from workbench.tables.source import Part, Source
from workbench.tables.staging import FILE, LINE, WEEK, Staged, week_starts
from workbench.tables.week import week_of
from workbench.tables.written import Files

SHOWN = 100  # lines of a batch that are shown of those refused on purpose: millions may be, as the views in a log of buys
DATED = ("events", "orders", "reviews", "assignments")  # tables whose latest time is the source's last week


class Door(Protocol):
    """What every batch passes before anything of it is written (``workbench.privacy.Door``)."""

    masked: Counter

    @property
    def fingerprint(self) -> str:
        """What decides how ids and texts look behind it."""

    def through(self, table: str, rows: pa.Table) -> pa.Table:
        """The rows without ids and personal data."""

    def gone(self, rows: pa.Table) -> np.ndarray | None:
        """Which of these rows do not pass, as their customer asked to be forgotten; None: all pass."""

    def mask(self, text: str) -> str:
        """A text without personal data."""


@dataclass
class Told:
    """What became of the rows of one table.

    Attributes:
        intake: table ``intake`` of its files.
        aside: rows kept that lie after the week, in no table.
        asked: rows refused on purpose: by ``refuse`` of source.yml, or as their customer asked to be forgotten.
        notes: what was looked up and not found.
    """

    intake: pd.DataFrame
    aside: int = 0
    asked: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def own(self) -> pd.DataFrame:
        """``intake`` of the table's own files, without those of look-ups."""
        return own(self.intake)

    @property
    def broken(self) -> float:
        """The share of the table's rows that break the contract; those refused on purpose count on neither side.

        Rows of look-ups do not count: where one is missing that the table needs, the table's own row breaks the contract.
        """
        refused, rows = (int(self.own[name].sum()) - self.asked for name in ("quarantined", "rows"))
        return refused / rows if rows else 0.0


def own(intake: pd.DataFrame) -> pd.DataFrame:
    """Rows of the first table alone: behind it stand those that are looked up for it."""
    return intake[intake["table"] == intake["table"].iloc[0]]


@dataclass(frozen=True)
class Targets:
    """Where the table and its quarantine are written; no table: it is only counted."""

    table: Files | None
    quarantine: Files
    end: pd.Timestamp | None = None


@dataclass
class Reader:
    """Reads tables with one door and one DuckDB connection; ``tell`` is told bytes read and then ranges settled."""

    connection: object
    door: Door
    tell: Callable[[int, str], None] = lambda size, stage: None

    def read(self, how: Reading, targets: Targets) -> Told:
        """Read one table.

        Raises:
            SourceError: a file cannot be read as ``source.yml`` says, or its header lacks a column.
        """
        rows, refused = how.staged()
        try:
            with rows, refused:
                beside = [looked_up(part, lambda size: self.tell(size, "read")) for part in how.parts]
                looks = [look for found in beside for look in found]
                self._stage_refused(how, looks, refused)
                asked = sum(self._stage(how, part, found, (rows, refused))
                            for part, found in zip(how.parts, beside, strict=True))
                rows.finish()
                kind = how.rules[0].duplicates
                settling = Settling(self.connection, how.table, [] if kind == "keep" else how.told, kind == "across files",
                                    targets.end)
                settled = settling.settle(rows, targets.table, lambda: self.tell(1, "settled"))
                for repeated in settled.repeated:
                    self._repeated(how, repeated, refused)
                refused.finish()
                Settling(self.connection, contract("quarantine"), [], False, None).settle(refused, targets.quarantine)
                return Told(_intake(how, looks, rows, refused, settled), settled.aside, asked, _missed(how, looks))
        except SourceError as error:
            raise SourceError(f"table {how.table.name}: {error}") from None

    def _stage_refused(self, how: Reading, looked_up: list[LookedUp], refused: Staged) -> None:
        """Stage the rows of look-ups that were refused."""
        before = how.own
        for each in looked_up:
            if each.refused:
                file, line, reason, raw = zip(*each.refused, strict=True)
                refused.add(self._quarantine(how, {"file": np.array(file) + before, "line": line, "reason": reason,
                                                   "raw": raw}))
            before += len(each.kept)

    def _stage(self, how: Reading, part: Part, looked_up: list[LookedUp], staged: tuple[Staged, Staged]) -> int:
        """Stage all rows of a part; how many were refused on purpose."""
        (rows, refused), rule = staged, part.rule
        asked, purposes = 0, [refusal.reason for refusal in rule.refuse]
        for batch in read_batches(part.files, rule, lambda size: self.tell(size, "read"), part.first):
            if batch.broken:
                file, line, reason, raw = zip(*batch.broken, strict=True)
                refused.add(self._quarantine(how, {"file": file, "line": line, "reason": reason, "raw": raw}))
            for records in unfolded(rows_of(batch, rule, looked_up), rule):
                for columns in rule.variants():
                    table, verdict = typed(records, rule, columns, how.table, how.before)
                    if verdict.bad.any():
                        at = _once(records, verdict)
                        on_purpose = pd.Series(verdict.reason[at]).isin(purposes).to_numpy()
                        refused.add(self._refused(how, batch, records, at, verdict, on_purpose))
                        asked += int(on_purpose.sum())
                    asked += self._stage_rows(how, table, records, verdict, rows, refused)
        return asked

    def _stage_rows(self, how: Reading, table: pa.Table, records: Rows, verdict: Verdict, rows: Staged,
                    refused: Staged) -> int:
        """Stage the rows that keep to the contract; how many of them do not pass the door."""
        file, line, _ = records.places.astype("int64")
        table = _with_hashes(table, how)
        table = table.append_column(FILE, pa.array(file, pa.int32())).append_column(LINE, pa.array(line))
        if verdict.bad.any():
            table = table.filter(pa.array(~verdict.bad))
        if how.table.sorted_by:
            times = table["time"].to_numpy().astype("datetime64[us]")
            weeks = np.searchsorted(week_starts(how.timezone), times, side="right") - 1
            table = table.append_column(WEEK, pa.array(weeks, pa.int32()))
        table = self._worded(how, self.door.through(how.table.name, table), refused)
        gone = self.door.gone(table)
        passed = table if gone is None else self._without(how, table, gone, FORGOTTEN, refused)
        rows.add(passed)
        return len(table) - len(passed)

    def _worded(self, how: Reading, rows: pa.Table, refused: Staged) -> pa.Table:
        """The rows without those of whose required text the door left nothing: markup alone, like ``<br>``."""
        for column in how.table.columns:
            if column.required and column.personal == "text":
                bare = np.asarray(pc.equal(rows[column.name], ""))
                rows = self._without(how, rows, bare, f"{column.name}: {BARE}", refused)
        return rows

    def _without(self, how: Reading, rows: pa.Table, mask: np.ndarray, reason: str, refused: Staged) -> pa.Table:
        """The rows that ``mask`` does not name; those it names are counted in the quarantine by file and line only."""
        if not mask.any():
            return rows
        places = rows.filter(pa.array(mask))
        refused.add(self._quarantine(how, {"file": places[FILE].to_numpy(), "line": places[LINE].to_numpy(),
                                           "reason": [reason] * len(places)}))
        return rows.filter(pa.array(~mask))

    def _refused(self, how: Reading, batch: Batch, records: Rows, at: np.ndarray, verdict: Verdict,
                 on_purpose: np.ndarray) -> pa.Table:
        """The rows at these places for the quarantine; of those refused on purpose the first lines are shown."""
        file, line, _ = records.places[:, at].astype("int64")
        raw, told = np.full(len(at), None, dtype=object), ~on_purpose | (np.cumsum(on_purpose) <= SHOWN)
        raw[told] = batch.shown(records.record[at[told]], _open_columns(how.table, batch.rule), self.door.mask)
        return self._quarantine(how, {"file": file, "line": line, "column": verdict.column[at], "value": verdict.value[at],
                                      "reason": verdict.reason[at], "raw": raw})

    def _quarantine(self, how: Reading, columns: dict) -> pa.Table:
        """Rows of the quarantine, through the door, with ``_file`` and ``_line``."""
        file, line = np.asarray(columns.pop("file"), dtype="int64"), np.asarray(columns.pop("line"), dtype="int64")
        texts = {name: pa.array(columns.get(name, [None] * len(file)), TEXT)
                 for name in ("column", "value", "reason", "raw")}
        table = pa.table({"table": pa.array(how.called, TEXT).take(pa.array(file)),
                          "file": pa.array(how.names, TEXT).take(pa.array(file)), "line": line, **texts})
        table = self.door.through("quarantine", table)
        return table.append_column(FILE, pa.array(file, pa.int32())).append_column(LINE, pa.array(line))

    def _repeated(self, how: Reading, found: pa.Table, refused: Staged) -> None:
        if not len(found):
            return
        key = ", ".join(how.table.key)
        files, lines = found[FILE].to_numpy(), found[LINE].to_numpy()
        raw = _lines_again(how, set(zip(files.tolist(), lines.tolist(), strict=True)), self.door.mask)
        refused.add(self._quarantine(how, {
            "file": files, "line": lines, "column": [key] * len(found), "value": found["value"].to_pylist(),
            "reason": [f"{key}: {REPEATED_KEY}"] * len(found),
            "raw": [raw.get(place) for place in zip(files.tolist(), lines.tolist(), strict=True)]}))


BARE = "a text without words, markup alone"
FORGOTTEN = "its customer asked to be forgotten"


def _with_hashes(table: pa.Table, how: Reading) -> pa.Table:
    """Beside every text that the door will change a hash of 128 bits: two texts that differ in what is masked stay two."""
    for name in how.told:
        if name.startswith(SAME):
            encoded = table[name.removeprefix(SAME)].combine_chunks().dictionary_encode()
            hashes = [hashlib.blake2b(text.encode(), digest_size=16, key=_SALT).digest()
                      for text in encoded.dictionary.to_pylist()]
            table = table.append_column(name, pa.array(hashes, pa.binary()).take(encoded.indices))
    return table


_SALT = secrets.token_bytes(32)  # of this process: nobody can tell a text from its hash, which lies in staged parts only


def _open_columns(table: Table, rule: TableRule) -> frozenset[str]:
    """Raw columns whose cells the quarantine may show: those that fill nothing personal, and codes of refusals."""
    def origins(personal: bool) -> set[str]:
        return {raw for columns in rule.variants() for name, how in columns.items() for raw in how.reads
                if bool(table[name].personal) == personal}

    return frozenset((origins(False) | {refusal.column for refusal in rule.refuse}) - origins(True))


def _lines_again(how: Reading, wanted: set[tuple[int, int]], mask: Callable[[str], str]) -> dict[tuple[int, int], str]:
    """What the quarantine shows of lines that looked whole when they were read: they are read once more."""
    found, of_file = {}, {part.first + k: (part.rule, path) for part in how.parts for k, path in enumerate(part.files)}
    for place in sorted({file for file, _ in wanted}):
        rule, path = of_file[place]
        for batch in read_batches((path,), rule, first=place):
            lines = batch.places[1].astype("int64")
            at = np.flatnonzero(np.isin(lines, [line for file, line in wanted if file == place]))
            shown = batch.shown(at, _open_columns(how.table, rule), mask)
            found |= {(place, int(lines[i])): text for i, text in zip(at, shown, strict=True)}
    return found


def _once(records: Rows, verdict: Verdict) -> np.ndarray:
    """Places of the rows that were refused, of a record that stands for many customers the first."""
    at = np.flatnonzero(verdict.bad)
    return at[np.unique(records.record[at], return_index=True)[1]]


def _missed(how: Reading, looks: list[LookedUp]) -> list[str]:
    return [f"{each.missed:,} of {each.asked:,} rows of {how.table.name} found no row of "
            f"{', '.join(each.look.rule.files)} by their {', '.join(each.look.by)}." for each in looks if each.missed]


def _intake(how: Reading, looks: list[LookedUp], rows: Staged, refused: Staged, settled: Settled) -> pd.DataFrame:
    """Table ``intake`` of the files."""
    def by_file(counts: np.ndarray, files: int) -> np.ndarray:
        return np.pad(counts, (0, files - len(counts)))

    later = [file for found in settled.repeated for file in found[FILE].to_pylist()]
    repeated = np.bincount(np.array(later, dtype="int64"), minlength=how.own)
    duplicates, quarantined = by_file(settled.duplicates, how.own), by_file(refused.by_file, len(how.names))
    kept = by_file(rows.by_file, how.own) - duplicates - repeated
    duplicates = np.concatenate([duplicates, *(each.duplicates for each in looks)])
    kept = np.concatenate([kept, *(each.kept for each in looks)])
    return pd.DataFrame({"table": how.called, "file": how.names, "rows": kept + duplicates + quarantined, "kept": kept,
                         "duplicates": duplicates, "quarantined": quarantined})


def last_week(source: Source) -> str | None:
    """The ISO week of the latest time among events, orders, reviews and assignments; None where nothing is dated.

    Rows that keep to their contract count; whether an earlier one has their key is not looked up.
    """
    moments = [moment for name in DATED for part in source.tables.get(name, ()) if "time" in part.rule.columns
               for moment in _latest(reading(source, name, Path()), part)]
    if not moments:
        return None
    return week_of(pd.Series([pd.Timestamp(max(moments), tz="UTC")]), source.timezone)[0]


def _latest(how: Reading, part: Part) -> Iterator[np.datetime64]:
    """Of each batch of the part the latest time in rows that keep to the contract."""
    beside = looked_up(part)
    for batch in read_batches(part.files, part.rule, first=part.first):
        table, verdict = typed(rows_of(batch, part.rule, beside), part.rule, part.rule.columns, how.table, how.before)
        times = table["time"].filter(pa.array(~verdict.bad)).drop_null()
        if len(times):
            yield times.to_numpy().max()
