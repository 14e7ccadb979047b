import numpy as np
import pytest

from workbench.experiments import Plan, draw
from workbench.experiments.looks import Look
from workbench.experiments.metrics import MEAN, OUTCOME, Deeds, Measured, Metric, instants
from workbench.experiments.uplift import gained, qini, rows, told, uplift

NEVER = np.datetime64("NaT", "us")
SPEND = Metric("spend", "", MEAN, OUTCOME)


@pytest.fixture(scope="module")
def trial(drawn):
    return draw(drawn({"control": 3000, "new": 3000}, dated=False), Plan())[0]


def measured(values, better=1, times=NEVER):
    spots = np.arange(len(values))
    deeds = Deeds(spots, np.broadcast_to(times, len(spots)), values)
    return Measured(Metric("spend", "", MEAN, OUTCOME, better=better), deeds)


def life(trial, seed, uneven):
    """Half of the customers, those with a positive first feature, gain 2; or everyone gains 1."""
    rng = np.random.default_rng(seed)
    past = rng.normal(size=(6000, 3))
    new = (trial.customers["arm"] == "new").to_numpy(dtype=float)
    return past, past[:, 1] + new * (2.0 * (past[:, 0] > 0) if uneven else 1.0) + rng.normal(0, 2, 6000)


def test_a_planted_uplift_is_found_on_unseen_customers(trial):
    past, values = life(trial, 0, uneven=True)
    found = uplift(measured(values), past, trial, "new")
    assert found.pays and found.trained + found.judged == 6000
    assert found.parts[0].abs_effect == pytest.approx(2, abs=.5) and found.parts[-1].abs_effect == pytest.approx(0, abs=.5)
    share, gained = found.curve
    assert share[0] == gained[0] == 0 and share[-1] == 1 and gained[-1] == pytest.approx(1, abs=.3)
    assert (gained[10] > .8 * gained[-1]), "the first half gains most"
    assert "picking customers pays" in told(found, "x", SPEND)
    assert rows({"new": found})["part"].tolist()[0] == "1 of 4"


def test_an_even_effect_is_not_worth_picking(trial):
    lives = (life(trial, seed, uneven=False) for seed in range(12))
    assert sum(uplift(measured(values), past, trial, "new").pays for past, values in lives) <= 2  # of 12 at 2.5%


def test_less_may_be_better(trial):
    past, values = life(trial, 0, uneven=True)
    found = uplift(measured(-values, better=-1), past, trial, "new")
    assert found.pays and found.parts[0].abs_effect < -1.5


def test_too_few_customers_are_told(drawn):
    small = draw(drawn({"control": 300, "new": 300}, dated=False), Plan())[0]
    found = uplift(measured(np.ones(600)), np.random.default_rng(0).normal(size=(600, 2)), small, "new")
    assert told(found, "x", SPEND) == "x: not tried, it needs 1,000 customers in each arm, and one has 300."
    assert "nothing is known" in uplift(measured(np.ones(600)), np.empty((600, 0)), small, "new").too_small


def test_random_picking_has_no_area():
    rng = np.random.default_rng(1)
    found = [qini(rng.random(2000), rng.random(2000) < .5) for _ in range(400)]
    areas = [each.abs_effect for each in found]
    assert abs(np.mean(areas)) < 3 * np.std(areas) / np.sqrt(400)
    assert 366 <= sum(each.abs_ci_lower <= 0 <= each.abs_ci_upper for each in found) <= 394  # 95%, but for 1 in 500


def test_the_area_is_that_under_the_curve_which_ends_at_the_effect():
    rng = np.random.default_rng(2)
    values, treated = rng.lognormal(0, 1, 999), rng.random(999) < .3
    curve = gained(values, treated)
    assert curve[0] == 0 and curve[-1] == pytest.approx(values[treated].mean() - values[~treated].mean())
    assert (curve - np.linspace(0, curve[-1], 1000))[1:].mean() == pytest.approx(qini(values, treated).abs_effect)


def test_nothing_is_picked_where_all_customers_are_alike(trial):
    found = uplift(measured(np.ones(6000)), np.random.default_rng(0).normal(size=(6000, 2)), trial, "new")
    assert "every customer has the same value" in told(found, "x", SPEND)


def test_customers_drawn_after_the_planned_end_neither_teach_nor_judge(drawn):
    dated = draw(drawn({"control": 3000, "new": 3000}), Plan())[0]
    times = instants(dated.customers["time"])
    end = np.sort(times)[4000]  # later ones had no time to do anything, and would count as zeros
    past, values = life(dated, 0, uneven=True)
    found = uplift(measured(values, times=times), past, dated, "new", Look(before=end))
    assert found.trained + found.judged == 4000
