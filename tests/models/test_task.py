"""Which model serves: the plainest that none surely beats on the validation side."""

from collections import Counter

import numpy as np
import pytest

from workbench.models import Recipe, encoder, load_base, split, train_task
from workbench.models.task import choose


@pytest.fixture(scope="module")
def data(planted):
    return split(planted(products=30), "sentiment", "en", seed=1, origin="planted")


def sure(data, share: float, by_group: float = 0.0, seed: int = 0) -> np.ndarray:
    """Probabilities (n, 3) that give the truth ``share`` on average, more or less by group and text."""
    draw, truth = np.random.default_rng(seed), data.codes("validation")
    place = np.unique(data.groups("validation"), return_inverse=True)[1]
    right = np.clip(share + by_group * draw.standard_normal(place.max() + 1)[place]
                    + .05 * draw.standard_normal(len(truth)), .02, .98)
    told = np.repeat((1 - right)[:, None] / 2, 3, axis=1)
    told[np.arange(len(truth)), truth] = right
    return told


def test_of_equals_the_plainer_one_serves(data):
    same = sure(data, .6)
    losses, serves = choose(data, {"linear": same, "encoder": same, "pooled": same})
    assert serves == "linear" and losses["linear"] == losses["pooled"]


def test_what_is_better_in_every_group_serves(data):
    losses, serves = choose(data, {"linear": sure(data, .5), "encoder": sure(data, .7, seed=1)})
    assert serves == "encoder" and losses["encoder"] < losses["linear"]


def test_what_is_better_by_the_luck_of_a_group_does_not(data):
    lucky = sure(data, .5, seed=1)
    lucky[data.groups("validation") == data.groups("validation")[0]] = sure(data, .95)[
        data.groups("validation") == data.groups("validation")[0]]
    losses, serves = choose(data, {"linear": sure(data, .5), "encoder": lucky})
    assert losses["encoder"] < losses["linear"] and serves == "linear"


def test_how_often_luck_wins():
    """Two models of one quality: the less plain one serves about as often as a normal lies one deviation up, 16%."""
    from tests.models.conftest import labelled

    data = split(labelled(products=60, each=6), "sentiment", "en", seed=1, origin="planted")
    served = [choose(data, {"linear": sure(data, .6, .1, 2 * seed), "encoder": sure(data, .6, .1, 2 * seed + 1)})[1]
              for seed in range(400)]
    assert served.count("encoder") / 400 == pytest.approx(.16, abs=.06)


def test_the_encoder_reads_no_test_text_twice(data, tiny_base, monkeypatch):
    """It is the slowest part: on a source of 20,000 labelled reviews reading is most of the time."""
    read, plain = Counter(), encoder.encoded_batches
    monkeypatch.setattr(encoder, "encoded_batches", lambda tokenizer, texts, most: read.update(texts) or plain(
        tokenizer, texts, most))
    trained = train_task(data, load_base(tiny_base), Recipe(epochs=1))
    trained.mistakes()
    assert {read[text] for text in data.texts("test")} == {1}
    assert max(read[text] for text in data.texts("validation")) == 2  # for the temperature, and to be judged
    again = trained.models["pooled"].probabilities(data.texts("test"))
    assert np.allclose(trained.told["pooled"], again, atol=1e-6)
