import pandas as pd
import pytest

from tests.opinions.conftest import sentences
from workbench import opinions
from workbench.errors import ParameterError
from workbench.figures import opinions as charts
from workbench.tables import Week, conform, contract

NONE = pd.Series(dtype="Float64")


def shop(bad=12, of=14):
    rows = [(f"k{i}", "k", "en", "x", "complaint" if i < bad else "praise", "cleaning") for i in range(of)]
    return rows + [(f"m{i}", f"m{i % 5}", "zh", "x", "complaint" if i % 4 == 0 else "praise", "cleaning") for i in range(60)]


def test_the_product_where_it_differs_stands_out():
    table = conform(opinions.by_aspect(sentences(shop()), NONE, "product", pd.Series({"k": "Kettle"})),
                    contract("aspect_sentiment"))
    whole = table.set_index(["by", "subject"]).loc[("shop", "shop")]
    assert (whole["reviews"], whole["negative"], whole["positive"]) == (74, 27, 47)
    apart = opinions.standing_out(table)
    assert apart[["name", "aspect", "negative", "reviews"]].to_numpy().tolist() == [["Kettle", "cleaning", 12, 14]]
    assert apart.iloc[0]["negative_elsewhere"] == .25
    assert apart.iloc[0]["negative_share_ci_lower"] < 12 / 14 < apart.iloc[0]["negative_share_ci_upper"]


def test_nothing_stands_out_where_all_are_alike():
    assert opinions.standing_out(opinions.by_aspect(sentences(shop(4, 14)), NONE, "product")).empty


def test_a_review_of_both_sides_is_mixed_and_a_wish_is_of_none():
    rows = [("r1", "k", "en", "x", "praise", "noise"), ("r1", "k", "en", "y", "complaint", "noise"),
            ("r1", "k", "en", "z", "complaint", "noise"), ("r2", "k", "en", "x", "wish", "noise"),
            ("r3", "k", "en", "x", "none", None)]
    row = opinions.by_aspect(sentences(rows), pd.Series({"r1": 4, "r2": 2}), "product", at_least=1).iloc[0]
    assert row[["reviews", "positive", "negative", "mixed", "stars"]].tolist() == [2, 1, 1, 1, 3]


def test_without_products_or_sentences_there_is_less_but_no_error():
    told = sentences([("r1", None, "en", "x", "praise", "noise")])
    assert opinions.by_aspect(told, NONE, "product", at_least=1)["by"].tolist() == ["shop"]
    assert opinions.by_aspect(told.iloc[:0], NONE, "product").empty


def test_the_window_and_whose_names():
    rows = [("a", "k", "en", "x", "praise", "noise", when) for when in ("2026-W46", "2026-W45", "2026-W47")]
    told = sentences([(f"{row[0]}{i}", *row[1:]) for i, row in enumerate(rows)] + [("u", "k", "en", "x")])
    week = Week(None, "2026-W46", None)
    assert week.within(told, 1)["review"].tolist() == ["a0", "u"]
    assert week.within(told)["review"].tolist() == ["a0", "a1", "u"]
    with pytest.raises(ParameterError, match="product, category"):
        opinions.whose(pd.DataFrame(columns=["product", "category"]), "brand")


def test_categories_are_told_apart_where_no_review_names_its_product_or_they_are_asked_for():
    bare, one = pd.DataFrame({"product": [None, None], "category": ["a", "b"]}), pd.DataFrame({"product": ["k", None],
                                                                                              "category": ["a", "b"]})
    assert [opinions.whose(table, by) for table, by in ((bare, ""), (one, ""), (one, "category"), (bare, "product"))] == [
        "category", "product", "category", "product"]
    words = [(f"{name}{i}", None, "en", f"the {name} is good") for name in ("mug", "jar") for i in range(30)]
    told = sentences(words).assign(category=["drinks" if row[0][0] == "m" else "storage" for row in words])
    found = opinions.keywords(opinions.terms(told), opinions.whose(told))
    assert dict(zip(found["subject"], found["term"], strict=True)) == {"drinks": "mug", "storage": "jar"}


def test_the_figure_shows_both_sides_of_every_aspect():
    table = opinions.most_spoken(opinions.by_aspect(sentences(shop()), NONE, "product"))
    complain, praise = charts.aspects_judged(table).data
    assert (complain.name, praise.name) == ("complain", "praise")
    assert complain.x[0] == pytest.approx(-100 * 27 / 74) and praise.x[0] == pytest.approx(100 * 47 / 74)
    assert complain.x[0] - complain.error_x.arrayminus[0] == pytest.approx(-100 * table["negative_share_ci_upper"][0])


def test_hostile_names_are_escaped_in_figures_and_the_surest_complaint_comes_first():
    table = opinions.by_aspect(sentences(shop()), NONE, "product", pd.Series({"k": "<img src=x onerror=alert(1)> Kettle"}))
    worse = opinions.worse_than_elsewhere(table)
    assert worse["subject"].iloc[0] == "k"
    here, elsewhere = charts.complaints_of_products(worse).data
    assert "<img" not in here.y[0] and here.y[0].startswith("&lt;img") and here.y[0].endswith("<br>cleaning (14)")
    assert here.x[0] == pytest.approx(100 * 12 / 14) and elsewhere.x[0] == 25
