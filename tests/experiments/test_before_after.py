import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from workbench.errors import TableError
from workbench.experiments.before_after import difference_in_differences

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
    assert not told.trustworthy and told.sentence().startswith("Do not read it as an effect")
    alike = difference_in_differences(*panel(np.random.default_rng(3)), CHANGE)
    assert alike.trustworthy and "Nobody was drawn" in alike.sentence()


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
