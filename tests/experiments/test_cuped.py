import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from workbench.experiments import Plan, draw
from workbench.experiments.cuped import sharper, variance_saved, without_the_past
from workbench.experiments.effects import against_control
from workbench.experiments.looks import ONCE
from workbench.experiments.metrics import MEAN, OUTCOME, Deeds, Measured, Metric

SPEND = Metric("spend", "", MEAN, OUTCOME)
NEVER = np.datetime64("NaT", "us")


def measured(values):
    rows = np.arange(len(values))
    return Measured(SPEND, Deeds(rows, np.full(len(rows), NEVER), values))


@pytest.fixture(scope="module")
def trial(drawn):
    return draw(drawn({"control": 1500, "new": 1500}, dated=False), Plan())[0]


@pytest.mark.parametrize("k", [1, 4])
def test_the_adjusted_effect_is_the_coefficient_of_a_regression(trial, k):
    rng = np.random.default_rng(k)
    for _ in range(20):
        past = rng.normal(size=(3000, k)) ** 2
        new = (trial.customers["arm"] == "new").to_numpy(dtype=float)
        values = past @ np.arange(1, k + 1) + .3 * new + rng.normal(size=3000)
        effect = sharper(measured(values), past, trial, ONCE)["new"]
        told = sm.OLS(values, sm.add_constant(np.column_stack([new, past]))).fit()
        assert effect.abs_effect == pytest.approx(told.params[1], rel=1e-10)
        assert effect.abs_ci_upper - effect.abs_effect == pytest.approx(1.96 * told.bse[1], rel=.03)


def test_the_variance_falls_by_the_square_of_the_correlation_and_covers(trial):
    saved, held = [], 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        past = rng.normal(size=3000)
        values = .6 * past + .8 * rng.normal(size=3000)
        raw = against_control(measured(values), trial.customers, trial.arms)["new"]
        effect = sharper(measured(values), past[:, None], trial, ONCE)["new"]
        saved.append(variance_saved(raw, effect))
        held += effect.abs_ci_lower <= 0 <= effect.abs_ci_upper
    assert np.mean(saved) == pytest.approx(.36, abs=.01) and 180 <= held <= 199


def test_what_says_nothing_is_not_used(trial):
    values = np.random.default_rng(0).normal(size=3000)
    assert sharper(measured(values), np.empty((3000, 0)), trial, ONCE) == {}
    assert sharper(measured(values), np.ones((3000, 1)), trial, ONCE) == {}
    arm = trial.customers["arm"].to_numpy(str)
    twins = np.random.default_rng(1).normal(size=(3000, 1)).repeat(2, axis=1)  # a covariate given twice
    assert without_the_past(values, arm, twins) == pytest.approx(without_the_past(values, arm, twins[:, :1]))


def test_customers_without_a_value_stay_out(trial):
    rng = np.random.default_rng(0)
    past, known = rng.normal(size=(3000, 1)), rng.random(3000) < .8
    values = np.where(known, past[:, 0] + rng.normal(size=3000), 1e9)
    partly = Measured(SPEND, measured(values).numerator, known=known)
    assert sharper(partly, past, trial, ONCE)["new"].customers == known.sum()
    assert abs(sharper(partly, past, trial, ONCE)["new"].abs_effect) < .3


def test_outcomes_from_before_are_no_effects_but_covariates(trial, drawn, outcomes, shop):
    from workbench.experiments import read_all

    rng = np.random.default_rng(5)
    past = rng.gamma(2, 10, 3000)
    rows = [(f"c{i}", "before spend", past[i]) for i in range(3000)]
    rows += [(f"c{i}", "spend", past[i] + rng.normal(0, 5)) for i in range(3000)]
    reading = read_all([trial], {"outcomes": outcomes(rows)}, Plan(), shop)
    only, = reading.reads
    assert [metric.name for metric in only.metrics] == ["spend"]
    assert only.depth.adjusted["saved"].iloc[0] > .8
    assert only.depth.balance["metric"].tolist() == ["before spend"] and not only.depth.unlike


def test_arms_that_differed_before_are_told(drawn, outcomes, shop):
    from workbench.experiments import finding, read_all

    rng = np.random.default_rng(5)
    rows = [(f"c{i}", "before spend", rng.normal(10 + (i >= 500), 1)) for i in range(1000)]
    rows += [(f"c{i}", "visit", float(rng.random() < .3)) for i in range(1000)]
    reading = read_all(draw(drawn({"control": 500, "new": 500}, dated=False), Plan()), {"outcomes": outcomes(rows)},
                       Plan(), shop)
    assert reading.reads[0].depth.unlike == ["before spend of “new”"]
    assert any("not alike before the draw" in line for line in finding(reading).caveats)
    assert isinstance(reading.effects, pd.DataFrame)


def test_a_yes_or_no_from_before_is_a_group_too(drawn, outcomes, shop):
    from workbench.experiments import read_all

    rng, members = np.random.default_rng(6), np.arange(2000) % 2
    new = np.arange(2000) >= 1000
    rows = [(f"c{i}", "before member", float(members[i])) for i in range(2000)]
    rows += [(f"c{i}", "visit", float(rng.random() < .1 + .2 * (members[i] and new[i]))) for i in range(2000)]
    trials = draw(drawn({"control": 1000, "new": 1000}, dated=False), Plan())
    groups = read_all(trials, {"outcomes": outcomes(rows)}, Plan(), shop).reads[0].depth.groups.set_index("group")
    assert set(groups["by"]) == {"before member"} and groups.loc["yes", "abs_effect"] == pytest.approx(.2, abs=.06)
    assert groups.loc["no", "abs_ci_lower"] < 0 < groups.loc["no", "abs_ci_upper"] and groups["interaction"].max() < .001
