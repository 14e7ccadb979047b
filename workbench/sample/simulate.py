"""Twelve weeks of a shop's life, seeded: who came when, looked at what, put it in the cart, bought it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

WEEKS = 12
LAST_WEEK = "2026-W46"
FIRST_DAY = pd.Timestamp("2026-08-24", tz="Asia/Singapore")  # Monday of 2026-W35
#: demand of each week; the last holds the 11.11 sales
DEMAND = np.array([.95, .97, 1.0, .98, 1.02, 1.0, 1.03, 1.05, 1.02, 1.04, 1.08, 1.30])
WEEKDAY = np.array([.9, .9, .95, 1.0, 1.1, 1.25, 1.2])
HOUR = np.array([2, 1, 1, 1, 1, 2, 3, 5, 6, 6, 6, 7, 9, 8, 6, 6, 6, 7, 9, 11, 13, 13, 10, 5], dtype=float)
FAVOURITE, CART, BUY = .05, .12, .32  # a favourite or cart per view, a purchase per cart


@dataclass(frozen=True)
class Experiment:
    """A planted experiment: ``lift`` multiplies the chance to buy what is in the cart; ``lost`` is the share of
    the second arm's customers that never reach the log (a broken split)."""

    name: str
    arms: tuple[str, str]
    first_week: int
    lift: float = 1.0
    lost: float = 0.0
    truth: str = ""


EXPERIMENTS = (
    Experiment("free shipping bar", ("control", "bar"), 8, lift=1.45, truth="a real effect on conversion"),
    Experiment("renamed menu", ("control", "renamed"), 6, truth="A/A: both arms saw the same menu"),
    Experiment("new checkout", ("control", "new"), 10, lost=.25, truth="a broken split: the redirect loses customers"),
)


#: came to one category, without a control group; ``lift`` multiplies the chance of a favourite
CHANGE = {"name": "new product pictures", "category": "kitchen", "first_week": 9, "lift": 1.6}


@dataclass(frozen=True)
class Life:
    """What was simulated. ``people``: customer, language. Times are in the shop's time zone."""

    people: pd.DataFrame
    events: pd.DataFrame
    orders: pd.DataFrame
    assignments: pd.DataFrame


def simulate(products: pd.DataFrame, customers: int, seed: int) -> Life:
    """Simulate ``customers`` customers over :data:`WEEKS` weeks; the same seed gives the same life."""
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({
        "customer": [f"HPC-{i:07d}" for i in rng.permutation(customers) + 1],
        "language": rng.choice(["en", "zh"], customers, p=[.55, .45]),
        "activity": rng.gamma(1.2, .30, customers),  # sessions a week
        "taste": rng.integers(0, products["category"].nunique(), customers),
        "joined": np.where(rng.random(customers) < .6, 0, rng.integers(0, WEEKS, customers)),
    })
    sessions = _sessions(people, rng)
    assignments = _assign(sessions, customers, rng)
    views = _views(sessions, people, products, rng)
    carts, bought = _carts(views, assignments, rng)
    events = _log(views, carts, bought, people, products, rng)
    orders = _orders(views[bought], people, products, rng)
    named = assignments.assign(customer=people["customer"].to_numpy()[assignments["person"]])
    return Life(people[["customer", "language"]], events, orders,
                named.loc[~named["lost"], ["experiment", "customer", "arm", "time"]])


def _sessions(people: pd.DataFrame, rng) -> pd.DataFrame:
    week = np.arange(WEEKS)
    rate = people["activity"].to_numpy()[:, None] * DEMAND * (week >= people["joined"].to_numpy()[:, None])
    counts = rng.poisson(rate)
    person, at = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(counts.shape))
    n = len(person)
    day = rng.choice(7, n, p=WEEKDAY / WEEKDAY.sum())
    seconds = rng.choice(24, n, p=HOUR / HOUR.sum()) * 3600 + rng.integers(0, 3000, n)
    start = (at * 7 + day) * 86400 + seconds
    frame = pd.DataFrame({"person": person, "week": at, "second": start})
    return frame.sort_values(["second", "person"], ignore_index=True).rename_axis("session").reset_index()


def _assign(sessions: pd.DataFrame, customers: int, rng) -> pd.DataFrame:
    parts = []
    for experiment in EXPERIMENTS:
        arm = rng.integers(0, 2, customers)
        lost = (arm == 1) & (rng.random(customers) < experiment.lost)
        first = sessions[sessions["week"] >= experiment.first_week].groupby("person")["second"].min()
        parts.append(pd.DataFrame({
            "experiment": experiment.name, "person": first.index, "arm": np.array(experiment.arms)[arm[first.index]],
            "second": first.to_numpy(), "time": _clock(first.to_numpy()), "lost": lost[first.index]}))
    return pd.concat(parts, ignore_index=True)


