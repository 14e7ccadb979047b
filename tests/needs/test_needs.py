import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import needs
from workbench.errors import ModelError, ParameterError
from workbench.needs.aspects import UNNAMED, WORDED, aspect_of
from workbench.needs.explore import behind
from workbench.needs.measures import TEAM, measure
from workbench.needs.phrase import phrase
from workbench.tables import Source, Week, conform, contract

WEEK = Week(Source("shop", Path("shop"), timezone="Asia/Singapore"), "2026-W46", Path("reports/shop/2026-W46"))
KNOWN = needs.Background(names=pd.Series({"k": "Kettle", "m": "Mug"}))


class Reader:
    """A stand-in for a trained model with an exact rule, so that what groups do is all that is tested."""

    labels = ("wish", "complaint", "missing_information", "praise", "none")
    rules = (("wish", "wish"), ("broke", "complaint"), ("hate", "complaint"), ("?", "missing_information"),
             ("love", "praise"))

    def __init__(self):
        self.card = {"name": "rule", "kind": "linear"}

    def probabilities(self, texts):
        found = [next((kind for word, kind in self.rules if word in text), "none") for text in texts]
        return np.array([[.996 if label == kind else .001 for label in self.labels] for kind in found]).reshape(-1, 5)

    def seen(self, texts):
        return np.array(["broke" in text for text in texts], dtype=bool)


class Worded:
    """A stand-in for a learnt reader of aspects: the word list, surely."""

    labels = (*WORDED, UNNAMED)
    learnt_from = frozenset({"I wish it held a litre"})

    def profiles(self, texts):
        return np.array([[float(label == aspect_of(text, "en")) for label in self.labels] for text in texts]).reshape(
            len(texts), len(self.labels))


def read_all(frame, known=KNOWN):
    return needs.read_reviews(frame, WEEK, {"en": Reader()}, {"en": Worded()}, known)


def reviews_of(*rows):
    frame = pd.DataFrame(rows, columns=["review", "product", "time", "text"])
    frame["time"] = pd.to_datetime(frame["time"], utc=True)
    for column in ("category", "customer", "rating", "title"):
        frame[column] = None
    return conform(frame.assign(language="en"), contract("reviews"))


def week_of_reviews(wishes_now=12, wishes_before=1, others=80):
    """A shop where the wish for capacity of the kettle grew in the last week; the mug broke as ever."""
    rows = [(f"now{i}", "k", "2026-11-10", "Fine. I wish it held a litre.") for i in range(wishes_now)]
    rows += [(f"old{i}", "k", "2026-11-03", "I wish it held a litre") for i in range(wishes_before)]
    for week, day in (("a", "2026-11-11"), ("b", "2026-11-04")):
        rows += [(f"{week}{i}", "m", day, "The lid broke." if i < 5 else "Arrived tuesday.") for i in range(others)]
    rows += [("once", "m", "2026-11-11", "Why no spare parts?")]
    return read_all(reviews_of(*rows))


def test_the_planted_need_is_found_ranked_and_seen_to_grow():
    groups = needs.group(week_of_reviews(), WEEK, KNOWN)
    table = conform(groups.needs, contract("needs")).set_index("need")
    assert table.index[0] == "k/capacity/wish"
    first = table.iloc[0]
    assert (first["reviews"], first["week_reviews"], first["previous_reviews"], first["subject"]) == (13, 12, 1, "Kettle")
    assert first["share"] == 1 and first["share_ci_lower"] > .7 and first["phrase"] == "I wish it held a litre."
    moved = groups.moved[["scope", "aspect", "kind"]].to_numpy().tolist()
    assert moved == [["k", "capacity", "wish"]], "the mug's broken lid is as common as before"
    assert groups.single == 1 and groups.reviews == 174 and groups.expressing == 24
    assert conform(groups.evidence, contract("evidence"))["need"].value_counts()["k/capacity/wish"] == 13


def test_no_change_is_claimed_where_nothing_changed():
    assert needs.group(week_of_reviews(5, 5), WEEK, KNOWN).moved.empty


def test_a_kind_grows_although_its_aspects_are_scattered():
    told = ["hate the lid", "hate how loud it is", "hate the charging", "hate the smell"]
    rows = [(f"n{i}", "m", "2026-11-10", told[i % 4]) for i in range(8)]
    rows += [(f"o{i}", "k", day, "Arrived tuesday.") for i in range(90) for day in ("2026-11-11",)]
    rows += [(f"p{i}", "k", "2026-11-04", "Arrived tuesday.") for i in range(120)]
    groups = needs.group(read_all(reviews_of(*rows)), WEEK, KNOWN)
    assert groups.moved[["subject", "aspect", "kind"]].to_numpy().tolist() == [["Mug", "any", "complaint"]]
    assert "complaints about Mug (0 → 8 reviews)" in needs.finding(WEEK, _read(rows), groups).sentence


