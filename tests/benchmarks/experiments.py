"""Experiments: false positives, coverage, peeking, agreement, and one scan of a large log: ``... --help`` lists the parts.

Every part prints one table. Simulations draw sufficient statistics where they can, so that 10,000 runs take seconds; the
seed is fixed. ``scan`` makes a log of events in a Parquet file of its own and removes it.
"""

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest
from tea_tasting.aggr import Aggregates
from workbench.experiments.engine import Column, scan

from workbench.errors import WorkbenchError
from workbench.experiments import Plan, draw, sequential
from workbench.experiments.calendar import calendar
from workbench.experiments.effects import against_control, compare
from workbench.experiments.logs import CONVERSION, LEFT, VIEWS, revenue
from workbench.experiments.looks import Look
from workbench.experiments.metrics import Deeds, Measured
from workbench.experiments.moments import VALUE, moments
from workbench.experiments.plan import Design

MONEY = revenue("")[0]


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.experiments", description=__doc__.splitlines()[0])
    parser.add_argument("part", nargs="+", choices=[*PARTS])
    parser.add_argument("--runs", type=int, default=10_000, help="simulations a method (default 10000)")
    parser.add_argument("--events", type=int, default=100_000_000, help="events of the scan (default 100000000)")
    parser.add_argument("--customers", type=int, default=1_000_000, help="customers of the scan (default 1000000)")
    parser.add_argument("--threads", type=int, default=2, help="of the engine (default 2)")
    asked = parser.parse_args()
    for part in asked.part:
        began = time.perf_counter()
        table = PARTS[part](asked)
        print(f"\n{part}: {(PARTS[part].__doc__ or '').splitlines()[0]}")
        print(table.to_string(index=False, float_format=lambda x: f"{x:.4g}"))
        print(f"measured in {time.perf_counter() - began:.0f} s", flush=True)


def fixed(asked) -> pd.DataFrame:
    """A/A at the fixed horizon: share of runs with p < .05, of intervals that hold the truth, of runs that were withheld."""
    rng, rows = np.random.default_rng(1), []
    for share, size, other in ((.002, 20_000, 20_000), (.01, 5000, 5000), (.05, 5000, 5000), (.25, 2000, 2000),
                               (.10, 9000, 1000)):
        pairs = zip(_shares(rng, asked.runs, size, share), _shares(rng, asked.runs, other, share), strict=True)
        rows.append((f"conversion {share:.1%}, {size:,} and {other:,}", *_errs(CONVERSION, pairs)))
    for sigma, size in ((1.0, 5000), (1.5, 20_000)):
        arms = [[_money(rng, size, sigma) for _ in range(asked.runs)] for _ in range(2)]
        kurtosis = stats.kurtosis(_spent(rng, 2_000_000, sigma))
        rows.append((f"revenue, kurtosis {kurtosis:,.0f}, {size:,} an arm", *_errs(MONEY, zip(*arms, strict=True))))
    arms = [[_ratio(rng, 1500) for _ in range(asked.runs)] for _ in range(2)]
    rows.append(("ratio of two sums, 1,500 an arm", *_errs(LEFT, zip(*arms, strict=True))))
    return pd.DataFrame(rows, columns=["method", "false positives", "coverage", "withheld"])


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


def agreement(asked) -> pd.DataFrame:
    """Largest relative difference to scipy and statsmodels over 1,000 random cases a method."""
    rng, off = np.random.default_rng(3), {"proportion: p": 0.0, "proportion: interval": 0.0, "Welch: p": 0.0,
                                          "Welch: interval": 0.0}
    for _ in range(1000):
        (n, m), shares = rng.integers(50, 20_000, 2), rng.uniform(.05, .95, 2)
        yes, other = round(n * shares[0]), round(m * shares[1])
        effect = compare(CONVERSION, *(moments(np.repeat([1.0, 0.0], [k, size - k])) for k, size in ((yes, n), (other, m))))
        peer = proportions_ztest([other, yes], [m, n])[1]
        low, high = confint_proportions_2indep(other, m, yes, n, method="wald", compare="diff")
        off["proportion: p"] = max(off["proportion: p"], _off(effect.p_value, peer))
        off["proportion: interval"] = max(off["proportion: interval"], _off(effect.abs_ci_upper, high),
                                          _off(effect.abs_ci_lower, low))
        left, right = (rng.lognormal(0, rng.uniform(.2, 2), rng.integers(20, 2000)) for _ in range(2))
        effect, welch = compare(MONEY, moments(left), moments(right)), stats.ttest_ind(right, left, equal_var=False)
        interval = welch.confidence_interval()
        off["Welch: p"] = max(off["Welch: p"], _off(effect.p_value, welch.pvalue))
        off["Welch: interval"] = max(off["Welch: interval"], _off(effect.abs_ci_lower, interval.low),
                                     _off(effect.abs_ci_upper, interval.high))
    return pd.DataFrame(list(off.items()), columns=["method", "largest relative difference"])


