import json

import pandas as pd
import pytest

from tests.behaviour.conftest import EVENTS, ORDERS, PRODUCTS, events_of, week_of_tables
from workbench import behaviour, customers
from workbench.customers.read import Told
from workbench.figures import customers as charts
from workbench.findings import Change


def told_of(folder, **tables):
    week = week_of_tables(folder, **tables)
    behaviour.make(week)
    return week, customers.read(week)


def exhibit(finding, title):
    return next(exhibit for exhibit in finding.exhibits if exhibit.title.startswith(title))


def test_events_and_orders(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_SMALLEST_GROUP", "1")
    week, told = told_of(tmp_path, events=EVENTS, orders=ORDERS, products=PRODUCTS)
    finding = customers.finding(told)
    finding.save(week)
    assert "Of 100 customers who viewed something 50.0 bought" in finding.sentence
    assert "Active were 1 new (100.0% of them bought" in finding.sentence and " 1 returning " in finding.sentence
    assert "Of 1 customers who ever bought 0.0% bought again" in finding.sentence
    assert [tile.label for tile in finding.tiles] == ["Customers who viewed", "Viewers who bought", "Revenue, CNY"]
    assert exhibit(finding, "Revenue").table["revenue"].tolist() == [0.0, 65.0]
    assert all(week.has(name) for name in ("sales", "retention", "rhythm", "ladder", "segments", "outliers"))
    assert "recently" in exhibit(finding, "Segments").caption.lower()


def test_a_small_rate_keeps_its_digits(tmp_path):
    """As where a log counts every visitor (Retailrocket: 0.1 of 100 bought, 0.1 to 0.1)."""
    seen = [(f"c{i}", "p1", "view", "2026-11-10 01:00") for i in range(8000)]
    bought = [(f"c{i}", "p1", "buy", "2026-11-10 02:00") for i in range(20)]
    _, told = told_of(tmp_path, events=events_of(*seen, *bought))
    finding = customers.finding(told)
    assert "viewed something 0.25 bought (95% interval 0.16 to 0.39)" in finding.sentence
    assert [tile.value for tile in finding.tiles] == ["8,000", "0.25%"]
    assert "−0.07 to +0.03 points" in Change(-0.02, -0.07, 0.03, "points").tile("", "", "").interval


def test_a_shop_of_two_customers_tells_of_nobody(tmp_path):
    _, told = told_of(tmp_path, events=EVENTS, orders=ORDERS)
    finding = customers.finding(told)
    plain = finding.to_dict()
    assert "viewed" not in finding.sentence and "Active" not in finding.sentence
    assert all(row["customers"] in (None, 0) for row in plain["table"]) and plain["figure"] is None
    assert [tile.value for tile in finding.tiles] == ["fewer than 10"]
    assert exhibit(finding, "Revenue").table["revenue"].isna().all()
    assert not any("how it is spread" in part["title"] for part in plain["exhibits"])
    assert not charts.retention(customers.published(told, "retention")).data[0].y
    for part in plain["exhibits"]:
        assert not any(isinstance(row.get(name), int | float) and row[name] for row in part["table"] or []
                       for name in (part["people"] or {"counts": []})["counts"]), part["title"]


def test_what_was_withheld_before_a_figure_was_drawn_is_told_too(tmp_path):
    """Three of thirty customers come back: a cell of the retention is empty."""
    early = [(f"c{i}", "p1", "view", "2026-11-03 01:00") for i in range(30)]
    again = [(f"c{i}", "p1", "view", "2026-11-10 01:00") for i in range(3)]
    _, told = told_of(tmp_path, events=events_of(*early, *again))
    retention = customers.published(told, "retention")
    assert retention["active"].isna().sum() == 1
    assert "would not be shown" not in json.dumps(customers.finding(told).to_dict()["how_sure"])


def test_no_customer_is_named_in_the_finding(tmp_path):
    events = EVENTS.assign(customer=EVENTS["customer"].map(lambda who: f"who-{who}"))
    orders = ORDERS.assign(customer=ORDERS["customer"].map(lambda who: f"who-{who}", na_action="ignore"))
    _, told = told_of(tmp_path, events=events, orders=orders)
    assert "who-" not in json.dumps(customers.finding(told).to_dict())


def test_orders_alone_have_days_and_no_funnel(tmp_path):
    _, told = told_of(tmp_path, orders=ORDERS)
    finding = customers.finding(told)
    assert "The week brought 4 order lines" in finding.sentence
    assert [exhibit.title for exhibit in finding.exhibits][:2] == ["The hours of the week", "New and returning customers"]


def test_orders_that_name_no_customer_have_revenue_and_no_empty_figures(tmp_path):
    _, told = told_of(tmp_path, orders=ORDERS.assign(customer=None))
    finding = customers.finding(told)
    assert [exhibit.title for exhibit in finding.exhibits] == ["The hours of the week", "Revenue"]
    assert exhibit(finding, "Revenue").table["revenue"].notna().all() and finding.tiles[0].label == "Revenue, CNY"
    assert "customers" not in finding.table and finding.figure.layout.yaxis.title.text == "order lines"
    assert finding.how_sure[0].startswith("The orders name no customer")


def test_events_alone_have_no_revenue(tmp_path):
    _, told = told_of(tmp_path, events=EVENTS)
    finding = customers.finding(told)
    assert not any(exhibit.title == "Revenue" for exhibit in finding.exhibits)
    assert "revenue" not in exhibit(finding, "Segments").table and "much" not in customers.rules(told)


def test_nobody_bought_and_one_week_only(tmp_path):
    _, told = told_of(tmp_path, events=events_of(("a", "p1", "cart", "2026-11-10 01:00")))
    finding = customers.finding(told)
    assert customers.rules(told) == "Nobody has bought yet." and told.spreads == {}
    assert any("not compared" in caveat for caveat in finding.caveats)
    assert finding.to_dict()


def days(now, before):
    """Days of ``now`` and of ``before`` order lines, 100 each."""
    events = [*before, *now]
    return pd.DataFrame({"week": ["2026-W45"] * 7 + ["2026-W46"] * 7, "day": range(14), "customers": events,
                         "events": events, "buys": 0, "revenue": [100.0 * n for n in events]})


@pytest.mark.parametrize(("before", "change"), [([5] * 7, "+100.0%"), ([0, 0, 5, 5, 5, 5, 5], ""), ([0] * 7, "")])
def test_only_weeks_of_equal_length_are_compared(tmp_path, monkeypatch, before, change):
    monkeypatch.setenv("WORKBENCH_SMALLEST_GROUP", "1")
    _, told = told_of(tmp_path, orders=ORDERS)
    finding = customers.finding(Told(told.week, told.tables | {"engagement": days([10] * 7, before)}, told.bounds,
                                     told.spreads))
    assert (f"({change} against the week before)" in finding.sentence) == bool(change)
    assert finding.tiles[-1].value == "7,000" and finding.tiles[-1].change == change
    assert any("not compared" in caveat for caveat in finding.caveats) != bool(change)
    assert finding.to_dict()["tiles"][-1]["good"] is (True if change else None)
