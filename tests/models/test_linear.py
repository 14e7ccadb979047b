import numpy as np
import pytest

from workbench import models
from workbench.models.linear import counter, presence


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("labels", [2, 3])
def test_it_finds_the_word_that_decides(planted, language, labels):
    data = models.split(planted(language, labels=labels), "sentiment", language)
    model = models.fit_linear(data)
    assert (model.probabilities(data.texts("test")).argmax(axis=1) == data.codes("test")).mean() > 0.95


def test_a_text_said_twice_is_judged_as_said_once(planted):
    """Presence, not counts, and rows of length 1: repeating a word changes only the word pairs."""
    data = models.split(planted("zh"), "sentiment", "zh")
    model = models.fit_linear(data)
    assert np.allclose(model.logits(["坏了。坏了。坏了"]), model.logits(["坏了。坏了。坏了。坏了。坏了"]))


def test_learning_again_takes_in_the_validation_side_and_keeps_what_was_chosen(planted):
    data = models.split(planted(), "sentiment", "en")
    first = models.fit_linear(data)
    again = models.refit_linear(first, data)
    assert not first.seen(data.texts("validation")).any() and again.seen(data.texts("validation")).all()
    assert not again.seen(data.texts("test")).any()
    assert {name: again.card[name] == first.card[name] for name in ("rarity", "strength", "temperature")} == {
        "rarity": True, "strength": True, "temperature": True}
    assert again.card["training_texts"] == data.sizes["train"] + data.sizes["validation"]


def test_a_text_without_a_known_n_gram_gets_the_bias(planted):
    model = models.fit_linear(models.split(planted(), "sentiment", "en"))
    assert np.allclose(model.logits(["Ω"]), model.learnt["bias"])


def test_rarity_adds_the_inverse_document_frequency_to_the_scales(planted):
    data = models.split(planted(), "sentiment", "en")
    plain, rare = (models.fit_linear(data, rarities=(weight,)) for weight in (0.0, 0.4))
    counters = [counter(gram, vocabulary=words) for gram, words in zip(rare.card["grams"], rare.vocabulary, strict=True)]
    frequency = np.asarray(presence(counters, data.texts("train")).mean(axis=0)).ravel()
    gained = rare.learnt["scales"] ** 2 - plain.learnt["scales"] ** 2
    assert np.allclose(gained, ((0.4 * np.log(frequency)) ** 2)[:, None], atol=1e-4)
    assert models.fit_linear(data).card["rarity"] in (0.0, 0.4)
