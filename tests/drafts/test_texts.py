"""Reviews and labelled texts as public data sets write them: found, and whatever is not sure is asked."""

import gzip
import json

import pandas as pd
import pytest

from tests.drafts.conftest import csv, written
from workbench.drafts import draft
from workbench.errors import SourceError
from workbench.tables import load_source


def said(i, of="mug"):
    """A text of two commas."""
    return f"the {i}th {of}, which is blue, holds"


def lines(row, rows=40):
    return "\n".join(json.dumps(row(i), ensure_ascii=False) for i in range(rows)) + "\n"


def test_an_object_a_line_in_a_file_that_is_called_json(folder):
    def row(i):
        return {"reviewerID": f"A{i % 9}", "asin": f"B{i % 4}", "helpful": [0, 1], "reviewText": said(i),
                "overall": 1.0 + i % 5, "summary": f"mug {i}", "unixReviewTime": 1393545600 + i,
                "images": [{"url": "a"}, {"url": "b"}] if i % 2 else []}

    _, found, frames = written(folder, reviews__json__gz=gzip.compress(lines(row).encode()))
    rule = found["reviews"]
    assert rule["format"] == "jsonl" and "each" not in rule  # images are not reviews
    assert rule["columns"] == {
        "review": {"row_number": "true"}, "product": "asin", "customer": "reviewerID", "rating": "overall",
        "title": "summary", "time": {"from": "unixReviewTime", "unit": "seconds"}, "text": "reviewText"}
    assert len(frames["reviews"]) == 40


@pytest.mark.parametrize(("word", "stars"), [
    (lambda n: f"{n}.0 out of 5 stars", 4), (lambda n: f"Rated {n} out of 5 stars", 4), (lambda n: f"{n}星", 4),
    (lambda n: f"star{n}", 4), (lambda n: "★" * n + "☆" * (5 - n), 4), (lambda n: "零一二三四五"[n] + "星", 4),
    (lambda n: f"{n}/10", 2), (lambda n: f"评分:{n}分", 4)])
def test_stars_that_stand_in_words_are_read_and_asked_about(folder, word, stars):
    made, found, frames = written(folder, r__csv=csv(
        "review_id|Stars|Review", lambda i: f"r{i}|{word(1 + i % 4)}|{said(i)}", separator="\t"))
    assert frames["reviews"]["rating"].max() == stars and frames["reviews"]["rating"].nunique() == 4
    assert "reviews: rating: are these the stars that the words say?" in made.doubts
    assert found["reviews"]["separator"] == "tab"


def test_one_rating_out_of_place_changes_no_other(folder):
    rows = csv("review_id|stars|text", lambda i: f"r{i}|{1 + i % 5}|mug {i} holds tea", 200, separator=",")
    _, found, frames = written(folder, 2, r__csv=rows + "r900,9,too many stars here\nr901,five,stars in a word\n")
    assert found["reviews"]["columns"]["rating"] == "stars"
    assert frames["reviews"]["rating"].value_counts().tolist() == [40] * 5


def test_days_behind_words_are_read_each_as_its_country_writes_it(folder):
    where = ["the United States on October {}, 2025", "India on {} October 2025"]
    _, found, frames = written(folder, r__csv=csv("star_rating;review_date;review_body", lambda i: (
        f"{1 + i % 5};Reviewed in {where[i % 2].format(1 + i % 28)};{said(i)}")))
    assert sorted(found["reviews"]["columns"]["time"]["format"]) == [
        "Reviewed in India on %d %B %Y", "Reviewed in the United States on %B %d, %Y"]
    assert frames["reviews"]["time"].dt.day.tolist() == [1 + i % 28 for i in range(40)]


