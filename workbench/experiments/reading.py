"""Read every experiment: guards, metrics, effects, power, day by day, and the decision."""

from dataclasses import dataclass, field, replace

import pandas as pd

from workbench.errors import ParameterError
from workbench.experiments.calendar import Calendar, calendar
from workbench.experiments.daily import day_by_day
from workbench.experiments.depth import Depth, deepen
from workbench.experiments.effects import SAME, Effect, against_control, arm_moments, compare, effect_rows, power
from workbench.experiments.exposure import Exposure, exposure
from workbench.experiments.looks import ONE, UNPLANNED, Look
from workbench.experiments.metrics import DECISION, GUARDRAIL, MEAN, Measured, Metric
from workbench.experiments.people import People, gather
from workbench.experiments.plan import Design, Plan
from workbench.experiments.settle import Gain, gain_of, guarded, onward, settled
from workbench.experiments.trials import Trial
from workbench.experiments.verdict import (
    ROLL_OUT,
    Verdict,
    better_or_worse,
    decide,
    nothing_measured,
    unreadable,
    warning,
)
from workbench.tables import Week, conform, contract

USED = ("outcomes", "exposures", "events", "orders")


@dataclass(frozen=True)
class Read:
    """One experiment, read.

    ``effects`` and ``power`` are by metric, then by arm; both are empty where the trial is withheld. ``days`` is the
    table of ``day_by_day`` for the deciding metric, empty where the trial is undated or withheld. ``calendar`` says which
    look this is, and so what the intervals hold for; ``looked`` is the register of looks;
    ``gain`` what the arm to be rolled out is worth in a year; ``depth`` what lies behind the effects, None where the trial
    is withheld; ``seen`` who saw the change, None where nobody wrote it down.
    """

    trial: Trial
    metrics: list[Metric]
    verdict: Verdict
    effects: dict[str, dict[str, Effect]] = field(default_factory=dict)
    power: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    days: pd.DataFrame = field(default_factory=pd.DataFrame)
    calendar: Calendar = field(default_factory=lambda: Calendar(ONE))
    looked: list[tuple] = field(default_factory=list)
    gain: Gain | None = None
    depth: Depth | None = None
    seen: Exposure | None = None
    notes: tuple[str, ...] = ()

    @property
    def deciding(self) -> Metric | None:
        """The metric that decides; None if nothing was measured."""
        return next((metric for metric in self.metrics if metric.role == DECISION), None)

    @property
    def compared(self) -> bool:
        """Whether an arm can be compared with the control on the metric that decides."""
        return any(not effect.withheld for effect in self.effects[self.deciding.name].values()) if self.effects else False

    def rows(self) -> pd.DataFrame:
        """Its rows of the table ``effects``."""
        shown = self.effects or {
            metric.name: {arm: Effect(_in(self.trial, arm), withheld=self.trial.withheld) for arm in self.trial.arms[1:]}
            for metric in self.metrics}
        parts = [effect_rows(self.trial.name, metric, by_arm) for metric, by_arm in shown.items() if by_arm]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=contract("effects").names)


@dataclass(frozen=True)
class Reading:
    """All experiments of a source, read up to the end of a week."""

    week: Week
    plan: Plan
    reads: list[Read]
    sources: tuple[str, ...] = ("assignments",)

    @property
    def effects(self) -> pd.DataFrame:
        """Table ``effects``."""
        parts = [read.rows() for read in self.reads] or [pd.DataFrame(columns=contract("effects").names)]
        return conform(pd.concat(parts, ignore_index=True), contract("effects"))


def read_all(trials: list[Trial], tables: dict, plan: Plan, week: Week) -> Reading:
    """Read every trial.

    Args:
        trials: as ``draw`` gives them.
        tables: by name; ``outcomes`` and ``exposures`` as frames, ``events`` and ``orders`` of the engine, as far as they
            are there.

    Raises:
        ParameterError: no experiment has the metric that the plan lets decide.
    """
    people = gather(trials, tables, plan, week)
    names = {each.metric.name for found in people for each in found.measured}
    if trials and plan.decides and plan.decides not in names:
        raise ParameterError(f"decides is {plan.decides!r}, and no experiment has such a metric; "
                             f"there are {', '.join(sorted(names)) or 'none'}")
    reads = [_read(trial, found, plan, week, tables.get("exposures")) for trial, found in zip(trials, people, strict=True)]
    return Reading(week, plan, reads, ("assignments", *(name for name in USED if name in tables)))


