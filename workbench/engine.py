"""The engine: where the expressions of the workbench run. DuckDB inside this process, or Spark.

Expressions are written once, for Ibis (``workbench.behaviour``). What an expression cannot tell both engines alike stands
here and nowhere else: connecting, times to numbers and back, reading a file, the result, writing it.
"""

import os
import re
import shutil
import socket
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workbench import paths
from workbench.errors import EngineError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

DUCKDB, PYSPARK = "duckdb", "pyspark"
ENGINES = (DUCKDB, PYSPARK)
CONNECT = "sc://"  # what a Spark Connect address begins with
HERE = "127.0.0.1"  # where a Spark of this machine listens: by itself it opens ports to the network that ask for no password
MEMORY = "4GiB"
GROUP = 122_880  # rows of a row group, as DuckDB writes them


@dataclass(frozen=True)
class Engine:
    """Which engine, and what it may use.

    Attributes:
        name: ``duckdb`` or ``pyspark``.
        address: of Spark: a master (``local[2]``, ``spark://host:7077``, ``yarn``) or a Spark Connect address
            (``sc://host:15002``); empty for DuckDB.
        memory: what it may hold before it spills to disk, as ``4GiB``; empty: ``WORKBENCH_MEMORY``, else 4 GiB.
            A cluster keeps to its own limits.
        threads: how many it may use; 0: ``WORKBENCH_THREADS``, else as many as the machine has.
        spill: the folder it spills to; None: ``WORKBENCH_SPILL``, else the system's folder for temporary files.
    """

    name: str = DUCKDB
    address: str = ""
    memory: str = ""
    threads: int = 0
    spill: Path | None = None

    def __post_init__(self):
        if self.name not in ENGINES:
            raise EngineError(f"engine {self.name!r} is not known; it must be {' or '.join(ENGINES)}")
        if self.name == DUCKDB and self.address:
            raise EngineError(f"the address {self.address!r} is Spark's, and the engine is {DUCKDB}; write "
                              f"'engine: {PYSPARK}' or take the address out")


def connect(engine: Engine | None = None):
    """An Ibis connection; its times are UTC. Close it with ``disconnect()``, or use :func:`connected`.

    Raises:
        EngineError: the engine is not installed, cannot be reached, or does not take a setting.

    >>> import ibis
    >>> with connected(Engine(memory="1GiB", threads=1)) as connection:
    ...     int(connection.execute(ibis.literal(1) + 1))
    2
    """
    engine = engine or Engine()
    return _spark(engine) if engine.name == PYSPARK else _duckdb(engine)


@contextmanager
def connected(engine: Engine | None = None):
    """A connection that is closed at the end of the block."""
    connection = connect(engine)
    try:
        yield connection
    finally:
        connection.disconnect()


def scan(connection, files: list[Path]) -> "ir.Table":
    """Parquet files of one table as an Ibis table; nothing is read before its rows are asked for.

    Raises:
        EngineError: a file is not there.
    """
    if missing := [path for path in files if not Path(path).exists()]:
        raise EngineError(f"{missing[0]} is not there; run the notebook that writes it")
    if connection.name != PYSPARK:
        return connection.read_parquet(files)
    from ibis.util import gen_name

    name = gen_name("scan")  # Ibis takes one path for Spark, and a table may be of several files
    connection._session.read.parquet(*map(str, files)).createOrReplaceTempView(name)
    return connection.table(name)


def attached(connection, dataset) -> "ir.Table":
    """An Arrow dataset as an Ibis table of a DuckDB connection: scanned as it is asked for."""
    from ibis.util import gen_name

    name = gen_name("attached")
    connection.con.register(name, dataset)
    return connection.table(name)


def microseconds(times: "ir.TimestampValue") -> "ir.IntegerValue":
    """UTC times as whole microseconds since 1970, exact; what is empty stays empty.

    DuckDB calls it ``epoch_us``, Spark ``unix_micros``; Ibis's own ``epoch_seconds`` ends in 2038 and drops the fraction.
    """
    name = "unix_micros" if times.get_backend().name == PYSPARK else "epoch_us"
    return _builtin(name, "timestamp('UTC')", "int64")(times)


def moments(numbers: "ir.IntegerValue", name: str) -> "ir.TimestampValue":
    """Microseconds since 1970 as UTC times, in the engine called ``name``; also inside of lists.

    DuckDB calls it ``make_timestamptz``, Spark ``timestamp_micros``.
    """
    return _builtin("timestamp_micros" if name == PYSPARK else "make_timestamptz", "int64", "timestamp('UTC')")(numbers)


def _builtin(name: str, takes: str, gives: str):
    import ibis

    return ibis.udf.scalar.builtin(name=name, signature=((takes,), gives))(lambda value: ...)


def arrow(table: "ir.Table") -> "pa.Table":
    """The rows as an Arrow table in memory; times are UTC or without a zone, whole numbers stay whole beside empty ones."""
    connection = table.get_backend()
    if connection.name != PYSPARK:
        return table.to_pyarrow()
    # Ibis goes through pandas, where an empty cell makes whole numbers fractions.
    connection._run_pre_execute_hooks(table)  # brings the memtables of the expression to Spark
    return connection._session.sql(connection.compile(table)).toArrow()


