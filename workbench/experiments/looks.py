"""Which look at an experiment this is, and how it must be read, so that looking often finds nothing that is not there.

Which look it is, the calendar says (``calendar.py``).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.experiments import sequential
from workbench.experiments.metrics import Measured, instants
from workbench.experiments.plan import HOLM, LEVEL

ONE, END, PLANNED, UNPLANNED, EARLY = "one look", "planned end", "planned look", "any look", "before the planned end"
HORIZON = 4  # an unplanned sequence is narrowest at so many times the information of its first week


@dataclass(frozen=True)
class Look:
    """One look: the level its intervals are made at, and what a p value of a single look becomes.

    Attributes:
        kind: ``one look`` (nothing is dated, or a day's fixed band), ``planned end`` (of a test read only there),
            ``planned look`` (alpha spending), ``any look`` and ``before the planned end`` (confidence sequence).
        before: only customers drawn and deeds done before it count; None: all.
        passed, information: of the planned looks so far (see ``sequential.planned_levels``).
        growth: of an unplanned look (see ``sequential.sequence_level``).
        adjust: how p values of several arms are adjusted (see ``plan.Design``).
    """

    kind: str = ONE
    before: np.datetime64 | None = None
    passed: tuple[float, ...] = ()
    information: tuple[float, ...] = ()
    growth: float = 1.0
    adjust: str = HOLM

    @property
    def level(self) -> float:
        """Intervals of this look cover 1 - ``level`` by themselves, and 95% over all looks."""
        if self.kind == PLANNED:
            return sequential.planned_levels(self.passed, self.information)[-1]
        return sequential.sequence_level(self.growth) if self.kind in (UNPLANNED, EARLY) else LEVEL

    def p_value(self, p_value: float) -> float:
        """The p value of this look, to be held against 5%, from that of a single look."""
        if self.kind == PLANNED:
            return sequential.planned_p_value(p_value, self.passed, self.information)
        return sequential.sequence_p_value(p_value, self.growth) if self.kind in (UNPLANNED, EARLY) else p_value


ONCE = Look()


def information(measured: Measured, customers: pd.DataFrame, ends: tuple[np.datetime64, ...]) -> list[float]:
    """What was known of a metric at each of these moments, in customers: never below 1.

    The share of its deeds that were done by then, or of the customers drawn if that is less: the less two looks have in
    common, the stricter the later one must be, so the smaller share is the safe one.
    """
    drawn = np.sort(instants(customers["time"]))
    people, deeds = np.searchsorted(drawn, ends), measured.numerator.done(ends)
    if np.isnat(measured.numerator.time).all():
        return [float(max(count, 1)) for count in people]
    share = np.minimum(people / max(people[-1], 1), deeds / max(deeds[-1], 1))
    return [float(max(part * people[-1], 1.0)) for part in share]
