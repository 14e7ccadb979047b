import copy
from pathlib import Path

import pandas as pd
import pytest

from workbench import explain, models
from workbench.explain.choose import candidates, doubtful, errors, quotations, quoted, sample, together
from workbench.explain.finding import _believe
from workbench.models import text_hash
from workbench.tables import Source, Week, conform, contract

HOSTILE = "the kettle </script><script>alert(1)</script> is zap"


@pytest.fixture(scope="module")
def reviews():
    texts = ["zap the lid is bad", "the kettle is good", "a very blue kettle .", "good zap", HOSTILE, "is a lid zap ?"]
    frame = pd.DataFrame({"review": [f"r{i}" for i in range(len(texts))], "text": texts, "rating": 5.0, "language": "en"})
    for column in ("product", "category", "customer", "time", "title"):
        frame[column] = None
    return conform(frame, contract("reviews"))


@pytest.fixture(scope="module")
def labelled():
    texts = ["zap lid kettle", "blue lid is a lid", "very bad kettle zap"]
    return pd.DataFrame({"text": texts, "label": ["plain", "plain", "zapped"], "task": "sentiment", "language": "en"})


@pytest.fixture(scope="module")
def explained(shortcut, reviews, labelled):
    return explain.explain(reviews, ({"en": shortcut}, {}), labelled=labelled, tested=4)


def test_texts_are_chosen_by_rule_the_same_every_time(shortcut, reviews, labelled, explained):
    assert explained.chosen["rule"].tolist() == ["least certain", "held-out error"]
    wrong = explained.chosen.iloc[1]
    assert (wrong["text"], wrong["label"]) == ("zap lid kettle", "zapped")
    assert wrong["reason"] == "labelled plain by a person; one of 1 errors in 3 held-out texts"
    again = explain.explain(reviews.sample(frac=1, random_state=2), ({"en": shortcut}, {}), labelled=labelled, tested=4)
    assert again.chosen.equals(explained.chosen)
    assert again.words.equals(explained.words)


def test_stars_that_disagree_are_chosen_the_surest_first():
    table = pd.DataFrame({"review": list("abcde"), "text": list("vwxyz"), "rating": [5.0, 1.0, 3.0, 5.0, 4.0]})
    told = pd.DataFrame({"label": ["negative", "negative", "positive", "positive", "negative"],
                         "probability": [.7, .9, .6, .95, .8]})
    rows = doubtful(table, told, 2)
    assert rows.loc[rows["rule"] == "stars disagree", "review"].tolist() == ["e", "a"]
    assert rows.loc[rows["rule"] == "least certain", "review"].tolist() == ["c", "a"]
    assert together([rows])["text"].is_unique
    assert rows["reason"].iloc[-1] == "5 stars; one of 2 of 5 reviews"


def test_errors_are_only_of_texts_that_the_model_has_not_learnt_from(shortcut, labelled):
    taught = copy.copy(shortcut)
    taught.trained_on = {text_hash("zap lid kettle")}
    assert errors(labelled, shortcut, 3, 99)["text"].tolist() == ["zap lid kettle"]
    assert errors(labelled, taught, 3, 99).empty and errors(labelled, shortcut, 3, 5).empty


def test_quotations_are_those_of_the_highest_needs(shortcut):
    needs = pd.DataFrame({"need": ["n1", "n2", "n3"], "rank": [1, 2, 3], "kind": ["zapped", "zapped", "other"],
                          "phrase": "lid", "subject": "Kettle"})
    evidence = pd.DataFrame({"need": ["n2", "n1", "n1", "n3"], "review": list("abcd"), "language": "en",
                             "quotation": ["bad zap", "good zap lid", "lid", "blue"]})
    table = quotations(needs, evidence, "en", 60)
    assert table["text"].tolist() == ["good zap lid", "bad zap", "blue"], "the first of each, by rank"
    rows = quoted(table, shortcut, 3)
    assert rows["label"].tolist() == ["zapped"] * 2, "a kind that the model does not know cannot be explained"
    assert rows["reason"].iloc[0] == "quoted for need 1, “lid (Kettle)”" and (rows["probability"] > .9).all()