def _read(trial: Trial, people: People, plan: Plan, week: Week, exposures: pd.DataFrame | None) -> Read:
    measured, notes = people.measured, people.notes
    metrics = [each.metric for each in measured]
    if trial.withheld:
        return Read(trial, metrics, unreadable(trial), notes=tuple(notes))
    if not measured:
        return Read(trial, metrics, nothing_measured(trial), notes=tuple(notes))
    design = plan.design(trial.name)
    when = calendar(trial, design, week.source.timezone, week.end)
    looks = {each.metric.name: when.look(each, trial.customers) for each in measured}
    effects = {each.metric.name: against_control(each, trial.customers, trial.arms, looks[each.metric.name])
               for each in measured}
    able = {each.metric.name: _power(each, trial, plan.lift, looks[each.metric.name], when) for each in measured}
    main = measured[0]
    decided, look = effects[main.metric.name], looks[main.metric.name]
    smallest = {arm: figures["smallest"] for arm, figures in able[main.metric.name].items()}
    verdict = decide(trial, main.metric, decided, _between_winners(main, trial, decided, look), smallest)
    end = when.until(week.end)
    days = day_by_day(trial, main, week.source.timezone, end) if trial.dated else pd.DataFrame()
    verdict = settled(verdict, trial, main.metric, decided, design, when)
    if when.kind == UNPLANNED:
        verdict = onward(verdict, [figures["rel_smallest"] for figures in able[main.metric.name].values()],
                         design.needed or plan.lift, *trial.drawn(end))
    money = next((m.name for m in metrics if m.unit and m.unit == week.source.currency and m.kind == MEAN), None)
    gain = gain_of(trial, effects[money][verdict.arm], week.source.currency, end) if money and verdict.arm else None
    if gain:
        verdict = replace(verdict, sentence=f"{verdict.sentence} {gain.sentence()}")
    verdict = _warned(verdict, metrics, effects, design)
    return Read(trial, metrics, verdict, effects, able, days, when, when.register(main, trial.customers),
                gain if verdict.arm else None, deepen(trial, people, effects, looks, week),
                exposure(trial, exposures, main), tuple(notes))


def _power(measured: Measured, trial: Trial, lift: float, look: Look, when: Calendar) -> dict[str, dict[str, float]]:
    """What each arm's test can see now, and as ``planned_smallest`` and ``planned_power`` at its planned end."""
    by_arm = arm_moments(measured, trial.customers, trial.arms, look.before)
    control, (more, level) = by_arm[trial.control], when.at_planned_end()
    able = {}
    for arm in trial.arms[1:]:
        able[arm] = power(measured.metric, control, by_arm[arm].count(), lift, look.level)
        then = power(measured.metric, control, by_arm[arm].count(), lift, level, more) if more == more else {}
        able[arm] |= {f"planned_{name}": then.get(name, float("nan")) for name in ("smallest", "power")}
    return able


def _between_winners(measured: Measured, trial: Trial, effects: dict[str, Effect], look: Look) -> Effect | None:
    """The best winning arm against the second best; None unless two arms won."""
    metric = measured.metric
    winners = sorted((arm for arm, effect in effects.items() if better_or_worse(metric, effect) == 1),
                     key=lambda arm: -metric.better * effects[arm].abs_effect)
    if len(winners) < 2:
        return None
    by_arm = arm_moments(measured, trial.customers, winners[:2], look.before)
    return compare(metric, by_arm[winners[1]], by_arm[winners[0]], look)


def _warned(verdict: Verdict, metrics: list[Metric], effects: dict[str, dict[str, Effect]], design: Design) -> Verdict:
    """The verdict with a warning for every guardrail that got worse in the arm to be rolled out; a guard forbids that."""
    if unknown := sorted(set(design.guards) - {metric.name for metric in metrics}):
        raise ParameterError(f"guards names the metric {unknown[0]!r}; there are {', '.join(m.name for m in metrics)}")
    if verdict.call != ROLL_OUT:
        return verdict
    told = {metric.name: warning(metric, verdict.arm, effects[metric.name][verdict.arm])
            for metric in metrics if metric.role == GUARDRAIL or metric.name in design.guards}
    verdict = replace(verdict, sentence=" ".join([verdict.sentence, *filter(None, told.values())]))
    of_guards = {name: effects[name][verdict.arm].withheld for name in design.guards}
    return guarded(verdict, [name for name in design.guards if told[name]],
                   {name: why for name, why in of_guards.items() if why and why != SAME})  # all alike: no arm is worse


def _in(trial: Trial, arm: str) -> int:
    return int(trial.customers["arm"].isin([trial.control, arm]).sum())
