"""Peeking: published boundaries, and what looking often does where there is nothing to find."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from workbench.experiments.sequential import (
    planned_levels,
    planned_p_value,
    sequence_level,
    sequence_p_value,
    spent,
)

FIVE = (.2, .4, .6, .8, 1.0)


def test_boundaries_are_those_of_lan_and_demets():
    # R package ldbounds 2.0, ldBounds(t = 1:5/5, iuse = c(1, 1), alpha = c(.025, .025))
    bounds = [norm.isf(level / 2) for level in planned_levels(FIVE, FIVE)]
    assert bounds == pytest.approx([4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=2e-3)
    assert spent(1.0) == pytest.approx(.05)


def walks(looks, runs=40_000, seed=0):
    return np.abs(np.cumsum(np.random.default_rng(seed).normal(size=(runs, looks)), 1) / np.sqrt(np.arange(1, looks + 1)))


def test_planned_looks_err_once_in_twenty_and_naive_ones_once_in_five():
    z, looks = walks(10), tuple(np.arange(1, 11) / 10)
    bar = norm.isf(np.array(planned_levels(looks, looks)) / 2)
    assert (z > bar).any(1).mean() == pytest.approx(.05, abs=.004)
    assert (z > 1.96).any(1).mean() == pytest.approx(.193, abs=.006)


def test_an_unplanned_sequence_errs_seldom_however_often_one_looks():
    z = walks(400, 5000)
    bar = np.array([norm.isf(sequence_level(k / 100) / 2) for k in range(1, 401)])
    assert (z > bar).any(1).mean() < .05


@given(st.floats(1e-9, .9), st.floats(.05, 20))
def test_the_sequence_s_interval_and_p_value_agree(p_value, growth):
    assert (sequence_p_value(p_value, growth) < .05) == (p_value < sequence_level(growth))


@pytest.mark.parametrize("k", [1, 3, 5])
def test_the_planned_p_value_and_interval_agree(k):
    level = planned_levels(FIVE[:k], FIVE[:k])[-1]
    assert planned_p_value(level, FIVE[:k], FIVE[:k]) == pytest.approx(.05, rel=1e-3)
    assert planned_p_value(level / 2, FIVE[:k], FIVE[:k]) < .05 < planned_p_value(min(level * 2, 1), FIVE[:k], FIVE[:k])
    assert planned_p_value(0.0, FIVE[:k], FIVE[:k]) < 1e-9 and planned_p_value(1.0, FIVE[:k], FIVE[:k]) == 1.0


def test_two_looks_at_the_same_customers_cost_next_to_nothing():
    once, twice = planned_levels((1.0,), (1.0,)), planned_levels((.5, 1.0), (1.0, 1.0))
    assert once[-1] == pytest.approx(.05) and twice[-1] == pytest.approx(.05, abs=.002)