def fuzz(asked) -> pd.DataFrame:
    """Tables that try to fool the scan: how many were right, refused by a typed error, or silently wrong."""
    import ibis

    engine, rng = ibis.duckdb.connect(), np.random.default_rng(4)
    counts = {"right": 0, "typed error": 0, "wrong": 0}
    for _ in range(asked.runs):
        frame, nulls = _hostile(rng), rng.choice(["error", "zero", "drop"])
        try:
            column = Column(MONEY, "value", nulls=str(nulls))
            found = scan(engine.create_table("t", frame, overwrite=True), ["arm"], [column])
        except WorkbenchError:
            counts["typed error"] += 1
            continue
        counts["right" if _right(frame, str(nulls), found) else "wrong"] += 1
    return pd.DataFrame([counts])


def scanning(asked) -> pd.DataFrame:
    """A log of events to effects: seconds of wall and processor, in the same run as the bare DuckDB aggregate."""
    import ibis

    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        path, engine = Path(folder) / "events.parquet", ibis.duckdb.connect(threads=asked.threads)
        engine.raw_sql(f"""copy (select (hash(i) % {asked.customers})::integer as customer, (hash(i * 7) % 20)::tinyint as
            segment, (hash(i * 3) % 100 < 4)::tinyint as bought, (hash(i * 5) % 10000)::integer as cents
            from range({asked.events}) t(i)) to '{path}' (format parquet)""")
        rows, log = [], engine.read_parquet(path)
        people = log.group_by("customer").aggregate(
            bought=log["bought"].max(), spent=(log["bought"] * log["cents"]).sum(), views=log.count())
        people = people.mutate(arm=people["customer"] % 2)
        one = [Column(MONEY, "spent")]
        three = [*one, Column(CONVERSION, "bought"), Column(VIEWS, "views")]
        bare = f"""select customer % 2 as arm, count(spent), avg(spent), var_samp(spent)
            from (select customer, sum(bought::bigint * cents) as spent from '{path}' group by customer) group by arm"""
        calls = {"bare DuckDB aggregate": lambda: engine.raw_sql(bare).fetchall(),
                 "one metric": lambda: scan(people, ["arm"], one), "three metrics": lambda: scan(people, ["arm"], three)}
        for name in [*calls, *calls]:
            wall, processor = time.perf_counter(), time.process_time()
            calls[name]()
            rows.append((name, time.perf_counter() - wall, time.process_time() - processor))
    table = pd.DataFrame(rows, columns=["what", "seconds", "processor seconds"])
    table = table.groupby("what", sort=False).min().reset_index()
    table["times the bare one"] = table["processor seconds"] / table["processor seconds"].iloc[0]
    return table.assign(**{"GiB, peak so far": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20})


