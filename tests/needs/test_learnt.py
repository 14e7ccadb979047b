import numpy as np
import pytest

from workbench import needs, sample


@pytest.fixture(scope="module")
def gold():
    found = sample.gold_sentences()
    return found[found["kind"] != "none"]


def test_what_is_learnt_tells_more_than_the_words_on_products_held_out(gold):
    chinese = gold[gold["language"] == "zh"]
    held_out = chinese["product"].isin(sorted(chinese["product"].unique())[::3])
    reader, rest = needs.learn_aspects(chinese[~held_out], "zh"), chinese[held_out]
    told = reader.profiles(rest["text"].tolist())
    assert np.allclose(told.sum(axis=1), 1) and (told >= 0).all()
    learnt = np.mean([reader.labels[i] in aspects for i, aspects in zip(told.argmax(axis=1), rest["aspects"], strict=True)])
    worded = np.mean([needs.aspect_of(text, "zh") in aspects
                      for text, aspects in zip(rest["text"], rest["aspects"], strict=True)])
    assert learnt > worded + .03


def test_english_also_reads_meaning_and_texts_stand_for_themselves(gold):
    few = gold[(gold["language"] == "en") & gold["aspects"].map(lambda one: one[:1] in (["noise"], ["colour"], ["battery"]))]
    reader = needs.learn_aspects(few, "en")
    texts = ["It hums through the night", "It runs out of juice before lunch", "Would look better in teal"]
    together = reader.profiles(texts)
    assert [reader.labels[i] for i in together.argmax(axis=1)] == ["noise", "battery", "colour"]
    assert np.allclose(together[0], reader.profiles(texts[:1])[0], atol=1e-4), "whatever it is read beside"
    assert reader.profiles([]).shape == (0, 3) and set(few["text"]) == reader.learnt_from
