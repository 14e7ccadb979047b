"""Tables of several parts: files of different kinds whose rows are one table's, as two shops' orders or train and test."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tables.conftest import Shop
from workbench.errors import SourceError
from workbench.models import split
from workbench.privacy import Door
from workbench.privacy.forget import in_raw_files
from workbench.tables import Week, last_week, survey, take_in

WEB = {"files": "web.csv", "columns": {"order": "id", "customer": "who", "item": "sku", "quantity": "n", "price": "price",
                                       "time": "paid", "country": {"value": "DE"}}}
TILL = {"files": "till.csv", "separator": ";", "decimal": ",", "timezone": "Asia/Shanghai", "header": "false",
        "names": ["when", "bon", "code", "sum"],
        "columns": {"order": "bon", "item": "code", "quantity": {"value": "1"}, "price": "sum", "time": "when"},
        "refuse": [{"column": "code", "values": ["BAG"], "reason": "a bag"}]}
WEB_ROWS = "id,who,sku,n,price,paid\n1,Ann,mug,2,5.50,2026-11-09 10:00\n2,Bo,jar,x,7,2026-11-10\n"
TILL_ROWS = "2026-11-16 07:30;T1;mug;4,20\n2026-11-11;T2;BAG;0,10\n2026-11-11;T3;jar\n"
LOOK_UP = {"look_up": {"order": {"files": "heads.csv", "by": "id"}}}


def orders(shop, *parts, **files):
    shop.says({"orders": list(parts or (WEB, TILL))})
    for name, content in {"web": WEB_ROWS, "till": TILL_ROWS, **files}.items():
        shop.holds(f"{name}.csv", content)
    return shop


def test_each_part_is_read_as_it_says_and_the_rows_are_one_tables(shop):
    raw = orders(shop).read()
    found = raw.frames["orders"].sort_values("time", ignore_index=True)
    assert found[["order", "item", "quantity", "price"]].to_numpy().tolist() == [["1", "mug", 2, 5.5], ["T1", "mug", 1, 4.2]]
    assert found["country"].fillna("").tolist() == ["DE", ""] and found["customer"].fillna("").tolist() == ["Ann", ""]
    assert found["time"].tolist() == [pd.Timestamp("2026-11-09 10:00", tz="UTC"), pd.Timestamp("2026-11-15 23:30", tz="UTC")]
    assert raw.intake[["table", "file", "rows", "kept", "duplicates", "quarantined"]].to_numpy().tolist() == [
        ["orders", "web.csv", 2, 1, 0, 1], ["orders", "till.csv", 3, 1, 0, 2]]
    refused = raw.quarantine.set_index(["file", "line"])
    assert set(refused.index) == {("web.csv", 3), ("till.csv", 2), ("till.csv", 3)}
    assert refused.loc[("web.csv", 3), ["column", "raw"]].tolist() == ["quantity", "9,aa,jar,x,7,2026-11-10"]
    assert refused.loc[("till.csv", 2), ["reason", "raw"]].tolist() == ["a bag", "2026-11-11;a9;BAG;0,10"]  # ids by shape
    assert last_week(shop.load()) == "2026-W46"  # Sunday night in UTC


def test_look_ups_belong_to_their_part(shop):
    columns = WEB["columns"] | {"time": "order.paid"}
    heads, web = "id,paid\n1,2026-11-08\n7,2026-11-08\n7,2026-11-09\n", WEB_ROWS.replace("2,Bo,jar,x", "3,Bo,jar,1")
    raw = orders(shop, TILL, WEB | LOOK_UP | {"columns": columns}, heads=heads, web=web).read()
    assert raw.frames["orders"]["time"].dt.strftime("%d").sort_values().tolist() == ["08", "15"]
    by = raw.intake.set_index("file")[["table", "rows", "kept", "quarantined"]]
    assert by.loc["heads.csv"].tolist() == ["order beside orders", 3, 2, 1]
    assert by.loc["web.csv"].tolist() == ["orders", 2, 1, 1] and by.loc["till.csv"].tolist() == ["orders", 3, 1, 2]
    refused = raw.quarantine.set_index("file")
    assert refused.loc["web.csv", "reason"] == "no row of heads.csv has its id" and refused.loc["heads.csv", "line"] == 4


def test_a_week_is_written_once_and_a_change_of_any_part_is_seen(shop, tmp_path, monkeypatch):
    week = Week(orders(shop).load(), "2026-W46", tmp_path / "W46")
    written = take_in(week, Door(), max_quarantined=1)
    assert written.rows["kept"].sum() == 2 and week.read("orders")["customer"].str.startswith("c-").sum() == 1
    assert survey(shop.load(), Door()).rows["kept"].tolist() == written.rows["kept"].tolist()
    monkeypatch.setattr("workbench.tables.read.Reader.read", lambda *_: pytest.fail("nothing changed"))
    take_in(Week(shop.load(), "2026-W46", tmp_path / "W46"), Door(), max_quarantined=1)
    orders(shop, WEB, TILL | {"refuse": []})
    with pytest.raises(pytest.fail.Exception, match="nothing changed"):
        take_in(Week(shop.load(), "2026-W46", tmp_path / "W46"), Door(), max_quarantined=1)


def test_one_file_may_be_read_by_several_parts(shop):
    def part(column, stars):
        return {"files": "hotels.csv", "columns": {"review": {"row_number": "true"}, "text": column,
                                                   "rating": {"value": stars}},
                "refuse": [{"column": column, "values": ["", "Nothing"], "reason": "said nothing"}]}

    raw = shop.says({"reviews": [part("good", "5"), part("bad", "1")]}).holds(
        "hotels.csv", "good,bad\nKind staff,Nothing\nQuiet,Cold water\nQuiet,Thin walls\n").read()
    assert raw.frames["reviews"].sort_values("review")[["review", "text", "rating"]].to_numpy().tolist() == [
        ["hotels.csv (2)-2", "Cold water", 1], ["hotels.csv (2)-3", "Thin walls", 1], ["hotels.csv-1", "Kind staff", 5],
        ["hotels.csv-2", "Quiet", 5]]
    assert raw.intake[["file", "rows", "kept", "duplicates", "quarantined"]].to_numpy().tolist() == [
        ["hotels.csv", 3, 2, 1, 0], ["hotels.csv (2)", 3, 2, 0, 1]]
    assert in_raw_files("Quiet", shop.load())[0] == {str(shop.folder / "hotels.csv"): 2}


def test_tasks_and_sides_of_labelled_texts_come_from_files_of_their_own(shop):
    def part(file, **columns):
        return {"files": file, "columns": {"text": "text", "label": "label"} | {
            name: {"value": value} for name, value in columns.items()}}

    rows = [f"{word} number {i},{word}" for i in range(60) for word in ("good", "bad")]
    shop.holds("train.csv", "text,label\n" + "\n".join(rows)).holds("test.csv", "text,label\n" + "\n".join(rows[:40]))
    shop.holds("kinds.csv", "text,label\n" + "\n".join(rows))
    raw = shop.says({"labelled_texts": [part("train.csv", task="sentiment", split="train"),
                                        part("test.csv", task="sentiment", split="test"),
                                        part("kinds.csv", task="kinds", split="train")]}).read()
    assert raw.intake["kept"].tolist() == [120, 40, 120]  # the same text of another side or task is no duplicate
    texts = raw.frames["labelled_texts"].query("task == 'sentiment'")
    made = split(texts, "sentiment", "en")
    assert made.sizes["test"] == 40 and made.left_out["text to learn from that also stands in validation or test"] == 40


@pytest.mark.parametrize(("tables", "said"), [
    ({"orders": []}, "'orders' is an empty list"),
    ({"orders": [WEB, {"files": "till.csv"}]}, "orders: part 2: 'columns' is missing"),
    ({"orders": [WEB, "till.csv"]}, "orders: part 2: 'till.csv' is not a mapping"),
    ({"orders": [WEB, TILL | {"columns": TILL["columns"] | {"item": {"from": "code", "before": "T"}}}]},
     "part 2: columns: item: 'before' is for order and review only"),
    ({"orders": [WEB, TILL | {"duplicates": "keep"}]}, "part 2: 'duplicates' is 'keep', and of part 1 'across files'"),
    ({"orders": [WEB, TILL | {"files": "tills/*.csv"}]}, "part 2: no file tills/*.csv lies in"),
    ({"orders": [WEB, TILL | LOOK_UP | {"columns": TILL["columns"] | {"customer": "order.who"}}]},
     "part 2: 'columns' uses 'id'"),
])
def test_what_is_wrong_with_a_part_says_which_it_is(shop, tables, said):
    orders(shop).says(tables)
    with pytest.raises(SourceError) as caught:
        shop.load()
    assert said in str(caught.value)


ORDER = st.tuples(st.integers(1, 4), st.sampled_from(["mug", "jar", "a;b", 'q"x']), st.integers(1, 3), st.integers(0, 900))


@given(web=st.lists(ORDER, max_size=8), till=st.lists(ORDER, min_size=1, max_size=8))
def test_however_a_file_is_written_the_table_is_the_same(tmp_path_factory, web, till):
    """A law: two files of one kind, and the same with the second written in another way, read by a part of its own."""
    folder = tmp_path_factory.mktemp("shop")
    first = pd.DataFrame(web, columns=["id", "sku", "n", "price"]).assign(paid="2026-11-09", who="Ann")
    second = pd.DataFrame(till, columns=["id", "sku", "n", "price"]).assign(paid="2026-11-10", who="Bo")
    columns = {name: how for name, how in WEB["columns"].items() if name != "country"}
    first.to_csv(folder / "web.csv", index=False)
    second.to_csv(folder / "web2.csv", index=False)
    one = Shop(folder).says({"orders": {"files": ["web.csv", "web2.csv"], "columns": columns}}).read()
    second[["who", "sku", "price", "paid", "n", "id"]].to_json(folder / "till.jsonl", orient="records", lines=True)
    parts = [{"files": "web.csv", "columns": columns}, {"files": "till.jsonl", "columns": columns}]
    two = Shop(folder).says({"orders": parts}).read()
    by = ["customer", "order", "item", "quantity", "price"]
    pd.testing.assert_frame_equal(*(raw.frames["orders"].sort_values(by, ignore_index=True) for raw in (one, two)))
    numbers = ["rows", "kept", "duplicates", "quarantined"]
    assert one.intake[numbers].to_numpy().tolist() == two.intake[numbers].to_numpy().tolist()


def test_customers_that_are_row_numbers_are_the_same_in_every_table(shop):
    """Whatever else fills the tables, however often a file is read: outcomes without their customers would count as 0."""
    def part(file, experiment, counts="n", **more):
        return {"files": file, "counts": counts, "columns": {"experiment": {"value": experiment}, "customer": {
            "row_number": "true"}} | more.pop("columns", {}), **more}

    shop.holds("mail.csv", "arm,n,opened,bought\nx,30,12,2\ny,20,9,5\n").holds("page.csv", "arm,n,bought\nx,10,3\ny,10,4\n")
    drawn = part("mail.csv", "mail", columns={"arm": "arm"})
    told = [part("mail.csv", "mail", metrics={name: name}) for name in ("opened", "bought")]
    for assignments, outcomes, customers in (
            (drawn, told, 50), (drawn, [*told, part("page.csv", "page", metrics={"bought": "bought"})], 70),
            ([part("page.csv", "page", columns={"arm": "arm"}), drawn], told, 70), (drawn, told[0], 50)):
        frames = shop.says({"assignments": assignments, "outcomes": outcomes}).read().frames
        ours, theirs = (set(frames[name]["customer"]) for name in ("assignments", "outcomes"))
        assert len(ours & theirs) == 50 and len(ours | theirs) == customers


def test_a_file_more_in_one_table_has_the_others_read_again_where_customers_are_called_by_it(shop, tmp_path):
    part = {"columns": {"experiment": {"value": "mail"}, "customer": {"row_number": "true"}}}
    drawn, told = part | {"columns": part["columns"] | {"arm": "arm"}}, part | {"metrics": {"bought": "bought"}}
    for name in ("mail", "more"):
        shop.holds(f"{name}.csv", "arm,bought\nx,1\ny,0\n")
    for files in (["mail.csv"], ["mail.csv", "more.csv"]):
        shop.says({"assignments": drawn | {"files": ["mail.csv"]}, "outcomes": told | {"files": files}})
        week = Week(shop.load(), "2026-W46", tmp_path / "W46")
        take_in(week, Door())
        assert set(week.read("assignments")["customer"]) <= set(week.read("outcomes")["customer"])


def test_two_shops_that_number_alike_are_told_apart(shop):
    columns = WEB["columns"] | {"order": {"from": "id", "before": "B-"}}
    rows = "id,who,sku,n,price,paid\n1.0,Cy,mug,2,5.50,2026-11-09 10:00\n,Di,jar,1,7,2026-11-10\n"
    raw = orders(shop, WEB, WEB | {"files": "b.csv", "columns": columns}, b=rows).read()
    found = raw.frames["orders"].set_index("order")["customer"]
    assert found.to_dict() == {"1": "Ann", "B-1": "Cy"}
    assert raw.quarantine["reason"].tolist()[-1] == "order: empty, and a value is required"
