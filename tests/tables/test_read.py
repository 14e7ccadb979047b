import gzip
import io
import json

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench import separated
from workbench.errors import SourceError, TableError
from workbench.tables import cells, last_week, records
from workbench.tables.read import REPEATED_KEY
from workbench.tables.records import pieces

HEADER = "who,sku,what,when\n"
REVIEWS = {"review": "id", "text": "text"}
ORDERS = {"order": "no", "item": "sku", "quantity": "n", "price": "price", "time": "at"}


def sums(raw):
    return raw.intake[["rows", "kept", "duplicates", "quarantined"]].sum().tolist()


def balanced(raw):
    """The law of reading: every row is kept, a duplicate, or quarantined."""
    intake = raw.intake
    assert (intake["rows"] == intake["kept"] + intake["duplicates"] + intake["quarantined"]).all()
    for table, rows in intake.groupby("table"):
        assert rows["kept"].sum() == len(raw.frames[table])
        assert rows["quarantined"].sum() == (raw.quarantine["table"] == table).sum()
    return True


def test_each_way_a_row_breaks_has_its_line_column_value_and_reason(shop):
    raw = shop.events(HEADER + "a,1,pv,1790000000\n"
                      "a,1,pv\n"
                      "a,1,pv,1790000000,extra\n"
                      "a,1,hover,1790000000\n"
                      "a,1,pv,yesterday\n"
                      ",1,pv,1790000000\n"
                      "a,1,pv,1790000000000\n"
                      "a,1,pv,17\n"
                      "\n"
                      'a,"1"x,pv,1790000000\n'
                      "a,1,pv,1790000000\n"
                      "a,2,pv,1790000001")
    assert shop.refused(raw) == [
        (3, None, None, records.CUT), (4, None, None, records.SURPLUS),
        (5, "behaviour", "hover", "a code other than pv, buy"), (6, "time", "yesterday", cells.NO_NUMBER),
        (7, "customer", None, cells.EMPTY), (8, "time", "1790000000000", cells.TAKEN.format("milliseconds", "seconds")),
        (9, "time", "17", cells.OUT_OF_RANGE), (10, None, None, records.BLANK), (11, None, None, separated.QUOTES)]
    assert sums(raw) == [12, 2, 1, 9] and balanced(raw)
    assert raw.frames["events"]["item"].tolist() == ["1", "2"]


def test_an_open_quotation_mark_costs_one_line_and_line_numbers_stay_true(shop):
    shop.says({"reviews": {"files": "r.csv", "columns": REVIEWS}})
    raw = shop.holds("r.csv", 'id,text\r\n1,"two\r\nlines, one cell"\r\n2,"never closed\r\n3,"fine"\r\n4,\r\n'
                              '5,"again\r\n\r\nthree"\r\n6\r\n7,"open to the end\r\n8,good\r\n').read()
    assert shop.refused(raw) == [(4, None, None, separated.QUOTES), (6, "text", None, cells.EMPTY),
                            (10, None, None, records.CUT), (11, None, None, separated.QUOTES)]
    assert dict(raw.frames["reviews"][["review", "text"]].to_numpy()) == {
        "1": "two\r\nlines, one cell", "3": "fine", "5": "again\r\n\r\nthree", "8": "good"}
    assert balanced(raw)


def test_unknown_bytes_cost_their_record_only(shop):
    shop.says({"reviews": {"files": "r.csv", "columns": REVIEWS}})
    raw = shop.holds("r.csv", b'\xef\xbb\xbfid,text\n1,caf\xe9\n2,"caf\xc3\xa9\n\xff"\n3,\xe5\xa5\xbd\n4,\xe5\xa5').read()
    assert shop.refused(raw) == [(2, None, None, records.ENCODING), (3, None, None, records.ENCODING),
                            (6, None, None, records.ENCODING)]
    assert raw.frames["reviews"]["text"].tolist() == ["好"]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "latin-1", "utf-8-sig"])
