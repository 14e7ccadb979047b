"""Exports as shops' systems write them: signs of currencies, totals of lines, titles above the header, lists in JSON."""

import io
import json
import zipfile

import pandas as pd
import pytest

from workbench.errors import SourceError
from workbench.tables import cells

ORDERS = {"order": "no", "item": "sku", "quantity": "n", "price": "price", "time": "at"}
REVIEWS = {"review": "id", "text": "text"}


def prices(shop, written, **rule):
    shop.says({"orders": {"files": "o.csv", "columns": ORDERS, "separator": ";", "duplicates": "keep", **rule}})
    lines = "".join(f"A;1;1;{price};2026-11-09\n" for price in written)
    return shop.holds("o.csv", "no;sku;n;price;at\n" + lines).read()


@pytest.mark.parametrize(("written", "rule"), [
    (["$1,299.00", "$ 1,299", "+$1299", "1299"], {"signs": "$", "thousands": ","}),
    (["1.299,00 €", "1.299,00\u00a0€", "EUR 1299", "€1299,0"], {"signs": ["€", "EUR"], "decimal": ",", "thousands": "."}),
    (["￥1299", "¥1,299.00", "1299元"], {"signs": ["￥", "¥", "元"], "thousands": ","}),
])
def test_a_currencys_sign_is_no_part_of_a_number(shop, written, rule):
    raw = prices(shop, written, **rule)
    assert raw.frames["orders"]["price"].tolist() == [1299] * len(written) and raw.quarantine.empty


def test_other_currencies_and_signs_inside_are_refused_with_a_way_out(shop):
    raw = prices(shop, ["$9", "€9", "9$9", "$-$9", "-$9"], signs="$")
    assert raw.frames["orders"]["price"].tolist() == [9]
    no_number = cells.NO_NUMBER + cells.HOW_WRITTEN
    assert shop.refused(raw) == [(3, "price", "€9", no_number), (4, "price", "9$9", no_number),
                                 (5, "price", "$-$9", no_number), (6, "price", "-$9", "below 0")]
    assert "'signs'" in no_number


def test_a_price_for_several_pieces_is_divided_by_them(shop):
    shop.says({"orders": {"files": "o.csv", "signs": "$", "columns": {**ORDERS, "price": {"from": "total", "per": "n"}}}})
    raw = shop.holds("o.csv", "no,sku,n,total,at\nA,1,3,$30,2026-11-09\nA,2,-2,-$50,2026-11-09\nA,3,0,$5,2026-11-09\n"
                              "A,4,2,-$5,2026-11-09\n").read()
    assert raw.frames["orders"]["price"].tolist() == [10, 25]
    assert shop.refused(raw) == [(4, "price", "0", cells.NO_PIECES), (5, "price", "-$5", "below 0")]


def test_another_column_fills_what_is_empty(shop):
    shop.says({"orders": {"files": "o.csv", "columns": {**ORDERS, "item": {"from": "sku", "otherwise": ["code", "name"]}}}})
    raw = shop.holds("o.csv", "no,sku,code,name,n,price,at\nA,S1,C1,mug,1,2,2026-11-09\nA,,C2,lamp,1,2,2026-11-09\n"
                              "A, ,,tent,1,2,2026-11-09\nA,,,,1,2,2026-11-09\n").read()
    assert sorted(raw.frames["orders"]["item"]) == ["C2", "S1", "tent"]
    assert shop.refused(raw) == [(5, "item", None, cells.EMPTY)]


def test_columns_put_together_may_all_be_empty(shop):
    """REES46 names a product by brand and category, and both may be missing; pyarrow drops such rows of its own."""
    shop.says({"orders": {"files": "o.csv", "columns": {**ORDERS, "name": {"from": ["brand", "kind"]}}}})
    lines = "".join(f"A,1,1,9,2026-11-09,{both}\n" for both in ("a,b", ",", "a,", ",b"))
    raw = shop.holds("o.csv", "no,sku,n,price,at,brand,kind\n" + lines).read()
    assert raw.frames["orders"]["name"].fillna("-").tolist() == ["a b", "-", "a", "b"]


def test_stars_out_of_ten_or_a_hundred(shop):
    def stars(unit, written):
        shop.says({"reviews": {"files": "r.csv", "columns": {**REVIEWS, "rating": {"from": "score", "unit": unit}}}})
        return shop.holds("r.csv", "id,text,score\n" + "".join(f"{i},x{i},{s}\n" for i, s in enumerate(written))).read()

    raw = stars("of ten", [0, 7, 10, 11])
    assert raw.frames["reviews"]["rating"].tolist() == [0, 3.5, 5]
    assert shop.refused(raw) == [(5, "rating", "11", "above 5; 'unit' says of ten or of hundred")]
    assert stars("of hundred", [0, 70, 100]).frames["reviews"]["rating"].tolist() == [0, 3.5, 5]


