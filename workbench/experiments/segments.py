"""Groups of customers as they were known before the draw, to look for where a split broke."""

import pandas as pd


def segments(assignments: pd.DataFrame, frames: dict[str, pd.DataFrame]) -> dict[str, pd.Series]:
    """By name, the group of each customer (index: customer), as far as the tables tell.

    ``new and earlier customers``: whether anything of theirs is in the logs before the day of their first draw;
    ``country of delivery``: of their latest order before it; ``language of their reviews``: of those before it, where
    reviews are dated. None is touched by the change.
    """
    found = {}
    drawn = assignments.groupby("customer")["time"].min()
    logs = [frames[name][["customer", "time"]] for name in ("events", "orders") if name in frames]
    if logs and drawn.notna().any():
        first = pd.concat(logs).groupby("customer")["time"].min().reindex(drawn.index)
        known = (first < drawn.dt.floor("D")).fillna(False)
        found["new and earlier customers"] = known.map({True: "seen before", False: "new"})
    orders = frames.get("orders")
    if orders is not None and orders["country"].notna().any():
        before = orders[(orders["time"] < orders["customer"].map(drawn)).fillna(False).to_numpy(dtype=bool)]
        found["country of delivery"] = before.sort_values("time", kind="stable").groupby("customer")["country"].last()
    reviews = frames.get("reviews")
    if reviews is not None and "time" in reviews:  # having reviewed after the draw may itself be an effect
        reviews = reviews[(reviews["time"] < reviews["customer"].map(drawn)).fillna(False).to_numpy(dtype=bool)]
    if reviews is not None and reviews["customer"].notna().any() and reviews["language"].nunique() > 1:
        found["language of their reviews"] = reviews.groupby("customer")["language"].first()
    return found
