from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from workbench.experiments import Plan, draw
from workbench.experiments.logs import CONVERSION
from workbench.experiments.looks import ONCE, UNPLANNED, Look
from workbench.experiments.metrics import Deeds, Measured, instants
from workbench.experiments.scan import Column, scan
from workbench.experiments.sequential import sequence_p_value
from workbench.experiments.who import by_age, by_group, novelty, unlike

END = pd.Timestamp("2026-12-20", tz="UTC")


@pytest.fixture(scope="module")
def trial(drawn):
    return draw(drawn({"control": 3000, "new": 3000}), Plan())[0]


def bought(trial, chance, days=0.5, seed=0):
    row = np.flatnonzero(np.random.default_rng(seed).random(len(trial.customers)) < chance)
    when = instants(trial.customers["time"])[row] + np.timedelta64(int(days * 24), "h")
    return Measured(CONVERSION, Deeds(row, when, np.ones(len(row)), once=True))


def grouped(measured, trial, groups, look=ONCE):
    """``by_group`` of moments made by a scan."""
    frame = trial.customers[["arm"]].assign(bought=measured.values(len(trial.customers))[0], week="2026-W45")
    frame = frame.assign(**{name: trial.customers["customer"].map(of).astype("string") for name, of in groups.items()})
    moments = scan(ibis.memtable(frame), ["arm", "week", *groups], [Column(CONVERSION, "bought")]).drop(columns="metric")
    return by_group(replace(measured, moments=moments), trial, look)


def test_an_effect_of_one_group_only_is_found_and_the_interaction_with_it(trial):
    rng = np.random.default_rng(3)
    old = rng.random(6000) < .5
    new = (trial.customers["arm"] == "new").to_numpy(dtype=bool)
    groups = {"age": pd.Series(np.where(old, "old", "young"), index=trial.customers["customer"]),
              "coin": pd.Series(rng.choice(["heads", "tails"], 6000), index=trial.customers["customer"])}
    table = grouped(bought(trial, .2 + .12 * (new & old)), trial, groups).set_index("group")
    assert table.loc["old", "p_value"] < .05 and table.loc["old", "abs_effect"] == pytest.approx(.12, abs=.05)
    assert table.loc["young", "abs_ci_lower"] < 0 < table.loc["young", "abs_ci_upper"]
    assert table.loc["old", "interaction"] < .05 < table.loc["heads", "interaction"]


def test_the_test_of_interaction_errs_once_in_twenty():
    rng = np.random.default_rng(0)
    calls = np.mean([unlike(tuple(rng.normal(.1, .05, 4)), (.05,) * 4) < .05 for _ in range(4000)])
    assert calls == pytest.approx(.05, abs=.011)
    z = (.3 - .1) / np.hypot(.05, .08)
    assert unlike((.1, .3), (.05, .08)) == pytest.approx(2 * norm.sf(z))


def test_small_groups_are_not_shown(trial):
    groups = {"rare": pd.Series({f"c{i}": "few" if i < 50 else "most" for i in range(6000)})}
    table = grouped(bought(trial, .3), trial, groups)
    assert table["group"].tolist() == ["most"] and table["interaction"].isna().all()
    assert grouped(bought(trial, .3), trial, {}).empty and by_group(bought(trial, .3), trial).empty


def test_an_effect_that_wears_off(trial):
    new = (trial.customers["arm"] == "new").to_numpy(dtype=bool)
    early, late = bought(trial, .1 + .1 * new, 2).numerator, bought(trial, np.full(6000, .1), 9, seed=1).numerator
    both = Measured(CONVERSION, Deeds(np.r_[early.row, late.row], np.r_[early.time, late.time],
                                      np.r_[early.amount, late.amount], once=True))
    ages = by_age(both, trial, END).set_index("days")["abs_effect"]
    assert ages["days 1–6"] == pytest.approx(.1, abs=.03) and ages["days 7–13"] == pytest.approx(0, abs=.03)
    change = novelty(both, trial, END)["new"]
    assert change.abs_effect == pytest.approx(-.1, abs=.03) and change.abs_ci_upper < 0
    lasting = novelty(bought(trial, np.full(6000, .1), 9), trial, END)["new"]
    assert lasting.abs_ci_lower < 0 < lasting.abs_ci_upper


def test_only_those_who_lived_through_the_days_count(trial):
    half = trial.customers["time"].sort_values().iloc[3000] + pd.Timedelta(days=7)
    ages = by_age(bought(trial, .3, 2), trial, half).set_index("days")["customers"]
    assert ages["days 1–6"] == pytest.approx(3000, abs=5) and "days 14–20" not in ages


def test_whether_groups_differ_holds_for_the_look(trial):
    rng = np.random.default_rng(5)
    old = rng.random(6000) < .5
    new = (trial.customers["arm"] == "new").to_numpy(dtype=bool)
    groups = {"age": pd.Series(np.where(old, "old", "young"), index=trial.customers["customer"])}
    measured, look = bought(trial, .2 + .03 * (new & old)), Look(UNPLANNED, growth=1.0)
    once, often = (grouped(measured, trial, groups, each)["interaction"].iloc[0] for each in (ONCE, look))
    assert once < .05 < often == pytest.approx(sequence_p_value(once, 1.0))


def test_outcomes_with_the_time_of_the_draw_tell_nothing_of_lasting(trial):
    """A file of one row a customer has one time for both; in the second week then nobody does anything."""
    chance = np.where(trial.customers["arm"] == "new", .3, .1)
    at_once = bought(trial, chance, 0)
    assert by_age(at_once, trial, END).empty and novelty(at_once, trial, END) == {}
    within = bought(trial, chance, 3)
    assert not by_age(within, trial, END).empty and novelty(within, trial, END) == {}
