"""Unlabelled texts of two companies of words; labelled texts know only one word of each."""

import numpy as np
import pandas as pd
import pytest

from workbench import models
from workbench.errors import ModelError
from workbench.models.adapt import adapt
from workbench.models.latent import company

COMPANIES = {
    "en": {"positive": ["lovely", "sturdy", "cosy", "bright"], "negative": ["leaky", "flimsy", "smelly", "cracked"]},
    "zh": {"positive": ["喜欢", "结实", "舒服", "漂亮"], "negative": ["漏水", "劣质", "难闻", "开裂"]}}
THINGS = {"en": ["kettle", "lid", "tent", "lamp", "bag"], "zh": ["水壶", "盖子", "帐篷", "台灯", "背包"]}


def worded(language: str, n: int, seed: int, known: slice, each: int) -> pd.DataFrame:
    """``text, label``: ``each`` words of one company beside a thing and a number."""
    rng, space = np.random.default_rng(seed), " " if language == "en" else ""
    rows = []
    for i in range(n):
        label = ("negative", "positive")[i % 2]
        words = rng.choice(COMPANIES[language][label][known], each, replace=False)
        rows.append((space.join([*words, rng.choice(THINGS[language]), str(i)]), label))
    return pd.DataFrame(rows, columns=["text", "label"])


@pytest.fixture(scope="module", params=["en", "zh"])
def language(request):
    return request.param


@pytest.fixture(scope="module")
def meaning(language):
    return models.learn_meaning(worded(language, 2400, 1, slice(None), 2)["text"].tolist(), language)


@pytest.fixture(scope="module")
def data(language):
    taught = worded(language, 120, 2, slice(0, 1), 1)
    other = worded(language, 60, 3, slice(1, None), 2)
    side = np.where(np.arange(120) % 4 < 2, "validation", "train")
    return models.split(pd.concat([taught.assign(split=side), other.assign(split="test")]), "sentiment", language)


def test_words_that_no_labelled_text_holds_are_read_by_their_company(data, meaning):
    def right(model):
        return (model.probabilities(data.texts("test")).argmax(axis=1) == data.codes("test")).mean()

    latent = models.refit_latent(models.fit_latent(data, meaning), data)
    assert right(latent) > 0.95 > 0.7 > right(models.fit_linear(data))
    assert latent.seen(data.texts("validation")).all() and not latent.seen(data.texts("test")).any()


def test_it_stands_beside_the_others_and_is_read_back_as_it_was(data, meaning, tmp_path):
    trained = models.train_task(data, None, meaning=meaning)
    assert list(trained.models) == ["linear", "latent", "pooled"] and trained.card["validation"]["latent"]["accuracy"] > 0.9
    folder = trained.save(tmp_path / "m")
    for kind, model in trained.models.items():
        again = models.load_classifier(folder, kind=kind)
        assert np.allclose(again.probabilities(data.texts("test")), model.probabilities(data.texts("test")))
    card = models.read_card(folder / "latent")
    assert card["unlabelled_texts"] == 2400 and "the model of latent meaning" in models.describe(card)
    (folder / "latent" / "vocabulary.json").write_text("[[]]")
    with pytest.raises(ModelError, match="damaged or exchanged"):
        models.load_classifier(folder, kind="latent")


def test_labels_of_analysts_teach_it_too(data, meaning):
    model, texts = models.fit_latent(data, meaning), ["Ω 1", "Ω 2"]
    made = adapt(model, data, texts, ["positive", "negative"])
    assert made.card["kind"] == "latent" and made.card["adapted_to"] == 2 and made.seen(texts).all()
    assert np.array_equal(made.meaning.placed["vectors"], meaning.placed["vectors"]) and "adapted_to" not in model.card


@pytest.mark.parametrize("language", ["zh"], indirect=True)  # English takes the same steps over four times as many n-grams
def test_the_same_texts_give_the_same_meaning_whatever_their_order(language, meaning):
    texts = worded(language, 2400, 1, slice(None), 2)["text"].tolist()
    again = models.learn_meaning([*texts[::-1], texts[0]], language)
    assert again.vocabulary == meaning.vocabulary and np.array_equal(again.placed["vectors"], meaning.placed["vectors"])


def test_a_text_is_a_direction_and_one_without_known_n_grams_is_none(meaning):
    states = meaning.states([COMPANIES[meaning.language]["positive"][0], "Ω"])
    assert np.linalg.norm(states, axis=1) == pytest.approx([1, 0], abs=1e-5)


def test_company_by_chance_is_none():
    """PMI of independent n-grams is about 0, and the table is symmetric."""
    from scipy.sparse import csr_matrix

    rows = csr_matrix((np.random.default_rng(0).random((5000, 6)) < 0.4).astype(np.float32))
    found = company(rows)
    assert np.allclose(found, found.T, atol=1e-5)
    assert (found[~np.eye(6, dtype=bool)] < 0.25).all() and (np.diag(found) == 0).all()


def test_too_few_texts_are_refused():
    with pytest.raises(ModelError, match=r"9 different en texts; .* from 2000 on"):
        models.learn_meaning([f"text {n}" for n in range(9)], "en")
