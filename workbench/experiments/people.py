"""The customers of every experiment with all that is measured of them: one scan of the logs, then small tables.

The engine makes days of customers (``logs.deeds``), once for all experiments. From them come, of each experiment, the
moments of every metric by arm, week of the draw and segment (``scan.scan``); one number a customer and metric, for what
needs the customers themselves (regression on the past, quantiles, uplift); and of the metric that decides the dated deeds.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.engine import arrow, kept, moments
from workbench.experiments.calendar import calendar
from workbench.experiments.logs import AFTER, BEFORE, EARLIER, READ, RETAINED, SPANS, Logged, deeds, logged, sums
from workbench.experiments.metrics import DECISION, OUTCOME, PROPORTION, Deeds, Measured, instant, instants
from workbench.experiments.outcomes import from_outcomes, is_before
from workbench.experiments.plan import Plan
from workbench.experiments.scan import DROP, ERROR, Column, scan
from workbench.experiments.trials import Trial
from workbench.tables import Week, week_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

UNDATED = ("its draws are not dated, so nothing can be counted from the logs, before the draw or after it, and there is no "
           "reading day by day, nor of when the split held.")


@dataclass(frozen=True)
class People:
    """What is measured of the customers of one trial: ``measured``, the metric that decides first; what was ``before`` the
    draw; and ``notes`` on what was assumed or left out.
    """

    measured: list[Measured]
    before: list[Measured]
    notes: list[str]


@dataclass(frozen=True)
class Log:
    """The days of customers of all dated trials (``logs.deeds``), kept in the engine, and their sums.

    ``names`` of the trials: in the tables stands the place among them, a fifth cheaper to group by. ``paces``: one row an
    experiment, phase and day: ``at`` and the sums. ``metrics``: all that the logs may allow.
    """

    names: tuple[str, ...]
    days: "ir.Table"
    paces: pd.DataFrame
    metrics: list[Logged]
    there: tuple[str, ...]

    def of(self, name: str, phase: int) -> pd.DataFrame:
        """The paces of one experiment and phase."""
        return self.paces[((self.paces["experiment"] == self.names.index(name)) & (self.paces["phase"] == phase)
                           ).to_numpy(dtype=bool)]

    def days_of(self, name: str, phase: int) -> "ir.Table":
        """The days of one experiment and phase."""
        return self.days.filter((self.days["experiment"] == self.names.index(name)) & (self.days["phase"] == phase))


def gather(trials: list[Trial], tables: dict, plan: Plan, week: Week) -> list[People]:
    """Everything that is measured of the customers of each trial.

    Args:
        tables: ``events`` and ``orders`` as Ibis tables (frames go too), ``outcomes`` as a frame; as far as they are there.
    """
    log = _read(trials, tables, plan, week)
    found = []
    for trial in trials:
        recorded, early, notes = _recorded(trial, tables.get("outcomes"), plan, week)
        trial = replace(trial, groups=trial.groups | _flags(trial, early))
        if log is None or not trial.dated:
            notes = notes if trial.dated else [*notes, UNDATED]
            table, columns = _scannable(trial, recorded, _cut(trial, plan, week), week)
            told = _with_moments(recorded, table, ["arm", "week", *trial.groups], columns)
            found.append(_cast(People(told, early, notes), plan))
        else:
            found.append(_with_logs(trial, log, People(recorded, early, notes), plan, week))
    return found


def matrix(before: list[Measured], customers: int) -> np.ndarray:
    """The numbers of each customer from before the draw, those of ratios as two; constant ones and doubles left out.

    Shape (customers, k); k may be 0.
    """
    columns = [column for each in before for column in each.values(customers) if column is not None]
    columns = {column.tobytes(): column for column in columns if np.ptp(column) > 0}
    return np.column_stack([*columns.values()] or [np.empty((customers, 0))])


def _read(trials: list[Trial], tables: dict, plan: Plan, week: Week) -> Log | None:
    """One scan of the logs for all dated trials; None where there is nothing to scan."""
    import ibis

    logs = {name: table if not isinstance(table, pd.DataFrame) else ibis.memtable(table)
            for name, table in tables.items() if name in READ[:2]}
    dated = [trial for trial in trials if trial.dated]
    if not logs or not dated:
        return None
    drawn = pd.concat([pd.DataFrame({
        "experiment": np.int16(place), "row": np.arange(len(trial.customers), dtype=np.int32),
        "customer": trial.customers["customer"], "time": trial.customers["time"], "cut": _cut(trial, plan, week)})
        for place, trial in enumerate(dated)], ignore_index=True)
    days = kept(deeds(ibis.memtable(drawn), logs, week))
    paces = _summed(days, ["experiment", "phase", "day"], sums(logs))
    paces = paces.sort_values(["experiment", "phase", "at"], ignore_index=True)
    return Log(tuple(trial.name for trial in dated), days, paces, logged(logs, week.source.currency), tuple(logs))


def _cut(trial: Trial, plan: Plan, week: Week) -> pd.Timestamp:
    """The first moment that does not count: a trial is read as of its planned end."""
    return calendar(trial, plan.design(trial.name), week.source.timezone, week.end).until(week.end)


def _recorded(trial: Trial, outcomes: pd.DataFrame | None, plan: Plan,
              week: Week) -> tuple[list[Measured], list[Measured], list[str]]:
    """Metrics of the table ``outcomes``, those of before the draw, and notes."""
    if outcomes is None:
        return [], [], []
    of = (outcomes["experiment"] == trial.name).to_numpy(dtype=bool)
    mine = outcomes if of.all() else outcomes[of]  # a copy of millions of rows is made only where one is needed
    past = is_before(mine["metric"])
    found, notes = from_outcomes(trial.customers, mine[~past] if past.any() else mine, plan.missing, week.source.currency)
    if not past.any():
        return found, [], notes
    undated = trial.customers.assign(time=trial.customers["time"].mask(trial.customers["time"].notna()))
    # What is known of a customer stands beside each of his visits, where outcomes come visit by visit: it counts once.
    known = mine[past].drop_duplicates(["customer", "metric", "value", "base"])
    early, _ = from_outcomes(undated, known, "zero", week.source.currency)
    return found, early, notes


def _flags(trial: Trial, early: list[Measured]) -> dict[str, pd.Series]:
    """Groups of customers by what was recorded of them as a yes or no from before the draw."""
    return {each.metric.name: pd.Series(np.where(each.values(len(trial.customers))[0] > 0, "yes", "no"),
                                        trial.customers["customer"]) for each in early if each.metric.kind == PROPORTION}


def _with_logs(trial: Trial, log: Log, recorded: People, plan: Plan, week: Week) -> People:
    there = {each.metric.name for each in recorded.measured}
    pace, past = log.of(trial.name, AFTER), log.of(trial.name, BEFORE)
    lived = (trial.customers["time"] + pd.Timedelta(days=SPANS[3]) <= _cut(trial, plan, week)).to_numpy(dtype=bool)
    wanted = [each for each in log.metrics if each.metric.name not in there and _some(each, pace)
              and (each.metric is not RETAINED or lived.any())]
    known = [each for each in log.metrics if _some(each, past) and each.metric is not RETAINED]
    names = [each.metric.name for each in (*recorded.measured, *wanted)]
    deciding = plan.deciding(names) if names else ""
    rows = {phase: _rows(log, trial, phase) for phase in (AFTER, BEFORE)}
    measured = [_measured(each, _dated(log, trial, each) if each.metric.name == deciding else rows[AFTER], pace,
                          lived if each.metric is RETAINED else None) for each in wanted]
    before = [_measured(each, rows[BEFORE], past, None) for each in known]
    table, columns = _scannable(trial, recorded.measured, _cut(trial, plan, week), week)
    for phase, part in ((AFTER, wanted), (BEFORE, known)):
        table, more = _joined(table, log, trial, phase, part)
        columns += more
    found = _with_moments([*recorded.measured, *measured, *before], table, ["arm", "week", *trial.groups], columns)
    split = len(recorded.measured) + len(measured)
    return _cast(People(found[:split], [*recorded.before, *found[split:]], [*recorded.notes, *_early(trial, log)]), plan)


def _some(each: Logged, pace: pd.DataFrame) -> bool:
    """Whether there is any of what the metric needs."""
    return all(pace[name].sum() > 0 for name in each.needs)


def _rows(log: Log, trial: Trial, phase: int) -> pd.DataFrame:
    """One row a customer who did something in the phase: ``row, at`` and the sums."""
    mine = log.days_of(trial.name, phase)
    return _summed(mine, ["row"], sums(log.there)).sort_values("row", ignore_index=True)


def _summed(days: "ir.Table", by: list[str], names: list[str]) -> pd.DataFrame:
    """``by``, ``at`` (UTC, of the first deed) and the sums as floats."""
    at = moments(days["moment"].min(), days.get_backend().name)
    return arrow(days.group_by(by).aggregate(at=at, **{name: _sum(days[name]) for name in names})).to_pandas()


def _sum(column: "ir.NumericColumn") -> "ir.NumericScalar":
    return column.cast("float64").sum()


def _dated(log: Log, trial: Trial, each: Logged) -> pd.DataFrame:
    """The days on which customers of the trial did what the metric counts, from the draw on."""
    columns = [name for name in dict.fromkeys((each.value, each.base, each.paced)) if name]
    mine = log.days_of(trial.name, AFTER)
    told = mine[columns[0]] != 0
    for name in columns[1:]:
        told = told | (mine[name] != 0)
    mine = mine.filter(told).select("row", *columns, at=moments(mine["moment"], mine.get_backend().name))
    return arrow(mine).to_pandas().sort_values(["row", "at"], ignore_index=True)


def _measured(each: Logged, rows: pd.DataFrame, pace: pd.DataFrame, known: np.ndarray | None) -> Measured:
    steps = instants(pace["at"]), pace[each.paced].to_numpy(dtype=float)

    def told(name: str) -> Deeds:
        some = (rows[name] != 0).to_numpy(dtype=bool)
        return Deeds(rows["row"].to_numpy()[some], instants(rows["at"])[some], rows[name].to_numpy(dtype=float)[some],
                     each.once, pace=steps)

    return Measured(each.metric, told(each.value), told(each.base) if each.base else None, known)


def _early(trial: Trial, log: Log) -> list[str]:
    past = pd.concat([log.of(trial.name, phase) for phase in (EARLIER, BEFORE)])
    told = [f"{past[count].sum():,.0f} {rows}" for name, count, rows in (("events", "events", "events"),
                                                                       ("orders", "lines", "order lines"))
            if name in log.there and past[count].sum()]
    return [f"{' and '.join(told)} of its customers lie before the draw: they are no effect, and only sharpen it."] if told \
        else []


def _scannable(trial: Trial, recorded: list[Measured], cut: pd.Timestamp, week: Week) -> tuple["ir.Table", list[Column]]:
    """The customers who count, ``row, lived, arm, week`` (of the draw, UTC), their groups, and what was recorded of them."""
    import ibis

    customers = trial.customers
    frame = pd.DataFrame({
        "row": np.arange(len(customers), dtype=np.int32), "arm": customers["arm"].astype("string"),
        "week": week_of(customers["time"], "UTC"),
        "lived": (customers["time"] + pd.Timedelta(days=SPANS[3]) <= cut).fillna(False).astype(bool)})
    for name, of in trial.groups.items():
        frame[name] = customers["customer"].map(of).astype("string")
    columns = []
    for place, each in enumerate(recorded):
        value, base = f"recorded_{place}", f"measured_on_{place}" if each.denominator else ""
        late = cut < week.end and not np.isnat(each.numerator.time).all()  # what came after the planned end does not count
        for name, numbers in zip(filter(None, (value, base)), each.values(len(customers), instant(cut) if late else None),
                                 strict=False):
            frame[name] = pd.array(numbers if each.known is None else np.where(each.known, numbers, np.nan), dtype="Float64")
        columns.append(Column(each.metric, value, base, ERROR if each.known is None else DROP))
    there = np.ones(len(frame), bool) if not trial.dated else instants(customers["time"]) < instant(cut)
    return ibis.memtable(frame[there]), columns


def _joined(table: "ir.Table", log: Log, trial: Trial, phase: int, metrics: list[Logged]) -> tuple["ir.Table", list[Column]]:
    """The customers with the sums of a phase that the metrics are made of; who did nothing has zeros."""
    import ibis

    mine = log.days_of(trial.name, phase)
    names = dict.fromkeys(name for each in metrics for name in (each.value, each.base) if name)
    sums = mine.group_by("row").aggregate(**{f"{name}_{phase}": _sum(mine[name]) for name in names})
    wide = table.left_join(sums, "row")
    table = wide.select(*table.columns, **{f"{name}_{phase}": wide[f"{name}_{phase}"].fill_null(0.0) for name in names})
    table = table.mutate(**{f"any_{each.value}_{phase}": (table[f"{each.value}_{phase}"] > 0).cast("float64")
                            for each in metrics if each.once})
    if phase == AFTER and "back" in names:
        table = table.mutate(any_back_2=ibis.ifelse(table["lived"], table["any_back_2"], None))
    return table, [Column(each.metric, f"{'any_' * each.once}{each.value}_{phase}",
                          f"{each.base}_{phase}" if each.base else "", DROP if each.metric is RETAINED else ERROR)
                   for each in metrics]


def _with_moments(measured: list[Measured], table: "ir.Table", by: list[str], columns: list[Column]) -> list[Measured]:
    """The metrics with the moments of one scan."""
    if not measured:
        return []
    found = scan(table, by, [replace(column, metric=replace(column.metric, name=str(place)))  # names repeat over the phases
                             for place, column in enumerate(columns)])
    return [replace(each, moments=found[(found["metric"] == str(place)).to_numpy(dtype=bool)].drop(columns="metric"))
            for place, each in enumerate(measured)]


def _cast(people: People, plan: Plan) -> People:
    """One of the metrics in the role of deciding, and first."""
    if not people.measured:
        return people
    decides = plan.deciding([each.metric.name for each in people.measured])
    cast = [each.as_role(DECISION if each.metric.name == decides else
                         OUTCOME if each.metric.role == DECISION else each.metric.role) for each in people.measured]
    return replace(people, measured=sorted(cast, key=lambda each: each.metric.role != DECISION))
