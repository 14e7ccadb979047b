from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from workbench import preparation
from workbench.behaviour import Made
from workbench.tables import Source, Week, contract
from workbench.tables.rules import Refusal, TableRule
from workbench.tables.source import Part

WEEK = Week(Source("shop", Path("shop"), currency="SGD"), "2026-W46", Path("week"))
INTAKE = pd.DataFrame({"table": ["orders"], "file": ["o.csv"], "rows": [10], "kept": [7], "duplicates": [1],
                       "quarantined": [2]})
QUARANTINE = pd.DataFrame({"table": ["orders"], "reason": ["price: text where a number belongs"], "rows": [2],
                           "file": ["o.csv"], "line": [4], "raw": ["999,x"]})


def prepared(behaviour=None, intake=INTAKE):
    tables = {"intake": intake, "quarantine": QUARANTINE, "vocabulary": pd.DataFrame(columns=contract("vocabulary").names)}
    return preparation.Prepared(WEEK, tables, Counter(), [], behaviour or Made())


def test_every_row_is_spoken_of():
    finding = preparation.finding(prepared())
    assert "Rows read: 10 of orders; 1 were duplicates and 2 were quarantined." in finding.sentence
    reasons = next(exhibit for exhibit in finding.exhibits if exhibit.title.startswith("Why")).table
    assert reasons[["rows", "file", "line"]].iloc[0].tolist() == [2, "o.csv", 4]


def test_what_is_looked_up_stands_in_the_table_only():
    beside = INTAKE.assign(table="customers beside orders", quarantined=0)
    finding = preparation.finding(prepared(intake=pd.concat([INTAKE, beside])))
    assert "Rows read: 10 of orders; 2 were duplicates" in finding.sentence and len(finding.table) == 2


def test_rows_refused_on_purpose_are_told_from_those_that_are_wrong():
    rule = TableRule(("o.csv",), {}, refuse=(Refusal("kind", ("view",), "no purchase"),))
    shop = replace(WEEK, source=replace(WEEK.source, tables={"orders": (Part(rule, ()),)}))
    asked = pd.concat([QUARANTINE, QUARANTINE.assign(reason="no purchase", rows=1)])
    made = replace(prepared(), week=shop, tables=prepared().tables | {"quarantine": asked})
    assert "and 2 were quarantined, 1 of them as source.yml asks for." in preparation.finding(made).sentence


def test_reviews_that_no_model_reads_are_counted():
    texts = ["Der Deckel ist undicht und tropft"] * 3 + ["The lid leaks and it is loud", "很好", "top!"]
    reviews = pd.DataFrame({"text": texts, "language": ["en"] * 4 + ["zh", "en"]})
    assert preparation.unreadable({"reviews": reviews})[0].startswith("3 of 6 reviews are in German, and models read")
    assert preparation.unreadable({}) == preparation.unreadable({"reviews": reviews.tail(3)}) == []


def of_scaler(fitted, reading="moved"):
    features = pd.DataFrame({"feature": ["active_days"], "customers": [9], "p5": [1.0], "median": [2.0], "mean": [2.0],
                             "p95": [4.0]})
    drift = pd.DataFrame({"feature": ["active_days", "views"], "fitted": fitted, "stability_index": [.4, 0], "by_chance": .1,
                          "reading": [reading, "stable"], "customers_then": 8, "customers": 9, "bins": [4, 1]})
    return Made(("customers",), (), features, drift)


def test_a_feature_that_has_moved_is_named():
    finding = preparation.finding(prepared(of_scaler("2026-W40")))
    assert "the scaler of 2026-W40 these features have moved or should be looked at: active days." in finding.sentence
    exhibit = next(exhibit for exhibit in finding.exhibits if "scaled on" in exhibit.title)
    assert exhibit.table["feature"].tolist() == ["active days"], "nobody has views"
    assert "no feature has moved" in preparation.finding(prepared(of_scaler("2026-W40", "stable"))).sentence


@pytest.mark.parametrize("made", [of_scaler("2026-W46"), Made()])
def test_a_scaler_of_this_week_is_compared_with_nothing(made):
    finding = preparation.finding(prepared(made))
    assert "scaler" not in finding.sentence and not any("scaled on" in exhibit.title for exhibit in finding.exhibits)
