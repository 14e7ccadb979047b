"""What an analyst's labels win: on a shop where a wish is worded otherwise than where the model learnt."""

import pandas as pd
import pytest

from workbench import models, training
from workbench.findings import load_finding
from workbench.training.adapting import adapt_task
from workbench.training.labels import Given, give, history, standing


@pytest.fixture(scope="module")
def trained(forum):
    return models.train_task(forum, None)


@pytest.fixture
def labelled(shop, texts_of, truth):
    """A shop whose analyst gave so many labels, on texts worded so."""
    def of(n, **worded):
        for i, text in enumerate(texts_of(n, **worded)):
            give(shop, Given(text, truth(text), "needs", "en", "random", f"P{i // 12 % 13}"), ["none", "wish"])
        return standing(history(shop))
    return of


def test_an_analysts_labels_raise_f1_on_the_shops_own_texts(trained, labelled):
    found = adapt_task(trained, labelled(160))
    curve = found.curve.set_index("labels")["macro_f1"]
    assert list(curve.index) == [0, 20, 50, 100, found.teaching] and found.teaching + found.measuring == 160
    assert curve.iloc[0] < 0.6 and curve.iloc[-1] > curve.iloc[0] + 0.2 and found.serves
    assert found.curve["texts"].eq(found.measuring).all() and (found.curve["ci_lower"] <= found.curve["ci_upper"]).all()
    assert found.trained.models["linear"].card["adapted_to"] == found.teaching
    assert found.trained.test["linear"].value("macro_f1")[0] > 0.9  # what it knew it still knows


def test_no_text_that_measures_is_learnt_from(trained, labelled):
    given = labelled(120)
    model = adapt_task(trained, given).trained.models["linear"]
    seen = model.seen(given["text"].tolist())
    assert (seen == ~given["measures"].to_numpy(dtype=bool)).all()


def test_a_model_that_got_worse_does_not_serve(trained, labelled):
    given = labelled(120, wishing="wish i was")
    given.loc[~given["measures"].astype(bool), "label"] = "none"  # who teaches and who measures disagree
    found = adapt_task(trained, given)
    assert not found.serves and found.trained is trained and "the model from before serves" in found.said("Needs")


def test_labels_of_products_that_are_tested_on_are_counted(trained, labelled):
    given = labelled(60)
    given["product"] = trained.data.groups("test")[0]
    found = adapt_task(trained, given)
    assert found.tested == found.teaching and "may flatter" in found.said("Needs")


def test_too_few_labels_teach_nothing_and_that_is_said(trained, labelled):
    few = labelled(15)
    few.loc[0, "label"] = "tone"
    found = adapt_task(trained, few)
    assert found.trained is trained and found.curve.empty and found.unknown == 1
    assert "more are given to teach" in found.said("Needs") and "1 more name labels" in found.said("Needs")
    some = adapt_task(trained, labelled(40))
    assert some.serves and some.curve.empty and "more are given to measure" in some.said("Needs")


def test_the_next_fine_tune_learns_from_them_and_says_how_many(shop, forum, labelled, reviews_of):
    labelled(160)
    own = forum.frame.rename(columns={"group": "product"}).assign(task="needs", language="en")
    again = history(shop)["text"].iloc[:5]  # the source labels five of them too, otherwise
    own = pd.concat([own, pd.DataFrame({"text": again, "label": "none", "task": "needs", "language": "en"})])
    lessons = training.gather(reviews_of(["good"]), own, "", 0, history(shop))
    assert not set(again) & set(lessons.sets[0].frame["text"])
    taught = training.teach(lessons, {"en": None})
    training.save(shop, taught)
    found = load_finding(training.finding(taught).save(shop))
    assert "160 labels came from analysts" in found.sentence and lessons.table["analysts"].tolist() == [160]
    assert any("Needs, English: analysts gave 160 labels" in line for line in found.how_sure)
    assert found.exhibits[0].title == "What analysts' labels win" and found.exhibits[0].table[0]["labels"] == 0
    served = models.load_classifier(shop.models / "needs_en")
    assert served.predict(["the mug could be lighter"])["label"].tolist() == ["wish"]


def test_a_task_that_only_analysts_label_is_taught_from_their_labels(shop, labelled, reviews_of):
    labelled(30)
    few = training.gather(reviews_of(["good"]), None, "", 0, history(shop))
    assert few.sets == [] and "needs_en: 30 texts" in few.notes[0]
    labelled(160)
    lessons = training.gather(reviews_of(["good"]), None, "", 0, history(shop))
    given = standing(history(shop))
    assert set(lessons.sets[0].texts("test")) == set(given.loc[given["measures"], "text"])
    assert training.teach(lessons, {"en": None}).adapted == {} and lessons.table["analysts"].tolist() == [160]


def test_without_labels_nothing_changes(forum, reviews_of):
    own = forum.frame.rename(columns={"group": "product"}).assign(task="needs", language="en")
    plain = training.gather(reviews_of(["good"]), own, "", 0)
    assert plain.table["analysts"].tolist() == [0] and plain.given.empty
    taught = training.teach(plain, {"en": None})
    assert taught.won.empty and taught.analysts == [] and "analysts" not in training.finding(taught).sentence


def test_reviews_that_nobody_labelled_teach_a_latent_model_and_none_held_out_does(forum, reviews_of, texts_of, monkeypatch):
    asked = []
    monkeypatch.setattr(models, "learn_meaning", lambda texts, language, seed: asked.append(texts))
    own = forum.frame.rename(columns={"group": "product"}).assign(task="needs", language="en")
    reviews = reviews_of(texts_of(2400, seed=3))
    reviews.loc[:19, "text"] = forum.texts("test")[:20]
    reviews.loc[reviews.index[-20:], "product"] = forum.groups("validation")[0]
    lessons = training.gather(reviews, own, "", 0)
    assert set(training.meanings(reviews, lessons)) == {"en"}
    known = set(asked[0])
    assert not known & {*forum.texts("test"), *forum.texts("validation"), *reviews["text"].tail(20)}
    assert known >= {*reviews["text"].iloc[20:-20], *forum.texts("train")}
    assert training.meanings(reviews.head(100), lessons) == {}
    assert "No latent model was trained for Needs, English" in training.teach(lessons, {"en": None}).notes[-1]
