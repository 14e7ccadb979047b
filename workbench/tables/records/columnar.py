"""Parquet files to records: their columns become the texts that a csv file of them would hold."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.errors import SourceError, did_you_mean
from workbench.tables.records.pieces import TEXT, Piece
from workbench.tables.rules import TableRule

ROWS = 100_000  # read at a time
ROUNDED = "a number with more digits than its type holds, so it was rounded when the file was written; write it as text"
_EXACT = {16: 2**11, 32: 2**24, 64: 2**53}  # bits of a floating number -> from here on not every whole number is one
_BYTES = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)


def parquet(path: Path, rule: TableRule) -> Iterator[Piece]:
    """The rows, some at a time; ``a.b`` is the field ``b`` of the column ``a``.

    Raises:
        SourceError: the file cannot be read, lacks a column, or one holds lists.
    """
    # As nanoseconds, times beyond 2262 would begin anew.
    with _named(path), pq.ParquetFile(path, coerce_int96_timestamp_unit="us") as file:
        wanted, given = {raw: _place(raw, file.schema_arrow, path, rule) for raw in rule.raw_columns}, 0
        for rows in file.iter_batches(ROWS, columns=[".".join(place) for place in wanted.values()]):
            yield _piece({raw: _field(rows, place) for raw, place in wanted.items()}, path, rule,
                         np.arange(given + 1, given + len(rows) + 1))
            given += len(rows)


def parquet_lines(path: Path) -> Iterator[str]:
    """Every row as JSON, of all columns.

    Raises:
        SourceError: the file cannot be read.
    """
    with _named(path), pq.ParquetFile(path, coerce_int96_timestamp_unit="us") as file:
        for rows in file.iter_batches(ROWS // 10):
            yield from (json.dumps(row, ensure_ascii=False, default=str) for row in rows.to_pylist())


@contextmanager
def _named(path: Path):
    """What Arrow can't read is said with the name of the file."""
    try:
        yield
    except pa.ArrowException as error:
        raise SourceError(f"{path} cannot be read as Parquet ({str(error).splitlines()[0]}); write it anew") from None


def _piece(columns: dict[str, pa.Array], path: Path, rule: TableRule, numbers: np.ndarray) -> Piece:
    """Rows with their ``numbers`` in the file."""
    cells = {raw: _texts(column, raw, path, rule) for raw, column in columns.items()}
    rounded = sum(map(_rounded, columns.values()), np.zeros(len(numbers), dtype=bool))
    broken = [(int(numbers[place]), ROUNDED, rule.separator.join(column[place].as_py() or "" for column in cells.values()))
              for place in np.flatnonzero(rounded).tolist()]
    if broken:
        numbers, cells = numbers[~rounded], {raw: column.filter(pa.array(~rounded)) for raw, column in cells.items()}
    return Piece(cells, numbers, numbers, _shown(cells), broken)


def _rounded(column: pa.Array) -> np.ndarray:
    """(n,) which cells are floating numbers too large to be exact."""
    if not pa.types.is_floating(column.type):
        return np.zeros(len(column), dtype=bool)
    size = np.abs(column.to_numpy(zero_copy_only=False))
    return (size >= _EXACT[column.type.bit_width]) & (size < np.inf)


def _place(raw: str, schema: pa.Schema, path: Path, rule: TableRule) -> tuple[str, ...]:
    """The column, and the fields within it."""
    parts = (raw,) if raw in schema.names else tuple(raw.split("."))
    kind, names = None, schema.names
    for part in parts:
        if part not in names:
            raise SourceError(f"column {raw!r}{rule.meant(raw)} is not in {path};{did_you_mean(part, names)} The columns "
                              f"found are {', '.join(names)}. Mend 'columns' in source.yml")
        if names.count(part) > 1:
            raise SourceError(f"column {raw!r} stands in {path} twice; rename one of them in the file")
        kind = (schema if kind is None else kind).field(part).type
        names = [field.name for field in kind] if pa.types.is_struct(kind) else []
    if pa.types.is_nested(kind):
        way_out = f"its fields are {', '.join(f'{raw}.{name}' for name in names)}" if names else (
            "write the file with a row for each element")
        raise SourceError(f"column {raw!r}{rule.meant(raw)} of {path} is {kind}, not one value a row; {way_out}")
    return parts


def _field(rows: pa.RecordBatch, place: tuple[str, ...]) -> pa.Array:
    column = rows.column(place[0])
    column = pc.struct_field(column, list(place[1:])) if place[1:] else column
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _texts(column: pa.Array, raw: str, path: Path, rule: TableRule) -> pa.Array:
    kind = column.type
    if isinstance(kind, pa.UuidType):
        return pa.array([each and str(each) for each in column.to_pylist()], TEXT)
    if any(of(kind) for of in _BYTES):
        raise SourceError(f"column {raw!r}{rule.meant(raw)} of {path} holds bytes, not texts; write it as text")
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pc.replace_substring(_digits(column), ".", rule.decimal)
    texts = column.cast(TEXT)
    texts.validate(full=True)  # some write bytes that are no UTF-8 into a column of texts
    return texts


def _digits(column: pa.Array) -> pa.Array:
    """Floating and decimal numbers without an exponent, which no code has; what is no number is missing.

    >>> _digits(pa.array([17850.0, 12345678901.0, 0.00001, 4.5, float("nan"), None])).to_pylist()
    ['17850', '12345678901', '0.00001', '4.5', None, None]
    """
    floating = pa.types.is_floating(column.type)
    column = pc.if_else(pc.is_nan(column), None, column) if floating else column
    texts = column.cast(TEXT)
    exponent = pc.fill_null(pc.match_substring(texts, "e", ignore_case=True), False)
    if not pc.any(exponent).as_py():
        return texts
    numbers = column.filter(exponent).to_numpy(zero_copy_only=False)
    written = [np.format_float_positional(each, trim="-") if floating else f"{each:f}" for each in numbers]
    return pc.replace_with_mask(texts, exponent, pa.array(written, TEXT))


def _shown(cells: dict[str, pa.Array]):
    def text(record: int) -> str:
        return json.dumps({raw: column[record].as_py() for raw, column in cells.items()}, ensure_ascii=False)

    return text
