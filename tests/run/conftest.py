"""A small project of small notebooks, made in a temporary folder."""

import json

import nbformat
import pytest
import yaml

from workbench.run import Job, Options, load_plan, run_plan

PARAMETERS = 'data = "shop"  # source\nweek = "2026-W46"  # ISO week\ntop_n = 10  # count\nsku = "7"  # code\n'


class Silent:
    """Progress that only keeps what it was told."""

    def __init__(self, stop_at=None):
        self.events, self.stop_at = [], stop_at

    def started(self, name, reason):
        self.events.append(("started", name, reason))
        if name == self.stop_at:
            raise KeyboardInterrupt

    def cell(self, name, done, total):
        self.events.append(("cell", name, done, total))

    def settled(self, name, entry):
        self.events.append((entry["status"], name, entry["reason"]))

    def tick(self):
        pass


class Project:
    """Notebooks, a plan and a week folder under one temporary folder."""

    def __init__(self, folder):
        self.folder, self.entries = folder, {}
        self.notebooks, self.week = folder / "notebooks", folder / "reports" / "shop" / "2026-W46"
        self.notebooks.mkdir()
        self.raw = folder / "raw.csv"
        self.raw.write_text("one\n")
        self.silent = Silent()

    def notebook(self, name, *cells, **entry):
        """Write a notebook of these code cells, after a parameters cell, and its entry in the plan."""
        book = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
        parameters = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, id="parameters")
        start = nbformat.v4.new_code_cell("from pathlib import Path\n"
                                          f"here = Path({str(self.folder)!r}) / 'reports' / 'shop' / week", id="start")
        book.cells = [parameters, start]
        book.cells += [nbformat.v4.new_code_cell(cell, id=f"c{i}") for i, cell in enumerate(cells)]
        nbformat.write(book, self.notebooks / f"{name}.ipynb")
        self.entries[name] = entry
        (self.notebooks / "weekly.yml").write_text(yaml.safe_dump({"notebooks": self.entries}, sort_keys=False))

    @staticmethod
    def writes(name, text="'x'"):
        """The code of a cell that writes the table ``name``."""
        return (f"path = here / 'tables' / '{name}.parquet'\npath.parent.mkdir(parents=True, exist_ok=True)\n"
                f"_ = path.write_text({text})")

    @staticmethod
    def finds(name, text="'found'"):
        """The code of a cell that saves the finding of the notebook ``name``."""
        return (f"path = here / 'findings' / '{name}.json'\npath.parent.mkdir(parents=True, exist_ok=True)\n"
                f"_ = path.write_text({text})")

    def finding(self, name):
        return self.week / "findings" / f"{name}.json"

    def job(self, **changes):
        return Job(**{"source": "shop", "week": self.week.name, "data": "shop", "folder": self.week,
                      "offered": frozenset({"reviews"}), "raw": (self.raw,), **changes})

    def plan(self):
        return load_plan(self.notebooks / "weekly.yml")

    def run(self, job=None, stop_at=None, **options):
        """Run the plan; its record's notebooks. Ctrl-C comes when the notebook ``stop_at`` has started."""
        options = {key: frozenset(value) if key in ("only", "force") else value for key, value in options.items()}
        self.silent = Silent(stop_at)
        return run_plan(job or self.job(), self.plan(), Options(**options), self.silent).notebooks

    def started(self):
        """Notebooks whose kernel was started by the last run."""
        return [event[1] for event in self.silent.events if event[0] == "started"]

    def record(self):
        return json.loads((self.week / "run.json").read_text())

    def executed(self, name):
        return nbformat.read(self.week / "notebooks" / f"{name}.ipynb", as_version=4)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    return Project(tmp_path)