def _read(rows):
    return read_all(reviews_of(*rows))


def test_the_window_takes_its_weeks_and_zero_takes_all():
    rows = [("r1", "k", "2026-11-10", "I wish it held more"), ("r2", "k", "2026-08-10", "I wish it held more")]
    read = read_all(reviews_of(*rows))
    assert needs.group(read, WEEK, KNOWN, at_least=1, window=4).reviews == 1
    assert needs.group(read, WEEK, KNOWN, at_least=1, window=0).reviews == 2


def test_undated_reviews_all_count_and_have_no_change():
    frame = reviews_of(*[(f"r{i}", "k", None, "I wish it held more") for i in range(4)])
    groups = needs.group(read_all(frame), WEEK, KNOWN)
    assert groups.needs["reviews"].tolist() == [4] and groups.needs["p_value"].isna().all() and groups.weeks == []


def test_a_need_keeps_its_identity_whatever_the_order():
    read = week_of_reviews()
    one = needs.group(read, WEEK, KNOWN).needs
    two = needs.group(replace(read, sentences=read.sentences.sample(frac=1, random_state=1)), WEEK, KNOWN).needs
    assert one["need"].tolist() == two["need"].tolist()


def test_praise_comes_after_what_is_asked_for():
    rows = [(f"p{i}", "k", "2026-11-10", "love it") for i in range(9)]
    rows += [(f"c{i}", "k", "2026-11-10", "it broke") for i in range(3)]
    groups = needs.group(read_all(reviews_of(*rows)), WEEK, KNOWN)
    assert groups.needs["kind"].tolist() == ["complaint", "praise"]


class Mood:
    labels, card = ("negative", "positive"), {"origin": "the source's own labels"}

    def probabilities(self, texts):
        return np.array([[.98, .02] if "awful" in text else [.02, .98] for text in texts])


class Torn(Reader):
    def probabilities(self, texts):
        return np.array([[0, .5, 0, .49, .01]] * len(texts))


def test_sentiment_tells_where_there_are_no_stars_and_only_there():
    frame = reviews_of(("a", "k", None, "So awful."), ("b", "k", None, "So fine."), ("c", "k", None, "So awful, with stars"))
    frame["rating"] = pd.array([None, None, 5.0], dtype=frame["rating"].dtype)
    read = needs.read_reviews(frame, WEEK, {"en": Torn()}, {"en": Worded()}, KNOWN, {"en": Mood()})
    assert read.sentences["kind"].tolist() == ["complaint", "praise", "praise"] and (read.felt, read.starred) == (2, 1)
    told = needs.finding(WEEK, read, needs.group(read, WEEK, KNOWN, at_least=1)).how_sure
    assert any("2 reviews have no stars" in line for line in told)


def test_an_aspect_that_hardly_fits_is_none():
    class Unsure(Worded):
        def profiles(self, texts):
            return np.full((len(texts), len(self.labels)), 1 / len(self.labels))

    frame = reviews_of(("r", "k", None, "I hate how loud it is"))
    read = needs.read_reviews(frame, WEEK, {"en": Reader()}, {"en": Unsure()}, KNOWN)
    assert read.sentences["aspect"].tolist() == [UNNAMED] and np.allclose(read.profiles.sum(axis=1), 1)


def test_what_names_no_aspect_comes_after_what_does():
    rows = [(f"u{i}", "k", "2026-11-10", "I hate it") for i in range(9)] + [
        (f"c{i}", "k", "2026-11-10", "I hate how loud it is") for i in range(3)]
    groups = needs.group(read_all(reviews_of(*rows)), WEEK, KNOWN)
    assert groups.needs["aspect"].tolist() == ["noise", UNNAMED]


def test_no_model_no_needs_and_a_language_without_one_is_counted():
    frame = reviews_of(("r1", "k", None, "love it"))
    with pytest.raises(ModelError, match="21_fine_tune"):
        needs.read_reviews(frame, WEEK, {}, {}, KNOWN)
    chinese = frame.assign(language="zh")
    read = read_all(pd.concat([frame, chinese.assign(review="r2")]))
    assert read.unread == {"zh": 1} and len(read.sentences) == 1
    russian = frame.assign(review="r3", text="Очень люблю")
    read = read_all(pd.concat([frame, russian]))
    assert read.unread == {"letters neither Latin nor Chinese": 1} and read.sentences["review"].tolist() == ["r1"]
    with pytest.raises(ParameterError, match="product, category, shop"):
        needs.group(read, WEEK, KNOWN, by="customer")


