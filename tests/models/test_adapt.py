"""A few labels of a new domain: thresholds move, a model goes on learning, and neither forgets."""

import numpy as np
import pytest

from workbench import models
from workbench.errors import ModelError
from workbench.models.adapt import adapt, recalibrated
from workbench.models.metrics import softmax


def shifted(n, seed=0):
    """Texts whose log odds rank well but lie four too low; (n, 2) told and (n,) truth."""
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.5
    scores = np.where(truth, 1.5, -1.5) + rng.normal(0, 1, n) - 4
    return softmax(np.column_stack([np.zeros(n), scores])), truth.astype(int)


def test_twenty_labels_move_a_threshold_that_does_not_fit():
    told, truth = shifted(1020)
    moved = recalibrated(told[:20], truth[:20], told[20:])
    assert (told[20:].argmax(axis=1) == truth[20:]).mean() < 0.6
    assert (moved.argmax(axis=1) == truth[20:]).mean() > 0.88
    assert np.allclose(moved.sum(axis=1), 1)


def test_no_label_and_one_label_move_little():
    told, truth = shifted(50)
    none = recalibrated(told[:0], truth[:0], told)
    assert np.allclose(none, told, atol=1e-4)
    assert np.abs(recalibrated(told[:1], truth[:1], told) - told).mean() < 0.35


#: words that the training texts do not have; their labels are those of the other domain
NEW = {"splendid": "positive", "rubbish": "negative"}


def in_the_new_domain(n):
    return [(f"{word} kettle {['blue', 'green', 'soft'][i % 3]} {i}", label)
            for i in range(n) for word, label in NEW.items()]


@pytest.mark.parametrize("kind", ["linear", "encoder", "pooled"])
def test_labels_of_another_domain_teach_its_words_and_the_old_ones_stay(trained, kind):
    texts, labels = zip(*in_the_new_domain(20), strict=True)
    more, truth = zip(*in_the_new_domain(60)[80:], strict=True)
    model, data = trained.models[kind], trained.data
    before = model.probabilities(data.texts("test"))
    made = adapt(model, data, list(texts), list(labels))
    right = (made.predict(list(more))["label"] == list(truth)).mean()
    assert right > (model.predict(list(more))["label"] == list(truth)).mean() and right > 0.9
    assert (made.predict(data.texts("test"))["label"] == [data.labels[i] for i in data.codes("test")]).mean() > 0.8
    assert made.seen(list(texts)).all() and made.seen(data.texts("train")).all() and made.card["adapted_to"] == 40
    assert np.array_equal(model.probabilities(data.texts("test")), before) and "adapted_to" not in model.card


def test_an_adapted_model_is_stored_like_any_other_and_made_the_same_again(trained, tmp_path):
    texts, labels = zip(*in_the_new_domain(10), strict=True)
    first, again = (adapt(trained.models["encoder"], trained.data, list(texts), list(labels)) for _ in range(2))
    assert np.array_equal(first.probabilities(list(texts)), again.probabilities(list(texts)))
    back = models.load_classifier(models.save_classifier(first, tmp_path / "model"))
    assert np.allclose(back.probabilities(list(texts)), first.probabilities(list(texts)), atol=1e-6)


def test_a_label_that_the_model_does_not_know_is_refused(trained):
    with pytest.raises(ModelError, match="does not know the label 'wish', only negative, neutral, positive"):
        adapt(trained.models["linear"], trained.data, ["a lid"], ["wish"])
