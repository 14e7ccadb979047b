import numpy as np
import pytest

from workbench.errors import ParameterError
from workbench.experiments import Plan, draw, read_all, segments
from workbench.sample.simulate import EXPERIMENTS

CALLS = {"free shipping bar": "roll out", "renamed menu": "no decision", "new checkout": "do not read"}


def read(assignments, frames, shop, plan=None):
    plan = plan or Plan()
    trials = draw(assignments, plan, shop.source.timezone, segments(assignments, frames))
    return read_all(trials, frames, plan, shop)


@pytest.fixture(scope="module")
def sample(sample_frames, shop):
    return read(*sample_frames(6000, 46), shop)


def test_the_three_planted_truths(sample):
    assert {each.trial.name: each.verdict.call for each in sample.reads} == CALLS
    assert {e.name for e in EXPERIMENTS} == set(CALLS)


@pytest.mark.parametrize("seed", range(1, 4))
def test_the_truths_are_found_in_other_lives(sample_frames, shop, seed):
    reading = read(*sample_frames(6000, seed), shop)
    calls = {each.trial.name: each.verdict.call for each in reading.reads}
    assert calls["free shipping bar"] == "roll out" and calls["new checkout"] == "do not read"


def test_a_withheld_experiment_shows_no_number_at_all(sample):
    rows = sample.effects[(sample.effects["experiment"] == "new checkout").to_numpy()]
    assert len(rows) and rows["withheld"].str.contains("split is broken").all()
    assert rows.drop(columns=["experiment", "metric", "arm", "customers", "withheld"]).isna().all(axis=None)
    broken = next(each for each in sample.reads if each.trial.name == "new checkout")
    assert not broken.effects and not broken.power and broken.days.empty


def test_the_table_keeps_its_contract(sample, shop):
    shop.write("effects", sample.effects)
    table = shop.read("effects")
    shown = table[table["withheld"].isna().to_numpy()]
    assert (shown["abs_ci_lower"] <= shown["abs_effect"]).all() and (shown["abs_effect"] <= shown["abs_ci_upper"]).all()
    assert np.allclose(shown["treatment"] - shown["control"], shown["abs_effect"])
    assert np.allclose((shown["abs_effect"] / shown["control"]).astype(float), shown["rel_effect"].astype(float))


def test_roles(sample):
    bar = sample.reads[0]
    assert bar.deciding.name == "conversion"
    roles = {metric.name: metric.role for metric in bar.metrics}
    assert roles["revenue per customer"] == "outcome" and roles["active days"] == "engagement"
    assert roles["left in the cart"] == roles["pieces returned"] == roles["revenue per order"] == "guardrail"


def test_another_metric_may_decide(sample_frames, shop):
    reading = read(*sample_frames(1500, 3), shop, Plan(decides="revenue per customer"))
    assert {each.deciding.name for each in reading.reads} == {"revenue per customer"}
    assert {m.role for each in reading.reads for m in each.metrics if m.name == "conversion"} == {"outcome"}
    with pytest.raises(ParameterError, match=r"decides is 'joy'.*there are active days"):
        read(*sample_frames(300, 3), shop, Plan(decides="joy"))


def test_an_undated_experiment_reads_outcomes_only_and_says_so(drawn, outcomes, shop, sample_frames):
    assignments = drawn({"control": 400, "new": 400}, dated=False)
    rows = outcomes([(f"c{i}", "visit", float(i % 10 == 0 or (i >= 400 and i % 3 == 0))) for i in range(800)])
    reading = read(assignments, {"outcomes": rows, **sample_frames(300, 3)[1]}, shop)
    only, = reading.reads
    assert [metric.name for metric in only.metrics] == ["visit"] and only.days.empty
    assert any("not dated" in note for note in only.notes) and only.verdict.call == "roll out"


def test_nothing_measured_is_said(drawn, shop):
    only, = read(drawn({"control": 40, "new": 40}, dated=False), {}, shop).reads
    assert "nothing was measured" in only.verdict.sentence
    assert read(drawn({"control": 40, "new": 40}, dated=False), {}, shop).effects.empty