def test_what_was_liked_and_what_was_not_are_parts_of_the_reviews(folder):
    made, found, frames = written(folder, 20, hotels__csv=csv(
        "Hotel_Name;Review_Date;Negative_Review;Positive_Review;Reviewer_Score", lambda i: (
            f"Sea;{1 + i % 12}/{13 + i % 9}/2017;{said(i, 'tap') if i % 4 else 'No Negative'};"
            f"{said(i, 'bed') if i % 4 != 1 else 'No Positive'};{2.5 + i % 16 / 2}")))
    assert [part["columns"]["text"] for part in found["reviews"]] == ["Positive_Review", "Negative_Review"]
    assert len(frames["reviews"]) == 60 and frames["reviews"]["review"].is_unique
    assert made.tables["reviews"] == ["hotels.csv"]
    assert "reviews: refuse: is that nothing?" in made.doubts and not any("other rows" in doubt for doubt in made.doubts)


def test_each_column_of_yes_or_no_is_a_task(folder):
    _, found, frames = written(folder, train__csv=csv("id;comment_text;toxic;obscene;length", lambda i: (
        f"{i};{said(i)};{i % 2};{int(i % 5 == 0)};{i}")))
    assert [part["columns"]["task"]["value"] for part in found["labelled_texts"]] == ["toxic", "obscene"]
    texts = frames["labelled_texts"]
    assert texts.groupby("task")["label"].value_counts().to_dict() == {
        ("toxic", "yes"): 20, ("toxic", "no"): 20, ("obscene", "yes"): 8, ("obscene", "no"): 32}


@pytest.mark.parametrize(("content", "text", "label"), [
    ("\n".join(f'"{1 + i % 2}","mug {i}","{said(i)}"' for i in range(40)), "column_3", "column_1"),  # class, title, text
    ("\n".join(f'{["neutral", "positive"][i % 2]},"{said(i)}"' for i in range(40)), "column_2", "column_1"),
    ("\n".join(f'"{4 * (i % 2)}","{1467 + i}","Mon Apr 06 22:{i:02}:45 PDT 2009","swit","{said(i)}"' for i in range(40)),
     "column_5", "column_1"),
    ("v1,v2,,,\n" + "\n".join(f'{["ham", "spam"][i % 2]},"{said(i)}",,,' for i in range(40)), "v2", "v1"),
    ("Class Index,Title,Description\n" + "\n".join(f'{1 + i % 4},mug {i},"{said(i)}"' for i in range(40)), "Description",
     "Class Index"),
])
def test_texts_and_labels_whatever_their_columns_are_called(folder, content, text, label):
    made, found, frames = written(folder, data__csv=content)
    columns = found["labelled_texts"]["columns"]
    assert (columns["text"], columns["label"]) == (text, label) and len(frames["labelled_texts"]) == 40
    assert "labelled_texts: text: by its place only" in made.doubts and any(": label: " in doubt for doubt in made.doubts)


def test_tabs_cut_before_commas_and_quotation_marks_may_be_signs_like_others(folder):
    _, found, frames = written(folder, train__tsv="id\tsentiment\treview\n" + "".join(
        f'{i}\t{i % 2}\t"{said(i)}" \\"he said\n' for i in range(40)))
    assert (found["labelled_texts"]["separator"], found["labelled_texts"]["quote"]) == ("tab", "none")
    assert len(frames["labelled_texts"]) == 40


def test_labels_of_sentiment_in_words_and_a_category_that_is_a_label(folder):
    _, found, _ = written(folder, a__csv=csv(
        "评论;情感倾向", lambda i: f"第{i}次购买，杯子很漂亮;{['正面', '负面', '中性'][i % 3]}"))
    assert found["labelled_texts"]["columns"]["label"]["values"] == {
        "正面": "positive", "负面": "negative", "中性": "neutral"}
    (folder / "a.csv").unlink()
    made, found, _ = written(folder, b__csv=csv("text;category", lambda i: f"where is parcel {i}?;{'ab'[i % 2]}"))
    assert set(found) == {"labelled_texts"} and "labelled_texts: task: what do the labels tell?" in made.doubts
    (folder / "b.csv").unlink()
    made, _, _ = written(folder, c__csv=csv("comment;label", lambda i: f"this is mug number {i};{i % 3 - 1}"))
    assert any(doubt.endswith("they are -1, 0, 1") for doubt in made.doubts)


