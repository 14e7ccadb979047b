"""The shop's clock in whole numbers: local microseconds, days and weeks, alike in every engine.

Engines name and cost time zones differently (DuckDB's ``timezone()`` takes 0.34 s of a processor for a million times,
DECISIONS.md), so offsets are looked up once, in Python's time zones, and every engine only compares and adds.
"""

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

from workbench import engine
from workbench.tables import Week

if TYPE_CHECKING:
    import ibis.expr.types as ir

SECOND = 1_000_000  # microseconds
HOUR, DAY = 3600 * SECOND, 86400 * SECOND
_MONDAY = 4  # 1970-01-05, in days since 1970-01-01
_FIRST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)  # no table holds an earlier time (workbench.tables.cells)


def local(numbers: "ir.IntegerValue", timezone: str, end: pd.Timestamp) -> "ir.IntegerValue":
    """Microseconds since 1970, all before ``end``, as the clock on the wall in ``timezone`` shows them."""
    import ibis

    shifts = offsets(timezone, end)
    oldest = ibis.literal(shifts[-1][1], type="int64")
    if len(shifts) == 1:
        return numbers + oldest
    return numbers + ibis.cases(*((numbers >= start, ibis.literal(shift, type="int64")) for start, shift in shifts[:-1]),
                                else_=oldest)


def wall(times: "ir.TimestampValue", week: Week) -> "ir.TimestampValue":
    """UTC times, all before the end of the week, as the clock on the shop's wall shows them (no zone)."""
    import ibis.expr.datatypes as dtypes

    shown = local(engine.microseconds(times), week.source.timezone, week.end)
    return engine.moments(shown, times.get_backend().name).cast(dtypes.Timestamp(scale=6))


@lru_cache
def offsets(timezone: str, end: pd.Timestamp) -> tuple[tuple[int, int], ...]:
    """From when on (microseconds since 1970) which offset (microseconds) holds, the latest before ``end`` first.

    >>> [shift // HOUR for _, shift in offsets("Europe/London", pd.Timestamp("2026-11-15", tz="UTC"))[:3]]
    [0, 1, 0]
    >>> len(offsets("Asia/Singapore", pd.Timestamp("2026-11-15", tz="UTC")))
    1
    """
    zone, found, last = ZoneInfo(timezone), [], end.to_pydatetime()
    day, known = _FIRST, _FIRST.astimezone(zone).utcoffset()
    found.append((_microseconds(day), known // dt.timedelta(microseconds=1)))
    while day < last:
        following = day + dt.timedelta(days=1)
        if (shift := following.astimezone(zone).utcoffset()) != known:
            low, high = 0, 86400  # seconds after ``day``: before and after the clock is changed
            while high - low > 1:
                middle = (low + high) // 2
                changed = (day + dt.timedelta(seconds=middle)).astimezone(zone).utcoffset() == shift
                low, high = (low, middle) if changed else (middle, high)
            found.append((_microseconds(day + dt.timedelta(seconds=high)), shift // dt.timedelta(microseconds=1)))
            known = shift
        day = following
    return tuple(reversed(found))


def _microseconds(moment: dt.datetime) -> int:
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def number_of(week: Week) -> int:
    """Which week it is, counted from that of 1970-01-05; neighbours differ by one."""
    return (day_number(week) - _MONDAY) // 7


def day_number(week: Week) -> int:
    """The week's Monday, in days since 1970-01-01."""
    return (week.start.tz_convert(week.source.timezone).date() - dt.date(1970, 1, 1)).days


def week_number(day: "ir.IntegerValue") -> "ir.IntegerValue":
    """The week of each day, days and weeks counted as above."""
    return (day - _MONDAY) // 7


def week_name(number: int) -> str:
    """The ISO week of a number.

    >>> week_name(2966)
    '2026-W46'
    """
    year, week, _ = (dt.date(1970, 1, 5) + dt.timedelta(weeks=int(number))).isocalendar()
    return f"{year}-W{week:02d}"


def day_name(number: int) -> str:
    """The date of a day.

    >>> day_name(0)
    '1970-01-01'
    """
    return (dt.date(1970, 1, 1) + dt.timedelta(days=int(number))).isoformat()
