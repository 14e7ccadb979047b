"""Behaviour tables from the Parquet of intake (``tests.benchmarks.intake``) six ways.

Made in each: features of customers, the funnel, what each customer did with each item, and all each did, as lists and as
text, written as Parquet. Each way reads what its own intake wrote; ours on Spark reads what ours wrote.
"""

from pathlib import Path

import pandas as pd

from tests.benchmarks.intake import WEEK

ZONE = "Asia/Shanghai"
RANGE = 3_000_000  # rows of a range of customers, by hand as in ours


def usual(taken: Path, out: Path, asked) -> None:
    """pandas as in most notebooks: everything in memory, groupby and apply."""
    events = pd.read_parquet(taken / "events.parquet")
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


def pandas_well(taken: Path, out: Path, asked) -> None:
    """pandas with categories, times without a zone, one sort, and Arrow lists cut from arrays."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    events = pd.read_parquet(taken / "events.parquet")
    for name in ("customer", "item", "behaviour"):
        events[name] = events[name].astype("category")
    events["time"] = events["time"].dt.tz_localize(None)
    events["day"] = (events["time"] + pd.Timedelta(hours=8)).to_numpy().astype("datetime64[D]").astype("int64")
    by = events.groupby("customer", observed=True)
    days = events[["customer", "day"]].drop_duplicates().groupby("customer", observed=True).size()
    counts = pd.crosstab(events["customer"], events["behaviour"])
    features = by["time"].agg(["min", "max"]).assign(active_days=days).join(counts)
    features.reset_index().astype({"customer": "str"}).to_parquet(out / "customers.parquet")
    reached = events.assign(week=(events["day"] + 3) // 7)[["week", "behaviour", "customer"]].drop_duplicates()
    reached.groupby(["week", "behaviour"], observed=True).size().reset_index(name="customers").to_parquet(
        out / "funnel.parquet")
    names, items = (events[name].cat.categories.astype(str).to_numpy(dtype=object) for name in ("behaviour", "item"))
    codes = {name: events[name].cat.codes.to_numpy() for name in ("customer", "item", "behaviour")}
    times = events["time"].to_numpy()
    for keys, file in ((["customer", "item"], "sequences"), (["customer"], "paths")):
        order = np.lexsort((times, *(codes[key] for key in reversed(keys))))
        changed = np.r_[True, np.any([np.diff(codes[key][order]) != 0 for key in keys], axis=0)]
        words = names[codes["behaviour"][order]]
        if file == "paths":
            words = words + " " + items[codes["item"][order]]
        cut = np.flatnonzero(changed)
        lists = {name: pa.LargeListArray.from_arrays(np.r_[cut, len(order)], pa.array(values))
                 for name, values in (("times", times[order]), ("words", words))}
        lists["text"] = pc.binary_join(lists["words"], " " if file == "sequences" else "; ")
        frame = pd.DataFrame({key: events[key].cat.categories.to_numpy()[codes[key][order][cut]] for key in keys})
        for name, values in lists.items():
            frame[name] = pd.Series(values, dtype=pd.ArrowDtype(values.type))
        frame.to_parquet(out / f"{file}.parquet")


def polars(taken: Path, out: Path, asked) -> None:
    """polars, lazily and streaming."""
    import polars as pl

    events = pl.scan_parquet(taken / "events.parquet").with_columns(local=pl.col("time").dt.convert_time_zone(ZONE))
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


def by_hand(taken: Path, out: Path, asked) -> None:
    """SQL for DuckDB as a good engineer writes it for this very log: the offset of Shanghai as a number, one sorted list of
    structs a group, and since DuckDB does not spill lists, one range of customers after the other where rows are many.
    """
    import duckdb

    connection = duckdb.connect(config={"threads": asked.threads, "memory_limit": asked.memory,
                                        "preserve_insertion_order": False, "temp_directory": str(out / "spill")})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"""CREATE VIEW events AS SELECT *, (epoch_us(time) + 28800000000) // 86400000000 AS day
                           FROM read_parquet('{taken}/events.parquet')""")
    counts = ", ".join(f"count(*) FILTER (behaviour = '{name}') AS {name}s" for name in ("view", "favourite", "cart", "buy"))
    sums = ", ".join(f"sum({name}s) AS {name}s" for name in ("view", "favourite", "cart", "buy"))

    def write(name: str, query: str) -> None:
        connection.execute(f"COPY ({query}) TO '{out}/{name}.parquet' (COMPRESSION zstd)")

    write("days", f"""SELECT customer, day, min(time) AS first, max(time) AS last, {counts} FROM events GROUP BY ALL""")
    write("customers", f"""SELECT customer, min(first) AS first_seen, max(last) AS last_seen, count(*) AS active_days,
        {sums}, sum(buys) / nullif(sum(views), 0) AS conversion FROM '{out}/days.parquet' GROUP BY customer
        ORDER BY customer""")
    write("funnel", f"""SELECT week, count(*) FILTER (views > 0) AS viewed, count(*) FILTER (buys > 0) AS bought,
        count(*) FILTER (carts + favourites > 0) AS chose FROM (SELECT customer, (day + 3) // 7 AS week, {sums}
        FROM '{out}/days.parquet' GROUP BY ALL) GROUP BY week""")
    ranges = -(-connection.execute("SELECT count(*) FROM events").fetchone()[0] // RANGE)
    edges = [f"c-{65536 * place // ranges:04x}" for place in range(ranges)] + ["d"]
    for place in range(ranges):
        own = f"FROM events WHERE customer >= '{edges[place]}' AND customer < '{edges[place + 1]}'"
        write(f"sequences-{place}", f"""SELECT customer, item, [deed.b FOR deed IN deeds] AS behaviours, [deed.t FOR deed IN
            deeds] AS times, len(deeds) AS events, item || ': ' || array_to_string(behaviours, ' ') AS text FROM (SELECT
            customer, item, list_sort(list({{'t': time, 'b': behaviour}})) AS deeds {own} GROUP BY ALL)
            ORDER BY customer, item""")
        write(f"paths-{place}", f"""SELECT customer, [deed.i FOR deed IN deeds] AS items, [deed.b FOR deed IN deeds] AS
            behaviours, [deed.t FOR deed IN deeds] AS times, len(deeds) AS events, array_to_string([deed.b || ' ' || deed.i
            FOR deed IN deeds], '; ') AS text FROM (SELECT customer,
            list_sort(list({{'t': time, 'b': behaviour, 'i': item}})) AS deeds {own} GROUP BY ALL) ORDER BY customer""")


def ours(taken: Path, out: Path, asked, name: str = "duckdb", address: str = "") -> None:
    """The expressions of ``workbench.behaviour`` on DuckDB."""
    from workbench import behaviour
    from workbench.engine import Engine
    from workbench.tables import Source, Week

    engine = Engine(name, address, memory=asked.memory, threads=asked.threads, spill=out)
    week = Week(Source("benchmark", out, timezone=ZONE, engine=engine), WEEK, out / WEEK)
    (week.folder / "tables").mkdir(parents=True)
    (week.folder / "tables" / "events.parquet").symlink_to(taken / WEEK / "tables" / "events.parquet")
    with behaviour.open_logs(week) as logs:
        behaviour.store_days(logs)
        days = behaviour.stored(logs, "customer_days")
        behaviour.store(logs, "customers", behaviour.customers(logs, days))
        week.write("funnel", behaviour.funnel(logs, days))
        behaviour.store_by_customers(logs, "sequences", behaviour.sequences)
        behaviour.store_by_customers(logs, "paths", behaviour.paths)


def ours_on_spark(taken: Path, out: Path, asked) -> None:
    """The same expressions on Spark in local mode."""
    from pyspark import SparkContext

    ours(taken, out, asked, "pyspark", f"local[{asked.threads}]")
    SparkContext._gateway.shutdown()  # Java ends with the gateway; only then are its costs known
    SparkContext._gateway.proc.stdin.close()
    SparkContext._gateway.proc.wait(timeout=60)
