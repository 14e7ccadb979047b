"""Behaviour: events and orders of a shop to customers, sequences, the funnel and the engagement of a week.

Every function takes tables of their contracts (``workbench.tables.contracts``) and returns tables of theirs.
Events or orders may be missing (``None``), not both where a function needs time.
"""

import numpy as np
import pandas as pd

from workbench.errors import TableError
from workbench.tables import Week, contract, day_of, shift_week, week_of
from workbench.uncertainty import wilson

STAGES = {"view": ["view"], "cart or favourite": ["cart", "favourite"], "buy": ["buy"]}
COUNTS = {"views": "view", "favourites": "favourite", "carts": "cart", "buys": "buy"}
FEATURES = [name for name in contract("customers_standardised").names if name != "customer"]


def customers(events: pd.DataFrame | None, orders: pd.DataFrame | None, week: Week) -> pd.DataFrame:
    """Features of every customer from all that was done before the end of the week.

    Purchases are orders with at least one piece kept or sent back later, or buy events where the source has
    no orders. The average basket is the value of what was ordered per order; revenue takes returns off.

    Returns:
        Table ``customers``, by customer.
    """
    events, orders = _until(events, week.end), _until(orders, week.end)
    actions = _actions(events, orders, week.source.timezone)
    by = actions.groupby("customer")  # rows that name no customer are left out here
    table = pd.DataFrame({
        "first_seen": by["time"].min(), "last_seen": by["time"].max(), "active_days": by["day"].nunique()})
    table["recency"] = (week.end - table["last_seen"]) / pd.Timedelta(days=1)
    counts = _behaviour_counts(events)
    for name, behaviour in COUNTS.items():
        table[name] = counts[behaviour].reindex(table.index, fill_value=0) if behaviour in counts else 0
    table["conversion"] = (table["buys"] / table["views"]).where(table["views"] > 0)
    if orders is None:
        table["purchases"] = table["buys"]
        table["average_basket"] = table["revenue"] = np.nan
    else:
        money = _money(orders).reindex(table.index)
        table["purchases"] = money["purchases"].fillna(0).astype(int)
        table["average_basket"] = money["ordered"] / money["purchases"]
        table["revenue"] = money["revenue"].fillna(0.0)
    weeks = ((week.end - table["first_seen"]) / pd.Timedelta(weeks=1)).clip(lower=1)
    table["purchase_frequency"] = table["purchases"] / weeks
    return table.sort_index().reset_index()


def scaler(table: pd.DataFrame) -> pd.DataFrame:
    """Mean and deviation of every feature: table ``scaler``. Empty values are left out.

    A deviation that is nothing but rounding (below 1e-9 of the largest value) is 0.
    """
    values = table[FEATURES].astype(float)
    deviation = values.std(ddof=0)
    return pd.DataFrame({
        "feature": FEATURES, "mean": values.mean().to_numpy(),
        "deviation": deviation.mask(deviation <= 1e-9 * values.abs().max(), 0.0).to_numpy(),
        "customers": values.notna().sum().to_numpy()})


def standardise(table: pd.DataFrame, by: pd.DataFrame) -> pd.DataFrame:
    """``(feature - mean) / deviation`` with the figures of a ``scaler``, this week's or an earlier one's.

    A feature that is the same for all becomes 0; empty values stay empty.

    >>> frame = pd.DataFrame({"customer": ["a", "b"], **{name: [1.0, 3.0] for name in FEATURES}})
    >>> standardise(frame, scaler(frame))["views"].tolist()
    [-1.0, 1.0]
    """
    known = by.set_index("feature")
    out = {"customer": table["customer"]}
    for name in FEATURES:
        values = table[name].astype("float64")
        mean, deviation = known.loc[name, "mean"], known.loc[name, "deviation"]
        out[name] = (values - mean) / deviation if deviation and deviation > 0 else values * 0.0
    return pd.DataFrame(out)


def sequences(events: pd.DataFrame) -> pd.DataFrame:
    """What each customer did with each item, in time order: table ``sequences``."""
    return _lists(events, ["customer", "item"], ["behaviour", "time"])


def customer_paths(events: pd.DataFrame) -> pd.DataFrame:
    """Everything each customer did, in time order: table ``paths``."""
    return _lists(events, ["customer"], ["item", "behaviour", "time"])


def funnel(events: pd.DataFrame, week: Week) -> pd.DataFrame:
    """Customers and events of each stage in the week and the week before: table ``funnel``.

    A customer counts for a stage with one event of it in that week. The rate is the share of those who viewed
    something that week who reached the stage too, with Wilson's 95 % interval (Wilson 1927).
    """
    weeks = week_of(events["time"], week.source.timezone)
    rows = []
    for name in (week.previous, week.week):
        part = events[(weeks == name).to_numpy()]
        viewed = set(part.loc[(part["behaviour"] == "view").to_numpy(), "customer"].unique())
        for stage, behaviours in STAGES.items():
            there = part[part["behaviour"].isin(behaviours).to_numpy()]
            reached = set(there["customer"].unique())
            both, of = len(reached & viewed), len(viewed)
            interval = wilson(both, of) if of else (None, None)
            rows.append((name, stage, len(reached), len(there), both / of if of else None, *interval))
    return pd.DataFrame(rows, columns=contract("funnel").names)


