"""From moments to effects: tea-tasting's tests, read strictly.

Proportions: z test without continuity correction, the p value from the pooled error (right for unequal arms too),
the interval from the unpooled one. Means: Welch's t test. Ratios of two sums: delta method (Deng et al. 2018, KDD).
Relative intervals: delta method on the logarithm. Several arms: p values adjusted by Holm or by Benjamini and Hochberg.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from tea_tasting.aggr import Aggregates
from tea_tasting.metrics import Mean, Proportion, RatioOfMeans

from workbench.experiments.looks import ONCE, Look
from workbench.experiments.metrics import PROPORTION, RATIO, Measured, Metric, instants
from workbench.experiments.moments import BASE, VALUE, moments
from workbench.experiments.plan import BENJAMINI, HOLM, LEVEL, POWER
from workbench.experiments.scan import by_arm
from workbench.tables import contract
from workbench.uncertainty import adjusted, holm

SAME = "every customer has the same value"
FEWEST = 5  # expected customers with and without the outcome in each arm for a normal interval (Cochran 1954)


@dataclass(frozen=True)
class Effect:
    """The effect of an arm against another; every number is NaN where it cannot be said, ``withheld`` says why."""

    customers: int
    control: float = math.nan
    treatment: float = math.nan
    abs_effect: float = math.nan
    abs_ci_lower: float = math.nan
    abs_ci_upper: float = math.nan
    rel_effect: float = math.nan
    rel_ci_lower: float = math.nan
    rel_ci_upper: float = math.nan
    p_value: float = math.nan
    withheld: str = ""


def compare(metric: Metric, control: Aggregates, treatment: Aggregates, look: Look = ONCE) -> Effect:
    """The effect of ``treatment`` against ``control``, with 95% intervals and a two-sided p value.

    Both hold for the ``look``: one look, or all looks that were planned, or any number of them.

    >>> a, b = np.repeat([1.0, 0.0], [100, 900]), np.repeat([1.0, 0.0], [150, 850])
    >>> from workbench.experiments.logs import CONVERSION
    >>> effect = compare(CONVERSION, moments(a), moments(b))
    >>> round(effect.abs_effect, 3), round(effect.abs_ci_lower, 3), round(effect.abs_ci_upper, 3)
    (0.05, 0.021, 0.079)
    """
    customers = control.count() + treatment.count()
    if why := _unreadable(metric, control, treatment):
        return Effect(customers, withheld=why)
    levels = _level(metric, control), _level(metric, treatment)
    # The logarithm needs two values that are clearly above 0; else both are lifted, which leaves their difference as it is.
    log = all(_clear(metric, arm) for arm in (control, treatment))
    if not log:
        control, treatment = (_lifted(metric, arm, by=_reach(metric, control, treatment)) for arm in (control, treatment))
    with np.errstate(all="ignore"):
        result = _test(metric, look.level).analyze_aggregates(control, treatment)
        p_value = result.pvalue
        if metric.kind == PROPORTION:
            p_value = _test(metric, look.level, pooled=True).analyze_aggregates(control, treatment).pvalue
    relative = (result.rel_effect_size, result.rel_effect_size_ci_lower, result.rel_effect_size_ci_upper)
    if not (log and all(map(math.isfinite, relative))):
        relative = (math.nan,) * 3
    return Effect(customers, *levels, result.effect_size, result.effect_size_ci_lower, result.effect_size_ci_upper,
                  *relative, look.p_value(float(p_value)))


def against_control(measured: Measured, customers: pd.DataFrame, arms: list[str],
                    look: Look = ONCE) -> dict[str, Effect]:
    """The effect of each arm against the first, adjusted over the arms.

    Args:
        customers: ``customer, arm, time`` of the trial, one row a customer.
        arms: the control first.
        look: which one this is, and up to when it reads.

    Returns:
        Arm (without the control) to effect.
    """
    by_arm = arm_moments(measured, customers, arms, look.before)
    if measured.withheld:
        return {arm: Effect(by_arm[arms[0]].count() + by_arm[arm].count(), withheld=measured.withheld)
                for arm in arms[1:]}
    return over_arms({arm: compare(measured.metric, by_arm[arms[0]], by_arm[arm], look) for arm in arms[1:]}, look.adjust)


def arm_moments(measured: Measured, customers: pd.DataFrame, arms: list[str],
                before: np.datetime64 | None = None) -> dict[str, Aggregates]:
    """The moments of a metric in each arm, of the customers who have a value: those of the scan where there was one."""
    if measured.moments is not None:
        return by_arm(measured.moments, arms)
    return {name: moments(*values) for name, values in _by_arm(measured, customers, arms, before).items()}


def arm_values(measured: Measured, customers: pd.DataFrame, arms: list[str],
               before: np.datetime64 | None = None) -> dict[str, np.ndarray]:
    """The values (of ratios the numerators) of each arm's customers who have one."""
    return {name: values for name, (values, _) in _by_arm(measured, customers, arms, before).items()}


def _by_arm(measured: Measured, customers: pd.DataFrame, arms: list[str],
            before: np.datetime64 | None) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
    values, base = measured.values(len(customers), before)
    arm = customers["arm"].to_numpy(dtype=object)
    there = counted(measured, customers, before)
    return {name: (values[there & (arm == name)], None if base is None else base[there & (arm == name)])
            for name in arms}


def counted(measured: Measured, customers: pd.DataFrame, before: np.datetime64 | None = None) -> np.ndarray:
    """(customers,) which of them have a value and were drawn before that moment."""
    there = np.ones(len(customers), dtype=bool) if measured.known is None else measured.known
    return there if before is None else there & (instants(customers["time"]) < before)


