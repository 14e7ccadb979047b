"""Peeking made safe: how much stricter a test must be at each look, so that all looks together err once in 20.

Planned looks: alpha spending (Lan & DeMets 1983) with the boundary of O'Brien & Fleming (1979). Unplanned ones: the
confidence sequence of a normal mixture (Robbins 1970; Waudby-Smith et al. 2024, Annals of Statistics, eq. 6).
Both take and give two-sided levels and p values of a single look, so that any test can be read through them.
"""

import math
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from workbench.experiments.plan import LEVEL

NODES, WEIGHTS = np.polynomial.legendre.leggauss(256)
STRICTEST = 38.0  # standard errors: the widest boundary whose tail is still a number above 0


def spent(share: np.ndarray | float, level: float = LEVEL) -> np.ndarray | float:
    """How much of ``level`` may be used up when ``share`` of the test has passed, in (0, 1].

    >>> round(float(spent(.5)), 4), round(float(spent(1.0)), 4)
    (0.0031, 0.05)
    """
    return 4 * norm.sf(norm.isf(level / 4) / np.sqrt(share))


@lru_cache(maxsize=4096)
def planned_levels(passed: tuple[float, ...], information: tuple[float, ...], level: float = LEVEL) -> tuple[float, ...]:
    """The two-sided level of the test at each planned look.

    Args:
        passed: share of the planned time at each look, rising, in (0, 1]: says what may be spent.
        information: at each look, in any unit, not falling: says how much the looks have in common.

    >>> [round(float(norm.isf(level / 2)), 2) for level in planned_levels((.25, .5, .75, 1.0), (1, 2, 3, 4))]
    [4.33, 2.96, 2.36, 2.01]
    """
    times = _apart(information)
    may = np.diff(spent(np.asarray(passed), level), prepend=0.0)
    levels, at, density = [], np.zeros(1), np.ones(1)
    for k, time in enumerate(times):
        step = time - (times[k - 1] if k else 0.0)
        bound = _bound(may[k], at, density, time, step)
        levels.append(float(2 * norm.sf(bound)))
        edge = bound * math.sqrt(time)
        grid = NODES * edge
        kernel = norm.pdf((grid[:, None] - at) / math.sqrt(step)) / math.sqrt(step)
        at, density = grid, (kernel @ density) * WEIGHTS * edge
    return tuple(levels)


def _apart(information: tuple[float, ...]) -> list[float]:
    """The information, each at least 1% above the one before: nearer looks count as that far apart, which is stricter."""
    times = [information[0] / information[-1]]
    for found in information[1:]:
        times.append(max(found / information[-1], times[-1] * 1.01))
    return times


def _bound(may: float, at: np.ndarray, density: np.ndarray, time: float, step: float) -> float:
    """How many standard errors out the boundary lies, so that ``may`` of the walks that got here cross it now."""
    def crossed(bound: float) -> float:
        edge, error = bound * math.sqrt(time), math.sqrt(step)
        return float((norm.sf((edge - at) / error) + norm.cdf((-edge - at) / error)) @ density) - may

    return STRICTEST if crossed(STRICTEST) > 0 else brentq(crossed, 0.0, STRICTEST, xtol=1e-10)


def planned_p_value(p_value: float, passed: tuple[float, ...], information: tuple[float, ...]) -> float:
    """The repeated p value: the smallest overall level at which the last of these looks would find an effect.

    It is at or below 5% at any look in at most 5% of tests without an effect (Jennison & Turnbull 1984).

    Args:
        p_value: two-sided, of the last look, as if it were the only one.
    """
    def over(log_level: float) -> float:
        found = planned_levels(passed, information, math.exp(log_level))[-1]
        return math.log(max(found, 1e-300)) - math.log(max(p_value, 1e-300))

    low, high = math.log(1e-12), math.log(0.9999)
    if over(low) >= 0:
        return math.exp(low)
    return 1.0 if over(high) <= 0 else math.exp(brentq(over, low, high, xtol=1e-4))


def _mixture() -> float:
    """The variance of the mixture that makes the sequence narrowest at growth 1 (Waudby-Smith et al. 2024, app. B)."""
    return -2 * math.log(LEVEL) + math.log(-2 * math.log(LEVEL) + 1)


def sequence_level(growth: float) -> float:
    """The two-sided level at which a single look's interval is as wide as the confidence sequence.

    Args:
        growth: information at this look against that at which the sequence shall be narrowest, above 0.

    >>> round(float(norm.isf(sequence_level(1.0) / 2)), 2), round(float(norm.isf(sequence_level(.1) / 2)), 2)
    (3.04, 3.86)
    """
    seen = growth * _mixture()
    return float(2 * norm.sf(math.sqrt((1 + 1 / seen) * (math.log1p(seen) - 2 * math.log(LEVEL)))))


def sequence_p_value(p_value: float, growth: float) -> float:
    """The p value that stays true however often one looks: one over the mixture's likelihood ratio."""
    seen, z = growth * _mixture(), norm.isf(max(p_value, 1e-300) / 2)
    return float(min(1.0, math.exp(0.5 * math.log1p(seen) - z * z / 2 * seen / (1 + seen))))
