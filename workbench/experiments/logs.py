"""Metrics from the shop's own logs: what each customer did from the draw on.

The logs are complete: a customer who is not in them after the draw did nothing and counts as zero in every metric
(intention to treat). Only ratios between two sums have a base of their own, and their words name it.
"""

import numpy as np
import pandas as pd

from workbench.experiments.metrics import (
    DECISION,
    ENGAGEMENT,
    GUARDRAIL,
    MEAN,
    OUTCOME,
    PROPORTION,
    RATIO,
    SHARE,
    Deeds,
    Measured,
    Metric,
    instant,
    instants,
)

CONVERSION = Metric("conversion", "Customers who bought something after they were drawn, of all who were drawn.",
                    PROPORTION, DECISION, SHARE, did="bought")
ORDERS = Metric("orders per customer", "Orders placed after the draw, per customer drawn.", MEAN, OUTCOME)
ACTIVE_DAYS = Metric("active days", "Days with at least one action after the draw, per customer drawn.",
                     MEAN, ENGAGEMENT, "days")
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


def from_logs(customers: pd.DataFrame, frames: dict[str, pd.DataFrame], timezone: str, currency: str,
              end: pd.Timestamp | None = None) -> tuple[list[Measured], list[str]]:
    """Every metric that the tables ``events`` and ``orders`` allow, the most important first; and what was not counted.

    Args:
        customers: ``customer, arm, time`` of a dated trial, one row a customer.
        frames: tables by name; ``events``, ``orders`` or both, or neither: then there is no metric.
        timezone: of the shop, for days. currency: of the prices.
        end: first moment that is not read any more (UTC), for who came back; None: that is not measured.
    """
    logs, early, found = {}, [], []
    for name, rows in (("events", "events"), ("orders", "order lines")):
        if name in frames:
            logs[name], before = _since_the_draw(frames[name], customers)
            early += [f"{before:,} {rows}"] * bool(before)
    notes = [f"{' and '.join(early)} of its customers lie before the draw and do not count."] if early else []
    events, orders = logs.get("events"), logs.get("orders")
    if orders is not None:
        found += _from_orders(_own_orders(orders), currency)
    elif events is not None and (events["behaviour"] == "buy").any():
        bought = _deeds(events[(events["behaviour"] == "buy").to_numpy()], once=True)
        found.append(Measured(CONVERSION, bought))
    if events is not None:
        found += _from_events(events, timezone)
        found += [] if end is None else _retained(events, customers, end)
    return found, notes


def _since_the_draw(log: pd.DataFrame, customers: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Rows of the trial's customers from their draw on, with ``row``: the customer's place; and how many lie before."""
    row = pd.Index(customers["customer"]).get_indexer(log["customer"])
    part = log[row >= 0].assign(row=row[row >= 0])
    drawn = instants(customers["time"])[part["row"]]
    begun = part["time"]
    if "order" in part:  # an order begins with its first line: a return belongs to the order it sends back
        begun = part.groupby(["row", "order"])["time"].transform("min")
    after = instants(begun) >= drawn
    return part[after], int((~after).sum())


def _own_orders(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines of customers who bought something since the draw: a return without a purchase belongs to an older order."""
    buyers = lines.loc[(lines["quantity"] > 0).to_numpy(), "row"].unique()
    return lines[lines["row"].isin(buyers)]


def _from_orders(lines: pd.DataFrame, currency: str) -> list[Measured]:
    bought = lines[(lines["quantity"] > 0).to_numpy()].sort_values("time", kind="stable")
    returned = lines[(lines["quantity"] < 0).to_numpy()]
    money = _deeds(lines, (lines["quantity"] * lines["price"]).to_numpy(dtype=float))
    orders = _deeds(bought.drop_duplicates(["row", "order"]))
    buyers = _deeds(bought, once=True)
    per_customer, per_order = revenue(currency)
    return [Measured(CONVERSION, buyers), Measured(per_customer, money), Measured(ORDERS, orders),
            Measured(per_order, money, orders),
            Measured(RETURNED, _deeds(returned, -returned["quantity"].to_numpy(dtype=float)),
                     _deeds(bought, bought["quantity"].to_numpy(dtype=float)))]


def _from_events(events: pd.DataFrame, timezone: str) -> list[Measured]:
    day = events["time"].dt.tz_convert(timezone).dt.normalize()
    days = events.assign(day=day).sort_values("time", kind="stable").drop_duplicates(["row", "day"])
    found = [Measured(ACTIVE_DAYS, _deeds(days)),
             Measured(VIEWS, _deeds(events[(events["behaviour"] == "view").to_numpy()]))]
    carts = events[(events["behaviour"] == "cart").to_numpy()]
    if carts.empty:
        return found
    found.append(Measured(CARTS, _deeds(carts)))
    buys = events[(events["behaviour"] == "buy").to_numpy()]
    if len(buys):
        carted = carts.sort_values("time", kind="stable").drop_duplicates(["row", "item"])
        last = buys.groupby(["row", "item"])["time"].max().rename("bought").reset_index()
        with_last = carted[["row", "item", "time"]].merge(last, on=["row", "item"], how="left")
        left = ~(with_last["bought"] >= with_last["time"]).to_numpy(dtype=bool, na_value=False)
        found.append(Measured(LEFT, _deeds(with_last, left.astype(float)), _deeds(with_last)))
    return found


def _retained(events: pd.DataFrame, customers: pd.DataFrame, end: pd.Timestamp) -> list[Measured]:
    """Who came back in the second week, of those who have had one; nothing if nobody has."""
    drawn, until = instants(customers["time"]), instant(end)
    had = drawn + np.timedelta64(14, "D") <= until
    age = instants(events["time"]) - drawn[events["row"]]
    back = (age >= np.timedelta64(7, "D")) & (age < np.timedelta64(14, "D")) & had[events["row"]]
    return [Measured(RETAINED, _deeds(events[back], once=True), known=had)] if had.any() else []


def _deeds(rows: pd.DataFrame, amount: np.ndarray | None = None, once: bool = False) -> Deeds:
    amount = np.ones(len(rows)) if amount is None else amount
    return Deeds(rows["row"].to_numpy(), instants(rows["time"]), amount, once)

