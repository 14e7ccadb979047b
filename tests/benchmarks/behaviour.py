"""A log of behaviour of the shape of Tianchi's UserBehavior.csv, of any size: how long each way takes, and how much memory.

    python -m tests.benchmarks.behaviour intake --rows 1000000
    python -m tests.benchmarks.behaviour corrupt --rows 1000000
    python -m tests.benchmarks.behaviour all --rows 1000000 10000000 100000000 --folder DIR

``intake``: the file to one Parquet table, checked, each row once, with pseudonyms, sorted by customer and time. Every way
runs in a process of its own, one after the other; seconds, processor seconds (imports included) and peak memory are its.
``corrupt``: the same file broken in every way that ``tests.benchmarks.corrupt`` knows; each must be counted exactly.
``all``: intake, then the tables of behaviour (``tests.benchmarks.features``), every way at every size, in one table.
A further stage is a function ``(file, folder, asked) -> None`` in ``STAGES``.
"""

import argparse
import hmac
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pandas as pd

from tests.benchmarks import corrupt, features

NAMES = ["user_id", "item_id", "category_id", "behavior_type", "timestamp"]
FIRST, LAST = 1511539200, 1512316799  # 25 November to 3 December 2017 in Shanghai
BEHAVIOURS = {"pv": "view", "fav": "favourite", "cart": "cart", "buy": "buy"}
WEEK = "2017-W48"
KEY = "a key of the benchmarks only"


