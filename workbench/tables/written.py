"""Where sorted rows go: Parquet files that are whole or not there."""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from workbench import sealed


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def replace(whole: Path, target: Path) -> None:
    """Rename a file or folder onto another."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir() or whole.is_dir():
        remove(target)
    whole.replace(target)


class Files:
    """Parquet files of one table, renamed onto their place when all are whole: one, or a folder of them.

    They are encrypted where there is a key, unless ``plain``.
    """

    def __init__(self, target: Path, plain: bool = False):
        self.target, self.plain, self.count = target, plain, 0
        self.beside = target.with_name(f".{target.name}.part")
        self._writer = None

    def opened(self, schema: pa.Schema) -> "Files":
        """A context to write in."""
        self.schema = schema
        return self

    def __enter__(self):
        shutil.rmtree(self.beside, ignore_errors=True)
        self.beside.mkdir(parents=True)
        return self

    def __exit__(self, kind, *_):
        self._close()
        if kind is None:
            self._rename()
        shutil.rmtree(self.beside, ignore_errors=True)

    def write(self, rows: pa.RecordBatchReader, name: str) -> None:
        """Write the file ``name``: rows that are sorted as they shall lie."""
        for batch in rows:
            self._open(name).write_table(pa.Table.from_batches([batch]).cast(self.schema))
        self._close()

    def _open(self, name: str) -> pq.ParquetWriter:
        path = self.beside / f"{name}.parquet"
        if self._writer is None or self._writer.where != path:
            self._close()
            self._writer = pq.ParquetWriter(path, self.schema, compression="zstd",
                                            **({} if self.plain else sealed.options()))
            self.count += 1
        return self._writer

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _rename(self) -> None:
        if not self.count:
            self._open("000")
            self._close()
        replace(next(self.beside.iterdir()) if self.count == 1 else self.beside, self.target)
