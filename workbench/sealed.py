"""Tables at rest: Parquet, encrypted where the environment holds a key (Parquet modular encryption, AES-256-GCM).

pyarrow writes and reads. DuckDB 1.5.6 reads of such a file only column chunks of a single page and nothing where a filter
leaves rows out ("Computed AES tag differs"), and its own writing asks for an extension that must be fetched: so it is given
what pyarrow reads (:func:`dataset`), and pyarrow writes what it made (:func:`stream`).

One key seals all tables; every page has a random nonce, which AES-GCM allows for 2^32 pages (NIST SP 800-38D, 8.3). A
changed page or footer is detected, a whole file put in the place of another is not.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import paths
from workbench.errors import ParameterError, TableError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

VARIABLE = "WORKBENCH_TABLE_KEY"
MAKE = "make one with: python -c 'import secrets; print(secrets.token_hex(32))'"


def table_key() -> bytes | None:
    """The 32 bytes of ``WORKBENCH_TABLE_KEY``, or None: tables are not encrypted.

    Raises:
        ParameterError: it is not 64 hexadecimal digits.
    """
    given = os.environ.get(VARIABLE, "").strip()
    if not given:
        return None
    if not re.fullmatch("[0-9a-fA-F]{64}", given):
        raise ParameterError(f"{VARIABLE} has {len(given)} characters; a key is 64 hexadecimal digits; {MAKE}")
    return bytes.fromhex(given)


def fingerprint() -> str:
    """Eight characters that tell two keys apart and say nothing about either; ``none`` without a key."""
    key = table_key()
    return hashlib.sha256(b"workbench table key" + key).hexdigest()[:8] if key else "none"


def is_sealed(path: Path) -> bool:
    """Whether a Parquet file is encrypted: it ends in ``PARE`` and not in ``PAR1``."""
    with Path(path).open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 4))
        return file.read() == b"PARE"


def write(frame: "pd.DataFrame", path: Path) -> None:
    """Write a table as Parquet, encrypted where there is a key."""
    frame.to_parquet(path, index=False, **options())


def store(table: "pa.Table", path: Path) -> None:
    """Write an Arrow table as Parquet, encrypted where there is a key."""
    import pyarrow.parquet as pq

    pq.write_table(table, path, **options())


def stream(batches: "pa.RecordBatchReader", path: Path) -> None:
    """Write batches as they come as Parquet, a row group each, encrypted where there is a key."""
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, batches.schema, compression="zstd", **options()) as out:
        for batch in batches:
            out.write_batch(batch)


def seal_spill(connection: "duckdb.DuckDBPyConnection") -> list[str]:
    """Have DuckDB encrypt what it spills, where there is a key; what there is to tell if it cannot, a sentence.

    It writes encrypted with the OpenSSL of its extension httpfs, if that is installed; what it has without (mbedTLS) draws
    random numbers that can be guessed, and is not used.
    """
    import duckdb

    if table_key() is None:
        return []
    try:
        connection.execute("LOAD httpfs")  # from the folder of installed extensions; nothing is fetched
        connection.execute("SET temp_file_encryption = true")
    except duckdb.Error:
        return [f"{VARIABLE} is set, but what DuckDB spills to disk while it works is not encrypted: that needs its "
                "extension httpfs. Install it once, with a network: python -c 'import duckdb; duckdb.sql(\"INSTALL "
                "httpfs\")'; or let WORKBENCH_SPILL and the reports lie on an encrypted disk."]
    return []


def read(files: Iterable[Path], columns: list[str] | None = None) -> "pd.DataFrame":
    """The table in these Parquet files, each encrypted or not.

    Raises:
        TableError: a file is encrypted and there is no key, another one, or the file was changed.
    """
    import pandas as pd
    import pyarrow as pa

    files = list(files)
    if not any(map(is_sealed, files)):
        return pd.read_parquet(files, columns=columns)
    return pa.concat_tables(_loaded(path, columns) for path in files).to_pandas()


def load(path: Path) -> "pa.Table":
    """One Parquet file, encrypted or not, as Arrow.

    Raises:
        TableError: as :func:`read`.
    """
    return _loaded(path, None)


def groups(path: Path) -> "Iterator[pa.Table]":
    """The row groups of one Parquet file, encrypted or not, one after the other: a table of any size passes through memory.

    Raises:
        TableError: as :func:`read`.
    """
    with _opened(path) as file:
        for place in range(file.num_row_groups):
            try:
                rows = file.read_row_group(place)
            except OSError:
                raise _refused(path) from None
            yield rows


def starts(path: Path, column: str) -> list[tuple[str, int]]:
    """The least value of a column in each row group and the group's rows, as the file's footer says; none where it does not.

    Raises:
        TableError: as :func:`read`.
    """
    with _opened(path) as file:
        place = file.schema_arrow.names.index(column)  # before it stands no column of several leaves
        groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
        told = [(group.column(place).statistics, group.num_rows) for group in groups]
        return [(values.min, rows) for values, rows in told if values is not None and values.has_min_max]


def digest(path: Path) -> str:
    """SHA-256 of what is in an encrypted table: its bytes differ whenever it is written.

    Raises:
        TableError: as :func:`read`.
    """
    found = hashlib.sha256()
    for rows in groups(path):
        for batch in rows.to_batches():
            found.update(batch.serialize())
    return found.hexdigest()


def rewrite(path: Path, change: "Callable[[pa.Table], pa.Table]" = lambda rows: rows) -> None:
    """Write a Parquet file anew in its place, a row group at a time, encrypted where there is a key.

    Args:
        change: is given the rows of each group and says what becomes of them.

    Raises:
        TableError: as :func:`read`.
    """
    import pyarrow.parquet as pq

    with _opened(path) as file:
        schema, count = file.schema_arrow, file.num_row_groups
        compression = file.metadata.row_group(0).column(0).compression if count else "SNAPPY"
    with paths.replacing(Path(path)) as beside, pq.ParquetWriter(beside, schema, compression=compression,
                                                                 **options()) as out:
        for rows in map(change, groups(path)):
            if len(rows):
                out.write_table(rows, row_group_size=1 << 20)


def seal(path: Path) -> bool:
    """Encrypt a plain Parquet file in its place; whether there was a key and anything to do."""
    if table_key() is None or is_sealed(path):
        return False
    rewrite(path)
    return True


def dataset(files: list[Path]) -> "ds.Dataset":
    """Encrypted Parquet files of one table for an engine that scans Arrow, as DuckDB does: some batches are held at a time.

    Raises:
        TableError: as :func:`read`; or some of the files are encrypted and others are not.
    """
    import pyarrow.dataset as ds

    if plain := [path for path in files if not is_sealed(path)]:
        raise TableError(f"{plain[0]} is not encrypted and others of its table are; run 10_preprocess again")
    for path in files:
        _opened(path).close()
    scanning = ds.ParquetFragmentScanOptions(decryption_properties=_opening(table_key()))
    return ds.dataset([str(path) for path in files], format=ds.ParquetFileFormat(default_fragment_scan_options=scanning))


def options() -> dict:
    """What a Parquet writer of pyarrow or pandas takes to encrypt; nothing without a key."""
    key = table_key()
    return {"encryption_properties": _sealing(key)} if key else {}


def _sealing(key: bytes):
    from pyarrow.parquet import encryption

    return encryption.create_encryption_properties(footer_key=key)


def _opening(key: bytes):
    from pyarrow.parquet import encryption

    return encryption.create_decryption_properties(footer_key=key)


def _opened(path: Path) -> "pq.ParquetFile":
    import pyarrow.parquet as pq

    if not is_sealed(path):
        return pq.ParquetFile(path)
    key = table_key()
    if key is None:
        raise TableError(f"{path} is encrypted and {VARIABLE} is not set; set it to the key it was written with")
    try:
        return pq.ParquetFile(path, decryption_properties=_opening(key))
    except OSError:
        raise _refused(path) from None


def _loaded(path: Path, columns: list[str] | None):
    with _opened(path) as file:
        try:
            return file.read(columns=columns)
        except OSError:
            raise _refused(path) from None


def _refused(path: Path) -> TableError:
    return TableError(f"{path} cannot be decrypted: it was written with another key than that of {VARIABLE} (fingerprint "
                      f"{fingerprint()}), or it was changed since; set the right key, or delete the file and run again")
