"""The calendar of looks at an experiment: when it is read, and which of its looks this is.

It is the register of looks: every end of a week since the first draw is a look, taken whether or not anybody looked. So
running a notebook again is no new look, nobody has to keep a list, and the same week gives the same numbers.
"""

import math
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from workbench.experiments import sequential
from workbench.experiments.looks import EARLY, END, HORIZON, ONE, PLANNED, UNPLANNED, Look, information
from workbench.experiments.metrics import Measured, instant, instants
from workbench.experiments.plan import AT_THE_END, LEVEL, Design
from workbench.experiments.trials import Trial
from workbench.privacy.suppress import too_few

MOST = 104  # looks still to come that are foreseen
ENOUGH = 0.95  # of the customers planned: a last look for a handful would get what little of the 5% the look before has left


@dataclass(frozen=True)
class Calendar:
    """The looks at one experiment.

    Attributes:
        ends: the end of each week since the first draw up to this look, UTC; empty if nothing is dated.
        drawn: customers drawn by each of them.
        design: what was settled before the data. ``kind`` is that of this look.
        after: the week that is read lies after the planned end; the experiment is read as of that end.
    """

    kind: str
    ends: tuple[np.datetime64, ...] = ()
    drawn: tuple[int, ...] = ()
    design: Design = field(default_factory=Design)
    after: bool = False

    @property
    def number(self) -> int:
        """This look's number, from 1; 0 if nothing is dated."""
        return len(self.ends)

    @property
    def passed(self) -> tuple[float, ...]:
        """Share of the plan that has passed at each end, rising to 1; empty if nothing was planned."""
        if self.design.customers:
            return tuple(share if (share := count / self.design.customers) < ENOUGH else 1.0 for count in self.drawn)
        return tuple((place + 1) / self.design.weeks for place in range(self.number)) if self.design.weeks else ()

    @property
    def early(self) -> bool:
        """Whether a planned experiment still runs."""
        return self.kind in (PLANNED, EARLY) and self.passed[-1] < 1

    @property
    def planned(self) -> str:
        """The plan in words, as ``4 weeks`` or ``10,000 customers``."""
        return f"{self.design.customers:,} customers" if self.design.customers else _weeks(self.design.weeks)

    @property
    def to_come(self) -> str:
        """What is still to come of the plan, as ``1 week`` or ``3,400 customers``."""
        if not self.design.customers:
            return _weeks(max(self.design.weeks - self.number, 0))
        return f"{max(self.design.customers - (0 if too_few(self.drawn[-1]) else self.drawn[-1]), 0):,} customers"

    def at_planned_end(self) -> tuple[float, float]:
        """How many times as many customers as now the plan has, and the level of the test at its end; NaN without a plan."""
        if not self.passed:
            return math.nan, math.nan
        so_far, level = self.passed[-1], LEVEL
        more = self.design.customers / self.drawn[-1] if self.design.customers and so_far < 1 else 1 / so_far
        if self.kind == PLANNED:
            ahead = min(math.ceil((1 - so_far) * self.number / so_far), MOST)
            steps = (*self.passed, *np.linspace(so_far, 1.0, ahead + 1)[1:].tolist())
            level = sequential.planned_levels(steps, steps)[-1]
        return more, level

    def until(self, end: pd.Timestamp) -> pd.Timestamp:
        """The first moment that does not count, UTC: the planned end where ``end``, that of the week, lies after it."""
        return pd.Timestamp(self.ends[-1], tz="UTC") if self.after else end

    def look(self, measured: Measured, customers: pd.DataFrame) -> Look:
        """This look at a metric."""
        dated = bool((~np.isnat(measured.numerator.time)).any())
        before = self.ends[-1] if self.after and dated else None
        if self.kind in (ONE, END):
            return Look(self.kind, before, adjust=self.design.adjust)
        seen = information(measured, customers, self.ends)
        if self.kind == PLANNED:
            return Look(PLANNED, before, self.passed, tuple(seen), adjust=self.design.adjust)
        return Look(self.kind, before, growth=seen[-1] / (HORIZON * seen[0]), adjust=self.design.adjust)

    def register(self, measured: Measured, customers: pd.DataFrame) -> list[tuple[np.datetime64, int, float]]:
        """Every look so far: its end, the customers drawn by then, and the level of its test."""
        looks = []
        for number in range(1, self.number + 1):
            kind = EARLY if self.kind == END and number < self.number else self.kind
            then = replace(self, ends=self.ends[:number], drawn=self.drawn[:number], kind=kind)
            looks.append((self.ends[number - 1], self.drawn[number - 1], then.look(measured, customers).level))
        return looks

    def told(self) -> str:
        """Which interval is shown and why, as a sentence without its beginning."""
        if self.kind == ONE:
            return "its draws are not dated, so it is read as finished: intervals and p values hold for one look at its end."
        if self.kind == END:
            return (f"planned for {self.planned} and read only at their end, which is reached: intervals and p values "
                    "are those of one look.")
        if self.kind == PLANNED:
            still = f"{self.to_come} still to come" if self.early else "the planned end"
            return (f"weekly look {self.number} of a plan of {self.planned}, {still}: intervals and p values allow for all "
                    "its looks (alpha spending).")
        if self.kind == EARLY:
            return (f"week {self.number} of a plan of {self.planned}, to be read only at their end, {self.to_come} from now:"
                    " nothing is decided before. Intervals are those of a confidence sequence.")
        return ("no end was planned, so its intervals and p values are those of a confidence sequence: they hold however "
                "often one looks, and are wider than those of a planned test.")


def calendar(trial: Trial, design: Design, timezone: str, end: pd.Timestamp) -> Calendar:
    """The looks at a trial up to ``end``, the first moment that is not read any more (UTC).

    Weeks are ISO weeks in ``timezone``; that of the first draw is the first.
    """
    if not trial.dated:
        return Calendar(ONE, design=design)
    first = trial.customers["time"].min().tz_convert(timezone).normalize()
    monday = first - pd.Timedelta(days=first.weekday())
    last = end.tz_convert(timezone)
    number = max(-(-int((last.tz_localize(None) - monday.tz_localize(None)).total_seconds()) // (7 * 86400)), 1)
    ends = [instant(monday + pd.DateOffset(weeks=k + 1)) for k in range(number)]
    drawn = np.searchsorted(np.sort(instants(trial.customers["time"])), ends).tolist()
    over = next((place for place, count in enumerate(drawn, start=1) if place == design.weeks
                 or 0 < ENOUGH * design.customers <= count), 0)
    planned, seen = design.weeks or design.customers, over or number
    kind = UNPLANNED if not planned else PLANNED if design.looks != AT_THE_END else END if over else EARLY
    return Calendar(kind, tuple(ends[:seen]), tuple(drawn[:seen]), design, number > seen)


def _weeks(count: int) -> str:
    return f"{count} week" + "s" * (count != 1)
