"""The file of a log to one Parquet table: checked, each row once, with pseudonyms, sorted by customer and time.

Each way writes ``events.parquet`` (``customer, item, category, behaviour, time``) into its folder; ours writes a week.
"""

import hmac
from pathlib import Path

import pandas as pd

NAMES = ["user_id", "item_id", "category_id", "behavior_type", "timestamp"]
FIRST, LAST = 1511539200, 1512316799  # 25 November to 3 December 2017 in Shanghai
BEHAVIOURS = {"pv": "view", "fav": "favourite", "cart": "cart", "buy": "buy"}
WEEK = "2017-W48"
KEY = "a key of the benchmarks only"


def pandas_notebook(file: Path, folder: Path, asked) -> None:
    """The usual notebook."""
    frame = pd.read_csv(file, names=NAMES).dropna().drop_duplicates()
    frame = frame[(frame["timestamp"] >= FIRST) & (frame["timestamp"] <= LAST)]
    frame["time"] = pd.to_datetime(frame["timestamp"], unit="s", utc=True)
    frame["behaviour"] = frame["behavior_type"].apply(lambda code: BEHAVIOURS[code])
    frame["customer"] = frame["user_id"].apply(lambda user: _pseudonym(str(user)))
    frame["item"], frame["category"] = frame["item_id"].astype(str), frame["category_id"].astype(str)
    frame = frame[["customer", "item", "category", "behaviour", "time"]]
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
    frame.drop(columns="user_id").rename(columns={"item_id": "item", "category_id": "category"}).to_parquet(
        folder / "events.parquet", compression="zstd")


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
        time=pl.from_epoch("timestamp", time_unit="s").dt.replace_time_zone("UTC"),
        behaviour=pl.col("behavior_type").replace_strict(BEHAVIOURS))
    checked.select("customer", pl.col("item_id").alias("item"), pl.col("category_id").alias("category"), "behaviour", "time",
                   ).sort("customer", "time").sink_parquet(folder / "events.parquet", compression="zstd")


def duckdb_by_hand(file: Path, folder: Path, asked) -> None:
    """What a good engineer writes in SQL for this very file: lines as text, strict checks with reasons, then whole numbers,
    each row once, sorted, zstd.
    """
    import duckdb

    connection = duckdb.connect(config={"threads": asked.threads, "memory_limit": asked.memory,
                                        "temp_directory": str(folder / "spill"), "preserve_insertion_order": False})
    connection.execute("CREATE TYPE code AS ENUM ('pv', 'fav', 'cart', 'buy')")
    connection.execute(f"""CREATE TABLE checked AS
        SELECT line, reason, CASE WHEN reason IS NULL THEN parts[1]::BIGINT END AS user_id,
               CASE WHEN reason IS NULL THEN parts[2]::BIGINT END AS item,
               CASE WHEN reason IS NULL THEN parts[3]::BIGINT END AS category,
               CASE WHEN reason IS NULL THEN parts[4]::code END AS code,
               CASE WHEN reason IS NULL THEN parts[5]::BIGINT END AS seconds FROM (SELECT *,
          CASE WHEN len(parts) < 5 THEN 'cut' WHEN len(parts) > 5 THEN 'surplus'
               WHEN NOT regexp_full_match(parts[1], '[0-9]{{1,15}}') THEN 'no customer'
               WHEN NOT regexp_full_match(parts[2], '[0-9]{{1,15}}') THEN 'no item'
               WHEN NOT regexp_full_match(parts[3], '[0-9]{{1,15}}') THEN 'no category'
               WHEN parts[4] NOT IN ('pv', 'fav', 'cart', 'buy') THEN 'code'
               WHEN NOT regexp_full_match(parts[5], '[0-9]{{1,15}}') THEN 'no number'
               WHEN parts[5]::BIGINT > 100000000000 THEN 'milliseconds'
               WHEN parts[5]::BIGINT NOT BETWEEN {FIRST} AND {LAST} THEN 'window' END AS reason
        FROM (SELECT row_number() OVER () AS line, string_split(text, ',') AS parts
              FROM read_csv('{file}', delim = '\x01', quote = '', escape = '', header = false,
                            columns = {{'text': 'VARCHAR'}})))""")
    users = connection.execute("SELECT DISTINCT user_id FROM checked WHERE reason IS NULL").fetchnumpy()["user_id"]
    known = pd.DataFrame({"user_id": users, "customer": [_pseudonym(str(user)) for user in users.tolist()]})
    connection.register("known", known)
    connection.execute("""CREATE TABLE once AS SELECT user_id, item, category, code, seconds, min(line) AS line
                          FROM checked WHERE reason IS NULL GROUP BY ALL""")
    print(connection.execute("""SELECT count(*) AS rows, (SELECT count(*) FROM once) AS kept,
                                count(reason) AS quarantined FROM checked""").fetchall())
    connection.execute("DROP TABLE checked")
    connection.execute(f"""COPY (
        SELECT customer, item::VARCHAR AS item, category::VARCHAR AS category,
               MAP {{'pv': 'view', 'fav': 'favourite', 'cart': 'cart', 'buy': 'buy'}}[code::VARCHAR] AS behaviour,
               make_timestamptz(seconds * 1000000) AS time FROM once JOIN known USING (user_id)
        ORDER BY customer, time, line) TO '{folder}/events.parquet' (COMPRESSION zstd)""")


def ours(file: Path, folder: Path, asked) -> None:
    """``workbench.tables.take_in``, quarantine and sums included."""
    from workbench.privacy import Door
    from workbench.tables import Week, take_in

    print(take_in(Week(source_of(file), WEEK, folder / WEEK), Door(), memory=asked.memory).rows.to_string(index=False))


def source_of(file: Path):
    """The source ``behaviour_zh`` with this file."""
    from workbench.tables import load_source

    return load_source("behaviour_zh", str(file.parent))


def _pseudonym(user: str) -> str:
    return "c-" + hmac.digest(KEY.encode(), b"customer\0" + user.encode(), "sha256").hex()[:16]
