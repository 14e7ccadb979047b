"""Small shops, written in a temporary folder."""

from typing import ClassVar

import pytest
import yaml

from tests.raw import read_source
from workbench.tables import load_source


class Shop:
    """A folder with a ``source.yml`` of one table or several, and its files."""

    EVENTS: ClassVar = {"customer": "who", "item": "sku", "time": {"from": "when", "unit": "seconds"},
                        "behaviour": {"from": "what", "values": {"pv": "view", "buy": "buy"}}}

    def __init__(self, folder):
        self.folder = folder

    def says(self, tables, **top):
        """Write ``source.yml``."""
        said = {"name": "shop", **top, "tables": tables}
        (self.folder / "source.yml").write_text(yaml.safe_dump(said, sort_keys=False), "utf-8")
        return self

    def holds(self, name, content):
        """Write a file, text or bytes."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self

    def load(self):
        return load_source(str(self.folder))

    def read(self):
        return read_source(self.load())

    def events(self, content, file="events.csv", **rule):
        """Read one file of events; ``rule`` changes how."""
        self.says({"events": {"files": file, "columns": self.EVENTS, **rule}})
        return self.holds(file, content).read()

    @staticmethod
    def refused(raw):
        """What the quarantine says, short: (line, column, value, reason without the column)."""
        table = raw.quarantine.astype(object).where(raw.quarantine.notna(), None)
        said = [(row.line, row.column, row.value, row.reason) for row in table.itertuples()]
        assert all(reason.startswith(f"{column}: ") for _, column, _, reason in said if column)
        return [(line, column, value, reason.removeprefix(f"{column}: ")) for line, column, value, reason in said]


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)

