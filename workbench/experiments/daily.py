"""Day by day: the effect on the deciding metric as it would have been read at the end of each day."""

import pandas as pd

from workbench.experiments.effects import against_control
from workbench.experiments.metrics import Measured
from workbench.experiments.trials import Trial

MOST_DAYS = 60  # longer trials are read every second, third, ... day


def day_by_day(trial: Trial, measured: Measured, timezone: str, end: pd.Timestamp) -> pd.DataFrame:
    """The cumulative effect, from the customers drawn and the deeds done up to the end of each day.

    Args:
        end: first moment that is not read any more, UTC.

    Returns:
        ``day`` (YYYY-MM-DD, in the shop's time zone), ``arm``, ``customers``, ``abs_effect``, ``abs_ci_lower``,
        ``abs_ci_upper`` in the metric's unit; days that are too thin for an interval are left out.
    """
    first = trial.customers["time"].min().tz_convert(timezone).normalize()
    last = (end - pd.Timedelta(seconds=1)).tz_convert(timezone).normalize()
    days = pd.date_range(first, last, freq="D")
    every = -(-len(days) // MOST_DAYS)
    rows = []
    for day in days[::-1][::every][::-1]:  # the last day is always among them
        until = (day + pd.DateOffset(days=1)).tz_convert("UTC").tz_localize(None).to_datetime64()
        for arm, effect in against_control(measured, trial.customers, trial.arms, until).items():
            if not effect.withheld:
                rows.append((day.strftime("%Y-%m-%d"), arm, effect.customers, effect.abs_effect,
                             effect.abs_ci_lower, effect.abs_ci_upper))
    return pd.DataFrame(rows, columns=["day", "arm", "customers", "abs_effect", "abs_ci_lower", "abs_ci_upper"])