def test_outcomes_and_logs_stand_side_by_side(drawn, outcomes, shop, sample_frames):
    rows = outcomes([(f"c{i}", "conversion", 1.0) for i in range(0, 700, 3)])
    reading = read(drawn({"control": 400, "new": 400}), {"outcomes": rows, **sample_frames(300, 3)[1]}, shop)
    names = [metric.name for metric in reading.reads[0].metrics]
    assert names.count("conversion") == 1 and "revenue per customer" in names
    measured = reading.reads[0].effects["conversion"]["new"]
    assert measured.control == pytest.approx(134 / 400)


def test_three_arms_share_one_control_and_holm(drawn, outcomes, shop):
    rng = np.random.default_rng(4)
    assignments = drawn({"control": 3000, "a": 3000, "b": 3000}, dated=False)
    share = assignments["arm"].map({"control": .10, "a": .125, "b": .16}).to_numpy()
    yes = rng.random(9000) < share
    reading = read(assignments, {"outcomes": outcomes([(f"c{i}", "conversion", float(y)) for i, y in enumerate(yes)])}, shop)
    only, = reading.reads
    assert only.verdict.arm == "b" and "“a” also did better" in only.verdict.sentence
    assert set(reading.effects["arm"]) == {"a", "b"} and len(reading.effects) == 2


def test_a_guard_forbids_what_a_guardrail_only_warns_of(drawn, outcomes, shop):
    rng = np.random.default_rng(4)
    assignments = drawn({"control": 3000, "new": 3000}, dated=False)
    new = (assignments["arm"] == "new").to_numpy()
    rows = [(f"c{i}", "conversion", float(rng.random() < .10 + .04 * new[i])) for i in range(6000)]
    rows += [(f"c{i}", "complaint", float(rng.random() < .05 + .04 * new[i])) for i in range(6000)]
    frames = {"outcomes": outcomes(rows)}
    assert read(assignments, frames, shop).reads[0].verdict.call == "roll out"
    guarded = read(assignments, frames, shop, Plan(designs={"test": {"guards": ["complaint"]}})).reads[0].verdict
    assert guarded.call == "do not roll out" and guarded.arm == ""
    assert guarded.sentence.startswith("Do not roll out: “complaint” got worse") and "Best was “new”" in guarded.sentence
    with pytest.raises(ParameterError, match="guards names the metric 'joy'; there are conversion, complaint"):
        read(assignments, frames, shop, Plan(designs={"test": {"guards": ["joy"]}}))


def test_what_was_recorded_after_the_planned_end_does_not_count(drawn, outcomes, shop):
    assignments, rng = drawn({"control": 200, "new": 200}), np.random.default_rng(0)
    first = [(f"c{i}", "spend", float(value), "2026-11-05") for i, value in enumerate(rng.poisson(3, 400))]
    late = [(f"c{i}", "spend", 50.0, "2026-11-12") for i in range(200, 400)]
    plan = Plan(missing="zero", designs={"test": {"weeks": 1}})
    told, alone = (read(assignments, {"outcomes": outcomes(rows)}, shop, plan).effects for rows in (first + late, first))
    assert told.equals(alone) and told["treatment"].iloc[0] < 4


def test_a_recorded_ratio_is_read_by_the_delta_method(drawn, outcomes, shop):
    draws = np.random.default_rng(0)
    assignments = drawn({"control": 400, "new": 400})
    views = draws.integers(1, 30, 800)
    clicks = draws.binomial(views, np.where(assignments["arm"] == "new", .2, .1))
    rows = outcomes([(who, "clicks per view", float(n)) for who, n in zip(assignments["customer"], clicks, strict=True)],
                    base=views.astype(float).tolist())
    reading = read_all(draw(assignments, Plan()), {"outcomes": rows}, Plan(), shop)
    effect = reading.effects.iloc[0]

    def of(arm):  # ratio of sums and its variance (Deng, Knoblich and Lu 2018)
        mine = (assignments["arm"] == arm).to_numpy()
        top, below = clicks[mine], views[mine]
        rest = top - top.sum() / below.sum() * below
        return top.sum() / below.sum(), rest.var(ddof=1) / below.mean() ** 2 / mine.sum()

    (control, error), (new, error_new) = of("control"), of("new")
    assert effect["control"] == pytest.approx(control) and effect["treatment"] == pytest.approx(new)
    assert effect["abs_effect"] == pytest.approx(new - control)
    assert effect["abs_ci_upper"] - effect["abs_ci_lower"] > 2 * 1.95 * (error + error_new) ** .5
