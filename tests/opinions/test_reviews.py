import numpy as np
import pandas as pd
import pytest

from tests.opinions.conftest import noise, sentences
from workbench import models, opinions
from workbench.errors import ModelError
from workbench.findings import load_finding
from workbench.tables import conform, contract

HOSTILE = "<script>alert(1)</script> broke"


class Reader:
    def __init__(self):
        self.labels, self.card = ("negative", "neutral", "positive"), {"name": "rule", "kind": "linear"}

    def predict(self, texts):
        return pd.DataFrame({"label": ["negative" if "broke" in text else "positive" for text in texts],
                             "probability": [.6 + .3 * ("broke" in text) for text in texts]})

    def seen(self, texts):
        return np.array(["broke" in text for text in texts], dtype=bool)


@pytest.fixture
def reader(monkeypatch, week):
    (week.models / "sentiment_en").mkdir(parents=True)
    made = Reader()
    monkeypatch.setattr(models, "load_classifier", lambda folder: made)
    monkeypatch.setattr(models, "describe", lambda card: "the rule.")
    return made


def reviews():
    rows = [(f"r{i}", "k", 5 if i < 6 else 1, "love it", "en") for i in range(8)] + [
        ("r8", "m", 5, HOSTILE, "en"), ("r9", "m", 2, "broke", "en"), ("r10", "m", None, "broke", "en"),
        ("r11", "m", 5, "好", "zh")]
    frame = pd.DataFrame(rows, columns=["review", "product", "rating", "text", "language"])
    frame["time"] = pd.to_datetime("2026-11-10", utc=True)
    return conform(frame.assign(category=None, customer=None, title=None), contract("reviews"))


def test_words_and_stars_stand_beside_each_other(reader, week):
    judged = opinions.judge(reviews(), week)
    table = conform(judged.reviews, contract("review_sentiment")).set_index("review")
    assert table.loc["r8", ["sentiment", "by_stars", "week"]].tolist() == ["negative", "positive", "2026-W46"]
    assert pd.isna(table.loc["r10", "by_stars"]) and judged.unread == {"zh": 1} and judged.seen == {"en": 3}
    agreed = opinions.against_stars(judged.reviews).iloc[0]
    assert (agreed["reviews"], agreed["agree"], agreed["opposite"]) == (10, .7, .3)
    assert agreed["agree_ci_lower"] < .7 < agreed["agree_ci_upper"] and agreed["kappa"] == pytest.approx(.21, abs=.01)
    against = opinions.contradictions(judged.reviews, reviews(), top=2)
    assert against["text"].tolist() == [HOSTILE, "love it"], "the surest first, then by review"
    subjects = opinions.by_subject(judged.reviews, "product", pd.Series({"k": "Kettle"}))
    assert subjects["name"].tolist() == ["m", "Kettle"] and subjects["low_stars"].tolist() == [.5, .25]


def test_a_model_of_something_else_is_refused(reader, week):
    reader.labels = ("joy",)
    with pytest.raises(ModelError, match="joy"):
        opinions.judge(reviews(), week)


def test_the_finding_is_computed_saved_and_says_what_is_missing(reader, week):
    rows = noise("en") + [(f"x{i}", "p3", "en", "leaks!", "complaint", "waterproof") for i in range(6)]
    rows += [(f"y{i}", f"p{i % 3}", "en", "dry", "praise", "waterproof") for i in range(9)]
    told = sentences(rows)
    terms = opinions.terms(told)
    words = pd.concat([opinions.keywords(terms, "product"), opinions.keywords(terms, "aspect")])
    liked = opinions.by_aspect(told, pd.Series(dtype="Float64"), "product")
    judged = opinions.judge(reviews(), week)
    made = opinions.finding(week, words, liked, opinions.by_subject(judged.reviews, "product"), judged,
                            opinions.contradictions(judged.reviews, reviews()))
    assert "1 telling word of 1 product, first “leak” for p3 (6 of 36 reviews, 0.0% elsewhere)" in made.sentence
    assert "complain most surely of waterproof (40% of 15 reviews" in made.sentence
    assert "beyond chance, of p3, waterproof (100% of 6 reviews" in made.sentence
    assert "Words and stars say the opposite in 30% of 10 English reviews." in made.sentence
    assert any("1 reviews in Chinese" in line for line in made.caveats)
    assert all(exhibit.folded for exhibit in made.exhibits)
    assert load_finding(made.save(week)).sentence == made.sentence


def test_a_source_without_models_stars_or_keywords_has_a_finding_too(week):
    told = sentences(noise("en", 40))
    bare = reviews().assign(rating=pd.array([None] * 12, dtype="Float64"))
    terms, judged = opinions.terms(told), opinions.judge(bare, week)
    made = opinions.finding(week, opinions.keywords(terms, "product"), opinions.by_aspect(told, pd.Series(dtype="Float64"),
                            "product"), opinions.by_subject(judged.reviews, "product"), judged,
                            opinions.contradictions(judged.reviews, bare))
    assert made.sentence == "No word tells a product or category apart by more than chance." and made.figure is None
    assert sum("was not read" in line for line in made.caveats) == 2
    assert any("by = category" in line for line in made.caveats)
    conform(judged.reviews, contract("review_sentiment"))
    made.save(week)
