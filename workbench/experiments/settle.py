"""The decision held against what was settled before the data: the planned end, the effect that pays; and its money."""

import math
from dataclasses import dataclass

import pandas as pd

from workbench.experiments.calendar import Calendar
from workbench.experiments.effects import Effect
from workbench.experiments.looks import EARLY, END, PLANNED
from workbench.experiments.metrics import Metric
from workbench.experiments.plan import Design
from workbench.experiments.trials import Trial
from workbench.experiments.verdict import OPEN, ROLL_OUT, STOP, Verdict
from workbench.experiments.wording import percent
from workbench.readable import numeral

YEAR = 365.25  # days
LONGEST = 366  # days: what takes longer is no plan


@dataclass(frozen=True)
class Gain:
    """More revenue a year if the arm went to everyone, in ``currency``, with its 95% interval; over ``days`` of test."""

    low: float
    value: float
    high: float
    currency: str
    days: float

    def sentence(self) -> str:
        """The gain in words.

        >>> Gain(-1234.0, 40210.0, 81000.0, "SGD", 28).sentence()
        "For everyone about 40,200 SGD more revenue a year (95% interval −1,230 to 81,000), at the test's pace."
        """
        low, value, high = (money(number) for number in (self.low, self.value, self.high))
        unit = f" {self.currency}".rstrip()
        return (f"For everyone about {value}{unit} more revenue a year (95% interval {low} to {high}), at the "
                "test's pace.")


def money(amount: float, sign: str = "") -> str:
    """An extrapolated amount, to three digits: more would be made up.

    >>> money(662105.3), money(-1234.0, "+"), money(0.0)
    ('662,000', '−1,230', '0')
    """
    return numeral(float(f"{amount:.3g}"), f"{sign},.0f")


def gain_of(trial: Trial, effect: Effect, currency: str, end: pd.Timestamp) -> Gain | None:
    """What an effect on revenue per customer means in a year for all customers of the kind that was drawn.

    The customers drawn in all arms by ``end``, per day of the draw, times the effect, times a year. None where the effect
    is withheld or nothing is dated.
    """
    if effect.withheld or not trial.dated:
        return None
    customers, days = trial.drawn(end)
    factor = customers / days * YEAR
    return Gain(effect.abs_ci_lower * factor, effect.abs_effect * factor, effect.abs_ci_upper * factor, currency, days)


def settled(verdict: Verdict, trial: Trial, metric: Metric, effects: dict[str, Effect],
            design: Design, when: Calendar) -> Verdict:
    """The verdict under the rules that were settled before the data.

    Read at its end only: no decision before. An effect that pays was named: roll out from there on, stop if even the
    upper end of every interval is below it. Stopped at an early look: say that the effect is overstated.
    """
    if when.kind == EARLY:
        return Verdict(OPEN, f"No decision on “{trial.name}” yet: it is read at the end of its {when.planned}, "
                             f"{when.to_come} from now.")
    verdict = _worthwhile(verdict, trial, effects, design.needed * metric.better, metric, when)
    if verdict.call == ROLL_OUT and when.early:
        return Verdict(ROLL_OUT, f"{verdict.sentence} This is an early end, {when.to_come} before the planned one: "
                                 "early ends overstate effects, so count on the lower end of the interval.", verdict.arm,
                       verdict.lead)
    if verdict.call == OPEN and when.early:
        return Verdict(OPEN, f"{verdict.sentence} Go on: {when.to_come} of the plan to come.")
    if verdict.call == OPEN and when.kind in (PLANNED, END) and not all(effect.withheld for effect in effects.values()):
        return Verdict(OPEN, f"{verdict.sentence} The planned end is reached: keep “{trial.control}”, or plan a longer "
                             "test.")
    return verdict


