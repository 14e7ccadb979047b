"""Metrics from the shop's own logs: what each customer did from the draw on, and in the 28 days before it.

The logs are complete: a customer who is not in them after the draw did nothing and counts as zero in every metric
(intention to treat). Only ratios between two sums have a base of their own, and their words name it.

One definition, as Ibis expressions: the engine reads the log, and what leaves it are days of customers (``deeds``) and their
sums. An order begins with its first line, so a return belongs to the order it sends back; a return without a purchase since
the draw belongs to an older order.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.behaviour.clock import DAY, local
from workbench.behaviour.logs import table_of
from workbench.engine import connect, microseconds
from workbench.experiments.metrics import (
    DECISION,
    ENGAGEMENT,
    GUARDRAIL,
    MEAN,
    OUTCOME,
    PROPORTION,
    RATIO,
    SHARE,
    Metric,
)
from workbench.tables import Week

if TYPE_CHECKING:
    import ibis.expr.types as ir

PERIOD = 28  # days before the draw that are looked at
EARLIER, BEFORE, AFTER = 0, 1, 2  # phases: longer ago, the 28 days before the draw, from the draw on
SPANS = (0, 1, 7, 14, 21, 28)  # days since the draw at which a new span begins
QUIET = 30  # minutes without an action, after which the next one begins a visit
SECOND_WEEK = 2  # the place in it of the span from 7 to 13 days
KEYS = ["experiment", "row", "phase", "day", "span"]
SUMS = {"events": ("events", "active_days", "visits", "views", "carts", "buys", "back", "carted", "left"),
        "orders": ("lines", "own_lines", "bought", "returned", "orders", "pieces", "pieces_back", "revenue")}
NO_COUNTS = ("pieces", "pieces_back", "revenue")  # may be fractions
READ = ("events", "orders", "reviews")  # the logs that are read in the engine

CONVERSION = Metric("conversion", "Customers who bought something after they were drawn, of all who were drawn.",
                    PROPORTION, DECISION, SHARE, did="bought")
ORDERS = Metric("orders per customer", "Orders placed after the draw, per customer drawn.", MEAN, OUTCOME)
ACTIVE_DAYS = Metric("active days", "Days with at least one action after the draw, per customer drawn.",
                     MEAN, ENGAGEMENT, "days")
VISITS = Metric("visits", f"Visits after the draw, per customer drawn; {QUIET} minutes without an action end one.", MEAN,
                ENGAGEMENT)
VIEWS_A_VISIT = Metric("views per visit", "Products viewed after the draw, of all visits since.", RATIO, ENGAGEMENT,
                       of="visits")
RETAINED = Metric("came back in the second week", "Customers with any action 7 to 13 days after they were drawn, of those "
                  "drawn 14 days or more before the end of the week.", PROPORTION, ENGAGEMENT, SHARE, did="came back")
VIEWS = Metric("views per customer", "Products viewed after the draw, per customer drawn.", MEAN, ENGAGEMENT)
CARTS = Metric("carts per customer", "Times something was put into the cart after the draw, per customer drawn.",
               MEAN, ENGAGEMENT)
LEFT = Metric("left in the cart", "Products put into the cart after the draw that the same customer did not buy later, "
              "of all put into the cart.", RATIO, GUARDRAIL, SHARE, of="products in a cart", did="were left there",
              better=-1)
# Of pieces, not of buyers: whoever buys more has more to send back, and a good change would look like a bad one.
RETURNED = Metric("pieces returned", "Pieces sent back or cancelled, of all pieces ordered after the draw.", RATIO,
                  GUARDRAIL, SHARE, of="pieces ordered", did="came back", better=-1)


def revenue(currency: str) -> tuple[Metric, Metric]:
    """Revenue per customer and per order, in ``currency``."""
    return (Metric("revenue per customer", "Pieces × price of the orders placed after the draw, returns taken off, "
                   "per customer drawn.", MEAN, OUTCOME, currency),
            Metric("revenue per order", "Revenue of the orders placed after the draw, returns taken off, per order.",
                   RATIO, GUARDRAIL, currency))


@dataclass(frozen=True)
class Logged:
    """Which of :data:`SUMS` make a metric: ``value``, of a ratio ``base``; ``paced``: how many deeds; ``needs``: of which
    there must be some. ``once``: a customer counts 1 with any.
    """

    metric: Metric
    value: str
    base: str = ""
    paced: str = ""
    needs: tuple[str, ...] = ()
    once: bool = False


def logged(tables: dict[str, "ir.Table"], currency: str) -> list[Logged]:
    """Every metric that the logs may allow, the most important first."""
    found, (per_customer, per_order) = [], revenue(currency)
    if "orders" in tables:
        found = [Logged(CONVERSION, "bought", paced="bought", once=True), Logged(per_customer, "revenue", paced="own_lines"),
                 Logged(ORDERS, "orders", paced="orders"), Logged(per_order, "revenue", "orders", "own_lines"),
                 Logged(RETURNED, "pieces_back", "pieces", "returned")]
    elif "events" in tables:
        found = [Logged(CONVERSION, "buys", paced="buys", needs=("buys",), once=True)]
    if "events" in tables:
        found += [Logged(ACTIVE_DAYS, "active_days", paced="active_days"), Logged(VISITS, "visits", paced="visits"),
                  Logged(VIEWS_A_VISIT, "views", "visits", "views", ("views",)), Logged(VIEWS, "views", paced="views"),
                  Logged(CARTS, "carts", paced="carts", needs=("carts",)),
                  Logged(LEFT, "left", "carted", "carted", ("carts", "buys")),
                  Logged(RETAINED, "back", paced="back", once=True)]
    return found


class Logs(dict):
    """Tables of the engine by name, and the connection that they are read through: ``close`` it when all is read."""

    connection = None

    def close(self) -> None:
        """Give back what the engine holds; the tables cannot be read any more. Closing twice is fine."""
        if self.connection is not None:
            self.connection.disconnect()
            self.connection = None


def open_logs(week: Week) -> Logs:
    """The week's ``events``, ``orders`` and ``reviews``, as far as they are there, in the engine that the source names."""
    found = Logs()
    if there := [name for name in READ if week.has(name)]:
        found.connection = connect(week.source.engine)
        found.update({name: table_of(week, name, found.connection) for name in there})
    return found


