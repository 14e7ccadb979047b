"""Tables at rest: what a key seals, who reads it, and what a wrong key or a changed byte does."""

import duckdb
import ibis
import pandas as pd
import pyarrow.compute as pc
import pytest

from workbench import engine, sealed
from workbench.errors import ParameterError, TableError
from workbench.run.fingerprint import Hashes
from workbench.tables import Source, Week
from workbench.tables.week import conform, contract

KEY, OTHER = "ab" * 32, "cd" * 32
FRAME = pd.DataFrame({"table": ["reviews"], "file": ["secret-file.csv"], "line": [2], "reason": ["too many columns"]})


@pytest.fixture
def week(tmp_path):
    return Week(Source("shop", tmp_path, "UTC"), "2026-W46", tmp_path / "reports" / "shop" / "2026-W46")


def test_without_a_key_tables_are_plain(week, monkeypatch):
    monkeypatch.delenv(sealed.VARIABLE, raising=False)
    path = week.write("quarantine", FRAME)
    assert not sealed.is_sealed(path) and b"secret-file" in path.read_bytes() and sealed.fingerprint() == "none"


def test_a_sealed_table_reads_the_same_in_pandas_and_duckdb_and_says_nothing_to_others(week, monkeypatch):
    monkeypatch.setenv(sealed.VARIABLE, KEY)
    path = week.write("quarantine", FRAME)
    assert sealed.is_sealed(path)
    assert not any(word in path.read_bytes() for word in (b"secret-file", b"reviews", b"reason"))
    pd.testing.assert_frame_equal(week.read("quarantine"), conform(FRAME, contract("quarantine")))
    assert week.read("quarantine", ["file"])["file"].tolist() == ["secret-file.csv"]
    there = engine.attached(ibis.duckdb.connect(), sealed.dataset(week.scan("quarantine")))
    assert there.execute()["file"].tolist() == ["secret-file.csv"]


def test_duckdb_reads_large_sealed_tables_with_filters_as_plain_ones(tmp_path, monkeypatch):
    """Many pages a column and rows left out: what DuckDB's own decryption cannot read."""
    n = 300_000
    frame = pd.DataFrame({"customer": [f"c-{i % 3000}" for i in range(n)], "day": range(n)}).assign(
        odd=lambda table: table["day"] % 2)
    sums = []
    for key in ("", KEY):
        monkeypatch.setenv(sealed.VARIABLE, key)
        path = tmp_path / f"table{len(sums)}.parquet"
        frame.to_parquet(path, row_group_size=122_880, **sealed.options())
        connection = ibis.duckdb.connect(threads=1)
        table = engine.attached(connection, sealed.dataset([path])) if key else engine.scan(connection, [path])
        odd = table.filter((table.odd == 1) & (table.day < 250_000))
        some = table.filter(table.customer.isin(["c-7", "c-2999"])).order_by(table.day.desc()).limit(3)
        sums.append((odd.aggregate([odd.day.sum(), odd.customer.nunique()]).execute().iloc[0].tolist(),
                     some.execute().to_numpy().tolist(), table.count().execute()))
    assert sums[0] == sums[1] and sums[0][2] == n


@pytest.mark.parametrize(("key", "said"), [(None, "is not set"), (OTHER, "another key")])
def test_a_wrong_key_is_told(week, monkeypatch, key, said):
    monkeypatch.setenv(sealed.VARIABLE, KEY)
    week.write("quarantine", FRAME)
    monkeypatch.setenv(sealed.VARIABLE, key) if key else monkeypatch.delenv(sealed.VARIABLE)
    with pytest.raises(TableError, match=said) as told:
        week.read("quarantine")
    assert "quarantine.parquet" in str(told.value) and KEY not in str(told.value)
    with pytest.raises(TableError, match=said):
        sealed.dataset(week.scan("quarantine"))


def test_no_changed_byte_is_read(week, monkeypatch):
    monkeypatch.setenv(sealed.VARIABLE, KEY)
    path = week.write("quarantine", FRAME)
    whole, expected = path.read_bytes(), week.read("quarantine")
    read = 0
    for place in range(4, len(whole) - 8, 41):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1:])
        try:  # a few bytes are outside of what is sealed (lengths); they may fail or change nothing, never the content
            pd.testing.assert_frame_equal(week.read("quarantine"), expected)
            read += 1
        except TableError:
            continue
    assert read < 3
    path.write_bytes(whole[:-100] + whole[-8:])
    with pytest.raises(TableError):
        week.read("quarantine")


