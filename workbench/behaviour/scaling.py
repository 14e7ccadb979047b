"""Standardised features: a scaler that is fitted once and kept, and how far each feature has moved from it since.

Drift is the population stability index over the tenths of the fit: sum of (a - e) ln(a / e) over bins, a the share of
customers now and e then. Read as usual in credit scoring: below 0.1 stable, up to 0.25 look at it, above it moved (Siddiqi
2006, Credit Risk Scorecards, p. 137). Two draws of one population give (1/n + 1/m) times a chi-square of bins - 1
(Yurdakul and Naranjo 2020, J. Risk Model Validation 14(4)): its 95% point is what chance alone may give.
"""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.behaviour.features import FEATURES
from workbench.engine import arrow
from workbench.errors import TableError
from workbench.tables import contract
from workbench.tables.contracts import READINGS

if TYPE_CHECKING:
    import ibis.expr.types as ir

TENTHS = [i / 10 for i in range(1, 10)]
LOOK, MOVED = .1, .25
STABLE, WATCH, GONE = READINGS
_LEAST = .5  # customers a bin is taken to hold at least: the logarithm of nothing is infinite


def scaler(customers: "ir.Table", week: str) -> pd.DataFrame:
    """Mean, deviation and tenths of every feature: table ``scaler``. Empty values are left out.

    A deviation that is nothing but rounding (below 1e-9 of the largest value) is 0.

    Args:
        week: ISO week of the customers: the fit carries its name.
    """
    asked = {}
    for name in FEATURES:
        value = customers[name].cast("float64")
        asked |= {f"{name}.mean": value.mean(), f"{name}.deviation": value.std(how="pop"),
                  f"{name}.largest": value.abs().max(), f"{name}.customers": value.count(),
                  f"{name}.tenths": value.quantile(TENTHS)}
    told = arrow(customers.aggregate(**asked)).to_pylist()[0]
    rows = [_row(name, {key.removeprefix(f"{name}."): value for key, value in told.items() if key.startswith(f"{name}.")})
            for name in FEATURES]
    table = pd.DataFrame(rows).assign(fitted=week)
    counts = [[then for then, _ in bins] for bins in _counts(customers, table, table)]
    return table.assign(bins=counts)[contract("scaler").names]


def _row(feature: str, told: dict) -> dict:
    there = told["customers"] > 0
    deviation = told["deviation"] if there else None
    if there and (deviation is None or deviation <= 1e-9 * told["largest"]):
        deviation = 0.0
    edges = sorted(set(told["tenths"])) if there else []
    return {"feature": feature, "mean": told["mean"] if there else None, "deviation": deviation,
            "customers": told["customers"], "edges": edges}


def standardise(customers: "ir.Table", by: pd.DataFrame) -> "ir.Table":
    """``(feature - mean) / deviation`` with the figures of a ``scaler``, this week's or an earlier one's.

    A feature that was the same for all becomes 0; empty values stay empty.

    Raises:
        TableError: the scaler lacks a feature.
    """
    known = by.set_index("feature")
    if missing := [name for name in FEATURES if name not in known.index]:
        raise TableError(f"the saved scaler of {by['fitted'].iloc[0]} lacks {', '.join(missing)}; fit it anew: refit = True")
    columns = {}
    for name in FEATURES:
        value, mean, deviation = customers[name].cast("float64"), known.loc[name, "mean"], known.loc[name, "deviation"]
        usable = pd.notna(deviation) and deviation > 0
        columns[name] = (value - float(mean)) / float(deviation) if usable else value * 0.0
    return customers.select("customer", **columns)


def drift(customers: "ir.Table", by: pd.DataFrame) -> pd.DataFrame:
    """How far each feature has moved from the fit: table ``drift``, in the order of the features.

    Bins are the tenths of the fit, those of equal bounds taken together, and one for customers without a value.
    """
    from scipy.stats import chi2

    rows = []
    for row, bins in zip(by.itertuples(), _counts(customers, by, None), strict=True):
        then, now = (np.array([bin_[i] for bin_ in bins], dtype=float) for i in (0, 1))
        index = stability(then, now)
        used = int(((then > 0) | (now > 0)).sum())
        chance = (1 / then.sum() + 1 / now.sum()) * chi2.ppf(.95, used - 1) if used > 1 and then.sum() and now.sum() else 0.0
        rows.append({"feature": row.feature, "fitted": row.fitted, "stability_index": index,
                     "by_chance": chance, "reading": reading(index), "customers_then": int(then.sum()),
                     "customers": int(now.sum()), "bins": used})
    return pd.DataFrame(rows)[contract("drift").names]


def stability(then, now) -> float:
    """The population stability index of two counts over the same bins (n,), from 0.

    >>> round(stability([50, 50], [40, 60]), 4), stability([5, 5], [50, 50])
    (0.0405, 0.0)
    """
    then, now = np.asarray(then, dtype=float), np.asarray(now, dtype=float)
    used = (then > 0) | (now > 0)
    if not then.sum() or not now.sum():
        return 0.0
    before, after = (np.maximum(counts[used], _LEAST) / counts.sum() for counts in (then, now))
    return float(((after - before) * np.log(after / before)).sum())


def reading(index: float) -> str:
    """What a stability index says.

    >>> [reading(index) for index in (.09, .1, .25, .26)]
    ['stable', 'look at it', 'look at it', 'moved']
    """
    return STABLE if index < LOOK else WATCH if index <= MOVED else GONE


def _counts(customers: "ir.Table", by: pd.DataFrame, then: pd.DataFrame | None) -> list[list[tuple[int, int]]]:
    """Of every feature, of each bin: customers of the fit and customers now. ``then`` given: there is no earlier fit."""
    asked = {}
    for row in by.itertuples():
        value, edges = customers[row.feature].cast("float64"), [float(edge) for edge in row.edges]
        asked[f"{row.feature}.none"] = customers.count(where=value.isnull())
        for i, (low, high) in enumerate(zip([None, *edges], [*edges, None], strict=True)):
            inside = value.notnull()
            inside = inside if low is None else inside & (value > low)
            asked[f"{row.feature}.{i}"] = customers.count(where=inside if high is None else inside & (value <= high))
    now = arrow(customers.aggregate(**asked)).to_pylist()[0]
    found = []
    for row in by.itertuples():
        counts = [int(now[f"{row.feature}.{i}"] or 0) for i in [*range(len(row.edges) + 1), "none"]]
        before = counts if then is not None else [int(count) for count in row.bins]
        found.append(list(zip(before, counts, strict=True)))
    return found
