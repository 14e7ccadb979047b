"""From logs of any size to one row a customer, in the engine: what ``engine.scan`` reads.

The same meaning as ``logs.py`` gives in memory: everything from the draw on counts, who is not in the logs did nothing, an
order begins with its first line, a return without a purchase belongs to an older order.
"""

from typing import TYPE_CHECKING

from workbench import sealed
from workbench.errors import TableError
from workbench.experiments.engine import Column
from workbench.experiments.logs import CARTS, CONVERSION, ORDERS, VIEWS, revenue
from workbench.tables import Week

if TYPE_CHECKING:
    import ibis.expr.types as ir


def of_week(week: Week) -> tuple["ir.Table", list[Column]]:
    """One row an experiment and customer, from the week's Parquet files by DuckDB; and the metrics in it.

    Raises:
        TableError: the week has no table ``assignments``, or neither ``events`` nor ``orders``.
    """
    import ibis

    engine = ibis.duckdb.connect()
    there = {name: engine.read_parquet(week.scan(name), **sealed.for_duckdb(engine, week.scan(name)))
             for name in ("assignments", "events", "orders") if week.has(name)}
    if "assignments" not in there or len(there) < 2:
        raise TableError(f"week {week.week} has {', '.join(there) or 'none'} of the tables assignments, events and orders; "
                         "experiments need the first and one of the others")
    return per_customer(there["assignments"], there.get("events"), there.get("orders"), week.source.currency)


def per_customer(assignments: "ir.Table", events: "ir.Table | None" = None, orders: "ir.Table | None" = None,
                 currency: str = "") -> tuple["ir.Table", list[Column]]:
    """One row an experiment and customer: ``experiment, customer, arm, time, week`` (Monday of the draw, UTC), and metrics.

    Customers in two arms of an experiment, and those without a time, are left out; of repeated draws the first counts.
    """
    drawn = assignments.filter(assignments["time"].notnull()).group_by("experiment", "customer").aggregate(
        arm=assignments["arm"].min(), arms=assignments["arm"].nunique(), time=assignments["time"].min())
    drawn = drawn.filter(drawn["arms"] == 1).drop("arms")
    drawn = drawn.mutate(week=drawn["time"].truncate("W"))
    found, columns = drawn, []
    if orders is not None:
        found, columns = _with(found, _of_orders(drawn, orders)), _order_columns(currency)
    if events is not None:
        found = _with(found, _of_events(drawn, events))
        columns += [Column(VIEWS, "views"), Column(CARTS, "carts")]
        columns = columns if orders is not None else [Column(CONVERSION, "bought"), *columns]
    return found, columns


def _order_columns(currency: str) -> list[Column]:
    per_customer_, per_order = revenue(currency)
    return [Column(CONVERSION, "bought"), Column(per_customer_, "revenue"), Column(ORDERS, "orders"),
            Column(per_order, "revenue", "orders")]


def _with(left: "ir.Table", right: "ir.Table") -> "ir.Table":
    """The customers with what they did; those who are not in the log with zeros."""
    keys = ["experiment", "customer"]
    joined = left.left_join(right, keys)
    made = {name: joined[name].fill_null(0.0) for name in right.columns if name not in keys}
    return joined.select(*left.columns, **{name: value for name, value in made.items() if name not in left.columns})


def _of_events(drawn: "ir.Table", events: "ir.Table") -> "ir.Table":
    mine = drawn.join(events.select("customer", "behaviour", happened=events["time"]), "customer")
    mine = mine.filter(mine["happened"] >= mine["time"])

    def count(behaviour: str):
        return (mine["behaviour"] == behaviour).sum().cast("float64")

    counted = mine.group_by("experiment", "customer").aggregate(views=count("view"), carts=count("cart"), buys=count("buy"))
    return counted.mutate(bought=(counted["buys"] > 0).cast("float64")).drop("buys")


def _of_orders(drawn: "ir.Table", orders: "ir.Table") -> "ir.Table":
    lines = orders.filter(orders["customer"].notnull()).select("customer", "order", "quantity", "price", happened="time")
    lines = lines.group_by("customer", "order").mutate(begun=lines["happened"].min())
    mine = drawn.join(lines, "customer")
    mine = mine.filter(mine["begun"] >= mine["time"])
    money = mine["quantity"].cast("float64") * mine["price"].cast("float64")
    bought = mine["quantity"] > 0
    told = mine.group_by("experiment", "customer").aggregate(
        revenue=money.sum(), bought=bought.max().cast("float64"),
        orders=mine["order"].nunique(where=bought).cast("float64"))
    return told.filter(told["bought"] > 0)
