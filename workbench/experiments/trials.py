"""The guards: who was drawn into which arm, who must be left out and why, and whether the split held."""

from dataclasses import dataclass, field, replace

import pandas as pd

from workbench.errors import ParameterError, did_you_mean
from workbench.experiments.plan import RATIO_ALARM, Plan
from workbench.experiments.ratio import Clue, likely_parts, ratio_p_value, where_it_broke
from workbench.privacy.suppress import told, too_few

TWO_ARMS = "in more than one arm"
NO_TIME = "without a time of the draw, where the others have one"
AGAIN = "drawn again into the same arm: the first draw counts"
SHORTEST = 7.0  # days of a draw


@dataclass(frozen=True)
class Trial:
    """One experiment after the guards.

    Attributes:
        name: the experiment.
        arms: its arms, the control first; ``chosen`` says how the control was chosen.
        customers: ``customer, arm, time``, one row a customer; ``time`` is empty throughout if ``dated`` is False.
        left_out: how many customers (rows for repeated draws) were left out, by reason.
        ratio: the sample-ratio check, one row an arm: ``experiment, arm, customers, due, share, due_share, p_value``.
        withheld: why no effect may be shown; empty if one may.
        clue: where a broken split broke.
        groups: by name, the group of each customer (index: customer), as known before the draw.
    """

    name: str
    arms: list[str]
    chosen: str
    customers: pd.DataFrame
    left_out: dict[str, int]
    ratio: pd.DataFrame
    withheld: str = ""
    clue: Clue | None = None
    groups: dict[str, pd.Series] = field(default_factory=dict)

    @property
    def control(self) -> str:
        """The control arm."""
        return self.arms[0]

    @property
    def likely(self) -> dict[str, int]:
        """Unequal parts of the arms that the customers of a broken split fit, where equal ones were due; else empty."""
        counts = self.ratio["customers"].tolist()
        if self.clue is None or self.ratio["due_share"].nunique() > 1 or any(map(too_few, counts)):
            return {}
        return dict(zip(self.ratio["arm"], likely_parts(counts), strict=False))

    @property
    def dated(self) -> bool:
        """Whether the draws have times."""
        return bool(self.customers["time"].notna().any())

    def drawn(self, end: pd.Timestamp) -> tuple[int, float]:
        """Customers drawn before ``end`` and in how many days: their pace, however long ago the last was drawn.

        A week at least, since a day's draw says little of a pace. Only where the draws are dated.
        """
        time = self.customers["time"][(self.customers["time"] < end).to_numpy(dtype=bool)]
        if time.empty:
            return 0, SHORTEST
        return len(time), max((min(time.max().ceil("D"), end) - time.min()).total_seconds() / 86400, SHORTEST)


def draw(assignments: pd.DataFrame, plan: Plan, timezone: str = "UTC",
         segments: dict[str, dict[str, pd.Series]] | None = None) -> list[Trial]:
    """Every experiment of the table ``assignments``, guarded, by name; none where nobody was drawn yet.

    Args:
        timezone: of the shop, for the days on which a split broke.
        segments: by experiment, the groups of its customers (``segments.segments``), for whom effects are told apart and
            among whom a broken split is looked into.

    Raises:
        ParameterError: the plan names an arm or an experiment that is not there.
    """
    if assignments.empty:  # a week before the first experiment: nothing that the plan names can be there yet
        return []
    arms, names = (set(assignments[word].unique()) for word in ("arm", "experiment"))
    if plan.control and plan.control not in arms:
        raise ParameterError(f"control is {plan.control!r}, and no experiment has such an arm; "
                             f"there are {', '.join(sorted(arms))}")
    for word, named in (("shares", plan.shares), ("designs", plan.designs)):
        for unknown in sorted(set(named) - names):  # it may not have begun; the finding says so
            if meant := did_you_mean(unknown, names):
                raise ParameterError(f"{word} names the experiment {unknown!r}, and nobody was drawn into it up to this "
                                     f"week;{meant} There are {', '.join(sorted(names))}")
    return [_guard(name, part, plan, timezone, (segments or {}).get(name, {}))
            for name, part in assignments.groupby("experiment", sort=True)]


