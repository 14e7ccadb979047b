import json
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from tests.needs.test_language import RIGHT, WRONG
from workbench import models, sample
from workbench.errors import ParameterError
from workbench.sample.labels import folder
from workbench.sample.make import BAD_LINES, RISING, TWICE
from workbench.sample.simulate import EXPERIMENTS
from workbench.tables.contracts import LANGUAGES, NEED_KINDS
from workbench.text import sentences

PHENOMENA = {"advice", "hypothetical", "fact", "plan", "narration", "sarcasm", "negation", "conditional", "comparison",
             "request", "question", "story", "understatement", "mixed", "plain"}


def bare(text: str) -> str:
    """Its letters and digits, without case."""
    return re.sub(r"[\W_]", "", text.casefold())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    logs = tmp_path_factory.mktemp("logs")
    return logs, sample.make(logs, customers=1500, seed=3)


def test_texts_are_many_varied_and_labelled_right():
    reviews = sample.reviews()
    products = {row["product"] for row in map(json.loads, (folder() / "products.jsonl").read_text().splitlines())}
    by_language = Counter(review["language"] for review in reviews)
    assert all(by_language[language] >= 500 for language in LANGUAGES)
    assert len({review["text"] for review in reviews}) == len({review["review"] for review in reviews}) == len(reviews)
    for review in reviews:
        assert review["product"] in products
        for need in review["needs"]:
            assert need["span"] in review["text"] and need["kind"] in NEED_KINDS, review["review"]


def test_catalogue_and_texts_are_small_enough_to_commit():
    assert sum(path.stat().st_size for path in folder().iterdir() if path.is_file()) < 2_000_000


def test_labelled_texts_follow_the_spans():
    texts = sample.labelled_texts()
    assert set(texts["task"]) == {"sentiment", "needs"}
    needs = texts[texts["task"] == "needs"]
    assert set(needs["label"]) == {*NEED_KINDS, "none"}
    assert len(texts[texts["task"] == "sentiment"]) == len(sample.reviews())
    assert len(needs) == len(sample.gold_sentences()) + len(sample.domain_sentences())


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_of_other_shops_are_valid_and_new(language):
    found = sample.domain_sentences()
    found = found[found["language"] == language]
    assert found["id"].tolist() == [f"S-{language}-{i:03d}" for i in range(1, 261)] and not found.isna().any(axis=None)
    assert set(found["kind"]) == {*NEED_KINDS, "none"} and set(found["phenomenon"]) == PHENOMENA
    assert found["domain"].value_counts().tolist() == [26] * 10
    assert all(len(sentences(text)) == 1 for text in found["text"]), "each is read as one sentence"
    texts = found["text"].map(bare)
    known = {bare(text) for text in sample.gold_sentences()["text"]} | {bare(case[2]) for case in (*RIGHT, *WRONG)}
    assert texts.is_unique and not known & set(texts)


def test_a_domain_is_on_one_side_of_a_split():
    texts = sample.labelled_texts()
    for language in LANGUAGES:
        data = models.split(texts[(texts["task"] == "needs") & (texts["language"] == language)], "needs", language).frame
        domains = data[data["group"].str.startswith("sentences: ")]
        assert domains["group"].nunique() == 10 and (domains.groupby("group")["side"].nunique() == 1).all()


def test_whether_a_thing_is_in_the_box_is_a_question_to_the_page_in_both_languages():
    asks = re.compile(r"in the box|included|got battery inside|跟箱|送的还是|附送|配不配")
    found = [(review["language"], need["aspect"]) for review in sample.reviews() for need in review["needs"]
             if need["kind"] == "missing_information" and asks.search(need["span"])]
    assert Counter(found) == {("en", "description"): 5, ("zh", "description"): 4}


def test_same_seed_same_bytes_and_another_seed_another_life(made, tmp_path):
    logs, _ = made
    sample.make(tmp_path / "a", customers=1500, seed=3)
    sample.make(tmp_path / "b", customers=1500, seed=4)
    for name in ("events.csv", "orders.csv", "assignments.csv", "reviews.csv", "truths.json"):
        assert (logs / name).read_bytes() == (tmp_path / "a" / name).read_bytes()
    assert (logs / "events.csv").read_bytes() != (tmp_path / "b" / "events.csv").read_bytes()


def test_the_planted_truths_are_in_the_logs(made):
    logs, truths = made
    lines = (logs / "events.csv").read_text().splitlines()
    assert len(lines) == 1 + truths["rows"]["events"] + TWICE + len(BAD_LINES)
    arms = pd.read_csv(logs / "assignments.csv").groupby(["experiment", "arm"]).size()
    shares = {e.name: arms[e.name, e.arms[1]] / arms[e.name].sum() for e in EXPERIMENTS}
    assert abs(shares["free shipping bar"] - .5) < .06 and shares["new checkout"] < .47
    reviews = pd.read_csv(logs / "reviews.csv").set_index("id")
    last = pd.to_datetime(reviews["at"]) >= "2026-11-09"
    for theme in RISING:
        behind = [r["review"] for r in sample.reviews() for n in r["needs"]
                  if (r["product"], n["aspect"], n["kind"]) == theme]
        assert len(behind) >= 4, f"too few reviews voice {theme}"
        assert last[behind].mean() > 0.4 > np.mean(last)


def test_too_few_customers_are_refused(tmp_path):
    with pytest.raises(ParameterError, match="100 or more"):
        sample.make(tmp_path, customers=5)
