"""Groups of customers as they were known before the draw: for whom the effect is told apart, and where a split broke."""

import pandas as pd

from workbench.engine import arrow
from workbench.experiments.logs import READ
from workbench.text.language import LANGUAGE_NAMES

#: columns of ``assignments`` that say of which group a customer was when drawn
DRAWN_AS = ("platform", "country", "channel", "segment")


def segments(assignments: pd.DataFrame, tables: dict, timezone: str = "UTC") -> dict[str, dict[str, pd.Series]]:
    """By experiment and name, the group of each of its customers (index: customer), as far as it is known.

    ``platform``, ``country``, ``channel``, ``segment``: as the assignments say. From the logs, where the draw is dated:
    ``new and earlier customers``: whether anything of theirs is in them before the day of their first draw; ``country of
    delivery``: of their latest order before it; ``language of their reviews``: of their latest before it, where reviews are
    dated. None is touched by the change.

    Args:
        tables: ``events``, ``orders`` and ``reviews`` as Ibis tables (frames go too), as far as they are there.
        timezone: of the shop, in which a day begins.
    """
    found = {name: _as_drawn(assignments, name) for name in DRAWN_AS if name in assignments}
    found |= _in_logs(assignments, tables, timezone)
    return {experiment: {name: of for name, table in found.items() if len(of := _told(table, experiment))}
            for experiment in assignments["experiment"].unique()}


def _as_drawn(assignments: pd.DataFrame, name: str) -> pd.DataFrame:
    """What the first draw of each customer says."""
    there = assignments[assignments[name].notna().to_numpy()]
    first = there.sort_values("time", kind="stable").drop_duplicates(["experiment", "customer"])
    return first[["experiment", "customer", name]].rename(columns={name: "told"})


def _in_logs(assignments: pd.DataFrame, tables: dict, timezone: str) -> dict[str, pd.DataFrame]:
    """What the logs tell of each customer from before the draw."""
    import ibis

    logs = {name: ibis.memtable(tables[name]) if isinstance(tables[name], pd.DataFrame) else tables[name]
            for name in READ if name in tables}
    dated = assignments[assignments["time"].notna().to_numpy()]
    if not logs or dated.empty:
        return {}
    drawn = dated.groupby(["experiment", "customer"])["time"].min().rename("drawn").reset_index()
    people, found = ibis.memtable(drawn), {}
    seen = [logs[name].select("customer", "time") for name in ("events", "orders") if name in logs]
    if seen:
        mine = people.join(seen[0] if len(seen) == 1 else seen[0].union(seen[1]), "customer")
        first = arrow(mine.group_by("experiment", "customer").aggregate(first=mine["time"].min())).to_pandas()
        first = drawn.merge(first, on=["experiment", "customer"], how="left")
        seen_first, drawn_at = (first[name].dt.tz_convert(timezone).dt.tz_localize(None) for name in ("first", "drawn"))
        known = (seen_first < drawn_at.dt.normalize()).fillna(False)
        found["new and earlier customers"] = first.assign(told=known.map({True: "seen before", False: "new"}))
    for name, table, column in (("country of delivery", "orders", "country"),
                                ("language of their reviews", "reviews", "language")):
        if table in logs:  # having ordered or reviewed after the draw may itself be an effect
            mine = people.join(logs[table].select("customer", "time", told=column), "customer")
            mine = mine.filter((mine["time"] < mine["drawn"]) & mine["told"].notnull())
            latest = mine.group_by("experiment", "customer").aggregate(told=mine["told"].argmax(mine["time"]))
            found[name] = arrow(latest).to_pandas().replace({"told": LANGUAGE_NAMES})
    return found


def _told(table: pd.DataFrame, experiment: str) -> pd.Series:
    mine = table[(table["experiment"] == experiment).to_numpy(dtype=bool)]
    return mine.set_index("customer")["told"].astype("string")
