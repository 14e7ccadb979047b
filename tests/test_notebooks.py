"""The static rules of a notebook (CONTRIBUTING.md), and the plan held against what notebooks read and write."""

import ast
import re
from pathlib import Path

import pytest

from workbench.run import declared_parameters, load_cells, load_plan
from workbench.run.parameters import code_of
from workbench.tables.contracts import RAW_NAMES, TABLES

FOLDER = Path(__file__).parent.parent / "notebooks"
PLAN = load_plan(FOLDER / "weekly.yml")
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
MAGIC = re.compile(r"^\s*[!%]", re.MULTILINE)


def code(path):
    return [cell for cell in load_cells(path) if cell["cell_type"] == "code"]


def prose(path):
    return [cell["source"] for cell in load_cells(path) if cell["cell_type"] == "markdown"]


def test_the_plan_and_the_folder_hold_the_same_notebooks():
    assert sorted(PLAN.steps) == [path.stem for path in NOTEBOOKS]


@each
def test_the_title_is_a_question_and_stands_alone(path):
    titles = [line for text in prose(path) for line in text.splitlines() if line.startswith("# ")]
    assert len(titles) == 1 and titles[0].endswith("?"), titles
    first = load_cells(path)[0]
    assert first["cell_type"] == "markdown" and first["source"].startswith("# ")
    assert "Reads" in first["source"] and "Writes" in first["source"] and "minute" in first["source"]


@each
def test_parameters_come_first_and_are_plain(path):
    cells = code(path)
    assert "parameters" in cells[0]["metadata"].get("tags", [])
    declared = declared_parameters(cells)
    assert {"data", "week"} <= set(declared) and len(declared) <= 7
    for line in cells[0]["source"].splitlines():
        assert line.count("=") == 1, f"{line!r}: a second = hides the parameter from papermill"
        assert re.search(r"  # \S", line), f"{line!r} says no meaning"
    assert "open_week(data, week" in cells[1]["source"]


@each
def test_parameters_are_used(path):
    text = "\n".join(code_of(load_cells(path))[1:])
    for name in declared_parameters(code(path)):
        assert re.search(rf"\b{name}\b", text), f"parameter {name!r} is never used"


@each
def test_sections(path):
    headings = [line for text in prose(path) for line in text.splitlines() if line.startswith("## ")]
    assert headings[0] == "## Data"
    if path.stem != "90_weekly_report":  # it computes nothing, so there is nothing to be sure of
        assert headings[-1] == "## How sure are we"
    assert 2 <= len(headings) <= 9


@each
def test_cells_are_short_and_only_call(path):
    for cell in code(path):
        source = cell["source"]
        assert source.count("\n") < 12, source
        assert not MAGIC.search(source), source
        for node in ast.walk(ast.parse(source)):
            assert not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda | ast.For | ast.While), source


@each
def test_imports_are_the_workbench_and_at_most_pandas_and_plotly(path):
    for source in code_of(load_cells(path)):
        for node in ast.walk(ast.parse(source)):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module]
            assert {name.split(".")[0] for name in names} <= {"workbench", "pandas", "plotly"}, source


@each
def test_no_outputs_are_committed_and_ids_are_there(path):
    for cell in load_cells(path):
        assert cell["id"]
        assert not cell.get("outputs") and cell.get("execution_count") is None


@each
def test_the_last_cell_shows_what_it_saved(path):
    last = code(path)[-1]["source"]
    if path.stem != "90_weekly_report":
        assert "finding.save(shop)" in last and last.rstrip().endswith("finding")


@each
def test_the_plan_says_what_the_notebook_reads_and_writes(path):
    text, step = "\n".join(code_of(load_cells(path))), PLAN.steps[path.stem]
    read = set(re.findall(r"shop\.(?:read|has)\(\"(\w+)\"", text))
    assert read <= set(step.takes), f"reads {read - set(step.takes)}, and weekly.yml does not say so"
    written = set(re.findall(r"shop\.write\(\"(\w+)\"", text))
    assert written <= set(step.makes), f"writes {written - set(step.makes)}, and weekly.yml does not say so"


def test_the_plan_names_tables_that_there_are():
    for step in PLAN.steps.values():
        assert set(step.requires) <= set(RAW_NAMES)
        for name in (*step.takes, *step.makes):
            assert name in TABLES or "/" in name or "." in name or name in ("raw", "findings", "finding"), name
