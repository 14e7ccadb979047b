import pytest

from workbench.errors import ParameterError
from workbench.experiments import Plan, draw
from workbench.experiments.plan import ASKED, GUESSED, NAMED


@pytest.mark.parametrize("arms, control, chosen", [
    (["bar", "control"], "control", NAMED), (["B", "A"], "A", NAMED), (["on", "off"], "off", NAMED),
    (["Womens E-Mail", "No E-Mail", "Mens E-Mail"], "No E-Mail", NAMED), (["新版", "对照组"], "对照组", NAMED),
    (["新版", "控制组"], "控制组", NAMED), (["新版", "控制"], "控制", NAMED),
    (["control_v1", "new"], "control_v1", NAMED), (["blue", "amber"], "amber", GUESSED),
    (["no stars", "no price"], "no price", GUESSED)])
def test_the_control_is_told_by_its_name_or_the_guess_is_said(arms, control, chosen):
    assert Plan().control_of(arms) == (control, chosen)


def test_the_parameter_wins_where_the_experiment_has_that_arm():
    assert Plan(control="bar").control_of(["bar", "control"]) == ("bar", ASKED)
    assert Plan(control="bar").control_of(["new", "control"]) == ("control", NAMED)


@pytest.mark.parametrize("given, told", [
    ({"missing": "mean"}, "one of auto, zero, drop"), ({"lift": 0.0}, "above 0"),
    ({"shares": {"x": {"a": 0}}}, "must be above 0"), ({"shares": {"x": {"a": "9"}}}, "must be above 0"),
    ({"shares": {"x": {"a": float("inf")}}}, "must be above 0"), ({"shares": {"x": 3}}, "the arms and their"),
    ({"shares": [1]}, "for each experiment the arms"),
    ({"designs": {"x": 4}}, r"designs\['x'\] is 4; .* \{\"weeks\": 4\}"),
    ({"designs": {"x": "weekly"}}, "give for each experiment the words"), ({"designs": {"x": None}}, "words"),
    ({"designs": {"x": {1: 2}}}, "the words"), ({"designs": {"x": ["weeks"]}}, "the words"), ({"designs": "x"}, "words")])
def test_what_cannot_be_is_refused(given, told):
    with pytest.raises(ParameterError, match=told):
        Plan(**given)


def test_shares_must_name_every_arm():
    with pytest.raises(ParameterError, match="give a share for each arm"):
        Plan(shares={"x": {"a": 1}}).due("x", ["a", "b"])


def test_the_deciding_metric():
    assert Plan().deciding(["visit", "spend"]) == "visit"
    assert Plan().deciding(["visit", "Bought", "spend"]) == "Bought"
    assert Plan(decides="spend").deciding(["visit", "conversion", "spend"]) == "spend"


def test_an_experiment_that_has_not_begun_is_told_as_that(drawn):
    customers = drawn({"control": 5, "new": 5})
    assert [trial.name for trial in draw(customers, Plan(designs={"spring prices": {"weeks": 4}}))] == ["test"]
    with pytest.raises(ParameterError, match="'tset', and nobody was drawn into it up to this week; did you mean 'test'"):
        draw(customers, Plan(designs={"tset": {"weeks": 4}}))
