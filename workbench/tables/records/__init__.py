"""Files to records: csv, JSON, Excel and Parquet, each to cells that are texts, with what could not be cut and why."""

from workbench.tables.records.batches import BATCH, Batch, kind_of, lines_of, read_batches, unpacked
from workbench.tables.records.objects import NO_OBJECT
from workbench.tables.records.pieces import BLANK, EMPTY_FILE, ENCODING
from workbench.tables.records.plain import BOM_INSIDE, CUT, HEADER_AGAIN, SURPLUS

__all__ = ["BATCH", "BLANK", "BOM_INSIDE", "CUT", "EMPTY_FILE", "ENCODING", "HEADER_AGAIN", "NO_OBJECT", "SURPLUS", "Batch",
           "kind_of", "lines_of", "read_batches", "unpacked"]
