import pandas as pd
import pytest

from workbench.experiments import Plan, draw
from workbench.experiments.calendar import calendar
from workbench.experiments.effects import Effect
from workbench.experiments.logs import CONVERSION
from workbench.experiments.plan import Design
from workbench.experiments.settle import gain_of, settled
from workbench.experiments.verdict import decide

ZONE = "Asia/Singapore"
UP = Effect(2000, .10, .14, .04, .011, .069, .4, .1, .8, .007)
FLAT = Effect(2000, .10, .11, .01, -.02, .04, .1, -.2, .4, .5)


@pytest.fixture(scope="module")
def trial(drawn):
    return draw(drawn({"control": 2000, "new": 2000}, every="20min"), Plan())[0]


def rule(trial, effect, design, weeks=4):
    when = calendar(trial, design, ZONE, (pd.Timestamp("2026-11-02", tz=ZONE) + pd.DateOffset(weeks=weeks)))
    verdict = decide(trial, CONVERSION, {"new": effect}, None, {"new": .03})
    return settled(verdict, trial, CONVERSION, {"new": effect}, design, when)


@pytest.mark.parametrize("effect, design, weeks, call, says", [
    (UP, Design(), 4, "roll out", "Roll out “new”"),
    (UP, Design(weeks=4, looks="end"), 2, "no decision", "end of its 4 weeks, 2 weeks from now"),
    (UP, Design(customers=3000, looks="end"), 2, "no decision", "end of its 3,000 customers, 984 customers from now"),
    (UP, Design(weeks=4), 1, "roll out", "3 weeks before the planned one: early ends overstate"),
    (UP, Design(customers=3000), 2, "roll out", "984 customers before the planned one: early ends overstate"),
    (FLAT, Design(weeks=4), 3, "no decision", "Go on: 1 week of the plan to come"),
    (FLAT, Design(weeks=4), 4, "no decision", "The planned end is reached: keep “control”, or plan a longer test"),
    (UP, Design(needed=.3), 4, "roll out", "Roll out “new”"),
    (UP, Design(needed=.5), 4, "do not roll out", "better, but by less than the 50.0%"),
    (UP, Design(weeks=6, needed=.5), 4, "no decision", "Go on (test): “new” is better, but by less"),
    (FLAT, Design(needed=.5), 4, "do not roll out", "even at the upper end of the interval no arm reaches the 50.0%"),
    (FLAT, Design(needed=.2), 4, "no decision", "do not differ beyond chance")])
def test_what_was_settled_decides(trial, effect, design, weeks, call, says):
    verdict = rule(trial, effect, design, weeks)
    assert verdict.call == call and says in verdict.sentence


def test_the_gain_in_a_year_is_at_the_pace_of_the_draw_however_late_it_is_read(trial):
    drawn = trial.customers["time"]
    days = (drawn.max().ceil("D") - drawn.min()) / pd.Timedelta(days=1)
    effect = Effect(4000, 10, 12, 2, 1, 3, .2, .1, .3, .01)
    for later in (1, 30, 300):
        gain = gain_of(trial, effect, "SGD", drawn.max() + pd.Timedelta(days=later))
        assert (gain.low, gain.value, gain.high) == pytest.approx(tuple(4000 / days * 365.25 * each for each in (1, 2, 3)))
    half = gain_of(trial, effect, "SGD", drawn.min() + (drawn.max() - drawn.min()) / 2)
    assert half.value == pytest.approx(gain.value, rel=.05)
    assert gain_of(trial, Effect(4000, withheld="no"), "SGD", drawn.max()) is None
