"""Numbers in words: what a metric's value, difference and effect read like."""

import math

from workbench.experiments.effects import Effect
from workbench.experiments.metrics import SHARE, Metric
from workbench.readable import numeral, with_unit


def scale(metric: Metric) -> float:
    """What the metric's numbers are multiplied by to be read: shares are told of 100."""
    return 100.0 if metric.unit == SHARE else 1.0


def unit_of_difference(metric: Metric) -> str:
    """``points`` for shares, else the metric's unit."""
    return "points" if metric.unit == SHARE else metric.unit


def digits_of(metric: Metric, low: float, high: float) -> int:
    """Decimals that tell the bounds of an interval apart: two, more where millions of customers make it narrow.

    >>> from workbench.experiments.logs import CONVERSION
    >>> digits_of(CONVERSION, -.002, .004), digits_of(CONVERSION, .001057, .001193), digits_of(CONVERSION, math.nan, 1)
    (2, 4, 2)
    """
    width = (high - low) / 2 * scale(metric)
    return max(2, _digits(width)) if math.isfinite(width) else 2


def value_text(metric: Metric, value: float, digits: int = 2) -> str:
    """A value of the metric; empty if it is unknown.

    >>> from workbench.experiments.logs import CONVERSION, ACTIVE_DAYS
    >>> value_text(CONVERSION, 0.2713), value_text(ACTIVE_DAYS, 1.4), value_text(ACTIVE_DAYS, float("nan"))
    ('27.13%', '1.40 days', '')
    """
    if math.isnan(value):
        return ""
    return with_unit(_plain(value * scale(metric), digits=digits), "%" if metric.unit == SHARE else metric.unit)


def difference_text(metric: Metric, value: float, digits: int = 2) -> str:
    """A difference of two values of the metric, with its sign and unit; empty if it is unknown.

    >>> from workbench.experiments.logs import CONVERSION
    >>> difference_text(CONVERSION, 0.0766)
    '+7.66 points'
    """
    return f"{bound_text(metric, value, digits)} {unit_of_difference(metric)}".strip() if value == value else ""


def bound_text(metric: Metric, value: float, digits: int = 2) -> str:
    """A bound of a difference, with its sign, in the unit of the difference beside it; empty if it is unknown."""
    if math.isnan(value):
        return ""
    return _plain(value * scale(metric), "+", digits)


def percent(share: float) -> str:
    """A share as readers see it.

    >>> percent(0.4336)
    '43.4%'
    """
    return f"{share * 100:.1f}%"


def effect_in_words(metric: Metric, effect: Effect) -> str:
    """The effect as people say it, with its interval and both values.

    >>> from workbench.experiments.logs import CONVERSION
    >>> effect_in_words(CONVERSION, Effect(1000, .10, .15, .05, .021, .079))
    'of 100 customers 5.0 more bought (95% interval 2.1 to 7.9; 15.0 instead of 10.0)'
    >>> effect_in_words(CONVERSION, Effect(1000, .10, .11, .01, -.02, .04))
    'of 100 customers 1.0 more bought (95% interval 2.0 fewer to 4.0 more; 11.0 instead of 10.0)'
    """
    by, more, less = scale(metric), "more", "fewer"
    if metric.unit != SHARE:
        more, less = "higher", "lower"
    digits = _digits((effect.abs_ci_upper - effect.abs_ci_lower) / 2 * by)
    low, high, middle = (value * by for value in (effect.abs_ci_lower, effect.abs_ci_upper, effect.abs_effect))

    def told(value: float, word: bool = True) -> str:
        return f"{abs(value):,.{digits}f}" + (f" {more if value >= 0 else less}" if word else "")

    span = sorted((low, high), key=abs) if low * high > 0 else (low, high)
    interval = " to ".join(told(value, low * high <= 0) for value in span)
    both = f"{effect.treatment * by:,.{digits}f} instead of {effect.control * by:,.{digits}f}"
    if metric.unit == SHARE:
        return f"of 100 {metric.of} {told(middle)} {metric.did} (95% interval {interval}; {both})"
    unit = f" {metric.unit}" if metric.unit else ""
    number, word = told(middle).split()
    return f"{metric.name} was {number}{unit} {word} (95% interval {interval}; {both})"


def smallest_in_words(metric: Metric, smallest: float) -> str:
    """The smallest effect that the test could have seen; empty if it is unknown.

    >>> from workbench.experiments.logs import CONVERSION
    >>> smallest_in_words(CONVERSION, 0.042)
    '4.2 of 100 customers'
    """
    if math.isnan(smallest):
        return ""
    number = f"{smallest * scale(metric):,.{_digits(smallest * scale(metric))}f}"
    return f"{number} of 100 {metric.of}" if metric.unit == SHARE else f"{number} {metric.unit}".rstrip()


def _plain(number: float, sign: str = "", digits: int = 2) -> str:
    return numeral(number, f"{sign},.{digits}f" if abs(number) < 1000 else f"{sign},.0f")


def _digits(width: float) -> int:
    """Decimals that show two digits of a number of this size, from 0 to 4."""
    return 2 if width <= 0 else min(max(math.ceil(-math.log10(width)) + 1, 0), 4)
