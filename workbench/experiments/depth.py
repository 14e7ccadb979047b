"""What lies behind the effect of one experiment: were the arms alike before, is it sharper without the past, does it hang
on a few, for whom is it, does it last, and how likely is it.
"""

from dataclasses import dataclass, field

import pandas as pd
from tea_tasting.aggr import Aggregates

from workbench.experiments.bayes import PRIOR, Belief, belief
from workbench.experiments.cuped import sharper, variance_saved
from workbench.experiments.effects import Effect, against_control, arm_moments, compare, effect_rows, standard_error
from workbench.experiments.looks import Look
from workbench.experiments.metrics import Measured, Metric
from workbench.experiments.people import People, matrix
from workbench.experiments.tails import tails
from workbench.experiments.trials import Trial
from workbench.experiments.uplift import Uplift, rows, uplift
from workbench.experiments.who import by_age, by_group, novelty
from workbench.tables import Week
from workbench.uncertainty import adjusted

UNLIKE = 0.01  # adjusted p value below which arms count as unlike before the draw
ADJUSTED = ["metric", "arm", "abs_effect", "abs_ci_lower", "abs_ci_upper", "sharp_effect", "sharp_ci_lower",
            "sharp_ci_upper", "saved"]


@dataclass(frozen=True)
class Depth:
    """One experiment in depth; a table is empty where the data do not allow it.

    Attributes:
        before: by name, the metrics from before the draw.
        balance: the A/A check, their differences between the arms, as rows of ``effects``; p values adjusted over all of
            them (Benjamini & Hochberg).
        adjusted: the plain effects beside those without the past, and ``saved``, the share of variance taken away.
        tails: see ``tails.tails``. groups: see ``who.by_group``. ages: see ``who.by_age``.
        novelty: see ``who.novelty``. beliefs, uplift: by arm, on the metric that decides.
        alone: by arm, the p value of that metric as if it were the only arm and this the only look.
    """

    before: dict[str, Metric] = field(default_factory=dict)
    balance: pd.DataFrame = field(default_factory=pd.DataFrame)
    adjusted: pd.DataFrame = field(default_factory=pd.DataFrame)
    tails: pd.DataFrame = field(default_factory=pd.DataFrame)
    groups: pd.DataFrame = field(default_factory=pd.DataFrame)
    ages: pd.DataFrame = field(default_factory=pd.DataFrame)
    novelty: dict[str, Effect] = field(default_factory=dict)
    beliefs: dict[str, Belief] = field(default_factory=dict)
    alone: dict[str, float] = field(default_factory=dict)
    uplift: dict[str, Uplift] = field(default_factory=dict)

    @property
    def picks(self) -> pd.DataFrame:
        """The effect in each quarter of the held-out customers, by the uplift foretold of them."""
        return rows(self.uplift)

    @property
    def unlike(self) -> list[str]:
        """What the arms differed in before the draw, in words: ``active days of “new”``."""
        if self.balance.empty:
            return []
        return [f"{row.metric} of “{row.arm}”" for row in self.balance.itertuples() if row.p_value < UNLIKE]


def deepen(trial: Trial, people: People, effects: dict[str, dict[str, Effect]], looks: dict[str, Look],
           week: Week) -> Depth:
    """Everything behind the effects of a trial that can be read.

    Args:
        effects: by metric, then by arm. looks: by metric.
    """
    measured, before, main = people.measured, people.before, people.measured[0]
    look = looks[main.metric.name]
    end = week.end if look.before is None else pd.Timestamp(look.before, tz="UTC")
    past = matrix(before, len(trial.customers))
    by_arm = arm_moments(main, trial.customers, trial.arms, look.before)
    told = [arm for arm, effect in effects[main.metric.name].items() if not effect.withheld]
    return Depth(
        {each.metric.name: each.metric for each in before}, _balance(before, trial, look),
        _adjusted(measured, past, trial, effects, looks),
        tails(measured, trial, looks), by_group(main, trial, look),
        by_age(main, trial, end, look), novelty(main, trial, end, look),
        _beliefs(main.metric, by_arm, {arm: effects[main.metric.name][arm] for arm in told}),
        {arm: compare(main.metric, by_arm[trial.control], by_arm[arm]).p_value for arm in told},
        {arm: uplift(main, past, trial, arm, look) for arm in trial.arms[1:]})


def _balance(before: list[Measured], trial: Trial, look: Look) -> pd.DataFrame:
    parts = [effect_rows(trial.name, each.metric.name, against_control(each, trial.customers, trial.arms, look))
             for each in before]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["withheld"])
    table = table[table["withheld"].isna().to_numpy()].reset_index(drop=True)
    if len(table):
        table["p_value"] = adjusted(table["p_value"].astype(float))
    return table


def _adjusted(measured: list[Measured], past, trial: Trial, effects: dict[str, dict[str, Effect]],
              looks: dict[str, Look]) -> pd.DataFrame:
    found = []
    for each in measured:
        name = each.metric.name
        sharp, raw = sharper(each, past, trial, looks[name]), effects[name]
        found += [(name, arm, raw[arm].abs_effect, raw[arm].abs_ci_lower, raw[arm].abs_ci_upper, e.abs_effect,
                  e.abs_ci_lower, e.abs_ci_upper, variance_saved(raw[arm], e))
                 for arm, e in sharp.items() if not (e.withheld or raw[arm].withheld)]
    return pd.DataFrame(found, columns=ADJUSTED)


def _beliefs(metric: Metric, by_arm: dict[str, Aggregates], effects: dict[str, Effect]) -> dict[str, Belief]:
    control = next(iter(by_arm.values()))
    return {arm: belief(e.abs_effect, standard_error(metric, control, by_arm[arm]), PRIOR * abs(e.control), metric.better)
            for arm, e in effects.items() if e.control}
