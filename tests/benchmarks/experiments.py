"""Experiments: agreement with peers, tables that fool, and one scan of a large log: ``... --help`` lists the parts.

Every part prints one table; seeds are fixed. ``scan`` and ``wide`` make a log of events in a Parquet file of their own and
remove it. False positives and coverage: ``tests.benchmarks.coverage`` and ``tests.benchmarks.looks``.
"""

import argparse
import os
import resource
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.proportion import confint_proportions_2indep, proportions_ztest

from workbench.errors import WorkbenchError
from workbench.experiments import Plan, draw
from workbench.experiments.cuped import without_the_past
from workbench.experiments.effects import compare
from workbench.experiments.logs import CONVERSION, LEFT, VIEWS, revenue
from workbench.experiments.moments import moments
from workbench.experiments.people import gather
from workbench.experiments.scan import Column, by_arm, scan
from workbench.tables import Source, Week, conform, contract

MONEY = revenue("")[0]


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.experiments", description=__doc__.splitlines()[0])
    parser.add_argument("part", nargs="+", choices=[*PARTS])
    parser.add_argument("--runs", type=int, default=10_000, help="simulations a method (default 10000)")
    parser.add_argument("--seed", type=int, default=0, help="of the fuzz (default 0)")
    parser.add_argument("--events", type=int, default=100_000_000, help="events of the scan (default 100000000)")
    parser.add_argument("--customers", type=int, default=1_000_000, help="customers of the scan (default 1000000)")
    parser.add_argument("--threads", type=int, default=2, help="of the engine (default 2)")
    parser.add_argument("--confidence", help="python of an environment with spotify-confidence, to be timed beside")
    asked = parser.parse_args()
    for part in asked.part:
        began = time.perf_counter()
        table = PARTS[part](asked)
        print(f"\n{part}: {(PARTS[part].__doc__ or '').splitlines()[0]}")
        print(table.to_string(index=False, float_format=lambda x: f"{x:.4g}"))
        print(f"measured in {time.perf_counter() - began:.0f} s", flush=True)


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
        off |= {name: max(off.get(name, 0.0), found) for name, found in (_delta(rng) | _cuped(rng)).items()}
    return pd.DataFrame(list(off.items()), columns=["method", "largest relative difference"])


def fuzz(asked) -> pd.DataFrame:
    """Tables that try to fool scan and test: how many were right, refused by a typed error, or silently wrong."""
    import ibis

    engine, rng = ibis.duckdb.connect(threads=1), np.random.default_rng(asked.seed + 4)
    counts = {"right": 0, "typed error": 0, "wrong": 0}
    for _ in range(asked.runs):
        frame, nulls = _hostile(rng), rng.choice(["error", "zero", "drop"])
        try:
            column = Column(MONEY, "value", nulls=str(nulls))
            found = scan(engine.create_table("t", frame, overwrite=True), ["arm"], [column])
        except WorkbenchError:
            counts["typed error"] += 1
            continue
        counts["right" if _right(frame, str(nulls), found) and _sound(frame, str(nulls), found) else "wrong"] += 1
    return pd.DataFrame([counts])


def scanning(asked) -> pd.DataFrame:
    """A log of events to effects on revenue: processor seconds against the bare DuckDB aggregate and other libraries."""
    with _log(asked) as (engine, path):
        people = _people(engine.read_parquet(path))
        one = [Column(MONEY, "spent")]
        three = [*one, Column(CONVERSION, "bought"), Column(VIEWS, "views")]
        bare = f"""select customer % 2 as arm, count(spent), avg(spent), var_samp(spent)
            from (select customer, sum(bought::bigint * cents) as spent from '{path}' group by customer) group by arm"""

        def told(columns: list) -> tuple:
            effect = compare(MONEY, *by_arm(scan(people, ["arm"], columns).query("metric == @MONEY.name").drop(
                columns="metric"), [0, 1]).values())
            return effect.abs_effect, effect.p_value

        calls = {"bare DuckDB aggregate": lambda: engine.raw_sql(bare).fetchall() and (np.nan, np.nan),
                 "one metric": lambda: told(one), "three metrics": lambda: told(three),
                 "tea-tasting on pandas": lambda: _tea(path), "statsmodels on pandas": lambda: _statsmodels(path)}
        if asked.confidence:
            calls["spotify-confidence on its pandas"] = lambda: _confidence(asked.confidence, path)
        return _timed(calls)


