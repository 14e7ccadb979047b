import numpy as np
import pytest

from workbench.experiments import Plan, draw
from workbench.experiments.looks import Look
from workbench.experiments.metrics import MEAN, OUTCOME, Deeds, Measured, Metric, instants
from workbench.experiments.uplift import qini, rows, told, uplift

NEVER = np.datetime64("NaT", "us")
SPEND = Metric("spend", "", MEAN, OUTCOME)


@pytest.fixture(scope="module")
def trial(drawn):
    return draw(drawn({"control": 3000, "new": 3000}, dated=False), Plan())[0]


def measured(values, better=1):
    spots = np.arange(len(values))
    return Measured(Metric("spend", "", MEAN, OUTCOME, better=better), Deeds(spots, np.full(len(spots), NEVER), values))


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
    areas = [qini(rng.random(2000), rng.random(2000) < .5) for _ in range(200)]
    assert abs(np.mean(areas)) < 3 * np.std(areas) / np.sqrt(200)


def test_customers_drawn_after_the_planned_end_neither_teach_nor_judge(drawn):
    dated = draw(drawn({"control": 3000, "new": 3000}), Plan())[0]
    end = np.sort(instants(dated.customers["time"]))[4000]  # they had no time to do anything, and would count as zeros
    past, values = life(dated, 0, uneven=True)
    found = uplift(measured(values), past, dated, "new", Look(before=end))
    assert found.trained + found.judged == 4000