@pytest.mark.parametrize("key", ["short", "zz" * 32, "ab" * 16])
def test_what_is_no_key_is_refused(monkeypatch, key):
    monkeypatch.setenv(sealed.VARIABLE, key)
    with pytest.raises(ParameterError, match="64 hexadecimal digits") as told:
        sealed.table_key()
    assert key not in str(told.value)


def test_what_an_engine_wrote_plain_is_sealed_in_its_place(week, monkeypatch):
    monkeypatch.setenv(sealed.VARIABLE, KEY)
    path = week.folder / "tables" / "quarantine.parquet"
    path.parent.mkdir(parents=True)
    ibis.duckdb.connect().to_parquet(ibis.memtable(FRAME), path)
    assert sealed.seal(path) and sealed.is_sealed(path) and not sealed.seal(path)
    assert week.read("quarantine")["line"].tolist() == [2]


def test_the_same_content_has_the_same_hash_so_nothing_runs_twice(week, monkeypatch):
    monkeypatch.setenv(sealed.VARIABLE, KEY)
    path = week.write("quarantine", FRAME)
    first, one = path.read_bytes(), Hashes().file(path)
    week.write("quarantine", FRAME)
    assert path.read_bytes() != first and Hashes().file(path) == one
    week.write("quarantine", FRAME.assign(line=3))
    assert Hashes().file(path) != one


def test_a_sealed_table_passes_through_memory_a_row_group_at_a_time(tmp_path, monkeypatch):
    frame = pd.DataFrame({"n": range(10_000)})
    for key in ("", KEY):
        monkeypatch.setenv(sealed.VARIABLE, key)
        path = tmp_path / f"table{key[:2]}.parquet"
        frame.to_parquet(path, row_group_size=3_000, compression="zstd", **sealed.options())
        monkeypatch.setattr(sealed, "load", None)
        assert [len(rows) for rows in sealed.groups(path)] == [3_000, 3_000, 3_000, 1_000]
        sealed.rewrite(path, lambda rows: rows.filter(pc.greater_equal(rows["n"], 4_000)))
        assert [len(rows) for rows in sealed.groups(path)] == [2_000, 3_000, 1_000] and sealed.is_sealed(path) == bool(key)
        assert sealed.read([path])["n"].tolist() == [*range(4_000, 10_000)]
        monkeypatch.undo()


def test_what_an_engine_makes_is_never_plain_on_disk(tmp_path, monkeypatch):
    monkeypatch.setenv(sealed.VARIABLE, KEY)
    seen = []

    def write(batches, path):
        sealed.stream(batches, path)
        seen.append(sealed.is_sealed(path))

    connection = ibis.duckdb.connect(threads=1)
    rows = connection.sql("SELECT i::BIGINT AS n, ['a', 'b'] AS words FROM range(300000) t(i) ORDER BY i DESC")
    engine.save(rows, tmp_path / "made.parquet", write)
    assert seen == [True]
    groups = list(sealed.groups(tmp_path / "made.parquet"))
    assert len(groups) >= 2 and groups[0]["n"][0].as_py() == 299_999 and groups[-1]["words"][-1].as_py() == ["a", "b"]


def spilt(folder, encrypted):
    """What lies on disk while DuckDB sorts more than it may hold."""
    connection = duckdb.connect(config={"memory_limit": "60MB", "threads": 1, "temp_directory": str(folder),
                                        "autoinstall_known_extensions": False})
    told = sealed.seal_spill(connection)
    assert bool(told) != encrypted
    connection.execute("CREATE TABLE t AS SELECT 'customer-' || i AS who FROM range(4000000) t(i)")
    assert connection.execute("SELECT count(DISTINCT who) FROM t").fetchone() == (4_000_000,)
    found = b"".join(path.read_bytes() for path in folder.iterdir())
    connection.close()
    return found, told


def test_spill_is_encrypted_where_duckdb_can_and_told_where_it_cannot(tmp_path, monkeypatch):
    monkeypatch.delenv(sealed.VARIABLE, raising=False)
    assert sealed.seal_spill(duckdb.connect()) == [], "without a key nothing is said"
    monkeypatch.setenv(sealed.VARIABLE, KEY)
    try:
        duckdb.connect(config={"autoinstall_known_extensions": False}).execute("LOAD httpfs")
        there = True
    except duckdb.Error:
        there = False
    found, told = spilt(tmp_path / "spill", there)
    assert len(found) > 1_000_000 and (b"customer-" in found) != there
    assert there or "INSTALL httpfs" in told[0]
