"""The Bayesian reading: how likely is it that the arm is better, and what is lost on average if it is not.

Prior: the effect is normal around zero, with a deviation of 30% of the control's value: wide, as an e-mail against none may
move a metric by half, and a text on a button by a hundredth.
The posterior's mean is the estimate drawn towards zero, which also takes off what an early end adds to it.
"""

import math
from dataclasses import dataclass

from scipy.stats import norm

PRIOR = 0.3  # deviation of the prior of relative effects


@dataclass(frozen=True)
class Belief:
    """Of an effect: chance to be better, expected loss of rolling out, posterior mean and 95% interval, in its unit."""

    better: float
    loss: float
    mean: float
    low: float
    high: float


def belief(effect: float, error: float, spread: float, better: int = 1) -> Belief:
    """What to believe after the data.

    Args:
        effect: estimated difference. error: its standard error, above 0. spread: deviation of the prior, above 0.
        better: 1 if more is better, -1 if less is.

    >>> told = belief(.04, .02, .02)
    >>> round(told.better, 3), round(told.mean, 3), round(told.loss, 5)
    (0.921, 0.02, 0.0005)
    """
    weight = spread**2 / (spread**2 + error**2)
    mean, deviation = weight * effect, math.sqrt(weight) * error
    z = better * mean / deviation
    loss = deviation * (norm.pdf(z) - z * norm.sf(z))
    reach = norm.isf(.025) * deviation
    return Belief(float(norm.cdf(z)), float(loss), mean, mean - reach, mean + reach)
