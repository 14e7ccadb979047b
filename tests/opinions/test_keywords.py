import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.opinions.conftest import noise, sentences
from workbench.opinions import keywords, log_odds, terms
from workbench.tables import conform, contract

PLANTED = {"en": "leaks", "zh": "漏水"}


def planted(language, times=6):
    return [(f"x{language}{i}", "p3", language, f"{PLANTED[language]}!") for i in range(times)]


@pytest.mark.parametrize(("language", "found"), [("en", "leak"), ("zh", "漏水")])
def test_a_planted_word_is_found_first_and_alone(language, found):
    table = keywords(terms(sentences(noise(language) + planted(language))), "product")
    assert table[["subject", "language", "term", "rank"]].to_numpy().tolist() == [["p3", language, found, 1]]
    row = conform(table, contract("keywords")).iloc[0]
    assert (row["reviews"], row["subject_reviews"], row["share_elsewhere"]) == (6, 36, 0)
    assert row["share_ci_lower"] < 1 / 6 < row["share_ci_upper"] and row["log_odds_ci_lower"] > 0


@pytest.mark.parametrize("seed", range(5))
def test_noise_has_no_keywords_and_no_large_z(seed):
    told = terms(sentences(noise("en", seed=seed) + noise("zh", seed=seed)))
    assert keywords(told, "product").empty
    counts = told.drop_duplicates(["review", "term"]).groupby(["term", "product"]).size().unstack(fill_value=0).to_numpy()
    ratio, error = log_odds(counts, counts.sum(axis=1, keepdims=True) - counts)
    assert np.abs(ratio / error).max() < 4


def test_a_word_counts_once_a_review_and_everywhere_frequent_words_tell_nothing():
    rows = [*noise("en"), ("one", "p3", "en", "leak leak leak"), ("two", "p3", "en", "leak")]
    assert keywords(terms(sentences(rows)), "product").empty
    rows = [(f"r{i}", f"p{i % 4}", "en", "fine lid") for i in range(80)]
    assert keywords(terms(sentences(rows)), "product").empty


def test_the_order_of_rows_changes_nothing_and_ties_go_by_the_word():
    rows = noise("en") + [(f"x{i}", "p3", "en", "zebra apple") for i in range(6)]
    table = keywords(terms(sentences(rows)), "product")
    pd.testing.assert_frame_equal(table, keywords(terms(sentences(rows[::-1])), "product"))
    assert table["term"].tolist() == ["zebra apple"], "what always stands together is one phrase"
    rows = noise("en") + [(f"x{i}", "p3", "en", "zebra, apple") for i in range(6)]
    assert keywords(terms(sentences(rows)), "product")["term"].tolist() == ["apple", "zebra"]


def test_by_aspect_a_review_counts_for_each_of_its_aspects():
    rows = [(f"a{i}", "p0", "en", "rinse it", "complaint", "cleaning") for i in range(6)]
    rows += [(f"a{i}", "p0", "en", "quiet motor, no noise", "praise", "noise") for i in range(6)]
    rows += [(*row, "none", "colour") for row in noise("en", 60)]
    table = keywords(terms(sentences(rows)), "aspect")
    table = table[table["subject"] != "colour"]
    assert table[["subject", "term", "reviews"]].to_numpy().tolist() == [
        ["cleaning", "rinse", 6], ["noise", "no noise", 6], ["noise", "quiet motor", 6]]


def test_nothing_comes_of_nothing():
    empty = keywords(terms(sentences([])), "product")
    assert empty.empty and set(contract("keywords").names) <= set(empty.columns)
    assert keywords(terms(sentences([("r", None, "en", "lid")])), "product").empty


@given(st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), min_size=2, max_size=6))
def test_log_odds_are_finite_and_change_sign_with_the_sides(counts):
    here = np.array(counts, dtype=float)
    there = here.sum(axis=1, keepdims=True) - here
    here, there = here[here.sum(axis=1) > 0], there[here.sum(axis=1) > 0]
    ratio, error = log_odds(here, there)
    if len(here) > 1:
        assert np.isfinite(ratio).all() and (error > 0).all()
        assert np.allclose(ratio, -log_odds(there, here)[0])
