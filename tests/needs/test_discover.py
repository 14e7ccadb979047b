import numpy as np
import pandas as pd
import pytest

from workbench.needs.aspects import WORDED
from workbench.needs.discover import COUNTS, discover, with_discovered

#: what precedes, what is spoken of, what follows; every noun meets every ending, so that nothing is a phrase
PLANTED = {
    "en": [("The {}", ("zipper", "sleeve", "fabric"),
            ("is awful", "was thin", "feels odd", "runs badly", "looks dull", "")),
           ("This {}", ("dress", "coat"), ("is lovely", "was cheap", "feels odd", "runs fine", "looks awful", "came")),
           ("I wore it at the {}", ("weekend", "office"), ("", "happily", "again", "yesterday", "twice", "proudly"))],
    "zh": [("他们的{}", ("房间", "早餐", "物流"), ("很差", "太糟糕", "非常糟糕", "不行", "比较差", "真的糟糕")),
           ("买{}", ("裤子", "大衣"), ("很差", "太糟糕", "非常糟糕", "不行", "比较差", "真的糟糕")),
           ("他们在{}", ("周末", "公司"), ("吵架", "等候", "退掉", "签收", "唱歌", "看书"))]}


def sentences(language, times=2, **columns):
    texts = [f"{before.format(noun)} {after}" if language == "en" else before.format(noun) + after
             for before, nouns, ends in PLANTED[language] for noun in nouns for after in ends for _ in range(times)]
    table = pd.DataFrame({"text": texts, "language": language, "product": None, "category": None} | columns)
    return table.assign(review=[f"r{i:03d}" for i in range(len(table))])


def found(table, at_least=10, **known):
    return discover(table, np.ones(len(table), dtype=bool), at_least=at_least, **known)


def test_parts_that_are_pointed_at_and_judged_are_aspects_and_the_product_is_none():
    told = found(sentences("en")).terms.set_index("term")
    assert told["aspect"].to_dict() == {"sleeve": "sleeve", "zipper": "zipper", "fabric": "material"}, "fabric is the list's"
    assert set(told["reviews"]) == {12}


def test_chinese_too():
    told = found(sentences("zh")).terms.set_index("term")["aspect"].to_dict()
    assert told == {"房间": "房间", "早餐": "早餐", "物流": "delivery"}


def test_too_few_that_ask_are_too_few():
    table = sentences("en")
    assert found(table, 13).terms.empty
    assert discover(table, np.zeros(len(table), dtype=bool)).terms.empty, "praise alone makes no aspect"


def test_what_a_product_is_called_is_no_aspect_of_it():
    assert "zipper" not in set(found(sentences("en", category="Zippers")).terms["term"])
    named = found(sentences("en", product="p"), names=pd.Series({"p": "Sleeve"})).terms["term"]
    assert "sleeve" not in set(named) and "zipper" in set(named)


def test_a_sentence_is_about_what_it_judges():
    table = sentences("en")
    extra = table.head(1).assign(text="The zipper is stuck at the sleeve", review="x")
    told = found(pd.concat([table, extra], ignore_index=True))
    assert told.named.iloc[-1] == ["zipper"] and told.named[table.index[table["text"] == "This dress is lovely"][0]] == []


def test_profiles_lean_only_where_they_may():
    table = sentences("en")
    told = found(table)
    profiles = pd.DataFrame(np.full((2, 2), .5), table.index[:2], WORDED[:2])
    leant = with_discovered(profiles, told, np.array([True, False]))
    assert leant["zipper"].tolist() == [COUNTS, 0] and np.allclose(leant.sum(axis=1), 1)
    assert with_discovered(profiles, told)["zipper"].tolist() == [COUNTS, COUNTS]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_order_of_the_reviews_does_not_matter(language):
    table = sentences(language)
    one, two = found(table), found(table.sample(frac=1, random_state=0))
    assert one.terms.equals(two.terms) and one.named.equals(two.named.loc[table.index])


def test_nothing_is_found_in_nothing():
    empty = sentences("en").head(0)
    assert found(empty).terms.empty and found(empty).named.empty
