"""Sharper effects: what customers did before the draw, taken off what they did after (CUPED; Deng et al. 2013, WSDM).

With one or several covariates the adjusted effect is the treatment's coefficient of an ordinary regression with a common
slope in all arms (ANCOVA); its error is Welch's, on the adjusted values.
"""

from dataclasses import replace

import numpy as np

from workbench.experiments.effects import Effect, compare, counted, over_arms
from workbench.experiments.looks import Look
from workbench.experiments.metrics import MEAN, RATIO, Measured
from workbench.experiments.moments import moments
from workbench.experiments.trials import Trial


def without_the_past(values: np.ndarray, arm: np.ndarray, past: np.ndarray) -> np.ndarray:
    """``values`` less what the past foretells of them, their overall mean kept; shape (customers,).

    Args:
        values: shape (customers,). arm: of each customer, shape (customers,). past: shape (customers, k), k may be 0.

    >>> without_the_past(np.array([1.0, 3.0, 2.0, 4.0]), np.array(["a", "a", "b", "b"]), np.array([[0.], [2.], [0.], [2.]]))
    array([2., 2., 3., 3.])
    """
    if not past.shape[1]:
        return values
    scaled = (past - past.mean(0)) / past.std(0)
    y, x = values.astype(float).copy(), scaled.copy()
    for name in np.unique(arm):
        mine = arm == name
        y[mine] -= y[mine].mean()
        x[mine] -= x[mine].mean(0)
    slopes = np.linalg.lstsq(x, y, rcond=1e-10)[0]
    return values - scaled @ slopes


def sharper(measured: Measured, past: np.ndarray, trial: Trial, look: Look) -> dict[str, Effect]:
    """The adjusted effect of each arm, adjusted over the arms; empty for ratios and for what is withheld.

    Args:
        past: shape (customers, k), of the trial's customers (``before.matrix``).
    """
    if measured.metric.kind == RATIO or measured.withheld or not past.shape[1]:
        return {}
    customers = trial.customers
    there = counted(measured, customers, look.before)
    arm = customers["arm"].to_numpy(dtype=object)[there].astype(str)
    past = past[there]
    past = past[:, past.std(0) > 0] if len(past) else past[:, :0]
    if not past.shape[1]:
        return {}
    adjusted = without_the_past(measured.values(len(customers), look.before)[0][there], arm, past)
    by_arm = {name: moments(adjusted[arm == name]) for name in trial.arms}
    metric = replace(measured.metric, kind=MEAN)
    return over_arms({name: compare(metric, by_arm[trial.control], by_arm[name], look) for name in trial.arms[1:]},
                     look.adjust)


def variance_saved(raw: Effect, adjusted: Effect) -> float:
    """The share of the effect's variance that the adjustment takes away; negative where it adds some; NaN if unknown."""
    width = raw.abs_ci_upper - raw.abs_ci_lower
    return 1 - ((adjusted.abs_ci_upper - adjusted.abs_ci_lower) / width) ** 2 if width > 0 else float("nan")