def generate(path: Path, rows: int, threads: int = 1) -> Path:
    """Write ``rows`` events: 1 customer in 100 rows, 1 item in 25, 9,400 categories, each with a long tail; nine days;
    89.6% pv, 5.5% cart, 2.9% fav, 2.0% buy. The same rows for the same number, in no order.
    """
    import duckdb

    customers, items = max(1, rows // 100), max(1, rows // 25)
    connection = duckdb.connect(config={"threads": threads})
    connection.execute("SELECT setseed(0.5)")
    connection.execute(f"""COPY (
        SELECT 100000 + CAST(floor({customers} * pow(random(), 1.6)) AS BIGINT) AS user_id,
               1 + CAST(floor({items} * pow(random(), 4)) AS BIGINT) * 7919 % {items} AS item_id,
               CAST(floor(9400 * pow(random(), 3)) AS BIGINT) * 487 + 1001 AS category_id,
               CASE WHEN kind < .896 THEN 'pv' WHEN kind < .951 THEN 'cart' WHEN kind < .98 THEN 'fav'
                    ELSE 'buy' END AS what,
               {FIRST} + CAST(floor({LAST - FIRST + 1} * random()) AS BIGINT) AS time
        FROM (SELECT random() AS kind FROM range({rows}))) TO '{path}' (HEADER false)""")
    connection.close()
    return path


def pandas_notebook(file: Path, folder: Path, asked) -> None:
    """The usual notebook."""
    frame = pd.read_csv(file, names=NAMES).dropna().drop_duplicates()
    frame = frame[(frame["timestamp"] >= FIRST) & (frame["timestamp"] <= LAST)]
    frame["time"] = pd.to_datetime(frame["timestamp"], unit="s", utc=True)
    frame["behaviour"] = frame["behavior_type"].apply(lambda code: BEHAVIOURS[code])
    frame["customer"] = frame["user_id"].apply(lambda user: _pseudonym(str(user)))
    frame.sort_values(["customer", "time"]).to_parquet(folder / "events.parquet")


def pandas_well(file: Path, folder: Path, asked) -> None:
    """Pandas written well: types said beforehand, every different id hashed once, columns instead of rows."""
    frame = pd.read_csv(file, names=NAMES, dtype={"user_id": "int64", "item_id": "int64", "category_id": "int64",
                                                  "behavior_type": "category", "timestamp": "int64"}, engine="pyarrow")
    frame = frame.drop_duplicates(ignore_index=True)
    frame = frame[frame["behavior_type"].isin(BEHAVIOURS) & frame["timestamp"].between(FIRST, LAST)]
    codes, users = pd.factorize(frame["user_id"])
    frame["customer"] = pd.Categorical.from_codes(codes, [_pseudonym(str(user)) for user in users])
    frame["customer"] = frame["customer"].cat.reorder_categories(sorted(frame["customer"].cat.categories), ordered=True)
    frame = frame.sort_values(["customer", "timestamp"], kind="stable", ignore_index=True)
    frame["time"] = pd.to_datetime(frame.pop("timestamp"), unit="s", utc=True)
    frame["behaviour"] = frame.pop("behavior_type").cat.rename_categories(BEHAVIOURS)
    frame.drop(columns="user_id").to_parquet(folder / "events.parquet", compression="zstd")


def polars_streaming(file: Path, folder: Path, asked) -> None:
    """Polars' streaming engine; the same checks as ours as far as lines are cut right."""
    import polars as pl

    lines = pl.scan_csv(file, has_header=False, new_columns=NAMES, infer_schema=False, quote_char=None)
    users = lines.select("user_id").unique().collect(engine="streaming")["user_id"]
    known = pl.LazyFrame({"user_id": users, "customer": [_pseudonym(user) for user in users]})
    number = pl.col("timestamp").str.contains(r"^[0-9]{1,15}$")
    checked = lines.filter(number & pl.col("behavior_type").is_in(list(BEHAVIOURS)) & (pl.col("user_id") != "")
                           & (pl.col("item_id") != "")).with_columns(pl.col("timestamp").cast(pl.Int64))
    checked = checked.filter(pl.col("timestamp").is_between(FIRST, LAST)).unique()
    checked = checked.join(known, on="user_id").with_columns(
        time=pl.from_epoch("timestamp", time_unit="s"), behaviour=pl.col("behavior_type").replace_strict(BEHAVIOURS))
    checked.select("customer", pl.col("item_id").alias("item"), pl.col("category_id").alias("category"), "behaviour", "time",
                   ).sort("customer", "time").sink_parquet(folder / "events.parquet", compression="zstd")


def duckdb_by_hand(file: Path, folder: Path, asked) -> None:
    """What a good engineer writes in SQL: lines as text, strict checks with reasons, each row once, sorted, zstd."""
    import duckdb

    connection = duckdb.connect(config={"threads": asked.threads, "memory_limit": asked.memory,
                                        "temp_directory": str(folder / "spill"), "preserve_insertion_order": False})
    connection.execute(f"""CREATE TABLE checked AS
        SELECT line, parts[1] AS user_id, parts[2] AS item, parts[3] AS category, parts[4] AS code, parts[5] AS seconds,
          CASE WHEN len(parts) < 5 THEN 'cut' WHEN len(parts) > 5 THEN 'surplus' WHEN trim(parts[1]) = '' THEN 'no customer'
               WHEN trim(parts[2]) = '' THEN 'no item' WHEN parts[4] NOT IN ('pv', 'fav', 'cart', 'buy') THEN 'code'
               WHEN NOT regexp_full_match(parts[5], '[0-9]{{1,15}}') THEN 'no number'
               WHEN parts[5]::BIGINT > 100000000000 THEN 'milliseconds'
               WHEN parts[5]::BIGINT NOT BETWEEN {FIRST} AND {LAST} THEN 'window' END AS reason
        FROM (SELECT row_number() OVER () AS line, string_split(text, ',') AS parts
              FROM read_csv('{file}', delim = '\x01', quote = '', escape = '', header = false,
                            columns = {{'text': 'VARCHAR'}}))""")
    users = connection.execute("SELECT DISTINCT user_id FROM checked WHERE reason IS NULL").fetchall()
    known = pd.DataFrame({"user_id": [user for user, in users], "customer": [_pseudonym(user) for user, in users]})
    connection.register("known", known)
    connection.execute("""CREATE TABLE once AS SELECT user_id, item, category, code, seconds, min(line) AS line
                          FROM checked WHERE reason IS NULL GROUP BY ALL""")
    connection.execute(f"""COPY (
        SELECT customer, item, category,
               MAP {{'pv': 'view', 'fav': 'favourite', 'cart': 'cart', 'buy': 'buy'}}[code] AS behaviour,
               make_timestamp(seconds::BIGINT * 1000000) AS time FROM once JOIN known USING (user_id)
        ORDER BY customer, time, line) TO '{folder}/events.parquet' (COMPRESSION zstd)""")


def ours(file: Path, folder: Path, asked) -> None:
    """``workbench.tables.take_in``, quarantine and sums included."""
    from workbench.privacy import Door
    from workbench.tables import Week, take_in

    print(take_in(Week(_source(file), WEEK, folder / WEEK), Door(), memory=asked.memory).rows.to_string(index=False))


WAYS = {"pandas notebook": pandas_notebook, "pandas well": pandas_well, "polars": polars_streaming,
        "duckdb by hand": duckdb_by_hand, "ours": ours}
STAGES = {"intake": WAYS}


def measure(stage: str, way: str, file: Path, rows: int, asked) -> dict:
    """One way in a process of its own: seconds, processor seconds and the most memory that it held."""
    environment = os.environ | {"WORKBENCH_KEY": KEY, "WORKBENCH_THREADS": str(asked.threads),
                                "POLARS_MAX_THREADS": str(asked.threads), "OMP_NUM_THREADS": str(asked.threads)}
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        words = [sys.executable, "-m", "tests.benchmarks.behaviour", "_one", "--stage", stage, "--way", way, "--file",
                 str(file), "--folder", folder, "--threads", str(asked.threads), "--memory", asked.memory]
        began = time.monotonic()
        process = subprocess.Popen(words, env=environment)
        late = threading.Timer(asked.limit, process.kill)
        late.start()
        _, status, used = os.wait4(process.pid, 0)
        late.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        return {"stage": stage, "way": way, "rows": rows, "seconds": time.monotonic() - began,
                "processor seconds": used.ru_utime + used.ru_stime, "peak GiB": used.ru_maxrss / 2**20,
                "ended": "well" if process.returncode == 0 else f"with {process.returncode}"}


def corrupted(asked) -> None:
    """The file broken in every way; each kind must be found as often as it was planted, and the sum must hold."""
    from workbench.privacy import Door
    from workbench.tables import survey

    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        file = generate(Path(folder) / "UserBehavior.csv", asked.rows[0], asked.threads)
        planted = corrupt.corrupt(file)
        began = time.process_time()
        found = survey(_source(file), Door())
        print(found.rows.to_string(index=False))
        print(corrupt.compared(found.reasons, planted).to_string(index=False))
        print(f"{time.process_time() - began:.1f} processor seconds")


def _pseudonym(user: str) -> str:
    return "c-" + hmac.digest(KEY.encode(), b"customer\0" + user.encode(), "sha256").hex()[:16]


def _source(file: Path):
    from workbench.tables import load_source

    return load_source("behaviour_zh", str(file.parent))


def main() -> None:
    """Run the stage that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=[*STAGES, "corrupt", "all", "_one"])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--ways", nargs="*", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--memory", default="4GiB", help="DuckDB's limit")
    parser.add_argument("--limit", type=float, default=3600, help="seconds that a way may take (default 3600)")
    parser.add_argument("--folder", default=tempfile.gettempdir(), help="where files of the size of the log may lie")
    for name in ("--stage", "--way", "--file"):
        parser.add_argument(name, dest=f"one_{name[2:]}", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.stage == "_one":
        STAGES[asked.one_stage][asked.one_way](Path(asked.one_file), Path(asked.folder), asked)
    elif asked.stage == "corrupt":
        corrupted(asked)
    else:
        told = [row for rows in asked.rows for row in _measured(rows, asked)]
        print(pd.DataFrame(told).to_string(index=False, float_format="{:.2f}".format))


def _measured(rows: int, asked) -> list[dict]:
    """Every way at one size; each is told at once, since the next one may die."""
    told = []
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        file = generate(Path(folder) / "UserBehavior.csv", rows, asked.threads)
        print(f"{rows:,} rows, {file.stat().st_size / 2**30:.2f} GiB", flush=True)
        for way in asked.ways:
            told.append(measure("intake", way, file, rows, asked))
            print(told[-1], flush=True)
        file.unlink()
        if asked.stage == "all":
            log = features.made_log(rows, Path(folder) / "events.parquet")
            for way in features.WAYS:
                found = features.measured(way, log, asked.limit)
                told.append({"stage": "features", "way": way, "rows": rows, "seconds": found["seconds"],
                             "processor seconds": found.get("processor_seconds"), "peak GiB": found.get("peak_gib"),
                             "ended": found.get("note", "well")})
                print(told[-1], flush=True)
    return told


if __name__ == "__main__":
    main()
