"""What is drafted is read as it stands: the table, its columns and how its files are cut are found, doubts are said."""

import io
import json
import os
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.drafts.conftest import csv, written
from workbench import sample
from workbench.__main__ import main
from workbench.drafts import draft
from workbench.errors import SourceError
from workbench.tables import load_source

REAL = os.environ.get("WORKBENCH_REAL_DATA")
EXAMPLES = Path(__file__).parents[2] / "data" / "examples"


def test_orders_with_all_in_one_file(folder):
    made, said, frames = written(folder, orders__csv=csv(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
        lambda i: f"{536365 + i // 3},8512{i % 7}A,mug {i % 7},{1 + i % 4},2010-12-01 08:{i:02},2.55,{17850 + i // 3},UK"))
    assert said["orders"] == {"files": "orders.csv", "columns": {
        "order": "InvoiceNo", "customer": "CustomerID", "item": "StockCode", "name": "Description", "quantity": "Quantity",
        "price": "UnitPrice", "time": "InvoiceDate", "country": "Country"}}
    assert made.doubts == ["timezone and currency"] and len(frames["orders"]) == 40
    assert made.text.startswith("# A draft") and "\nname: My_exports\n" in made.text


def test_an_export_that_says_who_ordered_on_the_first_line_only(folder):
    rows = [f"#{1001 + i // 2}," + (f"ann{i}@x.org,paid,2026-11-09 10:00:00 +0800,SG" if i % 2 == 0 else ",,,") +
            f",1,Mug {i},9.90,M-{i % 5}" for i in range(40)]
    header = ("Name,Email,Financial Status,Created at,Shipping Country,Lineitem quantity,Lineitem name,Lineitem price,"
              "Lineitem sku")
    _, said, frames = written(folder, orders_export__csv="\n".join([header, *rows]) + "\n")
    assert said["orders"]["fill_down"] == {"of": "Name", "columns": ["Email", "Created at", "Shipping Country"]}
    assert len(frames["orders"]) == 40 and frames["orders"].groupby("order")["customer"].nunique().eq(1).all()


def test_lines_orders_and_customers_are_put_together(folder):
    made, said, frames = written(
        folder, 4, order_items__csv=csv("order_id,order_item_id,product_id,price",
                                     lambda i: f"o{i // 2},{1 + i % 2},p{i % 5},{9 + i % 5}.9"),
        orders__csv=csv("order_id,customer_id,order_status,order_purchase_timestamp",
                        lambda i: f"o{i},c{i},{'canceled' if i % 10 == 0 else 'delivered'},2017-10-02 10:56:{i:02}", 20),
        customers__csv=csv("customer_id,customer_unique_id,customer_city", lambda i: f"c{i},u{i % 15},São Paulo", 20),
        sellers__csv=csv("seller_id,seller_city", lambda i: f"s{i},Rio", 20))
    assert said["orders"]["files"] == "order_items.csv" and said["orders"]["look_up"] == {
        "orders": {"files": "orders.csv", "by": "order_id"},
        "customers": {"files": "customers.csv", "by": {"orders.customer_id": "customer_id"}}}
    assert said["orders"]["columns"]["customer"] == "customers.customer_unique_id"
    assert len(frames["orders"]) == 36 and frames["orders"]["customer"].nunique() <= 15
    assert list(made.left) == ["sellers.csv"] and "orders: refuse: all codes: delivered, canceled" in made.doubts


def test_reviews_keep_their_own_time_and_stars_without_a_text_are_no_mistake(folder):
    text = csv("review_id,order_id,review_score,review_comment_message,review_creation_date", lambda i: (
        f"r{i},o{i},{1 + i % 5},{'' if i % 4 == 0 else f'the {i}th mug is a joy to hold'},2018-01-18 00:00:{i:02}"))
    _, said, frames = written(
        folder, 10, order_reviews__csv=text,
        orders__csv=csv("order_id,customer_id,order_purchase_timestamp", lambda i: f"o{i},c{i},2017-10-02 10:56:{i:02}"),
        products__csv=csv("product_id,product_category_name,weight", lambda i: f"p{i},{'toys' if i % 2 else 'art'},225"))
    assert said["reviews"]["columns"]["time"] == "review_creation_date"
    assert said["reviews"]["columns"]["customer"] == "orders.customer_id" and len(frames["reviews"]) == 30
    assert said["products"]["columns"]["name"] == "product_category_name"


