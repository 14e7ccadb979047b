"""The family of errors that a user of the workbench can mend.

Every message names the thing, the value, the rule and the way out.
"""

import difflib
from collections.abc import Iterable


class WorkbenchError(Exception):
    """Root of the family: the command line prints it without a traceback and exits with 2."""


class SourceError(WorkbenchError):
    """A ``source.yml`` is missing or says something that cannot be done."""


class TableError(WorkbenchError):
    """A table breaks its contract, or is not there."""


class ParameterError(WorkbenchError):
    """A parameter is unknown, or its value is outside the rule."""


class ModelError(WorkbenchError):
    """A model is not there, is damaged, or does not fit the task."""


class EngineError(WorkbenchError):
    """An engine is not installed, cannot be reached, or does not take a setting."""


class RunError(WorkbenchError):
    """A notebook or a plan of notebooks could not be run."""


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`` did you mean 'x'?`` for the closest of ``names``, capital or small, or nothing.

    >>> did_you_mean("timezon", ["timezone", "title"]), did_you_mean("SKU", ["who", "sku"])
    (" did you mean 'timezone'?", " did you mean 'sku'?")
    """
    known = {known.casefold(): known for known in names}
    close = difflib.get_close_matches(name.casefold(), [*known], n=1)
    return f" did you mean {known[close[0]]!r}?" if close else ""
