"""Agreement: as scikit-learn counts kappa, and intervals that hold the truth."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from workbench import verdicts
from workbench.verdicts import kappa


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=30))
def test_kappa_is_scikit_learns(told):
    one, other = (list(said) for said in zip(*told, strict=True))
    made = kappa(one, other)
    if len({*one, *other}) == 1:
        assert np.isnan(made.kappa)
    else:
        assert made.kappa == pytest.approx(cohen_kappa_score(one, other))
        assert made.kappa_interval[0] <= made.kappa + 1e-12 and made.kappa <= made.kappa_interval[1] + 1e-12


def test_the_interval_holds_a_planted_kappa(texts=10):
    """Two reviewers who see the truth with probability .7 and guess else: kappa is .49, in 95 of 100 samples, about."""
    rng = np.random.default_rng(7)
    inside = []
    for _ in range(200):
        truth = rng.integers(0, 2, texts)
        one, other = (np.where(rng.random(texts) < .7, truth, rng.integers(0, 2, texts)) for _ in range(2))
        low, high = kappa(one.tolist(), other.tolist()).kappa_interval
        inside.append(low <= .49 <= high)
    assert np.mean(inside) > .92


def test_pairs_count_texts_that_both_judged_of_the_same_model(shop, say):
    for number in ("en-1", "en-2", "zh-1"):
        say(number, "ab")
        say(number, "cd", *(("agree",) if number != "zh-1" else ("disagree", "neutral")))
    say("zh-2", "ab", "disagree", "negative")
    say("zh-2", "cd", "disagree", "positive")
    say("en-1", "ef", card="b" * 16)
    table = verdicts.pairs(verdicts.history(shop)).set_index("pair")
    assert table.index.tolist() == ["ab and cd"]
    assert table.loc["ab and cd", ["texts", "same"]].tolist() == [4, .5], "another right label is another opinion"


def test_rates_are_of_texts_and_apart_for_earlier_models(shop, say):
    say("en-1", "ab")
    say("en-1", "cd", "disagree", "negative")
    say("en-2", "ab", "wrong words")
    say("zh-1", "ab")
    say("zh-1", "ab", card="b" * 16)
    say("zh-2", "ab", task="needs", card="c" * 16)
    table = verdicts.rates(verdicts.history(shop), {"a" * 16, "c" * 16})
    columns = ["task", "language", "model", "reviewers", "texts", "verdicts", "agree", "disagree", "wrong_words"]
    assert table[columns].to_numpy().tolist() == [["sentiment", "en", "the model at hand", 2, 2, 3, .25, 1, 1],
                                                  ["sentiment", "zh", "the model at hand", 1, 1, 1, 1.0, 0, 0],
                                                  ["sentiment", "zh", "earlier models", 1, 1, 1, 1.0, 0, 0],
                                                  ["needs", "zh", "the model at hand", 1, 1, 1, 1.0, 0, 0]]
    assert (table["agree_ci_lower"] <= table["agree"]).all() and table["agree_ci_lower"].iloc[1] < .3


def test_nobody_judged(shop):
    rows = verdicts.history(shop)
    assert verdicts.rates(rows, set()).empty and verdicts.pairs(rows).empty
    assert isinstance(verdicts.latest(rows), pd.DataFrame)