def test_files_in_folders_and_cut_in_two_ways_are_put_together(folder):
    (folder / "crm").mkdir()
    orders = csv("order_id,customer_id,order_date", lambda i: f"o{i},c{i % 9},2026-11-0{1 + i % 9}")
    (folder / "crm" / "orders.csv").write_text(orders)
    _, said, frames = written(folder, lines__csv=csv("order_id|sku|price|qty", lambda i: f"o{i // 2}|p{i % 5}|{i}.5|1",
                                                     separator=";"))
    assert said["orders"]["look_up"] == {"orders": {"files": "crm/orders.csv", "by": "order_id", "separator": ","}}
    assert len(frames["orders"]) == 40 and frames["orders"]["customer"].nunique() == 9


def test_events_without_a_header_and_with_codes_that_are_no_action(folder):
    acts = ["pv", "pv", "buy", "fav", "cart"]
    _, said, frames = written(folder, UserBehavior__csv=csv("1,268,2520,pv,1511544070", lambda i: (
        f"{1 + i % 5},{2268 + i},{2520 + i % 3},{acts[i % 5]},{1511544070 + i * 60}")))
    assert said["events"]["header"] == "false" and said["events"]["columns"] == {
        "customer": "column_1", "item": "column_2", "category": "column_3", "time": {"from": "column_5", "unit": "seconds"},
        "behaviour": {"from": "column_4", "values": {"pv": "view", "buy": "buy", "fav": "favourite", "cart": "cart"}}}
    assert len(frames["events"]) == 41


def test_events_of_a_shop_with_other_actions(folder):
    acts = ["view", "cart", "remove_from_cart", "purchase"]
    made, said, frames = written(folder, 40, events__csv=csv(
        "event_time,event_type,product_id,category_id,brand,price,user_id,user_session", lambda i: (
            f"2019-10-01 00:{i:02}:00 UTC,{acts[i % 4]},{44600 + i},{2103 + i % 2},,35.79,{541312 + i % 9},72d76fde-{i}")))
    assert said["events"]["columns"]["behaviour"]["values"] == {"view": "view", "cart": "cart", "purchase": "buy"}
    assert said["events"]["refuse"][0]["values"] == ["remove_from_cart"]
    assert any("are these no view" in doubt for doubt in made.doubts)
    assert said["orders"]["columns"]["order"] == "user_session" and len(frames["orders"]) == 10  # 30 others are no purchase


def test_a_german_sheet_saved_as_csv(folder):
    text = csv("Bestellungen 2026;;;;\n\nOrder No|Article No|Qty|Price|Date", lambda i: (
        f"{1000 + i}|A{i % 6}|1|1.2{i % 10}9,00 €|{1 + i % 28:02}.11.2026"), separator=";")
    _, said, frames = written(folder, Bestellungen__csv=text.encode("cp1252"))
    rule = said["orders"]
    assert (rule["separator"], rule["skip"], rule["encoding"], rule["decimal"], rule["thousands"], rule["signs"]) == (
        ";", "2", "cp1252", ",", ".", ["€"])
    assert rule["columns"]["time"] == {"from": "Date", "format": "%d.%m.%Y"} and frames["orders"]["price"].min() == 1209


def test_chinese_reviews_and_days_that_two_ways_fit(folder):
    text = csv("订单编号,商品编号,评价内容,评价时间,评价等级", lambda i: (
        f"{7000 + i},S{i % 4},第{i}次购买，杯子很漂亮质量不错,2026年11月{1 + i % 28:02}日,{'好评' if i % 3 else '差评'}"))
    _, said, frames = written(folder, 评价__csv=text.encode("gb18030"))
    rule = said["reviews"]
    assert (rule["encoding"], rule["columns"]["product"], rule["columns"]["text"]) == ("gb18030", "商品编号", "评价内容")
    assert frames["reviews"]["rating"].value_counts().to_dict() == {5: 26, 1: 14}
    (folder / "source.yml").unlink()
    (folder / "评价.csv").unlink()
    made, said, _ = written(folder, reviews__csv=csv(
        "review_id,product_id,review_text,stars,review_date",
        lambda i: f"r{i},p{i % 4},the {i}th mug is a joy to hold,{1 + i % 10},0{1 + i % 9}/0{1 + i % 8}/2026"))
    assert said["reviews"]["columns"]["rating"] == {"from": "stars", "unit": "of ten"}
    assert "reviews: time: or %m/%d/%Y: every row looked at fits both" in made.doubts


