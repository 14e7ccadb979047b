from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from workbench import preparation
from workbench.tables import Source, Week, contract

WEEK = Week(Source("shop", Path("shop"), currency="SGD"), "2026-W46", Path("week"))
INTAKE = pd.DataFrame({"table": ["orders"], "file": ["o.csv"], "rows": [10], "kept": [7], "duplicates": [1],
                       "quarantined": [2]})
QUARANTINE = pd.DataFrame({"table": ["orders"] * 2, "file": ["o.csv"] * 2, "line": [4, 9], "column": ["price"] * 2,
                           "value": ["x", "y"], "reason": ["text where a number belongs"] * 2})


def prepared(now, before):
    """A week of ``now`` and a week before of ``before`` order lines a day, 100 each."""
    events = [*before, *now]
    engagement = pd.DataFrame({"week": ["2026-W45"] * 7 + ["2026-W46"] * 7, "day": range(14), "customers": events,
                               "events": events, "buys": 0, "revenue": [100.0 * n for n in events]})
    return preparation.Prepared(WEEK, {"engagement": engagement, "intake": INTAKE, "quarantine": QUARANTINE,
                                       "vocabulary": pd.DataFrame(columns=contract("vocabulary").names)}, Counter(), [])


@pytest.mark.parametrize(("before", "change"), [([5] * 7, "+100.0 %"), ([0, 0, 5, 5, 5, 5, 5], ""), ([0] * 7, "")])
def test_only_weeks_of_equal_length_are_compared(before, change):
    finding = preparation.finding(prepared([10] * 7, before))
    assert (f"({change} against the week before)" in finding.sentence) == bool(change)
    assert finding.tiles[-1].value == "7,000" and finding.tiles[-1].change == change
    assert any("not compared" in caveat for caveat in finding.caveats) != bool(change)
    assert finding.to_dict()["tiles"][-1]["good"] is (True if change else None)


def test_every_row_is_spoken_of():
    finding = preparation.finding(prepared([1] * 7, [1] * 7))
    assert "Rows read: 10 of orders; 1 were duplicates and 2 did not keep to the contract." in finding.sentence
    reasons = next(exhibit for exhibit in finding.exhibits if exhibit.title.startswith("Why")).table
    assert reasons[["rows", "file", "line"]].iloc[0].tolist() == [2, "o.csv", 4]