def standard_error(metric: Metric, control: Aggregates, treatment: Aggregates) -> float:
    """Of the difference of the two arms, unpooled; NaN where an arm has fewer than 2 customers."""
    if min(control.count(), treatment.count()) < 2:
        return math.nan
    return math.sqrt(sum(_spread(metric, arm) / arm.count() for arm in (control, treatment)))


def over_arms(effects: dict[str, Effect], way: str = HOLM) -> dict[str, Effect]:
    """The effects with p values adjusted for being several, in the plan's way; those without a p value stay out."""
    told = [arm for arm, effect in effects.items() if not effect.withheld]
    if len(told) < 2:
        return effects
    adjust = {HOLM: holm, BENJAMINI: adjusted}[way]
    p_values = dict(zip(told, adjust([effects[arm].p_value for arm in told]).tolist(), strict=True))
    return {arm: replace(effect, p_value=p_values[arm]) if arm in p_values else effect
            for arm, effect in effects.items()}


def effect_rows(experiment: str, metric: str, effects: dict[str, Effect]) -> pd.DataFrame:
    """Rows of the table ``effects``; what was withheld is empty."""
    rows = [{"experiment": experiment, "metric": metric, "arm": arm,
             **{name: None if value == "" or value != value else value for name, value in vars(effect).items()}}
            for arm, effect in effects.items()]
    return pd.DataFrame(rows, columns=contract("effects").names)


def power(metric: Metric, control: Aggregates, treatment: int, lift: float, level: float = LEVEL,
          more: float = 1.0) -> dict[str, float]:
    """What a test of this size could see, from the control's mean and variance alone.

    Args:
        treatment: customers in the other arm. lift: relative change, 0.1 is 10%. level: of the look.
        more: how many times as many customers there shall be in both arms.

    Returns:
        ``smallest``: the effect seen with a chance of 80% at this level, in the metric's unit; ``rel_smallest``:
        the same against the control; ``power``: the chance to see a change by ``lift``. NaN where unknown.
    """
    unknown = dict.fromkeys(("smallest", "rel_smallest", "power"), math.nan)
    if min(control.count(), treatment) < 2 or _level(metric, control) <= 0 or _spread(metric, control) <= 0:
        return unknown
    test = RatioOfMeans(VALUE, BASE if metric.kind == RATIO else None, alpha=level, power=POWER, use_t=False,
                        ratio=treatment / control.count(), rel_effect_size=lift,
                        n_obs=round(more * (control.count() + treatment)))
    smallest = test.solve_power_from_aggregates(control, "effect_size")[0].effect_size
    return {"smallest": smallest, "rel_smallest": smallest / _level(metric, control),
            "power": test.solve_power_from_aggregates(control, "power")[0].power}


def _test(metric: Metric, level: float, pooled: bool = False):
    settings = {"alternative": "two-sided", "confidence_level": 1 - level}
    if metric.kind == PROPORTION:
        return Proportion(VALUE, method="norm", correction=False, equal_var=pooled, **settings)
    if metric.kind == RATIO:
        return RatioOfMeans(VALUE, BASE, equal_var=False, use_t=True, **settings)
    return Mean(VALUE, equal_var=False, use_t=True, **settings)


def _level(metric: Metric, arm: Aggregates) -> float:
    return arm.mean(VALUE) / (arm.mean(BASE) or math.nan) if metric.kind == RATIO else arm.mean(VALUE)


def _spread(metric: Metric, arm: Aggregates) -> float:
    if metric.kind != RATIO:
        return arm.var(VALUE)
    return arm.ratio_var(VALUE, BASE) if arm.mean(BASE) else 0.0


def _clear(metric: Metric, arm: Aggregates) -> bool:
    """Whether a value is far enough above 0 for its logarithm: a share above 0, a mean beyond its own error."""
    if metric.kind == PROPORTION:
        return arm.mean(VALUE) > 0
    return _level(metric, arm) > math.sqrt(max(_spread(metric, arm), 0.0) / arm.count())


def _reach(metric: Metric, *arms: Aggregates) -> float:
    return 10 * max(abs(_level(metric, arm)) + math.sqrt(max(_spread(metric, arm), 0.0)) for arm in arms)


def _lifted(metric: Metric, arm: Aggregates, by: float) -> Aggregates:
    """The arm with ``by`` added to its value, its spread unchanged; shares stay as they are."""
    if metric.kind == PROPORTION:
        return arm
    if metric.kind != RATIO:
        return Aggregates(arm.count(), {VALUE: arm.mean(VALUE) + by}, {VALUE: arm.var(VALUE)})
    together, base = arm.cov(VALUE, BASE), arm.var(BASE)
    return Aggregates(
        arm.count(), {VALUE: arm.mean(VALUE) + by * arm.mean(BASE), BASE: arm.mean(BASE)},
        {VALUE: arm.var(VALUE) + 2 * by * together + by * by * base, BASE: base}, {(VALUE, BASE): together + by * base})


def _unreadable(metric: Metric, control: Aggregates, treatment: Aggregates) -> str:
    """Why the two arms cannot be compared; empty if they can."""
    counts = control.count(), treatment.count()
    if min(counts) < 2:
        return "an arm has fewer than 2 customers with a value"
    if metric.kind == PROPORTION:
        share = sum(arm.count() * arm.mean(VALUE) for arm in (control, treatment)) / sum(counts)
        fewest = min(share, 1 - share) * min(counts)
        if fewest < FEWEST:
            return f"too few: {fewest:.1f} customers would be expected on one side in an arm; an interval needs {FEWEST}"
    if metric.kind == RATIO and not (control.mean(BASE) and treatment.mean(BASE)):
        return f"there are no {metric.of} in an arm" if metric.of != "customers" else "the base is zero in an arm"
    if not _spread(metric, control) + _spread(metric, treatment) > 0:
        return SAME
    return ""