def _views(sessions: pd.DataFrame, people: pd.DataFrame, products: pd.DataFrame, rng) -> pd.DataFrame:
    counts = 1 + rng.poisson(2.6, len(sessions))
    views = sessions.loc[np.repeat(sessions.index, counts)].reset_index(drop=True)
    popularity = rng.permutation(1 / np.arange(1, len(products) + 1) ** .5)
    codes = products["category"].astype("category").cat.codes.to_numpy()
    weights = popularity * np.where(codes == np.arange(codes.max() + 1)[:, None], 5.0, 1.0)
    weights = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    taste = people["taste"].to_numpy()[views["person"]]
    drawn, item = rng.random(len(views)), np.zeros(len(views), dtype=int)
    for category, cumulated in enumerate(weights):
        item[taste == category] = np.searchsorted(cumulated[:-1], drawn[taste == category], side="right")
    views["item"] = item
    step = views.groupby("session").cumcount().to_numpy()
    views["second"] += step * 75 + rng.integers(0, 40, len(views))
    return views


def _carts(views: pd.DataFrame, assignments: pd.DataFrame, rng) -> tuple[np.ndarray, np.ndarray]:
    carts = rng.random(len(views)) < CART
    chance = np.full(len(views), BUY)
    for experiment in EXPERIMENTS:
        treated = assignments[(assignments["experiment"] == experiment.name)
                              & (assignments["arm"] == experiment.arms[1])].set_index("person")["second"]
        since = views["person"].map(treated).to_numpy(dtype=float)
        chance = np.where(views["second"].to_numpy() >= np.nan_to_num(since, nan=np.inf),
                          chance * experiment.lift, chance)
    return carts, carts & (rng.random(len(views)) < chance)


def _log(views, carts, bought, people, products, rng) -> pd.DataFrame:
    changed = (products["category"] == CHANGE["category"]).to_numpy()[views["item"]]
    changed &= (views["week"] >= CHANGE["first_week"]).to_numpy()
    favourites = rng.random(len(views)) < np.where(changed, FAVOURITE * CHANGE["lift"], FAVOURITE)
    parts = [views.assign(behaviour=name, second=views["second"] + delay)[mask] for name, delay, mask in (
        ("pv", 0, np.ones(len(views), dtype=bool)), ("fav", 9, favourites), ("cart", 21, carts), ("buy", 55, bought))]
    log = pd.concat(parts).sort_values(["second", "person"], kind="stable", ignore_index=True)
    return pd.DataFrame({
        "user_id": people["customer"].to_numpy()[log["person"]], "sku": products["product"].to_numpy()[log["item"]],
        "category": products["category"].to_numpy()[log["item"]], "action": log["behaviour"],
        "ts": (FIRST_DAY.timestamp() + log["second"]).astype("int64")})


def _orders(bought: pd.DataFrame, people, products, rng) -> pd.DataFrame:
    lines = bought.groupby(["session", "person", "item"], as_index=False).agg(second=("second", "max"))
    lines["second"] = lines.groupby("session")["second"].transform("max") + 55
    lines["quantity"] = 1 + rng.poisson(.18, len(lines))
    lines["order"] = "SO" + (100000 + lines["session"]).astype(str)
    returned = lines[rng.random(len(lines)) < .04].copy()
    returned["quantity"] = -returned["quantity"]
    returned["second"] += rng.integers(3, 10, len(returned)) * 86400
    lines = pd.concat([lines, returned[returned["second"] < WEEKS * 7 * 86400]]).sort_values(
        ["second", "order", "item"], ignore_index=True)
    return pd.DataFrame({
        "order_no": lines["order"], "customer": people["customer"].to_numpy()[lines["person"]],
        "sku": products["product"].to_numpy()[lines["item"]], "name": products["name"].to_numpy()[lines["item"]],
        "qty": lines["quantity"], "unit_price": products["price"].to_numpy()[lines["item"]],
        "ordered_at": _clock(lines["second"].to_numpy())})


def _clock(seconds: np.ndarray) -> pd.Series:
    return pd.Series((FIRST_DAY + pd.to_timedelta(seconds, unit="s")).strftime("%Y-%m-%d %H:%M:%S"))
