import numpy as np
import pandas as pd
import pytest

from tests.behaviour.conftest import EVENTS, ORDERS, events_of
from workbench import behaviour
from workbench.engine import arrow


def weeks_of(visits):
    """``visits``: customer -> weeks before 2026-W46 in which there was a view."""
    day = pd.Timestamp("2026-11-10", tz="UTC")
    return events_of(*[(who, "p1", "view", str(day - pd.Timedelta(weeks=week))) for who, weeks in visits.items()
                       for week in weeks])


def test_retention_of_planted_cohorts(logs):
    made = logs(events=weeks_of({"a": [2, 1, 0], "b": [2, 0], "c": [2], "d": [1]}))
    table = behaviour.retention(made, made.days()).set_index(["cohort", "age"])
    assert table.loc[("2026-W44", 0), "customers"] == 3
    assert table["active"].to_dict() == {("2026-W44", 0): 3, ("2026-W44", 1): 1, ("2026-W44", 2): 2, ("2026-W45", 0): 1,
                                         ("2026-W45", 1): 0}


def test_new_and_returning_apart(logs):
    made = logs(events=weeks_of({"a": [1, 0], "b": [0]}), orders=ORDERS)
    table = behaviour.sales(made, made.days()).set_index(["week", "group"])
    assert table.loc[("2026-W46", "new"), "customers"] == table.loc[("2026-W46", "returning"), "customers"] == 1
    assert table.loc[("2026-W46", "returning"), "revenue"] == 15 and table.loc[("2026-W46", "returning"), "conversion"] == 1
    nameless = table.loc[("2026-W46", "no customer named")]
    assert nameless["revenue"] == 50 and pd.isna(nameless["customers"])


def test_the_ladder_counts_who_went_on(duckdb_connection):
    people = duckdb_connection.create_table("bought", pd.DataFrame({"purchases": [0, 0, 1, 1, 2, 3]}), overwrite=True)
    table = behaviour.ladder(people).set_index("purchases")
    assert table["customers"].tolist() == [6, 4, 2, 1] and table["went_on"].tolist() == [4, 2, 1, 0]
    assert table.loc[1, "share"] == .5


def people_of(connection, rows):
    frame = pd.DataFrame(rows, columns=["customer", "days_since", "purchases", "revenue"])
    return connection.create_table("people", frame.astype({"days_since": "Int64", "revenue": "Float64"}), overwrite=True)


def test_every_rule_of_the_segments_finds_its_own(duckdb_connection):
    rows = [("champion", 3, 9, 900.0), ("loyal", 30, 9, 900.0), ("slipping", 90, 9, 900.0), ("big", 30, 1, 900.0),
            ("fresh", 5, 1, 10.0), ("asleep", 90, 1, 10.0), ("occasional", 30, 1, 10.0), ("never", None, 0, None)]
    table = behaviour.segments(people_of(duckdb_connection, rows), behaviour.Bounds(10, 60, 3, 500.0))
    found = arrow(table).to_pandas().set_index("customer")["segment"]
    assert found.to_dict() == {
        "champion": "champions", "loyal": "loyal", "slipping": "slipping away", "big": "big spenders",
        "fresh": "new buyers", "asleep": "asleep", "occasional": "occasional", "never": "never bought"}


def test_bounds_are_thirds_and_often_is_at_least_twice(duckdb_connection):
    people = people_of(duckdb_connection, [(str(i), i, 1, float(i)) for i in range(1, 10)])
    bounds = behaviour.bounds(people)
    assert (bounds.often, bounds.recent, bounds.long_ago) == (2, pytest.approx(11 / 3), pytest.approx(19 / 3))
    assert behaviour.bounds(people_of(duckdb_connection, [("a", None, 0, None)])) is None


def test_a_planted_wholesaler_is_named_and_nobody_else(duckdb_connection):
    draw = np.random.default_rng(2)
    baskets = [*draw.lognormal(3, .6, 3000), 50_000.0]
    people = duckdb_connection.create_table("people", pd.DataFrame({
        "customer": [*map(str, range(3000)), "wholesaler"], "purchases": 1, "revenue": baskets,
        "average_basket": baskets}), overwrite=True)
    bins, told = behaviour.spread(people, "average_basket")
    assert bins["customers"].sum() == told["customers"] == 3001 and told["beyond"] == 1
    assert told["share_beyond"] == pytest.approx(50_000 / sum(baskets))
    assert behaviour.outliers(people, {"average_basket": told["fence"]})["customer"].tolist() == ["wholesaler"]


def test_nobody_bought_is_a_result(logs):
    made = logs(events=EVENTS[EVENTS["behaviour"] == "view"])
    people = behaviour.customers(made, made.days())
    assert behaviour.spread(people, "purchase_frequency")[1]["customers"] == 0
    assert behaviour.ladder(people)["went_on"].tolist() == [0]
