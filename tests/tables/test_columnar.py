"""Parquet files say what a csv file of their columns would say, whatever the types in them."""

import datetime
import decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.errors import SourceError
from workbench.tables import cells
from workbench.tables.records.columnar import ROUNDED

NOON = datetime.datetime(2026, 11, 9, 12)
ORDERS = {"order": "no", "customer": "who.id", "item": "sku", "quantity": "n", "price": "price", "time": "at"}
COLUMNS = {"no": pa.array([536365, 536366]), "who": pa.array([{"id": "x"}, {"id": None}]),
           "sku": pa.array(["mug", "jar"]).dictionary_encode(), "n": pa.array([1, 2], pa.int8()),
           "price": pa.array([decimal.Decimal("4.50"), decimal.Decimal("1234.50")]), "at": pa.array([NOON, NOON])}


def read(shop, columns, rule=None, **says):
    pq.write_table(pa.table(COLUMNS | columns), shop.folder / "o.parquet")
    return shop.says({"orders": {"files": "o.parquet", "columns": ORDERS, **(rule or {})}}, **says).read()


@pytest.mark.parametrize(("columns", "rule", "hour"), [
    ({}, {}, 4), ({"at": pa.array([NOON, NOON], pa.timestamp("ns", "UTC"))}, {}, 12),
    ({"at": pa.array([NOON, NOON], pa.timestamp("us", "America/New_York"))}, {}, 12),
    ({"at": pa.array([NOON.date(), NOON.date()]), "price": pa.array([4.5, 1234.5])}, {"decimal": ","}, 16),
    ({"at": pa.array([1794225600, 1794225600]), "price": pa.array(["4.5", "1,234.5"])},
     {"thousands": ",", "columns": {**ORDERS, "time": {"from": "at", "unit": "seconds"}}}, 12)])
def test_values_are_what_their_types_say(shop, columns, rule, hour):
    raw = read(shop, columns, rule, timezone="Asia/Shanghai")
    found = raw.frames["orders"]
    assert found[["order", "item", "quantity", "price"]].to_numpy().tolist() == [
        ["536365", "mug", 1, 4.5], ["536366", "jar", 2, 1234.5]]
    assert found["customer"].isna().tolist() == [False, True] and raw.quarantine.empty
    assert found["time"].dt.hour.unique().tolist() == [hour]


def test_what_is_no_number_is_missing_and_refused_rows_have_their_place(shop):
    raw = read(shop, {"price": pa.array([float("nan"), 4.5]), "no": pa.array([536365.0, 536366.0])})
    assert raw.frames["orders"]["order"].tolist() == ["536366"]
    assert shop.refused(raw) == [(1, "price", None, cells.EMPTY)]
    assert '"sku": "mug"' in raw.quarantine["raw"][0] and "536365" not in raw.quarantine["raw"][0]


def test_floating_numbers_are_whole_codes_or_refused_as_rounded(shop):
    raw = read(shop, {"no": pa.array([12345678901.0, 2.0**53]), "price": pa.array([0.00001, 5.0])}, {"decimal": ","})
    assert raw.frames["orders"][["order", "price"]].to_numpy().tolist() == [["12345678901", 0.00001]]
    assert shop.refused(raw) == [(2, None, None, ROUNDED)] and "9007" not in raw.quarantine["raw"][0]
    assert shop.refused(read(shop, {"no": pa.array([2.0**24 - 1, 2.0**24], pa.float32())})) == [(2, None, None, ROUNDED)]


def test_kinds_that_databases_write(shop):
    nothing = pa.array([decimal.Decimal(0), decimal.Decimal("0.5")], pa.decimal128(38, 18))
    raw = read(shop, {"no": pa.array([b"a" * 16, None], pa.uuid()), "price": nothing}, {"decimal": ","})
    assert raw.frames["orders"][["order", "price"]].to_numpy().tolist() == [["61616161-6161-6161-6161-616161616161", 0]]
    far = pa.table(COLUMNS | {"at": pa.array([NOON, datetime.datetime(2600, 1, 1)])})
    pq.write_table(far, shop.folder / "o.parquet", use_deprecated_int96_timestamps=True)
    assert shop.refused(shop.read()) == [(2, "time", "2600-01-01 00:00:00.000000", cells.OUT_OF_RANGE)]


