"""Files beside those of a table, looked up by a key, as databases export them: lines, orders and customers apart."""

import io

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import SourceError
from workbench.privacy import Door
from workbench.privacy.forget import in_raw_files
from workbench.tables import Week, last_week, survey, take_in
from workbench.tables.look_up import NO_KEY, REPEATED_KEY, LookedUp
from workbench.tables.records.pieces import TEXT, as_codes, bare
from workbench.tables.rules import ColumnRule as From
from workbench.tables.rules import LookUp, TableRule

LINES = "order_id,sku,price\n1,mug,5\n1,jar,7\n2,mug,5\n9,lamp,1\n3,mug,6\n"
ORDERS = "order_id,customer_id,paid,status\n1,a,2026-11-09 10:00,paid\n2,b,2026-11-10,paid\n3,c,2026-11-11,canceled\n"
WHO = "id,person,country\na,Ann,SG\nb,Bo,\n"
LOOK_UP = {"order": {"files": "orders.csv", "by": "order_id"},
           "who": {"files": "who.csv", "by": {"order.customer_id": "id"}}}
COLUMNS = {"order": "order_id", "customer": "who.person", "item": "sku", "quantity": {"value": "1"}, "price": "price",
           "time": "order.paid", "country": "who.country"}
NOT_PAID = [{"column": "order.status", "values": ["canceled"], "reason": "not paid"}]


def lines(shop, rule=None, **files):
    shop.says({"orders": {"files": "lines.csv", "columns": COLUMNS, "refuse": NOT_PAID, "look_up": LOOK_UP, **(rule or {})}})
    for name, content in {"lines": LINES, "orders": ORDERS, "who": WHO, **files}.items():
        shop.holds(f"{name}.csv", content)
    return shop


def test_lines_get_what_their_order_and_its_customer_say(shop):
    raw = lines(shop).read()
    found = raw.frames["orders"].sort_values(["order", "item"])
    assert found[["order", "item", "customer"]].to_numpy().tolist() == [["1", "jar", "Ann"], ["1", "mug", "Ann"],
                                                                      ["2", "mug", "Bo"]]
    assert found["time"].dt.strftime("%d %H").tolist() == ["09 10", "09 10", "10 00"]
    assert found["country"].isna().tolist() == [False, False, True]
    assert shop.refused(raw) == [(5, None, None, "no row of orders.csv has its order_id"), (6, None, None, "not paid")]
    assert raw.intake.set_index("table")[["file", "rows", "kept", "duplicates", "quarantined"]].to_dict("index") == {
        "orders": {"file": "lines.csv", "rows": 5, "kept": 3, "duplicates": 0, "quarantined": 2},
        "order beside orders": {"file": "orders.csv", "rows": 3, "kept": 3, "duplicates": 0, "quarantined": 0},
        "who beside orders": {"file": "who.csv", "rows": 2, "kept": 2, "duplicates": 0, "quarantined": 0}}


def test_rows_of_a_look_up_are_kept_or_duplicates_or_quarantined(shop):
    orders = ORDERS + "1,a,2026-11-09 10:00,paid\n1,b,2026-11-09 10:00,paid\n,b,2026-11-09,paid\n4,b\n"
    raw = lines(shop, orders=orders).read()
    assert raw.frames["orders"].query("order == '1'")["customer"].unique().tolist() == ["Ann"]  # the first row counts
    beside = raw.intake.set_index("table").loc["order beside orders"]
    assert beside[["rows", "kept", "duplicates", "quarantined"]].tolist() == [7, 3, 1, 3]
    refused = raw.quarantine[raw.quarantine["table"] == "order beside orders"]
    assert dict(zip(refused["line"], refused["reason"], strict=True)) == {
        8: "too few columns: a cut line?", 7: f"order_id: {NO_KEY}", 6: f"order_id: {REPEATED_KEY}"}
    assert set(refused["file"]) == {"orders.csv"} and refused["raw"].dropna().tolist() == ["9,a"]


