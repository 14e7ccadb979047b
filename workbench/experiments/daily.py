"""Day by day: the effect on the deciding metric as it would have been read at the end of each day."""

import pandas as pd

from workbench.experiments.calendar import calendar
from workbench.experiments.effects import against_control
from workbench.experiments.looks import HORIZON, UNPLANNED, Look, information
from workbench.experiments.metrics import Measured, instant
from workbench.experiments.plan import Design
from workbench.experiments.trials import Trial

MOST_DAYS = 60  # longer trials are read every second, third, ... day
COLUMNS = ["day", "arm", "customers", "abs_effect", "abs_ci_lower", "abs_ci_upper", "any_lower", "any_upper"]


def day_by_day(trial: Trial, measured: Measured, timezone: str, end: pd.Timestamp) -> pd.DataFrame:
    """The cumulative effect, from the customers drawn and the deeds done up to the end of each day.

    Args:
        end: first moment that is not read any more, UTC.

    Returns:
        ``day`` (YYYY-MM-DD, in the shop's time zone), ``arm``, ``customers``, ``abs_effect``, ``abs_ci_lower``,
        ``abs_ci_upper`` in the metric's unit, for whoever looks once; ``any_lower``, ``any_upper``: the confidence sequence,
        for whoever looks every day. Days that are too thin for an interval are left out.
    """
    measured = measured.changed()
    first = trial.customers["time"].min().tz_convert(timezone).normalize()
    last = (end - pd.Timedelta(seconds=1)).tz_convert(timezone).normalize()
    days = pd.date_range(first, last, freq="D")
    every = -(-len(days) // MOST_DAYS)
    shown = days[::-1][::every][::-1]  # the last day is always among them
    until = [instant(day + pd.DateOffset(days=1)) for day in shown]
    first_week = calendar(trial, Design(), timezone, end).ends[0]
    start, *seen = information(measured, trial.customers, (first_week, *until))
    rows = []
    for day, before, known in zip(shown, until, seen, strict=True):
        once = against_control(measured, trial.customers, trial.arms, Look(before=before))
        often = against_control(measured, trial.customers, trial.arms,
                                Look(UNPLANNED, before, growth=known / (HORIZON * start)))
        rows += [(day.strftime("%Y-%m-%d"), arm, effect.customers, effect.abs_effect, effect.abs_ci_lower,
                  effect.abs_ci_upper, often[arm].abs_ci_lower, often[arm].abs_ci_upper)
                 for arm, effect in once.items() if not effect.withheld]
    return pd.DataFrame(rows, columns=COLUMNS)