def test_a_folder_of_parts_is_named_by_what_is_in_it(shop):
    read(shop, {})
    (shop.folder / "year.parquet").mkdir()
    for part, rows in enumerate((2, 0)):
        pq.write_table(pa.table(COLUMNS).slice(0, rows), shop.folder / "year.parquet" / f"part-{part}.snappy.parquet")
    said = {"files": "year.parquet/*.parquet", "columns": ORDERS}
    assert shop.holds("year.parquet/_SUCCESS", "").says({"orders": said}).read().intake["kept"].tolist() == [2, 0]
    with pytest.raises(SourceError, match=r"a folder; name the files in it, like 'year.parquet/\*.parquet'"):
        shop.says({"orders": {**said, "files": "year.parquet"}}).read()


@pytest.mark.parametrize(("columns", "words"), [
    ({"who": pa.array([["x"], ["y"]])}, "'who.id'.*is not in"),
    ({"sku": pa.array([["mug"], ["jar"]])}, "list.*a row for each"),
    ({"sku": pa.array([{"id": "a"}, {"id": "b"}])}, "its fields are sku.id"),
    ({"sku": pa.array([b"a", b"b"])}, "holds bytes"), ({"sku": pa.array([b"a", b"b"], pa.binary(1))}, "holds bytes"),
    ({"sku": pa.array([b"\xff", b"b"]).view(pa.string())}, "cannot be read as Parquet .Invalid UTF8"),
    ({"who": pa.array([{"idd": "x"}, {"idd": "y"}])}, "'who.id' .for customer. is not in .*did you mean 'idd'"),
], ids=["no struct", "list", "struct", "bytes", "fixed", "utf8", "field"])
def test_columns_that_are_no_values_are_refused_with_the_way_out(shop, columns, words):
    with pytest.raises(SourceError, match=words):
        read(shop, columns)


def test_a_column_twice_and_keys_of_other_files_are_refused(shop):
    read(shop, {})
    pq.write_table(pa.table([*COLUMNS.values(), COLUMNS["no"]], [*COLUMNS, "no"]), shop.folder / "o.parquet")
    with pytest.raises(SourceError, match=r"'no' stands in .*o\.parquet twice"):
        shop.read()
    with pytest.raises(SourceError, match="is parquet, and 'names' is for csv and xlsx"):
        read(shop, {}, {"header": "false", "names": [*COLUMNS, "who.id"]})
    with pytest.raises(SourceError, match="is packed, and parquet is read as it is; unpack it"):
        shop.holds("o.parquet.gz", "").says({"orders": {"files": "o.parquet.gz", "columns": ORDERS}}).holds(
            "o.parquet.gz", "x").read()


def test_a_damaged_file_is_named(shop):
    read(shop, {})
    shop.holds("o.parquet", (shop.folder / "o.parquet").read_bytes()[:-9])
    with pytest.raises(SourceError, match=r"o\.parquet cannot be read as Parquet"):
        shop.read()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=8),
                          st.integers(-10**6, 10**6), st.floats(0, 1e9)), max_size=8))
def test_as_the_same_rows_in_csv(shop, rows):
    import pandas as pd

    frame = pd.DataFrame(rows, columns=["sku", "n", "price"]).astype({"sku": object, "n": "int64", "price": float})
    frame = frame.assign(no="A", at="2026-11-09")
    rule = {"columns": {name: raw for name, raw in ORDERS.items() if name != "customer"}}
    frame.to_csv(shop.folder / "o.csv", index=False)
    frame.to_parquet(shop.folder / "o.parquet", index=False)
    found = [shop.says({"orders": {"files": name, **rule}}).read() for name in ("o.csv", "o.parquet")]
    pd.testing.assert_frame_equal(found[0].frames["orders"], found[1].frames["orders"])
    assert found[0].intake["quarantined"].tolist() == found[1].intake["quarantined"].tolist()