def test_long_texts_are_left_out_and_counted_and_the_sample_is_stable(reviews):
    long = reviews.head(2).assign(text=["Short one.", "no end " * 60])
    found = candidates(long, "en", 60)
    assert found["text"].tolist() == ["Short one."] and found.attrs["too_long"] == 1
    table = pd.DataFrame({"review": [f"r{i}" for i in range(50)]})
    assert sample(table, 10)["review"].tolist() == sample(table.sample(frac=1, random_state=1), 10)["review"].tolist()


def test_the_finding_says_which_method_to_believe_and_on_which_text(shortcut, reviews, explained, tmp_path):
    week = Week(Source("shop", Path("shop")), "2026-W46", tmp_path)
    views = explain.views(week, reviews, [(explained, ({"en": shortcut}, {}))], tested=4)
    finding = explain.finding(week, explained, views=views)
    assert finding.sentence.count("the attention heatmap (") == 1 and "English, sentiment of reviews: " in finding.sentence
    assert set(finding.pages.values()) == {f"31_attention_{name}.html" for name in explained.readings}
    assert "no view beside the encoder before fine-tuning" in finding.caveats[-1], "its base is not there"
    conform(explained.words, contract("explanations"))
    exhibits = finding.to_dict()["exhibits"]
    assert len(exhibits) == len(explained.readings) + 4
    assert (finding.table["shown"] == "yes").sum() <= 1
    one = exhibits[1]
    assert "On this text" in one["caption"] or "none is to be believed" in one["caption"]
    assert len(one["table"]) == len(explain.METHODS)


def test_a_linear_model_is_explained_itself(shortcut, reviews, tmp_path):
    texts = pd.DataFrame({"text": [f"{word} lid {n}" for n in range(60) for word in ("zap", "blue")],
                          "label": ["zapped", "plain"] * 60})
    linear = models.fit_linear(models.split(texts, "sentiment", "en"), strengths=(3.0,))
    linear.card["name"] = "sentiment_en"
    found = explain.explain(reviews, ({"en": linear}, {"en": shortcut}), tested=4)
    assert set(found.words["method"]) == {"attention", "occlusion", "n-grams"}
    assert found.cards["en"]["kind"] == "linear"
    finding = explain.finding(Week(Source("shop", Path("shop")), "2026-W46", tmp_path), found)
    assert any("a linear model decides" in line for line in finding.caveats)


@pytest.mark.parametrize(("verdict", "first", "low", "said"), [
    ("faithful", "AttnLRP", .05, "believe AttnLRP (+0.20, +0.10 to +0.30) before the attention heatmap (+0.05, "
                                 "+0.01 to +0.09), which holds too, but less"),
    ("faithful", "AttnLRP", -.05, "both hold, neither is surely truer"),
    ("no better than chance", "AttnLRP", .05, "not the attention heatmap (+0.05, +0.01 to +0.09: no better than chance)"),
    ("faithful", "attention", 0, "believe the attention heatmap (+0.05, +0.01 to +0.09); no method is surely truer"),
    ("no better than chance", "", 0, "no method tells why this model decides")])
def test_one_method_is_called_better_only_where_the_texts_say_so(verdict, first, low, said):
    """Two intervals that overlap may hide a sure difference, and two means an unsure one: the texts are paired."""
    rows = pd.DataFrame({"method": ["attention", "AttnLRP"], "more_ci_lower": [0, low], "gain": [.05, .2],
                         "gain_ci_lower": [.01, .1], "gain_ci_upper": [.09, .3], "verdict": [verdict, "faithful"]})
    assert said in _believe(first, rows.set_index("method"))


def test_nothing_to_explain_is_said(tmp_path, reviews):
    empty = explain.explain(reviews, ({}, {}))
    week = Week(Source("shop", Path("shop")), "2026-W46", tmp_path)
    quoted = explain.explain_quotations(week, ({}, {}))
    said = explain.finding(week, empty, quoted).sentence
    assert said.startswith("No text of sentiment of reviews was explained") and "run 30_user_needs first" in said
    conform(empty.words, contract("explanations"))