def wide(asked) -> pd.DataFrame:
    """20 segments x 20 metrics x 12 weeks from one log, against one metric: a shop's metrics, and 20 that share nothing."""
    import ibis

    with _log(asked) as (engine, path):
        log, by = engine.read_parquet(path), ["arm", "segment", "week"]
        number = ibis.range(asked.customers).unnest().name("customer").as_table()
        drawn = engine.create_table("drawn", number.mutate(arm=number["customer"] % 2, week=number["customer"] // 2 % 12,
                                                           segment=number["customer"] // 24 % 20))
        spent = (log["cents"].cast("float64") * log["quantity"]).sum(where=log["behaviour"] == "buy")
        one = log.group_by("customer").aggregate(spent=spent.fill_null(0))
        active = log.group_by("customer").aggregate(days=_day(log).bit_or())
        active = active.mutate(days=_ones(active["days"]))
        unlike = log.group_by("customer").aggregate(**{f"m{k}": (log["cents"] % (k + 2)).sum() for k in range(20)})

        def found(people, by: list[str], columns: list) -> tuple:
            return len(scan(people, by, columns)), np.nan

        return _timed({
            "one metric, two arms": lambda: found(one.mutate(arm=one["customer"] % 2), ["arm"], [Column(MONEY, "spent")]),
            "one metric x 20 x 12": lambda: found(_joined(drawn, one), by, [Column(MONEY, "spent")]),
            "another one, active days, x 20 x 12": lambda: found(_joined(drawn, active), by, [Column(MONEY, "days")]),
            "20 metrics of a shop x 20 x 12": lambda: found(_shopping(drawn, log), by, _metrics()),
            "20 sums of every event x 20 x 12": lambda: found(
                _joined(drawn, unlike), by, [Column(MONEY, f"m{k}") for k in range(20)])})


def _joined(drawn, *parts):
    """The customers drawn with the sums of each part; who did nothing has zeros."""
    for part in parts:
        names = [name for name in part.columns if name != "customer"]
        wide = drawn.left_join(part, "customer")
        drawn = wide.select(*drawn.columns, **{name: wide[name].fill_null(0) for name in names})
    return drawn


def _day(log):
    """A bit for the day of each event."""
    import ibis

    return ibis.literal(1).cast("int64") << log["day"].cast("int64")


def _ones(days):
    import ibis

    return ibis.udf.scalar.builtin(name="bit_count", signature=(("int64",), "int64"))(lambda days: ...)(days)


def _shopping(drawn, log):
    """What 20 metrics are made of: two sums of every event, and seven of the few events that are no view."""
    import ibis

    rare = log.filter(log["behaviour"] != "view")
    pieces = rare["quantity"].cast("float64")
    bought, back = (ibis.ifelse(rare["behaviour"] == name, pieces, None) for name in ("buy", "return"))
    rare = rare.select("customer", "cents", bought=bought, back=back)  # empty where it is another: sums pass over it
    bought, back, cents = rare["bought"], rare["back"], rare["cents"].cast("float64")
    people = _joined(
        drawn, log.group_by("customer").aggregate(actions=log.count(), days=_day(log).bit_or()),
        rare.group_by("customer").aggregate(
            rare=rare.count(), buys=bought.count(), backs=back.count(), revenue=(bought * cents).sum(), pieces=bought.sum(),
            returned=back.sum(), dearest=ibis.ifelse(bought.notnull(), cents, None).max()))
    people = people.mutate(carts=people["rare"] - people["buys"] - people["backs"], views=people["actions"] - people["rare"])
    yes = {"bought": people["buys"] > 0, "again": people["buys"] > 1, "carted": people["carts"] > 0,
           "gave_back": people["backs"] > 0, "came_back": people["days"] & (127 << 7) > 0}
    return people.mutate(active=_ones(people["days"]), capped=ibis.least(people["revenue"], 30_000.0),
                         **{name: each.cast("float64") for name, each in yes.items()})


def _metrics() -> list[Column]:
    """Conversion, revenue plain and capped, orders, pieces, views, carts, active days, coming back, order value, ..."""
    ratios = (("revenue", "buys"), ("pieces", "buys"), ("returned", "pieces"), ("carts", "views"), ("buys", "carts"),
              ("actions", "active"))
    plain = ("bought", "again", "carted", "gave_back", "came_back", "revenue", "capped", "buys", "pieces", "views", "carts",
             "actions", "active", "dearest")
    return [*(Column(replace(MONEY, name=name), name) for name in plain),
            *(Column(replace(LEFT, name=f"{value} of {base}"), value, base) for value, base in ratios)]


def counting(asked) -> pd.DataFrame:
    """The notebook's own way from a log of events to the moments of all its metrics, against the bare count of buys."""
    import ibis

    engine, size = ibis.duckdb.connect(threads=asked.threads), asked.customers
    engine.raw_sql(f"""create table events as select lpad((hash(i) % {size})::varchar, 16, '0') as customer,
        'item ' || hash(i * 13) % 5000 as item,
        make_timestamptz(((1790000000 + hash(i * 5) % (84 * 86400)) * 1000000)::bigint) as time,
        case when hash(i * 3) % 100 < 4 then 'buy' when hash(i * 3) % 100 < 12 then 'cart' else 'view' end as behaviour
        from range({asked.events}) t(i)""")
    start, rng = pd.Timestamp(1790000000, unit="s", tz="UTC"), np.random.default_rng(6)
    frame = pd.DataFrame({"experiment": "test", "customer": [f"{k:016d}" for k in range(size)], "platform": pd.NA,
                          "arm": np.where(np.arange(size) % 2, "new", "control"),
                          "time": start + pd.to_timedelta(rng.uniform(20, 60, size), unit="D")})
    groups = {"test": {"segment": pd.Series((np.arange(size) % 20).astype(str), frame["customer"], dtype="string")}}
    week, events = Week(Source("shop", Path("."), "Asia/Singapore", "SGD"), "2026-W51", Path(".")), engine.table("events")
    trials = draw(conform(frame, contract("assignments")), Plan(), "Asia/Singapore", groups)

    def metrics() -> tuple:
        people, = gather(trials, {"events": events}, Plan(), week)
        return len(people.measured) + len(people.before), np.nan

    bare = """select count(x), avg(x), var_samp(x) from
        (select customer, sum((behaviour = 'buy')::int) as x from events group by customer)"""
    return _timed({"bare DuckDB aggregate": lambda: engine.raw_sql(bare).fetchall() and (1, np.nan),
                   "all metrics, before and after the draw": metrics})


@contextmanager
def _log(asked):
    """A connection and the path of a log of events in Parquet: customer, day (of 63), bought (4% of the events), behaviour,
    cents, quantity.
    """
    import ibis

    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        path, engine = Path(folder) / "events.parquet", ibis.duckdb.connect(threads=asked.threads)
        engine.raw_sql(f"""copy (select (hash(i) % {asked.customers})::integer as customer,
            (hash(i * 3) % 100 < 4)::tinyint as bought, (hash(i * 5) % 10000)::integer as cents,
            (hash(i * 7) % 63)::tinyint as day, (1 + hash(i * 11) % 3)::tinyint as quantity,
            case when bought = 1 then 'buy' when hash(i * 3) % 100 < 12 then 'cart' when hash(i * 3) % 100 < 13 then 'return'
                 else 'view' end as behaviour
            from range({asked.events}) t(i)) to '{path}' (format parquet)""")
        yield engine, path


def _people(log):
    people = log.group_by("customer").aggregate(
        bought=log["bought"].max(), spent=(log["bought"] * log["cents"]).sum(), views=log.count())
    return people.mutate(arm=people["customer"] % 2)


def _timed(calls: dict) -> pd.DataFrame:
    """The faster of two rounds of each, with what it found; other processes' seconds count as their own."""
    rows = []
    for name in [*calls, *calls]:
        wall, own, others = time.perf_counter(), time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN)
        found = calls[name]()
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = children.ru_utime + children.ru_stime - others.ru_utime - others.ru_stime
        rows.append((name, time.perf_counter() - wall, time.process_time() - own + spent, *found))
    table = pd.DataFrame(rows, columns=["what", "seconds", "processor seconds", "found", "p"])
    table = table.groupby("what", sort=False).min().reset_index()
    table["times the first"] = table["processor seconds"] / table["processor seconds"].iloc[0]
    return table.assign(**{"GiB, peak so far": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20})


def _spent_by(path) -> pd.DataFrame:
    """One row a customer, by pandas."""
    log = pd.read_parquet(path, columns=["customer", "bought", "cents"])
    spent = (log["bought"].astype("int64") * log["cents"]).groupby(log["customer"]).sum().rename("spent").reset_index()
    return spent.assign(arm=spent["customer"] % 2)


def _tea(path) -> tuple:
    import tea_tasting

    table = _spent_by(path)[["arm", "spent"]].rename(columns={"arm": "variant"})
    found = tea_tasting.Experiment(spent=tea_tasting.Mean("spent")).analyze(table)["spent"]
    return found.effect_size, found.pvalue


def _statsmodels(path) -> tuple:
    from statsmodels.stats.weightstats import CompareMeans

    table = _spent_by(path)
    left, right = (table.loc[table["arm"] == arm, "spent"].to_numpy() for arm in (0, 1))
    return right.mean() - left.mean(), CompareMeans.from_data(right, left).ttest_ind(usevar="unequal")[1]


CONFIDENCE = """
import sys, pandas as pd
from spotify_confidence import StudentsTTest
log = pd.read_parquet(sys.argv[1], columns=["customer", "bought", "cents"])
spent = (log["bought"].astype("int64") * log["cents"]).groupby(log["customer"]).sum().rename("spent").reset_index()
spent["arm"], spent["square"], spent["n"] = (spent["customer"] % 2).astype(str), spent["spent"].astype(float) ** 2, 1
sums = spent.groupby("arm", as_index=False)[["spent", "square", "n"]].sum().astype({"spent": float})  # ints overflow in it
test = StudentsTTest(sums, numerator_column="spent", numerator_sum_squares_column="square", denominator_column="n",
                     categorical_group_columns="arm")
row = test.difference(level_1="0", level_2="1").iloc[0]
print(row["difference"], row["p-value"])
"""


def _confidence(python: str, path) -> tuple:
    told = subprocess.run([python, "-W", "ignore", "-c", CONFIDENCE, str(path)], capture_output=True, text=True, check=True)
    return tuple(map(float, told.stdout.split()))


PARTS = {"agreement": agreement, "fuzz": fuzz, "scan": scanning, "wide": wide, "counting": counting}


def _delta(rng) -> dict[str, float]:
    """A ratio of two sums against Welch's test of scipy on its linear parts."""
    arms = []
    for _ in range(2):
        base = rng.poisson(3, rng.integers(50, 2000)) + 1.0
        arms.append((base * rng.gamma(2, 1, len(base)), base))
    effect = compare(LEFT, *(moments(*arm) for arm in arms))
    parts = [(top - top.mean() / base.mean() * base) / base.mean() + top.mean() / base.mean() for top, base in arms]
    welch = stats.ttest_ind(parts[1], parts[0], equal_var=False)
    return {"delta method: p": _off(effect.p_value, welch.pvalue),
            "delta method: interval": _off(effect.abs_ci_lower, welch.confidence_interval().low)}


def _cuped(rng) -> dict[str, float]:
    """The adjusted effect against the treatment's coefficient of an ordinary regression."""
    size, k = int(rng.integers(50, 1000)), int(rng.integers(1, 5))
    past, arm = rng.gamma(1, 1, (size, k)), rng.permutation(size) % 2
    values = past @ rng.normal(0, 1, k) + .3 * arm + rng.normal(0, 1, size)
    adjusted = without_the_past(values, arm, past)
    peer = OLS(values, np.column_stack([np.ones(size), arm, past])).fit().params[1]
    return {"CUPED: effect": _off(adjusted[arm == 1].mean() - adjusted[arm == 0].mean(), peer)}


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


def _sound(frame: pd.DataFrame, nulls: str, found: pd.DataFrame) -> bool:
    """Whether every pair of arms gives Welch's test or says why there is none."""
    arms = by_arm(found.drop(columns="metric"), sorted(set(frame["arm"]) | {"nobody"}))
    values = {arm: (part.fillna(0) if nulls == "zero" else part.dropna()).to_numpy(dtype=float)
              for arm, part in frame.groupby("arm")["value"]} | {"nobody": np.zeros(0)}
    first = next(iter(arms))
    for arm in list(arms)[1:]:
        told, pair = compare(MONEY, arms[first], arms[arm]), (values[first], values[arm])
        if told.withheld:
            if min(map(len, pair)) > 1 and sum(map(np.ptp, pair)) > 0:
                return False
            continue
        with np.errstate(all="ignore"):
            welch = stats.ttest_ind(pair[1], pair[0], equal_var=False)
            interval = welch.confidence_interval()
        scale = max(abs(interval.high - interval.low), 4 * np.finfo(float).eps * max(np.abs(pair[0]).max(), 1) * 1e3)
        relative = (told.rel_effect, told.rel_ci_lower, told.rel_ci_upper)
        if (not np.allclose((told.abs_effect, told.abs_ci_lower, told.abs_ci_upper), (
                pair[1].mean() - pair[0].mean(), interval.low, interval.high), rtol=0, atol=1e-5 * scale)
                or not np.isclose(told.p_value, welch.pvalue, rtol=1e-4, atol=1e-9)
                or not (np.isnan(relative).all() or relative[1] <= relative[0] <= relative[2])):
            return False
    return True


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
