"""Other shares of the labels: a planted share is found, and a line moves only as far as the texts make sure."""

import numpy as np
import pytest

from workbench import models
from workbench.errors import ModelError
from workbench.models.classifier import Classifier
from workbench.models.metrics import log_loss
from workbench.models.prior import SAID, mixed_shares, said_by_label

MIDDLES = {2: [[0, -1.5], [0, 1.5]], 3: [[2, 0, 0], [0, 2, 0], [0, 0, 2]]}


def kind(shares: list[float], texts: int, seed: int = 0, at: float = 0.0):
    """Logits (texts, labels) of normal groups, one for each label, and the true labels."""
    rng, middles = np.random.default_rng(seed), np.array(MIDDLES[len(shares)], dtype=float)
    truth = rng.permutation(np.repeat(np.arange(len(shares)), np.round(np.array(shares) * texts).astype(int)))
    return middles[truth] + rng.normal(0, 1.2, (len(truth), len(shares))) + at * np.arange(len(shares)), truth


def model_of(logits: np.ndarray, known: list[float]) -> tuple[Classifier, list[str]]:
    """A model that reads these texts as one that learnt the known shares, and a card of held-out texts with such shares."""
    held_out, truth = kind(known, 2000, seed=1)
    held_out, logits = held_out + np.log(known), logits + np.log(known)
    names = [f"text {i}" for i in range(len(logits))]
    told = dict(zip(names, logits, strict=True))
    card = {"labels": ["a", "b", "c"][:len(known)]}
    made = Classifier(card, lambda some: np.array([told[text] for text in some]).reshape(len(some), -1), set())
    made.card[SAID] = said_by_label(truth, np.exp(held_out) / np.exp(held_out).sum(axis=1, keepdims=True))
    return made, names


@pytest.mark.parametrize("share", [.05, .1, .5, .8])
def test_a_planted_share_is_found_and_the_line_moves(share):
    logits, truth = kind([1 - share, share], 800)
    model, texts = model_of(logits, [.75, .25])
    found = models.reweigh(model, texts)
    shares, (low, high) = found.shares, found.shares.intervals["b"]
    assert low <= share <= high and high - low < .16 and shares.explained > .05 and shares.known["b"] == pytest.approx(.25)
    assert (shares.said["b"] - share) * (.25 - share) > 0, "counted as said, it is pulled to the known share"
    assert found.moved["b"] == pytest.approx(high if share < .25 else low)
    assert log_loss(truth, found.probabilities(texts)) < log_loss(truth, model.probabilities(texts)) - .005
    assert f"{found.shares.found['b']:.0%} b" in found.account and "25% where it learnt" in found.account
    np.testing.assert_allclose(found.probabilities(texts[::-1])[::-1], found.probabilities(texts))


@pytest.mark.parametrize(("share", "texts"), [(.25, 800), (.28, 400), (.1, 20), (.75, 4)])
def test_what_cannot_be_told_from_the_known_share_moves_nothing(share, texts):
    logits, _ = kind([1 - share, share], texts)
    model, names = model_of(logits, [.75, .25])
    found = models.reweigh(model, names)
    assert found.moved is None and "its line stays" in found.account
    np.testing.assert_allclose(found.probabilities(names), model.probabilities(names))


def test_three_labels_move_together():
    logits, truth = kind([.1, .2, .7], 1500)
    model, texts = model_of(logits, [.6, .2, .2])
    found = models.reweigh(model, texts)
    assert [found.shares.found[label] for label in "abc"] == pytest.approx([.1, .2, .7], abs=.05)
    assert sum(found.moved.values()) == pytest.approx(1)
    right = [(one.probabilities(texts).argmax(axis=1) == truth).mean() for one in (model, found)]
    assert right[1] > right[0] + .02


def test_another_domain_is_explained_by_no_share():
    logits, _ = kind([.5, .5], 800, at=-2.5)  # every text looks less like b than it is
    model, texts = model_of(logits, [.75, .25])
    found = models.reweigh(model, texts)
    assert found.shares.explained < .05 and found.moved is None and "explained by no shares" in found.account


def test_intervals_hold_and_honest_shares_are_rarely_doubted():
    shares = np.random.default_rng(0).uniform(.03, .9, 100)
    held, doubted = 0, 0
    for seed, share in enumerate(shares):
        logits, truth = kind([1 - share, share], 300, seed=seed + 2)
        found = models.reweigh(*model_of(logits, [.75, .25]))
        low, high = found.shares.intervals["b"]
        held, doubted = held + (low <= truth.mean() <= high), doubted + (found.shares.explained < .05)
    assert held >= 90 and doubted <= 10


def test_shares_of_a_mixture_are_its_own():
    """Law: of the expected counts of a mixture the shares are found, whatever the parts are."""
    rng = np.random.default_rng(0)
    for labels in (2, 3, 5):
        each, shares = rng.dirichlet(np.full(20, .3), labels), rng.dirichlet(np.full(labels, 3))
        found = mixed_shares(1000 * shares @ each, each)
        assert found == pytest.approx(shares, abs=.01) and found.sum() == pytest.approx(1)


def test_a_model_whose_card_tells_nothing_and_no_texts_are_refused():
    model, texts = model_of(kind([.5, .5], 100)[0], [.5, .5])
    with pytest.raises(ModelError, match="no text"):
        models.reweigh(model, [])
    del model.card[SAID]
    with pytest.raises(ModelError, match="train it again"):
        models.reweigh(model, texts)


def test_the_cards_of_a_task_tell_what_its_models_say(trained):
    data = trained.data
    for model in trained.models.values():
        said = model.card[SAID]
        assert np.sum(said["texts"], axis=1).tolist() == np.bincount(data.codes("validation")).tolist()
        assert models.reweigh(model, data.texts("test")).moved is None
