import pandas as pd
import pytest

from workbench.experiments import Plan, draw, segments
from workbench.tables import conform, contract


def test_groups_are_those_known_before_the_draw(drawn):
    assignments = drawn({"control": 2, "new": 2})
    orders = conform(pd.DataFrame({
        "order": ["1", "2", "3"], "customer": ["c0", "c0", "c1"], "item": "x", "quantity": 1, "price": 1.0,
        "time": pd.to_datetime(["2026-10-01", "2026-11-20", "2026-11-21"], utc=True), "country": ["FR", "DE", "DE"]}),
        contract("orders"))
    found = segments(assignments, {"orders": orders})["test"]
    assert found["new and earlier customers"].to_dict() == {"c0": "seen before", "c1": "new", "c2": "new", "c3": "new"}
    assert found["country of delivery"].to_dict() == {"c0": "FR"}
    assert segments(drawn({"control": 2}, dated=False), {}) == {"test": {}}


@pytest.mark.parametrize("dated", [True, False])
def test_groups_that_the_assignments_name_need_no_dates(drawn, dated):
    assignments = drawn({"control": 2, "new": 2}, dated=dated)
    assignments = pd.concat([assignments, assignments.head(1)], ignore_index=True)  # drawn again: the first draw tells
    assignments["country"] = pd.array(["FR", "DE", pd.NA, "DE", "US"], dtype="string")
    assignments["segment"] = pd.array(["new", "new", "returning", "new", "new"], dtype="string")
    found = segments(conform(assignments, contract("assignments")), {})["test"]
    assert set(found) == {"country", "segment"}
    assert found["country"].to_dict() == {"c0": "FR", "c1": "DE", "c3": "DE"}


def test_a_day_begins_where_the_shop_is(drawn):
    assignments = drawn({"control": 1, "new": 1})
    at = assignments["time"].min().tz_convert("Asia/Singapore").normalize() + pd.Timedelta(hours=10)
    assignments["time"] = at.tz_convert("UTC")
    events = conform(pd.DataFrame({"customer": ["c0", "c1"], "item": "x", "behaviour": "view",
                                   "time": [at - pd.Timedelta(hours=3), at - pd.Timedelta(hours=11)]}), contract("events"))
    found = segments(assignments, {"events": events}, "Asia/Singapore")["test"]["new and earlier customers"]
    assert found.to_dict() == {"c0": "new", "c1": "seen before"}, "seven in the morning is no day before"


def test_a_redirect_that_loses_new_customers_is_found(drawn):
    assignments = drawn({"control": 1000, "new": 1000})
    number = assignments["customer"].str[1:].astype(int)
    known = assignments[(number % 2 == 0).to_numpy()]
    events = conform(known[["customer"]].assign(
        item="x", behaviour="view", time=pd.Timestamp("2026-10-01", tz="UTC")), contract("events"))
    lost = (assignments["arm"] == "new") & (number % 2 == 1) & (number % 5 < 3)
    trial, = draw(assignments[~lost.to_numpy()], Plan(), "UTC", segments(assignments, {"events": events}))
    assert "It differs by new and earlier customers: new" in trial.clue.sentence


def test_a_review_written_after_the_draw_makes_no_group(drawn):
    assignments = drawn({"control": 2, "new": 2})
    reviews = pd.DataFrame({"customer": ["c0", "c1", "c2"], "language": ["en", "zh", "zh"],
                            "time": pd.to_datetime(["2026-10-01", "2026-10-01", "2026-12-01"], utc=True)})
    found = segments(assignments, {"reviews": reviews})["test"]["language of their reviews"]
    assert found.to_dict() == {"c0": "English", "c1": "Chinese"}
