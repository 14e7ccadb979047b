"""A week's logs as Ibis tables, and what each customer did on each day: the waist of all other tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import engine, sealed
from workbench.behaviour.clock import DAY, local
from workbench.errors import EngineError, TableError
from workbench.tables import Week

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: column of the counts -> behaviour; in this order where two events have the same time
COUNTS = {"views": "view", "favourites": "favourite", "carts": "cart", "buys": "buy"}
RANGE = 3_000_000  # events of a range of customers: the lists made of them take about half a GiB
#: what is counted on a day; money is empty without orders
SUMS = ("events", *COUNTS, "lines", "purchases", "ordered", "revenue")


@dataclass(frozen=True)
class Logs:
    """``events``, ``orders``, ``products`` of a week as Ibis tables, each None where the source has none.

    Rows end with the week. Both logs have ``at`` (microseconds since 1970), ``clock`` (the same on the shop's wall) and
    ``day`` (days since 1970-01-01 on the shop's calendar).
    """

    week: Week
    connection: object
    events: "ir.Table | None"
    orders: "ir.Table | None"
    products: "ir.Table | None"

    @property
    def end(self) -> int:
        """First microsecond after the week."""
        return self.week.end.value // 1000

    def days(self) -> "ir.Table":
        """One row a customer and day: ``customer`` (empty: lines that name none), ``day``, ``first``, ``last``, and
        :data:`SUMS`.

        A purchase is an order with at least one piece kept or sent back later, on the day of its first such line; a buy
        event where the source has no orders. ``ordered`` is the value of what was ordered, ``revenue`` takes returns off.

        Raises:
            TableError: there are neither events nor orders.
        """
        parts = [_of_events(self.events, self.orders is None)] if self.events is not None else []
        parts += [_of_lines(self.orders), _of_purchases(self.orders)] if self.orders is not None else []
        if not parts:
            raise TableError("neither events nor orders are there; customers are known by at least one of them")
        if len(parts) == 1:
            return parts[0]
        both = parts[0].union(*parts[1:])
        return both.group_by("customer", "day").aggregate(
            first=both["first"].min(), last=both["last"].max(), **{name: both[name].sum() for name in SUMS})


@contextmanager
def open_logs(week: Week, memory: str = "") -> Iterator[Logs]:
    """The logs of a week, on the engine that its source names. Closed at the end of the block.

    Args:
        memory: what the engine may hold before it spills to disk, as ``4GiB``; empty: as the engine says.
    """
    asked = replace(week.source.engine, memory=memory or week.source.engine.memory)
    with engine.connected(asked) as connection:
        if connection.name == engine.DUCKDB:
            sealed.seal_spill(connection.con)  # where it cannot, intake has told so
        yield read_logs(week, connection)


def table_of(week: Week, name: str, connection, files: list[Path] | None = None) -> "ir.Table":
    """A table of the week, or some of its files, on an engine, encrypted or not.

    Raises:
        EngineError: it is encrypted, and the engine is Spark.
    """
    files = week.scan(name) if files is None else files
    if not any(map(sealed.is_sealed, files)):
        return engine.scan(connection, files)
    if connection.name != engine.DUCKDB:
        raise EngineError(f"{files[0]} is encrypted, and Spark is not given the key: compute on {engine.DUCKDB} (take "
                          f"'engine' out of source.yml), or keep tables plain (without {sealed.VARIABLE})")
    return engine.attached(connection, sealed.dataset(files))


def read_logs(week: Week, connection) -> Logs:
    """The logs of a week, read where its tables lie."""
    found = {name: table_of(week, name, connection) if week.has(name) else None
             for name in ("events", "orders", "products")}
    for name in ("events", "orders"):
        if found[name] is not None:
            found[name] = _dated(found[name], week)
    return Logs(week, connection, **found)


def by_customers(logs: Logs) -> Iterator[Logs]:
    """The logs with the events of one range of customers after the other: as intake cut them, and what is still large by the
    customers at which row groups begin. Lists of all customers at once may be more than an engine holds, and DuckDB does not
    spill them; and it groups few customers faster than many.
    """
    files = logs.week.scan("events")
    parts = sorted({path.stem.rpartition("-")[2] for path in files})
    for part in parts:
        own = [path for path in files if path.stem.rpartition("-")[2] == part]
        edges = _edges(own)
        for low, high in zip([None, *edges], [*edges, None], strict=True):
            events = table_of(logs.week, "events", logs.connection, own)
            events = events if low is None else events.filter(events.customer >= low)
            events = events if high is None else events.filter(events.customer < high)
            yield replace(logs, events=_dated(events, logs.week))


def _edges(files: list[Path]) -> list[str]:
    """Customers at which a further range of about :data:`RANGE` events begins; the files are sorted by customer."""
    edges, held = [], 0
    for first, rows in sorted(group for path in files for group in sealed.starts(path, "customer")):
        if held and held + rows > RANGE and first not in edges:
            edges.append(first)
            held = 0
        held += rows
    return edges


def _dated(table: "ir.Table", week: Week) -> "ir.Table":
    table = table.mutate(at=engine.microseconds(table.time))
    table = table.filter(table.at < week.end.value // 1000)
    table = table.mutate(clock=local(table.at, week.source.timezone, week.end))
    return table.mutate(day=table.clock // DAY)


def _of_events(events: "ir.Table", buys_are_purchases: bool) -> "ir.Table":
    counts = {name: events.count(where=events.behaviour == behaviour) for name, behaviour in COUNTS.items()}
    days = events.group_by("customer", "day").aggregate(
        first=events["at"].min(), last=events["at"].max(), events=events.count(), **counts)
    return _complete(days.mutate(purchases=days.buys) if buys_are_purchases else days)


def _of_lines(orders: "ir.Table") -> "ir.Table":
    value = orders.quantity * orders.price
    return _complete(orders.group_by("customer", "day").aggregate(
        first=orders["at"].min(), last=orders["at"].max(), lines=orders.count(), revenue=value.sum()))


def _of_purchases(orders: "ir.Table") -> "ir.Table":
    kept = orders.filter(orders.quantity > 0)
    made = kept.group_by("customer", "order").aggregate(
        at=kept["at"].min(), day=kept["day"].min(), value=(kept.quantity * kept.price).sum())
    return _complete(made.group_by("customer", "day").aggregate(
        first=made["at"].min(), last=made["at"].max(), purchases=made.count(), ordered=made.value.sum()))


def _complete(days: "ir.Table") -> "ir.Table":
    """All columns in their order; a count that is not there is 0."""
    import ibis

    def column(name: str):
        kind, missing = ("float64", None) if name in ("ordered", "revenue") else ("int64", 0)
        there = days[name] if name in days.columns else ibis.literal(missing, type=kind)
        return there.cast(kind).name(name)

    return days.select("customer", "day", "first", "last", *(column(name) for name in SUMS))