def engagement(events: pd.DataFrame | None, orders: pd.DataFrame | None, week: Week) -> pd.DataFrame:
    """Each day of the week and the week before in the shop's time zone: table ``engagement``.

    Days without any action stand with zeros. Without events, order lines count as events.
    """
    start = (week.start - pd.Timedelta(weeks=1)).tz_convert(week.source.timezone)
    days = pd.date_range(start.date(), periods=14, freq="D").strftime("%Y-%m-%d")
    actions = _actions(events, orders if events is None else None, week.source.timezone)
    by = actions.groupby("day")
    table = pd.DataFrame({"customers": by["customer"].nunique(), "events": by.size()}).reindex(days, fill_value=0)
    bought = _actions(events[events["behaviour"] == "buy"], None, week.source.timezone) if events is not None else None
    table["buys"] = 0 if bought is None else bought.groupby("day").size().reindex(days, fill_value=0)
    table["revenue"] = np.nan
    if orders is not None:
        day = day_of(orders["time"], week.source.timezone)
        value = (orders["quantity"] * orders["price"]).astype(float)
        table["revenue"] = value.groupby(day).sum().reindex(days, fill_value=0.0)
    table["week"] = [shift_week(week.week, -1)] * 7 + [week.week] * 7
    return table.rename_axis("day").reset_index()[contract("engagement").names]


def week_tables(frames: dict[str, pd.DataFrame], week: Week) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Every table of behaviour that the source's tables allow, by name, and why the others are not there."""
    events, orders = frames.get("events"), frames.get("orders")
    if events is None and orders is None:
        return {}, ["The source has neither events nor orders: no customers, sequences, funnel or engagement."]
    tables = {"customers": customers(events, orders, week), "engagement": engagement(events, orders, week)}
    tables["scaler"] = scaler(tables["customers"])
    tables["customers_standardised"] = standardise(tables["customers"], tables["scaler"])
    notes = _nameless(orders)
    if events is None:
        return tables, [*notes, "The source has no events: no funnel and no sequences; customers are known by their orders."]
    tables |= {"sequences": sequences(events), "paths": customer_paths(events), "funnel": funnel(events, week)}
    return tables, notes if orders is not None else ["The source has no orders: purchases are buy events, no revenue."]


def _nameless(orders: pd.DataFrame | None) -> list[str]:
    missing = 0 if orders is None else int(orders["customer"].isna().sum())
    return [f"{missing:,} of {len(orders):,} order lines name no customer: they count in the days' events and "
            "revenue, not in the features of customers."] if missing else []


def _until(frame: pd.DataFrame | None, end: pd.Timestamp) -> pd.DataFrame | None:
    return None if frame is None else frame[(frame["time"] < end).to_numpy()]


def _actions(events, orders, timezone: str) -> pd.DataFrame:
    parts = [frame[["customer", "time"]] for frame in (events, orders) if frame is not None]
    if not parts:
        raise TableError("neither events nor orders are there; customers are known by at least one of them")
    actions = pd.concat(parts, ignore_index=True)
    return actions.assign(day=day_of(actions["time"], timezone))


def _behaviour_counts(events: pd.DataFrame | None) -> pd.DataFrame:
    if events is None or events.empty:
        return pd.DataFrame()
    return pd.crosstab(events["customer"], events["behaviour"])


def _money(orders: pd.DataFrame) -> pd.DataFrame:
    known = orders[orders["customer"].notna().to_numpy()]
    value = (known["quantity"] * known["price"]).astype(float)
    ordered = known["quantity"] > 0
    return pd.DataFrame({
        "revenue": value.groupby(known["customer"]).sum(),
        "ordered": value.where(ordered, 0.0).groupby(known["customer"]).sum(),
        "purchases": known[ordered.to_numpy()].groupby("customer")["order"].nunique(),
    })


def _lists(events: pd.DataFrame, keys: list[str], columns: list[str]) -> pd.DataFrame:
    # Equal times keep the order of the log: a stable sort, and lists cut from one array instead of a groupby.
    ordered = events.sort_values([*keys, "time"], kind="stable", ignore_index=True)
    changed = np.zeros(len(ordered), dtype=bool)
    for key in keys:
        changed |= (ordered[key] != ordered[key].shift()).to_numpy(dtype=bool, na_value=True)
    starts = np.flatnonzero(changed)
    table = ordered.loc[starts, keys].reset_index(drop=True)
    for column in columns:
        values = ordered[column].to_numpy(dtype=object) if column != "time" else ordered[column].dt.tz_localize(
            None).to_numpy()
        table[f"{column}s"] = np.fromiter(np.split(values, starts[1:]), dtype=object, count=len(starts))
    table["events"] = np.diff([*starts, len(ordered)])
    return table