def test_json_with_a_list_in_every_object(folder):
    events = [{"user_pseudo_id": f"u{i % 7}", "event_name": ["view_item", "add_to_cart", "purchase"][i % 3],
               "event_timestamp": 1790000000000000 + i, "items": [{"item_id": f"p{i % 5}"}, {"item_id": "p9"}]}
              for i in range(30)]
    _, said, frames = written(folder, ga__jsonl="\n".join(map(json.dumps, events)))
    assert said["events"]["each"] == "items" and said["events"]["columns"]["item"] == "items.item_id"
    assert said["events"]["columns"]["time"] == {"from": "event_timestamp", "unit": "microseconds"}
    assert len(frames["events"]) == 60


def test_json_whose_rows_lie_under_a_key(folder):
    rows = [{"review_id": f"r{i}", "body": f"the {i}th mug is a joy to hold", "stars": 1 + i % 5} for i in range(30)]
    _, said, frames = written(folder, page__json=json.dumps({"next": None, "reviews": rows}))
    assert said["reviews"]["under"] == "reviews" and len(frames["reviews"]) == 30
    (folder / "page.json").unlink()
    pairs = [[f"where is box {i}", "ab"[i % 2]] for i in range(30)]
    keys = {"test": [["what", "a"]], "train": pairs, "oos": [["is it", "b"]], "said": {"by": "us"}, "tags": ["a", "b"]}
    made, said, frames = written(folder, intents__json=json.dumps(keys))
    assert [(part["under"], part["columns"].get("split")) for part in said["labelled_texts"]] == [
        ("test", {"value": "test"}), ("train", {"value": "train"}), ("oos", None)]  # one row alone would not show what it is
    assert frames["labelled_texts"]["split"].value_counts(dropna=False).tolist() == [30, 1, 1] and made.left == {}
    (folder / "intents.json").unlink()
    said, frames = written(folder, pairs__json=json.dumps(pairs))[1:]
    assert "under" not in said["labelled_texts"] and len(frames["labelled_texts"]) == 30


def test_files_of_two_kinds_that_fill_one_table_are_its_parts(folder):
    made, said, frames = written(
        folder, orders_2025__csv=csv("order_id,email,sku,quantity,price,created_at", lambda i: (
            f"A{i},ann{i}@x.org,mug-{i % 5},1,9.90,2025-11-{1 + i % 28:02} 10:00")),
        orders_2026__csv=csv("Order|Customer|SKU|Qty|Unit price|Date|Country", lambda i: (
            f"B{i}|bo{i}@x.org|mug-{i % 5}|1|9,90|2026-11-{1 + i % 28:02} 10:00|DE"), separator=";"))
    assert [part["files"] for part in said["orders"]] == ["orders_2026.csv", "orders_2025.csv"]
    assert len(frames["orders"]) == 80 and set(frames["orders"]["price"]) == {9.9} and made.left == {}
    assert "orders: files: are these other rows than those above?" in made.doubts


def test_labelled_texts_keep_the_sides_that_their_files_are_named_for(folder):
    files = {f"{name}__csv": csv("text,label" if name != "dev" else "label,sentence", lambda i, name=name: (
        f"{name} mug {i},{'ab'[i % 2]}" if name != "dev" else f"{'ab'[i % 2]},dev mug {i} holds")) for name in (
            "train", "dev", "test_1", "test_2")}
    made, said, frames = written(folder, **files)
    assert {str(part["files"]): part["columns"]["split"]["value"] for part in said["labelled_texts"]} == {
        "train.csv": "train", "dev.csv": "validation", "['test_1.csv', 'test_2.csv']": "test"}
    assert frames["labelled_texts"]["split"].value_counts().to_dict() == {"test": 80, "train": 40, "validation": 40}
    assert "labelled_texts: split: by its name only" in made.doubts and not any("other rows" in one for one in made.doubts)


def test_a_western_file_with_signs_that_windows_lacks_is_latin_1(folder):
    said = written(folder, q__csv=csv("question,intent", lambda i: f"where is the caf\xe9 {i}\x9d?,{'ab'[i % 2]}").encode(
        "latin-1"))[1]
    assert said["labelled_texts"]["encoding"] == "latin-1"


