import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ModelError
from workbench.models import split, text_hash
from workbench.models.textset import SIDES

texts = st.lists(st.tuples(st.text(min_size=1, max_size=6), st.sampled_from("ab"), st.integers(0, 14)),
                 min_size=120, max_size=200)


def frame_of(rows):
    frame = pd.DataFrame(rows, columns=["text", "label", "product"])
    frame["text"] = [f"{text} {i % 90}" for i, text in enumerate(frame["text"])]
    return frame.assign(product="P" + frame["product"].astype(str))


@settings(max_examples=40, deadline=None)
@given(texts, st.integers(0, 5))
def test_no_product_and_no_text_is_on_two_sides(rows, seed):
    try:
        data = split(frame_of(rows), "task", "en", seed)
    except ModelError:
        return  # too few of a label on a side: refused, which is right too
    sides = data.frame.groupby("group")["side"].nunique()
    assert (sides == 1).all()
    learnt = {text_hash(text) for text in data.texts("train")}
    assert learnt == data.seen
    for side in ("validation", "test"):
        assert not learnt & {text_hash(text) for text in data.texts(side)}
    kept = sum(data.sizes.values()) + sum(data.left_out.values())
    assert kept == len(rows)


def test_the_split_is_the_same_for_the_same_seed_and_another_for_another():
    frame = frame_of([(f"x{i}", "ab"[i % 2], i % 15) for i in range(300)])
    assert split(frame, "t", "en", 3).frame.equals(split(frame.copy(), "t", "en", 3).frame)
    assert not split(frame, "t", "en", 3).frame.equals(split(frame, "t", "en", 4).frame)


def test_the_sides_of_the_source_win():
    frame = pd.DataFrame({"text": [f"t{i}" for i in range(300)], "label": ["a", "b"] * 150,
                          "split": (["train"] * 200 + ["test"] * 100)})
    data = split(frame, "t", "en")
    assert data.held_out_by == "source"
    assert set(data.texts("test")) == {f"t{i}" for i in range(200, 300)}
    assert 20 <= data.sizes["validation"] <= 40  # taken from train, in its share


def test_what_is_left_out_has_a_reason():
    frame = pd.DataFrame({"text": [f"t{i}" for i in range(200)] + ["", " ", "t0", "t1"], "label": ["a", "b"] * 102})
    frame.loc[len(frame)] = ["rare", "c"]
    data = split(frame, "t", "en")
    assert data.left_out == {"empty text": 2, "the same text and label twice": 2, "label with fewer than 10 texts": 1}


def test_few_products_hold_out_texts_instead():
    frame = frame_of([(f"x{i}", "ab"[i % 2], i % 4) for i in range(200)])
    assert split(frame, "t", "en").held_out_by == "text"


def test_of_texts_held_out_every_label_has_its_share_however_many_labels_there_are():
    frame = pd.DataFrame({"text": [f"text {i} of {k}" for k in range(60) for i in range(10)],
                          "label": [f"label {k}" for k in range(60) for _ in range(10)]})
    data = split(frame, "t", "en")
    counts = data.frame.groupby(["label", "side"]).size().unstack()
    assert counts["test"].between(2, 3).all() and counts["validation"].between(1, 2).all() and len(counts) == 60


def test_too_little_is_refused_with_the_numbers():
    with pytest.raises(ModelError, match="60 texts with 2 labels"):
        split(pd.DataFrame({"text": [f"t{i}" for i in range(60)], "label": ["a", "b"] * 30}), "t", "en")


def test_parts_keep_validation_and_test():
    data = split(frame_of([(f"x{i}", "ab"[i % 2], i % 15) for i in range(300)]), "t", "en")
    for part in (data.part(0.5), data.at_most(60)):
        assert 0 < part.sizes["train"] < data.sizes["train"]
        assert [part.texts(side) for side in SIDES[1:]] == [data.texts(side) for side in SIDES[1:]]
    assert data.at_most(60).sizes["train"] <= 60


def test_a_large_source_holds_out_no_more_than_enough():
    data = split(frame_of([(f"x{i}", "ab"[i % 2], i) for i in range(30_000)]), "t", "en")
    assert data.sizes["test"] == pytest.approx(4000, abs=5) and data.sizes["validation"] == pytest.approx(2000, abs=5)


def test_joined_sides_teach_together_and_leave_the_test_side():
    data = split(frame_of([(f"x{i}", "ab"[i % 2], i % 15) for i in range(300)]), "t", "en")
    whole = data.joined()
    assert whole.sizes == {"train": data.sizes["train"] + data.sizes["validation"], "validation": 0,
                           "test": data.sizes["test"]}
    assert whole.texts("test") == data.texts("test")
