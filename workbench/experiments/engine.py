"""Moments made in the engine: one scan of a log of any size, after which everything works on a small table.

Takes Ibis tables (DuckDB's, Spark's, ...), asks for count, mean, variance and covariance per group, and gives one row a
group and metric. DuckDB computes variances by Welford's recurrence, never from sums of squares (for a mean of 1e9 and a
deviation of 1 six digits hold); numbers are cast to double precision first, so integers cannot overflow. Groups of
different customers add up (``added``).
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
from tea_tasting.aggr import Aggregates

from workbench.errors import ParameterError, TableError
from workbench.experiments.effects import Effect, compare, holm
from workbench.experiments.looks import ONCE, Look
from workbench.experiments.metrics import RATIO, Metric
from workbench.experiments.moments import BASE, VALUE

if TYPE_CHECKING:
    import ibis.expr.types as ir

ERROR, ZERO, DROP = "error", "zero", "drop"
NUMBERS = ["customers", "empty", "mean", "variance", "base_mean", "base_variance", "covariance"]


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
    """The moments with the groups of ``over`` (weeks, segments) taken together: their customers must be different ones."""
    by = [name for name in moments.columns if name not in (*NUMBERS, "metric", *over)]
    rows = []
    for key, part in moments.groupby([*by, "metric"], sort=True):
        whole = None
        for row in part.itertuples():
            if row.customers:
                whole = aggregates(row) if whole is None else whole + aggregates(row)
        rows.append((*key, *_numbers(whole or Aggregates(0, {VALUE: 0.0}, {VALUE: 0.0}), int(part["empty"].sum()))))
    return pd.DataFrame(rows, columns=[*by, "metric", *NUMBERS])


def aggregates(row) -> Aggregates:
    """One row of the moments as what the tests take."""
    if math.isnan(row.base_mean):
        return Aggregates(int(row.customers), {VALUE: row.mean}, {VALUE: row.variance})
    return Aggregates(int(row.customers), {VALUE: row.mean, BASE: row.base_mean},
                      {VALUE: row.variance, BASE: row.base_variance}, {(VALUE, BASE): row.covariance})


def effects(moments: pd.DataFrame, columns: list[Column], control: str, look: Look = ONCE) -> dict[str, dict[str, Effect]]:
    """The effect of each arm of one experiment on each metric, Holm-adjusted over the arms: metric, then arm, to effect.

    Args:
        moments: ``arm, metric`` and :data:`NUMBERS`, one row each (see ``added``).

    Raises:
        ParameterError: no such control arm. TableError: a metric has an arm twice.
    """
    if control not in set(moments["arm"]):
        raise ParameterError(f"control is {control!r}; there are {', '.join(sorted(set(moments['arm'])))}")
    if moments.duplicated(["arm", "metric"]).any():
        raise TableError("the moments have an arm twice for a metric; take the other groups together with added(...)")
    found = {}
    for column in columns:
        mine = moments[(moments["metric"] == column.metric.name).to_numpy(dtype=bool)]
        by_arm = {row.arm: aggregates(row) for row in mine.itertuples()}
        found[column.metric.name] = holm({arm: compare(column.metric, by_arm[control], by_arm[arm], look)
                                          for arm in sorted(by_arm) if arm != control})
    return found


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
        return query.to_pyarrow().to_pandas()
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


def _numbers(arm: Aggregates, empty: int) -> tuple:
    if BASE not in arm.mean_:
        return arm.count(), empty, arm.mean(VALUE), arm.var(VALUE), *[float("nan")] * 3
    return (arm.count(), empty, arm.mean(VALUE), arm.var(VALUE), arm.mean(BASE), arm.var(BASE), arm.cov(VALUE, BASE))