def test_lines_above_the_header_are_skipped_and_numbers_of_lines_stay_true(shop):
    text = "Sales report\n\nid,text\n1,good\n2\n"
    shop.says({"reviews": {"files": "r.csv", "columns": REVIEWS, "skip": 2}})
    raw = shop.holds("r.csv", text).read()
    assert raw.frames["reviews"]["text"].tolist() == ["good"] and raw.quarantine["line"].tolist() == [5]


@pytest.mark.parametrize(("text", "skip"), [
    ("Sales report\n\nid,text\n1,good\n", 2), ("\n\n\nid,text\n1,good\n", 3), ("Sales report,\nid,more,text\n1,,good\n", 1)])
def test_a_header_below_a_title_is_pointed_at(shop, text, skip):
    shop.says({"reviews": {"files": "r.csv", "columns": REVIEWS}}).holds("r.csv", text)
    with pytest.raises(SourceError, match=f"is the header in line {skip + 1}. .write 'skip: {skip}'"):
        shop.read()


GA4 = [{"name": "purchase", "at": 1790000000123456, "user": "a", "items": [{"id": "A", "n": 1}, {"id": "B", "n": 2}]},
       {"name": "view_item", "at": 1790000001123456, "user": "b", "items": [{"id": "A"}]},
       {"name": "session_start", "at": 1790000002123456, "user": "b", "items": []},
       {"name": "view_item", "at": 1790000003123456, "user": "b"},
       {"name": "view_item", "at": 1790000004123456, "user": "b", "items": [{"n": 3}, "B"]}]


@pytest.mark.parametrize("name", ["e.jsonl", "e.json"])
def test_every_element_of_a_list_is_a_row(shop, name):
    shop.says({"events": {"files": name, "each": "items", "columns": {
        "customer": "user", "item": "items.id", "time": {"from": "at", "unit": "microseconds"},
        "behaviour": {"from": "name", "values": {"purchase": "buy", "view_item": "view"}}},
        "refuse": [{"column": "name", "values": ["session_start"], "reason": "no action on an item"}]}})
    shop.holds(name, json.dumps(GA4) if name == "e.json" else "".join(json.dumps(event) + "\n" for event in GA4))
    raw = shop.read()
    kept = raw.frames["events"].sort_values(["time", "item"])
    assert kept["item"].tolist() == ["A", "B", "A"] and kept["behaviour"].tolist() == ["buy", "buy", "view"]
    assert kept["time"].iloc[0] == pd.Timestamp(1790000000123456, unit="us", tz="UTC")
    assert raw.intake[["rows", "kept", "duplicates", "quarantined"]].sum().tolist() == [7, 3, 0, 4]
    assert [row[1:] for row in shop.refused(raw)] == [
        (None, None, "no action on an item"), *[("item", None, cells.EMPTY)] * 3]


def test_a_list_that_is_no_row_yet_is_pointed_at(shop):
    shop.says({"orders": {"files": "o.jsonl", "columns": {**ORDERS, "item": "lines.sku"}}})
    shop.holds("o.jsonl", json.dumps({"no": 1, "n": 1, "price": 2, "at": "2026-11-09", "lines": [{"sku": "A"}]}))
    with pytest.raises(SourceError, match="'lines' is a list: write 'each: lines' for a row an element"):
        shop.read()


@pytest.mark.parametrize(("name", "rule"), [("r.csv", {"each": "items"}), ("r.jsonl", {"skip": 1})])
def test_a_word_for_another_format_is_refused(shop, name, rule):
    shop.says({"reviews": {"files": name, "columns": REVIEWS, **rule}}).holds(name, '{"id": 1, "text": "a"}\n')
    with pytest.raises(SourceError, match=f"{next(iter(rule))!r} is for"):
        shop.read()


def test_empty_cells_and_all_but_some_codes_are_refused_on_purpose(shop):
    shop.says({"reviews": {"files": "r.csv", "columns": REVIEWS, "empty": "-", "refuse": [
        {"column": "text", "values": "", "reason": "stars alone"},
        {"column": "status", "except": ["public", "old"], "reason": "not published"}]}})
    raw = shop.holds("r.csv", "id,text,status\n1,good,public\n2,,public\n3,-,public\n4,bad,draft\n5,fine,\n"
                              "6,well,old\n").read()
    assert raw.frames["reviews"]["review"].tolist() == ["1", "6"]
    assert [row[3] for row in shop.refused(raw)] == ["stars alone"] * 2 + ["not published"] * 2
    assert shop.read().intake["quarantined"].tolist() == [4]