def test_encodings(shop, encoding):
    text = "café" if encoding == "latin-1" else "很好，下次再买"
    shop.says({"reviews": {"files": "r.csv", "columns": REVIEWS, "encoding": encoding}})
    raw = shop.holds("r.csv", f"id,text\n1,{text}\n2,{text}!\n".encode(encoding)).read()
    assert raw.frames["reviews"]["text"].tolist() == [text, text + "!"]


def test_a_personal_value_never_stands_in_the_quarantine(shop):
    raw = shop.events(HEADER + "li.wei@example.com,1,pv,x\nli.wei@example.com,1\n,1,pv,1790000000\n")
    assert not raw.quarantine.astype("string").apply(lambda column: column.str.contains("li.wei")).any().any()


def test_numbers(shop):
    shop.says({"orders": {"files": "o.csv", "columns": {**ORDERS, "customer": "who"}}})
    good = "SO1,17850.0,A,{},{},2026-11-09 10:00\n"
    raw = shop.holds("o.csv", "no,who,sku,n,price,at\n" + "".join(good.format(n, price) for n, price in (
        ("6", "2.55"), ("-6.0", "+0"), ("1.5", "2"), ("six", "2"), ("1", "2·55"), ("1", "-1"), ("1", "nan"), ("1", ""),
        ("9" * 30, "1"), ("2", "1e400")))).read()
    orders = raw.frames["orders"]
    assert orders["quantity"].tolist() == [6, -6] and orders["price"].tolist() == [2.55, 0.0]
    assert set(orders["customer"]) == {"17850"}
    no_number = cells.NO_NUMBER + cells.HOW_WRITTEN
    assert [row[1:] for row in shop.refused(raw)] == [
        ("quantity", "1.5", cells.NO_WHOLE), ("quantity", "six", no_number), ("price", "2·55", no_number),
        ("price", "-1", "below 0"), ("price", "nan", no_number), ("price", None, cells.EMPTY),
        ("quantity", "9" * 30, cells.TOO_LARGE), ("price", "1e400", cells.TOO_LARGE)]


def test_numbers_written_otherwise(shop):
    columns = {**ORDERS, "price": {"from": "price", "unit": "cents"}}
    shop.says({"orders": {"files": "o.csv", "columns": columns, "separator": ";", "decimal": ",", "thousands": "."}})
    raw = shop.holds("o.csv", "no;sku;n;price;at\nA;1;1.000;1.299,50;2026-11-09\nA;2;1;99;2026-11-09\n"
                              "A;3;1;1.5;2026-11-09\nA;4;1,0;5;2026-11-09\n").read()
    assert raw.frames["orders"]["price"].tolist() == [12.995, 0.99, 0.05]
    assert raw.frames["orders"]["quantity"].tolist() == [1000, 1, 1]
    assert shop.refused(raw) == [(4, "price", "1.5", f"{cells.NO_NUMBER}, written with decimal ',' and thousands '.'"
                                  + cells.HOW_WRITTEN)]


def test_thousands_are_parted_by_spaces_that_break_no_line(shop):
    shop.says({"orders": {"files": "o.csv", "columns": ORDERS, "separator": ";", "decimal": ",", "thousands": " "}})
    raw = shop.holds("o.csv", "no;sku;n;price;at\n" + "".join(
        f"A;{i};1;1{space}299,50;2026-11-09\n" for i, space in enumerate(" \u00a0\u2009\u202f"))).read()
    assert raw.frames["orders"]["price"].tolist() == [1299.5] * 4