def weekly(asked) -> pd.DataFrame:
    """Whole tests without an effect, read at each of eight week ends: share that ever finds one, by what customers do."""
    rows = []
    for what, metric, habit in (("buy once, soon", CONVERSION, "once"), ("buy again and again", MONEY, "often"),
                                ("some buy much, most nothing", MONEY, "heavy")):
        found = {"naive": 0, "planned weekly looks": 0, "unplanned looks": 0}
        for seed in range(asked.runs // 20):
            trial, measured = _life(np.random.default_rng(seed), metric, habit)
            for name in _found(trial, measured):
                found[name] += 1
        rows.append((what, asked.runs // 20, *(count / (asked.runs // 20) for count in found.values())))
    return pd.DataFrame(rows, columns=["customers", "tests", *found])


def _life(rng, metric, habit: str, customers: int = 1200, weeks: int = 8):
    """A trial drawn over the weeks, and what its customers bought until their end."""
    start = pd.Timestamp("2026-09-07", tz="UTC")
    drawn = np.sort(rng.uniform(0, weeks * 7, customers))
    rate = np.full(customers, .08) if habit == "often" else rng.gamma(.1, .8, customers)
    if habit == "once":
        row = np.flatnonzero(rng.random(customers) < .2)
        day = drawn[row] + rng.exponential(1, len(row))
    else:
        row = np.repeat(np.arange(customers), rng.poisson(rate * (weeks * 7 - drawn)))
        day = rng.uniform(drawn[row], weeks * 7)
    amount = np.ones(len(row)) if habit == "once" else rng.lognormal(3, .5, len(row))
    time = (start + pd.to_timedelta(day, unit="D")).tz_localize(None).to_numpy(dtype="datetime64[us]")
    frame = pd.DataFrame({"experiment": "test", "customer": [f"c{i:05d}" for i in range(customers)],
                          "arm": rng.permutation(np.arange(customers) % 2).astype(str),
                          "time": start + pd.to_timedelta(drawn, unit="D")})
    return draw(frame, Plan(control="0"))[0], Measured(metric, Deeds(row, time, amount, once=habit == "once"))


def _found(trial, measured, weeks: int = 8) -> set[str]:
    names, designs = set(), {"planned weekly looks": Design(weeks=weeks), "unplanned looks": Design()}
    for week in range(1, weeks + 1):
        end = pd.Timestamp("2026-09-07", tz="UTC") + pd.Timedelta(weeks=week)
        until = Look(before=end.tz_localize(None).to_datetime64())
        p_value = against_control(measured, trial.customers, trial.arms, until)["1"].p_value
        levels = {name: calendar(trial, design, "UTC", end).look(measured, trial.customers).level
                  for name, design in designs.items()}
        names |= {name for name, level in {**levels, "naive": .05}.items() if p_value < level}
    return names


PARTS = {"fixed": fixed, "peeking": peeking, "agreement": agreement, "fuzz": fuzz, "scan": scanning, "weekly": weekly}


def _errs(metric, pairs) -> tuple[float, float, float]:
    effects = [compare(metric, a, b) for a, b in pairs]
    shown = [effect for effect in effects if not effect.withheld]
    return (np.mean([effect.p_value < .05 for effect in shown]),
            np.mean([effect.abs_ci_lower <= 0 <= effect.abs_ci_upper for effect in shown]), 1 - len(shown) / len(effects))


def _shares(rng, runs: int, size: int, share: float) -> list[Aggregates]:
    shares = rng.binomial(size, share, runs) / size
    return [Aggregates(size, {VALUE: s}, {VALUE: s * (1 - s) * size / (size - 1)}) for s in shares]


def _spent(rng, size: int, sigma: float) -> np.ndarray:
    return np.where(rng.random(size) < .2, rng.lognormal(3, sigma, size), 0.0)


def _money(rng, size: int, sigma: float) -> Aggregates:
    values = _spent(rng, size, sigma)
    return Aggregates(size, {VALUE: values.mean()}, {VALUE: values.var(ddof=1)})


def _ratio(rng, size: int) -> Aggregates:
    base = rng.poisson(3, size).astype(float)
    return moments(rng.binomial(base.astype(int), rng.beta(2, 2, size)).astype(float), base)


def _off(mine: float, peer: float) -> float:
    return abs(mine - peer) / max(abs(peer), 1e-300) if peer > 1e-280 or peer < 0 else 0.0


def _hostile(rng) -> pd.DataFrame:
    size = int(rng.integers(1, 60))
    values = [lambda: rng.normal(0, 1, size), lambda: 1e9 + rng.normal(0, 1, size), lambda: np.full(size, 7.0),
              lambda: rng.integers(2**30, 2**31 - 1, size).astype(np.int32), lambda: -rng.gamma(1, 1, size),
              lambda: rng.random(size) < .01, lambda: rng.choice([0.0, np.inf], size)][rng.integers(7)]()
    frame = pd.DataFrame({"arm": rng.choice(["a", "对照", "'; --", " a", ""], size), "value": values})
    if rng.random() < .5 and frame["value"].dtype == float:
        frame.loc[rng.random(size) < rng.uniform(0, .99), "value"] = None
    return frame.sample(frac=1, random_state=int(rng.integers(1000)))


def _right(frame: pd.DataFrame, nulls: str, found: pd.DataFrame) -> bool:
    for row in found.itertuples():
        mine = frame.loc[frame["arm"] == row.arm, "value"]
        values = (mine.fillna(0) if nulls == "zero" else mine.dropna()).to_numpy(dtype=np.longdouble)
        exact = (len(values), float(values.mean()) if len(values) else 0.0,
                 float(values.var(ddof=1)) if len(values) > 1 else 0.0)
        unit = 4 * np.finfo(float).eps * abs(exact[1]) * exact[2] ** .5  # what a double's last digit makes of a variance
        if (row.customers != exact[0] or not np.isclose(row.mean, exact[1], rtol=1e-12, atol=1e-12)
                or not np.isclose(row.variance, exact[2], rtol=1e-6, atol=1e-12 + unit)):
            return False
    return set(found["arm"]) == set(frame["arm"])


if __name__ == "__main__":
    main()
