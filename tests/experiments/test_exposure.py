import numpy as np
import pandas as pd
import pytest

from workbench.experiments import Plan, draw, segments
from workbench.experiments.exposure import exposure
from workbench.experiments.logs import CONVERSION
from workbench.experiments.metrics import Deeds, Measured, instants
from workbench.tables import conform, contract


@pytest.fixture(scope="module")
def trial(drawn):
    return draw(drawn({"control": 400, "new": 400}), Plan())[0]


def exposures(trial, hours, rows=None):
    """Those of the customers ``rows``, so many hours after each one's draw; and of a stranger."""
    mine = trial.customers.iloc[rows if rows is not None else slice(None)]
    frame = pd.DataFrame({"customer": mine["customer"], "time": mine["time"] + pd.to_timedelta(hours, unit="h")})
    frame = pd.concat([frame, frame.assign(time=frame["time"] + pd.Timedelta(days=1)), frame.head(1).assign(customer="eve")])
    return conform(frame.assign(experiment="test"), contract("exposures"))


def bought(trial, rows, hours):
    when = instants(trial.customers["time"])[rows] + np.timedelta64(hours, "h")
    return Measured(CONVERSION, Deeds(np.asarray(rows), when, np.ones(len(rows)), once=True))


def test_what_lies_before_the_draw_or_before_the_change_is_counted(trial):
    hours = np.where(np.arange(800) < 7, -2, 5)
    told = exposure(trial, exposures(trial, hours), bought(trial, [7, 8, 9, 20], 3))
    assert told.arms[["customers", "saw"]].to_numpy().tolist() == [[400, 400], [400, 400]]
    assert (told.arms["early"].sum(), told.arms["did_before"].sum(), told.strangers) == (7, 4, 1)
    said = " ".join(told.caveats())
    assert "fewer than 10 customers saw the change before they were drawn" in said
    assert "fewer than 10 customers did what decides" in said
    assert "fewer than 10 customers saw the change and are not among those drawn" in said and "unlike shares" not in said


def test_unlike_shares_are_told_and_other_experiments_are_not_meant(trial):
    few = np.flatnonzero((trial.customers["arm"] == "new") | (np.arange(800) % 3 == 0))
    told = exposure(trial, exposures(trial, np.full(len(few), 5), few), bought(trial, [1], 9))
    assert told.arms["share"].tolist() == [pytest.approx(1 / 3, abs=.1), 1.0]
    assert any("unlike shares" in line for line in told.caveats())
    assert exposure(trial, exposures(trial, 5).assign(experiment="other"), bought(trial, [1], 9)) is None
    assert exposure(trial, None, bought(trial, [1], 9)) is None


def test_a_split_that_broke_on_one_platform_is_found(drawn):
    assignments = drawn({"control": 1000, "new": 1000})
    number = assignments["customer"].str[1:].astype(int)
    assignments["platform"] = pd.array(np.where(number % 2, "app", "web"), dtype="string")
    lost = ((assignments["arm"] == "new") & (number % 2 == 1) & (number % 5 < 3)).to_numpy()
    kept = assignments[~lost]
    trial, = draw(kept, Plan(), "UTC", segments(kept, {}))
    assert "It differs by platform: app" in trial.clue.sentence


def test_exposures_need_no_dates(trial):
    """As in Criteo's uplift data: a column says who saw the advertisement, and nothing when."""
    some = np.flatnonzero(trial.customers["arm"] == "new")[:100]
    undated = exposures(trial, 5, some).assign(time=pd.Series(pd.NaT, dtype="datetime64[us, UTC]"))
    told = exposure(trial, undated, bought(trial, some, 3))
    assert told.arms["saw"].tolist() == [0, 100] and told.arms[["early", "did_before"]].to_numpy().sum() == 0
    said = " ".join(told.caveats())
    assert "not known when" in said and "do not compare only those who saw it" in said