@pytest.mark.parametrize(("written", "how", "meant"), [
    ("2026-11-09 10:00", {}, "2026-11-09 02:00"),
    ("2026-11-09T10:00:00.25Z", {}, "2026-11-09 10:00:00.25"),
    ("2026-11-09 10:00:00.25 UTC", {}, "2026-11-09 10:00:00.25"),
    ("2026-11-09 10:00 GMT", {}, "2026-11-09 10:00"),
    ("2026-11-09 10:00:00+01:00", {}, "2026-11-09 09:00"),
    ("2026-11-09", {}, "2026-11-08 16:00"),
    ("9.11.2026 10:00", {"format": "%d.%m.%Y %H:%M"}, "2026-11-09 02:00"),
    ("2026年11月9日", {"format": "%Y年%m月%d日"}, "2026-11-08 16:00"),
    ("09/Nov/2026:10:00:00 +0100", {"format": "%d/%b/%Y:%H:%M:%S %z"}, "2026-11-09 09:00"),
    ("1511544070", {"unit": "seconds"}, "2017-11-24 17:21:10"),
    ("1511544070123", {"unit": "milliseconds"}, "2017-11-24 17:21:10.123"),
    ("1511544070123456", {"unit": "microseconds"}, "2017-11-24 17:21:10.123456"),
    ("1511544070.0", {"unit": "seconds"}, "2017-11-24 17:21:10"),
])
def test_times(shop, written, how, meant):
    columns = {**REVIEWS, "time": {"from": "at", **how}}
    shop.says({"reviews": {"files": "r.csv", "columns": columns}}, timezone="Asia/Shanghai")
    raw = shop.holds("r.csv", f"id,text,at\n1,good,{written}\n2,bad,\n").read()
    assert raw.frames["reviews"]["time"].tolist() == [pd.Timestamp(meant, tz="UTC"), pd.NaT]


@pytest.mark.parametrize(("written", "how", "reason"), [
    ("09.11.2026", {}, cells.NO_TIME), ("2026-02-30", {}, cells.NO_TIME), ("2026", {}, cells.NO_TIME),
    ("1026-11-09", {}, cells.OUT_OF_RANGE), ("2026-03-29 02:30", {}, cells.NO_HOUR),
    ("1511544070", {"unit": "milliseconds"}, cells.TAKEN.format("seconds", "milliseconds")),
    ("1511544070123456", {"unit": "milliseconds"}, cells.TAKEN.format("microseconds", "milliseconds")),
    ("1511544070123", {"unit": "microseconds"}, cells.TAKEN.format("milliseconds", "microseconds")),
    ("-5", {"unit": "seconds"}, cells.OUT_OF_RANGE),
    ("2026-11-09", {"format": "%d.%m.%Y"}, "text where a time belongs, written like %d.%m.%Y"),
])
def test_times_that_are_none(shop, written, how, reason):
    columns = {**REVIEWS, "time": {"from": "at", **how}}
    shop.says({"reviews": {"files": "r.csv", "columns": columns}}, timezone="Europe/Paris")
    raw = shop.holds("r.csv", f"id,text,at\n1,good,{written}\n").read()
    assert shop.refused(raw) == [(2, "time", written, reason)]


def test_the_hour_that_comes_twice_is_its_first_passing(shop):
    shop.says({"reviews": {"files": "r.csv", "columns": {**REVIEWS, "time": "at"}}}, timezone="Europe/Paris")
    raw = shop.holds("r.csv", "id,text,at\n1,good,2026-10-25 02:30\n").read()
    assert raw.frames["reviews"]["time"][0] == pd.Timestamp("2026-10-25 00:30", tz="UTC")


def test_a_window_sets_bounds_in_the_local_time_both_days_included(shop):
    raw = shop.says({}).events(HEADER + "".join(f"a,{i},pv,{t}\n" for i, t in enumerate((
        1511539199, 1511539200, 1512316799, 1512316800))), timezone="Asia/Shanghai",
        window={"first": "2017-11-25", "last": "2017-12-03"})
    assert raw.frames["events"]["item"].tolist() == ["1", "2"]
    assert {row[3] for row in shop.refused(raw)} == {"outside the window 2017-11-25 to 2017-12-03"}


def test_columns_are_composed_constant_defaulted_and_numbered(shop):
    columns = {"review": {"from": ["no", "line"], "join": "/"}, "text": "text", "category": {"value": "tea"},
               "product": {"from": "sku", "default": "unknown"}, "customer": {"row_number": "true"}}
    shop.says({"reviews": {"files": ["a.csv", "b.csv"], "columns": columns}})
    shop.holds("a.csv", "no,line,sku,text\n7,1,,good\n7,2,X\n7,3,X,bad\n").holds("b.csv", "text,sku,line,no\nfine,Y,1,8\n")
    reviews = shop.read().frames["reviews"]
    assert reviews["review"].tolist() == ["7/1", "7/3", "8/1"] and set(reviews["category"]) == {"tea"}
    assert reviews["product"].tolist() == ["unknown", "X", "Y"]
    assert reviews["customer"].tolist() == ["a.csv-1", "a.csv-3", "b.csv-1"]