def deeds(drawn: "ir.Table", tables: dict[str, "ir.Table"], week: Week) -> "ir.Table":
    """What every customer did, by experiment, customer, phase, day of the shop and span since the draw.

    A few rows may share these: actions, carts, order lines and orders stand apart, each with its own sums.

    Args:
        drawn: ``experiment, row, customer, time, cut``: who was drawn when, and the first moment that does not count.
        tables: ``events``, ``orders`` or both.

    Returns:
        :data:`KEYS`, ``moment`` (of the first of its deeds, microseconds since 1970) and the :data:`SUMS` of the tables:
        counts as whole numbers, since a large log makes many rows, the others as floats. ``day`` and ``span`` are empty for
        what was done longer ago.
    """
    parts = []
    if "events" in tables:
        log = tables["events"].select("customer", "item", "behaviour", moment=microseconds(tables["events"]["time"]))
        parts += _of_events(_mine(drawn, log, week), week)
    if "orders" in tables:
        lines = tables["orders"].filter(tables["orders"]["customer"].notnull())
        lines = lines.select("customer", "order", "quantity", "price", moment=microseconds(lines["time"]))
        lines = lines.group_by("customer", "order").mutate(begun=lines["moment"].min())
        parts += _of_orders(_mine(drawn, lines, week), week)
    names = sums(tables)
    whole = _padded(parts[0], names)
    for part in parts[1:]:
        whole = whole.union(_padded(part, names))
    return whole


def sums(tables) -> list[str]:
    """Names of the :data:`SUMS` that these tables allow."""
    return [name for table, names in SUMS.items() if table in tables for name in names]


def _mine(drawn: "ir.Table", log: "ir.Table", week: Week) -> "ir.Table":
    """Rows of the customers who were drawn, each with its place in time."""
    import ibis

    mine = drawn.join(log, "customer")
    mine = mine.mutate(draw=microseconds(mine["time"]), cut=microseconds(mine["cut"]))
    mine = mine.filter(mine["moment"] < mine["cut"])
    begun = mine["begun"] if "begun" in log.columns else mine["moment"]
    phase = ibis.cases((begun >= mine["draw"], AFTER),
                       ((begun >= mine["draw"] - PERIOD * DAY) & (mine["moment"] < mine["draw"]), BEFORE), else_=EARLIER)
    return _placed(mine.mutate(phase=phase.cast("int8")), week)


