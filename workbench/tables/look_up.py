"""Rows of further files by their key, as the lines of orders need what stands in the file of the orders.

They are held in memory: the cells that are read, and 16 bytes a row. No row of the table is added or dropped by them; one
whose key they do not have gets empty cells, and is counted.
"""

import secrets
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.tables.records import BATCH, read_batches
from workbench.tables.records.pieces import TEXT, as_codes, bare
from workbench.tables.rules import LookUp

NO_KEY = "empty, and rows are looked up by it"
REPEATED_KEY = "an earlier row has the same, with other values beside it"
_BETWEEN = "\x1f"  # the parts of a key


class LookedUp:
    """What the files of one look-up say; of rows with one key the first counts.

    Attributes:
        kept: (files,) rows whose key is new. ``duplicates``: (files,) rows equal to an earlier one in all that is read.
        refused: the others: (place of the file, line, reason, what may be shown of the line or None).
        asked: rows of the table that had a key; ``missed``: those of them whose key no row has.
    """

    def __init__(self, look: LookUp, files: tuple[Path, ...], tell: Callable[[int], None] = lambda size: None):
        self.look, self.asked, self.missed, self.refused = look, 0, 0, []
        places, parts = [], []
        for batch in read_batches(files, look.rule, tell):
            self.refused += batch.broken
            places.append(batch.places[:2])
            parts.append(pa.table({raw: bare(cells, look.rule.empty) for raw, cells in batch.cells.items()}))
        rows, (file, line) = pa.concat_tables(parts), np.concatenate(places, axis=1).astype("int64")
        cells = {raw: rows[raw].combine_chunks() for raw in rows.column_names}
        del rows, parts, places
        self._cells = {f"{look.name}.{raw}": column for raw, column in cells.items()}
        self._keys = _joined([cells[raw] for raw in look.by.values()])
        self._seed, self._hashes, self._order = _index(self._keys)
        first, at = self._first(self._keys), np.arange(len(file))
        equal = _equal(cells, first)
        kept, repeated = first == at, (first >= 0) & (first < at)
        self.kept, self.duplicates = (np.bincount(file[mask], minlength=len(files)) for mask in (kept, repeated & equal))
        for mask, reason in ((first < 0, NO_KEY), (repeated & ~equal, REPEATED_KEY)):
            said = f"{', '.join(look.by.values())}: {reason}"
            self.refused += [(*place, said, None) for place in zip(file[mask].tolist(), line[mask].tolist(), strict=True)]

    def beside(self, raw: dict[str, pa.Array]) -> tuple[dict[str, pa.Array], np.ndarray]:
        """The cells (``name.column``) beside n rows of the table, and which of them have a key that no row has.

        Args:
            raw: raw column: n cells, without white space around them.
        """
        keys = _joined([raw[name] for name in self.look.by])
        first = self._first(keys)
        there = pc.is_valid(keys).to_numpy(zero_copy_only=False)
        missed = there & (first < 0)
        self.asked, self.missed = self.asked + int(there.sum()), self.missed + int(missed.sum())
        at = pa.array(first, mask=first < 0)
        return {name: column.take(at) for name, column in self._cells.items()}, missed

    def _first(self, keys: pa.Array) -> np.ndarray:
        """(n,) place of the first row with each key, -1 where there is none."""
        if not len(self._order):
            return np.full(len(keys), -1)
        hashes = _hashed(keys, self._seed)
        at = np.minimum(np.searchsorted(self._hashes, hashes), len(self._order) - 1)
        found = self._order[at]
        same = pc.fill_null(pc.equal(self._keys.take(pa.array(found)), keys), False)  # an empty key is none
        return np.where(same.to_numpy(zero_copy_only=False), found, -1)


def _joined(parts: list[pa.Array]) -> pa.Array:
    """Keys of one or several cells; null where one is empty."""
    parts = [as_codes(cells) for cells in parts]
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, pa.scalar(_BETWEEN, TEXT))


def _index(keys: pa.Array) -> tuple[str, np.ndarray, np.ndarray]:
    """A seed by which no two keys have one hash, the hashes in order, and the rows in theirs, earlier rows first."""
    rows, keys = np.flatnonzero(pc.is_valid(keys)), keys.drop_null()
    while True:
        seed = secrets.token_hex(8)
        hashes = _hashed(keys, seed)
        order = np.argsort(hashes, kind="stable")
        hashes = hashes[order]
        again = np.flatnonzero(hashes[1:] == hashes[:-1])
        if pc.all(pc.equal(keys.take(pa.array(order[again])), keys.take(pa.array(order[again + 1]))), min_count=0).as_py():
            return seed, hashes, rows[order]


def _hashed(keys: pa.Array, seed: str) -> np.ndarray:
    # Some at a time: as Python texts they take three times the room.
    hashes = np.empty(len(keys), dtype="uint64")
    for start in range(0, len(keys), BATCH):
        texts = pc.fill_null(keys[start:start + BATCH], "").to_numpy(zero_copy_only=False)
        hashes[start:start + BATCH] = pd.util.hash_array(texts, hash_key=seed, categorize=False)
    return hashes


def _equal(cells: dict[str, pa.Array], first: np.ndarray) -> np.ndarray:
    """Whether each row equals the one at the place that ``first`` says."""
    equal, at = np.full(len(first), True), pa.array(first, mask=first < 0)
    for column in cells.values():
        other = column.take(at)
        both = pc.and_(pc.is_null(column), pc.is_null(other))
        equal &= pc.fill_null(pc.equal(column, other), both).to_numpy(zero_copy_only=False)
    return equal