def test_metrics_become_rows_and_each_counts(shop):
    outcomes = {"files": "t.csv", "columns": {"experiment": {"value": "mail"}, "customer": {"row_number": "true"}},
                "metrics": {"visit": "visited", "spend": "spent"}}
    raw = shop.says({"outcomes": outcomes}).holds("t.csv", "visited,spent\n1,9.5\n0,much\n0\n0,0\n0,0\n").read()
    table = raw.frames["outcomes"]
    assert set(map(tuple, table[["customer", "metric", "value"]].to_numpy())) == {
        ("1", "visit", 1.0), ("1", "spend", 9.5), ("2", "visit", 0.0), ("4", "visit", 0.0), ("4", "spend", 0.0),
        ("5", "visit", 0.0), ("5", "spend", 0.0)}
    assert sums(raw) == [9, 7, 0, 2] and balanced(raw)


def test_a_metric_is_filled_like_any_column(shop):
    outcomes = {"files": "t.csv", "columns": {"experiment": {"value": "mail"}, "customer": "who"},
                "metrics": {"bought": {"from": "bought", "values": {"yes": "1", "no": "0"}},
                            "spend": {"from": "spent", "unit": "cents", "default": "0"}}}
    raw = shop.says({"outcomes": outcomes}).holds("t.csv", "who,bought,spent\na,yes,950\nb,no,\nc,maybe,\n").read()
    table = raw.frames["outcomes"]
    assert set(map(tuple, table[["customer", "metric", "value"]].to_numpy())) == {
        ("a", "bought", 1.0), ("a", "spend", 9.5), ("b", "bought", 0.0), ("b", "spend", 0.0), ("c", "spend", 0.0)}
    assert shop.refused(raw) == [(4, "value", "maybe", "a code other than yes, no")] and balanced(raw)


def test_refused_values_are_counted_with_the_reason_of_the_source(shop):
    raw = shop.events(HEADER + "a,TEST,pv,1790000000\na,1,pv,1790000000\n",
                      refuse=[{"column": "sku", "values": ["TEST"], "reason": "a test, no customer"}])
    assert shop.refused(raw) == [(2, None, None, "a test, no customer")] and len(raw.frames["events"]) == 1


def test_words_for_empty(shop):
    raw = shop.events(HEADER + "\\N,1,pv,1790000000\n  ,1,pv,1790000000\n \ufeff,1,pv,1790000000\n", empty=["\\N", "NULL"])
    assert {row[3] for row in shop.refused(raw)} == {cells.EMPTY} and sums(raw) == [3, 0, 0, 3]


LINE = "SO1,A,1,2.5,2026-11-09 10:00\n"


@pytest.mark.parametrize(("rule", "kept"), [({}, 3), ({"duplicates": "drop"}, 1), ({"duplicates": "keep"}, 6)])
def test_order_lines_repeat_on_one_order_and_exports_overlap(shop, rule, kept):
    shop.says({"orders": {"files": "*.csv", "columns": ORDERS, **rule}})
    shop.holds("1.csv", "no,sku,n,price,at\n" + LINE * 2).holds("2.csv", "no,sku,n,price,at\n" + LINE * 3)
    raw = shop.holds("3.csv", "no,sku,n,price,at\n" + LINE).read()
    assert len(raw.frames["orders"]) == kept and balanced(raw)


