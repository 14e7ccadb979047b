"""Features of every customer, from the days: recency, frequency, money, counts, conversion."""

from typing import TYPE_CHECKING

from workbench.behaviour.clock import DAY
from workbench.behaviour.logs import COUNTS, Logs
from workbench.engine import moments
from workbench.tables import contract

if TYPE_CHECKING:
    import ibis.expr.types as ir

FEATURES = [name for name in contract("customers_standardised").names if name != "customer"]


def customers(logs: Logs, days: "ir.Table") -> "ir.Table":
    """Features of every customer from all that was done before the end of the week: table ``customers``, by customer.

    The average basket is the value of what was ordered per order; revenue takes returns off. Days that name no customer
    are left out.

    Args:
        days: as :meth:`Logs.days` makes them, perhaps stored since.
    """
    import ibis

    known = days.filter(days.customer.notnull())
    sums = {name: known[name].sum().cast("int64") for name in (*COUNTS, "purchases")}
    by = known.group_by("customer").aggregate(
        first=known["first"].min(), last=known["last"].max(), active_days=known.count(), ordered=known.ordered.sum(),
        revenue=known.revenue.sum(), **sums)
    weeks = ((logs.end - by["first"]).cast("float64") / (7 * DAY))
    bought = by.purchases.nullif(0)
    empty = ibis.literal(None, type="float64")
    name = logs.connection.name
    table = by.mutate(
        first_seen=moments(by["first"], name), last_seen=moments(by["last"], name),
        recency=(logs.end - by["last"]).cast("float64") / DAY,
        conversion=by.buys.cast("float64") / by.views.nullif(0),
        purchase_frequency=by.purchases.cast("float64") / ibis.greatest(weeks, 1.0),
        average_basket=empty if logs.orders is None else by.ordered / bought,
        revenue=empty if logs.orders is None else by.revenue.fill_null(0.0))
    return table.select(*contract("customers").names).order_by("customer")
