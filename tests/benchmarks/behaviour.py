"""A log of behaviour of the shape of Tianchi's UserBehavior.csv, of any size: how long each way takes, and how much memory.

    python -m tests.benchmarks.behaviour all --rows 1000000 10000000 100000000 --folder DIR
    python -m tests.benchmarks.behaviour intake --rows 1000000
    python -m tests.benchmarks.behaviour corrupt --rows 1000000

``intake``: the file to one Parquet table, checked, each row once, with pseudonyms, sorted (``tests.benchmarks.intake``).
``all``: intake, then the tables of behaviour from what it wrote (``tests.benchmarks.features``); of ours the notebook
10_preprocess as a whole besides. Every way and stage runs in a process of its own, one after the other, under one limit of
memory and one of time; a way that died, was stopped, or would by far be stopped is not tried at a larger size. Each row of
the table is written to DIR/table.jsonl as it ends, and the same command goes on from there.
``corrupt``: the same file broken in every way that ``tests.benchmarks.corrupt`` knows; each must be counted exactly.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from tests.benchmarks import corrupt, features, intake
from tests.benchmarks.capped import measure
from tests.benchmarks.intake import FIRST, KEY, LAST, WEEK

OURS, SPARK, WHOLE = "ours on DuckDB", "ours on Spark", "10_preprocess"
STAGES = {
    "intake": {OURS: intake.ours, "DuckDB by hand": intake.duckdb_by_hand, "polars": intake.polars_streaming,
               "usual pandas": intake.pandas_notebook, "pandas well": intake.pandas_well},
    "tables": {OURS: features.ours, "DuckDB by hand": features.by_hand, "polars": features.polars,
               "usual pandas": features.usual, "pandas well": features.pandas_well, SPARK: features.ours_on_spark}}
WAYS = list(STAGES["tables"])
HOPELESS = 1.5  # times the limit that a way would take at this rate: it is not tried


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


class Measured:
    """The rows of the table, each written as it ends.

    Args:
        asked: the arguments of the command; its ``folder`` keeps the table, and what lies between stages.
    """

    def __init__(self, asked):
        self.asked, self.folder, self.file = asked, Path(asked.folder), Path(asked.folder) / "table.jsonl"
        self.rows = [json.loads(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []

    def way(self, way: str, rows: int) -> None:
        """Every stage of one way at one size that the table lacks."""
        taken = self.folder / f"{rows}" / (OURS if way == SPARK else way)
        wanted = []
        for stage in self._stages(way):
            if self._told(stage, way, rows):
                continue
            if why := self._lost(stage, way, rows):
                self._add(stage, way, rows, {"ended": why})
            else:
                wanted.append(stage)
        if not wanted:
            return
        if "intake" in wanted or ("tables" in wanted and not taken.exists()):
            shutil.rmtree(taken, ignore_errors=True)
            self._run("intake", OURS if way == SPARK else way, rows, taken)
        if "tables" in wanted and not self._lost("tables", way, rows):
            with tempfile.TemporaryDirectory(dir=self.folder) as out:
                self._run("tables", way, rows, taken, Path(out))
        if way != OURS:  # Spark reads it too
            shutil.rmtree(taken, ignore_errors=True)
        if WHOLE in wanted:
            with tempfile.TemporaryDirectory(dir=self.folder) as reports:
                self._whole(rows, reports)

    def _stages(self, way: str) -> list[str]:
        if self.asked.stage == "intake":
            return ["intake"] if way in STAGES["intake"] else []
        return ["tables"] if way == SPARK else ["intake", "tables", *([WHOLE] if way == OURS else [])]

    def _run(self, stage: str, way: str, rows: int, taken: Path, out: Path | None = None) -> None:
        taken.mkdir(parents=True, exist_ok=True)
        words = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.behaviour", "_one", "--stage", stage, "--way", way,
                 "--file", str(self._log(rows)), "--taken", str(taken), "--out", str(out or taken),
                 "--threads", str(self.asked.threads), "--memory", self.asked.memory]
        self._add(stage, way, rows, self._measure(words))

    def _whole(self, rows: int, reports: str) -> None:
        words = [sys.executable, "-m", "workbench", "run", WHOLE, "--data", "behaviour_zh", "--files",
                 str(self._log(rows).parent), "--week", WEEK]
        self._add(WHOLE, OURS, rows, self._measure(words, WORKBENCH_REPORTS=reports))

    def _measure(self, words: list[str], **besides: str) -> dict:
        threads = str(self.asked.threads)
        return measure(words, self.asked.cap, self.asked.limit, {
            "WORKBENCH_KEY": KEY, "WORKBENCH_THREADS": threads, "WORKBENCH_MEMORY": self.asked.memory,
            "WORKBENCH_SPILL": str(self.folder), "POLARS_MAX_THREADS": threads, "OMP_NUM_THREADS": threads, **besides})

    def _log(self, rows: int) -> Path:
        file = self.folder / f"{rows}" / "log" / "UserBehavior.csv"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            beside = generate(file.with_name(".part"), rows, self.asked.threads)
            print(f"{rows:,} rows, {beside.stat().st_size / 2**30:.2f} GiB", flush=True)
            beside.rename(file)
        return file

    def _lost(self, stage: str, way: str, rows: int) -> str:
        """Why a stage of a way is not tried at this size."""
        told = [row for row in self.rows if row["way"] == way and row["rows"] <= rows]
        for row in told:
            if row["ended"] != "well" and row["stage"] != WHOLE:
                known = row["ended"].startswith("not tried")
                return row["ended"] if known else f"not tried ({row['stage']} of {row['rows']:,} {row['ended']})"
        latest = max((row for row in told if row["stage"] == stage and row["rows"] < rows), key=lambda row: row["rows"],
                     default=None)
        if latest and latest["seconds"] * rows / latest["rows"] > HOPELESS * self.asked.limit:
            return f"not tried ({stage} of {latest['rows']:,} took {latest['seconds']:g} s)"
        return ""

    def _told(self, stage: str, way: str, rows: int) -> bool:
        return any((row["stage"], row["way"], row["rows"]) == (stage, way, rows) for row in self.rows)

    def _add(self, stage: str, way: str, rows: int, found: dict) -> None:
        self.rows = [row for row in self.rows if (row["stage"], row["way"], row["rows"]) != (stage, way, rows)]
        self.rows.append({"stage": stage, "way": way, "rows": rows, **found})
        self.file.write_text("".join(json.dumps(row) + "\n" for row in self.rows))
        print(self.rows[-1], flush=True)


def corrupted(asked) -> None:
    """The file broken in every way; each kind must be found as often as it was planted, and the sum must hold."""
    from workbench.privacy import Door
    from workbench.tables import survey

    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        file = generate(Path(folder) / "UserBehavior.csv", asked.rows[0], asked.threads)
        planted = corrupt.corrupt(file)
        began = time.process_time()
        found = survey(intake.source_of(file), Door())
        print(found.rows.to_string(index=False))
        print(corrupt.compared(found.reasons, planted).to_string(index=False))
        print(f"{time.process_time() - began:.1f} processor seconds")


def main() -> None:
    """Run the stage that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=["intake", "all", "corrupt", "_one"])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--ways", nargs="*", choices=WAYS, default=WAYS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--memory", default="4GiB", help="what DuckDB may hold, and Java's heap (default 4GiB)")
    parser.add_argument("--cap", type=float, default=6, help="GiB that a way may hold, all in all (default 6)")
    parser.add_argument("--limit", type=float, default=900, help="seconds that a stage may take (default 900)")
    parser.add_argument("--folder", default="", help="where the table, and files of the size of the log, may lie")
    for name in ("--stage", "--way", "--file", "--taken", "--out"):
        parser.add_argument(name, dest=f"one_{name[2:]}", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.stage == "_one" and asked.one_stage == "intake":
        STAGES["intake"][asked.one_way](Path(asked.one_file), Path(asked.one_taken), asked)
    elif asked.stage == "_one":
        STAGES["tables"][asked.one_way](Path(asked.one_taken), Path(asked.one_out), asked)
    elif asked.stage == "corrupt":
        corrupted(asked)
    else:
        _table(asked)


def _table(asked) -> None:
    with tempfile.TemporaryDirectory() as once:  # unless a folder keeps it
        asked.folder = asked.folder or once
        Path(asked.folder).mkdir(parents=True, exist_ok=True)
        measured = Measured(asked)
        for way in asked.ways:
            for rows in asked.rows:
                measured.way(way, rows)
        for rows in asked.rows:
            shutil.rmtree(Path(asked.folder) / f"{rows}", ignore_errors=True)
        print(f"\n{asked.threads} thread(s), DuckDB's limit {asked.memory}, every way at most {asked.cap:g} GiB and "
              f"{asked.limit:g} s a stage\n")
        print(pd.DataFrame(measured.rows).sort_values(["stage", "rows"], kind="stable").to_string(index=False))


if __name__ == "__main__":
    main()
