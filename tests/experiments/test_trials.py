import numpy as np
import pandas as pd
import pytest

from workbench.errors import ParameterError
from workbench.experiments import Plan, draw
from workbench.experiments.trials import AGAIN, NO_TIME, TWO_ARMS


def test_a_held_split_is_read_and_a_broken_one_withheld(drawn):
    held, = draw(drawn({"control": 1000, "bar": 1040}), Plan())
    assert not held.withheld and held.arms == ["control", "bar"] and held.dated
    broken, = draw(drawn({"control": 1000, "bar": 750}), Plan())
    assert "split is broken: 1,000 in “control” (875 due), 750 in “bar” (875 due)" in broken.withheld
    assert "lacks about 250 customers" in broken.clue.sentence


def test_planned_shares_are_held_against_the_split(drawn):
    assignments = drawn({"control": 900, "bar": 100})
    assert draw(assignments, Plan())[0].withheld
    assert not draw(assignments, Plan(shares={"test": {"control": 9, "bar": 1}}))[0].withheld
    gone, = draw(drawn({"control": 500}), Plan(shares={"test": {"control": 1, "bar": 1}}))
    assert "0 in “bar” (250 due)" in gone.withheld
    few, = draw(drawn({"control": 500, "bar": 3}), Plan())
    assert few.withheld.startswith("the split is broken: 500 in “control”, fewer than 10 in “bar”; so far off")
    assert "“bar” lacks customers" in few.clue.sentence, "nothing lets a small group be computed"


def test_sums_by_arm_are_told_from_rows_of_customers(drawn):
    summed, = draw(drawn({"control": 1, "bar": 1}), Plan())
    assert summed.withheld.startswith("every arm holds a single row") and "one row a customer" in summed.withheld
    assert "single row" not in draw(drawn({"control": 2, "bar": 1}), Plan())[0].withheld


def test_customers_in_two_arms_leave_and_are_counted(drawn):
    assignments = drawn({"control": 300, "bar": 300})
    crossed = assignments.head(7).assign(arm="bar")
    again = assignments.tail(5)
    trial, = draw(pd.concat([assignments, crossed, again], ignore_index=True), Plan())
    assert trial.left_out == {TWO_ARMS: 7, AGAIN: 5}
    assert len(trial.customers) == 593 and not trial.customers["customer"].isin(crossed["customer"]).any()


def test_of_repeated_draws_the_first_counts(drawn):
    assignments = drawn({"control": 50, "bar": 50})
    later = assignments.assign(time=assignments["time"] + pd.Timedelta(days=3))
    trial, = draw(pd.concat([later, assignments], ignore_index=True), Plan())
    expected = assignments.sort_values("customer", ignore_index=True)
    assert trial.customers["time"].equals(expected["time"])


def test_customers_without_a_time_leave_where_others_have_one(drawn):
    assignments = drawn({"control": 300, "bar": 300})
    assignments.loc[::10, "time"] = pd.NaT
    trial, = draw(assignments, Plan())
    assert trial.left_out == {NO_TIME: 60} and len(trial.customers) == 540
    undated, = draw(drawn({"control": 300, "bar": 300}, dated=False), Plan())
    assert not undated.dated and len(undated.customers) == 600 and not undated.left_out


def test_a_loss_of_times_in_one_arm_breaks_the_split(drawn):
    assignments = drawn({"control": 1000, "bar": 1000})
    assignments.loc[assignments.index[assignments["arm"] == "bar"][:300], "time"] = pd.NaT
    assert "split is broken" in draw(assignments, Plan())[0].withheld


def test_one_arm_cannot_be_compared(drawn):
    assert "only one arm" in draw(drawn({"control": 100}), Plan())[0].withheld


def test_what_is_not_there_is_named(drawn):
    with pytest.raises(ParameterError, match=r"'old'.*there are bar, control"):
        draw(drawn({"control": 9, "bar": 9}), Plan(control="old"))
    with pytest.raises(ParameterError, match="did you mean 'test'"):
        draw(drawn({"control": 9, "bar": 9}), Plan(shares={"tests": {"control": 1}}))


def test_the_pace_of_a_draw_is_that_of_its_own_days(drawn):
    trial = draw(drawn({"control": 600, "bar": 600}, every="20min"), Plan())[0]
    last = trial.customers["time"].max()
    assert trial.drawn(last + pd.Timedelta(days=2)) == trial.drawn(last + pd.Timedelta(days=200))
    customers, days = trial.drawn(last + pd.Timedelta(days=2))
    assert customers == 1200 and days == pytest.approx(600 / 72, abs=1)
    assert trial.drawn(trial.customers["time"].min()) == (0, 7.0)


def test_rows_in_any_order_give_the_same_trial(drawn):
    assignments = drawn({"control": 80, "bar": 90})
    mixed = assignments.sample(frac=1, random_state=np.random.default_rng(1)).reset_index(drop=True)
    assert draw(assignments, Plan())[0].customers.equals(draw(mixed, Plan())[0].customers)
