import numpy as np
import pandas as pd
import pytest

from tests.opinions.conftest import noise, sentences
from workbench import models, opinions
from workbench.errors import ModelError
from workbench.findings import load_finding
from workbench.models.prior import said_by_label
from workbench.tables import conform, contract

HOSTILE = "<script>alert(1)</script> broke"


class Reader:
    def __init__(self):
        self.labels, self.card = ("negative", "neutral", "positive"), {"name": "rule", "kind": "linear"}

    def probabilities(self, texts):
        return np.array([[.9, .05, .05] if "broke" in text else [.2, .2, .6] for text in texts])

    def seen(self, texts):
        return np.array(["broke" in text for text in texts], dtype=bool)


@pytest.fixture
def reader(monkeypatch, week):
    (week.models / "sentiment_en").mkdir(parents=True)
    made = Reader()
    monkeypatch.setattr(models, "load_remembering", lambda folder: made)
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
    assert made.sentence.startswith("No aspect is spoken of often enough, nor does a word") and made.figure is None
    assert sum("was not read" in line for line in made.caveats) == 2
    assert any("or the reviews name none" in line for line in made.caveats)
    conform(judged.reviews, contract("review_sentiment"))
    made.save(week)


def test_the_mistakes_of_the_model_are_allowed_for(reader, week):
    texts = np.array(["broke"] * 450 + ["fine"] * 2550)
    frame = reviews().iloc[np.zeros(3000, dtype=int)].assign(review=[f"r{i}" for i in range(3000)], text=texts)
    reader.seen = lambda some: np.zeros(len(some), dtype=bool)
    assert not opinions.judge(frame, week).shares, "its card does not tell its mistakes"
    # It calls "broke" 60% of what is negative and a tenth of the rest, so 15% said means 10% negative.
    held_out = reader.probabilities(["broke"] * 600 + ["fine"] * 400 + ["broke"] * 100 + ["fine"] * 900)
    reader.card["said"] = said_by_label(np.repeat([0, 2], 1000), held_out)
    judged = opinions.judge(frame, week)
    row = judged.allowed.set_index("sentiment").loc["negative"]
    assert (row["reviews"], row["said"]) == (3000, .15)
    assert row["share_ci_lower"] < .1 < row["share_ci_upper"] < .15 and row["share"] == pytest.approx(.1, abs=.02)
    made = opinions.finding(week, pd.DataFrame(columns=contract("keywords").names), opinions.by_aspect(
        sentences(noise("en")), pd.Series(dtype="Float64"), "product"), pd.DataFrame(), judged, pd.DataFrame())
    assert "Sentiment, the model's mistakes allowed for" in [one.title for one in made.exhibits]


def test_reviews_that_no_shares_explain_are_not_corrected(reader, week):
    frame = reviews().iloc[np.zeros(400, dtype=int)].assign(review=[f"r{i}" for i in range(400)], text="fine")
    reader.seen = lambda some: np.zeros(len(some), dtype=bool)
    held_out = reader.probabilities(["broke", "fine"] * 500)
    reader.card["said"] = said_by_label(np.repeat([0, 2], 500), held_out)  # half of each label reads "broke"; here none
    judged = opinions.judge(frame, week)
    assert judged.allowed.empty and judged.shares["en"].explained < .05
    made = opinions.finding(week, pd.DataFrame(columns=contract("keywords").names), opinions.by_aspect(
        sentences(noise("en")), pd.Series(dtype="Float64"), "product"), pd.DataFrame(), judged, pd.DataFrame())
    assert any("no shares of the labels explain" in line for line in made.caveats)
