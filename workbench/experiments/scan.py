"""Moments made in the engine: one scan of a log of any size, after which everything works on a small table.

Takes Ibis tables (DuckDB's, Spark's, ...), asks for count, mean, variance and covariance per group, and gives one row a
group and metric. DuckDB computes variances by Welford's recurrence, never from sums of squares (for a mean of 1e9 and a
deviation of 1 six digits hold); numbers are cast to double precision first, so integers cannot overflow. Groups of
different customers add up (``added``).
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tea_tasting.aggr import Aggregates

from workbench.engine import arrow
from workbench.errors import ParameterError, TableError
from workbench.experiments.metrics import RATIO, Metric
from workbench.experiments.moments import BASE, VALUE

if TYPE_CHECKING:
    import ibis.expr.types as ir

ERROR, ZERO, DROP = "error", "zero", "drop"
NUMBERS = ["customers", "empty", "mean", "variance", "base_mean", "base_variance", "covariance"]
EMPTY = Aggregates(0, {VALUE: 0.0, BASE: 0.0}, {VALUE: 0.0, BASE: 0.0}, {(VALUE, BASE): 0.0})


@dataclass(frozen=True)
class Column:
    """Which columns of the table hold a metric: ``value``, and of a ratio its ``base``.

    ``nulls``: an empty value is refused (``error``), counts as nothing (``zero``) or leaves the customer out of the metric
    (``drop``; of a ratio, if either is empty). The table says how many there were.
    """

    metric: Metric
    value: str
    base: str = ""
    nulls: str = ERROR

    def __post_init__(self):
        if self.nulls not in (ERROR, ZERO, DROP):
            raise ParameterError(f"nulls of {self.metric.name!r} is {self.nulls!r}; it must be {ERROR}, {ZERO} or {DROP}")
        if (self.metric.kind == RATIO) != bool(self.base):
            raise ParameterError(f"{self.metric.name!r} is a {self.metric.kind} with base {self.base!r}; a ratio needs a "
                                 "base, and nothing else has one")


def scan(table: "ir.Table", by: list[str], columns: list[Column]) -> pd.DataFrame:
    """The moments of every metric in every group, from one scan.

    Args:
        table: an Ibis table, one row a customer. by: columns that make the groups, as experiment, arm, segment, week.

    Returns:
        ``by``, ``metric``, and :data:`NUMBERS`: ``customers`` with a value, ``empty`` ones, and the moments; those of the
        base are NaN without one. One row a group and metric, sorted.

    Raises:
        TableError: a column is missing or no number, a value is empty where that is refused, or is not finite.
    """
    for name in (*by, *(name for column in columns for name in (column.value, column.base) if name)):
        if name not in table.columns:
            raise TableError(f"the table to scan has no column {name!r}; it has {', '.join(table.columns)}")
    asked = {}
    for place, column in enumerate(columns):
        asked |= _asked(table, place, column)
    wide = _executed(table.group_by(by).aggregate(_rows=table.count(), **asked))
    parts = [_told(wide, by, place, column) for place, column in enumerate(columns)]
    found = pd.concat(parts, ignore_index=True)[[*by, "metric", *NUMBERS]]
    return found.sort_values([*by, "metric"], ignore_index=True, key=lambda values: values.astype(str))


def added(moments: pd.DataFrame, over: list[str]) -> pd.DataFrame:
    """The moments with the groups of ``over`` (weeks, segments) taken together: their customers must be different ones.

    Sums of squares around the common mean (Chan, Golub & LeVeque 1983), never of the values themselves.
    """
    by = [name for name in moments.columns if name not in (*NUMBERS, *over)]
    place = moments.groupby(by, sort=True, dropna=False).ngroup().to_numpy()
    first = np.unique(place, return_index=True)[1]
    groups, size = len(first), moments["customers"].to_numpy(dtype=float)

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(place, values, groups)

    there = {name: np.where(size > 0, moments[name].to_numpy(dtype=float), 0.0) for name in NUMBERS[2:]}
    whole, ratio = summed(size), summed(~np.isnan(there["base_mean"]) & (size > 0)) > 0
    means = {name: summed(np.nan_to_num(there[name]) * size) / np.maximum(whole, 1) for name in ("mean", "base_mean")}
    rest = {name: np.nan_to_num(there[name]) - mean[place] for name, mean in means.items()}
    empty = summed(moments["empty"].to_numpy(dtype=float))
    told = {"customers": whole.astype("int64"), "empty": empty.astype("int64"), **means}
    for name, left, right in (("variance", "mean", "mean"), ("base_variance", "base_mean", "base_mean"),
                              ("covariance", "mean", "base_mean")):
        squares = np.nan_to_num(there[name]) * np.maximum(size - 1, 0) + size * rest[left] * rest[right]
        told[name] = summed(squares) / np.maximum(whole - 1, 1)
    for name in ("base_mean", "base_variance", "covariance"):
        told[name] = np.where(ratio, told[name], np.nan)
    return moments[by].iloc[first].reset_index(drop=True).assign(**told)[[*by, *NUMBERS]]


def aggregates(row) -> Aggregates:
    """One row of the moments as what the tests take."""
    if math.isnan(row.base_mean):
        return Aggregates(int(row.customers), {VALUE: row.mean}, {VALUE: row.variance})
    return Aggregates(int(row.customers), {VALUE: row.mean, BASE: row.base_mean},
                      {VALUE: row.variance, BASE: row.base_variance}, {(VALUE, BASE): row.covariance})


def by_arm(moments: pd.DataFrame, arms: list[str]) -> dict[str, Aggregates]:
    """The moments of one metric in each arm, all other groups taken together; an arm without a row has no customers."""
    whole = added(moments, [name for name in moments.columns if name not in (*NUMBERS, "arm")])
    found = {row.arm: aggregates(row) for row in whole.itertuples()}
    return {arm: found.get(arm, EMPTY) for arm in arms}


def _asked(table: "ir.Table", place: int, column: Column) -> dict:
    """What the engine is asked for one metric."""
    import ibis

    def number(name: str):
        if not (table[name].type().is_numeric() or table[name].type().is_boolean()):
            raise TableError(f"column {name!r} of the table to scan is {table[name].type()}; it must be a number")
        plain = table[name].cast("float64")
        return plain.fill_null(0.0) if column.nulls == ZERO else plain

    value, empty = number(column.value), table[column.value].isnull()
    if not column.base:
        return {f"_{place}_empty": empty.sum(), f"_{place}_customers": value.count(), f"_{place}_mean": value.mean(),
                f"_{place}_variance": value.var(how="sample")}
    base = number(column.base)
    there = value.notnull() & base.notnull()
    value, base = (ibis.ifelse(there, one, None) for one in (value, base))
    return {f"_{place}_empty": (empty | table[column.base].isnull()).sum(), f"_{place}_customers": value.count(),
            f"_{place}_mean": value.mean(), f"_{place}_variance": value.var(how="sample"),
            f"_{place}_base_mean": base.mean(), f"_{place}_base_variance": base.var(how="sample"),
            f"_{place}_covariance": value.cov(base, how="sample")}


def _executed(query: "ir.Table") -> pd.DataFrame:
    try:
        return arrow(query).to_pandas()
    except Exception as error:
        if "out of range" in str(error).lower() or type(error).__name__ == "OutOfRangeException":
            raise TableError(f"a value of the table to scan is infinite or too large for its variance: {error}") from None
        raise


def _told(wide: pd.DataFrame, by: list[str], place: int, column: Column) -> pd.DataFrame:
    part = wide[by].assign(metric=column.metric.name)
    for name in NUMBERS:
        asked = f"_{place}_{name}"
        part[name] = wide[asked].to_numpy() if asked in wide else float("nan")
    part["customers"], part["empty"] = part["customers"].astype("int64"), part["empty"].fillna(0).astype("int64")
    if column.nulls == ERROR and part["empty"].any():
        row = part[part["empty"] > 0].iloc[0]
        raise TableError(f"“{column.metric.name}” is empty for {row['empty']:,} customers of {row[by].to_dict()}; say what "
                         f"that means with nulls: {ZERO} (nothing happened) or {DROP} (not known)")
    shown = NUMBERS[2:] if column.base else NUMBERS[2:4]
    lonely = part["customers"] < 2  # a variance needs two customers; without any the mean is 0 too
    for name in shown:
        part.loc[lonely & part[name].isna(), name] = 0.0
        if not part[name].map(math.isfinite).all():
            row = part[~part[name].map(math.isfinite)].iloc[0]
            raise TableError(f"“{column.metric.name}” has a {name} of {row[name]} in {row[by].to_dict()}; every value must "
                             "be a finite number")
    return part
