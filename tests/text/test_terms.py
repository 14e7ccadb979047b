import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.tables import conform, contract
from workbench.text.terms import terms

PRODUCTS = pd.DataFrame({"product": ["p1", "p2"], "name": ["Gooseneck Kettle", "<b>Mug</b>"], "name_zh": ["细口壶", None],
                         "attributes": ['{"颜色": ["珊瑚色"]}', None]})


def sentences(rows):
    frame = pd.DataFrame(rows, columns=["review", "product", "language", "text"]).assign(
        category=None, week=None, kind="none", aspect=None, probability=.9, start=0, end=1)
    return conform(frame.assign(sentence=frame.groupby("review").cumcount()), contract("sentences"))


def told(rows, products=None):
    return set(terms(sentences(rows), products)["term"].dropna())


def test_phrases_hold_together_and_their_words_are_not_counted_beside_them():
    rows = [(f"r{i}", "p1", "en", f"The usb cable {'broke' if i % 2 else 'was fine'}") for i in range(6)]
    rows += [(f"s{i}", "p1", "en", "It broke") for i in range(20)] + [(f"t{i}", "p1", "en", "a cable") for i in range(2)]
    table = terms(sentences(rows))
    assert set(table["term"]) == {"usb cable", "broke", "fine", "cable"}
    assert table["term"].value_counts()[["usb cable", "cable"]].tolist() == [6, 2]


def test_a_negation_stays_before_its_word():
    rows = [(f"r{i}", "p1", "zh", "不防水") for i in range(3)] + [(f"s{i}", "p1", "en", "not bright") for i in range(3)]
    assert told(rows) == {"不防水", "not bright"}
    assert told(rows[:1] + rows[3:4]) == {"防水", "bright"}


def test_english_words_of_a_chinese_text_stay_apart_and_its_stop_words_go():
    rows = [(f"r{i}", "p1", "zh", "质量很好 but the customer service never replied") for i in range(3)]
    assert told(rows) == {"质量", "customer service never replied"}


def test_no_name_stop_word_number_or_mask_is_a_term():
    rows = [("r1", "p1", "en", "This kettle and both Kettles are 100% what I wanted, call [PHONE]: the spout!"),
            ("r2", "p1", "zh", "这个细口壶 120 块，壶嘴好")]
    assert told(rows, PRODUCTS) == {"call", "spout", "壶嘴"}
    assert "kettle" in told([("r3", "p2", "en", "better than my kettle")], PRODUCTS), "another product's name tells"


def test_catalogue_words_stay_whole():
    assert "珊瑚色" in told([("r1", "p2", "zh", "珊瑚色漂亮")], PRODUCTS)


def test_a_category_is_a_name_too():
    frame = sentences([("r1", None, "en", "Nice dresses with pockets")]).assign(category="Dresses")
    assert terms(frame)["term"].tolist() == ["pocket"]


def test_a_sentence_without_terms_keeps_its_place():
    table = terms(sentences([("r1", "p1", "zh", "嗯。"), ("r2", "p1", "en", "It is.")]))
    assert len(table) == 2 and table["term"].isna().all()


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(["en", "zh"]), st.text(max_size=40)), max_size=8))
def test_any_text_is_read(texts):
    rows = [(f"r{i}", "p1", language, text or "x") for i, (language, text) in enumerate(texts)]
    assert terms(sentences(rows), PRODUCTS)["review"].nunique() == len(rows)