def _placed(table: "ir.Table", week: Week) -> "ir.Table":
    """With the day of the shop, counted from 1970, and the span since the draw in which the moment lies (microseconds)."""
    import ibis

    later = [(table["moment"] < table["draw"] + end * DAY, place) for place, end in enumerate(SPANS[1:])]
    span = ibis.cases(*later, else_=len(SPANS) - 1)
    return table.mutate(day=ibis.ifelse(table["phase"] > EARLIER, _day(table["moment"], week), None).cast("int32"),
                        span=ibis.ifelse(table["phase"] > EARLIER, span, None).cast("int8"))


def _day(moment: "ir.IntegerValue", week: Week) -> "ir.IntegerValue":
    return local(moment, week.source.timezone, week.end) // DAY


def _of_events(mine: "ir.Table", week: Week) -> list["ir.Table"]:
    import ibis

    def is_a(behaviour: str):
        return (mine["behaviour"] == behaviour).cast("int8")

    lived = mine["draw"] + SPANS[SECOND_WEEK + 1] * DAY <= mine["cut"]
    back = (mine["span"] == SECOND_WEEK) & (mine["phase"] == AFTER) & lived
    acts = mine.select(*KEYS, "moment", views=is_a("view"), carts=is_a("cart"), buys=is_a("buy"), back=back.cast("int8"))
    one = ibis.window(group_by=["experiment", "row", "phase"], order_by="moment")  # sorts: what it carries is small
    acts = acts.mutate(last=acts["moment"].lag().over(one))
    begins = (acts["moment"] - acts["last"] > QUIET * 60_000_000).fill_null(True)
    new_day = (acts["phase"] > EARLIER) & (_day(acts["last"], week) != acts["day"]).fill_null(True)
    acts = acts.group_by(KEYS).aggregate(
        moment=acts["moment"].min(), events=acts.count(), visits=begins.sum(), active_days=new_day.sum(),
        **{name: acts[name].sum() for name in ("views", "carts", "buys", "back")})
    inside = mine.filter((mine["phase"] > EARLIER) & mine["behaviour"].isin(["cart", "buy"]))
    items = inside.group_by("experiment", "row", "phase", "item").aggregate(
        draw=inside["draw"].min(), moment=inside["moment"].min(where=inside["behaviour"] == "cart"),
        last=inside["moment"].max(where=inside["behaviour"] == "buy"))
    items = _placed(items.filter(items["moment"].notnull()), week)
    left = items["last"].isnull() | (items["last"] < items["moment"])
    carted = items.group_by(KEYS).aggregate(moment=items["moment"].min(), carted=items.count(), left=left.sum())
    return [acts, carted]


def _of_orders(mine: "ir.Table", week: Week) -> list["ir.Table"]:
    mine = mine.mutate(is_bought=(mine["quantity"] > 0).cast("int8"), is_back=(mine["quantity"] < 0).cast("int8"))
    mine = mine.group_by("experiment", "row", "phase").mutate(own=mine["is_bought"].max())
    pieces = mine["quantity"].cast("float64")
    lines = mine.group_by(KEYS).aggregate(
        moment=mine["moment"].min(), lines=mine.count(), own_lines=mine["own"].sum(), bought=mine["is_bought"].sum(),
        pieces=(pieces * mine["is_bought"]).sum(), returned=(mine["own"] * mine["is_back"]).sum(),
        pieces_back=(-pieces * mine["own"] * mine["is_back"]).sum(),
        revenue=(pieces * mine["price"].cast("float64") * mine["own"]).sum())
    bought = mine.filter((mine["is_bought"] == 1) & (mine["phase"] > EARLIER))
    orders = bought.group_by("experiment", "row", "phase", "order")
    orders = _placed(orders.aggregate(draw=bought["draw"].min(), moment=bought["moment"].min()), week)
    return [lines, orders.group_by(KEYS).aggregate(moment=orders["moment"].min(), orders=orders.count())]


def _padded(part: "ir.Table", names: list[str]) -> "ir.Table":
    """With all of these sums, those that it lacks as nothing."""
    import ibis

    kinds = {name: "float64" if name in NO_COUNTS else "int32" for name in names}
    return part.select(*KEYS, "moment", **{
        name: part[name].cast(kind) if name in part.columns else ibis.literal(0, type=kind) for name, kind in kinds.items()})
