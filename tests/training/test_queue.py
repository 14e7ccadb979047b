"""What comes next: the least sure first, some at random, nothing twice, nothing known."""

import numpy as np
import pandas as pd
import pytest

from workbench import models
from workbench.errors import ParameterError
from workbench.training import queue as queues
from workbench.training.labels import Given, give, measures
from workbench.training.queue import next_texts


@pytest.fixture
def served(shop, reader):
    models.save_classifier(reader, shop.models / "needs_en")
    return shop


def label(shop, texts, n, truth):
    for text in [text for text in texts if not measures(text)][:n]:
        give(shop, Given(text, truth(text), "needs", "en", "random"), ["none", "wish"])


def test_the_first_are_random_and_then_the_least_sure_come_first(served, reviews_of, texts_of, truth):
    texts = texts_of(400)
    begun = next_texts(served, reviews_of(texts), "needs", "en", most=60).texts
    teaching = begun[~begun["measures"].astype(bool)]
    assert teaching["picked"].tolist() == ["random"] * 20 + ["uncertain"] * (len(teaching) - 20)
    unsure = teaching["margin"].iloc[20:]
    assert unsure.is_monotonic_increasing and unsure.max() < teaching["margin"].iloc[:20].max()
    label(served, texts, 20, truth)
    after = next_texts(served, reviews_of(texts), "needs", "en").texts
    assert set(after.loc[~after["measures"].astype(bool), "picked"]) == {"uncertain"}


def test_one_in_four_is_drawn_at_random_whatever_the_model_reads(served, reviews_of, texts_of):
    found = next_texts(served, reviews_of(texts_of(400)), "needs", "en", most=40).texts
    measuring = found[found["measures"].astype(bool)]
    assert measuring.index.tolist() == list(range(3, 40, 4)) and set(measuring["picked"]) == {"random"}
    assert all(map(measures, measuring["text"])) and not any(map(measures, found["text"].drop(measuring.index)))
    shown = next_texts(served, reviews_of(texts_of(400)), "needs", "en", most=40).shown
    assert shown["guess"].isna().tolist() == [i % 4 == 3 for i in range(40)]
    blind = next_texts(served, reviews_of(texts_of(400)), "tone", "en", "warm, cold", 40).texts
    assert blind.loc[blind["measures"].astype(bool), "text"].tolist() == measuring["text"].tolist()
    assert set(blind["picked"]) == {"random"} and blind["guess"].isna().all()


def test_labels_given_so_far_move_the_threshold(served, reviews_of, texts_of, truth):
    texts = texts_of(400)
    before = next_texts(served, reviews_of(texts), "needs", "en", most=300).texts
    wishes = before[before["text"].map(truth) == "wish"]
    label(served, texts, 60, truth)
    after = next_texts(served, reviews_of(texts), "needs", "en", most=300).texts
    now = after[after["text"].map(truth) == "wish"]
    assert (wishes["guess"] == "wish").mean() < 0.5 < (now["guess"] == "wish").mean()


def test_near_duplicates_do_not_follow_each_other(served, reviews_of, texts_of):
    texts = [f"the lid could be tighter, honestly {'!' * i}" for i in range(1, 60)] + texts_of(100)
    texts = [text for text in texts if not measures(text)]
    found = next_texts(served, reviews_of(texts), "needs", "en", most=80).texts
    assert found["text"].str.contains("honestly").sum() == 1


def test_what_is_known_does_not_come_again_and_sentences_are_the_unit(served, reader, forum, reviews_of):
    taught = forum.texts("train")[0]
    reviews = reviews_of([f"Nice. {taught}", "Nice. The mug could hold a litre!", "nice."])
    give(served, Given("nice.", "none", "needs", "en", "random"), ["none", "wish"])
    found = next_texts(served, reviews, "needs", "en")
    assert found.texts["text"].tolist() == ["The mug could hold a litre!"] and found.unit == "sentences"
    assert found.texts["context"].tolist() == ["Nice. The mug could hold a litre!"]
    assert found.so_far == 1 and found.unlabelled == 1
    served.write("labelled_texts", pd.DataFrame({"text": ["the mug could hold a litre!"], "label": "wish", "task": "needs"}))
    assert next_texts(served, reviews, "needs", "en").texts.empty
    whole = next_texts(served, reviews, "sentiment", "en", "good, bad")
    assert len(whole.texts) == 3 and whole.unit == "reviews"


def test_chinese_texts_have_queues_too(shop, reviews_of):
    found = next_texts(shop, reviews_of(["很好。盖子太松了！", "很好。"], "zh"), "needs", "zh", "wish, none")
    assert sorted(found.texts["text"]) == ["很好。", "盖子太松了！"]
    assert next_texts(shop, reviews_of(["nice"]), "needs", "zh", "wish, none").texts.empty


@pytest.mark.parametrize(("task", "language", "choices", "said"), [
    ("needs", "en", "wish, wihs", "choices name 'wihs'"), ("tone", "en", "", "no model serves tone_en"),
    ("tone", "en", "warm", "leave nothing to choose"), ("needs", "fr", "", "language 'fr' is none of en, zh")])
def test_what_cannot_be_asked_is_said(served, task, language, choices, said, reviews_of):
    with pytest.raises(ParameterError, match=said):
        next_texts(served, reviews_of(["nice"]), task, language, choices)


def test_the_same_shop_gives_the_same_queue(served, monkeypatch, reviews_of, texts_of):
    monkeypatch.setattr(queues, "POOL", 100)
    first, again = (next_texts(served, reviews_of(texts), "needs", "en").texts
                    for texts in (texts_of(300), list(np.random.default_rng(0).permutation(texts_of(300)))))
    assert first["text"].tolist() == again["text"].tolist()
