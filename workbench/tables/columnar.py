"""Parquet files to records: their columns become the texts that a csv file of them would hold."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.errors import SourceError, did_you_mean
from workbench.tables.pieces import TEXT, Piece
from workbench.tables.rules import TableRule

ROWS = 100_000  # read at a time


def parquet(path: Path, rule: TableRule) -> Iterator[Piece]:
    """The rows, some at a time; ``a.b`` is the field ``b`` of the column ``a``.

    Raises:
        SourceError: the file cannot be read, lacks a column, or one holds lists.
    """
    try:
        with pq.ParquetFile(path) as file:
            wanted, given = {raw: _place(raw, file.schema_arrow, path, rule) for raw in rule.raw_columns}, 0
            for rows in file.iter_batches(ROWS, columns=[".".join(place) for place in wanted.values()]):
                cells = {raw: _texts(_field(rows, place), raw, path, rule) for raw, place in wanted.items()}
                at = np.arange(given + 1, given + len(rows) + 1)
                yield Piece(cells, at, at, _shown(cells))
                given += len(rows)
    except pa.ArrowException as error:
        raise SourceError(f"{path} cannot be read as Parquet ({str(error).splitlines()[0]}); write it anew") from None


def _place(raw: str, schema: pa.Schema, path: Path, rule: TableRule) -> tuple[str, ...]:
    """The column, and the fields within it."""
    parts = (raw,) if raw in schema.names else tuple(raw.split("."))
    kind, names = None, schema.names
    for part in parts:
        if part not in names:
            raise SourceError(f"column {raw!r}{rule.meant(raw)} is not in {path};{did_you_mean(part, names)} The columns "
                              f"found are {', '.join(names)}. Mend 'columns' in source.yml")
        kind = (schema if kind is None else kind).field(part).type
        names = [field.name for field in kind] if pa.types.is_struct(kind) else []
    if pa.types.is_nested(kind):
        way_out = f"its fields are {', '.join(f'{raw}.{name}' for name in names)}" if names else (
            "write the file with a row for each element")
        raise SourceError(f"column {raw!r}{rule.meant(raw)} of {path} is {kind}, not one value a row; {way_out}")
    return parts


def _field(rows: pa.RecordBatch, place: tuple[str, ...]) -> pa.Array:
    column = rows.column(place[0])
    return pc.struct_field(column, list(place[1:])) if place[1:] else column


def _texts(column: pa.Array, raw: str, path: Path, rule: TableRule) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise SourceError(f"column {raw!r}{rule.meant(raw)} of {path} holds bytes, not texts; write it as text")
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), None, column)
    texts = column.cast(TEXT)
    if rule.decimal != "." and (pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return pc.replace_substring(texts, ".", rule.decimal)
    return texts


def _shown(cells: dict[str, pa.Array]):
    def text(record: int) -> str:
        return json.dumps({raw: column[record].as_py() for raw, column in cells.items()}, ensure_ascii=False)

    return text
