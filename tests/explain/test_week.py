from pathlib import Path

import pandas as pd
import pytest

from workbench import explain
from workbench.explain.choose import candidates, choose, sample
from workbench.explain.finding import _instead
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
def explained(shortcut, reviews):
    return explain.explain(reviews, ({"en": shortcut}, {"en": "linear"}), tested=4)


def test_texts_are_chosen_by_rule_the_same_every_time(shortcut, reviews, explained):
    assert explained.chosen["rule"].tolist()[:2] == ["most certain"] * 2
    assert set(explained.chosen["label"]) == {"plain", "zapped"} and explained.chosen["review"].is_unique
    again = explain.explain(reviews.sample(frac=1, random_state=2), ({"en": shortcut}, {"en": "linear"}), tested=4)
    assert again.chosen["review"].tolist() == explained.chosen["review"].tolist()
    assert again.words.equals(explained.words)


def test_stars_that_disagree_are_chosen():
    table = pd.DataFrame({"review": list("abcd"), "text": list("wxyz"), "rating": [5.0, 1.0, 3.0, 5.0]})
    told = pd.DataFrame({"label": ["negative", "negative", "positive", "positive"], "probability": [.7, .9, .8, .95]})
    rows = choose(table, told, 1)
    assert rows.loc[rows["rule"] == "stars disagree", "review"].tolist() == [] or "a" in rows["review"].tolist()
    assert "a" in rows["review"].tolist()


def test_long_texts_are_cut_after_a_sentence_and_the_sample_is_stable(reviews):
    long = reviews.head(2).assign(text=["Short one. " + "word " * 60, "no end " * 60])
    assert candidates(long, "en", 60)["text"].tolist() == ["Short one."]
    table = pd.DataFrame({"review": [f"r{i}" for i in range(50)]})
    assert sample(table, 10)["review"].tolist() == sample(table.sample(frac=1, random_state=1), 10)["review"].tolist()


def test_the_finding_warns_where_a_linear_model_serves(shortcut, reviews, explained, tmp_path):
    week = Week(Source("shop", Path("shop")), "2026-W46", tmp_path)
    views = explain.views(week, reviews, explained, ({"en": shortcut}, {}), tested=4)
    finding = explain.finding(explained, views)
    assert "English: the attention heatmap is" in finding.sentence
    assert any("a linear model is better" in line for line in finding.caveats)
    assert set(finding.pages.values()) == {f"31_attention_{name}.html" for name in explained.readings}
    assert "no view beside the encoder before fine-tuning" in finding.caveats[-1], "its base is not there"
    conform(explained.words, contract("explanations"))
    assert len(finding.to_dict()["exhibits"]) == len(explained.readings) + 2


@pytest.mark.parametrize(("low", "words"), [(0.05, "but integrated gradients is more so"),
                                            (-0.05, "integrated gradients is not surely more so")])
def test_one_method_is_called_better_only_where_the_texts_say_so(low, words):
    """Two intervals that overlap may hide a sure difference, and two means an unsure one: the texts are paired."""
    top = pd.Series({"method": "integrated gradients", "more": 0.1, "more_ci_lower": low, "more_ci_upper": 0.2,
                     "gain": 0.2, "gain_ci_lower": 0.1, "gain_ci_upper": 0.3})
    assert words in _instead("faithful", top)


def test_nothing_to_explain_is_said(reviews):
    empty = explain.explain(reviews, ({}, {}))
    assert explain.finding(empty, explain.Views()).sentence.startswith("No text was explained")
    conform(empty.words, contract("explanations"))