def _guard(name: str, rows: pd.DataFrame, plan: Plan, timezone: str, groups: dict) -> Trial:
    arms = sorted(rows["arm"].unique())
    control, chosen = plan.control_of(arms)
    arms = [control, *(arm for arm in arms if arm != control)]
    due = plan.due(name, arms)
    customers, left_out = _once(rows)
    ratio = _ratio(name, customers, due)
    trial = Trial(name, arms, chosen, customers, left_out, ratio, groups=groups)
    if len(due) < 2:
        return replace(trial, withheld=f"there is only one arm, “{control}”: nothing to compare it with")
    if len(customers) > 1 and ratio["customers"].max() <= 1:
        return replace(trial, withheld="every arm holds a single row, as where customers were summed up; what is read is "
                                       "one row a customer, with its arm and what it did. Of a yes or no the sums are "
                                       "enough: 'counts' in source.yml names the column of the customers")
    if ratio["p_value"].iloc[0] < RATIO_ALARM:
        clue = where_it_broke(customers, due, timezone, groups)
        return replace(trial, withheld=_broken(ratio), clue=clue)
    if customers["arm"].nunique() < len(arms):
        return replace(trial, withheld="an arm has no customers left after the checks")
    return trial


def _once(rows: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """One row a customer: those in two arms leave, of repeated draws the first stays."""
    left_out, twice = {}, rows["customer"].duplicated(keep=False).to_numpy()
    several = rows[twice]  # few, and grouping millions of customers takes a minute
    crossed = several.loc[(several.groupby("customer")["arm"].transform("nunique") > 1).to_numpy(), "customer"].unique()
    left_out[TWO_ARMS] = len(crossed)
    if len(crossed):
        rows = rows[~rows["customer"].isin(crossed).to_numpy()]
    rows = rows[["customer", "arm", "time"]].sort_values("time", kind="stable", na_position="last")
    first = rows.drop_duplicates("customer") if len(several) else rows
    left_out[AGAIN] = len(rows) - len(first)
    left_out[NO_TIME] = 0
    if first["time"].notna().any():
        left_out[NO_TIME] = int(first["time"].isna().sum())
        first = first[first["time"].notna().to_numpy()]
    customers = first.sort_values("customer", ignore_index=True)
    return customers, {reason: count for reason, count in left_out.items() if count}


def _ratio(name: str, customers: pd.DataFrame, due: dict[str, float]) -> pd.DataFrame:
    counts = customers["arm"].value_counts().reindex(list(due), fill_value=0).astype(int)
    total = int(counts.sum())
    p_value = ratio_p_value(counts.tolist(), list(due.values()))
    return pd.DataFrame({
        "experiment": name, "arm": list(due), "customers": counts.to_numpy(),
        "due": [share * total for share in due.values()], "share": counts.to_numpy() / max(total, 1),
        "due_share": list(due.values()), "p_value": p_value})


def _broken(ratio: pd.DataFrame) -> str:
    due = not any(map(too_few, ratio["customers"]))  # else what is due would let the small arm be computed
    got = ", ".join(f"{told(row.customers)} in “{row.arm}”" + f" ({row.due:,.0f} due)" * due for row in ratio.itertuples())
    return f"the split is broken: {got}; so far off by chance in {_odds(ratio['p_value'].iloc[0])}"


def _odds(p_value: float) -> str:
    """``one of 1,000 tests``: a small probability as people say it.

    >>> _odds(2e-4), _odds(1e-12)
    ('one of 5,000 tests', 'less than one of a billion tests')
    """
    if p_value < 1e-9:
        return "less than one of a billion tests"
    return f"one of {float(f'{1 / p_value:.1g}'):,.0f} tests"
