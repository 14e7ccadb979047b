import numpy as np
import pytest
from scipy import stats

from workbench.experiments import Plan, draw
from workbench.experiments.looks import ONCE
from workbench.experiments.metrics import ENGAGEMENT, MEAN, OUTCOME, Deeds, Measured, Metric
from workbench.experiments.tails import bootstrap, capped, quantile_effect, tails

NEVER = np.datetime64("NaT", "us")


def measured(values, role=OUTCOME):
    rows = np.arange(len(values))
    return Measured(Metric("spend", "", MEAN, role), Deeds(rows, np.full(len(rows), NEVER), values))


def test_one_giant_does_not_make_the_capped_effect(drawn):
    trial = draw(drawn({"control": 3000, "new": 3000}, dated=False), Plan())[0]
    values = np.random.default_rng(0).lognormal(3, 1, 6000)
    values[(trial.customers["arm"] == "new").to_numpy().argmax()] = 1e7
    table = tails([measured(values), measured(values, ENGAGEMENT)], trial, {"spend": ONCE}).set_index("what")["abs_effect"]
    assert table["mean"] > 3000 and abs(table["mean, capped at 99.9%"]) < 3
    assert abs(table["50th percentile"]) < 2 and table["mean, bootstrap"] == pytest.approx(table["mean"])


def test_the_cap_is_one_for_all_arms():
    values = np.arange(10_000.0)
    assert capped(measured(values), 10_000).values(10_000)[0].max() == pytest.approx(np.quantile(values, .999))


def test_the_bootstrap_agrees_with_welch_where_welch_is_right():
    rng = np.random.default_rng(1)
    a, b = (rng.gamma(2, 10, 4000) * (rng.random(4000) < .3) for _ in range(2))
    _, _, effect, low, high = bootstrap(a, b, .05)
    welch = stats.ttest_ind(b, a, equal_var=False).confidence_interval()
    assert effect == pytest.approx(b.mean() - a.mean()) and (low, high) == pytest.approx((welch.low, welch.high), abs=.06)
    wide = bootstrap(a, b, .002)
    assert (wide[4] - wide[2]) / (high - effect) == pytest.approx(stats.norm.isf(.001) / stats.norm.isf(.025))


def test_the_bootstrap_holds_for_large_means_and_for_nothing_that_varies():
    values = np.random.default_rng(4).normal(0, 1, 4000)
    near, far = (bootstrap(values[::2] + by, values[1::2] + by, .05) for by in (0, 1e9))
    assert far[2:] == pytest.approx(near[2:], abs=1e-4)
    assert bootstrap(np.ones(10), np.ones(10), .05) == (1, 1, 0, 0, 0)


@pytest.mark.parametrize("q", [.5, .9])
def test_quantile_intervals_cover(q):
    rng, held = np.random.default_rng(2), 0
    for _ in range(400):
        _, _, _, low, high = quantile_effect(rng.lognormal(0, 1, 800), rng.lognormal(.2, 1, 800), q, .05)
        truth = np.exp(stats.norm.ppf(q)) * (np.exp(.2) - 1)
        held += low <= truth <= high
    assert 366 <= held <= 394  # of 400 at 95%, but for 1 in 500


def test_a_quantile_on_a_shared_value_is_not_told():
    assert quantile_effect(np.zeros(100), np.zeros(100), .5, .05) is None
    assert quantile_effect(np.arange(2000.0), np.arange(2000.0), .99, .05) is None, "too few lie beyond"
    spent = np.r_[np.zeros(740), np.arange(1, 261.0)]
    assert quantile_effect(spent, spent, .75, .05) is None and quantile_effect(spent, spent, .9, .05), "zeros are near"