def test_a_header_alone_hides_no_rows_and_a_label_is_no_header(folder):
    header = "treatment,user_id,converted\n"  # a value may be called like its column where others are known
    _, found, frames = written(folder, a__csv=header, b__csv=header + "".join(
        f"{['treatment', 'control'][i % 2]},u{i},{i % 3 // 2}\n" for i in range(40)))
    assert found["assignments"]["files"] == "*.csv" and len(frames["assignments"]) == 40


def test_sheets_and_keys_of_which_nothing_is_made_are_named(folder):
    frame = pd.DataFrame({"review_id": range(30), "stars": 4, "text": [said(i) for i in range(30)]})
    with pd.ExcelWriter(folder / "r.xlsx", engine="xlsxwriter") as book:
        frame.to_excel(book, sheet_name="North", index=False)
        pd.DataFrame({"shop": ["N"], "who": ["Ann"]}).to_excel(book, sheet_name="Shops", index=False)
    rows = {"products": [{"sku": f"s{i}", "name": f"mug {i}"} for i in range(30)], "staff": [{"who": "Ann"}],
            "orders": [{"order_id": i, "sku": "s1", "price": 2, "date": "2026-11-09", "qty": 1} for i in range(30)]}
    made, found, frames = written(folder, shop__json=json.dumps(rows))
    assert {name: len(table) for name, table in frames.items()} == {"reviews": 30, "products": 30, "orders": 30}
    assert found["orders"]["under"] == "orders" and set(made.left) == {"r.xlsx sheet Shops", "shop.json under staff"}


def test_utf_16_without_a_mark_and_another_currency_in_another_part(folder):
    files = {"eu__csv": csv("order_id;sku;qty;price;date", lambda i: (
                 f"A{i};m{i % 5};1;€{i}.50;2026-11-09")).encode("utf-16-le"),
             "us__csv": csv("Order ID;SKU;Quantity;Unit Price;Date;Country", lambda i: (
                 f"B{i};m{i % 5};1;${i}.50;2026-11-10;US"))}
    made, found, frames = written(folder, **files)
    assert {part.get("encoding") for part in found["orders"]} == {None, "utf-16-le"} and len(frames["orders"]) == 80
    assert "orders: signs: is this the currency of those above? A table has one" in made.doubts


@pytest.mark.parametrize(("name", "content", "why"), [
    ("train.ft.txt", "__label__2 Great: it holds, it is blue\n" * 9, "two columns, as by sed"),
    ("qa.json", "{'question': 'is it blue?'}\n{'question': 'is it?'}\n", "ast.literal_eval reads them")])
def test_what_cannot_be_read_says_the_way_out(folder, name, content, why):
    (folder / name).write_text(content)
    with pytest.raises(SourceError, match=why):
        draft(folder)


def test_every_draft_of_a_text_is_a_source(folder):
    """Colons, quotation marks and braces in what is read of a file break no line of source.yml."""
    made, _, _ = written(folder, r__csv=csv('review_id;"Stars: {1-5}, #";stars;text', lambda i: (
        f"r{i};x;{1 + i % 4}: of 5 'stars' # {{best}};{said(i)}")))
    assert load_source(str(folder)).offered == {"reviews"} and any("the words say" in doubt for doubt in made.doubts)


def test_order_numbers_that_two_shops_gave_are_asked_about(folder):
    header = "Name,Email,Created at,Lineitem quantity,Lineitem price,Lineitem sku"
    row = "#{},{}@x.de,2026-11-09 10:00:00 +0100,1,9.90,m1".format
    made, _, _ = written(folder, de__csv=csv(header, lambda i: row(1001 + i, f"a{i}")),
                         us__csv=csv(f"{header},Tags", lambda i: row(1001 + i, f"b{i}") + ","))
    asked = "orders: order: 40 stand above, too: are they the same? If not, tell them apart, like {from: Name, before: B-}"
    assert asked in made.doubts