def test_an_experiment_with_its_outcomes(folder):
    made, said, frames = written(folder, cookie_cats__csv=csv(
        "userid,version,sum_gamerounds,retention_1,retention_7",
        lambda i: f"{116 + i},gate_{30 + 10 * (i % 2)},{i * 3},{i % 3 == 0},{i % 5 == 0}"))
    assert said["assignments"]["columns"] == {"experiment": {"value": "test"}, "customer": "userid", "arm": "version"}
    assert said["outcomes"]["metrics"]["retention 1"] == {"from": "retention_1", "values": {"False": "0", "True": "1"}}
    assert frames["outcomes"].groupby("metric")["value"].sum().to_dict() == {
        "retention 1": 14, "retention 7": 8, "sum gamerounds": 2340}
    assert "outcomes: metrics: those of before the test are called 'before …'" in made.doubts


def test_results_that_are_sums(folder):
    text = "variant,visitors,conversions,revenue\ncontrol,500,40,812.5\nnew,510,57,930.25\n"
    made, said, frames = written(folder, results__csv=text)
    assert said["assignments"]["counts"] == "visitors" and said["outcomes"]["metrics"] == {"conversions": "conversions"}
    assert len(frames["assignments"]) == 1010 and frames["outcomes"]["value"].sum() == 97
    assert any("so many customers" in doubt for doubt in made.doubts)


def test_empty_outcomes_are_asked_about(folder):
    text = csv("user_id,variant,revenue", lambda i: f"u{i},{'AB'[i % 2]},{'' if i % 3 else 9.5}")
    made, said, _ = written(folder, t__csv=text)
    assert said["outcomes"]["metrics"] == {"revenue": {"from": "revenue", "default": "0"}}
    assert made.doubts[-1].endswith("empty is taken for 0: revenue")


def test_a_chinese_experiment(folder):
    _, said, frames = written(folder, 实验数据__csv=csv("用户ID,分组,入组时间,新老客,是否下单,支付金额", lambda i: (
        f"u{i},{'实验组' if i % 2 else '对照组'},2026-11-{1 + i % 28:02} 10:00:00,{'新客' if i % 3 else '老客'},"
        f"{'是' if i % 4 == 0 else '否'},{i}.5")))
    assert said["assignments"]["columns"] == {"experiment": {"value": "test"}, "customer": "用户ID", "arm": "分组",
                                              "time": "入组时间", "segment": "新老客"}
    assert frames["outcomes"].groupby("metric")["value"].sum().to_dict() == {"是否下单": 10, "支付金额": 800}


def test_questions_with_intents_a_catalogue_and_many_files_of_one_kind(folder):
    files = {f"q{k}__csv": csv("question,intent", lambda i, k=k: f"where is parcel {k}{i}?,{'order' if i % 2 else 'return'}")
             for k in range(3)}
    made, said, frames = written(folder, catalogue__tsv=csv(
        "sku|product name|price|category", lambda i: f"S{i}|mug number {i}|{i}.5|mugs", separator="\t"), **files)
    assert said["labelled_texts"]["files"] == "*.csv" and frames["labelled_texts"]["task"].unique().tolist() == ["intent"]
    assert said["products"]["separator"] == "tab" and len(frames["products"]) == 40 and made.left == {}