def test_who_is_not_found_is_counted(shop):
    found = survey(lines(shop, {"columns": {**COLUMNS, "customer": {"from": "who.person", "default": "guest"}}},
                         who="id,person,country\na,Ann,SG\n").load(), Door())
    assert found.notes == ["1 of 5 rows of orders found no row of orders.csv by their order_id.",
                           "2 of 4 rows of orders found no row of who.csv by their order.customer_id."]
    assert found.rows.set_index("table").loc["orders", "kept"] == 3
    padded = survey(lines(shop, orders=ORDERS + ",,,\n" * 9).load(), Door())  # a sheet's empty lines, which nobody misses
    assert padded.broken == {"orders": 1 / 4} and padded.rows["quarantined"].tolist() == [2, 9, 0]


def test_codes_that_were_numbers_and_keys_of_two_columns(shop):
    rule = {"look_up": {"order": {"files": "orders.csv", "by": ["shop", "no"], "separator": ";"}}, "refuse": [],
            "columns": {**COLUMNS, "order": {"from": ["shop", "no"]}, "customer": "order.who", "country": "order.land"}}
    lines(shop, rule, lines="shop,no,sku,price\nA,1.0,mug,5\nB,1,mug,6\n,1,mug,7\n",
          orders="no;shop;who;land;paid\n1;A;Ann;SG;2026-11-09\n1.0;B;Bo;;2026-11-09\n")
    raw = shop.read()
    assert raw.frames["orders"].sort_values("price")["customer"].tolist() == ["Ann", "Bo"]
    assert shop.refused(raw) == [(4, "time", None, "empty, and a value is required")]


def test_numbers_of_a_workbook_and_of_parquet_are_read_as_the_table_writes_its_own(shop):
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as made:
        made.add_worksheet().write_row(0, 0, ["sku", "price"])
        made.get_worksheet_by_name("Sheet1").write_row(1, 0, ["mug", 1.234])
    pq.write_table(pa.table({"sku": ["mug"], "price": [1.234]}), shop.folder / "prices.parquet")
    for name in ("prices.xlsx", "prices.parquet"):
        rule = {"decimal": ",", "thousands": ".", "refuse": [], "columns": {**COLUMNS, "price": "list.price"},
                "look_up": {**LOOK_UP, "list": {"files": name, "by": "sku"}}}
        found = lines(shop.holds("prices.xlsx", book.getvalue()), rule).read().frames["orders"]
        assert found["price"].unique().tolist() == [1.234], name


def test_cells_that_are_all_empty_are_joined_to_an_empty_one(shop):
    rule = {"columns": {**COLUMNS, "country": {"from": ["who.country", "who.city"]}}}
    found = lines(shop, rule, who="id,person,country,city\na,Ann,,\nb,Bo,SG,Jurong\n").read().frames["orders"]
    assert found.sort_values(["order", "item"])["country"].fillna("").tolist() == ["", "", "SG Jurong"]


def test_lines_that_tell_why_a_run_stopped_are_the_tables_own(shop, tmp_path):
    lines(shop, orders=ORDERS + ",,,\n" * 9)
    with pytest.raises(SourceError) as stopped:
        take_in(Week(shop.load(), "2026-W46", tmp_path / "W46"), Door())
    assert "no row of orders.csv has its order_id" in str(stopped.value) and NO_KEY not in str(stopped.value)


def test_a_table_of_json_looks_up_json(shop):
    rule = {"files": "lines.jsonl", "refuse": [], "look_up": {"order": {"files": "orders.json", "by": {"of.id": "id"}}},
            "columns": {**COLUMNS, "order": "of.id", "customer": "order.buyer.name", "country": "of.land"}}
    shop.holds("lines.jsonl", '{"of": {"id": 1, "land": "SG"}, "sku": "mug", "price": 5}\n')
    shop.holds("orders.json", '[{"id": 1, "buyer": {"name": "Ann"}, "paid": "2026-11-09"}]')
    assert lines(shop, rule).read().frames["orders"][["customer", "country"]].to_numpy().tolist() == [["Ann", "SG"]]


