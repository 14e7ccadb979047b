"""Without a control group: what changed where the change came, less what changed where it did not.

Difference in differences over groups (regions, shops, categories), each taken as one: a group's mean after the change less
its mean before, treated groups against the others (Bertrand, Duflo & Mullainathan 2004, QJE: collapsing is what keeps the
error honest when weeks resemble each other). It rests on the groups having moved alike without the change. That cannot be
shown, only doubted: the placebo test asks whether they did so before.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from workbench.errors import TableError
from workbench.experiments.plan import LEVEL

FEWEST = 4  # groups without the change, to know how far groups drift apart by themselves
PERIODS = 4  # before the change, so that half of them can play the change in the placebo test


@dataclass(frozen=True)
class BeforeAfter:
    """What changed beyond what changed elsewhere, in the value's unit, with 95 % interval and p value.

    ``naive`` is the bare before/after difference of the treated groups, to be seen beside it and never alone.
    ``placebo_p_value`` is that of the same test on a change that never was, in the middle of the time before.
    """

    effect: float
    low: float
    high: float
    p_value: float
    naive: float
    treated: int
    others: int
    placebo: float
    placebo_p_value: float

    @property
    def trustworthy(self) -> bool:
        """Whether the groups moved alike before the change, as far as the placebo test can tell."""
        return self.placebo_p_value >= LEVEL

    def sentence(self) -> str:
        """The result in words, with the warning that belongs to it."""
        told = (f"Where the change came, the value moved by {self.effect:+,.4g} more than elsewhere (95 % interval "
                f"{self.low:+,.4g} to {self.high:+,.4g}; {self.treated} groups against {self.others}); the bare "
                f"before/after difference is {self.naive:+,.4g}.")
        if not self.trustworthy:
            return ("Do not read it as an effect: already before the change the groups moved apart by "
                    f"{self.placebo:+,.4g} (placebo test, p {self.placebo_p_value:.3f}). {told}")
        return f"{told} Nobody was drawn, so anything else that came to these groups at that time is in it too: test it."


def difference_in_differences(panel: pd.DataFrame, treated: list[str], change: pd.Timestamp) -> BeforeAfter:
    """The effect of a change that came to some groups and not to others.

    Args:
        panel: ``group, period, value``: one row a group and period (a week), ``value`` a mean or share of its customers.
        treated: the groups to which the change came. change: first period with the change.

    Raises:
        TableError: there is no comparison group (a bare before/after comparison is refused), or too few groups or periods,
            or a group misses a period, or a value is empty.
    """
    wide = _wide(panel)
    here = np.isin(wide.index, treated)
    if unknown := sorted(set(treated) - set(wide.index)):
        raise TableError(f"treated names the group {unknown[0]!r}; there are {', '.join(map(str, wide.index))}")
    if here.all() or not here.any():
        raise TableError("every group or none has the change, so there is nothing to compare with; a bare before/after "
                         "comparison is refused: seasons, prices and campaigns would count as its effect. Name groups that "
                         "the change did not reach, or draw customers into a test")
    if (~here).sum() < FEWEST:
        raise TableError(f"{(~here).sum()} groups are without the change; {FEWEST} are needed to know how far groups drift "
                         "apart by themselves. Take finer groups")
    before = wide.columns < change
    if before.sum() < PERIODS or before.all():
        raise TableError(f"{before.sum()} periods lie before {change} and {(~before).sum()} after; "
                         f"{PERIODS} and 1 are needed")
    past = wide.columns[before]
    shift = wide.loc[:, ~before].mean(axis=1) - wide[past].mean(axis=1)
    fake = wide[past[len(past) // 2:]].mean(axis=1) - wide[past[:len(past) // 2]].mean(axis=1)
    effect, low, high, p_value = _against(shift[here], shift[~here])
    placebo, _, _, placebo_p = _against(fake[here], fake[~here])
    return BeforeAfter(effect, low, high, p_value, float(shift[here].mean()), int(here.sum()), int((~here).sum()), placebo,
                       placebo_p)


def _wide(panel: pd.DataFrame) -> pd.DataFrame:
    wide = panel.pivot_table(index="group", columns="period", values="value", aggfunc="first", dropna=False)
    if panel.duplicated(["group", "period"]).any():
        row = panel[panel.duplicated(["group", "period"])].iloc[0]
        raise TableError(f"the panel has group {row['group']!r} twice in {row['period']}; one row a group and period")
    if wide.isna().any(axis=None):
        group, period = next((g, p) for g in wide.index for p in wide.columns if pd.isna(wide.loc[g, p]))
        raise TableError(f"the panel has no value for group {group!r} in {period}; leave the group or the period out")
    return wide.astype(float)


def _against(treated: pd.Series, others: pd.Series) -> tuple[float, float, float, float]:
    """Difference of means, interval, p value: pooled t test; one treated group is held against the others' spread."""
    n, m = len(treated), len(others)
    pooled = (((treated - treated.mean()) ** 2).sum() + ((others - others.mean()) ** 2).sum()) / (n + m - 2)
    error, effect = float(np.sqrt(pooled * (1 / n + 1 / m))), float(treated.mean() - others.mean())
    if error == 0:
        raise TableError("the groups without the change moved by exactly the same, which no shop's do; check the panel")
    reach = float(stats.t.isf(LEVEL / 2, n + m - 2)) * error
    return effect, effect - reach, effect + reach, float(2 * stats.t.sf(abs(effect) / error, n + m - 2))
