"""Without a control group: what changed where the change came, less what changed where it did not, or a year before.

Difference in differences over groups (regions, shops, categories), each taken as one: a group's mean after the change less
its mean before, treated groups against the others (Bertrand, Duflo & Mullainathan 2004, QJE: collapsing is what keeps the
error honest when weeks resemble each other). Small groups move by chance alone and count for less (:func:`_against`). Where
the change came to all, the same weeks of the year before stand in
(interrupted time series on seasonal differences; Bernal, Cummins & Gasparrini 2017). Both rest on the groups, or years,
having moved alike without the change. That cannot be shown, only doubted: the placebo test asks whether they did so before.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import optimize, stats

from workbench.errors import TableError
from workbench.experiments.plan import LEVEL

SEASON = 52  # weeks of a year: the series less itself so long before has no season
FEWEST = 4  # groups without the change, to know how far groups drift apart by themselves
PERIODS = 4  # before the change, so that half of them can play the change in the placebo test


@dataclass(frozen=True)
class BeforeAfter:
    """What changed beyond what changed elsewhere, in the value's unit, with 95% interval and p value.

    ``others``: groups without the change, 0 where the year before is compared with. ``weights``: of the groups, by name.
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
    weights: dict[str, float] = field(default_factory=dict)

    @property
    def trustworthy(self) -> bool:
        """Whether the groups moved alike before the change, as far as the placebo test can tell."""
        return self.placebo_p_value >= LEVEL


