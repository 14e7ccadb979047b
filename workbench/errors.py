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


class RunError(WorkbenchError):
    """A notebook or a plan of notebooks could not be run."""


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`` did you mean 'x'?`` for those of ``names`` that begin so, else for the closest, or nothing.

    >>> did_you_mean("timezon", ["timezone", "title"])
    " did you mean 'timezone'?"
    >>> did_you_mean("50_ab", ["30_user_needs", "50_ab_conversion"])
    " did you mean '50_ab_conversion'?"
    """
    names = list(names)
    close = [other for other in names if name and other.startswith(name)] or difflib.get_close_matches(name, names, n=1)
    return f" did you mean {' or '.join(map(repr, close[:3]))}?" if close else ""
