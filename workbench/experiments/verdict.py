"""The decision on one experiment, in a sentence that a manager understands."""

from dataclasses import dataclass

from workbench.experiments.effects import Effect
from workbench.experiments.metrics import Metric
from workbench.experiments.plan import GUESSED, LEVEL
from workbench.experiments.trials import Trial
from workbench.experiments.wording import effect_in_words, smallest_in_words

ROLL_OUT, STOP, OPEN, UNREADABLE = "roll out", "do not roll out", "no decision", "do not read"


@dataclass(frozen=True)
class Verdict:
    """``call`` is one of ``roll out``, ``do not roll out``, ``no decision``, ``do not read``; ``arm`` what to roll out;
    ``lead`` the words that the sentence begins with, where it gives an order.
    """

    call: str
    sentence: str
    arm: str = ""
    lead: str = ""

    def led_by(self, lead: str) -> str:
        """The sentence with other words in the place of its lead, wherever names in it read alike.

        >>> Verdict(ROLL_OUT, "Roll out “Roll out” (test).", "Roll out", "Roll out").led_by("Best was")
        'Best was “Roll out” (test).'
        """
        return lead + self.sentence[len(self.lead):] if self.lead else self.sentence


def better_or_worse(metric: Metric, effect: Effect) -> int:
    """1: better beyond chance, -1: worse beyond chance, 0: no difference beyond chance, or not readable.

    Beyond chance: the p value is below 5% and the interval leaves out zero, so that a sentence never contradicts
    the interval beside it.
    """
    if effect.withheld or not effect.p_value < LEVEL or effect.abs_ci_lower * effect.abs_ci_upper <= 0:
        return 0
    return metric.better if effect.abs_effect > 0 else -metric.better


def unreadable(trial: Trial) -> Verdict:
    """The verdict on a trial whose effect is withheld; where the arms may have been meant to be unequal, with a way out."""
    parts = " to ".join(f"{part} “{arm}”" for arm, part in trial.likely.items())
    planned = f" If {parts} was the plan, say so with the parameter shares, and it can be read." if parts else ""
    return Verdict(UNREADABLE, f"Do not read the test “{trial.name}”: {trial.withheld}. No effect is shown.{planned}")


def nothing_measured(trial: Trial) -> Verdict:
    """The verdict on a trial without a single metric."""
    return Verdict(UNREADABLE, f"No decision on “{trial.name}”: nothing was measured after the draw.")


def decide(trial: Trial, metric: Metric, effects: dict[str, Effect], between: Effect | None,
           smallest: dict[str, float]) -> Verdict:
    """The verdict on a readable trial.

    Args:
        metric: the one that decides. effects: by arm, Holm-adjusted.
        between: the effect of the best arm against the second best winner; None unless two arms won.
        smallest: by arm, the smallest effect that could be seen.
    """
    calls = {arm: better_or_worse(metric, effect) for arm, effect in effects.items()}
    ranked = sorted(effects, key=lambda arm: -metric.better * effects[arm].abs_effect if not effects[arm].withheld else 0)
    winners = [arm for arm in ranked if calls[arm] == 1]
    losers = [arm for arm in ranked if calls[arm] == -1]
    rest = [arm for arm in ranked if calls[arm] == 0]
    if winners:
        best, lead = winners[0], "Roll out" if trial.chosen != GUESSED else f"Against “{trial.control}” better is"
        told = f"{lead} “{best}” ({trial.name}): {effect_in_words(metric, effects[best])}."
        more = [_also(metric, trial, best, winners, effects, between), *_others(metric, trial, losers, rest, effects)]
        return Verdict(ROLL_OUT, " ".join([told, *filter(None, more)]), best, lead)
    if losers and not rest:
        lead = "Do not roll out" if trial.chosen != GUESSED else f"Against “{trial.control}” worse is"
        parts = "; ".join(f"“{arm}”: {effect_in_words(metric, effects[arm])}" for arm in losers)
        return Verdict(STOP, f"{lead} {parts} ({trial.name}).")
    parts = [_open(metric, effects[arm], arm, trial, smallest[arm]) for arm in rest]
    return Verdict(OPEN, " ".join([f"No decision on “{trial.name}”.", *parts, *_others(metric, trial, losers, [], effects)]))


def warning(metric: Metric, arm: str, effect: Effect) -> str:
    """What to look at first, if a guardrail got worse; empty if it did not."""
    if better_or_worse(metric, effect) != -1:
        return ""
    return f"Look first at “{metric.name}” with “{arm}”: {effect_in_words(metric, effect)}."


def _open(metric: Metric, effect: Effect, arm: str, trial: Trial, smallest: float) -> str:
    if effect.withheld:
        return f"“{arm}” cannot be compared with “{trial.control}”: {effect.withheld}."
    seen = smallest_in_words(metric, smallest)
    could = f" The test could have seen a difference of {seen} or more." if seen else ""
    return f"“{arm}” and “{trial.control}” do not differ beyond chance: {effect_in_words(metric, effect)}.{could}"


def _also(metric: Metric, trial: Trial, best: str, winners: list[str], effects: dict, between: Effect | None) -> str:
    if len(winners) < 2:
        return ""
    others = "; ".join(f"“{arm}” also did better than “{trial.control}”: {effect_in_words(metric, effects[arm])}"
                       for arm in winners[1:])
    if between is None or between.withheld:
        return f"{others}."
    sure = "" if better_or_worse(metric, between) else " That is within chance: either will do."
    return f"{others}. With “{best}” rather than “{winners[1]}”, {effect_in_words(metric, between)}.{sure}"


def _others(metric: Metric, trial: Trial, losers: list[str], rest: list[str], effects: dict) -> list[str]:
    lines = [f"“{arm}” did worse than “{trial.control}”: {effect_in_words(metric, effects[arm])}." for arm in losers]
    if rest:
        names = ", ".join(f"“{arm}”" for arm in rest)
        lines.append(f"{names} did not differ from “{trial.control}” beyond chance.")
    return lines
