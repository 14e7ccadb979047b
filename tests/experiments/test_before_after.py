import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from workbench.errors import TableError
from workbench.experiments.before_after import difference_in_differences, interrupted

WEEKS = pd.date_range("2026-08-03", periods=12, freq="7D")
CHANGE = WEEKS[8]


def panel(rng, effect=0.0, treated=4, others=8, drift=0.3, apart=0.0):
    """Regions that share a rising demand and wander by themselves; ``apart``: treated ones rise faster by that a week."""
    groups = [f"r{i}" for i in range(treated + others)]
    demand = np.cumsum(rng.normal(.4, .5, len(WEEKS)))
    values = 20 + demand + np.cumsum(rng.normal(0, drift, (len(groups), len(WEEKS))), 1) + rng.normal(0, 3, (len(groups), 1))
    here = np.arange(len(groups)) < treated
    values[here] += effect * (WEEKS >= CHANGE) + apart * np.arange(len(WEEKS))
    rows = [(g, w, values[i, j]) for i, g in enumerate(groups) for j, w in enumerate(WEEKS)]
    return pd.DataFrame(rows, columns=["group", "period", "value"]), groups[:treated]


def test_it_is_a_regression_of_each_group_s_shift():
    frame, treated = panel(np.random.default_rng(0), effect=2)
    told = difference_in_differences(frame, treated, CHANGE)
    shift = frame.groupby("group").apply(lambda g: g.loc[g["period"] >= CHANGE, "value"].mean()
                                         - g.loc[g["period"] < CHANGE, "value"].mean())
    data = pd.DataFrame({"shift": shift, "treated": shift.index.isin(treated).astype(float)})
    peer = smf.ols("shift ~ treated", data).fit()
    low, high = peer.conf_int().loc["treated"]
    assert (told.effect, told.low, told.high, told.p_value) == pytest.approx(
        (peer.params["treated"], low, high, peer.pvalues["treated"]), rel=1e-9)


@pytest.mark.parametrize("treated", [1, 4])
def test_demand_that_drifts_is_no_effect(treated):
    runs, rng = 200, np.random.default_rng(1)
    told = [difference_in_differences(*panel(rng, treated=treated), CHANGE) for _ in range(runs)]
    assert np.mean([t.p_value < .05 for t in told]) == pytest.approx(.05, abs=.045)
    assert np.mean([t.low <= 0 <= t.high for t in told]) == pytest.approx(.95, abs=.045)
    assert np.mean([t.naive for t in told]) > 1, "the bare comparison takes demand for an effect"


def test_a_planted_effect_is_found_and_covered():
    rng = np.random.default_rng(2)
    told = [difference_in_differences(*panel(rng, effect=3), CHANGE) for _ in range(200)]
    assert np.mean([t.effect for t in told]) == pytest.approx(3, abs=.1)
    assert np.mean([t.low <= 3 <= t.high for t in told]) > .9 and np.mean([t.p_value < .05 for t in told]) > .9


def test_groups_that_moved_apart_before_are_told():
    frame, treated = panel(np.random.default_rng(3), apart=.8)
    told = difference_in_differences(frame, treated, CHANGE)
    assert not told.trustworthy
    alike = difference_in_differences(*panel(np.random.default_rng(3)), CHANGE)
    assert alike.trustworthy


def counted(rng, sizes, drift, weeks=WEEKS):
    """Customers of groups of these sizes a week, by Poisson's chance around a demand that wanders alike in all of them."""
    steps = rng.normal(0, drift, (len(sizes), len(weeks)))
    for k in range(1, len(weeks)):
        steps[:, k] = .6 * steps[:, k - 1] + .8 * steps[:, k]
    counts = pd.DataFrame(rng.poisson(np.array(sizes)[:, None] * np.exp(steps + .03 * np.arange(len(weeks)))) + .5,
                          [f"r{i}" for i in range(len(sizes))], weeks)
    panel = np.log(counts).rename_axis(index="group", columns="period").stack().rename("value").reset_index()
    return panel, 1 / counts.mean(axis=1)


@pytest.mark.parametrize("sizes, treated, drift", [
    ([5] + [1000] * 9, 1, .0), ([5] * 4 + [500] * 10, 4, .05), ([1000] + [5] * 9, 1, .2),
    ([4, 9, 20, 50, 150, 400] * 3, 5, .1)])