@pytest.mark.parametrize(("rule", "added"), [({}, 40.0), ({"duplicates": "drop"}, 20.0)])
def test_two_visits_of_a_day_with_one_outcome_are_two(shop, rule, added):
    """A test logged by visit: who bought for the same sum twice on a day bought twice; an export read twice is none."""
    shop.says({"outcomes": {"files": "*.csv", "columns": {"experiment": {"value": "t"}, "customer": "who", "time": "day"},
                            "metrics": {"revenue": "revenue"}, **rule}})
    day = "who,day,revenue\na,2026-11-09,20\na,2026-11-09,20\n"
    raw = shop.holds("1.csv", day).holds("2.csv", day).read()
    assert raw.frames["outcomes"]["value"].sum() == added and balanced(raw)


def test_one_key_with_two_meanings_is_quarantined(shop):
    columns = {"product": "sku", "name": "name"}
    shop.says({"products": {"files": "p.csv", "columns": columns}})
    raw = shop.holds("p.csv", "sku,name\nA,cup\nA,cup\nA,mug\nB,mug\n").read()
    assert shop.refused(raw) == [(4, "product", "A", REPEATED_KEY)] and sums(raw) == [4, 2, 1, 1]


def test_json_lines_arrays_and_gzip_read_the_same(shop):
    rows = [{"id": i, "text": f"good {i}", "more": {"stars": 4.50}, "tags": ["a", 1]} for i in range(3)]
    columns = {**REVIEWS, "rating": "more.stars", "title": "tags"}
    lines = "\n".join(map(json.dumps, rows)) + '\n\n{"id": 9, "te\n[1]\n{"id": "\\ud800", "text": "half"}\n'
    array = json.dumps(rows, indent=1)[:-2] + ',\n {"id": 9, "te'
    read = {}
    for name, content in {"a.jsonl": lines, "a.json": array, "b.jsonl.gz": gzip.compress(lines.encode())}.items():
        raw = shop.says({"reviews": {"files": name, "columns": columns}}).holds(name, content).read()
        read[name] = raw.frames["reviews"]
        assert balanced(raw)
        assert [row[0] for row in shop.refused(raw)] == ([array.count("\n") + 1] if name == "a.json" else [4, 5, 6, 7])
    assert read["a.jsonl"].equals(read["a.json"]) and read["a.jsonl"].equals(read["b.jsonl.gz"])
    raw = shop.says({"reviews": {"files": "c.jsonl", "columns": REVIEWS}}).holds("c.jsonl", '{"id": 1, "text": null}').read()
    assert raw.quarantine["raw"][0] == '{"id": "1", "text": ""}'
    assert read["a.jsonl"]["rating"].tolist() == [4.5] * 3 and read["a.jsonl"]["title"][0] == '["a", 1]'


def test_a_cut_gzip_is_an_error_and_not_half_a_file(shop):
    content = gzip.compress((HEADER + "a,1,pv,1790000000\n" * 500).encode())
    with pytest.raises(SourceError, match="damaged gzip"):
        shop.events(content[:-20], "events.csv.gz")


@pytest.mark.parametrize(("content", "words"), [
    ("", "empty"), ("who;sku;what;when\na;1;pv;1790000000\n", "separator: ;"), ("a,1,pv,1790000000\n", "columns found"),
    ("who,sku,what,whenn\n", "for time.*did you mean 'whenn'"), ("who,sku,what,when,when\n", "twice"),
    (b"\xffwho,sku", "encoding"), ('"who,sku', "quotation"), ("who,sku,what,when\ra,1,pv,1790000000\r", "carriage return"),
])
def test_a_file_with_an_odd_header_is_refused(shop, content, words):
    with pytest.raises(SourceError, match=words):
        shop.events(content)


@pytest.mark.parametrize(("name", "content", "words"), [
    ("a.csv", b"PK\x03\x04\x14\x00", "in .xlsx or .zip"), ("a.xls", b"\xd0\xcf\x11\xe0", "as .xlsx"),
    ("a.tsv", b"PAR1\x15\x04", "a Parquet file"), ("a.xlsx", b"PAR1\x15\x04", "is no xlsx file"),
    ("a.csv", HEADER.encode("utf-16"), "encoding: utf-16"),
    ("a.csv", gzip.compress(HEADER.encode(), mtime=0), "end its name in .gz"),
    ("a.csv.gz", gzip.compress(HEADER.encode("utf-16"), mtime=0), "utf-16")])