def size_needed(smallest: float, lift: float, drawn: int, days: float) -> tuple[int, int]:
    """Customers until a relative change by ``lift`` is seen 4 times in 5, and how many more days they take at the pace.

    Args:
        smallest: relative change that ``drawn`` customers show 4 times in 5. days: in which they were drawn.

    >>> size_needed(.2, .1, 1000, 10)
    (4000, 30)
    """
    needed = math.ceil(drawn * (smallest / lift) ** 2)
    return needed, max(math.ceil((needed - drawn) * days / drawn), 0) if drawn else LONGEST + 1


def onward(verdict: Verdict, smallest: list[float], lift: float, drawn: int, days: float) -> Verdict:
    """The verdict on an experiment without a planned end, where it is open, with what is to be done next.

    >>> onward(Verdict(OPEN, "No decision."), [.2], .1, 1000, 10).sentence
    'No decision. Go on: at this pace it sees a change of 10.0% in about 30 more days.'
    """
    known = [each for each in smallest if each == each]
    if verdict.call != OPEN or not known:
        return verdict
    _, more = size_needed(max(known), lift, drawn, days)
    if not more:
        said = f"A change of {percent(lift)} would have been seen 4 times in 5: going on is for smaller ones."
    elif more > LONGEST:
        said = f"At this pace it takes over a year to see a change of {percent(lift)}: stop, and test something bolder."
    else:
        said = f"Go on: at this pace it sees a change of {percent(lift)} in about {more:,} more day{'s' * (more != 1)}."
    return Verdict(OPEN, f"{verdict.sentence} {said}")


def guarded(verdict: Verdict, broken: list[str], unknown: dict[str, str]) -> Verdict:
    """The verdict on a change that would be rolled out, had it not harmed a guard, or could every guard be read.

    Args:
        broken: guards that got worse. unknown: by name, why a guard cannot be read.

    >>> best = Verdict(ROLL_OUT, "Roll out “bar” (test): better.", "bar", "Roll out")
    >>> guarded(best, ["returns"], {}).sentence
    'Do not roll out: “returns” got worse, which was settled as not to happen. Best was “bar” (test): better.'
    >>> guarded(best, [], {"returns": "too few"}).sentence
    'Do not roll out yet: the guard “returns” cannot be read (too few). Best was “bar” (test): better.'
    """
    if broken:
        named = ", ".join(f"“{name}”" for name in broken)
        return Verdict(STOP, f"Do not roll out: {named} got worse, which was settled as not to happen. "
                             f"{verdict.led_by('Best was')}")
    if unknown:
        named = ", ".join(f"“{name}” cannot be read ({why})" for name, why in unknown.items())
        return Verdict(OPEN, f"Do not roll out yet: the guard {named}. {verdict.led_by('Best was')}")
    return verdict


def _worthwhile(verdict: Verdict, trial: Trial, effects: dict[str, Effect], needed: float, metric: Metric,
                when: Calendar) -> Verdict:
    if not needed:
        return verdict
    best = {arm: _at_best(effect, metric) for arm, effect in effects.items()}
    bar = f"{percent(abs(needed))} of the control's value that were settled as needed"
    if verdict.call in (OPEN, ROLL_OUT) and all(upper < abs(needed) for upper in best.values()):
        return Verdict(STOP, f"Do not roll out ({trial.name}): even at the upper end of the interval no arm reaches the "
                             f"{bar}. {verdict.led_by('Best was')}")
    if verdict.call == ROLL_OUT and effects[verdict.arm].rel_effect * metric.better < abs(needed):
        call, lead = (OPEN, "Go on") if when.early else (STOP, "Do not roll out")
        return Verdict(call, f"{lead} ({trial.name}): “{verdict.arm}” is better, but by less than the {bar}. "
                             f"{verdict.led_by('Best was')}")
    return verdict


def _at_best(effect: Effect, metric: Metric) -> float:
    """The relative effect at the better end of its interval; infinite where it is not known."""
    end = effect.rel_ci_upper if metric.better > 0 else -effect.rel_ci_lower
    return end if end == end else float("inf")
