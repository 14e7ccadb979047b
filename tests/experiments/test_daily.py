import numpy as np
import pandas as pd
import pytest

from workbench.experiments import Plan, draw
from workbench.experiments.daily import MOST_DAYS, day_by_day
from workbench.experiments.effects import against_control
from workbench.experiments.logs import CONVERSION
from workbench.experiments.metrics import Deeds, Measured, instants

ZONE = "Asia/Singapore"


def bought(trial, rng, share):
    """Purchases an hour after the draw, by arm."""
    chance = trial.customers["arm"].map(share).to_numpy()
    row = np.flatnonzero(rng.random(len(chance)) < chance)
    return Measured(CONVERSION, Deeds(row, instants(trial.customers["time"])[row] + np.timedelta64(1, "h"),
                                      np.ones(len(row)), once=True))


@pytest.fixture(scope="module")
def trial(drawn):
    return draw(drawn({"control": 4000, "new": 4000}, every="5min"), Plan())[0]  # 13.9 days


def test_the_last_day_is_the_effect_itself(trial):
    measured = bought(trial, np.random.default_rng(1), {"control": .2, "new": .3})
    end = pd.Timestamp("2026-11-16", tz=ZONE).tz_convert("UTC")
    days = day_by_day(trial, measured, ZONE, end)
    effect = against_control(measured, trial.customers, trial.arms)["new"]
    assert days["day"].tolist() == [f"2026-11-{day:02d}" for day in range(2, 16)]
    assert days.iloc[-1][["abs_effect", "abs_ci_lower", "abs_ci_upper"]].tolist() == pytest.approx(
        [effect.abs_effect, effect.abs_ci_lower, effect.abs_ci_upper])
    width = days["abs_ci_upper"] - days["abs_ci_lower"]
    assert width.iloc[-1] < width.iloc[0] / 3 and days["customers"].iloc[0] == 2 * 288


def test_a_day_knows_nothing_of_the_next(trial):
    measured = bought(trial, np.random.default_rng(1), {"control": .2, "new": .3})
    third = pd.Timestamp("2026-11-05", tz=ZONE).tz_convert("UTC")
    early = trial.customers[(trial.customers["time"] < third).to_numpy()]
    cut = draw(early.assign(experiment="test"), Plan())[0]
    places = pd.Index(cut.customers["customer"]).get_indexer(trial.customers["customer"].iloc[measured.numerator.row])
    known = (places >= 0) & (measured.numerator.time < third.tz_localize(None).to_datetime64())
    alone = Measured(CONVERSION, Deeds(places[known], measured.numerator.time[known], np.ones(known.sum()), once=True))
    day = day_by_day(trial, measured, ZONE, pd.Timestamp("2026-11-16", tz=ZONE)).set_index("day").loc["2026-11-04"]
    assert day["abs_effect"] == pytest.approx(against_control(alone, cut.customers, cut.arms)["new"].abs_effect)


def test_thin_days_are_left_out_and_long_trials_thinned(drawn):
    long, = draw(drawn({"control": 300, "new": 300}, every="12h"), Plan())  # 150 days
    measured = bought(long, np.random.default_rng(2), {"control": .3, "new": .3})
    days = day_by_day(long, measured, ZONE, long.customers["time"].max() + pd.Timedelta(days=1))
    assert len(days) <= MOST_DAYS and days["customers"].is_monotonic_increasing and days["customers"].iloc[-1] == 600
    assert days["customers"].iloc[0] >= 20
