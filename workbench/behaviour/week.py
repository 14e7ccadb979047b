"""The week and the week before: the funnel, the days, the hours."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.behaviour.clock import DAY, HOUR, day_name, day_number, number_of, week_name, week_number
from workbench.behaviour.logs import Logs
from workbench.engine import arrow
from workbench.tables import contract
from workbench.uncertainty import NORMAL, wilson

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: stage of the funnel -> the counts that make it
STAGES = {"view": ("views",), "cart or favourite": ("carts", "favourites"), "buy": ("buys",)}
RHYTHM_WEEKS = 4  # weeks up to this one over which hours are looked at


def funnel(logs: Logs, days: "ir.Table") -> pd.DataFrame:
    """Customers and events of each stage in the week and the week before: table ``funnel``.

    A customer counts for a stage with one event of it in that week. ``rate`` is the share of those who viewed something
    that week who reached the stage too, with Wilson's 95% interval (Wilson 1927). ``event_rate`` is events of the stage
    per view; its interval takes customers as the units (linearised ratio, Cochran 1977, Sampling Techniques, 6.4), since
    one customer's events are no independent draws.
    """
    last = number_of(logs.week)
    dated = days.mutate(week=week_number(days.day))
    dated = dated.filter(dated.week.isin([last - 1, last]) & (dated.events > 0))
    sums = {name: dated[name].sum() for names in STAGES.values() for name in names}
    each = dated.group_by("week", "customer").aggregate(**sums)
    each = each.select("week", **{f"s{i}": sum((each[name] for name in names[1:]), each[names[0]]).cast("float64")
                                  for i, names in enumerate(STAGES.values())})
    asked = {"customers": each.count(), "xx": (each.s0 * each.s0).sum()}
    for i in range(len(STAGES)):
        stage = each[f"s{i}"]
        asked |= {f"reached{i}": each.count(where=stage > 0), f"both{i}": each.count(where=(stage > 0) & (each.s0 > 0)),
                  f"sum{i}": stage.sum(), f"yy{i}": (stage * stage).sum(), f"xy{i}": (stage * each.s0).sum()}
    told = {row["week"]: row for row in arrow(each.group_by("week").aggregate(**asked)).to_pylist()}
    rows = [_stage(week_name(number), stage, i, told.get(number)) for number in (last - 1, last)
            for i, stage in enumerate(STAGES)]
    return pd.DataFrame(rows, columns=contract("funnel").names)


def _stage(week: str, stage: str, i: int, told: dict | None) -> tuple:
    if told is None:
        return (week, stage, 0, 0, *[None] * 6)
    viewed, both = told["both0"], told[f"both{i}"]
    rate = (both / viewed, *map(float, wilson(both, viewed))) if viewed else (None, None, None)
    views, n = told["sum0"], told["customers"]
    if not views:
        return (week, stage, told[f"reached{i}"], int(told[f"sum{i}"]), *rate, None, None, None)
    ratio = told[f"sum{i}"] / views
    spread = max(0.0, told[f"yy{i}"] - 2 * ratio * told[f"xy{i}"] + ratio ** 2 * told["xx"])
    half = NORMAL * (n / (n - 1) * spread) ** .5 / views if n > 1 else float("nan")
    low, high = (max(0.0, ratio - half), ratio + half) if half == half else (None, None)
    return (week, stage, told[f"reached{i}"], int(told[f"sum{i}"]), *rate, ratio, low, high)


def engagement(logs: Logs, days: "ir.Table") -> pd.DataFrame:
    """Each day of the week and the week before in the shop's time zone: table ``engagement``.

    Days without any action stand with zeros. Without events, order lines count as events.
    """
    import ibis

    first = day_number(logs.week) - 7
    part = days.filter((days.day >= first) & (days.day < first + 14))
    acted = part.lines if logs.events is None else part.events
    table = arrow(part.group_by("day").aggregate(
        customers=part.count(where=(acted > 0) & part.customer.notnull()), events=acted.sum(), buys=part.buys.sum(),
        revenue=ibis.literal(None, type="float64") if logs.orders is None else part.revenue.sum())).to_pandas()
    table = table.set_index("day").reindex(range(first, first + 14))
    money = table["revenue"].astype(float)
    table = table[["customers", "events", "buys"]].fillna(0).astype("int64")
    table["revenue"] = np.nan if logs.orders is None else money.fillna(0.0)
    table["week"] = [logs.week.previous] * 7 + [logs.week.week] * 7
    return table.reset_index().assign(day=[day_name(day) for day in table.index])[contract("engagement").names]


def rhythm(logs: Logs) -> pd.DataFrame:
    """Events by weekday and hour of the shop's clock, over up to four weeks up to this one: table ``rhythm``.

    All 168 hours stand in it. Without events, order lines count. ``days`` says how many days of that weekday have data.
    """
    log = logs.orders if logs.events is None else logs.events
    first = day_number(logs.week) - 7 * (RHYTHM_WEEKS - 1)
    part = log.filter(log.day >= first)
    part = part.mutate(hour=(part.clock // HOUR) % (DAY // HOUR))
    buys = part.count() if logs.events is None else part.count(where=part.behaviour == "buy")
    told = arrow(part.group_by("day", "hour").aggregate(events=part.count(), buys=buys)).to_pandas()
    told["weekday"] = (told["day"] - first) % 7
    days = told.groupby("weekday")["day"].nunique()
    every = pd.MultiIndex.from_product([range(7), range(24)], names=["weekday", "hour"])
    table = told.groupby(["weekday", "hour"])[["events", "buys"]].sum().reindex(every, fill_value=0).reset_index()
    return table.assign(days=table["weekday"].map(days).fillna(0).astype("int64"))[contract("rhythm").names]
