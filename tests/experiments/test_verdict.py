import pandas as pd
import pytest

from workbench.experiments import Plan, draw
from workbench.experiments.effects import Effect
from workbench.experiments.logs import CONVERSION, LEFT, revenue
from workbench.experiments.verdict import better_or_worse, decide, unreadable, warning

UP = Effect(2000, .10, .14, .04, .011, .069, .4, .1, .8, .007)
FLAT = Effect(2000, .10, .11, .01, -.02, .04, .1, -.2, .4, .5)
DOWN = Effect(2000, .10, .06, -.04, -.064, -.016, -.4, -.6, -.2, .001)
BEST = Effect(2000, .10, .20, .10, .07, .13, 1., .6, 1.5, .0001)


@pytest.fixture(scope="module")
def trial(drawn):
    return draw(drawn({"control": 100, "bar": 100}), Plan())[0]


def said(trial, effects, between=None):
    return decide(trial, CONVERSION, effects, between, dict.fromkeys(effects, .042))


def test_each_decision_in_words(trial):
    assert said(trial, {"bar": UP}).sentence == (
        "Roll out “bar” (test): of 100 customers 4.0 more bought (95% interval 1.1 to 6.9; 14.0 instead of 10.0).")
    assert said(trial, {"bar": DOWN}).sentence == (
        "Do not roll out “bar”: of 100 customers 4.0 fewer bought (95% interval 1.6 to 6.4; 6.0 instead of 10.0) (test).")
    verdict = said(trial, {"bar": FLAT})
    assert verdict.call == "no decision" and verdict.arm == ""
    assert "95% interval 2.0 fewer to 4.0 more" in verdict.sentence
    assert verdict.sentence.endswith("The test could have seen a difference of 4.2 of 100 customers or more.")


def test_several_arms_are_ranked_and_compared(trial):
    verdict = said(trial, {"a": UP, "b": BEST, "c": FLAT, "d": DOWN}, between=FLAT)
    assert verdict.arm == "b" and verdict.sentence.startswith("Roll out “b” (test)")
    for part in ("“a” also did better than “control”", "either will do", "“d” did worse", "“c” did not differ"):
        assert part in verdict.sentence


def test_one_worse_arm_does_not_close_the_test(trial):
    verdict = said(trial, {"a": FLAT, "b": DOWN})
    assert verdict.call == "no decision" and "“b” did worse than “control”" in verdict.sentence


def test_a_guessed_control_gives_no_order(drawn):
    guessed, = draw(drawn({"blue": 100, "amber": 100}), Plan())
    assert said(guessed, {"blue": UP}).sentence.startswith("Against “amber” better is “blue” (test)")
    assert said(guessed, {"blue": DOWN}).sentence.startswith("Against “amber” worse is “blue”")


def test_beyond_chance_needs_p_and_interval():
    edge = Effect(2000, .1, .13, .03, -.0001, .06, .3, 0., .6, .049)
    assert [better_or_worse(CONVERSION, e) for e in (UP, DOWN, FLAT, edge)] == [1, -1, 0, 0]
    assert better_or_worse(LEFT, UP) == -1
    assert better_or_worse(CONVERSION, Effect(5, withheld="too few")) == 0


def test_a_harmed_guardrail_is_told():
    told = "Look first at “left in the cart” with “bar”: of 100 products in a cart 4.0 more were left there"
    assert warning(LEFT, "bar", UP).startswith(told)
    assert warning(LEFT, "bar", DOWN) == "" and warning(LEFT, "bar", FLAT) == ""


def test_money_in_words(trial):
    money = revenue("SGD")[0]
    effect = Effect(2000, 27.6, 41.3, 13.7, 8.9, 18.5, .5, .3, .7, .0001)
    assert decide(trial, money, {"bar": effect}, None, {"bar": 5.9}).sentence == (
        "Roll out “bar” (test): revenue per customer was 13.7 SGD higher (95% interval 8.9 to 18.5; 41.3 instead of 27.6).")


def test_what_cannot_be_read_says_why(trial, drawn):
    broken, = draw(drawn({"control": 1000, "bar": 700}), Plan())
    assert unreadable(broken).sentence.startswith("Do not read the test “test”: the split is broken")
    assert unreadable(broken).sentence.endswith("No effect is shown."), "no plan loses three in ten"
    meant, = draw(drawn({"control": 300, "bar": 1700}), Plan())
    assert "If 3 “control” to 17 “bar” was the plan, say so with the parameter shares" in unreadable(meant).sentence
    thin = decide(trial, CONVERSION, {"bar": Effect(20, withheld="too few")}, None, {"bar": float("nan")})
    assert thin.call == "no decision" and "cannot be compared with “control”: too few" in thin.sentence
    assert isinstance(broken.ratio, pd.DataFrame)
