"""Moments from the engine: the same as in memory, whatever the table looks like; or a typed error."""

import ibis
import numpy as np
import pandas as pd
import pytest

from workbench.errors import ParameterError, TableError
from workbench.experiments import Plan, draw
from workbench.experiments.customers import of_week, per_customer
from workbench.experiments.effects import against_control
from workbench.experiments.engine import Column, added, aggregates, effects, scan
from workbench.experiments.logs import CONVERSION, from_logs, revenue
from workbench.experiments.moments import VALUE, moments

MONEY, PER_ORDER = revenue("SGD")


@pytest.fixture(scope="module")
def engine():
    return ibis.duckdb.connect()


@pytest.fixture(scope="module")
def table(engine):
    made = iter(range(10_000))
    return lambda frame: engine.create_table(f"t{next(made)}", frame)


def test_the_sample_s_effects_are_those_from_memory(sample_frames, table):
    assignments, frames = sample_frames(1500, 46)
    customers, columns = per_customer(table(assignments), table(frames["events"]), table(frames["orders"]), "SGD")
    found = scan(customers, ["experiment", "arm"], columns)
    for trial in draw(assignments, Plan()):
        measured, _ = from_logs(trial.customers, frames, "Asia/Singapore", "SGD")
        told = effects(found[found["experiment"] == trial.name].drop(columns="experiment"), columns, trial.control)
        names = {each.metric.name for each in measured} & set(told)
        assert names == {"conversion", "revenue per customer", "orders per customer", "revenue per order",
                         "views per customer", "carts per customer"}
        for each in measured:
            if each.metric.name in told:
                arm, effect = next(iter(against_control(each, trial.customers, trial.arms).items()))
                twin = told[each.metric.name][arm]
                assert twin.customers == effect.customers
                assert [twin.abs_effect, twin.abs_ci_lower, twin.rel_ci_upper, twin.p_value] == pytest.approx(
                    [effect.abs_effect, effect.abs_ci_lower, effect.rel_ci_upper, effect.p_value], rel=1e-9, nan_ok=True)


def test_a_week_is_read_from_its_files(sample_frames, shop):
    assignments, frames = sample_frames(300, 3)
    shop.write("assignments", assignments)
    with pytest.raises(TableError, match="experiments need the first and one of the others"):
        of_week(shop)
    shop.write_all(frames)
    customers, columns = of_week(shop)
    by_week = scan(customers, ["experiment", "arm", "week"], columns)
    whole = scan(customers, ["experiment", "arm"], columns)
    summed = added(by_week, ["week"])
    assert by_week["week"].nunique() > 2
    keys = ["experiment", "arm", "metric"]
    pd.testing.assert_frame_equal(summed.sort_values(keys, ignore_index=True), whole.sort_values(keys, ignore_index=True),
                                  check_dtype=False, rtol=1e-9)
    for name in ("assignments", *frames):
        shop.path(name).unlink()


def column(nulls="error"):
    return Column(MONEY, "spend", nulls=nulls)


@pytest.mark.parametrize("share", [0, .3, .99])
@pytest.mark.parametrize("nulls", ["zero", "drop"])
def test_empty_values_mean_what_was_said(table, share, nulls):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"arm": rng.choice(["a", "b"], 2000), "spend": rng.gamma(1, 9, 2000)})
    frame.loc[rng.random(2000) < share, "spend"] = None
    for row in scan(table(frame), ["arm"], [column(nulls)]).itertuples():
        mine = frame.loc[frame["arm"] == row.arm, "spend"]
        values = (mine.fillna(0) if nulls == "zero" else mine.dropna()).to_numpy()
        told = moments(values)
        assert (row.customers, row.empty) == (len(values), mine.isna().sum())
        assert (row.mean, row.variance) == pytest.approx((told.mean(VALUE), told.var(VALUE)), rel=1e-10)


def test_empty_values_are_refused_unless_something_was_said(table):
    frame = pd.DataFrame({"arm": ["a", "a", "b"], "spend": [1.0, None, 2.0]})
    with pytest.raises(TableError, match=r"is empty for 1 customers of \{'arm': 'a'\}"):
        scan(table(frame), ["arm"], [column()])


@pytest.mark.parametrize("values", [
    np.full(400, 2**31 - 1, dtype=np.int32), 1e9 + np.random.default_rng(0).normal(0, 1, 400), np.zeros(400),
    -np.random.default_rng(0).gamma(1, 1, 400), np.random.default_rng(0).random(400) < .3])
def test_hard_numbers_keep_their_digits(table, values):
    frame = pd.DataFrame({"arm": ["对照 ✓", "b'; drop table t0; --"] * 200, "spend": values})
    shuffled = frame.sample(frac=1, random_state=3)
    found = scan(table(frame), ["arm"], [column()])
    pd.testing.assert_frame_equal(found, scan(table(shuffled), ["arm"], [column()]), rtol=1e-6)
    for row in found.itertuples():
        exact = frame.loc[frame["arm"] == row.arm, "spend"].to_numpy(dtype=np.longdouble)
        assert row.mean == pytest.approx(float(exact.mean()), rel=1e-12, abs=1e-12)
        assert row.variance == pytest.approx(float(exact.var(ddof=1)), rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("bad", [np.inf, 1e200])
def test_what_is_not_finite_is_refused(table, bad):
    with pytest.raises(TableError, match=r"finite"):
        scan(table(pd.DataFrame({"arm": ["a"] * 3, "spend": [1.0, 2.0, bad]})), ["arm"], [column()])


def test_ratios_drop_a_customer_if_either_part_is_empty(table):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"arm": "a", "spend": rng.gamma(1, 9, 500), "orders": rng.poisson(1, 500).astype(float)})
    frame.loc[:99, "spend"], frame.loc[50:149, "orders"] = None, None
    row = next(scan(table(frame), ["arm"], [Column(PER_ORDER, "spend", "orders", "drop")]).itertuples())
    there = frame.dropna()
    assert (row.customers, row.empty) == (350, 150)
    told = aggregates(row), moments(there["spend"].to_numpy(), there["orders"].to_numpy())
    assert told[0].ratio_var("value", "base") == pytest.approx(told[1].ratio_var("value", "base"), rel=1e-10)


def test_arms_of_one_and_mistakes_are_told(table):
    frame = pd.DataFrame({"arm": ["a", "b", "b"], "spend": [1.0, 2.0, 3.0], "word": "x"})
    found = scan(table(frame), ["arm"], [column()])
    told = effects(found, [column()], "b")["revenue per customer"]["a"]
    assert "fewer than 2" in told.withheld
    for raises, says, call in [
            (TableError, "has no column 'spent'", lambda: scan(table(frame), ["arm"], [Column(MONEY, "spent")])),
            (TableError, "must be a number", lambda: scan(table(frame), ["arm"], [Column(MONEY, "word")])),
            (ParameterError, "a ratio needs a base", lambda: Column(PER_ORDER, "spend")),
            (ParameterError, "nulls of 'conversion' is 'skip'", lambda: Column(CONVERSION, "spend", nulls="skip")),
            (ParameterError, "control is 'c'", lambda: effects(found, [column()], "c")),
            (TableError, "an arm twice", lambda: effects(pd.concat([found, found]), [column()], "b"))]:
        with pytest.raises(raises, match=says):
            call()
