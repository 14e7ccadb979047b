import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from workbench.customers import changes


def row(bought, viewed):
    low, high = proportion_confint(bought, viewed, method="wilson")
    return pd.Series({"rate": bought / viewed, "rate_ci_lower": low, "rate_ci_upper": high})


def test_a_change_of_shares_is_newcombes():
    """Newcombe 1998, table II, row (a), method 10: 56/70 less 48/80 is 0.2, interval 0.0524 to 0.3339."""
    change = changes.rate_change(row(56, 70), row(48, 80))
    assert [change.value, change.low, change.high] == pytest.approx([20, 5.24, 33.39], abs=0.01)
    assert change.beyond_chance


@pytest.mark.parametrize("seed", [1, 2])
def test_without_any_change_19_of_20_intervals_hold_zero(seed):
    draw = np.random.default_rng(seed)
    days = draw.gamma(40, 100, (2, 400, 7))
    sums = [changes.sum_change(pd.Series(now), pd.Series(before)) for now, before in zip(*days, strict=True)]
    counts = [changes.count_change(*pair) for pair in draw.poisson(900, (400, 2)).tolist()]
    for found in (sums, counts):
        assert 0.02 < np.mean([change.beyond_chance for change in found]) < 0.09


def test_the_tile_calls_nothing_better_that_may_be_chance():
    week, before = (pd.Series([100.0, 90, 120, 80, 110, 150, 140]) + shift for shift in (np.array([9, -8] * 3 + [9]), 0))
    tile = changes.sum_change(week, before).tile("Revenue", "1", "last week")
    assert tile.change.startswith("+") and tile.good is None and tile.interval.endswith(": within chance")
    surely = changes.sum_change(before + 50, before).tile("Revenue", "1", "last week")
    assert surely.good is True and "chance" not in surely.interval
    assert changes.sum_change(before, before + 50).tile("Revenue", "1", "last week").good is False
    assert changes.sum_change(before, before * 0) is changes.count_change(3, 0) is None
