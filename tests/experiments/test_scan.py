"""Moments from the engine: the same as in memory, whatever the table looks like; or a typed error."""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ParameterError, TableError
from workbench.experiments import Plan, draw, segments
from workbench.experiments.effects import arm_moments, compare
from workbench.experiments.logs import CONVERSION, revenue
from workbench.experiments.moments import BASE, VALUE, moments
from workbench.experiments.scan import Column, added, aggregates, by_arm, scan

MONEY, PER_ORDER = revenue("SGD")


@pytest.fixture(scope="module")
def engine():
    return ibis.duckdb.connect()


@pytest.fixture(scope="module")
def table(engine):
    made = iter(range(10_000))
    return lambda frame: engine.create_table(f"t{next(made)}", frame)


def test_the_scan_says_what_the_customers_say(sample_frames, gathered):
    """The same metrics by the engine's moments and by the numbers of single customers."""
    assignments, frames = sample_frames(1500, 46)
    for trial in draw(assignments, Plan(), segments=segments(assignments, frames))[:1]:
        people = gathered(trial, frames)
        assert len(people.measured) >= 9 and len(people.before) == 11
        for each in (*people.measured, *people.before):
            scanned, told = (arm_moments(m, trial.customers, trial.arms) for m in (each, each.changed()))
            for arm in trial.arms:
                assert scanned[arm].count() == told[arm].count()
                assert scanned[arm].mean_ == pytest.approx(told[arm].mean_, rel=1e-12)
                assert scanned[arm].var_ == pytest.approx(told[arm].var_, rel=1e-9)
                assert scanned[arm].cov_ == pytest.approx(told[arm].cov_, rel=1e-9)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["w1", "w2", None]),
                          st.floats(-1e6, 1e6).map(lambda x: 1e9 + x), st.floats(0, 10)), min_size=2, max_size=60))
def test_weeks_and_segments_add_up(rows):
    frame = pd.DataFrame(rows, columns=["arm", "week", "spend", "orders"])
    numbers = ["customers", "empty", "mean", "variance", "base_mean", "base_variance", "covariance"]

    def told(part):
        made = moments(part["spend"].to_numpy(), part["orders"].to_numpy())
        return (len(part), 0, made.mean(VALUE), made.var(VALUE), made.mean(BASE), made.var(BASE), made.cov(VALUE, BASE))

    by_week = pd.DataFrame([(*key, "m", *told(part)) for key, part in frame.groupby(["arm", "week"], dropna=False)],
                           columns=["arm", "week", "metric", *numbers])
    for row in added(by_week, ["week"]).itertuples():
        part = frame[frame["arm"] == row.arm]
        scale = np.ptp(frame["spend"]) ** 2 + 1
        assert (row.customers, row.mean) == (len(part), pytest.approx(part["spend"].mean(), rel=1e-12))
        assert row.variance == pytest.approx(told(part)[3], rel=1e-9, abs=1e-9 * scale)
        assert row.covariance == pytest.approx(told(part)[6], rel=1e-9, abs=1e-9 * scale)


def test_spark_says_the_same(sample_frames, spark_connection, gathered, shop):
    """The same expressions in the other engine."""
    assignments, frames = sample_frames(120, 3)
    in_spark = {name: spark_connection.read_parquet(shop.write(name, frame)) for name, frame in frames.items()}
    groups, same = segments(assignments, in_spark), segments(assignments, frames)
    trial = draw(assignments, Plan(), segments=groups)[0]
    for name, of in same[trial.name].items():
        pd.testing.assert_series_equal(groups[trial.name][name].sort_index(), of.sort_index(), check_dtype=False)
    here, there = gathered(trial, frames), gathered(trial, in_spark)
    assert here.notes == there.notes
    for mine, other in zip([*here.measured, *here.before], [*there.measured, *there.before], strict=True):
        assert mine.metric == other.metric
        for left, right in zip(mine.values(len(trial.customers)), other.values(len(trial.customers)), strict=True):
            np.testing.assert_allclose(left, right, rtol=1e-12) if left is not None else None
        pd.testing.assert_frame_equal(mine.moments, other.moments, check_dtype=False, rtol=1e-9)
    for name in frames:
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
    arms = by_arm(found.drop(columns="metric"), ["b", "a", "c"])
    assert "fewer than 2" in compare(MONEY, arms["b"], arms["a"]).withheld
    assert "fewer than 2" in compare(MONEY, arms["b"], arms["c"]).withheld
    for raises, says, call in [
            (TableError, "has no column 'spent'", lambda: scan(table(frame), ["arm"], [Column(MONEY, "spent")])),
            (TableError, "must be a number", lambda: scan(table(frame), ["arm"], [Column(MONEY, "word")])),
            (ParameterError, "a ratio needs a base", lambda: Column(PER_ORDER, "spend")),
            (ParameterError, "nulls of 'conversion' is 'skip'", lambda: Column(CONVERSION, "spend", nulls="skip"))]:
        with pytest.raises(raises, match=says):
            call()
