"""Excel workbooks say what a csv file of their sheets would say, and what Excel lost is not taken for data."""

import datetime
import io

import pytest
import xlsxwriter

from workbench.errors import SourceError
from workbench.tables import cells, records
from workbench.tables.records import workbooks
from workbench.tables.records.workbooks import ROUNDED

ORDERS = {"order": "no", "customer": "who", "item": "sku", "quantity": "n", "price": "price", "time": "at"}
HEADER = ["no", "who", "sku", "n", "price", "at"]
NOON = datetime.datetime(2026, 11, 9, 12)


def workbook(**sheets):
    """A workbook of rows by sheet; a sheet whose name begins with ``hidden`` is."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        clock = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, datetime.datetime):
                        sheet.write_datetime(place, column, cell, clock)
                    elif isinstance(cell, str) and cell.startswith("#"):
                        sheet.write_formula(place, column, "=NA()", None, cell)
                    else:
                        sheet.write(place, column, cell)
            if name.startswith("hidden"):
                sheet.hide()
    return data.getvalue()


def read(shop, content, **rule):
    shop.says({"orders": {"files": "o.xlsx", "columns": ORDERS, **rule}})
    return shop.holds("o.xlsx", content).read()


def test_cells_are_what_they_say(shop):
    raw = read(shop, workbook(Year=[HEADER, ["A1", 17850, "00123", 2, .1 + .2, NOON], [536365, "17850", "mug", 1.0, "4.5",
                                                                                         "2026-11-09 13:00"]]))
    found = raw.frames["orders"]
    assert found[["order", "customer", "item", "quantity", "price"]].to_numpy().tolist() == [
        ["A1", "17850", "00123", 2, .3], ["536365", "17850", "mug", 1, 4.5]]
    assert found["time"].dt.strftime("%d %H").tolist() == ["09 12", "09 13"] and raw.quarantine.empty


def test_numbers_are_read_where_texts_have_a_decimal_comma(shop):
    raw = read(shop, workbook(Year=[HEADER, ["A", "x", "mug", 1, 1234.5, NOON], ["B", "x", "mug", 1, "1.234,5", NOON]]),
               decimal=",", thousands=".")
    assert raw.frames["orders"]["price"].tolist() == [1234.5, 1234.5]


def test_sheets_below_each_other_are_counted_on_and_a_title_is_skipped(shop):
    one = [["Orders of a year"], HEADER, ["A", "x", "mug", 1, 5, NOON], [], ["B", "x", "mug", "two", 5, NOON]]
    two = [["Orders"], ["at", *HEADER[:-1]], [NOON, "C", "x", "jar", 1, 5], [NOON, "D", "x", "jar", 1, "#N/A"]]
    book = workbook(**{"Year 1": one, "Notes": [["anything"]], "Year 2": two, "hidden": [["x"]]})
    raw = read(shop, book, sheet=["Year 1", "Year 2"], skip="1")
    assert raw.frames["orders"]["order"].tolist() == ["A", "C"]
    assert shop.refused(raw) == [(4, None, None, records.BLANK), (5, "quantity", "two", cells.NO_NUMBER + cells.HOW_WRITTEN),
                                 (9, "price", None, cells.EMPTY)]  # the fourth row of the second sheet
    assert raw.intake[["rows", "kept", "quarantined"]].iloc[0].tolist() == [5, 2, 3]
    assert '"sku": "aaa"' in raw.quarantine["raw"][1] or '"sku": "mug"' in raw.quarantine["raw"][1]


def test_numbers_that_excel_rounded_are_refused_and_texts_are_whole(shop):
    long = "202611090012345678"
    raw = read(shop, workbook(Year=[HEADER, [long, "x", "mug", 1, 5, NOON], [float(long), "x", "mug", 1, 5, NOON]]))
    assert raw.frames["orders"]["order"].tolist() == [long]
    assert shop.refused(raw) == [(3, None, None, ROUNDED)] and "2026" not in raw.quarantine["raw"][0]


def test_numbers_have_no_exponent_and_dates_may_stand_beside_texts(shop):
    rows = [HEADER, ["A", "x", "mug", 1, 0.00001, NOON], ["B", "x", "mug", 1, 5, "10.11.2026"],
            ["C", "x", "mug", 1, 5, NOON.replace(hour=0)], ["D", "x", "mug", 1, 5, "10/11/2026"]]
    time = {"from": "at", "format": ["%d.%m.%Y", "iso"]}
    raw = read(shop, workbook(Year=rows), decimal=",", columns={**ORDERS, "time": time})
    found = raw.frames["orders"]
    assert found[["order", "price"]].sort_values("order").to_numpy().tolist() == [["A", 0.00001], ["B", 5], ["C", 5]]
    assert found.sort_values("order")["time"].dt.strftime("%d %H").tolist() == ["09 12", "10 00", "09 00"]
    assert shop.refused(raw) == [(5, "time", "10/11/2026", "text where a time belongs, written like %d.%m.%Y or iso")]


def test_a_merged_order_number_counts_for_all_its_rows(shop):
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([HEADER, ["A", "Ann", "mug", 1, 5, "2026-11-09"], ["", "", "jar", 1, "", ""],
                                     ["B", "", "mug", 1, 5, "2026-11-10"]]):
            sheet.write_row(place, 0, row)
        for column, value in ((0, "A"), (4, 5)):
            sheet.merge_range(1, column, 2, column, value)
    raw = read(shop, data.getvalue(), fill_down={"of": "no", "columns": ["who", "at"]})
    assert raw.frames["orders"]["customer"].fillna("").tolist() == ["Ann", ""]
    assert shop.refused(raw) == [(3, "price", None, cells.EMPTY)], "an amount that is merged is no amount of each row"


def test_the_only_visible_sheet_with_rows_is_taken(shop):
    raw = read(shop, workbook(Empty=[], hidden=[["x"]], Data=[HEADER, ["A", "x", "mug", 1, 5, NOON]]))
    assert raw.frames["orders"]["order"].tolist() == ["A"]
    headless = workbook(Data=[["A", "x", "mug", 1, 5, NOON]])
    assert len(read(shop, headless, header="false", names=HEADER).frames["orders"]) == 1


@pytest.mark.parametrize(("sheets", "rule", "words"), [
    ({"A": [HEADER], "B": [["x"]]}, {}, "several sheets: A, B. Say which in source.yml: 'sheet: A'"),
    ({"Year 1": [HEADER], "B": [["x"]]}, {"sheet": "Year"}, "has no sheet 'Year'; did you mean 'Year 1'"),
    ({"A": [["no", "whom"]]}, {}, "'who' .for customer. is not in the header; did you mean 'whom'.*sheet A"),
    ({"A": [["Title"], HEADER]}, {}, "is the header in line 2. .write 'skip: 1'."),
    ({"A": [HEADER]}, {"each": "items"}, "is xlsx, and 'each' is for json and jsonl"),
    ({}, {"format": "parquet"}, "is no parquet file"),
], ids=["several", "no such", "column", "title", "each", "format"])
def test_what_is_wrong_with_a_workbook_is_said_with_the_way_out(shop, sheets, rule, words):
    with pytest.raises(SourceError, match=words):
        read(shop, workbook(**(sheets or {"A": [HEADER]})), **rule)


def test_a_sheet_goes_with_workbooks_only_and_a_broken_one_is_named(shop):
    with pytest.raises(SourceError, match="'sheet' is for xlsx"):
        shop.events("who,sku,what,when\n", sheet="A")
    with pytest.raises(SourceError, match="cannot be read as a workbook"):
        read(shop, workbook(A=[HEADER])[:400])


def test_what_is_packed_locked_or_open_is_told(shop, monkeypatch):
    whole = workbook(A=[HEADER, ["A", "x", "mug", 1, 5, NOON]])
    shop.holds("~$o.xlsx", "whoever has it open").says({"orders": {"files": "*.xlsx", "columns": ORDERS}})
    assert shop.holds("o.xlsx", whole).read().intake["file"].tolist() == ["o.xlsx"]
    with pytest.raises(SourceError, match="no xlsx file: it is an old Excel workbook, or one with a password"):
        shop.holds("o.xlsx", b"\xd0\xcf\x11\xe0").read()
    shop.says({"orders": {"files": "o.xlsx.zip", "columns": ORDERS}})
    with pytest.raises(SourceError, match="is packed, and xlsx is read as it is"):
        shop.holds("o.xlsx.zip", whole).read()
    monkeypatch.setattr(workbooks, "BOMB", 1000)
    with pytest.raises(SourceError, match=r"holds xl/sharedStrings.xml, [\d,]+ bytes packed into"):
        read(shop, workbook(A=[HEADER, *[["A" * 30_000] * 6] * 100]))


def test_a_workbook_is_looked_up(shop):
    shop.says({"orders": {"files": "lines.csv", "columns": {**ORDERS, "customer": "order.who", "time": "order.at"},
                          "look_up": {"order": {"files": "orders.xlsx", "by": {"no": "id"}, "sheet": "Heads"}}}})
    shop.holds("lines.csv", "no,sku,n,price\n7,mug,1,5\n")
    raw = shop.holds("orders.xlsx", workbook(Heads=[["id", "who", "at"], [7, "Ann", NOON]], Other=[["x"]])).read()
    assert raw.frames["orders"]["customer"].tolist() == ["Ann"]