def kept(table: "ir.Table") -> "ir.Table":
    """The rows, made once and kept in the engine for as long as the table is."""
    table.get_backend()._run_pre_execute_hooks(table)
    return table.cache()


def save(table: "ir.Table", path: Path, write=None) -> Path:
    """Write the rows as one Parquet file, whole or not at all. DuckDB streams them and never holds them all; what Spark
    made comes here through memory.

    Args:
        write: writes a reader of Arrow batches to a path, in the place of the engine's own writer: to seal them.
    """
    connection = table.get_backend()
    with paths.replacing(Path(path)) as beside:
        if connection.name == PYSPARK:
            import pyarrow.parquet as pq

            rows = arrow(table)
            pq.write_table(rows, beside, compression="zstd") if write is None else write(rows.to_reader(), beside)
        elif write is None:
            there = str(beside).replace("'", "''")
            connection.con.execute(f"COPY ({_promised(table)}) TO '{there}' (FORMAT parquet, COMPRESSION zstd)")
        else:
            write(connection.con.execute(_promised(table)).to_arrow_reader(GROUP), beside)
    return Path(path)


def _promised(table: "ir.Table") -> str:
    """SQL for DuckDB whose whole numbers have 64 bits, as Ibis says: DuckDB sums them to 128, which Parquet holds as
    fractions, and Ibis leaves a cast out where it takes the type for that already.
    """
    connection = table.get_backend()
    connection._run_pre_execute_hooks(table)
    names = ", ".join(f'CAST("{name}" AS BIGINT) AS "{name}"' if kind.is_integer() else f'"{name}"'
                      for name, kind in table.schema().items())
    return f"SELECT {names} FROM ({connection.compile(table)})"


def _duckdb(engine: Engine):
    import duckdb
    import ibis

    # Beside other people's: a folder that only this user can read, gone with the connection.
    spill = tempfile.TemporaryDirectory(prefix="workbench-", dir=engine.spill or os.environ.get("WORKBENCH_SPILL"))
    settings = {"memory_limit": _memory(engine), "temp_directory": spill.name, "preserve_insertion_order": False,
                "autoinstall_known_extensions": False}
    if threads := engine.threads or int(os.environ.get("WORKBENCH_THREADS", 0)):
        settings["threads"] = threads
    try:
        connection = ibis.duckdb.connect(**settings)
    except duckdb.Error as error:
        raise EngineError(f"DuckDB does not take the settings {settings}: {_first_line(error)}") from None
    connection.spill = spill
    return connection


def _spark(engine: Engine):
    if engine.address.startswith(CONNECT):
        _knock(engine.address)
    elif shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise EngineError(f"engine {PYSPARK!r} needs Java 17, and there is none on this machine. Install it, give the "
                          f"address of a Spark Connect server ({CONNECT}host:15002), or take the engine out of source.yml")
    try:
        import ibis
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession

        builder = _builder(SparkSession.builder.appName("marketing-workbench"), engine)
    except ImportError as error:
        raise EngineError(f"engine {PYSPARK!r} needs a package that is not here ({error.name or error}): pip install "
                          "'marketing-workbench[spark]', or take the engine out of source.yml: DuckDB") from None
    try:
        return ibis.pyspark.connect(builder.getOrCreate())
    except (PySparkException, RuntimeError, OSError) as error:
        raise EngineError(f"Spark cannot be reached at {engine.address or 'this machine'}: {_first_line(error)}") from None


def _knock(address: str) -> None:
    """Spark Connect tries an address where nobody is for ten minutes: see first whether anybody answers."""
    place = urlsplit(address)
    try:
        socket.create_connection((place.hostname or "", place.port or 15002), timeout=5).close()
    except (OSError, ValueError) as error:
        raise EngineError(f"nobody answers at the Spark Connect address {address!r} ({error}); start the server there, mend "
                          "'spark' in source.yml, or take both lines out to use DuckDB") from None


def _builder(builder, engine: Engine):
    if engine.address.startswith(CONNECT):
        return builder.remote(engine.address)
    threads = engine.threads or int(os.environ.get("WORKBENCH_THREADS", 0))
    settings = {"spark.driver.memory": f"{_mebibytes(_memory(engine))}m", "spark.ui.enabled": "false",
                "spark.ui.showConsoleProgress": "false", "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS"}
    if threads:
        settings["spark.sql.shuffle.partitions"] = str(threads)
    if spill := engine.spill or os.environ.get("WORKBENCH_SPILL"):
        settings["spark.local.dir"] = str(spill)
    master = engine.address or f"local[{threads or '*'}]"
    if master.startswith("local"):
        settings |= {"spark.driver.host": HERE, "spark.driver.bindAddress": HERE}
    return builder.master(master).config(map=settings)


def _memory(engine: Engine) -> str:
    return engine.memory or os.environ.get("WORKBENCH_MEMORY") or MEMORY


def _mebibytes(memory: str) -> int:
    """
    >>> _mebibytes("4GiB"), _mebibytes("512 MB")
    (4096, 488)
    """
    found = re.fullmatch(r"([0-9.]+) ?([KMGT])(i?)B", memory)
    if not found:
        raise EngineError(f"memory {memory!r} is not a size; write it like 4GiB")
    power = "KMGT".index(found[2]) + 1
    return int(float(found[1]) * (1024 if found[3] else 1000) ** power / 1024 ** 2)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
