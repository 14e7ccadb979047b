import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.behaviour.conftest import EVENTS, ORDERS, events_of, week_of_tables
from workbench import behaviour
from workbench.behaviour.scaling import reading, stability
from workbench.behaviour.store import fit_before
from workbench.engine import Engine, arrow, connected
from workbench.errors import TableError
from workbench.tables import Week


def scaled(connection, values, by=None):
    table = connection.create_table("people", pd.DataFrame({
        "customer": [str(i) for i in range(len(values))], **{name: values for name in behaviour.FEATURES}}), overwrite=True)
    by = behaviour.scaler(table, "2026-W46") if by is None else by
    return arrow(behaviour.standardise(table, by)).to_pandas()["revenue"], by, behaviour.drift(table, by)


@settings(max_examples=4)
@given(st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 9)), min_size=2, max_size=30))
def test_standardised_features_have_mean_0_and_deviation_1(values):
    with connected(Engine(threads=1)) as connection:
        column, _, drift = scaled(connection, values)
    if np.std(values) > 1e-6 * np.abs(values).max():
        assert column.mean() == pytest.approx(0, abs=1e-4)
        assert column.std(ddof=0) == pytest.approx(1, abs=1e-4)
    assert (drift["stability_index"] == 0).all() and (drift["customers"] == len(values)).all(), "against itself"


def test_a_feature_that_is_the_same_for_all_becomes_0(duckdb_connection):
    column, by, _ = scaled(duckdb_connection, [0.1, 0.1, 0.1])
    assert column.tolist() == [0, 0, 0] and (by["deviation"] == 0).all()


def test_the_saved_scaler_is_applied_unchanged_and_sees_a_shift(duckdb_connection):
    draw = np.random.default_rng(3)
    _, by, _ = scaled(duckdb_connection, draw.normal(0, 1, 2000))
    column, _, drift = scaled(duckdb_connection, draw.normal(0, 1, 2000), by)
    assert column.mean() == pytest.approx(0, abs=.1) and (drift["reading"] == "stable").all()
    column, _, drift = scaled(duckdb_connection, draw.normal(1, 1, 2000), by)
    assert column.mean() == pytest.approx(1, abs=.1) and (drift["reading"] == "moved").all()
    assert (drift["fitted"] == "2026-W46").all() and (drift["stability_index"] > drift["by_chance"]).all()


def test_by_chance_is_passed_one_time_in_twenty():
    draw = np.random.default_rng(1)
    found = [stability(*draw.multinomial(3000, np.full(10, .1), 2)) for _ in range(600)]
    assert .02 < np.mean(np.array(found) > (2 / 3000) * 16.919) < .09


def test_readings():
    assert [reading(index) for index in (0, .0999, .1, .25, .2501)] == ["stable"] * 2 + ["look at it"] * 2 + ["moved"]
    assert stability([10, 0], [0, 10]) > 1, "an empty bin is no infinity"


def test_a_later_week_keeps_the_scaler_until_it_is_fitted_anew(tmp_path):
    first = week_of_tables(tmp_path, events=EVENTS, orders=ORDERS)
    assert behaviour.make(first).drift["fitted"].unique() == ["2026-W46"] and fit_before(first) is None
    later = Week(first.source, "2026-W47", tmp_path / "2026-W47")
    later.write_all({"events": events_of(("a", "p1", "view", "2026-11-18 01:00"), ("d", "p1", "view", "2026-11-18 01:00")),
                     "orders": ORDERS})
    made = behaviour.make(later)
    pd.testing.assert_frame_equal(later.read("scaler"), first.read("scaler"))
    assert made.drift["fitted"].unique() == ["2026-W46"]
    assert behaviour.make(later, refit=True).drift["fitted"].unique() == ["2026-W47"]
    assert later.read("scaler")["customers"].max() == 2


def test_a_week_in_which_nobody_is_named_has_no_features_and_fits_nothing(tmp_path):
    first = week_of_tables(tmp_path, orders=ORDERS.assign(customer=None))
    assert behaviour.make(first).features is None
    later = Week(first.source, "2026-W47", tmp_path / "2026-W47")
    later.write_all({"orders": ORDERS})
    assert behaviour.make(later).drift["fitted"].unique() == ["2026-W47"]


def test_a_scaler_of_an_older_workbench_says_the_way_out(duckdb_connection):
    _, by, _ = scaled(duckdb_connection, [1.0, 2.0])
    with pytest.raises(TableError, match="refit = True"):
        scaled(duckdb_connection, [1.0, 2.0], by.iloc[1:])
