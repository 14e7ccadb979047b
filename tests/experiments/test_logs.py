from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.experiments import Plan, draw, open_logs
from workbench.experiments.trials import Trial
from workbench.tables import Source, Week, conform, contract

ZONE = "Asia/Singapore"


def at(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz=ZONE).tz_convert("UTC")


@pytest.fixture(scope="module")
def trial():
    customers = pd.DataFrame({"customer": ["ann", "bo", "cy", "di"], "arm": ["control", "control", "new", "new"],
                                   "time": [at("2026-11-02 10:00")] * 4})
    return Trial("test", ["control", "new"], "", customers, {}, pd.DataFrame())


@pytest.fixture(scope="module")
def frames():
    orders = [  # order, customer, item, quantity, price, time
        ("o1", "ann", "x", 1, 10.0, "2026-11-01 10:00"),  # before the draw
        ("o1", "ann", "x", -1, 10.0, "2026-11-05 10:00"),  # its return: belongs to the order before the draw
        ("o2", "ann", "y", 2, 5.0, "2026-11-03 10:00"), ("o2", "ann", "z", 1, 7.0, "2026-11-03 10:00"),
        ("o3", "ann", "y", 1, 5.0, "2026-11-04 10:00"), ("o3", "ann", "y", -1, 5.0, "2026-11-06 10:00"),
        ("o4", "cy", "x", 1, 10.0, "2026-11-02 10:00"),  # in the very moment of the draw
        ("o5", "di", "x", 1, 10.0, "2026-11-02 09:59"),  # a minute before
        ("C6", "di", "q", -1, 3.0, "2026-11-08 09:00"),  # returns something older under a number of its own
        ("o7", "eve", "x", 1, 10.0, "2026-11-05 10:00")]  # not drawn
    events = [  # customer, item, behaviour, time
        ("ann", "x", "view", "2026-11-02 09:00"), ("ann", "y", "view", "2026-11-02 23:30"),
        ("ann", "y", "cart", "2026-11-02 23:40"), ("ann", "y", "buy", "2026-11-03 10:00"),
        ("bo", "x", "cart", "2026-11-03 00:10"), ("bo", "x", "cart", "2026-11-03 00:20"),
        ("cy", "x", "buy", "2026-11-02 10:00"), ("cy", "x", "cart", "2026-11-04 10:00"),  # carted again, not bought again
        ("eve", "x", "view", "2026-11-03 00:20")]
    columns = {"orders": ["order", "customer", "item", "quantity", "price", "time"],
               "events": ["customer", "item", "behaviour", "time"]}
    return {name: conform(pd.DataFrame([(*row[:-1], at(row[-1])) for row in rows], columns=columns[name]), contract(name))
            for name, rows in (("orders", orders), ("events", events))}


def values(people, customers=4):
    totals = {each.metric.name: each.values(customers) for each in people.measured}
    return {name: (top.tolist(), None if base is None else base.tolist()) for name, (top, base) in totals.items()}


def test_only_what_follows_the_draw_counts_and_who_did_nothing_is_zero(trial, frames, gathered):
    people = gathered(trial, frames)
    told = values(people)
    assert told["conversion"] == ([1, 0, 1, 0], None)
    assert told["revenue per customer"] == ([17, 0, 10, 0], None)
    assert told["orders per customer"] == ([2, 0, 1, 0], None)
    assert told["revenue per order"] == ([17, 0, 10, 0], [2, 0, 1, 0])
    assert told["pieces returned"] == ([1, 0, 0, 0], [4, 0, 1, 0])
    assert told["active days"] == ([2, 1, 2, 0], None)  # days of the shop's time zone
    assert told["visits"] == ([2, 1, 2, 0], None)  # half an hour without an action ends one
    assert told["views per visit"] == ([1, 0, 0, 0], [2, 1, 2, 0])
    assert told["views per customer"] == ([1, 0, 0, 0], None)
    assert told["carts per customer"] == ([1, 2, 1, 0], None)
    assert told["left in the cart"] == ([0, 1, 1, 0], [1, 1, 1, 0])
    assert people.notes == ["1 events and 3 order lines of its customers lie before the draw: they are no effect, and only "
                            "sharpen it."]


def test_without_orders_a_purchase_is_a_buy_event(trial, frames, gathered):
    told = values(gathered(trial, {"events": frames["events"]}))
    assert told["conversion"] == ([1, 0, 1, 0], None) and "revenue per customer" not in told


def test_without_events_there_is_no_engagement(trial, frames, gathered):
    told = values(gathered(trial, {"orders": frames["orders"]}))
    assert "conversion" in told and "active days" not in told
    assert values(gathered(trial, {})) == {}


def test_until_a_moment(trial, frames, gathered):
    bought = next(each for each in gathered(trial, frames).measured if each.metric.name == "conversion")
    before = at("2026-11-03 00:00").tz_localize(None).to_datetime64()
    assert bought.values(4, before)[0].tolist() == [0, 0, 1, 0]


def test_who_came_back_in_the_second_week(drawn, gathered):
    assignments = drawn({"control": 30, "new": 30}, every="12h")
    trial = draw(assignments.assign(time=assignments["time"] - pd.Timedelta(days=10)), Plan())[0]
    at = trial.customers["time"]
    rows = [(who, at[i] + pd.Timedelta(days=day)) for i, who in enumerate(trial.customers["customer"])
            for day in ((1, 8) if i % 2 else (1, 15))]
    events = conform(pd.DataFrame({"customer": [who for who, _ in rows], "item": "x", "behaviour": "view",
                                   "time": [when for _, when in rows]}), contract("events"))
    measured = {each.metric.name: each for each in gathered(trial, {"events": events}).measured}
    back, end = measured["came back in the second week"], pd.Timestamp("2026-11-16", tz=ZONE)
    lived = (at + pd.Timedelta(days=14) <= end).to_numpy()
    assert back.known.tolist() == lived.tolist() and 10 < lived.sum() < 60
    assert back.values(60)[0][lived].tolist() == [float(i % 2) for i in np.flatnonzero(lived)]


def test_the_logs_are_open_until_they_are_closed(frames, tmp_path):
    week = Week(Source("shop", Path("."), ZONE, "SGD"), "2026-W46", tmp_path / "shop" / "2026-W46")
    assert open_logs(week) == {} and open_logs(week).close() is None
    week.write("orders", frames["orders"])
    logs = open_logs(week)
    assert list(logs) == ["orders"] and logs["orders"].count().execute() == len(frames["orders"])
    logs.close()
    logs.close()
    with pytest.raises(Exception, match="closed"):
        logs["orders"].count().execute()
