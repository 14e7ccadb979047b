"""Rows on their way from batches to a table: in memory while they are few, in Parquet parts beside when they are many."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench import sealed
from workbench.tables.records.pieces import TEXT

HELD = 64 << 20  # bytes held before they are written
FILE, LINE, ROW, WEEK = "_file", "_line", "_row", "_week"  # place of the file, line, running number, start of the ISO week


class Staged:
    """Rows of one table, split into ``ranges`` of customers by the first digits of their pseudonyms.

    Use it as a context: what it wrote below ``folder`` goes with it.

    Attributes:
        rows: how many there are; ``by_file``: by the place of their file.
    """

    def __init__(self, folder: Path, ranges: int = 1):
        self.folder, self.ranges, self.rows, self.by_file = folder, ranges, 0, np.zeros(0, dtype="int64")
        self._held: list[pa.Table] = []
        self._size, self._writers = 0, {}

    def __enter__(self):
        self.clear()
        return self

    def __exit__(self, *_):
        for writer in self._writers.values():
            writer.close()
        self.clear()

    def clear(self) -> None:
        """Remove what lies in the folder: nothing of an interrupted run is taken for whole."""
        if self.folder.exists():
            for path in self.folder.iterdir():
                path.unlink()
            self.folder.rmdir()

    def add(self, rows: pa.Table) -> None:
        """Take rows; they have columns ``_file`` and ``_line``, and get their running number ``_row``."""
        numbers = pa.array(np.arange(self.rows, self.rows + len(rows)))
        rows = rows.append_column(ROW, numbers)
        counts = np.bincount(rows[FILE].to_numpy(), minlength=len(self.by_file))
        counts[:len(self.by_file)] += self.by_file
        self.by_file = counts
        self.rows += len(rows)
        self._held.append(rows)
        self._size += rows.nbytes
        if self._size >= HELD:
            self._flush()

    def finish(self) -> None:
        """No more rows come."""
        if self._writers and self._held:
            self._flush()
        for writer in self._writers.values():
            writer.close()

    def view(self, connection, part: int) -> bool:
        """Make a range of customers the view ``staged`` of a DuckDB connection; False where nobody is in it."""
        path = self._path(part)
        connection.unregister("staged")  # what lies in memory would hide it
        if path.exists() and sealed.is_sealed(path):
            connection.register("staged", sealed.dataset([path]))
            return True
        if path.exists():
            connection.read_parquet(str(path)).create_view("staged", replace=True)
            return True
        if self._writers or part or not self._held:
            return False
        connection.register("staged", pa.concat_tables(self._held))
        return True

    @property
    def parts(self) -> int:
        """Ranges to be settled: one where all rows are in memory."""
        return self.ranges if self._writers else 1

    def _path(self, part: int) -> Path:
        return self.folder / f"{part:03}.parquet"

    def _flush(self) -> None:
        rows, self._held, self._size = pa.concat_tables(self._held), [], 0
        if not len(rows):
            return
        if self.ranges == 1:
            self._write(0, rows)
            return
        codes = range_of(rows["customer"], self.ranges)
        # As text: every part would hold the names of all customers of the batch again.
        rows = rows.set_column(rows.column_names.index("customer"), "customer", rows["customer"].cast(TEXT))
        order = np.argsort(codes, kind="stable")
        ends = np.cumsum(np.bincount(codes, minlength=self.ranges))
        rows = rows.take(pa.array(order))
        for part, (start, end) in enumerate(zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)):
            if end > start:
                self._write(part, rows.slice(start, end - start))

    def _write(self, part: int, rows: pa.Table) -> None:
        if part not in self._writers:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            encoded = [field.name for field in rows.schema if pa.types.is_dictionary(field.type)]
            self._writers[part] = pq.ParquetWriter(self._path(part), rows.schema, compression="none",
                                                   write_statistics=False, use_dictionary=encoded, **sealed.options())
        self._writers[part].write_table(rows)


def range_of(customers: pa.ChunkedArray, ranges: int) -> np.ndarray:
    """The range of each customer: the first four hexadecimal digits of the pseudonym in ``ranges`` equal shares.

    Whoever has no pseudonym is in the first.

    >>> range_of(pa.chunked_array([["c-0000aa", "c-7fff00", "c-8000bb", "17850", None]]), 2).tolist()
    [0, 0, 1, 0, 0]
    """
    encoded = customers.combine_chunks()
    encoded = encoded if pa.types.is_dictionary(encoded.type) else encoded.dictionary_encode()
    digits = pc.utf8_slice_codeunits(encoded.dictionary.cast(pa.large_string()), 2, 6)
    fits = pc.match_substring_regex(digits, "^[0-9a-f]{4}$")
    texts = "".join(pc.fill_null(pc.if_else(fits, digits, "0000"), "0000").to_pylist())
    shares = np.frombuffer(bytes.fromhex(texts), dtype=">u2").astype("int64") * ranges >> 16
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    return np.append(shares, 0)[codes]


_MONDAYS = pd.date_range("1989-12-25", "2100-01-04", freq="7D")


@cache
def week_names() -> list[str]:
    """The names of all ISO weeks from 1990 to 2100, as ``2026-W46``."""
    days = _MONDAYS.isocalendar()
    return [f"{year}-W{week:02}" for year, week in zip(days["year"], days["week"], strict=True)]


@cache
def week_starts(timezone: str) -> np.ndarray:
    """The first moments of all ISO weeks from 1990 to 2100 where the shop is, as UTC."""
    there = _MONDAYS.tz_localize(timezone, ambiguous=True, nonexistent="shift_forward")
    return there.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[us]")
