"""Which files of the package a notebook uses: the closure of its imports, read and never run."""

import ast
from functools import cache
from pathlib import Path

PACKAGE = "workbench"
ROOT = Path(__file__).resolve().parents[2]


def code_files(sources: list[str], root: Path = ROOT) -> dict[str, Path]:
    """Files of the package behind these code cells, by their path from ``root``, which holds it.

    Imports inside functions count; files that are not Python (templates, styles, word lists) count with the
    folder of the modules beside them.
    """
    modules, todo = set(), [name for source in sources for name in imported(source)]
    while todo:
        module = _module(root, todo.pop())
        if module and module not in modules:
            modules.add(module)
            todo += _imported_by(module, module.stat().st_mtime_ns)
            todo += [".".join(folder.parts) for folder in module.relative_to(root).parents]
    beside = {path for folder in {module.parent for module in modules} for path in folder.iterdir()
              if path.is_file() and path.suffix not in (".py", ".pyc") and not path.name.startswith(".")}
    return {path.relative_to(root).as_posix(): path for path in sorted(modules | beside)}


def libraries(sources: list[str], root: Path = ROOT) -> set[str]:
    """Top-level names of all that the cells and the package's files behind them import.

    >>> sorted(libraries(["import pandas as pd", "from json import loads"]))
    ['json', 'pandas']
    """
    names = {name for source in sources for name in imported(source)}
    for path in code_files(sources, root).values():
        if path.suffix == ".py":
            names.update(_imported_by(path, path.stat().st_mtime_ns))
    return {name.split(".")[0] for name in names}


def imported(source: str) -> list[str]:
    """Dotted names a piece of code imports; ``from a import b`` gives both ``a`` and ``a.b``.

    >>> imported("from workbench.tables import open_week")
    ['workbench.tables', 'workbench.tables.open_week']
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []  # a broken cell fails when it runs; its text is hashed anyway
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


@cache
def _imported_by(path: Path, _changed: int) -> list[str]:
    return imported(path.read_text(encoding="utf-8"))


def _module(root: Path, name: str) -> Path | None:
    if name.split(".")[0] != PACKAGE:
        return None
    path = root.joinpath(*name.split("."))
    return next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()), None)
