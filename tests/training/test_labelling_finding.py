"""What the weekly report says of labels: how many, how often the model was right, what comes next."""

import pytest

from workbench import training
from workbench.findings import load_finding
from workbench.training.labels import Given, give, history, measures


def test_before_anybody_has_labelled_it_shows_what_waits(shop, reviews_of, texts_of):
    queue = training.next_texts(shop, reviews_of(texts_of(80)), "needs")
    found = load_finding(training.labelling_finding(None, queue).save(shop))
    assert queue.language == "en" and "praise" in queue.choices and len(found.table) == 10
    assert found.sentence.startswith("Nobody has labelled a text yet. 50 of 80 unlabelled English sentences")
    none = training.labelling_finding(None, training.next_texts(shop, reviews_of([]), "needs"))
    assert "No English sentences wait" in none.sentence


def test_the_share_of_right_guesses_rests_on_texts_drawn_at_random(shop, reviews_of, texts_of, truth):
    texts = texts_of(100)
    for text in texts:
        guess = truth(text) if measures(text) else "none"  # right wherever it counts
        give(shop, Given(text, truth(text), "needs", "en", "random", guess=guess, probability=0.7), ["none", "wish"])
    give(shop, Given(texts[0], "none", "needs", "en", "random"), ["none", "wish"])
    row = training.progress(history(shop)).iloc[0]
    assert (row["name"], row["labels"], row["again"], row["right"]) == ("Needs, English", 100, 1, 1.0)
    assert row["measuring"] == sum(map(measures, texts)) and row["ci_lower"] == pytest.approx(0.86, abs=0.04)
    found = training.labelling_finding(history(shop), training.next_texts(shop, reviews_of(texts), "needs"))
    assert "Needs, English 100" in found.sentence and found.exhibits[0].title == "Labels so far"
    again = training.labelling_finding(history(shop), training.next_texts(shop, reviews_of(texts), "needs"))
    assert found.to_dict() == again.to_dict()
