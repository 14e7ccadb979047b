"""The tables of behaviour, computed where the logs lie and written where the week keeps them; none passes through pandas."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench import engine, sealed
from workbench.behaviour.features import FEATURES, customers
from workbench.behaviour.finished import Finished
from workbench.behaviour.logs import COUNTS, Logs, by_customers, open_logs, table_of
from workbench.behaviour.scaling import drift, scaler, standardise
from workbench.behaviour.sequences import paths, sequences
from workbench.behaviour.week import engagement, funnel
from workbench.engine import arrow
from workbench.tables import Week, contract, watched
from workbench.tables.written import remove, replace

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: kind of sequence -> its table
LENGTHS = {"a customer and an item": "sequences", "a customer": "paths"}
KINDS = {"text": "string", "integer": "int64", "number": "float64", "boolean": "boolean", "time": "timestamp('UTC')",
         "week": "string"}


@dataclass(frozen=True)
class Made:
    """What :func:`make` wrote: names of tables in their order, and why others are not there.

    Attributes:
        features: one row a feature of customers that somebody has: ``feature, customers, p5, median, mean, p95``.
        drift: table ``drift``.
        lengths: one row a kind of sequence: ``kind, texts, events, median, p95, longest, characters`` (of all texts).
    """

    tables: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    features: pd.DataFrame | None = None
    drift: pd.DataFrame | None = None
    lengths: pd.DataFrame | None = None


def make(week: Week, refit: bool = False, memory: str = "") -> Made:
    """Write every table of behaviour that the week's logs allow. The large ones that an interrupted or earlier run finished
    from the same logs, settings and code are not made again.

    Args:
        refit: fit the scaler on this week; else that of the latest earlier week is kept, where there is one.
        memory: as :func:`workbench.behaviour.open_logs` takes it.
    """
    if not (week.has("events") or week.has("orders")):
        return Made(notes=("The source has neither events nor orders: no customers, sequences, funnel or engagement.",))
    with open_logs(week, memory) as logs, watched(3 if logs.events is None else 5) as bar:
        finished = Finished(logs)

        def once(name: str, write, *besides) -> "ir.Table":
            bar(0, name)
            finished.once(name, write, *besides)
            bar(1, name)
            return stored(logs, name)

        days = once("customer_days", lambda: store_days(logs))
        people = once("customers", lambda: store(logs, "customers", customers(logs, days)))
        by = None if refit else fit_before(week)
        by = scaler(people, week.week) if by is None else by
        once("customers_standardised", lambda: store(
            logs, "customers_standardised", standardise(people, by).order_by("customer")), by.to_csv())
        small = {"scaler": by, "drift": drift(people, by), "engagement": engagement(logs, days)}
        names = ["customer_days", "customers", "customers_standardised"]
        if logs.events is not None:
            small["funnel"] = funnel(logs, days)
            for name, expression in (("sequences", sequences), ("paths", paths)):
                once(name, partial(store_by_customers, logs, name, expression))
                names.append(name)
        week.write_all(small)
        return Made((*names, *small), tuple(_notes(logs)), _features(people), small["drift"], _lengths(logs))


def store(logs: Logs, name: str, table: "ir.Table") -> None:
    """Write a table with the columns and types of its contract, whole or not at all, encrypted where there is a key."""
    if logs.week.path(name).is_dir():
        remove(logs.week.path(name))
    _save(name, table, logs.week.path(name))


def _save(name: str, table: "ir.Table", path: Path) -> None:
    columns = contract(name).columns
    engine.save(table.select(*(table[column.name] if column.kind == "list" else
                               table[column.name].cast(KINDS[column.kind]) for column in columns)), path,
                sealed.stream if sealed.table_key() else None)


def store_days(logs: Logs) -> None:
    """Table ``customer_days``; of events alone one range of customers after the other, of orders at once: they may name
    nobody.
    """
    if logs.orders is None:
        store_by_customers(logs, "customer_days", Logs.days)
    else:
        store(logs, "customer_days", logs.days())


def store_by_customers(logs: Logs, name: str, expression) -> None:
    """A table of events, one range of customers after the other: a file, or a folder of a file each."""
    parts = list(by_customers(logs))
    if len(parts) == 1:
        return store(logs, name, expression(logs))
    beside = logs.week.path(name).with_name(f".{name}.parquet.part")
    remove(beside)
    for place, part in enumerate(parts):
        _save(name, expression(part), beside / f"{place:03}.parquet")
    replace(beside, logs.week.path(name))


def stored(logs: Logs, name: str) -> "ir.Table":
    """A table of the week on the engine of its logs."""
    return table_of(logs.week, name, logs.connection)


def fit_before(week: Week) -> pd.DataFrame | None:
    """The scaler of the latest earlier week of the source that had customers; None where there is none."""
    folders = sorted(folder.name for folder in week.folder.parent.glob("????-W??") if folder.name < week.week)
    for name in reversed(folders):
        earlier = Week(week.source, name, week.folder.parent / name)
        if earlier.has("scaler") and (by := earlier.read("scaler"))["customers"].any():
            return by
    return None


def peek(week: Week, name: str, rows: int = 5) -> pd.DataFrame:
    """The first rows of a table, for a look; one row group of it is read."""
    first = next(sealed.groups(week.scan(name)[0]), None)
    return pd.DataFrame(columns=contract(name).names) if first is None else first.slice(0, rows).to_pandas()


def _features(people: "ir.Table") -> pd.DataFrame | None:
    asked = {}
    for name in FEATURES:
        value = people[name].cast("float64")
        asked |= {f"{name}.customers": value.count(), f"{name}.mean": value.mean(),
                  f"{name}.quantiles": value.quantile([.05, .5, .95])}
    told = arrow(people.aggregate(**asked)).to_pylist()[0]
    rows = []
    for name in FEATURES:
        if told[f"{name}.customers"] and (told[f"{name}.mean"] or name not in COUNTS):  # a source of orders has no views
            low, median, high = told[f"{name}.quantiles"]
            rows.append({"feature": name, "customers": told[f"{name}.customers"], "p5": low, "median": median,
                         "mean": told[f"{name}.mean"], "p95": high})
    return pd.DataFrame(rows) if rows else None


def _lengths(logs: Logs) -> pd.DataFrame | None:
    if logs.events is None:
        return None
    rows = []
    for kind, name in LENGTHS.items():
        table = stored(logs, name)
        by = arrow(table.group_by("events").aggregate(
            texts=table.count(), characters=table.text.length().sum().cast("int64")).order_by("events")).to_pandas()
        events, texts = by["events"].to_numpy("int64"), by["texts"].to_numpy("int64")
        rows.append({"kind": kind, "texts": texts.sum(), "events": (events * texts).sum(),
                     "median": _quantile(.5, events, texts), "p95": _quantile(.95, events, texts),
                     "longest": events.max(initial=0), "characters": by["characters"].sum()})
    return pd.DataFrame(rows)


def _quantile(q: float, values: np.ndarray, times: np.ndarray) -> float:
    """The quantile of sorted values, each so many times, interpolated as engines do; they would hold all lengths in memory.

    >>> _quantile(.5, np.array([1, 5]), np.array([2, 2]))
    3.0
    """
    place, ends = q * (times.sum() - 1), np.cumsum(times)
    if place < 0:
        return float("nan")
    low, high = (float(values[np.searchsorted(ends, at, side="right")]) for at in (np.floor(place), np.ceil(place)))
    return low + (high - low) * float(place - np.floor(place))


def _notes(logs: Logs) -> list[str]:
    if logs.orders is None:
        return ["The source has no orders: purchases are buy events, no revenue."]
    told = arrow(logs.orders.aggregate(all=logs.orders.count(), nameless=logs.orders.customer.isnull().sum())).to_pylist()[0]
    notes = [f"{told['nameless']:,} of {told['all']:,} order lines name no customer: they count in the days' events and "
             "revenue, not in the features of customers."] if told["nameless"] else []
    return notes if logs.events is not None else [
        *notes, "The source has no events: no funnel and no sequences; customers are known by their orders."]
