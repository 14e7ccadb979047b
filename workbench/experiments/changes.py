"""Changes that nobody was drawn for: the groups they came to, week by week, against the others; and their finding."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.behaviour.clock import wall
from workbench.engine import arrow
from workbench.errors import TableError
from workbench.experiments.before_after import BeforeAfter, difference_in_differences, interrupted
from workbench.experiments.tables import p_text
from workbench.figures import experiments as charts
from workbench.findings import Exhibit, Finding
from workbench.privacy.suppress import People
from workbench.readable import numeral
from workbench.tables import Week

if TYPE_CHECKING:
    import ibis.expr.types as ir

SMALLEST = 2  # customers a week, on average before the change, that a group needs
NOTHING = 0.5  # added to every count, so that a week without any has a logarithm
BUY = "buy"
WHO = {"view": "customers who looked", "favourite": "customers who marked a favourite",
       "cart": "customers who filled a cart", BUY: "customers who bought"}
LABELS = {"change": "Change", "who": "Counted", "effect": "More than elsewhere | +.1%", "ci_lower": "95% interval | +.1%",
          "ci_upper": "to | +.1%", "p_value": "p", "naive": "Bare before and after | +.1%",
          "affected": "Groups with it | ,.0f", "others": "Without | ,.0f", "weeks": "Weeks before and with it",
          "placebo": "Placebo test | +.1%", "placebo_p": "its p"}
GROUP_LABELS = {"change": "Change", "group": "Group", "with_it": "Change came", "before": "Customers a week before | ,.1f",
                "after": "with it | ,.1f", "moved": "Moved | +.1%"}
CAPTION = ("Customers who did what the change is about, week by week, as a geometric mean over the groups, in which a "
           "small group counts for less; 100 is the mean of the weeks before the change. Only the gap that opens between "
           "the lines at the change is its effect.")
WARNING = ("Nobody was drawn: whatever else came to these groups at the same time is in the effect too, and no placebo test "
           "can tell. To be sure, draw customers into a test.")


@dataclass(frozen=True)
class Change:
    """One change, read: ``who`` is counted. ``weekly``: ``line, week, value``; ``groups``: one row a group; ``small``: left
    out; ``refused``: why it cannot be read.
    """

    name: str
    who: str
    told: BeforeAfter | None
    weekly: pd.DataFrame
    groups: pd.DataFrame
    weeks: tuple[int, int] = (0, 0)
    small: int = 0
    refused: str = ""


def read_changes(changes: pd.DataFrame, tables: dict[str, "ir.Table"], week: Week) -> list[Change]:
    """Every change of the table ``changes``, by name.

    A change that cannot be read (it has several dates, came to a group that is not there, ...) says why in ``refused``; the
    others are read all the same.

    Args:
        tables: ``events`` and ``orders`` of the engine, as far as they are there.
    """
    found = []
    for name, rows in changes.groupby("change", sort=True):
        try:
            found.append(_read(name, rows, tables, week))
        except TableError as error:
            who = WHO[rows["behaviour"].fillna(BUY).iloc[0]]
            found.append(Change(name, who, None, pd.DataFrame(), pd.DataFrame(), refused=str(error)))
    return found


def _read(name: str, rows: pd.DataFrame, tables: dict, week: Week) -> Change:
    for column, what in (("time", "dates"), ("by", "ways to tell groups apart"), ("behaviour", "behaviours")):
        if rows[column].nunique() > 1:
            several = ", ".join(map(str, sorted(set(rows[column].dropna()))[:3]))
            raise TableError(f"it has several {what}: {several}; give one, and other changes other names")
    by, since, behaviour = rows["by"].iloc[0], rows["time"].iloc[0], rows["behaviour"].fillna(BUY).iloc[0]
    wide, monday = _customers(tables, by, behaviour, week), _monday(since, week.source.timezone)
    partial = pd.Timestamp(since).tz_convert(week.source.timezone).tz_localize(None) > monday
    wide = wide.drop(columns=monday, errors="ignore") if partial else wide  # half with, half without it
    before = wide.columns < monday
    large = wide.loc[:, before].mean(axis=1) >= SMALLEST
    affected = rows["affected"].dropna().tolist()
    if unknown := sorted(set(affected) - set(wide.index)):
        raise TableError(f"it came to the {by} {unknown[0]!r}, which no customer is counted for; there are "
                         f"{', '.join(map(str, wide.index[:8]))}")
    kept = wide[large.to_numpy()]
    here = kept.index.isin(affected) if affected else np.ones(len(kept), bool)
    weeks = int(before.sum()), int((~before).sum())
    small = int((~large).sum())
    told = _told(kept + NOTHING, kept.index[here].tolist(), monday, bool(affected))
    weights = np.array([told.weights.get(group, 1.0) for group in kept.index])
    lines, groups = _lines(kept, here, before, weights), _groups(kept, here, before)
    return Change(name, WHO[behaviour], told, lines, groups, weeks, small)


def _told(counts: pd.DataFrame, here: list[str], monday: pd.Timestamp, compared: bool) -> BeforeAfter:
    logs = np.log(counts)
    if not compared:
        return interrupted(logs.mean(), monday)
    panel = logs.rename_axis(index="group", columns="period").stack().rename("value").reset_index()
    return difference_in_differences(panel, here, monday, noise=1 / counts.mean(axis=1))


def _customers(tables: dict[str, "ir.Table"], by: str, behaviour: str, week: Week) -> pd.DataFrame:
    """Customers who did it, a row a group and a column a whole week (its Monday), zeros where nobody did."""
    logs = ("orders", "events") if behaviour == BUY else ("events",)  # only events know of anything but orders
    log = next((tables[name] for name in logs if name in tables and by in tables[name].columns), None)
    if log is None:
        raise TableError(f"groups are told apart by {by}, and what is counted is {behaviour!r}: {' or '.join(logs)} with a "
                         f"column {by!r} are needed; there are {', '.join(tables) or 'no logs'}")
    bought = log["quantity"] > 0 if "quantity" in log.columns else log["behaviour"] == behaviour
    mine = log.filter(bought & log[by].notnull() & log["customer"].notnull())
    mine = mine.mutate(week=wall(mine["time"], week).truncate("W"), group=mine[by])
    counts = arrow(mine.group_by("group", "week").aggregate(customers=mine["customer"].nunique())).to_pandas()
    if counts.empty:
        raise TableError(f"no customer of {' or '.join(logs)} did {behaviour!r} by the end of {week.week}; a change is read "
                         "from what customers did before and after it")
    wide = counts.pivot(index="group", columns="week", values="customers").astype(float).fillna(0.0)
    last = _monday(week.start, week.source.timezone)
    wide = wide.reindex(columns=pd.date_range(wide.columns.min(), last, freq="7D"), fill_value=0.0)
    first = arrow(log.aggregate(first=log["time"].min())).to_pandas()["first"].iloc[0]
    opened = first.tz_convert(week.source.timezone).tz_localize(None)  # a log that begins within a week has half of it
    return wide.loc[:, wide.columns >= opened.normalize()]


def _monday(time: pd.Timestamp, timezone: str) -> pd.Timestamp:
    day = pd.Timestamp(time).tz_convert(timezone).tz_localize(None).normalize()
    return day - pd.Timedelta(days=day.weekday())


def _lines(wide: pd.DataFrame, here: np.ndarray, before: np.ndarray, weights: np.ndarray) -> pd.DataFrame:
    logs, rows = np.log(wide + NOTHING), []
    for line, mine in (("with the change", here), ("without it", ~here)):
        if mine.any():
            mean = pd.Series(np.average(logs[mine], axis=0, weights=weights[mine]), logs.columns)
            rows.append(pd.DataFrame({"line": line, "week": [f"{day:%Y-%m-%d}" for day in wide.columns],
                                      "value": 100 * np.exp(mean - mean[before].mean()).to_numpy(), "with_it": ~before}))
    return pd.concat(rows, ignore_index=True)


def _groups(wide: pd.DataFrame, here: np.ndarray, before: np.ndarray) -> pd.DataFrame:
    logs = np.log(wide + NOTHING)
    moved = np.exp(logs.loc[:, ~before].mean(axis=1) - logs.loc[:, before].mean(axis=1)) - 1
    table = pd.DataFrame({"group": wide.index, "with_it": np.where(here, "yes", "no"),
                          "before": wide.loc[:, before].mean(axis=1).to_numpy(),
                          "after": wide.loc[:, ~before].mean(axis=1).to_numpy(), "moved": moved.to_numpy()})
    return table.sort_values("moved", ascending=False, ignore_index=True)


def sentence(change: Change) -> str:
    """What a change did, with the warning that belongs to it."""
    if change.told is None:
        return f"“{change.name}” cannot be read: {change.refused}."
    told, where = change.told, "elsewhere" if change.told.others else "a year before"
    low, high = _percent(told.low), _percent(told.high)
    effect = f"{_percent(told.effect)[1:]} {'more' if told.effect > 0 else 'fewer'}"
    base = f"{told.treated} groups against {told.others}" if told.others else "all groups, by their own year before"
    did = change.who.replace(" who ", " ")  # 5% more customers bought
    words = (f"Since “{change.name}” {effect} {did} where it came, beyond what changed {where} (95% interval "
             f"{low} to {high}; {base}; the bare before/after difference is {_percent(told.naive)})")
    if not told.trustworthy:
        return (f"Do not read “{change.name}” as an effect: already before it the groups moved apart by "
                f"{_percent(told.placebo)} (placebo test, p {p_text(told.placebo_p_value)}). {words}.")
    return f"{words}{'' if told.low * told.high > 0 else ': within chance'}."


def table(changes: list[Change]) -> pd.DataFrame:
    """One row a change that can be read; changes as shares of the value before."""
    rows = [(c.name, c.who, *(math.expm1(x) for x in (c.told.effect, c.told.low, c.told.high)), p_text(c.told.p_value),
             math.expm1(c.told.naive), c.told.treated, c.told.others, f"{c.weeks[0]} and {c.weeks[1]}",
             math.expm1(c.told.placebo), p_text(c.told.placebo_p_value)) for c in changes if c.told]
    return pd.DataFrame(rows, columns=list(LABELS))


def groups(changes: list[Change]) -> pd.DataFrame:
    """Every group: buyers a week before and with the change."""
    parts = [change.groups.assign(change=change.name) for change in changes if change.told]
    return pd.concat(parts, ignore_index=True)[list(GROUP_LABELS)] if parts else pd.DataFrame(columns=list(GROUP_LABELS))


def figure(changes: list[Change]):
    """Where the change came and where not, week by week."""
    return charts.before_after([(change.name, change.weekly) for change in changes if change.told])


def finding_of_changes(changes: list[Change], sources: list[str]) -> Finding:
    """The finding of ``51_before_after``."""
    shown = [change for change in changes if change.told]
    sure = [f"{c.name}: {c.small:,} groups with fewer than {SMALLEST} such customers a week before it were left out."
            for c in changes if c.small]
    sure.append("Difference in differences of logarithms, each group taken as one, so that weeks that resemble each other "
                "do not count as many (t test). Groups drift by themselves, and small ones move by chance besides: a group "
                "counts by how little it does of both. Placebo test: the same on a change that never was, in the middle of "
                "the time before. Where a change came to all groups: the same weeks a year before stand in for the others.")
    if len(shown) > 1:
        sure.append(f"{len(shown)} changes are read, each by itself: without any effect one in twenty would look like one.")
    exhibits = [Exhibit("Every group", "Customers who did it, a week on average, before and with the change. Without a "
                        "change groups move, too: that is what the effect is held against.", table=groups(shown),
                        labels=GROUP_LABELS, people=People(("before", "after"), ("moved",)))] if shown else []
    return Finding(
        notebook="51_before_after", question="What did changes without a test do?",
        sentence=" ".join(map(sentence, changes)) or "No change had been declared by the end of the week.",
        table=table(changes), labels=LABELS, figure=figure(changes) if shown else None, caption=CAPTION,
        sources=["changes", *sources], how_sure=sure, caveats=[WARNING] if shown else [], exhibits=exhibits)


def _percent(log: float) -> str:
    return f"{numeral(100 * math.expm1(log), '+.1f')}%"
