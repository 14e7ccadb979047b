"""Who comes back: retention by first week, new and returning customers apart, and how often anyone buys again."""

from typing import TYPE_CHECKING

import pandas as pd

from workbench.behaviour.clock import number_of, week_name, week_number
from workbench.behaviour.logs import Logs
from workbench.engine import arrow
from workbench.tables import contract
from workbench.uncertainty import with_interval

if TYPE_CHECKING:
    import ibis.expr.types as ir

WEEKS = 12  # weeks up to this one that are shown
MOST = 10  # purchases: the ladder ends there
NEW, RETURNING, NAMELESS = "new", "returning", "no customer named"


def retention(logs: Logs, days: "ir.Table") -> pd.DataFrame:
    """Of the customers first seen in a week, who acted in each later week: table ``retention``.

    The last twelve cohorts, every week up to this one; weeks in which nobody of a cohort came stand with 0.
    """
    last = number_of(logs.week)
    weeks = _weeks(days).select("customer", "week", "cohort").distinct()
    recent = weeks.filter((weeks.cohort > last - WEEKS) & (weeks.week <= last))
    told = arrow(recent.group_by("cohort", "week").aggregate(active=recent.count())).to_pandas()
    active = {(row.cohort, row.week): row.active for row in told.itertuples()}
    rows = []
    for cohort in sorted(told["cohort"].unique()):
        of = active[cohort, cohort]
        for week in range(cohort, last + 1):
            here = active.get((cohort, week), 0)
            rows.append({"cohort": week_name(cohort), "age": week - cohort, "customers": of, "active": here,
                         **with_interval("share", here, of)})
    return pd.DataFrame(rows, columns=contract("retention").names)


def sales(logs: Logs, days: "ir.Table") -> pd.DataFrame:
    """New and returning customers apart, week by week: table ``sales``, up to twelve weeks.

    A customer is new in the week of the first action. Order lines that name no customer stand apart. Only weeks with
    any action are there; without orders there is no revenue.
    """
    last = number_of(logs.week)
    weekly = _weeks(days, nameless=True)
    weekly = weekly.filter((weekly.week > last - WEEKS) & (weekly.week <= last))
    fresh = (weekly.week == weekly.cohort).fill_null(False)
    told = arrow(weekly.group_by("week", new=fresh, named=weekly.customer.notnull()).aggregate(
        customers=weekly.count(), events=weekly.events.sum(), buyers=weekly.count(where=weekly.purchases > 0),
        purchases=weekly.purchases.sum(), revenue=weekly.revenue.sum())).to_pylist()
    rows = []
    for row in sorted(told, key=lambda row: (row["week"], not row["named"], not row["new"])):
        group = NAMELESS if not row["named"] else NEW if row["new"] else RETURNING
        people = {"customers": row["customers"], "buyers": row["buyers"],
                  **with_interval("conversion", row["buyers"], row["customers"])} if row["named"] else {}
        rows.append({"week": week_name(row["week"]), "group": group, "events": row["events"], "purchases": row["purchases"],
                     "revenue": None if logs.orders is None else row["revenue"] or 0.0, **people})
    return pd.DataFrame(rows, columns=contract("sales").names)


def ladder(customers: "ir.Table") -> pd.DataFrame:
    """How many customers made at least n purchases, and the share of them who made one more: table ``ladder``.

    The first step is of all customers: who bought at all. It ends at ten purchases, or where nobody is left.
    """
    counts = {f"n{n}": customers.count(where=customers.purchases >= n) for n in range(MOST + 2)}
    told = arrow(customers.aggregate(**counts)).to_pylist()[0]
    rows = [{"purchases": n, "customers": told[f"n{n}"], "went_on": told[f"n{n + 1}"],
             **with_interval("share", told[f"n{n + 1}"], told[f"n{n}"])} for n in range(MOST + 1) if told[f"n{n}"]]
    return pd.DataFrame(rows, columns=contract("ladder").names)


def _weeks(days: "ir.Table", nameless: bool = False) -> "ir.Table":
    """One row a customer and week, with ``cohort``, the week of the first action, and the week's sums."""
    named = days.filter(days.customer.notnull())
    first = named.group_by("customer").aggregate(cohort=week_number(named.day.min()))
    dated = (days if nameless else named).mutate(week=week_number((days if nameless else named).day))
    weekly = dated.group_by("customer", "week").aggregate(
        events=(dated.events + dated.lines).sum().cast("int64"), purchases=dated.purchases.sum().cast("int64"),
        revenue=dated.revenue.sum())
    return weekly.left_join(first, "customer").drop("customer_right")
