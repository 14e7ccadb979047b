"""Experiments that are looked at every week: false positives and power of every way to read them: ``... --help``.

``peeking`` are walks of a test statistic. ``weekly`` are whole tests, customers drawn and buying over the weeks. Where a
plain test finds something (no reading finds more, as none has a laxer level) its p value is held against the workbench's,
to 1e-9, and the workbench says at which level it is read.
"""

import numpy as np
import pandas as pd
from scipy import stats

from tests.benchmarks._blocks import command, each, simulated
from tests.benchmarks.coverage import MONEY
from workbench.experiments import Plan, draw, sequential
from workbench.experiments.calendar import calendar
from workbench.experiments.effects import against_control
from workbench.experiments.logs import CONVERSION
from workbench.experiments.looks import Look
from workbench.experiments.metrics import Deeds, Measured, instant, instants
from workbench.experiments.plan import AT_THE_END, Design

START = pd.Timestamp("2026-09-07", tz="UTC")
DRAWN, WEEKS, WANTED = 1200, 8, 900  # customers over so many weeks; a plan in customers, that is reached when 95% are drawn
DESIGNS = {"one look, 8 weeks": Design(weeks=WEEKS, looks=AT_THE_END), "planned 8 weeks": Design(weeks=WEEKS),
           "one look, 900 customers": Design(customers=WANTED, looks=AT_THE_END),
           "planned 900 customers": Design(customers=WANTED), "unplanned": Design()}
#: what customers do, the metric, and by how much better the new arm is where there is an effect, so that one look at 900
#: customers finds it about 4 times in 5
HABITS = {"buy once, soon": (CONVERSION, 1.4), "buy again and again": (MONEY, 1.21),
          "some buy much, most nothing": (MONEY, 2.0)}


def peeking(asked) -> pd.DataFrame:
    """Ten looks: how often each method stops without an effect, and with one that a fixed test finds 4 times in 5."""
    rng, looks = np.random.default_rng(2), 10
    at = np.arange(1, looks + 1) / looks
    walk = np.cumsum(rng.normal(size=(10 * asked.runs, looks)), 1) / np.sqrt(np.arange(1, looks + 1))
    drift = (stats.norm.isf(.025) + stats.norm.isf(.2)) * np.sqrt(at)
    bars = {"naive: first p < .05": np.full(looks, stats.norm.isf(.025)),
            "alpha spending": stats.norm.isf(np.array(sequential.planned_levels(tuple(at), tuple(at))) / 2),
            "confidence sequence": np.array([stats.norm.isf(sequential.sequence_level(share) / 2) for share in at]),
            "one look at the end": np.r_[np.full(looks - 1, np.inf), stats.norm.isf(.025)]}
    rows = []
    for name, bar in bars.items():
        hit = walk + drift > bar
        first = np.where(hit.any(1), hit.argmax(1), looks - 1)
        told = (walk + drift)[np.arange(len(walk)), first] / np.sqrt(at[first])
        found = hit.any(1)
        rows.append((name, (np.abs(walk) > bar).any(1).mean(), found.mean(), (told[found] / drift[-1]).mean(),
                     (at[first][found]).mean()))
    return pd.DataFrame(rows, columns=["method", "false positives", "power", "estimate / truth", "share of the time needed"])


