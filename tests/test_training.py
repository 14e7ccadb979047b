"""Labels gathered, models taught, findings told: on tiny models with a planted truth."""

import importlib

import pandas as pd
import pytest

from workbench import models, training
from workbench.errors import ParameterError
from workbench.findings import load_finding
from workbench.tables import Week, contract
from workbench.tables.source import Source

LOSS = {"positive": "love this one", "negative": "it is broken"}


def labels_of(task="sentiment", language="en", products=20, each=10):
    rows = [(f"{LOSS[label]} {['kettle', 'lid', 'tent', 'bag'][(p + i) % 4]} {p} {i}", label, task, language, None, f"P{p}")
            for p in range(products) for i, label in enumerate(["positive", "negative"] * (each // 2))]
    return pd.DataFrame(rows, columns=contract("labelled_texts").names)


def reviews_of(texts, language="en"):
    return pd.DataFrame({"review": [str(i) for i in range(len(texts))], "text": texts, "language": language, "rating": None})


@pytest.fixture
def shop(tmp_path):
    return Week(Source("shop", tmp_path), "2026-W46", tmp_path / "shop" / "2026-W46")


@pytest.fixture(scope="module")
def taught():
    lessons = training.gather(reviews_of(["good"] * 5), labels_of(), "", 0)
    return training.teach(lessons, {"en": None})


def test_own_labels_are_used_and_none_borrowed():
    lessons = training.gather(reviews_of(["good"] * 50), labels_of(), "", 0)
    assert [one.name for one in lessons.sets] == ["sentiment_en"]
    assert lessons.table["origin"].tolist() == ["the source's own labels"]


def test_what_is_missing_is_borrowed_for_the_languages_of_the_reviews():
    reviews = pd.concat([reviews_of(["good"] * 30), reviews_of(["很好"] * 3, "zh")])
    lessons = training.gather(reviews, labels_of(), "sample", 0)
    assert {one.name: one.origin for one in lessons.sets} == {
        "sentiment_en": "the source's own labels", "needs_en": "the sample shop's labels"}
    assert training.gather(reviews.head(3), None, "sample", 0).sets == []
    with pytest.raises(ParameterError, match="borrow 'shop'"):
        training.gather(reviews, None, "shop", 0)


def test_any_other_task_is_taught_and_too_few_labels_are_noted():
    labels = pd.concat([labels_of("suggestion"), labels_of("tone").head(20)]).assign(language=None)
    lessons = training.gather(reviews_of(["good"] * 5), labels, "", 0)
    assert [one.name for one in lessons.sets] == ["suggestion_en"]
    assert "tone_en: 20 texts" in lessons.notes[0]


def test_labelled_texts_alone_are_taught_and_nothing_is_borrowed():
    labels = labels_of("intent").assign(language=None, product=None)
    lessons = training.gather(None, labels, "sample", 0)
    assert [one.name for one in lessons.sets] == ["intent_en"] and lessons.tables == ("labelled_texts",)
    assert training.meanings(None, lessons) == {}
    assert training.finding(training.teach(lessons, {"en": None})).sources == ["labelled_texts"]


def test_stars_that_could_teach_are_pointed_at():
    starred = reviews_of(["good"] * 600).assign(rating=5.0)
    assert "600 reviews have: make them labelled_texts" in training.gather(starred, None, "sample", 0).notes[-1]
    assert training.gather(starred, labels_of(), "sample", 0).notes == []
    assert training.gather(starred.head(300), None, "sample", 0).notes == []


def test_the_tables_hold_what_the_finding_tells(taught):
    scores = taught.scores
    assert scores["model"].tolist() == ["linear", "pooled", "most frequent label"] and scores["serves"].tolist() == [
        True, False, False]
    assert scores.loc[0, "macro_f1"] > 0.95
    confusion = taught.confusions
    assert confusion.groupby(["name", "truth"])["share"].sum().round(9).eq(1).all()
    assert confusion["texts"].sum() == taught.lessons.table["test"].sum()
    assert (taught.curves["texts"].diff().dropna() > 0).all()
    assert "no encoder was trained" in taught.notes[0]


def test_the_finding_is_whole_and_models_are_stored(taught, shop):
    training.save(shop, taught)
    assert models.load_classifier(shop.models / "sentiment_en").predict(["love this"])["label"].tolist() == ["positive"]
    found = load_finding(training.finding(taught).save(shop))
    assert "Sentiment, English 1.00" in found.sentence and "linear" in found.sentence
    assert "no product is on two sides" in found.how_sure[0] and "bootstrap" in found.how_sure[0]
    titles = {exhibit.title for exhibit in found.exhibits}
    assert {"Label by label", "What was taught"} <= titles
    assert not {"Pass by pass", "What analysts' labels win"} & titles, "no encoder and no analyst: nothing to show"


def test_of_many_labels_the_most_confused_are_drawn_and_the_worst_come_first():
    """Thirty intents of a word of their own each, but two that are said alike: these are what the reader must see."""
    rows = [(f"{'twin' if k < 2 else f'word{k}'} in {i} of {['tea', 'mug', 'jar'][i % 3]}", f"intent {k}") for k in range(30)
            for i in range(20)]
    labels = pd.DataFrame(rows, columns=["text", "label"]).assign(task="intent", language="en", product=None, split=None)
    labels["text"] += [f" {place}" for place in range(len(labels))]
    many = training.teach(training.gather(None, labels, "", 0), {"en": None})
    drawn = many.confusions
    assert drawn["truth"].nunique() == 12 and {"intent 0", "intent 1"} <= set(drawn["truth"])
    assert (drawn["share"] <= 1).all() and set(many.by_label["label"].head(2)) == {"intent 0", "intent 1"}
    assert len(many.by_label) == 30 and many.lessons.table["labels"].iloc[0].endswith(", … (30 labels)")
    label_by_label, = (each for each in training.finding(many).exhibits if each.title == "Label by label")
    assert "Intent, English has 30 labels: the 12 most often confused are drawn" in label_by_label.caption


def test_nothing_to_teach_is_a_finding_too(shop):
    nothing = training.teach(training.gather(reviews_of(["good"]), None, "sample", 0), {})
    assert "No model was trained" in load_finding(training.finding(nothing).save(shop)).sentence
    for table in (nothing.scores, nothing.curves, nothing.confusions, nothing.calibration, nothing.mistakes, nothing.epochs):
        assert table.empty


def test_bases_are_what_was_named_or_what_20_pretrain_wrote(shop, tmp_path, monkeypatch):
    lessons = training.gather(reviews_of(["good"] * 5), labels_of(), "", 0)
    asked = []
    rooms = importlib.import_module("workbench.training.fine_tuning")
    monkeypatch.setattr(rooms.models, "load_base", lambda name: asked.append(name))
    assert training.bases(shop, lessons, "minilm", "") == {"en": None} and asked == ["minilm"]
    assert training.bases(shop, lessons, "", "") == {"en": None} and asked == ["minilm"]
    (shop.models / "encoder_en").mkdir(parents=True)
    training.bases(shop, lessons, "", "")
    assert asked[-1] == shop.models / "encoder_en"


def test_too_few_reviews_of_a_language_are_said_and_nothing_is_written(shop):
    reviews = pd.concat([reviews_of(["good"] * 5), reviews_of(["很好"] * 3, None)])
    texts = training.read_texts(reviews, "zh")
    learnt = training.learn(texts, "zh", "", models.Practice())
    learnt.save(shop)
    found = load_finding(training.pretraining_finding(learnt).save(shop))
    assert texts == ["很好"] * 3 and "3 Chinese texts are too few" in found.sentence and not shop.models.exists()


def test_an_encoder_is_learnt_told_and_stored(shop):
    texts = [f"水壶很好用 {i}" if i % 2 else f"盖子坏了 {i}" for i in range(300)]
    learnt = training.learn(texts, "zh", "", models.Practice(epochs=2, layers=1, width=16, heads=1))
    learnt.save(shop)
    found = load_finding(training.pretraining_finding(learnt).save(shop))
    assert "perplexity" in found.sentence and "word frequencies alone" in found.sentence
    assert (shop.models / "encoder_zh" / "model.safetensors").exists() and len(learnt.table) == 3


def test_a_shop_of_one_language_reads_that_there_is_nothing_to_learn():
    nothing = training.pretraining_finding(training.learn([], "zh", "", models.Practice()))
    assert nothing.sentence == ("There are no Chinese texts, so there is nothing to learn here; English is read by an "
                                "encoder that comes ready, MiniLM.")