@pytest.mark.parametrize(("change", "words"), [
    ({"who": {"files": "who.csv", "by": {"order.customer_id": "id"}}, "order": LOOK_UP["order"]}, "stands below those"),
    ({**LOOK_UP, "sku": {"files": "who.csv", "by": {"sku.code": "id"}}}, "of the look-up sku; .* called otherwise"),
    ({**LOOK_UP, "more": {"files": "who.csv", "by": "sku"}}, "looked up for nothing: write more.<column"),
    ({**LOOK_UP, "order": {"files": "orders.csv"}}, "'by' is missing; it is the column"),
    ({**LOOK_UP, "or der": LOOK_UP["order"]}, "'or der' names a look-up"),
    ({**LOOK_UP, "order": {**LOOK_UP["order"], "key": "x"}}, "'key' is not known here"),
    ({**LOOK_UP, "order": {**LOOK_UP["order"], "files": "order.csv"}}, "no file order.csv lies in .*take the look-up out"),
    ({**LOOK_UP, "order": {**LOOK_UP["order"], "by": {"order_id": "ordr_id"}}}, "'ordr_id' .for order.ordr_id. is not in"),
    ({"order": LOOK_UP["order"]}, "column 'who.person' .for customer. is not in the header"),
    ({**LOOK_UP, "who": {**LOOK_UP["who"], "header": "false", "names": ["id", "name"]}}, "uses 'person'; The names are id"),
])
def test_what_is_wrong_with_a_look_up_is_said_where_it_stands(shop, change, words):
    with pytest.raises(SourceError, match=words):
        lines(shop, {"look_up": change}).read()


def test_a_table_is_read_again_when_what_it_looks_up_changed_and_week_and_ids_are_found(shop, tmp_path):
    source = lines(shop).load()
    assert last_week(source) == "2026-W46"
    assert in_raw_files("Ann", source) == ({str(tmp_path / "who.csv"): 1}, [])
    def kept():
        return take_in(Week(shop.load(), "2026-W46", tmp_path / "W46"), Door(), max_quarantined=1).rows["kept"].tolist()

    assert kept() == [3, 3, 2]
    shop.holds("orders.csv", ORDERS.replace("canceled", "paid").replace("3,c", "3,a"))
    assert kept() == [4, 3, 2]


CELLS = st.one_of(st.none(), st.sampled_from(["a", "b", "c", "1", "1.0", "é", " x ", "\x1f"]),
                  st.text("ab1.\u4e2d", max_size=3))


@given(st.lists(st.tuples(CELLS, CELLS), max_size=12), st.lists(CELLS, max_size=12))
def test_every_key_finds_its_first_row(tmp_path_factory, rows, asked):
    """The first row of a key counts, and every row is kept, a duplicate or refused."""
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    frame = pd.DataFrame(rows, columns=["key", "value"], dtype=object)
    frame.to_csv(path, index=False)
    look = LookUp("other", {"of": "key"}, TableRule(("rows.csv",), {name: From((name,)) for name in ("key", "value")}))
    found = LookedUp(look, (path,))
    keys = as_codes(bare(pa.array(asked, TEXT)))
    cells, missed = found.beside({"of": bare(pa.array(asked, TEXT))})
    first = {}
    for row in rows:
        key, value = as_codes(bare(pa.array(row, TEXT))).to_pylist()
        first.setdefault(key, bare(pa.array(row[1:], TEXT))[0].as_py() if value else None)
    first.pop(None, None)
    assert [first.get(key) for key in keys.to_pylist()] == cells["other.value"].to_pylist()
    assert missed.tolist() == [key is not None and key not in first for key in keys.to_pylist()]
    assert found.kept.sum() + found.duplicates.sum() + len(found.refused) == len(rows) and found.kept.sum() == len(first)
