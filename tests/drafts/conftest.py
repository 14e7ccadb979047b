"""Files in a folder, and what is drafted of them."""

import pytest
import yaml

from tests.raw import read_source
from workbench.drafts import draft
from workbench.tables import load_source


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "My exports"
    place.mkdir()
    return place


def written(folder, refused=0, **files):
    """The files, and what the draft of their folder says; so many rows are refused on purpose."""
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    made = draft(folder)
    (folder / "source.yml").write_text(made.text, encoding="utf-8")
    raw = read_source(load_source(str(folder)))
    assert len(raw.quarantine) == refused
    return made, yaml.load(made.text, yaml.BaseLoader)["tables"], raw.frames


def csv(header, row, rows=40, separator=","):
    """A file of rows, each made of its number."""
    return "\n".join([header, *(row(i) for i in range(rows))]).replace("|", separator) + "\n"