@pytest.mark.parametrize("often", [2, 4])
def test_a_text_that_many_rows_have_is_asked_about(folder, often):
    made, found, _ = written(folder, 评价__csv=csv("评价内容;评分;店铺名称", lambda i: (
        f"{f'第{i}次购买，杯子很漂亮' if i % often == 0 else '此用户没有填写评价内容'};{1 + i % 5};总店"), 90))
    assert found["reviews"]["columns"]["product"] == "店铺名称"
    assert any("refuse “此用户没有填写评价内容” if" in doubt for doubt in made.doubts)


def test_sides_are_told_by_folders_and_by_words_of_a_column(folder):
    for side in ("train", "test"):
        (folder / side).mkdir()
        (folder / side / "part-0.csv").write_text(csv("text;label", lambda i, side=side: f"{side} mug {i};{'ab'[i % 2]}"))
    _, found, _ = written(folder)
    assert [part["columns"]["split"]["value"] for part in found["labelled_texts"]] == ["test", "train"]
    for side in ("train", "test"):
        (folder / side / "part-0.csv").unlink()
    _, found, frames = written(folder, massive__txt=lines(lambda i: {
        "partition": ["train", "dev"][i % 2], "intent": "ab"[i % 3 // 2], "utt": f"wake me at {i} today"}))
    assert found["labelled_texts"]["format"] == "jsonl"
    assert frames["labelled_texts"]["split"].value_counts().to_dict() == {"train": 20, "validation": 20}


def test_signs_that_stand_in_every_text_cut_nothing(folder):
    written(folder, a__csv="id,stars,review\r\n" + "\r\n".join(
        f'{i},{1 + i % 5},"with\ta tab; {i} holds"' for i in range(30)))
    _, found, frames = written(folder, a__csv="id;stars;review\n" + "".join(
        f"{i};{1 + i % 4},5;mug {i}, it holds\n" for i in range(40)))
    assert found["reviews"]["separator"] == ";" and frames["reviews"]["rating"].max() == 4.5


def test_rows_that_lie_deeper_in_an_object(folder):
    rows = [{"id": i, "stars": 1 + i % 5, "text": said(i)} for i in range(30)]
    _, found, frames = written(folder, page__json=json.dumps({"data": {"page": {"reviews": rows}, "next": None}}))
    assert found["reviews"]["under"] == "data.page.reviews" and len(frames["reviews"]) == 30


def test_names_of_people_are_no_texts(folder):
    files = {"customers__csv": csv("customer_id;full name;remark", lambda i: (
                 f"c{i};Ann Smith {'abcdefgh'[i % 8]}{i};{'ab'[i % 2]}")),
             "staff__csv": csv("full name;role", lambda i: f"Bo Miller {chr(65 + i % 26)}{i};{['sales', 'till'][i % 2]}")}
    made, found, _ = written(folder, q__csv=csv("question;intent", lambda i: f"where is box {i}?;{'ab'[i % 2]}"), **files)
    assert found["labelled_texts"]["files"] == "q.csv" and set(made.left) == {"customers.csv", "staff.csv"}


def test_json_with_a_list_for_each_of_many_keys_is_refused(folder):
    (folder / "a.json").write_text(json.dumps({f"p{i}": [{"text": said(i), "stars": 5}] for i in range(41)}))
    with pytest.raises(SourceError, match="holds rows under 41 keys, at most 40"):
        draft(folder)


def test_a_summary_is_the_text_of_what_has_a_label_not_of_a_product(folder):
    _, found, _ = written(folder, r__csv=csv("Review;Rate;Summary;Sentiment", lambda i: (
        f"{['good', 'bad'][i % 2]}!;{1 + i % 5};{said(i)};{['positive', 'negative'][i % 2]}")),
        p__csv=csv("sku;name;summary;category;price", lambda i: f"s{i};mug {i};{said(i)};mugs;9.5"))
    assert found["labelled_texts"]["columns"]["text"] == "Summary" and found["reviews"]["files"] == "r.csv"
    assert found["products"]["files"] == "p.csv"
