"""A new category without labels: its own words are learnt from what the model is sure of, and its line stays."""

import numpy as np
import pytest

from workbench import models
from workbench.errors import ModelError
from workbench.models.linear import UNKNOWN

CRISP, MUSHY = "crisp", "mushy"  # words of the new category that the model has never met


def fruit(n: int, known: float) -> tuple[list[str], np.ndarray]:
    """Texts and which are praise: a share of them also holds a word that the model knows."""
    rng = np.random.default_rng(0)
    praise, told = rng.random(n) < 0.5, rng.random(n) < known
    words = [(f"{'good' if p else 'broken'} and " if k else "") + (CRISP if p else MUSHY) for p, k in
             zip(praise, told, strict=True)]
    return [f"{word} apple number {i}" for i, word in enumerate(words)], praise


def test_words_of_the_category_are_learnt(planted):
    data = models.split(planted(labels=2), "sentiment", "en")
    model = models.fit_linear(data)
    texts, praise = fruit(400, known=0.8)

    def right(reader, some, truth):
        return (reader.predict(some)["label"].eq("positive").to_numpy() == truth).mean()

    settled = models.settle(model, texts)
    assert right(model, texts, praise) < 0.92 and right(settled, texts, praise) > 0.97
    assert settled.changed == pytest.approx(1 - right(model, texts, praise), abs=0.04)
    new = [f"{CRISP} pear", f"{MUSHY} pear"]
    assert right(settled, new, np.array([True, False])) == 1
    assert np.allclose(settled.probabilities([*new, texts[0]])[2], settled.probabilities(texts)[0])


def test_what_is_taught_counts_as_far_as_the_words_are_new(planted):
    model = models.fit_linear(models.split(planted(labels=2), "sentiment", "en"))
    texts, _ = fruit(400, known=0.8)
    unknown = model.unknown(texts)
    weights = []
    for usual in (unknown, unknown / 1.25, unknown / 3):
        model.card[UNKNOWN] = usual
        weights.append((settled := models.settle(model, texts)).weight)
        assert f"count for {settled.weight:.0%}" in settled.account
        if usual == unknown:
            assert np.allclose(settled.probabilities(texts), model.probabilities(texts)) and settled.changed == 0
    assert weights == pytest.approx([0, 0.5, 1])


def test_a_label_that_hardly_occurs_cannot_be_learnt(planted):
    model = models.fit_linear(models.split(planted(labels=2), "sentiment", "en"))
    with pytest.raises(ModelError, match="sure of 0 texts labelled 'negative'; it can learn the words of new texts from 10"):
        models.settle(model, [f"good apple number {i}" for i in range(100)])
