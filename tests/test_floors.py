"""The house: imports go down, never up, never sideways between the rooms of a floor."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "workbench"
FLOORS = {
    "__main__": 5,
    "preparation": 4, "customers": 4, "training": 4, "needs": 4, "opinions": 4, "experiments": 4, "explain": 4, "report": 4,
    "findings": 3, "verdicts": 3,
    "behaviour": 2, "privacy": 2, "figures": 2, "sample": 2, "drafts": 2,
    "readable": 1, "tables": 1, "text": 1, "models": 1, "run": 1,
    "engine": 0, "markup": 0, "sealed": 0, "separated": 0, "uncertainty": 0,
    "errors": -1, "paths": -1,
    "": 0,  # the package itself: its version
}
FILES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    name = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if name == "__init__" else name


def imported_rooms(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively; write the full name"
            names = [node.module]
            if node.module == "workbench":
                names = [f"workbench.{alias.name}" for alias in node.names]
        for name in names:
            if name.split(".")[0] == "workbench":
                part = [*name.split("."), ""][1]
                yield node.lineno, "" if part.startswith("__version") else part


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path):
    here = room(path)
    assert here in FLOORS, f"{path}: room {here!r} stands on no floor; add it to FLOORS and CONTRIBUTING.md"
    for line, there in imported_rooms(path):
        assert there in FLOORS, f"{path}:{line} imports the unknown room {there!r}"
        if there != here:
            assert FLOORS[there] < FLOORS[here], (
                f"{path}:{line}: {here!r} (floor {FLOORS[here]}) imports {there!r} (floor {FLOORS[there]})")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_has_one_screenful_of_ideas(path):
    lines = path.read_text().count("\n")
    assert lines <= 420, f"{path} has {lines} lines; past about 400, split it by noun"
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "misc"}


def test_no_circle_inside_a_room():
    edges = {}
    for path in FILES:
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        tree = ast.parse(path.read_text())
        edges[module] = {node.module for node in tree.body
                         if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("workbench.")}
    done, open_ = set(), []

    def walk(module):
        if module in done or module not in edges:
            return
        assert module not in open_, " -> ".join([*open_, module])
        open_.append(module)
        for target in edges[module]:
            walk(target)
        done.add(open_.pop())

    for module in edges:
        walk(module)