def test_what_the_shop_answers_is_no_customers_need_and_counted():
    answered = "The lid broke.\nResponse from the owner: We wish you a better one. Why no photo? 😊"
    waits = "I wish the owner's reply came"
    read = read_all(reviews_of(("r1", "m", "2026-11-10", answered), ("r2", "m", "2026-11-10", waits)))
    assert read.sentences[["review", "text", "kind"]].to_numpy().tolist() == [
        ["r1", "The lid broke.", "complaint"], ["r2", waits, "wish"]]
    found = needs.finding(WEEK, read, needs.group(read, WEEK, KNOWN))
    assert read.answered == 1 and "1 review holds the shop's answer too; it is not read." in found.caveats


def test_where_nothing_could_be_read_the_finding_says_why():
    read = read_all(reviews_of(("r1", "k", "2026-11-10", "Der Deckel ist undicht und tropft")))
    found = needs.finding(WEEK, read, needs.group(read, WEEK, KNOWN))
    assert found.sentence == "No review was read: 1 are in German, and no model of needs reads that."
    assert not any("agree with people" in line for line in found.caveats)


def test_the_finding_says_it_all_and_keeps_to_the_tables():
    read = week_of_reviews()
    finding = needs.finding(WEEK, read, needs.group(read, WEEK, KNOWN))
    assert {language for each in finding.exhibits if "language" in each.labels for language in each.table["language"]} == {
        "English"}
    assert "wishes about the capacity of Kettle" in finding.sentence and "(1 → 12 reviews)" in finding.sentence
    assert any("training set" in line for line in finding.caveats)
    row = finding.to_dict()["table"][0]
    assert row["measure"] == (
        "Product team: decide on the wishes about the capacity of Kettle. At best, reviews with a wish fall from 100% to 0% "
        "(0% to 23%). Test old against new: 30 reviews an arm show whether this need is voiced half as often, about "
        "10 weeks at today's pace.")
    assert row["need"] == "Wishes about the capacity of Kettle: “I wish it held a litre.”"
    assert row["voiced"] == "13 of 13 reviews, 100% (77% to 100%)"
    for said in ("has no orders", "has no stars", "name no customers", "aspects were learnt from"):
        assert any(said in line for line in finding.caveats), said
    empty = read_all(reviews_of(("r", "k", "2026-11-10", "Arrived.")))
    assert "No need was voiced" in needs.finding(WEEK, empty, needs.group(empty, WEEK, KNOWN)).sentence


def test_advice_is_no_wish_a_warning_is_a_complaint_and_both_are_told():
    rows = [(f"a{i}", "k", None, "if you are wishful, size down") for i in range(3)]
    read = read_all(reviews_of(*rows, ("w", "k", None, "wishful, do not buy"), ("r", "k", None, "I wish it held more")))
    assert read.sentences["kind"].tolist() == ["none"] * 3 + ["complaint", "wish"]
    told = needs.finding(WEEK, read, needs.group(read, WEEK, KNOWN, at_least=1)).caveats
    assert any("4 sentences read like wishes" in line and "3 advise" in line and "1 warn" in line for line in told)


def test_what_the_texts_name_is_a_need_of_its_own_with_a_measure():
    endings = ["is awful, I hate it", "was thin, I hate it", "feels odd, I hate it", "looks dull, I hate it"]
    rows = [(f"r{i}", "k", None, f"The zipper {endings[i % 4]}") for i in range(12)]
    read = read_all(reviews_of(*rows))
    groups = needs.group(read, WEEK, KNOWN)
    first = conform(groups.needs, contract("needs")).iloc[0]
    assert (first["need"], first["reviews"]) == ("k/zipper/complaint", 12)
    assert first["measure"].startswith("Product team: find and mend what customers complain of about the zipper of Kettle.")
    assert any("1 aspect found in these texts" in line and "zipper" in line
               for line in needs.finding(WEEK, read, groups).caveats)