def difference_in_differences(panel: pd.DataFrame, treated: list[str], change: pd.Timestamp,
                              noise: pd.Series | None = None) -> BeforeAfter:
    """The effect of a change that came to some groups and not to others.

    Args:
        panel: ``group, period, value``: one row a group and period (a week), ``value`` a mean or share of its customers.
        treated: the groups to which the change came. change: first period with the change.
        noise: by group, the variance of one period's value by chance alone (of a logarithm of a count, one by the count), as
            far as periods are independent in it. None: alike in all groups.

    Raises:
        TableError: there is no comparison group (a bare before/after comparison is refused), or too few groups or periods,
            or a group misses a period, or a value is empty, or a noise.
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
    past, chance = wide.columns[before], 0 * wide.iloc[:, 0] if noise is None else noise.reindex(wide.index)
    if not (chance >= 0).all():
        raise TableError(f"noise of group {chance.index[~(chance >= 0)][0]!r} is missing or below 0; it is a variance, "
                         "one a group")

    def against(earlier: pd.Index, later: pd.Index) -> _Shift:
        shift = wide[later].mean(axis=1) - wide[earlier].mean(axis=1)
        return _against(shift.to_numpy(), (chance * (1 / len(earlier) + 1 / len(later))).to_numpy(), here)

    told, placebo = against(past, wide.columns[~before]), against(past[:len(past) // 2], past[len(past) // 2:])
    return BeforeAfter(*told.effect, told.naive, int(here.sum()), int((~here).sum()), placebo.effect[0], placebo.effect[3],
                       dict(zip(wide.index, told.weights, strict=True)))


def interrupted(series: pd.Series, change: pd.Timestamp) -> BeforeAfter:
    """The effect of a change that came to everything, from a weekly series and its own year before.

    Each week less the same week a year before; then the mean of the weeks with the change less that of those without. Weeks
    resemble their neighbours, so their number counts as smaller, by the autocorrelation of the weeks before the change.

    Args:
        series: one value a week, by its Monday, none missing.

    Raises:
        TableError: fewer than a year and 8 weeks lie before the change (a bare before/after comparison is refused), or none
            after it.
    """
    seasonless = (series - series.shift(SEASON)).dropna()
    before, after = seasonless[seasonless.index < change].to_numpy(), seasonless[seasonless.index >= change].to_numpy()
    if len(before) < 2 * PERIODS or not len(after):
        weeks = (series.index < change).sum(), (series.index >= change).sum()
        raise TableError(f"the change came to all groups, and there are {weeks[0]} weeks before it and {weeks[1]} after; "
                         f"without groups that it did not reach {SEASON + 2 * PERIODS} and 1 are needed, to take the season "
                         "off. A bare before/after comparison is refused: seasons, prices and campaigns would count as its "
                         "effect. Name the groups that it reached, or draw customers into a test")
    half = len(before) // 2
    effect, low, high, p_value = _step(before, after)
    placebo, _, _, placebo_p = _step(before[:half], before[half:])
    naive = float(series[series.index >= change].mean() - series[series.index < change].mean())
    return BeforeAfter(effect, low, high, p_value, naive, 1, 0, placebo, placebo_p)


def _step(before: np.ndarray, after: np.ndarray) -> tuple[float, float, float, float]:
    """Difference of means, interval, p value, of weeks that resemble their neighbours."""
    rest = before - before.mean()
    if not rest.any():
        raise TableError("all weeks before the change are the same a year apart, which no shop's are; check the series")
    rho = rest[1:] @ rest[:-1] / (rest @ rest)
    rho = min(max(rho + (1 + 3 * rho) / len(before), 0.0), .9)  # small samples underestimate it (Kendall 1954)
    count = [max(len(part) * (1 - rho) / (1 + rho), 1.0) for part in (before, after)]
    degrees = max(count[0] - 1, 1.0)
    error = float(np.sqrt(rest @ rest / degrees * count[0] / len(before) * (1 / count[0] + 1 / count[1])))
    effect = float(after.mean() - before.mean())
    reach = float(stats.t.isf(LEVEL / 2, degrees)) * error
    return effect, effect - reach, effect + reach, float(2 * stats.t.sf(abs(effect) / error, degrees))


def _wide(panel: pd.DataFrame) -> pd.DataFrame:
    wide = panel.pivot_table(index="group", columns="period", values="value", aggfunc="first", dropna=False)
    if panel.duplicated(["group", "period"]).any():
        row = panel[panel.duplicated(["group", "period"])].iloc[0]
        raise TableError(f"the panel has group {row['group']!r} twice in {row['period']}; one row a group and period")
    if wide.isna().any(axis=None):
        group, period = next((g, p) for g in wide.index for p in wide.columns if pd.isna(wide.loc[g, p]))
        raise TableError(f"the panel has no value for group {group!r} in {period}; leave the group or the period out")
    return wide.astype(float)


@dataclass(frozen=True)
class _Shift:
    """``effect``: difference of means, interval, p value; ``naive``: the treated mean; ``weights`` of the groups, (n,)."""

    effect: tuple[float, float, float, float]
    naive: float
    weights: np.ndarray


def _against(shift: np.ndarray, chance: np.ndarray, here: np.ndarray) -> _Shift:
    """How much further the treated groups moved than the others.

    Groups drift by themselves, large and small ones alike, and move by chance, the small ones more: a group counts by one
    part in the sum of both variances. The drift is the one that explains how far the groups lie apart (Paule & Mandel 1982);
    where all of it may be chance, it is none. The t of the effect has the degrees of freedom with which the drift is known
    (Satterthwaite 1946, as in mixed models: Giesbrecht & Burns 1985): few, where one large group is held against small ones.
    Where chance is nothing all this is the pooled t test. With one error for all, a change that came to one small
    group was found in 90 of 100 tests without an effect (Ferman & Pinto 2019, REStat, tell of it; DECISIONS.md).

    Args:
        shift, chance, here: (n,) moves of the groups, their variances by chance alone, whether the change came.
    """
    degrees = len(shift) - 2

    def fit(drift: float) -> tuple[np.ndarray, list[float], float]:
        weights = 1 / (drift + chance)
        means = [float(np.average(shift[side], weights=weights[side])) for side in (here, ~here)]
        return weights, means, float(weights @ (shift - np.where(here, *means)) ** 2) / degrees

    most = sum(((shift[side] - shift[side].mean()) ** 2).sum() for side in (here, ~here)) / degrees
    if most == 0:
        raise TableError("the groups moved by exactly the same, those with the change and those without it, which no shop's "
                         "do; check the panel")
    least, most = 0.0 if chance.min() > 0 else most * 1e-9, most * (1 + 1e-9)
    alone = fit(least)[2] <= 1
    drift = least if alone else optimize.brentq(lambda drift: fit(drift)[2] - 1, least, most, xtol=most * 1e-13)
    weights, (treated, others), _ = fit(drift)
    sides = [weights[side] for side in (here, ~here)]
    variance, slope = sum(1 / w.sum() for w in sides), sum((w @ w) / w.sum() ** 2 for w in sides)
    known = sum(w @ w - 2 * (w ** 3).sum() / w.sum() + (w @ w / w.sum()) ** 2 for w in sides)  # of the drift, twice Fisher's
    degrees = float(np.clip(variance ** 2 * known / slope ** 2, 1, degrees))
    error, effect = float(np.sqrt(variance)), treated - others
    reach = float(stats.t.isf(LEVEL / 2, degrees)) * error
    told = effect, effect - reach, effect + reach, float(2 * stats.t.sf(abs(effect) / error, degrees))
    return _Shift(told, treated, weights / weights.mean())
