from dataclasses import replace

import numpy as np
import pytest
from statsmodels.stats.power import NormalIndPower

from workbench.experiments import Plan, draw, planner, read_all


@pytest.mark.parametrize("base, lift", [(.002, .2), (.03, .05), (.1, .1), (.4, .3)])
def test_customers_agree_with_statsmodels(base, lift):
    other = base * (1 + lift)
    size = base * lift / np.sqrt((base * (1 - base) + other * (1 - other)) / 2)
    told = NormalIndPower().solve_power(size, alpha=.05, power=.8)
    assert planner.customers_needed(base, lift) == pytest.approx(2 * told, rel=2e-3, abs=2)
    assert planner.customers_needed(base, lift, arms=3) == pytest.approx(3 * told, rel=2e-3, abs=3)
    assert planner.chance(base, lift, round(told)) == pytest.approx(
        NormalIndPower().power(size, round(told) / 2, .05), abs=2e-3)


def test_a_test_of_that_size_finds_it_four_times_in_five():
    rng, n = np.random.default_rng(0), planner.customers_needed(.1, .2) // 2
    a, b = rng.binomial(n, .10, 4000) / n, rng.binomial(n, .12, 4000) / n
    z = (b - a) / np.sqrt((a + b) / 2 * (1 - (a + b) / 2) * 2 / n)
    assert np.mean(np.abs(z) > 1.96) == pytest.approx(.8, abs=.035)


def test_more_effect_or_traffic_takes_less_time():
    table = planner.lengths(.1, 500)
    assert table["customers"].is_monotonic_decreasing and table["days"].is_monotonic_decreasing
    assert (planner.lengths(.1, 1000)["days"] <= table["days"]).all()
    assert "too long for a plan" in planner.told(.01, .01, 10)


def test_days_to_go_and_the_usual_shop(sample_frames, shop):
    assignments, frames = sample_frames(1500, 46)
    reading = read_all(draw(assignments, Plan(), "Asia/Singapore"), frames, Plan(lift=.3), shop)
    table = planner.days_to_go(reading)
    assert (table["lift"] == .3).all() and set(table["compared"]) >= {"free shipping bar, “bar”"}
    short = table["customers"] > table["so_far"]
    assert (table["days"][short] != "0").all() and (table["days"][~short] == "0").all()
    far = planner.days_to_go(replace(reading, plan=Plan(lift=.001)))
    assert (far["days"] == "over a year").all()
    base, a_day = planner.usual(reading)
    assert .1 < base < .6 and a_day > 5


def test_the_sliders_answer():
    view = planner.explore(.1, 500)
    rate, lift, _, _, _, said = view.children
    assert "10.0% become 11.0%" in said.value
    lift.value = 20
    assert "7,678 customers" in said.value
    rate.value, lift.value = 90, 50
    assert "beyond 100%" in said.value
