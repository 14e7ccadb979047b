"""A/A: without any effect 5% of the tests call one, and 95% of the intervals hold the truth."""

import numpy as np
import pytest
from tea_tasting.aggr import Aggregates

from workbench.experiments.effects import compare
from workbench.experiments.logs import CONVERSION, LEFT, revenue
from workbench.experiments.moments import BASE, VALUE

RUNS = 1000
#: of 1,000 fair runs at 5% between 29 and 74 call an effect, but for 1 in 1,000
LOW, HIGH = 29, 74


def check(metric, controls, treatments, truth=0.0):
    effects = [compare(metric, a, b) for a, b in zip(controls, treatments, strict=True)]
    assert not any(effect.withheld for effect in effects)
    covered = sum(effect.abs_ci_lower <= truth <= effect.abs_ci_upper for effect in effects)
    assert LOW <= RUNS - covered <= HIGH, f"{covered / RUNS:.1%} of the 95% intervals hold the truth"
    if truth == 0:
        called = sum(effect.p_value < .05 for effect in effects)
        assert LOW <= called <= HIGH, f"{called / RUNS:.1%} of the A/A runs call an effect"


def proportions(rng, size, share):
    shares = rng.binomial(size, share, RUNS) / size
    return [Aggregates(size, {VALUE: s}, {VALUE: s * (1 - s) * size / (size - 1)}) for s in shares]


@pytest.mark.parametrize("share, size, other", [(.002, 10_000, 10_000), (.25, 1000, 1000), (.10, 4000, 1000)])
def test_proportions(share, size, other):
    rng = np.random.default_rng(11)
    check(CONVERSION, proportions(rng, size, share), proportions(rng, other, share))


def test_proportions_with_an_effect_are_covered():
    rng = np.random.default_rng(12)
    check(CONVERSION, proportions(rng, 3000, .10), proportions(rng, 3000, .13), truth=.03)


def columns(values, base=None):
    """Aggregates of each run at once; shape of the values: (runs, customers)."""
    size, mean = values.shape[1], values.mean(1)
    if base is None:
        return [Aggregates(size, {VALUE: m}, {VALUE: v}) for m, v in zip(mean, values.var(1, ddof=1), strict=True)]
    below = base.mean(1)
    cov = ((values - mean[:, None]) * (base - below[:, None])).sum(1) / (size - 1)
    return [Aggregates(size, {VALUE: m, BASE: n}, {VALUE: v, BASE: w}, {(VALUE, BASE): c}) for m, n, v, w, c in zip(
        mean, below, values.var(1, ddof=1), base.var(1, ddof=1), cov, strict=True)]


def test_revenue_of_few_buyers_with_a_heavy_tail():
    rng = np.random.default_rng(13)
    spent = [rng.lognormal(3, 1, (RUNS, 1500)) * (rng.random((RUNS, 1500)) < .2) for _ in range(2)]
    check(revenue("")[0], *map(columns, spent))


def test_ratios_of_two_sums():
    rng = np.random.default_rng(14)
    arms = []
    for _ in range(2):
        habit = rng.beta(2, 2, (RUNS, 600))  # a customer's carts belong together: not independent
        carted = rng.poisson(3, (RUNS, 600))
        arms.append(columns(rng.binomial(carted, habit).astype(float), carted.astype(float)))
    check(LEFT, *arms)
