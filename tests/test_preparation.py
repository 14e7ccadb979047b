from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from workbench import preparation
from workbench.tables import Source, Week, contract

WEEK = Week(Source("shop", Path("shop"), currency="SGD"), "2026-W46", Path("week"))
INTAKE = pd.DataFrame({"table": ["orders"], "file": ["o.csv"], "rows": [10], "kept": [7], "duplicates": [1],
                       "quarantined": [2]})
QUARANTINE = pd.DataFrame({"table": ["orders"], "reason": ["price: text where a number belongs"], "rows": [2],
                           "file": ["o.csv"], "line": [4], "raw": ["999,x"]})


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


def row(bought, viewed):
    low, high = proportion_confint(bought, viewed, method="wilson")
    return pd.Series({"rate": bought / viewed, "rate_ci_lower": low, "rate_ci_upper": high})


def test_a_change_of_shares_is_newcombes():
    """Newcombe 1998, table II, row (a), method 10: 56/70 less 48/80 is 0.2, interval 0.0524 to 0.3339."""
    change = preparation.rate_change(row(56, 70), row(48, 80))
    assert [change.value, change.low, change.high] == pytest.approx([20, 5.24, 33.39], abs=0.01)
    assert change.beyond_chance


@pytest.mark.parametrize("seed", [1, 2])
def test_without_any_change_19_of_20_intervals_hold_zero(seed):
    draw = np.random.default_rng(seed)
    days = draw.gamma(40, 100, (2, 400, 7))
    sums = [preparation.sum_change(pd.Series(now), pd.Series(before)) for now, before in zip(*days, strict=True)]
    counts = [preparation.count_change(*pair) for pair in draw.poisson(900, (400, 2)).tolist()]
    for changes in (sums, counts):
        assert 0.02 < np.mean([change.beyond_chance for change in changes]) < 0.09


def test_the_tile_calls_nothing_better_that_may_be_chance():
    week, before = (pd.Series([100.0, 90, 120, 80, 110, 150, 140]) + shift for shift in (np.array([9, -8] * 3 + [9]), 0))
    tile = preparation.sum_change(week, before).tile("Revenue", "1", "last week")
    assert tile.change.startswith("+") and tile.good is None and tile.interval.endswith(": within chance")
    surely = preparation.sum_change(before + 50, before).tile("Revenue", "1", "last week")
    assert surely.good is True and "chance" not in surely.interval
    assert preparation.sum_change(before, before + 50).tile("Revenue", "1", "last week").good is False
    assert preparation.sum_change(before, before * 0) is preparation.count_change(3, 0) is None