def test_a_file_that_is_no_text_is_named_for_what_it_is(shop, name, content, words):
    with pytest.raises(SourceError, match=words):
        shop.events(content, name)


def test_a_header_alone_gives_an_empty_table(shop):
    raw = shop.events(HEADER)
    assert len(raw.frames["events"]) == 0 and sums(raw) == [0, 0, 0, 0] and last_week(shop.load()) is None


def test_the_last_week_is_that_of_the_latest_time_where_the_shop_is(shop):
    content = HEADER + "a,1,pv,1794758399\na,2,pv,1794758400\n"  # Sunday 23:59:59 and Monday 00:00 in Singapore
    raw = shop.events(content, window={"first": "2026-11-01"})
    assert sums(raw) == [2, 2, 0, 0] and last_week(shop.load()) == "2026-W46"
    shop.says({"events": {"files": "events.csv", "columns": shop.EVENTS}}, timezone="Asia/Singapore")
    assert last_week(shop.load()) == "2026-W47"


PIECES = st.lists(st.sampled_from([b"a", b"pv", b"1790000000", b"1", b",", b",", b",", b"\n", b"\r\n", b"\r", b'"', b'""',
                                   b"\x00", b"\xff", "好".encode(), b"\xef\xbb\xbf", b" ", b"1e9", b"-", b"{", b"}", b":"]))


def whatever(shop, content, *file, **rule):
    try:
        raw = shop.events(content, *file, **rule)
    except (SourceError, TableError):
        return None
    assert balanced(raw)
    return raw


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=200), PIECES.map(b"".join)))
def test_any_bytes_are_read_or_refused_with_nothing_lost(shop, content):
    whatever(shop, content)
    raw = whatever(shop, HEADER.encode() + content)
    assert raw is not None
    if b'"' not in content and b"\r" not in content:
        assert sums(raw)[0] == len(io.BytesIO(content).readlines())
    whatever(shop, content, header="false", names=["who", "sku", "what", "when"], quote="none")
    whatever(shop, content, "events.json")
    whatever(shop, content, "events.jsonl", encoding="gb18030")


FIELD = st.one_of(st.none(), st.text(max_size=5), st.integers(), st.floats(), st.booleans(), st.lists(st.text(max_size=2)))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(st.fixed_dictionaries({name: FIELD for name in ("who", "sku", "what", "when")}), max_size=5))
def test_any_json_records_are_read_or_refused_with_nothing_lost(shop, records):
    raw = whatever(shop, "".join(json.dumps(record) + "\n" for record in records), "events.jsonl")
    assert sums(raw)[0] == (len(records) or 1)  # an empty file is one refused row


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12), max_size=6))
def test_what_csv_writes_is_read_back(shop, texts):
    table = pd.DataFrame({"id": [str(i) for i in range(len(texts))], "text": texts})
    shop.says({"reviews": {"files": "r.csv", "columns": REVIEWS, "duplicates": "keep"}})
    raw = shop.holds("r.csv", table.to_csv(index=False, lineterminator="\r\n", quoting=1)).read()
    wanted = [text.strip(pieces.AROUND) for text in texts if text.strip(pieces.AROUND)]
    assert raw.frames["reviews"]["text"].tolist() == wanted and balanced(raw)


def test_of_rows_refused_on_purpose_the_first_lines_are_shown_and_all_are_counted(shop, monkeypatch):
    monkeypatch.setattr("workbench.tables.read.SHOWN", 2)
    lines = "".join(f"a,{i},{'pv' if i % 2 else 'x'},1790000000\n" for i in range(10)) + "a,1,pv,never\n"
    raw = shop.events(HEADER + lines, refuse=[{"column": "what", "values": ["x"], "reason": "no action"}])
    table = raw.quarantine.sort_values("line")
    assert table["reason"].tolist()[:5] == ["no action"] * 5 and len(table) == 6
    assert table["raw"].notna().tolist() == [True, True, False, False, False, True] and balanced(raw)
