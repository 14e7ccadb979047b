"""Metrics with heavy tails, money above all: does the effect hang on a few large baskets?

Beside the mean: the mean with each customer counted up to the 99.9th percentile, a bootstrap of the plain mean, and
quantiles. The cap is one for all arms, so it cannot make an effect.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import beta, norm, poisson

from workbench.experiments.effects import against_control, arm_values
from workbench.experiments.looks import Look
from workbench.experiments.metrics import ENGAGEMENT, MEAN, Measured
from workbench.experiments.plan import LEVEL
from workbench.experiments.trials import Trial

CAP = 0.999  # customers above this quantile count as if they were at it
QUANTILES = (0.5, 0.75, 0.9, 0.99)
DRAWS = 2000
BEYOND = 50  # customers of an arm that must lie beyond a quantile
SHARED = 0.02  # of the customers, who may have the same value at a quantile
#: by a number of 16 bits, how often a draw takes a customer: Poisson with a mean of 1, in a fifth of numpy's own time
TAKEN = np.searchsorted(poisson.cdf(np.arange(12), 1), (np.arange(2**16) + .5) / 2**16).astype(np.int8)
COLUMNS = ["metric", "arm", "what", "control", "treatment", "abs_effect", "abs_ci_lower", "abs_ci_upper"]


def capped(measured: Measured, customers: int, before: np.datetime64 | None = None) -> Measured:
    """The metric with each customer counted up to the 99.9th percentile of all arms together."""
    cap = float(np.quantile(measured.values(customers, before)[0], CAP))
    return measured.changed(numerator=replace(measured.numerator, cap=cap))


def tails(measured: list[Measured], trial: Trial, looks: dict[str, Look]) -> pd.DataFrame:
    """The effect on every mean that is no engagement, read in several ways; ``what`` names the way.

    The intervals of the mean and the capped mean hold for the look; those of the bootstrap and of the quantiles are
    made at the same level.
    """
    rows = []
    for each in measured:
        if each.metric.kind != MEAN or each.metric.role == ENGAGEMENT or each.withheld:
            continue
        name, look = each.metric.name, looks[each.metric.name]
        for what, form in (("mean", each), (f"mean, capped at {CAP:.1%}", capped(each, len(trial.customers), look.before))):
            rows += [(name, arm, what, e.control, e.treatment, e.abs_effect, e.abs_ci_lower, e.abs_ci_upper)
                     for arm, e in against_control(form, trial.customers, trial.arms, look).items() if not e.withheld]
        by_arm = arm_values(each, trial.customers, trial.arms, look.before)
        for arm in trial.arms[1:]:
            pair = by_arm[trial.control], by_arm[arm]
            if min(map(len, pair)) >= 2:
                rows.append((name, arm, "mean, bootstrap", *bootstrap(*pair, look.level)))
                rows += [(name, arm, f"{q * 100:.0f}th percentile", *found) for q in QUANTILES
                         if (found := quantile_effect(*pair, q, look.level))]
    return pd.DataFrame(rows, columns=COLUMNS)


def bootstrap(control: np.ndarray, treatment: np.ndarray, level: float, seed: int = 0) -> tuple[float, ...]:
    """Means, their difference and its bootstrap interval, of customers drawn anew with Poisson weights.

    The symmetric bootstrap-t (Hall 1988, Annals of Statistics): how many of its own standard errors a drawn difference lies
    from the one that was seen. Its 95% is stretched to ``level``: further out it would rest on a handful of draws. Customers
    with zero are drawn as one lot, which is the same and many times faster.

    >>> rng = np.random.default_rng(1)
    >>> [round(x, 2) for x in bootstrap(rng.normal(0, 1, 4000), rng.normal(1, 1, 4000), .05)[2:]]
    [1.0, 0.95, 1.04]
    """
    rng = np.random.default_rng(seed)
    (left, a), (right, b) = (_drawn_anew(values, rng) for values in (control, treatment))
    seen, error = treatment.mean() - control.mean(), np.sqrt(sum(arm.var() / len(arm) for arm in (control, treatment)))
    off = np.abs(right - left) / np.sqrt(np.maximum(a + b, np.finfo(float).tiny))  # where all are alike nothing is off
    reach = np.quantile(off, 1 - LEVEL) * error * norm.isf(level / 2) / norm.isf(LEVEL / 2)
    return tuple(map(float, (control.mean(), treatment.mean(), seen, seen - reach, seen + reach)))


def _drawn_anew(values: np.ndarray, rng) -> tuple[np.ndarray, np.ndarray]:
    """How far the mean of each draw lies from the mean of all, and its squared standard error; shape (draws,) each."""
    some, middle = values[values != 0], values.mean()
    count = rng.poisson(len(values) - len(some), DRAWS).astype(float)
    sums, squares = -middle * count, middle**2 * count
    for start in range(0, len(some), 5000):  # a piece at a time: 2,000 draws of 100,000 customers fill the memory
        part = some[start:start + 5000] - middle
        weights = TAKEN[rng.integers(0, 2**16, (DRAWS, len(part)), dtype=np.uint16)].astype(float)
        taken, total, square = (weights @ np.column_stack([np.ones(len(part)), part, part**2])).T
        count, sums, squares = count + taken, sums + total, squares + square
    count = np.maximum(count, 1)
    return sums / count, np.maximum(squares / count - (sums / count)**2, 0) / count


def quantile_effect(control: np.ndarray, treatment: np.ndarray, q: float, level: float) -> tuple[float, ...] | None:
    """The quantiles, their difference and its interval; None where one of them cannot be read.

    It cannot where fewer than 50 customers lie beyond it (with 10 the interval holds in 98 of 100, not in 95), or where many
    share the value at it or close by, as the zero of those who bought nothing.

    >>> rng = np.random.default_rng(1)
    >>> [round(x, 2) for x in quantile_effect(rng.normal(0, 1, 4000), rng.normal(1, 1, 4000), .5, .05)[2:]]
    [1.01, 0.96, 1.07]
    """
    found = [_quantile(np.sort(values), q) for values in (control, treatment)]
    if None in found:
        return None
    (left, a), (right, b) = found
    reach = float(norm.isf(level / 2) * np.hypot(a, b))
    return left, right, right - left, right - left - reach, right - left + reach


def _quantile(ordered: np.ndarray, q: float) -> tuple[float, float] | None:
    """A quantile and its standard error, without a density: that of a bootstrap of infinitely many draws (Maritz & Jarrett
    1978, JASA).

    The chance in the gaps between neighbours adds one part in sqrt(pi) x spread to its square. Half of that is taken off:
    the error varies itself, which needs the other half (by simulation, DECISIONS.md).
    """
    n, spread = len(ordered), np.sqrt(len(ordered) * q * (1 - q))
    if round(n * min(q, 1 - q), 6) < BEYOND:
        return None
    for near in ordered[np.clip([n * q - 3 * spread, n * q, n * q + 3 * spread], 0, n - 1).astype(int)]:
        if np.searchsorted(ordered, near, "right") - np.searchsorted(ordered, near) > SHARED * n:
            return None
    first, last = max(int(n * q - 10 * spread), 0), min(int(n * q + 10 * spread), n)
    weight = np.diff(beta.cdf(np.arange(first, last + 1) / n, q * (n + 1), (1 - q) * (n + 1)))
    rest = ordered[first:last] - weight @ ordered[first:last]
    return float(np.quantile(ordered, q)), float(np.sqrt(weight @ rest**2 / (1 + 0.5 / (np.sqrt(np.pi) * spread))))
