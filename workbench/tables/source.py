"""What ``source.yml`` says: which raw files fill which table, and how."""

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from workbench import paths
from workbench.errors import SourceError
from workbench.tables.contracts import RAW_NAMES


@dataclass(frozen=True)
class Source:
    """One shop's files. ``tables`` holds the mapping of each raw table, as written in ``source.yml``."""

    name: str
    folder: Path
    timezone: str = "UTC"
    currency: str = ""
    title: str = ""
    tables: dict = field(default_factory=dict)


def load_source(data: str) -> Source:
    """Open a source by name (``data/<name>`` or ``data/examples/<name>``) or by folder."""
    places = [Path(data), paths.project() / "data" / data, paths.project() / "data" / "examples" / data]
    for folder in places:
        if (folder / "source.yml").is_file():
            text = yaml.safe_load((folder / "source.yml").read_text()) or {}
            return Source(text.get("name", folder.resolve().name), folder.resolve(), text.get("timezone", "UTC"),
                          text.get("currency", ""), text.get("title", ""), text.get("tables", {}))
    raise SourceError(f"no source {data!r}: it must be a name under data/ or a folder with a source.yml; "
                      f"looked in {', '.join(map(str, places))}; raw tables are {', '.join(RAW_NAMES)}")
