"""Records with what is looked up for them; and those that stand for many customers, a row a customer."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import SourceError
from workbench.tables.look_up import LookedUp
from workbench.tables.records import BATCH, Batch
from workbench.tables.records.pieces import bare
from workbench.tables.rules import TableRule

MOST = 50_000_000  # customers that the records of one batch may stand for
_WHOLE = r"^\d{1,9}(\.0*)?$"


@dataclass(frozen=True)
class Rows:
    """n rows: raw column -> n texts or nulls, those looked up too (``cells``), and the ``places`` (3, n) of their records.

    Attributes:
        missed: look-up -> (n,) whether the record's key is not in its files.
        record: (n,) place of each row's record in its batch.
        member: (n,) number of the row among those of its record, from 0; None where a record is a row. ``of``: (n,) how many
            those are, -1 where the record does not say.
    """

    cells: dict[str, pa.Array]
    places: np.ndarray
    missed: dict[str, np.ndarray]
    record: np.ndarray
    member: np.ndarray | None = None
    of: np.ndarray | None = None


def rows_of(batch: Batch, rule: TableRule, looked_up: list[LookedUp]) -> Rows:
    """The records of the batch, each with what is looked up for it."""
    cells, missed = {name: bare(cells, rule.empty, batch.clean) for name, cells in batch.cells.items()}, {}
    for each in looked_up:
        more, missed[each.look.name] = each.beside(cells)
        cells |= more
    places = batch.places
    return Rows(cells, places, missed, np.arange(places.shape[1]))


def unfolded(rows: Rows, rule: TableRule) -> Iterator[Rows]:
    """The rows themselves; where ``rule.counts`` names a column, each as many times as it says, a batch at a time.

    Raises:
        SourceError: the records stand for more than 50 million customers.
    """
    if not rule.counts:
        yield rows
        return
    cells = rows.cells[rule.counts]
    cells = pc.replace_substring(cells, rule.thousands, "") if rule.thousands else cells
    said = pc.fill_null(pc.match_substring_regex(cells, _WHOLE), False)
    numbers = pc.cast(pc.replace_substring_regex(pc.if_else(said, cells, "-1"), r"\.0*$", ""), pa.int64()).to_numpy()
    each = np.abs(numbers)  # a record that does not say how many stays one row, to be refused
    ends = np.cumsum(each)
    if len(ends) and ends[-1] > MOST:
        raise SourceError(f"rows stand for {ends[-1]:,} customers ('counts: {rule.counts}'), at most {MOST:,} are read")
    for start in range(0, int(ends[-1]) if len(ends) else 0, BATCH):
        at = np.arange(start, min(start + BATCH, ends[-1]))
        record = np.searchsorted(ends, at, side="right")
        taken = pa.array(record)
        yield Rows({name: column.take(taken) for name, column in rows.cells.items()}, rows.places[:, record],
                   {name: missed[record] for name, missed in rows.missed.items()}, rows.record[record],
                   at - (ends[record] - each[record]), numbers[record])
