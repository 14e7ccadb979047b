import os
import time

import pytest

from workbench.paths import project
from workbench.run.closure import code_files, libraries
from workbench.run.fingerprint import Hashes
from workbench.run.parameters import code_of, load_cells


def package(root, **files):
    for name, text in files.items():
        path = root / "workbench" / name.replace("__", "/")
        path = path.with_name(path.name + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for folder in {p.parent for p in (root / "workbench").rglob("*.py")}:
        (folder / "__init__.py").touch()


def test_the_closure_follows_imports_also_inside_functions(tmp_path):
    package(tmp_path, needs="from workbench import text\n", text="def f():\n    import workbench.words\n", words="",
            other="import workbench.needs\n", errors="")
    found = code_files(["from workbench import needs"], tmp_path)
    assert set(found) == {"workbench/__init__.py", "workbench/needs.py", "workbench/text.py", "workbench/words.py"}


def test_templates_beside_a_module_count(tmp_path):
    package(tmp_path, report__page="")
    (tmp_path / "workbench" / "report" / "page.jinja").write_text("x")
    assert "workbench/report/page.jinja" in code_files(["import workbench.report.page"], tmp_path)


def test_a_room_without_a_front_is_used_file_by_file(tmp_path):
    package(tmp_path, figures__shop="from workbench.figures import look\n", figures__look="", figures__needs="")
    found = code_files(["from workbench.figures import shop as charts"], tmp_path)
    assert {name.split("figures/")[1] for name in found if "figures/" in name} == {"__init__.py", "shop.py", "look.py"}


@pytest.mark.parametrize("path", sorted((project() / "notebooks").glob("[0-8]*.ipynb")), ids=lambda path: path.stem)
def test_a_change_of_other_figures_runs_no_notebook(path):
    files = code_files(code_of(load_cells(path)))
    figures = {name.split("figures/")[1] for name in files if "/figures/" in name}
    assert len(figures - {"__init__.py", "look.py"}) <= 1, f"{path.name} waits for figures of other answers: {figures}"


def test_libraries_behind_a_cell(tmp_path):
    package(tmp_path, models="def f():\n    import torch.nn\n")
    assert libraries(["import workbench.models", "import pandas as pd"], tmp_path) >= {"torch", "pandas"}


def test_a_large_file_is_read_once_and_again_when_touched(tmp_path, monkeypatch):
    monkeypatch.setattr(Hashes, "LARGE", 3)
    path, memory = tmp_path / "a", tmp_path / "m.json"
    path.write_text("abcd")
    old = time.time() - 60
    os.utime(path, (old, old))
    hashes = Hashes(memory)
    first = hashes.file(path)
    hashes.save()
    assert Hashes(memory).known[str(path)][2] == first
    path.write_text("abce")
    assert Hashes(memory).file(path) != first
    assert Hashes().file(tmp_path / "none") == "missing"
