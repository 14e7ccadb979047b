"""Moments: all that a test needs to know of an arm. Those of two parts of the customers add up (``+``).

They are ``tea_tasting.aggr.Aggregates`` that we fill ourselves: tea-tasting's own reader counts empty values in the
sample size and leaves them out of the mean, which makes false positives.
"""

import numpy as np
from tea_tasting.aggr import Aggregates

from workbench.errors import TableError

VALUE, BASE = "value", "base"


def moments(values: np.ndarray, base: np.ndarray | None = None) -> Aggregates:
    """Count, mean and variance of ``values``, with those of ``base`` and the covariance where it is given.

    Two passes, never sums of squares: exact for means of 1e9 with a deviation of 1 (Chan, Golub & LeVeque 1983).

    Args:
        values, base: shape (customers,), finite.

    Raises:
        TableError: a value is empty or infinite.

    >>> moments(np.array([1.0, 2.0, 3.0])).var(VALUE)
    1.0
    """
    columns = {VALUE: values} if base is None else {VALUE: values, BASE: base}
    columns = {name: np.asarray(column, dtype=np.float64) for name, column in columns.items()}
    for name, column in columns.items():
        if not np.isfinite(column).all():
            place = int(np.flatnonzero(~np.isfinite(column))[0])
            raise TableError(f"{name} of customer {place} is {column[place]}; it must be a number. "
                             "Leave the customer out, or say what an empty value means")
    count = len(values)
    means = {name: float(column.mean()) if count else 0.0 for name, column in columns.items()}
    rest = {name: column - means[name] for name, column in columns.items()}
    degrees = max(count - 1, 1)
    return Aggregates(
        count_=count, mean_=means, var_={name: float(r @ r) / degrees for name, r in rest.items()},
        cov_={} if base is None else {(VALUE, BASE): float(rest[VALUE] @ rest[BASE]) / degrees})