def test_sheets_of_a_workbook_and_parquet(folder):
    frame = pd.DataFrame({"Invoice": [489434 + i // 2 for i in range(30)], "StockCode": [f"8504{i % 9}" for i in range(30)],
                          "Quantity": 1 + pd.Series(range(30)) % 4, "Price": 2.1,
                          "InvoiceDate": pd.date_range("2009-12-01", periods=30, freq="h"), "Customer ID": 13085.0})
    with pd.ExcelWriter(folder / "retail.xlsx", engine="xlsxwriter") as book:
        for name in ("Year 2009-2010", "Year 2010-2011"):
            frame.to_excel(book, sheet_name=name, index=False)
    _, said, frames = written(folder)
    assert said["orders"]["sheet"] == ["Year 2009-2010", "Year 2010-2011"] and len(frames["orders"]) == 60
    assert said["orders"]["columns"]["customer"] == "Customer ID"
    (folder / "retail.xlsx").unlink()
    frame.to_parquet(folder / "retail.parquet")
    assert written(folder)[1]["orders"]["files"] == "retail.parquet"


def test_the_sample_shop_is_found_again(folder):
    """Its logs, whose source.yml was written by hand long before there was a draft."""
    sample.make(folder, 300, 7)
    (folder / "products.jsonl").write_bytes((EXAMPLES.parent / "sample" / "products.jsonl").read_bytes())
    said = yaml.load(draft(folder).text, yaml.BaseLoader)["tables"]
    known = yaml.load((EXAMPLES.parent / "sample" / "source.yml").read_text("utf-8"), yaml.BaseLoader)["tables"]
    assert set(known) - set(said) == {"changes"}  # nobody else writes such a file
    for table, rule in said.items():
        wanted, found = ({column: how["from"] if isinstance(how, dict) and "from" in how else how
                          for column, how in each["columns"].items()} for each in (known[table], rule))
        assert {column: (raw, wanted.get(column)) for column, raw in found.items() if raw != wanted.get(column)} == {}
        assert set(wanted) - set(found) <= {"attributes", "split"}, table  # of an object, and empty


def test_a_folder_without_a_table_is_refused(folder, tmp_path):
    with pytest.raises(SourceError, match="holds 0 files"):
        draft(folder)
    (folder / "notes.csv").write_text("who,what\nann,milk\nbo,bread\n")
    with pytest.raises(SourceError, match=r"none of the files .*notes\.csv: like no table; its columns are who, what"):
        draft(folder)
    with pytest.raises(SourceError, match="there is no folder"):
        draft(tmp_path / "none")


def test_files_that_cannot_be_looked_at_are_named_and_stop_nothing(folder):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", "a,b\n")
        archive.writestr("b.csv", "a,b\n")
    junk = {"two.csv.zip": packed.getvalue(), "bad.csv.gz": b"\x1f\x8b\x08xx", "no.csv.gz": b"a,b\n1,2\n",
            "x.xlsx": b"PK\x03\x04", "p.parquet": b"PAR1", "j.json": b'{"a": 1}', "j.jsonl": b"[1]\n", "empty.csv": b"",
            "nul.csv": b"a,b\n\0,1\n", "new\nline.csv": b'"a\nb",c\n1,2\n'}
    for name, content in junk.items():
        (folder / name).write_bytes(content)
    made, said, _ = written(folder, q__csv=csv("question,intent", lambda i: f"where is box {i}?,{'a' if i % 2 else 'b'}"))
    assert set(said) == {"labelled_texts"} and set(made.left) == {" ".join(name.split()) for name in junk}
    assert "holds 2 files" in made.left["two.csv.zip"]
    assert all(line.startswith("# ") for line in made.text.splitlines()[-10:])


def test_the_command_writes_beside_the_files_or_elsewhere_and_never_over(folder, tmp_path, capsys):
    (folder / "q.csv").write_text(csv("question,intent", lambda i: f"where is parcel {i}?,{'a' if i % 2 else 'b'}"))
    assert main(["draft", str(folder), "--to", str(tmp_path / "shop")]) == 0
    assert "labelled_texts: q.csv" in (out := capsys.readouterr().out) and "workbench check --data" in out
    assert load_source(str(tmp_path / "shop")).folder == folder.resolve()
    assert main(["draft", str(folder)]) == 0 and main(["draft", str(folder)]) == 2
    assert "is there already" in capsys.readouterr().err


@pytest.mark.real_data
@pytest.mark.skipif(not REAL, reason="needs WORKBENCH_REAL_DATA")
@pytest.mark.parametrize("name", ["behaviour_zh", "retail_orders", "reviews_zh", "reviews_en", "email_test"])
def test_ready_sources_are_found_again(name):
    """The columns written by hand, but those that only people can know."""
    said = yaml.load(draft(Path(REAL) / name).text, yaml.BaseLoader)["tables"]
    known = yaml.load((EXAMPLES / name / "source.yml").read_text("utf-8"), yaml.BaseLoader)["tables"]
    for table in set(known) - {"labelled_texts"}:
        wanted = {column: how if isinstance(how, str) else how.get("from") or "row_number" * ("row_number" in how)
                  for column, how in known[table]["columns"].items()}
        found = {column: how if isinstance(how, str) else how.get("from") or "row_number" * ("row_number" in how)
                 for column, how in said[table]["columns"].items()}
        names = known[table].get("names", [])
        places = {f"column_{place}": raw for place, raw in enumerate(names, 1)}
        assert {column: places.get(raw, raw) for column, raw in found.items() if column in wanted} == {
            column: raw for column, raw in wanted.items() if column in found}
        assert set(wanted) - set(found) <= {"language"}
