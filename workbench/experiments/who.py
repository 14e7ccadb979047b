"""For whom, and for how long: effects by groups known before the draw, and by the time since it.

Many groups find something by chance, so p values are adjusted over them (Benjamini & Hochberg 1995), and whether groups
differ at all is a test of its own (Cochran's Q, the interaction of arm and group).
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import chi2
from tea_tasting.aggr import Aggregates

from workbench.experiments.effects import Effect, against_control, compare, standard_error
from workbench.experiments.looks import ONCE, Look
from workbench.experiments.metrics import MEAN, Deeds, Measured, Metric, instant, instants
from workbench.experiments.scan import NUMBERS, by_arm
from workbench.experiments.trials import Trial
from workbench.uncertainty import adjusted

SMALLEST = 100  # customers a group needs in the two arms together
MOST = 8  # groups of a segment that are shown, the largest
GROUPS = ["by", "group", "arm", "customers", "control", "treatment", "abs_effect", "abs_ci_lower", "abs_ci_upper",
          "rel_effect", "rel_ci_lower", "rel_ci_upper", "p_value", "interaction"]
AGES = ["days", "arm", "customers", "control", "treatment", "abs_effect", "abs_ci_lower", "abs_ci_upper", "rel_effect",
        "rel_ci_lower", "rel_ci_upper"]
SHOWN = [name for name in AGES if name not in ("days", "arm")]  # what both tables take from an Effect
DAYS = ((0, 1), (1, 7), (7, 14), (14, 21), (21, 28))  # since the draw: from, up to but not


def by_group(measured: Measured, trial: Trial, look: Look = ONCE) -> pd.DataFrame:
    """The effect in each group of each segment of the scan's moments, and whether the groups differ.

    Returns:
        One row a group and arm. ``p_value`` is adjusted over all groups of the trial; ``interaction`` is the chance of
        effects as unlike as these if all groups had the same, adjusted over segments and arms; NaN with one group. Both
        hold for the ``look``.
    """
    found, rows = [], []
    moments = pd.DataFrame() if measured.moments is None or measured.withheld else measured.moments
    for by in [name for name in moments.columns if name not in (*NUMBERS, "arm", "week")]:
        parts_of = dict(iter(moments.groupby(by, sort=True)))
        sizes = pd.Series({name: part["customers"].sum() for name, part in parts_of.items()}, dtype=float)
        names = sizes[sizes >= SMALLEST].sort_values(ascending=False, kind="stable").index[:MOST]
        arms = {name: by_arm(parts_of[name], trial.arms) for name in names}
        for arm in trial.arms[1:]:
            parts = {name: _within(measured.metric, arms[name][trial.control], arms[name][arm], look) for name in names}
            parts = {name: part for name, part in parts.items() if not part[0].withheld}
            if parts:
                alike = unlike(*zip(*((e.abs_effect, error) for e, error in parts.values()), strict=True))
                found.append((by, arm, look.p_value(alike) if alike == alike else alike))
            rows += [(by, name, arm, *_shown(e), e.p_value) for name, (e, _) in parts.items()]
    table = pd.DataFrame(rows, columns=GROUPS[:-1])
    if len(table):
        table["p_value"] = adjusted(table["p_value"])
    tests = {(by, arm): p for by, arm, p in found}
    told = [key for key, p in tests.items() if p == p]
    if told:
        tests |= dict(zip(told, adjusted([tests[key] for key in told]), strict=True))
    keys = zip(table["by"], table["arm"], strict=True)
    return table.assign(interaction=np.array([tests[key] for key in keys], dtype=float))[GROUPS]


def _shown(effect: Effect) -> list[float]:
    return [getattr(effect, name) for name in SHOWN]


def unlike(effects: tuple[float, ...], errors: tuple[float, ...]) -> float:
    """Chance of effects as unlike as these if all were the same (Cochran's Q); NaN with fewer than two.

    >>> round(unlike((.1, .1, .2), (.05, .05, .05)), 3), unlike((.1,), (.05,))
    (0.264, nan)
    """
    if len(effects) < 2:
        return float("nan")
    effect, weight = np.array(effects), 1 / np.array(errors) ** 2
    return float(chi2.sf((weight * (effect - weight @ effect / weight.sum()) ** 2).sum(), len(effects) - 1))


def _within(metric: Metric, control: Aggregates, treatment: Aggregates, look: Look) -> tuple[Effect, float]:
    return compare(metric, control, treatment, look), standard_error(metric, control, treatment)


def by_age(measured: Measured, trial: Trial, end: pd.Timestamp, look: Look = ONCE) -> pd.DataFrame:
    """The effect on what customers did on their first day after the draw, on days 1 to 6, in the second week, ...

    Only customers drawn long enough before ``end`` to have lived through the span count, so no span is half empty.
    Every deed counts in the span in which it was done. Empty where nothing is dated, for ratios, and where all was done on
    the day of the draw, as where a row holds a customer's draw and outcome with one time.
    """
    if not _dated(measured, trial) or not _done_from(measured, trial, DAYS[1][0]):
        return pd.DataFrame(columns=AGES)
    rows = []
    for first, last in DAYS:
        span = _span(measured, trial, first, last, end)
        rows += [(f"days {first}–{last - 1}" if first else "first day", arm, *_shown(e))
                 for arm, e in against_control(span, trial.customers, trial.arms, replace(look, before=None)).items()
                 if not e.withheld]
    return pd.DataFrame(rows, columns=AGES)


def _dated(measured: Measured, trial: Trial) -> bool:
    """Whether deeds can be told apart by the days since the draw: not where nothing is dated, nor for ratios."""
    return trial.dated and measured.denominator is None and not np.isnat(measured.numerator.time).all()


def _done_from(measured: Measured, trial: Trial, days: int) -> bool:
    """Whether anything was done so many days or more after its customer's draw."""
    deeds = measured.numerator
    age = deeds.time - instants(trial.customers["time"])[deeds.row]
    return bool(((age >= np.timedelta64(days, "D")) & (deeds.amount != 0)).any())


def novelty(measured: Measured, trial: Trial, end: pd.Timestamp, look: Look = ONCE) -> dict[str, Effect]:
    """By arm, by how much the effect in a customer's second week differs from that in the first.

    A test on each customer's own difference, of those drawn two weeks or more before ``end``; empty where nothing is dated,
    and where nobody did anything from the second week on: that says when it was recorded, not that the effect has gone.
    """
    if not _dated(measured, trial) or not _done_from(measured, trial, DAYS[2][0]):
        return {}
    early = _span(measured, trial, 0, 7, end - pd.Timedelta(days=7))
    late = _span(measured, trial, 7, 14, end)
    change = late.values(len(trial.customers))[0] - early.values(len(trial.customers))[0]
    rows = np.arange(len(change))
    known = late.known & early.known
    deeds = Deeds(rows, np.full(len(rows), np.datetime64("NaT", "us")), change)
    metric = replace(measured.metric, kind=MEAN)
    return against_control(Measured(metric, deeds, known=known), trial.customers, trial.arms, replace(look, before=None))


def _span(measured: Measured, trial: Trial, first: int, last: int, end: pd.Timestamp) -> Measured:
    """The metric from the deeds done ``first`` to ``last`` days after each customer's draw."""
    drawn = instants(trial.customers["time"])
    deeds = measured.numerator
    age = (deeds.time - drawn[deeds.row]) / np.timedelta64(1, "D")
    mine = (age >= first) & (age < last)
    lived = drawn + np.timedelta64(last, "D") <= instant(end)
    known = lived if measured.known is None else lived & measured.known
    mine &= known[deeds.row]
    found = replace(deeds, row=deeds.row[mine], time=deeds.time[mine], amount=deeds.amount[mine])
    return measured.changed(numerator=found, known=known)
