"""Which look it is: the calendar is the register, and what is shown holds for all its looks."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from workbench.errors import ParameterError
from workbench.experiments import Plan, draw
from workbench.experiments.calendar import calendar
from workbench.experiments.effects import against_control
from workbench.experiments.logs import CONVERSION
from workbench.experiments.looks import EARLY, END, ONE, PLANNED, UNPLANNED, Look
from workbench.experiments.metrics import Deeds, Measured, instants
from workbench.experiments.plan import Design

ZONE = "Asia/Singapore"
START = pd.Timestamp("2026-11-02", tz=ZONE)


def weeks_later(count):
    return (START + pd.DateOffset(weeks=count)).tz_convert("UTC")


@pytest.fixture(scope="module")
def trial(drawn):
    return draw(drawn({"control": 2000, "new": 2000}, every="20min"), Plan())[0]  # 27.8 days


def bought(trial, chance=.2, seed=0):
    row = np.flatnonzero(np.random.default_rng(seed).random(len(trial.customers)) < chance)
    return Measured(CONVERSION, Deeds(row, instants(trial.customers["time"])[row], np.ones(len(row)), once=True))


@pytest.mark.parametrize("design, at, kind, number, to_come, after", [
    (Design(), 3, UNPLANNED, 3, "0 weeks", False),
    (Design(weeks=4), 1, PLANNED, 1, "3 weeks", False), (Design(weeks=4), 4, PLANNED, 4, "0 weeks", False),
    (Design(weeks=4), 9, PLANNED, 4, "0 weeks", True),
    (Design(weeks=4, looks="end"), 2, EARLY, 2, "2 weeks", False),
    (Design(weeks=4, looks="end"), 4, END, 4, "0 weeks", False), (Design(weeks=4, looks="end"), 6, END, 4, "0 weeks", True),
    (Design(customers=3000), 1, PLANNED, 1, "1,992 customers", False),
    (Design(customers=3000), 3, PLANNED, 3, "0 customers", False),
    (Design(customers=3000), 4, PLANNED, 3, "0 customers", True),
    (Design(customers=3100), 4, PLANNED, 3, "76 customers", True),  # 3,024 are 95% and more
    (Design(customers=9000), 9, PLANNED, 9, "5,000 customers", False),
    (Design(customers=3000, looks="end"), 2, EARLY, 2, "984 customers", False),
    (Design(customers=3000, looks="end"), 4, END, 3, "0 customers", True)])
def test_the_look_follows_from_the_week(trial, design, at, kind, number, to_come, after):
    when = calendar(trial, design, ZONE, weeks_later(at))
    assert (when.kind, when.number, when.to_come, when.after) == (kind, number, to_come, after)


def test_undated_draws_are_read_as_finished(drawn):
    undated = draw(drawn({"control": 50, "new": 50}, dated=False), Plan())[0]
    assert calendar(undated, Design(weeks=4), ZONE, weeks_later(1)).kind == ONE


def test_reading_twice_is_no_new_look(trial):
    twice = [calendar(trial, Design(weeks=4), ZONE, weeks_later(2)).look(bought(trial), trial.customers) for _ in range(2)]
    assert twice[0] == twice[1] and len(twice[0].passed) == 2


def test_the_register_holds_every_week_and_grows_by_one(trial):
    measured = bought(trial)
    for design in (Design(weeks=4), Design(), Design(weeks=4, looks="end"), Design(customers=4000)):
        kept = [calendar(trial, design, ZONE, weeks_later(w)).register(measured, trial.customers) for w in (3, 4)]
        assert [customers for _, customers, _ in kept[1]] == [1008, 2016, 3024, 4000]
        assert [row[:2] for row in kept[1][:3]] == [row[:2] for row in kept[0]]
    levels = [level for _, _, level in calendar(trial, Design(weeks=4), ZONE, weeks_later(4)).register(
        measured, trial.customers)]
    assert levels == sorted(levels) and levels[0] < 1e-4 and .04 < levels[-1] < .05


def test_after_its_planned_end_an_experiment_is_read_as_of_that_end(trial):
    at_end, later = (calendar(trial, Design(weeks=2, looks="end"), ZONE, weeks_later(w)) for w in (2, 4))
    early = trial.customers[(trial.customers["time"] < weeks_later(2)).to_numpy()]
    effect = against_control(bought(trial), trial.customers, trial.arms, later.look(bought(trial), trial.customers))["new"]
    assert effect.customers == len(early) < len(trial.customers)
    assert at_end.look(bought(trial), trial.customers).level == .05


def test_intervals_are_as_wide_as_the_look_asks(trial):
    measured, width = bought(trial), {}
    for name, design in (("end", Design(weeks=4, looks="end")), ("planned", Design(weeks=4)), ("any", Design())):
        look = calendar(trial, design, ZONE, weeks_later(4)).look(measured, trial.customers)
        effect = against_control(measured, trial.customers, trial.arms, look)["new"]
        width[name] = effect.abs_ci_upper - effect.abs_ci_lower
        assert (effect.p_value < .05) == (effect.abs_ci_lower * effect.abs_ci_upper > 0)
    assert 1 < width["planned"] / width["end"] < 1.06 and 1.4 < width["any"] / width["end"] < 1.7


def test_the_planned_end_is_foreseen(trial):
    def foreseen(design, week):
        return calendar(trial, design, ZONE, weeks_later(week)).at_planned_end()

    assert foreseen(Design(weeks=4), 2) == pytest.approx((2, 2 * norm.sf(2.014)), abs=2e-4)
    assert foreseen(Design(weeks=4, looks="end"), 1) == (4, .05)
    assert foreseen(Design(customers=2016), 1)[0] == pytest.approx(2, abs=.01) and foreseen(Design(customers=100), 1)[0] == 1
    assert np.isnan(foreseen(Design(), 2)).all()


def test_whoever_looks_each_week_errs_at_most_once_in_twenty(trial):
    designs, found = {"weekly": Design(weeks=4), "any": Design()}, {"weekly": 0, "any": 0, "naive": 0}
    for seed in range(60):
        measured, hit = bought(trial, seed=seed), set()
        for week in range(1, 5):
            until = Look(before=weeks_later(week).tz_localize(None).to_datetime64())
            p_value = against_control(measured, trial.customers, trial.arms, until)["new"].p_value
            levels = {name: calendar(trial, design, ZONE, weeks_later(week)).look(measured, trial.customers).level
                      for name, design in designs.items()}
            hit |= {name for name, level in {**levels, "naive": .05}.items() if p_value < level}
        found = {name: count + (name in hit) for name, count in found.items()}
    assert found["any"] <= 4 and found["weekly"] <= 8 and found["weekly"] < found["naive"], found  # of 60


@pytest.mark.parametrize("words, says", [
    ({"week": 4}, "did you mean 'weeks'"), ({"weeks": -1}, "whole number from 0"), ({"looks": "daily"}, "weekly or end"),
    ({"customers": -1}, "customers is -1"), ({"weeks": 4, "customers": 100}, "a plan has one end"),
    ({"needed": -.1}, "relative effect of 0 or more"), ({"weeks": 2.5}, "whole number"),
    ({"needed": 5}, "which is 500% .* 5% is 0.05"), ({"needed": True}, "relative effect of 0 or more"),
    ({"guards": 3}, "list of metric names"), ({"guards": None}, "list of metric names"), ({"guards": [1]}, "list of")])
def test_a_design_out_of_range_is_refused(words, says):
    with pytest.raises(ParameterError, match=rf"designs\['test'\].*{says}"):
        Plan(designs={"test": words})
