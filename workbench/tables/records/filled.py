"""Cells that an export leaves empty below the first row of a group, as of one order: they take the cell above."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.tables.records.pieces import TEXT, bare
from workbench.tables.rules import TableRule


@dataclass(frozen=True)
class Above:
    """The row above a batch: the place of its ``file``, and its raw ``cells``, filled."""

    file: int = -1
    cells: dict[str, str | None] = field(default_factory=dict)


def filled(cells: dict[str, pa.Array], files: np.ndarray, rule: TableRule, above: Above) -> dict[str, pa.Array]:
    """The cells of n records, those that ``rule.fill_down`` names filled; never from another file.

    Args:
        cells: raw column: n texts or nulls. ``files``: (n,) the place of each record's file.
        above: what stands before the first of them.
    """
    if rule.fill_down is None:
        return cells
    under = {name: pa.concat_arrays([pa.array([above.cells.get(name)], TEXT), cells[name]])
             for name in (rule.fill_down.of, *rule.fill_down.columns)}
    group = pc.fill_null(bare(under[rule.fill_down.of], rule.empty).dictionary_encode().indices, -1).to_numpy()
    at, files = np.arange(len(group)), np.append(above.file, files)
    begins = np.append(True, (group[1:] != group[:-1]) | (group[1:] < 0) | (files[1:] != files[:-1]))
    first = np.maximum.accumulate(np.where(begins, at, 0))
    found = dict(cells)
    for name in rule.fill_down.columns:
        there = pc.is_valid(bare(under[name], rule.empty)).to_numpy(zero_copy_only=False)
        last = np.maximum.accumulate(np.where(there, at, -1))
        found[name] = under[name].take(pa.array(np.where(last >= first, last, at)[1:]))
    return found
