"""Verdicts: nothing lost, personal data masked, corrections become labels, and only they."""

import multiprocessing

import pandas as pd
import pytest

from workbench import sealed, verdicts
from workbench.errors import ParameterError
from workbench.run import Job
from workbench.run.plan import Step
from workbench.tables import Week
from workbench.training import labels


def test_a_verdict_is_stored_beside_the_weeks_with_its_text_and_model(shop, say):
    assert verdicts.history(shop).empty
    say("en-1", " ab ", "disagree", "negative", "leaks")
    later = Week(shop.source, "2026-W47", shop.folder.parent / "2026-W47")
    row = verdicts.history(later).iloc[0]
    assert row[["reviewer", "week", "text", "product", "card", "label", "verdict", "right_label", "note"]].tolist() == [
        "ab", "2026-W46", "The lid leaks. Lovely colour!", "P1", "a" * 16, "positive", "disagree", "negative", "leaks"]
    job = Job("shop", shop.week, "shop", shop.folder)
    assert job.paths("verdicts", Step("31_attention", shop.folder)) == [shop.path("verdicts")]


def test_the_last_word_of_a_reviewer_stands(shop, say):
    say("en-1", verdict="disagree", right_label="negative")
    say("en-1", "cd")
    say("en-1")
    say("en-1", card="bbbbbbbbbbbbbbbb")
    rows = verdicts.history(shop)
    assert verdicts.latest(rows)[["reviewer", "verdict"]].to_numpy().tolist() == [["cd", "agree"], ["ab", "agree"]]
    assert len(verdicts.latest(rows, each_model=True)) == 3 and len(rows) == 4


@pytest.mark.parametrize(("words", "kept"), [
    ("mail jo.smith@example.com or 13812345678", "mail [EMAIL] or [PHONE]"),
    ("他的身份证是11010519491231002X", "他的身份证是[ID]"), ("card 4111 1111 1111 1111", "card [CARD]")])
def test_personal_data_in_a_note_are_masked(shop, say, words, kept):
    say("en-1", note=words)
    assert verdicts.history(shop)["note"].tolist() == [kept]


@pytest.mark.parametrize(("given", "says"), [
    (("", "agree"), "reviewer '' must be initials"), (("jo@example.com", "agree"), "must be initials"),
    (("13812345678", "agree"), "must be initials"), (("x" * 41, "agree"), "must be initials"),
    (("<b>", "agree"), "must be initials"), (("ab", "agreed"), "did you mean 'agree'"),
    (("ab", "disagree"), "must name one"), (("ab", "agree", "negative"), "nobody else may"),
    (("ab", "disagree", "positive"), "none of negative, neutral; the model says positive"),
    (("ab", "disagree", "angry"), "none of negative, neutral"), (("ab", "agree", None, "x" * 1001), "1,001 characters"),
    (("ab", "agree", None, "", ((0, 3),)), "'agree' marks words"),
    (("ab", "wrong words", None, "", ((0, 99),)), "must be places of words")])
def test_what_is_no_verdict_is_refused_and_nothing_is_written(shop, say, given, says):
    with pytest.raises(ParameterError, match=says):
        say("en-1", *given)
    assert not shop.has("verdicts")


def test_marked_words_are_kept_beside_verdicts_of_before(shop, say):
    """Tables written before words could be marked lack the column."""
    say("en-1")
    old = shop.read("verdicts").drop(columns="words")
    sealed.write(old, shop.path("verdicts"))
    assert verdicts.marked("a lid", shop.read("verdicts")["words"].iloc[0]) == []
    say("en-1", "cd", "wrong words", words=((4, 7), (8, 13)))
    rows = verdicts.history(shop)
    assert [verdicts.marked(row.text, row.words) for row in rows.itertuples()] == [[], ["lid leaks"]]


def test_a_correction_is_a_label_that_teaches_and_never_measures(shop, say):
    """The texts that only reviewers saw came to them because the model may be wrong there."""
    for i in range(6):
        say("en-1", verdict="disagree", right_label="negative", text=f"text {i}")
    given = shop.read("labels")
    kinds = given[["picked", "label", "guess"]].drop_duplicates()
    assert kinds.to_numpy().tolist() == [["objected", "negative", "positive"]]
    assert any(labels.measures(text) for text in given["text"]) and not labels.standing(given)["measures"].any()
    drawn = next(text for text in given["text"] if labels.measures(text))
    labels.give(shop, labels.Given(drawn, "neutral", "sentiment", "en", "random"), ["neutral"])
    now = labels.standing(shop.read("labels")).set_index("text")
    assert now.loc[drawn, "label"] == "neutral" and now.loc[drawn, "measures"], "an analyst drew it: it measures"


def test_only_corrections_touch_the_labels(shop, say):
    labels.give(shop, labels.Given("a lid", "wish", "needs", "en", "random"), ["wish"])
    before = shop.path("labels").stat().st_mtime_ns, shop.path("labels").read_bytes()
    say("en-2")
    say("zh-1", verdict="wrong words")
    assert (shop.path("labels").stat().st_mtime_ns, shop.path("labels").read_bytes()) == before, "models need not learn anew"
    entry = say("zh-1", "cd", "disagree", "neutral")
    assert shop.path("labels").read_bytes() == before[1], "two reviewers differ: nobody's word counts yet"
    say("zh-1", verdict="disagree", right_label="neutral")
    assert shop.read("labels")["label"].tolist() == ["wish", "neutral"]
    verdicts.take_back(shop, entry)
    assert shop.read("labels")["label"].tolist() == ["wish", "neutral"]
    say("zh-1")
    assert shop.path("labels").read_bytes() == before[1]


def test_an_undone_verdict_leaves_nothing(shop, say):
    verdicts.take_back(shop, say("en-1", verdict="disagree", right_label="negative"))
    assert not shop.has("verdicts") and not shop.has("labels")


def test_the_hash_of_a_card_is_that_of_the_model_not_of_its_training():
    card = {"labels": ["a"], "sha256": "1", "training_seconds": 3.0}
    assert verdicts.card_hash(card) == verdicts.card_hash({**card, "training_seconds": 4.0})
    assert verdicts.card_hash(card) != verdicts.card_hash({**card, "sha256": "2"}) and len(verdicts.card_hash(card)) == 16


def _judge_five(week, who):
    text = week.read("explained_texts").iloc[0]
    for i in range(5):
        one = text.copy()
        one["text"] = f"{who} {i}"
        verdicts.give(week, one, verdicts.Verdict(who, "disagree", "negative"))


def test_two_desks_and_a_labelling_notebook_at_once_lose_nothing(shop):
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_judge_five, args=(shop, who)) for who in ("ab", "cd")]
    for writer in writers:
        writer.start()
    for i in range(5):
        labels.give(shop, labels.Given(f"lid {i}", "wish", "needs", "en", "random"), ["wish"])
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert verdicts.history(shop)["reviewer"].value_counts().to_dict() == {"ab": 5, "cd": 5}
    assert shop.read("labels")["picked"].value_counts().to_dict() == {"objected": 10, "random": 5}


def test_corrections_of_no_verdicts_are_none(shop):
    assert verdicts.corrections(verdicts.history(shop)).empty and isinstance(verdicts.history(shop), pd.DataFrame)
