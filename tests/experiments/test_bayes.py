import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from workbench.experiments.bayes import belief


@given(st.floats(-.2, .2), st.floats(.005, .1), st.floats(.005, .1), st.sampled_from([1, -1]))
def test_it_is_bayes_rule_on_a_grid(effect, error, spread, better):
    grid = np.linspace(-1, 1, 40_001)
    weight = norm.pdf(grid, 0, spread) * norm.pdf(effect, grid, error)
    weight /= weight.sum()
    told = belief(effect, error, spread, better)
    assert told.mean == pytest.approx(weight @ grid, abs=1e-6)
    assert told.better == pytest.approx(weight[better * grid > 0].sum() + weight[grid == 0].sum() / 2, abs=1e-4)
    assert told.loss == pytest.approx(weight @ np.maximum(-better * grid, 0), abs=1e-6)


def test_the_prior_draws_a_weak_estimate_to_zero_and_leaves_a_strong_one():
    assert belief(.05, .10, .02).mean < .003 and belief(.05, .001, .02).mean == pytest.approx(.05, rel=.01)


def test_chances_are_calibrated_when_effects_come_from_the_prior():
    rng = np.random.default_rng(0)
    truth = rng.normal(0, .02, 6_000)
    told = [belief(seen, .02, .02) for seen in truth + rng.normal(0, .02, 6_000)]
    better = np.array([t.better for t in told])
    assert np.mean(truth[better > .9] > 0) == pytest.approx(better[better > .9].mean(), abs=.02)
    held = np.mean([t.low <= x <= t.high for t, x in zip(told, truth, strict=True)])
    assert held == pytest.approx(.95, abs=.012)
