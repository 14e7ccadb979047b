"""Segments by recency, frequency and money, by a rule that can be said in a sentence; and what lies far out."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from workbench.behaviour.clock import day_number
from workbench.behaviour.logs import Logs
from workbench.engine import arrow
from workbench.tables import contract

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEW_DAYS = 28  # a first purchase is new for so long
#: segment -> what puts a buyer there; the first that fits counts
RULES = {
    "champions": "bought recently and often",
    "loyal": "bought often, not long ago",
    "slipping away": "bought often, but long ago",
    "big spenders": "spent much in few purchases, not long ago",
    "new buyers": f"bought once, within the last {NEW_DAYS} days",
    "asleep": "bought rarely, and long ago",
    "occasional": "all other buyers",
    "never bought": "no purchase yet",
}
FENCE = 3.0  # interquartile ranges of the logarithms beyond the third quartile: Tukey's outer fence
#: feature that is looked at -> what the share of those far out is taken of
MEASURES = {"purchase_frequency": "purchases", "average_basket": "revenue"}


@dataclass(frozen=True)
class Bounds:
    """What the words of the rules mean: a third of the buyers each, in days and ``currency``.

    Attributes:
        recent, long_ago: days since the last purchase, up to and from.
        often: purchases, from; at least two. much: revenue, from; None without orders.
    """

    recent: float
    long_ago: float
    often: float
    much: float | None


def buyers(logs: Logs, days: "ir.Table") -> "ir.Table":
    """One row a customer: ``customer, days_since, purchases, revenue``; no days since without a purchase."""
    import ibis

    known = days.filter(days.customer.notnull())
    end = day_number(logs.week) + 7
    bought = ibis.cases((known.purchases > 0, known.day), else_=ibis.literal(None, type="int64"))
    return known.group_by("customer").aggregate(
        days_since=end - bought.max(), purchases=known.purchases.sum().cast("int64"), revenue=known.revenue.sum())


def bounds(people: "ir.Table") -> Bounds | None:
    """The thirds of the buyers; None where nobody has bought."""
    bought = people.filter(people.purchases > 0)
    told = arrow(bought.aggregate(
        n=bought.count(), recent=bought.days_since.cast("float64").quantile(1 / 3),
        long_ago=bought.days_since.cast("float64").quantile(2 / 3), often=bought.purchases.cast("float64").quantile(2 / 3),
        much=bought.revenue.quantile(2 / 3))).to_pylist()[0]
    return Bounds(told["recent"], told["long_ago"], max(2.0, told["often"]), told["much"]) if told["n"] else None


def segments(people: "ir.Table", by: Bounds | None) -> "ir.Table":
    """The segment of each customer: table ``segments``, by customer. The rules are :data:`RULES`."""
    import ibis

    never = ibis.literal("never bought")
    if by is None:
        named = people.mutate(segment=never)
    else:
        often, late = people.purchases >= by.often, people.days_since > by.long_ago
        much = ibis.literal(False) if by.much is None else (people.revenue >= by.much).fill_null(False)
        named = people.mutate(segment=ibis.cases(
            (people.purchases == 0, "never bought"),
            (often & (people.days_since <= by.recent), "champions"), (often & ~late, "loyal"), (often, "slipping away"),
            (much & ~late, "big spenders"), ((people.purchases == 1) & (people.days_since <= NEW_DAYS), "new buyers"),
            (late, "asleep"), else_="occasional"))
    return named.select(*contract("segments").names).order_by("customer")


def sizes(named: "ir.Table") -> pd.DataFrame:
    """The segments in the order of :data:`RULES`: ``segment, customers, purchases, revenue, days_since`` (median)."""
    told = arrow(named.group_by("segment").aggregate(
        customers=named.count(), purchases=named.purchases.sum(), revenue=named.revenue.sum(),
        days_since=named.days_since.cast("float64").quantile(.5))).to_pandas()
    return told.set_index("segment").reindex([name for name in RULES if name in set(told["segment"])]).reset_index()


def spread(customers: "ir.Table", measure: str, bins: int = 24) -> tuple[pd.DataFrame, dict]:
    """How a feature of buyers is spread: ``low, high, customers`` of each bin; and ``customers, p25, p50, p75, p95, p99,
    fence, beyond`` (customers), ``share_beyond`` (of all their :data:`MEASURES`).

    Bins are equally wide up to the 99% point; the last holds all above (its ``high`` is empty). Beyond the fence, three
    interquartile ranges of the logarithms above their third quartile, lie the outliers (Tukey 1977, Exploratory Data
    Analysis, p. 44; on logarithms, since both features have long tails).
    """
    value = customers[measure].cast("float64")
    there = customers.filter((customers.purchases > 0) & value.notnull() & (value > 0))
    value = there[measure].cast("float64")
    told = arrow(there.aggregate(customers=there.count(), **{f"p{round(100 * q)}": value.quantile(q) for q in (
        .25, .5, .75, .95, .99)})).to_pylist()[0]
    if not told["customers"]:
        return pd.DataFrame(columns=["low", "high", "customers"]), told
    low, high = told["p25"], told["p75"]
    told["fence"] = high * (high / low) ** FENCE
    beyond = value > told["fence"]
    width = told["p99"] / bins
    counted = {f"b{i}": there.count(where=(value > i * width) & (value <= (i + 1) * width)) for i in range(bins)}
    weight = there[MEASURES[measure]].cast("float64")
    row = arrow(there.aggregate(beyond=there.count(where=beyond), far=weight.sum(where=beyond), all=weight.sum(),
                                **counted)).to_pylist()[0]
    inside = [row[f"b{i}"] or 0 for i in range(bins)]
    table = pd.DataFrame({"low": [i * width for i in range(bins + 1)],
                          "high": [*((i + 1) * width for i in range(bins)), None],
                          "customers": [*inside, told["customers"] - sum(inside)]})
    return table, {**told, "beyond": row["beyond"] or 0, "share_beyond": (row["far"] or 0.0) / row["all"]}


def outliers(customers: "ir.Table", fences: dict[str, float]) -> pd.DataFrame:
    """The customers beyond the fence of each measure, furthest first: table ``outliers``, by name."""
    parts = []
    for measure, fence in fences.items():
        far = customers.filter((customers.purchases > 0) & (customers[measure] > fence))
        parts.append(arrow(far.select("customer", value=far[measure].cast("float64"))).to_pandas().assign(
            measure=measure, fence=fence).sort_values(["value", "customer"], ascending=[False, True]))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return table.reindex(columns=contract("outliers").names)
