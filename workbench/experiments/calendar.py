"""The calendar of looks at an experiment: when it is read, and which of its looks this is.

It is the register of looks: every end of a week since the first draw is a look, taken whether or not anybody looked. So
running a notebook again is no new look, nobody has to keep a list, and the same week gives the same numbers.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from workbench.experiments.looks import EARLY, END, HORIZON, ONE, PLANNED, UNPLANNED, Look, information
from workbench.experiments.metrics import Measured, instant, instants
from workbench.experiments.plan import AT_THE_END, HOLM, Design
from workbench.experiments.trials import Trial


@dataclass(frozen=True)
class Calendar:
    """The looks at one experiment.

    Attributes:
        ends: the end of each week since the first draw up to this look, UTC; empty if nothing is dated.
        weeks: planned length in weeks; 0: not planned. ``kind`` is that of this look.
        after: the week that is read lies after the planned end; the experiment is read as of that end.
    """

    kind: str
    ends: tuple[np.datetime64, ...] = ()
    weeks: int = 0
    after: bool = False
    adjust: str = HOLM

    @property
    def number(self) -> int:
        """This look's number, from 1; 0 if nothing is dated."""
        return len(self.ends)

    @property
    def to_come(self) -> int:
        """Planned weeks that are still to come."""
        return max(self.weeks - self.number, 0)

    @property
    def early(self) -> bool:
        """Whether a planned experiment still runs."""
        return self.kind in (PLANNED, EARLY) and self.to_come > 0

    def until(self, end: pd.Timestamp) -> pd.Timestamp:
        """The first moment that does not count, UTC: the planned end where ``end``, that of the week, lies after it."""
        return pd.Timestamp(self.ends[-1], tz="UTC") if self.after else end

    def look(self, measured: Measured, customers: pd.DataFrame) -> Look:
        """This look at a metric."""
        dated = bool((~np.isnat(measured.numerator.time)).any())
        before = self.ends[-1] if self.after and dated else None
        if self.kind in (ONE, END):
            return Look(self.kind, before, adjust=self.adjust)
        seen = information(measured, customers, self.ends)
        if self.kind == PLANNED:
            passed = tuple((k + 1) / self.weeks for k in range(self.number))
            return Look(PLANNED, before, passed, tuple(seen), adjust=self.adjust)
        return Look(self.kind, before, growth=seen[-1] / (HORIZON * seen[0]), adjust=self.adjust)

    def register(self, measured: Measured, customers: pd.DataFrame) -> list[tuple[np.datetime64, int, float]]:
        """Every look so far: its end, the customers drawn by then, and the level of its test."""
        drawn, looks = np.sort(instants(customers["time"])), []
        for number in range(1, self.number + 1):
            kind = EARLY if self.kind == END and number < self.weeks else self.kind
            then = replace(self, ends=self.ends[:number], kind=kind)
            looks.append((self.ends[number - 1], int(np.searchsorted(drawn, self.ends[number - 1])),
                          then.look(measured, customers).level))
        return looks

    def told(self) -> str:
        """Which interval is shown and why, as a sentence without its beginning."""
        if self.kind == ONE:
            return "its draws are not dated, so it is read as finished: intervals and p values hold for one look at its end."
        if self.kind == END:
            return (f"planned for {self.weeks} weeks and read only at their end, which is reached: intervals and p values "
                    "are those of one look.")
        if self.kind == PLANNED:
            still = f"{self.to_come} more to come" if self.to_come else "the planned end"
            return (f"look {self.number} of {self.weeks} planned weekly looks, {still}: intervals and p values allow for "
                    "all of them (alpha spending).")
        if self.kind == EARLY:
            return (f"week {self.number} of {self.weeks} planned weeks, to be read only at their end: nothing is decided "
                    "before. Intervals are those of a confidence sequence.")
        return ("no end was planned, so its intervals and p values are those of a confidence sequence: they hold however "
                "often one looks, and are wider than those of a planned test.")


def calendar(trial: Trial, design: Design, timezone: str, end: pd.Timestamp) -> Calendar:
    """The looks at a trial up to ``end``, the first moment that is not read any more (UTC).

    Weeks are ISO weeks in ``timezone``; that of the first draw is the first.
    """
    if not trial.dated:
        return Calendar(ONE, adjust=design.adjust)
    first = trial.customers["time"].min().tz_convert(timezone).normalize()
    monday = first - pd.Timedelta(days=first.weekday())
    last = end.tz_convert(timezone)
    number = max(-(-int((last.tz_localize(None) - monday.tz_localize(None)).total_seconds()) // (7 * 86400)), 1)
    after = bool(design.weeks) and number > design.weeks
    ends = [monday + pd.DateOffset(weeks=k + 1) for k in range(min(number, design.weeks or number))]
    moments = tuple(instant(moment) for moment in ends)
    if not design.weeks:
        return Calendar(UNPLANNED, moments, adjust=design.adjust)
    if design.looks != AT_THE_END:
        return Calendar(PLANNED, moments, design.weeks, after, design.adjust)
    return Calendar(END if number >= design.weeks else EARLY, moments, design.weeks, after, design.adjust)
