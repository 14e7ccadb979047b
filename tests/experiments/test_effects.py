import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import tt_ind_solve_power
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from workbench.experiments.effects import Effect, compare, over_arms, power
from workbench.experiments.logs import CONVERSION, RETURNED, revenue
from workbench.experiments.moments import moments

MONEY, PER_ORDER = revenue("SGD")


def some(counts: int, yes: int) -> np.ndarray:
    return np.repeat([1.0, 0.0], [yes, counts - yes])


@given(st.integers(30, 5000), st.integers(30, 5000), st.floats(.05, .95), st.floats(.05, .95))
def test_proportions_agree_with_statsmodels(n, m, p, q):
    yes, other = round(n * p), round(m * q)
    effect = compare(CONVERSION, moments(some(n, yes)), moments(some(m, other)))
    if effect.withheld:
        return
    low, high = confint_proportions_2indep(other, m, yes, n, method="wald", compare="diff")
    assert (effect.abs_ci_lower, effect.abs_ci_upper) == pytest.approx((max(low, -1), min(high, 1)), rel=1e-9, abs=1e-12)
    assert effect.p_value == pytest.approx(proportions_ztest([other, yes], [m, n])[1], rel=1e-6, abs=1e-12)
    if yes > 0 and other > 0:
        low, high = confint_proportions_2indep(other, m, yes, n, method="log", compare="ratio")
        assert (effect.rel_ci_lower + 1, effect.rel_ci_upper + 1) == pytest.approx((low, high), rel=1e-9)


@given(st.integers(0, 10_000), st.integers(20, 400), st.integers(20, 400))
def test_means_agree_with_welch(seed, n, m):
    rng = np.random.default_rng(seed)
    left, right = rng.lognormal(0, 1, n), rng.lognormal(.2, 1.5, m)
    effect, welch = compare(MONEY, moments(left), moments(right)), stats.ttest_ind(right, left, equal_var=False)
    interval = welch.confidence_interval()
    assert effect.p_value == pytest.approx(welch.pvalue, rel=1e-8)
    assert (effect.abs_ci_lower, effect.abs_ci_upper) == pytest.approx((interval.low, interval.high), rel=1e-8)


def test_ratios_agree_with_a_bootstrap_over_customers():
    rng = np.random.default_rng(3)

    def arm(basket):
        orders = rng.poisson(1.2, 4000).astype(float)
        return orders * basket * rng.lognormal(0, .3, 4000), orders

    (a, n), (b, m) = arm(20), arm(22)
    effect = compare(PER_ORDER, moments(a, n), moments(b, m))
    picks = rng.integers(0, 4000, (1500, 4000))
    draws = b[picks].sum(1) / m[picks].sum(1) - a[picks[::-1]].sum(1) / n[picks[::-1]].sum(1)
    assert effect.abs_effect == pytest.approx(b.sum() / m.sum() - a.sum() / n.sum())
    assert effect.abs_ci_upper - effect.abs_ci_lower == pytest.approx(2 * 1.96 * draws.std(), rel=.06)


@pytest.mark.parametrize("metric, control, treatment, why", [
    (CONVERSION, some(1000, 2), some(1000, 3), "too few"),
    (CONVERSION, some(1000, 0), some(1000, 0), "too few"),
    (CONVERSION, some(1, 1), some(1000, 500), "fewer than 2"),
    (MONEY, np.ones(50), np.ones(60), "same value"),
    (MONEY, np.zeros(0), np.ones(60), "fewer than 2")])
def test_what_cannot_be_read_is_withheld_with_a_reason(metric, control, treatment, why):
    effect = compare(metric, moments(control), moments(treatment))
    assert why in effect.withheld and math.isnan(effect.abs_effect) and math.isnan(effect.p_value)


def test_an_empty_base_is_withheld():
    nobody = moments(np.zeros(50), np.zeros(50))
    assert "no pieces ordered" in compare(RETURNED, nobody, moments(some(50, 10), some(50, 30))).withheld


def test_no_relative_effect_without_two_positive_values():
    effect = compare(CONVERSION, moments(some(1000, 0)), moments(some(1000, 40)))
    assert effect.abs_effect == pytest.approx(.04) and effect.p_value < .001 and math.isnan(effect.rel_effect)
    rng = np.random.default_rng(0)
    loss = compare(MONEY, moments(rng.normal(-1, 1, 200)), moments(rng.normal(1, 1, 200)))
    assert loss.abs_effect == pytest.approx(2, abs=.4) and math.isnan(loss.rel_ci_lower)


def test_p_values_are_adjusted_over_the_arms_that_can_be_read():
    effects = {name: Effect(10, p_value=p) for name, p in (("a", .01), ("b", .02), ("c", .5))}
    effects["d"] = Effect(3, withheld="no")
    assert [effect.p_value for effect in over_arms(effects).values()][:3] == pytest.approx([.03, .04, .5])
    assert [e.p_value for e in over_arms(effects, "benjamini-hochberg").values()][:3] == pytest.approx([.03, .03, .5])
    assert over_arms(effects)["d"].withheld == "no"
    assert over_arms({"a": effects["a"]})["a"].p_value == .01


def test_power_agrees_with_statsmodels_and_with_what_happens():
    rng = np.random.default_rng(1)
    values = rng.normal(10, 4, 2000)
    able = power(MONEY, moments(values), 2000, .03)
    expected = tt_ind_solve_power(nobs1=2000, alpha=.05, power=.8) * values.std(ddof=1)
    assert able["smallest"] == pytest.approx(expected, rel=2e-3)
    assert able["power"] == pytest.approx(tt_ind_solve_power(values.mean() * .03 / values.std(ddof=1), 2000, .05), abs=2e-3)
    seen = sum(stats.ttest_ind(rng.normal(10, 4, 2000), rng.normal(10.3, 4, 2000)).pvalue < .05 for _ in range(400)) / 400
    assert seen == pytest.approx(power(MONEY, moments(values), 2000, .03)["power"], abs=.08)
    assert math.isnan(power(MONEY, moments(np.zeros(10)), 10, .1)["power"])


@pytest.mark.parametrize("centre", [0.0, -5.0, 1e-9, 1e9])
def test_any_baseline_gives_welch_s_interval(centre):
    rng = np.random.default_rng(7)
    left, right = rng.normal(centre, 1, 300), rng.normal(centre + .3, 2, 500)
    effect, welch = compare(MONEY, moments(left), moments(right)), stats.ttest_ind(right, left, equal_var=False)
    interval = welch.confidence_interval()
    assert (effect.abs_ci_lower, effect.abs_ci_upper) == pytest.approx((interval.low, interval.high), rel=1e-6)
    assert effect.control == pytest.approx(left.mean()) and effect.p_value == pytest.approx(welch.pvalue, rel=1e-6)
    assert math.isnan(effect.rel_ci_lower) == (centre < 1)


def test_a_ratio_around_zero_keeps_its_interval():
    rng = np.random.default_rng(8)
    orders = rng.poisson(1.2, 3000).astype(float)
    margin = orders * rng.normal(0, 5, 3000)
    here, there = moments(margin, orders), moments(margin + 5 * orders, orders)
    near, far = compare(PER_ORDER, here, here), compare(PER_ORDER, there, there)
    assert near.abs_ci_upper == pytest.approx(far.abs_ci_upper, rel=1e-9) and near.abs_effect == 0
