"""Staged rows to a table: duplicates and repeated keys are found, the rest is sorted and written, by DuckDB that spills."""

from contextlib import nullcontext
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.tables.cells import KINDS
from workbench.tables.contracts import Table
from workbench.tables.rules import TableRule
from workbench.tables.staging import FILE, LINE, ROW, WEEK, Staged, week_names

SMALL = 1_000_000  # rows that are kept in one file
GROUP = 122_880  # rows of a row group, the least that a reader takes
SAME = "_same_"  # before a text's name: a hash of 128 bits of the text as the file holds it


@dataclass
class Settled:
    """What became of the staged rows.

    Attributes:
        duplicates: by the place of their file.
        repeated: rows whose key an earlier row has: ``_file, _line, value``.
        aside: rows kept that lie after the end of the week, not in the table.
    """

    duplicates: np.ndarray
    repeated: list[pa.Table] = field(default_factory=list)
    aside: int = 0


class Settling:
    """How the rows of one table are settled.

    Args:
        connection: of DuckDB.
        told: the columns in which a duplicate is equal (:func:`told_columns`); none: duplicates are kept. ``across``: a
            duplicate lies in another file.
        end: first moment after the week, as UTC; None: no row is set aside.
    """

    def __init__(self, connection, table: Table, told: list[str], across: bool, end: pd.Timestamp | None):
        self.connection, self.table, self.told, self.across, self._rest = connection, table, told, across, ""
        self.end = None if end is None or "time" not in table.names else int(end.timestamp() * 1_000_000)

    def settle(self, staged: Staged, target, tell=lambda: None) -> Settled:
        """Find duplicates and repeated keys; give the rest to ``target`` (``Files``, or None: to nobody).

        ``tell`` is called after each range of customers.
        """
        settled = Settled(np.zeros(len(staged.by_file), dtype="int64"))
        by_week = staged.rows > SMALL and self.table.sorted_by
        with target.opened(schema_of(self.table)) if target else nullcontext() as written:
            for part in range(staged.parts):
                if staged.rows and staged.view(self.connection, part):
                    self._doom(settled)
                    for week in (self._weeks() if by_week else [None]) if target else ():
                        of_week = "" if week is None else f"{week_names()[week]}-"
                        written.write(self._sorted(week), f"{of_week}{part:03}")
                tell()
        return settled

    def _doom(self, settled: Settled) -> None:
        """Table ``doomed``: the running numbers of rows that are not written, if there are any."""
        self._rest, run = "", self.connection.execute
        if self.told and self._twice():
            run(f"CREATE OR REPLACE TEMP TABLE doomed AS {_again(self.told, self.across)}")
            for file, rows in run(f"SELECT {FILE}, count(*) FROM doomed GROUP BY ALL").fetchall():
                settled.duplicates[file] += rows
                self._rest = f" ANTI JOIN doomed USING ({ROW})"
        if self.table.key:
            self._repeat(settled)
        if self.end is not None:
            settled.aside += run(f"SELECT count(*) FROM staged{self._rest} WHERE epoch_us(time) >= ?",
                                 [self.end]).fetchone()[0]

    def _twice(self) -> bool:
        """View ``twice``: the hashes that more than one row has, if there are any: what then follows is seldom to be done.

        Sorting eight bytes a row costs two thirds of grouping by them.
        """
        hashes = self.connection.execute(f"SELECT {_hash(self.told)} AS h FROM staged").fetchnumpy()["h"]
        hashes.sort()
        again = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])
        self.connection.register("twice", pa.table({"h": again}))
        return len(again) > 0

    def _repeat(self, settled: Settled) -> None:
        """Rows whose key an earlier row has are doomed too."""
        key, run = ", ".join(map(_quoted, self.table.key)), self.connection.execute
        shown = f"CAST({key} AS VARCHAR)" if len(self.table.key) == 1 else "CAST(NULL AS VARCHAR)"
        run(f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT {ROW}, {FILE}, {LINE}, {shown} AS value FROM (SELECT *, "
            f"row_number() OVER (PARTITION BY {key} ORDER BY {ROW}) AS place FROM staged{self._rest}) WHERE place > 1")
        found = run(f"SELECT {FILE}, {LINE}, value FROM repeated ORDER BY {ROW}").to_arrow_table()
        if len(found):
            settled.repeated.append(found)
            before = f"UNION ALL SELECT {ROW} FROM doomed" if self._rest else ""
            run(f"CREATE OR REPLACE TEMP TABLE gone AS SELECT {ROW} FROM repeated {before}")
            self._rest = f" ANTI JOIN gone USING ({ROW})"

    @property
    def _kept(self) -> str:
        within = "TRUE" if self.end is None else f"(time IS NULL OR epoch_us(time) < {self.end})"
        return f"FROM staged{self._rest} WHERE {within}"

    def _weeks(self) -> list[int]:
        return [week for week, in self.connection.execute(f"SELECT DISTINCT {WEEK} {self._kept} ORDER BY 1").fetchall()]

    def _sorted(self, week: int | None) -> pa.RecordBatchReader:
        """The rows that are kept, all or of one week, as they shall lie.

        Week by week: with the week before the customer in the key DuckDB took twice as long to sort.
        """
        columns = ", ".join(map(_quoted, self.table.names))
        order = [*(f"{_quoted(column)} NULLS LAST" for column in self.table.sorted_by),
                 *(() if self.table.sorted_by else (FILE, LINE)), ROW]
        of_week = "" if week is None else f" AND {WEEK} = {week}"
        return self.connection.execute(
            f"SELECT {columns} {self._kept}{of_week} ORDER BY {', '.join(order)}").to_arrow_reader(GROUP)


def schema_of(table: Table) -> pa.Schema:
    """The table's columns as Parquet holds them."""
    return pa.schema([(column.name, pa.string() if column.kind in ("text", "week") else KINDS[column.kind])
                      for column in table.columns])


def told_columns(table: Table, rules: list[TableRule]) -> list[str]:
    """The columns in which a duplicate is equal: those that the files fill, or each part with a value of its own; of a text
    its hash."""
    ways = [(name, how) for rule in rules for columns in rule.variants() for name, how in columns.items()]
    told = {name for name, how in ways if how.origins or name == "metric" or (len(rules) > 1 and how.constant)}
    return [f"{SAME}{name}" if table[name].personal == "text" else name for name in table.names if name in told]


def _again(told: list[str], across: bool) -> str:
    """The running numbers of rows equal to an earlier one. Only those whose hash comes twice are compared, all of them by
    their values: a hash of 64 bits alone would take different rows for equal once in some thousand tables of 100 million.
    """
    names = ", ".join(map(_quoted, told))
    some = f"SELECT {names}, {FILE}, {ROW} FROM staged WHERE {_hash(told)} IN (FROM twice)"
    if across:
        # Of two equal lines of one file the second is a duplicate only of a second one elsewhere.
        some = f"SELECT *, row_number() OVER (PARTITION BY {names}, {FILE} ORDER BY {ROW}) AS times FROM ({some})"
    group = f"{names}, times" if across else names
    return (f"SELECT {ROW}, {FILE} FROM (SELECT {ROW}, {FILE}, row_number() OVER (PARTITION BY {group} ORDER BY {ROW}) "
            f"AS place FROM ({some})) WHERE place > 1")


def _hash(names: list[str]) -> str:
    return f"hash({', '.join(map(_quoted, names))})"


def _quoted(name: str) -> str:
    return f'"{name}"'  # a name of a contract, never one of a file
