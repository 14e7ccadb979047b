"""What changed against the week before, with 95% intervals."""

import math

import pandas as pd

from workbench.findings import Change
from workbench.uncertainty import NORMAL


def count_change(now: int, before: int) -> Change | None:
    """A count against that of the week before, in %; the interval of the ratio of two Poisson counts on the logarithm.

    >>> count_change(110, 100)
    Change(value=10.0, low=-16.1, high=44.2, unit='%')
    """
    if not now or not before:
        return None
    middle, margin = math.log(now / before), NORMAL * math.sqrt(1 / now + 1 / before)
    return Change(*(round((math.exp(bound) - 1) * 100, 1) for bound in (middle, middle - margin, middle + margin)), "%")


def rate_change(now: pd.Series, before: pd.Series) -> Change | None:
    """Two rows of the funnel, in points; from their Wilson intervals (Newcombe 1998, Stat. Med. 17:873, method 10)."""
    if pd.isna(now["rate"]) or pd.isna(before["rate"]):
        return None
    change = now["rate"] - before["rate"]
    below = math.hypot(now["rate"] - now["rate_ci_lower"], before["rate_ci_upper"] - before["rate"])
    above = math.hypot(now["rate_ci_upper"] - now["rate"], before["rate"] - before["rate_ci_lower"])
    return Change(change * 100, (change - below) * 100, (change + above) * 100, "points")


def sum_change(now: pd.Series, before: pd.Series) -> Change | None:
    """A sum over the seven days against that of the week before, in %: t interval of the seven differences, each day
    less the same day of the week before; the sum of the week before counts as given.
    """
    from scipy.stats import t

    total = before.sum()
    if total <= 0:
        return None
    differences = now.to_numpy() - before.to_numpy()
    change, days = differences.sum(), len(differences)
    margin = t.ppf(0.975, days - 1) * differences.std(ddof=1) * math.sqrt(days)
    return Change(*(value / total * 100 for value in (change, change - margin, change + margin)), "%")