def test_small_groups_move_by_chance(sizes, treated, drift):
    rng, runs, here = np.random.default_rng(4), 300, [f"r{i}" for i in range(treated)]
    wrong = 0
    for _ in range(runs):
        panel, noise = counted(rng, sizes, drift)
        told = difference_in_differences(panel, here, CHANGE, noise)
        assert told.low <= told.effect <= told.high and (told.p_value < .05) == (told.low * told.high > 0)
        wrong += told.p_value < .05
    assert wrong / runs < .085, "5 % are due, and chance"


def test_what_chance_does_to_all_alike_changes_nothing_but_the_least_error():
    panel, _ = counted(np.random.default_rng(6), [200] * 12, .3)
    plain = difference_in_differences(panel, ["r0", "r1", "r2"], CHANGE)
    alike = difference_in_differences(panel, ["r0", "r1", "r2"], CHANGE, pd.Series(.005, sorted(set(panel["group"]))))
    assert (alike.effect, alike.low, alike.p_value) == pytest.approx((plain.effect, plain.low, plain.p_value), rel=1e-6)
    assert list(plain.weights.values()) == pytest.approx([1.0] * 12)
    loud = difference_in_differences(panel, ["r0", "r1", "r2"], CHANGE, pd.Series(9.0, sorted(set(panel["group"]))))
    assert loud.effect == pytest.approx(plain.effect) and loud.high - loud.low > 5 * (plain.high - plain.low)


def test_a_noise_for_every_group_is_needed():
    panel, noise = counted(np.random.default_rng(6), [200] * 12, .3)
    with pytest.raises(TableError, match="noise of group 'r3' is missing"):
        difference_in_differences(panel, ["r0"], CHANGE, noise.drop("r3"))


def test_a_large_group_tells_more_of_an_effect_than_small_ones():
    rng, here = np.random.default_rng(7), [f"r{i}" for i in range(8)]
    panel, noise = counted(rng, [400] * 4 + [3] * 4 + [400] * 8 + [3] * 8, .03)
    panel.loc[panel["group"].isin(here) & (panel["period"] >= CHANGE), "value"] += .2
    told, plain = (difference_in_differences(panel, here, CHANGE, one) for one in (noise, None))
    assert told.low < .2 < told.high and told.low > 0 and told.high - told.low < (plain.high - plain.low) / 2
    assert told.weights["r0"] > 10 * told.weights["r4"]


@pytest.mark.parametrize("change, says", [
    (lambda f, t: (f, sorted(set(f["group"])), CHANGE), "bare before/after comparison is refused"),
    (lambda f, t: (f, [], CHANGE), "bare before/after comparison is refused"),
    (lambda f, t: (f, ["nowhere"], CHANGE), "treated names the group 'nowhere'"),
    (lambda f, t: (f[f["group"].isin([*t, "r4", "r5"])], t, CHANGE), "2 groups are without the change; 4 are needed"),
    (lambda f, t: (f, t, WEEKS[2]), "2 periods lie before"),
    (lambda f, t: (f.iloc[1:], t, CHANGE), "no value for group 'r0'"),
    (lambda f, t: (pd.concat([f, f.iloc[:1]]), t, CHANGE), "group 'r0' twice")])
def test_what_cannot_be_compared_is_refused(change, says):
    with pytest.raises(TableError, match=says):
        difference_in_differences(*change(*panel(np.random.default_rng(0))))


def year(rng, effect=0.0, rho=.4, weeks=120, after=8):
    """A weekly series with season, growth and neighbours that resemble each other; the last ones have the change."""
    noise = rng.normal(0, .08, weeks)
    for k in range(1, weeks):
        noise[k] += rho * noise[k - 1]
    at = np.arange(weeks)
    index = pd.date_range("2024-07-01", periods=weeks, freq="7D")
    return pd.Series(5 + .004 * at + .3 * np.sin(2 * np.pi * at / 52) + noise + effect * (at >= weeks - after),
                     index=index), index[-after]


def test_the_year_before_takes_the_season_off():
    rng = np.random.default_rng(5)
    told = [interrupted(*year(rng)) for _ in range(300)]
    assert np.mean([t.p_value < .05 for t in told]) < .09 and np.mean([t.low <= 0 <= t.high for t in told]) > .91
    assert np.mean([abs(t.naive) for t in told]) > .1, "the bare comparison takes the season for an effect"
    found = [interrupted(*year(rng, effect=.4)) for _ in range(100)]
    assert np.mean([t.effect for t in found]) == pytest.approx(.4, abs=.05) and np.mean([t.low > 0 for t in found]) > .7


def test_without_a_year_there_is_no_season_to_take_off():
    series, change = year(np.random.default_rng(0), weeks=60)
    with pytest.raises(TableError, match=r"52 weeks before it and 8 after.*60 and 1 are needed.*is refused"):
        interrupted(series, change)