def test_a_metric_may_be_measured_on_another_column(shop):
    shop.says({"outcomes": {"files": "o.csv", "columns": {"experiment": {"value": "test"}, "customer": "who"}, "metrics": {
        "visit": "visit", "clicks per view": {"from": "clicks", "per": "views", "default": 0}}}})
    raw = shop.holds("o.csv", "who,visit,clicks,views\na,1,2,10\nb,0,,\n").read()
    found = raw.frames["outcomes"].set_index(["customer", "metric"])
    assert found.loc[("a", "clicks per view"), ["value", "base"]].tolist() == [2, 10]
    assert found.loc[("b", "clicks per view"), ["value", "base"]].tolist() == [0, 0]
    assert found.xs("visit", level="metric")["base"].isna().all() and raw.quarantine.empty


def zipped(*members):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members:
            archive.writestr(name, text)
    return data.getvalue()


@pytest.mark.parametrize(("name", "text"), [
    ("r.zip", "id,text\n1,good\n2\n"), ("r.jsonl.zip", '{"id": 1, "text": "good"}\n\n')])
def test_a_zip_of_one_file_is_opened(shop, name, text):
    shop.says({"reviews": {"files": name, "columns": REVIEWS}})
    raw = shop.holds(name, zipped(("export/reviews.txt", text), ("__MACOSX/._reviews.txt", "x"))).read()
    assert raw.frames["reviews"]["text"].tolist() == ["good"] and raw.intake["quarantined"].tolist() == [1]


@pytest.mark.parametrize(("content", "words"), [
    (zipped(("a.csv", "id,text\n"), ("b.csv", "id,text\n")), "holds 2 files; one is read from a zip archive: unpack it"),
    (b"PK\x03\x04 cut off", "damaged zip file"), (zipped(("a.csv", "id,text\n1,good\n" * 99))[:60], "damaged zip file")],
    ids=["two files", "no archive", "cut off"])  # an archive holds the time it was made at: as an id it would change
def test_other_archives_are_refused(shop, content, words):
    shop.says({"reviews": {"files": "r.zip", "columns": REVIEWS}}).holds("r.zip", content)
    with pytest.raises(SourceError, match=words):
        shop.read()


@pytest.mark.parametrize(("under", "content"), [
    ("reviews", {"count": 2, "meta": {"reviews": [1]}, "reviews": [{"id": 1, "text": "good"}, {"id": 2}]}),
    ("data.reviews", {"next": None, "data": {"page": 1, "reviews": [{"id": 1, "text": "good"}, {"id": 2}], "more": []}}),
    ("", [{"id": 1, "text": "good"}, {"id": 2}])])
def test_rows_under_a_key_of_a_json_file(shop, under, content):
    rule = {"files": "r.json", "columns": REVIEWS, **({"under": under} if under else {})}
    raw = shop.says({"reviews": rule}).holds("r.json", json.dumps(content, indent=1)).read()
    assert raw.frames["reviews"]["text"].tolist() == ["good"]
    line = next(at for at, text in enumerate(json.dumps(content, indent=1).splitlines()) if '"id": 2' in text)
    assert shop.refused(raw) == [(line, "text", None, cells.EMPTY)]


def test_rows_that_are_lists_get_names(shop):
    shop.says({"labelled_texts": {"files": "c.json", "under": "train", "header": "false", "names": ["text", "intent"],
                                  "columns": {"text": "text", "label": "intent", "task": {"value": "intent"}}}})
    shop.holds("c.json", json.dumps({"test": [["x", "y"]], "train": [["where is my parcel", "order"], ["hello"], "what"]}))
    raw = shop.read()
    assert raw.frames["labelled_texts"][["text", "label"]].to_numpy().tolist() == [["where is my parcel", "order"]]
    assert {reason for *_, reason in shop.refused(raw)} == {cells.EMPTY, "not a JSON object"}


@pytest.mark.parametrize(("content", "rule", "words"), [
    ({"reviews": [], "n": 1, "more": []}, {}, "its rows may lie under 'reviews', 'more': say 'under: reviews'"),
    ({"reviews": []}, {"under": "review"}, "nothing under 'review'; did you mean 'reviews'"),
    ({"a": 1}, {"under": "a.b"}, "nothing under 'b'; There are no keys"), ({"a": 1}, {"under": "a"}, "not a JSON array")])
def test_where_the_rows_lie_is_said(shop, content, rule, words):
    shop.says({"reviews": {"files": "r.json", "columns": REVIEWS, **rule}}).holds("r.json", json.dumps(content))
    with pytest.raises(SourceError, match=words):
        shop.read()
