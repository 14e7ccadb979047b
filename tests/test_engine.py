"""The engines: what they refuse, and that times, empty cells and lists come out of both alike."""

import sys

import pandas as pd
import psutil
import pyarrow.parquet as pq
import pytest

from workbench import engine
from workbench.engine import Engine
from workbench.errors import EngineError

TIMES = ["2026-11-09 17:00", "2026-03-29 00:59", "2026-03-29 01:30", "2026-10-25 00:30", "2026-10-25 01:30", None]
FRAME = pd.DataFrame({"time": pd.to_datetime(TIMES, utc=True).astype("datetime64[us, UTC]"), "count": pd.array(
    [1, None, 3, 4, 5, 6], dtype="Int64"), "words": [["茶", "a b"], None, [], ["x"], ["y"], ["z"]]})


def told(connection, folder):
    """Times as numbers and back, empty cells and lists, through a file."""
    FRAME.to_parquet(folder / "in.parquet", index=False)
    table = engine.scan(connection, [folder / "in.parquet"])
    table = table.mutate(at=engine.microseconds(table.time))
    table = table.mutate(back=engine.moments(table.at, connection.name))
    return pq.read_table(engine.save(table, folder / f"{connection.name}.parquet"))


def test_times_are_numbers_and_back(duckdb_connection, tmp_path):
    rows = told(duckdb_connection, tmp_path).to_pylist()
    assert [row["back"] for row in rows] == [row["time"] for row in rows]
    assert rows[0]["at"] == pd.Timestamp("2026-11-09 17:00Z").timestamp() * 1_000_000 and rows[5]["at"] is None


@pytest.mark.spark
def test_spark_tells_the_same(duckdb_connection, spark_connection, tmp_path):
    assert told(spark_connection, tmp_path).to_pylist() == told(duckdb_connection, tmp_path).to_pylist()


@pytest.mark.spark
def test_spark_of_this_machine_listens_to_no_network(spark_connection):
    sockets = [one for process in psutil.Process().children(recursive=True) for one in process.net_connections("tcp")]
    opened = {one.laddr.ip.removeprefix("::ffff:") for one in sockets if one.status == psutil.CONN_LISTEN}
    assert opened == {"127.0.0.1"}


@pytest.mark.parametrize(("says", "words"), [
    (("spark",), "must be duckdb or pyspark"),
    (("duckdb", "local[2]"), "write 'engine: pyspark'"),
])
def test_what_an_engine_is_not(says, words):
    with pytest.raises(EngineError, match=words):
        Engine(*says)


def test_a_size_that_is_none_and_a_file_that_is_not_there(duckdb_connection, tmp_path):
    with pytest.raises(EngineError, match="memory_limit"):
        engine.connect(Engine(memory="much"))
    with pytest.raises(EngineError, match="is not there"):
        engine.scan(duckdb_connection, [tmp_path / "none.parquet"])


def test_limits_are_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_MEMORY", "1GiB")
    monkeypatch.setenv("WORKBENCH_SPILL", str(tmp_path))
    with engine.connected(Engine(threads=1)) as connection:
        asked = "SELECT current_setting('memory_limit'), current_setting('threads'), current_setting('TimeZone')"
        assert connection.con.sql(asked).fetchone() == ("1.0 GiB", 1, "UTC")
        assert len(list(tmp_path.iterdir())) == 1
    del connection
    assert list(tmp_path.iterdir()) == [], "nothing spilt is left"


@pytest.mark.parametrize("address", ["sc://localhost:1", "sc://localhost:text", "sc://"])
def test_a_server_that_does_not_answer_is_said_at_once(address):
    with pytest.raises(EngineError, match="nobody answers"):
        engine.connect(Engine("pyspark", address))


def test_spark_that_is_not_installed_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    monkeypatch.setattr(engine.shutil, "which", lambda name: "/usr/bin/java")
    with pytest.raises(EngineError, match=r"\[spark\]"):
        engine.connect(Engine("pyspark"))
    monkeypatch.setattr(engine.shutil, "which", lambda name: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(EngineError, match="Java 17"):
        engine.connect(Engine("pyspark"))
