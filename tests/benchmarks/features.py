"""Behaviour tables from Parquet six ways: seconds, processor seconds and peak memory, each way in a process of its own.

Made in each: features of customers, the funnel, what each customer did with each item, and all each did, as lists and as
text, written as Parquet. The log has the shape of Tianchi's UserBehavior.csv, smaller: a hundredth as many customers as
events, a twenty-fifth as many items, long tails, nine days; pv 89.6, cart 5.5, fav 2.9, buy 2.0%.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

ZONE, WEEK = "Asia/Shanghai", "2017-W48"


def usual(log: Path, out: Path) -> None:
    """pandas as in most notebooks: everything in memory, groupby and apply."""
    events = pd.read_parquet(log)
    events["local"] = events["time"].dt.tz_convert(ZONE)
    events["day"] = events["local"].dt.date
    events["week"] = events["local"].dt.strftime("%G-W%V")
    by = events.groupby("customer")
    features = by.agg(first_seen=("time", "min"), last_seen=("time", "max"), active_days=("day", "nunique"))
    for name in ("view", "favourite", "cart", "buy"):
        features[name] = events[events["behaviour"] == name].groupby("customer").size()
    features.fillna(0).to_parquet(out / "customers.parquet")
    events.groupby(["week", "behaviour"])["customer"].nunique().reset_index().to_parquet(out / "funnel.parquet")
    ordered = events.sort_values("time")
    ordered.groupby(["customer", "item"])["behaviour"].apply(" ".join).reset_index().to_parquet(out / "sequences.parquet")
    ordered["word"] = ordered["behaviour"] + " " + ordered["item"]
    ordered.groupby("customer")["word"].apply("; ".join).reset_index().to_parquet(out / "paths.parquet")


def pandas_well(log: Path, out: Path) -> None:
    """pandas with categories, one sort, and lists cut from arrays."""
    import numpy as np

    events = pd.read_parquet(log)
    for name in ("customer", "item", "behaviour"):
        events[name] = events[name].astype("category")
    shift = pd.Timedelta(hours=8)
    events["day"] = (events["time"] + shift).to_numpy().astype("datetime64[D]")
    by = events.groupby("customer", observed=True)
    days = events[["customer", "day"]].drop_duplicates().groupby("customer", observed=True).size()
    counts = pd.crosstab(events["customer"], events["behaviour"])
    features = by["time"].agg(["min", "max"]).assign(active_days=days).join(counts)
    features.reset_index().astype({"customer": "str"}).to_parquet(out / "customers.parquet")
    weeks = events.assign(week=(events["day"].to_numpy().astype("int64") - 4) // 7)[["week", "behaviour", "customer"]]
    reached = weeks.drop_duplicates().groupby(["week", "behaviour"], observed=True).size()
    reached.reset_index(name="customers").to_parquet(out / "funnel.parquet")
    names, items = (events[name].cat.categories.to_numpy(dtype=object) for name in ("behaviour", "item"))
    for keys, file in ((["customer", "item"], "sequences"), (["customer"], "paths")):
        codes = {name: events[name].cat.codes.to_numpy() for name in ("customer", "item", "behaviour")}
        order = np.lexsort((events["time"].to_numpy(), *(codes[key] for key in reversed(keys))))
        changed = np.r_[True, np.any([np.diff(codes[key][order]) != 0 for key in keys], axis=0)]
        words = names[codes["behaviour"][order]]
        if file == "paths":
            words = words + " " + items[codes["item"][order]]
        cut = np.flatnonzero(changed)
        texts = [(" " if file == "sequences" else "; ").join(part) for part in np.split(words, cut[1:])]
        frame = pd.DataFrame({key: events[key].cat.categories.to_numpy()[codes[key][order][cut]] for key in keys})
        times = np.split(events["time"].dt.tz_localize(None).to_numpy()[order], cut[1:])
        frame.assign(text=texts, times=times).to_parquet(out / f"{file}.parquet")


def polars(log: Path, out: Path) -> None:
    """polars, lazily and streaming."""
    import polars as pl

    events = pl.scan_parquet(log).with_columns(local=pl.col("time").dt.convert_time_zone(ZONE))
    events = events.with_columns(day=pl.col("local").dt.date(), week=pl.col("local").dt.strftime("%G-W%V"))
    deed = pl.col("behaviour")
    events.group_by("customer").agg(
        pl.col("time").min().alias("first_seen"), pl.col("time").max().alias("last_seen"),
        pl.col("day").n_unique().alias("active_days"),
        *((deed == name).sum().alias(name) for name in ("view", "favourite", "cart", "buy"))).sort("customer").sink_parquet(
        out / "customers.parquet")
    events.group_by("week", "behaviour").agg(pl.col("customer").n_unique(), pl.len()).sink_parquet(out / "funnel.parquet")
    ordered = pl.col("behaviour").sort_by("time")
    events.group_by("customer", "item").agg(ordered.alias("behaviours"), pl.col("time").sort(), pl.len()).with_columns(
        text=pl.col("item") + ": " + pl.col("behaviours").list.join(" ")).sort("customer", "item").sink_parquet(
        out / "sequences.parquet")
    events.with_columns(word=deed + " " + pl.col("item")).group_by("customer").agg(
        pl.col("item").sort_by("time"), ordered.alias("behaviours"), pl.col("time").sort(),
        pl.col("word").sort_by("time").alias("words")).with_columns(text=pl.col("words").list.join("; ")).drop("words").sort(
        "customer").sink_parquet(out / "paths.parquet")


def by_hand(log: Path, out: Path) -> None:
    """SQL for DuckDB as one would write it for this very log."""
    import duckdb

    connection = duckdb.connect(config={"threads": 1, "memory_limit": "4GiB", "preserve_insertion_order": False,
                                        "temp_directory": str(out / "spill")})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE VIEW events AS SELECT *, timezone('{ZONE}', time)::DATE AS day FROM read_parquet('{log}')")
    counts = ", ".join(f"count(*) FILTER (behaviour = '{name}') AS {name}s" for name in ("view", "favourite", "cart", "buy"))
    sums = ", ".join(f"sum({name}s) AS {name}s" for name in ("view", "favourite", "cart", "buy"))
    def write(name: str, query: str) -> None:
        connection.execute(f"COPY ({query}) TO '{out}/{name}.parquet' (COMPRESSION zstd)")

    write("days", f"""SELECT customer, day, min(time) AS first, max(time) AS last, {counts} FROM events GROUP BY ALL""")
    write("customers", f"""SELECT customer, min(first) AS first_seen, max(last) AS last_seen, count(*) AS active_days,
        {sums}, sum(buys) / nullif(sum(views), 0) AS conversion FROM '{out}/days.parquet' GROUP BY customer
        ORDER BY customer""")
    write("funnel", f"""SELECT week, count(*) FILTER (views > 0) AS viewed, count(*) FILTER (buys > 0) AS bought,
        count(*) FILTER (carts + favourites > 0) AS chose FROM (SELECT customer, date_trunc('week', day) AS week, {sums}
        FROM '{out}/days.parquet' GROUP BY ALL) GROUP BY week""")
    write("sequences", """SELECT customer, item, behaviours, times, events, item || ': ' || array_to_string(behaviours, ' ')
        AS text FROM (SELECT customer, item, list(behaviour ORDER BY time) AS behaviours, list(time ORDER BY time) AS times,
        count(*) AS events FROM events GROUP BY ALL) ORDER BY customer, item""")
    write("paths", """SELECT customer, list(item ORDER BY time) AS items, list(behaviour ORDER BY time) AS behaviours,
        list(time ORDER BY time) AS times, count(*) AS events,
        string_agg(behaviour || ' ' || item, '; ' ORDER BY time) AS text FROM events GROUP BY customer ORDER BY customer""")


def ours(log: Path, out: Path, name: str = "duckdb", address: str = "") -> None:
    """The expressions of ``workbench.behaviour`` on DuckDB."""
    from workbench import behaviour
    from workbench.engine import Engine
    from workbench.tables import Source, Week

    engine = Engine(name, address, memory="4GiB", threads=1, spill=out)
    week = Week(Source("benchmark", out, timezone=ZONE, engine=engine), WEEK, out / WEEK)
    (week.folder / "tables").mkdir(parents=True)
    (week.folder / "tables" / "events.parquet").symlink_to(log)
    with behaviour.open_logs(week) as logs:
        behaviour.store(logs, "customer_days", logs.days())
        days = behaviour.stored(logs, "customer_days")
        behaviour.store(logs, "customers", behaviour.customers(logs, days))
        week.write("funnel", behaviour.funnel(logs, days))
        behaviour.store(logs, "sequences", behaviour.sequences(logs))
        behaviour.store(logs, "paths", behaviour.paths(logs))


def ours_on_spark(log: Path, out: Path) -> None:
    """The same expressions on Spark in local mode, one thread."""
    ours(log, out, "pyspark", "local[1]")


WAYS = {"usual pandas": usual, "pandas well": pandas_well, "polars": polars, "DuckDB by hand": by_hand,
        "ours on DuckDB": ours, "ours on Spark": ours_on_spark}


def made_log(rows: int, path: Path) -> Path:
    """A log of ``rows`` events; the same rows, the same log."""
    import duckdb

    customers, items = max(1, rows // 100), max(1, rows // 25)
    duckdb.connect(config={"threads": 1, "memory_limit": "2GiB"}).execute(f"""COPY (
        SELECT 'c-' || lpad(cast(floor({customers} * pow(u, 1.5)) AS INT)::VARCHAR, 8, '0') AS customer,
               'i' || cast(floor({items} * pow(v, 3)) AS INT) AS item,
               'k' || (cast(floor({items} * pow(v, 3)) AS INT) % 9400) AS category,
               CASE WHEN b < 896 THEN 'view' WHEN b < 951 THEN 'cart' WHEN b < 980 THEN 'favourite' ELSE 'buy' END
                   AS behaviour,
               make_timestamptz(2017, 11, 25, 0, 0, 0, '{ZONE}') + to_seconds(t) AS time
        FROM (SELECT (hash(range * 7 + 1) % 1000000) / 1e6 AS u, (hash(range * 11 + 2) % 1000000) / 1e6 AS v,
                     hash(range * 13 + 3) % 1000 AS b, hash(range * 17 + 5) % 777600 AS t FROM range({rows}))
        ) TO '{path}' (COMPRESSION zstd)""")
    return path


def measured(way: str, log: Path, limit: float) -> dict:
    """One way in a process of its own: ``seconds, processor_seconds, peak_gib``; of Spark with its Java."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.monotonic()
        command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.features", "--run", way, "--log", str(log),
                   "--out", folder]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
        except subprocess.TimeoutExpired:
            return {"way": way, "seconds": None, "note": f"stopped after {limit:.0f} s"}
        told = [line for line in done.stdout.splitlines() if line.startswith("measured ")]
        if not told:
            said = done.stderr.strip().splitlines()[-1:] or [""]
            return {"way": way, "seconds": None, "note": f"died with {done.returncode}: {said[0][:80]}"}
        processor, peak = map(float, told[-1].split()[1:])
        return {"way": way, "seconds": round(time.monotonic() - start, 1), "processor_seconds": processor, "peak_gib": peak}


def run(way: str, log: Path, out: Path) -> None:
    """The child: do it and say what it cost."""
    WAYS[way](log, out)
    if way == "ours on Spark":  # Java ends with the gateway; only then are its costs known
        from pyspark import SparkContext

        SparkContext._gateway.shutdown()
        SparkContext._gateway.proc.stdin.close()
        SparkContext._gateway.proc.wait(timeout=60)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    processor = sum(one.ru_utime + one.ru_stime for one in used)
    print(f"measured {processor:.1f} {max(one.ru_maxrss for one in used) / 1024 ** 2:.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.features", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000], help="events (default 1000000)")
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=WAYS, help="which (default all)")
    parser.add_argument("--limit", type=float, default=600, help="seconds for each (default 600)")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("--log", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.run:
        run(asked.run, asked.log, asked.out)
        return
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    rows = []
    for size in asked.rows:
        with tempfile.TemporaryDirectory() as folder:
            log = made_log(size, Path(folder) / "events.parquet")
            for way in asked.ways:
                rows.append({"rows": size, **measured(way, log, asked.limit)})
                print(rows[-1], flush=True)
    print(pd.DataFrame(rows).to_string(index=False))


if __name__ == "__main__":
    main()
