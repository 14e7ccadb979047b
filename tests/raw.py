"""What the files of a source hold, past no door: for tests, which know what they planted. The package has no such way."""

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from workbench import sealed
from workbench.tables import conform, contract
from workbench.tables.read import Reader, Targets, reading
from workbench.tables.source import Source
from workbench.tables.written import Files


class Open:
    """No door: ids and texts stay as the files hold them."""

    fingerprint = "open"

    def __init__(self):
        self.masked = Counter()

    def through(self, table, rows):
        return rows

    def gone(self, rows):
        return None

    def mask(self, text):
        return text


@dataclass(frozen=True)
class Raw:
    """Raw tables by name, as their contracts say, and the tables ``intake`` and ``quarantine``."""

    frames: dict[str, pd.DataFrame]
    intake: pd.DataFrame
    quarantine: pd.DataFrame


def read_source(source: Source) -> Raw:
    """Every table that the source offers."""
    frames, intake, refused = {}, [], []
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name in source.tables:
            table, quarantine = (Path(folder) / f"{name}.{what}" for what in ("table", "quarantine"))
            targets = Targets(Files(table, plain=True), Files(quarantine, plain=True))
            intake.append(Reader(connection, Open()).read(reading(source, name, Path(folder) / "staged"), targets).intake)
            frames[name] = _rows(table, name)
            refused.append(_rows(quarantine, "quarantine"))
    return Raw(frames, conform(pd.concat(intake, ignore_index=True), contract("intake")),
               pd.concat(refused, ignore_index=True))


def _rows(path: Path, name: str) -> pd.DataFrame:
    return conform(sealed.read(sorted(path.glob("*.parquet")) if path.is_dir() else [path]), contract(name))
