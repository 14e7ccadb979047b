from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import behaviour
from workbench.errors import TableError
from workbench.tables import Source, Week, conform, contract

SHANGHAI = Week(Source("shop", Path("shop"), timezone="Asia/Shanghai"), "2026-W46", Path("week"))


def events_of(*rows):
    frame = pd.DataFrame(rows, columns=["customer", "item", "behaviour", "time"]).assign(category=None)
    frame["time"] = pd.to_datetime(frame["time"], utc=True)
    return conform(frame, contract("events"))


EVENTS = events_of(
    ("a", "p1", "view", "2026-11-09 01:00"), ("a", "p1", "cart", "2026-11-09 01:05"),
    ("a", "p1", "buy", "2026-11-09 17:00"),  # already the 10th in Shanghai
    ("b", "p1", "view", "2026-11-03 10:00"), ("b", "p2", "view", "2026-11-12 10:00"),
    ("c", "p2", "view", "2026-11-20 10:00"))  # after the week
ORDERS = conform(pd.DataFrame({
    "order": ["o1", "o1", "o2", "o3"], "customer": ["a", "a", "a", None], "item": ["p1", "p2", "p1", "p1"],
    "quantity": [2, 1, -1, 5], "price": [10.0, 5.0, 10.0, 10.0],
    "time": pd.to_datetime(["2026-11-09 17:00", "2026-11-09 17:00", "2026-11-11 09:00", "2026-11-11 10:00"],
                           utc=True)}), contract("orders"))


def test_features_of_a_planted_customer():
    table = conform(behaviour.customers(EVENTS, ORDERS, SHANGHAI), contract("customers")).set_index("customer")
    assert table.index.tolist() == ["a", "b"], "c acted only after the week"
    a = table.loc["a"]
    assert (a["views"], a["carts"], a["buys"], a["purchases"], a["active_days"]) == (1, 1, 1, 1, 3)
    assert (a["average_basket"], a["revenue"], a["conversion"]) == (25.0, 15.0, 1.0)
    assert a["recency"] == pytest.approx((pd.Timestamp("2026-11-15 16:00") - pd.Timestamp("2026-11-11 09:00"))
                                         / pd.Timedelta(days=1))
    assert table.loc["b", "purchase_frequency"] == 0


def test_orders_alone_and_events_alone_are_enough():
    assert behaviour.customers(None, ORDERS, SHANGHAI)["customer"].tolist() == ["a"]
    alone = behaviour.customers(EVENTS, None, SHANGHAI).set_index("customer")
    assert alone.loc["a", "purchases"] == 1 and np.isnan(alone.loc["a", "revenue"])
    with pytest.raises(TableError, match="neither events nor orders"):
        behaviour.customers(None, None, SHANGHAI)


@given(st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 9)), min_size=2, max_size=30))
def test_standardised_features_have_mean_0_and_deviation_1(values):
    table = pd.DataFrame({"customer": [str(i) for i in range(len(values))],
                          **{name: values for name in behaviour.FEATURES}})
    scaled = behaviour.standardise(table, behaviour.scaler(table))["revenue"]
    if np.std(values) > 1e-6 * np.abs(values).max():
        assert scaled.mean() == pytest.approx(0, abs=1e-4)
        assert scaled.std(ddof=0) == pytest.approx(1, abs=1e-4)


def test_a_feature_that_is_the_same_for_all_becomes_0():
    table = pd.DataFrame({"customer": ["a", "b", "c"], **dict.fromkeys(behaviour.FEATURES, 0.1)})
    assert behaviour.standardise(table, behaviour.scaler(table))["views"].tolist() == [0, 0, 0]


def test_sequences_are_in_time_order_and_lose_nothing():
    shuffled = EVENTS.sample(frac=1, random_state=1)
    table = conform(behaviour.sequences(shuffled), contract("sequences")).set_index(["customer", "item"])
    assert list(table.loc[("a", "p1"), "behaviours"]) == ["view", "cart", "buy"]
    assert table["events"].sum() == len(EVENTS)
    paths = behaviour.customer_paths(shuffled).set_index("customer")
    assert list(paths.loc["b", "items"]) == ["p1", "p2"]


def test_funnel_counts_customers_once_and_sets_last_week_beside():
    table = behaviour.funnel(EVENTS, SHANGHAI).set_index(["week", "stage"])
    assert table.loc[("2026-W46", "view"), "customers"] == 2
    assert table.loc[("2026-W46", "buy"), "rate"] == 0.5
    assert table.loc[("2026-W45", "view"), "customers"] == 1


def test_engagement_is_in_the_shops_time_zone():
    table = behaviour.engagement(EVENTS, ORDERS, SHANGHAI).set_index("day")
    assert len(table) == 14 and table.loc["2026-11-10", "buys"] == 1, "17:00 UTC is the next day in Shanghai"
    assert table.loc["2026-11-10", "revenue"] == 25.0
    assert table["revenue"].sum() == 65.0, "orders without a customer are revenue too"


def test_lines_that_name_no_customer_count_in_the_days_and_are_spoken_of():
    table = behaviour.engagement(None, ORDERS, SHANGHAI).set_index("day")
    assert table["events"].sum() == len(ORDERS) and table["customers"].sum() == 2
    _, notes = behaviour.week_tables({"orders": ORDERS}, SHANGHAI)
    assert notes[0].startswith("1 of 4 order lines name no customer")
