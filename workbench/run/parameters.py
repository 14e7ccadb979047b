"""Parameters of a notebook: what it declares, and whether what was asked for fits, before a kernel starts."""

import ast
import json
from pathlib import Path

from workbench.errors import ParameterError, RunError, did_you_mean


def load_cells(notebook: Path) -> list[dict]:
    """The cells of a notebook file, their ``source`` joined to one text.

    Raises:
        RunError: the file is not a notebook.
    """
    try:
        cells = json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]
    except FileNotFoundError:
        raise RunError(f"no notebook {Path(notebook).stem!r}: there is no file {notebook}") from None
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(f"{notebook} is not a notebook ({error!r}); open it in JupyterLab and save it again") from None
    return [{**cell, "source": "".join(cell["source"])} for cell in cells]


def code_of(cells: list[dict]) -> list[str]:
    """The source of each code cell."""
    return [cell["source"] for cell in cells if cell["cell_type"] == "code"]


def declared_parameters(cells: list[dict]) -> dict:
    """Names and defaults in the cell tagged ``parameters``, in their order; empty without such a cell.

    Raises:
        ParameterError: a line of the cell is not ``name = literal``.

    >>> declared_parameters([{"cell_type": "code", "metadata": {"tags": ["parameters"]},
    ...                       "source": 'top_n = 10  # needs shown, count'}])
    {'top_n': 10}
    """
    source = next((cell["source"] for cell in cells if "parameters" in cell["metadata"].get("tags", [])), "")
    declared = {}
    for node in ast.parse(source).body:
        try:
            (target,) = node.targets
            declared[target.id] = ast.literal_eval(node.value)
        except (AttributeError, ValueError):
            raise ParameterError(f"the parameters cell holds {ast.unparse(node)!r}; "
                                 f"it may only hold lines like: name = literal  # meaning, unit") from None
    return declared


def check_parameters(notebook: str, declared: dict, given: dict) -> dict:
    """``given`` as values of the declared types; a text is read as a literal of the default's type.

    Raises:
        ParameterError: a name is unknown, or a value is of another type than the default.

    >>> check_parameters("30_user_needs", {"sku": "", "top_n": 10}, {"sku": "00123", "top_n": "20"})
    {'sku': '00123', 'top_n': 20}
    >>> check_parameters("30_user_needs", {"top_n": 10}, {"topn": "20"})
    Traceback (most recent call last):
    workbench.errors.ParameterError: notebook '30_user_needs' has no parameter 'topn'; did you mean 'top_n'? \
It has top_n
    """
    return {name: _fit(notebook, name, value, declared) for name, value in given.items()}


def _fit(notebook: str, name: str, value, declared: dict):
    if name not in declared:
        raise ParameterError(f"notebook {notebook!r} has no parameter {name!r};{did_you_mean(name, declared)} "
                             f"It has {', '.join(declared) or 'none'}")
    default = declared[name]
    if isinstance(default, str) and isinstance(value, str):
        return value
    if isinstance(value, str):
        value = _literal(value)
    if isinstance(default, float) and type(value) is int:
        value = float(value)
    if default is not None and type(value) is not type(default):
        kind = type(default).__name__
        raise ParameterError(f"parameter {name!r} of notebook {notebook!r} is {value!r}; it must be "
                             f"of type {kind}, like its default {default!r}")
    return value


def _literal(text: str):
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