def weekly(asked) -> pd.DataFrame:
    """Whole tests read at eight week ends: how many ever find an effect, without one, and with one (a tenth of the runs)."""
    rows = []
    for habit, (metric, more) in HABITS.items():
        for what, by, runs in (("none", 1.0, asked.runs), ("yes", more, asked.runs // 10)):
            def one(rng, habit=habit, metric=metric, by=by) -> list[bool]:
                return _found(*_life(rng, metric, habit, by))

            found = simulated(asked, f"weekly {habit} {by}", each(one), runs).mean(0)
            rows.append((habit, what, runs, *found))
    return pd.DataFrame(rows, columns=["customers", "effect", "tests", "naive", *DESIGNS])


def _life(rng, metric, habit: str, by: float) -> tuple[pd.DataFrame, Measured]:
    """Customers drawn over the weeks, ``customer, arm, time``, and what they bought until the end."""
    drawn, new = np.sort(rng.uniform(0, WEEKS * 7, DRAWN)), rng.permutation(np.arange(DRAWN) % 2)
    if habit == "buy once, soon":
        row = np.flatnonzero(rng.random(DRAWN) < .2 * np.where(new, by, 1))
        day, amount = drawn[row] + rng.exponential(1, len(row)), np.ones(len(row))
    else:
        rate = np.full(DRAWN, .08) if habit == "buy again and again" else rng.gamma(.1, .8, DRAWN)
        row = np.repeat(np.arange(DRAWN), rng.poisson(rate * (WEEKS * 7 - drawn)))
        day, amount = rng.uniform(drawn[row], WEEKS * 7), rng.lognormal(3, .5, len(row)) * np.where(new[row], by, 1)
    time = instant(START) + (day * 86_400e6).astype("timedelta64[us]")
    frame = pd.DataFrame({"customer": np.arange(DRAWN), "arm": np.array(["0", "1"], dtype=object)[new],
                          "time": START + pd.to_timedelta((drawn * 86_400e6).astype("int64"), unit="us")})
    return frame, Measured(metric, Deeds(row, time, amount, once=metric is CONVERSION))


def _found(customers: pd.DataFrame, measured: Measured) -> list[bool]:
    """Whether a plain test and each of :data:`DESIGNS` find an effect at the end of any week."""
    ends = [START + pd.Timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    p_values = dict(zip(ends, _plain(customers, measured, ends), strict=True))
    found, hits = dict.fromkeys(DESIGNS, False), [end for end in ends if p_values[end] < .05]
    if hits:
        frame = customers.assign(experiment="test", customer=customers["customer"].map("c{:05d}".format))
        trial = draw(frame, Plan(control="0"))[0]
        told = against_control(measured, trial.customers, trial.arms, Look(before=instant(hits[-1])))["1"].p_value
        if not np.isclose(told, p_values[hits[-1]], rtol=1e-9, atol=0):
            raise SystemExit(f"the p value of this benchmark, {p_values[hits[-1]]}, is not that of against_control: {told}")
    for end in hits[::-1]:  # most are found at the end
        for name, design in DESIGNS.items():
            when = calendar(trial, design, "UTC", end)
            if not (found[name] or when.after or (design.looks == AT_THE_END and when.early)):
                found[name] = p_values[end] < when.look(measured, trial.customers).level
    return [bool(hits), *found.values()]


def _plain(customers: pd.DataFrame, measured: Measured, ends: list[pd.Timestamp]) -> np.ndarray:
    """The p value of the test of one look at each of these moments: the same as the workbench's, all at once."""
    until, deeds = np.array([instant(end) for end in ends]), measured.numerator
    week = np.searchsorted(until, deeds.time, "right")
    sums = np.bincount(week * DRAWN + deeds.row, deeds.amount, (len(ends) + 1) * DRAWN).reshape(-1, DRAWN)[:-1].cumsum(0)
    values = (sums > 0).astype(float) if deeds.once else sums
    drawn = instants(customers["time"]) < until[:, None]
    arms = [drawn & (customers["arm"] == arm).to_numpy() for arm in ("0", "1")]
    sizes = [arm.sum(1) for arm in arms]
    means = [(values * arm).sum(1) / size for arm, size in zip(arms, sizes, strict=True)]
    if measured.metric is CONVERSION:
        share = sum(mean * size for mean, size in zip(means, sizes, strict=True)) / sum(sizes)
        error = np.sqrt(share * (1 - share) * sum(1 / size for size in sizes))
        return 2 * stats.norm.sf(np.abs(means[1] - means[0]) / error)
    parts = [(((values - mean[:, None]) * arm) ** 2).sum(1) / (size - 1) / size
             for mean, arm, size in zip(means, arms, sizes, strict=True)]
    degrees = sum(parts) ** 2 / sum(part**2 / (size - 1) for part, size in zip(parts, sizes, strict=True))
    return 2 * stats.t.sf(np.abs(means[1] - means[0]) / np.sqrt(sum(parts)), degrees)


PARTS = {"peeking": peeking, "weekly": weekly}


if __name__ == "__main__":
    command("looks", __doc__, PARTS, "a row")