def test_what_customers_spent_and_the_stars_they_held_back_count(monkeypatch):
    frame = reviews_of(*[(f"r{i}", "k", "2026-11-10", text) for i, text in enumerate(["I wish it held a litre"] * 4 + [
        "it is so noisy, I hate it"] * 4)])
    frame["customer"], frame["rating"] = [f"c{i}" for i in range(8)], [5.0] * 4 + [1.0] * 4
    lines = pd.DataFrame({"customer": [f"c{i}" for i in range(8)], "revenue": [10.0] * 8, "time": WEEK.start})
    known = replace(KNOWN, orders=lines)
    read = read_all(frame, known)
    groups = needs.group(read, WEEK, known)
    assert groups.needs["aspect"].tolist() == ["noise", "capacity"], "as many who spent as much, but they are unhappier"
    first = conform(groups.needs, contract("needs")).iloc[0]
    assert (first["customers"], first["revenue"], first["strength"]) == (4, 40, .8)
    finding = needs.finding(WEEK, read, groups)
    assert any("For 8 sentences the stars" in line for line in finding.how_sure)
    shown = finding.to_dict()["table"][0]["voiced"]
    assert "fewer than 10 customers;" in shown and "spent" not in shown and "they gave 1.0 of 5 stars (" in shown
    monkeypatch.setenv("WORKBENCH_SMALLEST_GROUP", "4")
    assert "4 customers who spent" in needs.finding(WEEK, read, groups).to_dict()["table"][0]["voiced"]


def test_reviews_behind_a_need_are_escaped_and_its_sentences_marked():
    said = "Came <b>late</b>. I wish <script>alert(1)</script> it held more. Nice!"
    frame = reviews_of(*[(f"<i>{i}", "k", "2026-11-10", said) for i in range(3)])
    groups = needs.group(read_all(frame), WEEK, KNOWN)
    for row in groups.evidence.itertuples():
        assert said[row.start:row.end] == row.quotation
    wish = groups.needs.loc[groups.needs["kind"] == "wish", "need"].iloc[0]
    shown = behind(groups, wish, frame.set_index("review")["text"])
    assert "<script>" not in shown and "<i>" not in shown and shown.count("Came &lt;b&gt;late&lt;/b&gt;. <mark>I wish") == 3
    assert shown.count("held more.</mark> Nice!") == 3


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=20))
def test_adjusted_p_values_are_never_below_the_raw_ones(pairs):
    from scipy.stats import fisher_exact

    now, before = (pd.Series(column) for column in zip(*pairs, strict=True))
    found = needs.change(now, before, 50, 60)["p_value"]
    raw = [fisher_exact([[a, 50 - a], [b, 60 - b]])[1] for a, b in pairs]
    assert all(p >= r - 1e-12 and p <= 1 for p, r in zip(found, raw, strict=True))


@pytest.mark.parametrize("text, language, aspect", [
    ("wish it held a full litre", "en", "capacity"), ("bluetooth drops out every ten minutes", "en", "connectivity"),
    ("容量再大一点就好了", "zh", "capacity"), ("刀头缝里很难清洗", "zh", "cleaning"), ("一点都不吵", "zh", "noise"),
    ("The app crashes at login", "en", "app"), ("It squeaks", "en", "noise"), ("ok", "en", "unnamed"),
    ("Would recommend", "en", "overall"),
])
def test_aspects(text, language, aspect):
    assert needs.aspect_of(text, language) == aspect


def test_every_aspect_has_a_team_and_words_in_both_languages():
    assert set(WORDED) == set(TEAM)
    for kind in ("wish", "complaint", "missing_information", "praise"):
        row = SimpleNamespace(kind=kind, aspect="overall", subject="Mug", kind_share=.5, kind_share_without=.5,
                              kind_share_without_ci_lower=.2, kind_share_without_ci_upper=.8, arm_reviews=30.0,
                              test_weeks=math.nan)
        assert "the the" not in measure(row, ["a", "b", "c"])


def test_a_phrase_is_one_of_its_sentences():
    texts = ["bigger tank please", "the tank should be bigger", "bigger water tank, please", "x" * 300]
    members = pd.DataFrame({"text": texts, "language": "en", "surely": [.5, .9, .9, 1.0]})
    assert phrase(members) in texts[:3]


def test_shares_and_intervals_agree_with_wilson():
    groups = needs.group(week_of_reviews(), WEEK, KNOWN)
    row = groups.needs.set_index("need").loc["m/durability/complaint"]
    n, k, z = row["scope_reviews"], row["reviews"], 1.959964
    centre = (k / n + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(k / n * (1 - k / n) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    assert (row["share_ci_lower"], row["share_ci_upper"]) == pytest.approx((centre - half, centre + half), rel=1e-4)


def test_a_review_without_a_product_counts_for_its_category_and_without_one_for_the_shop():
    frame = reviews_of(*((f"r{i}", product, "2026-11-10", "It broke") for i, product in enumerate([None] * 6 + ["k"] * 3)))
    frame["category"] = pd.array(["fruit"] * 3 + [None] * 6, dtype="string")
    found = needs.group(read_all(frame), WEEK, KNOWN).needs.set_index("subject")
    assert found["reviews"].to_dict() == {"fruit": 3, "the shop": 3, "Kettle": 3}
    assert found["product"].dropna().to_dict() == {"Kettle": "k"}
