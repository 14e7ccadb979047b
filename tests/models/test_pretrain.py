import importlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import models
from workbench.errors import ModelError
from workbench.models.pretrain import IGNORED, is_held_out, mask
from workbench.models.vocabulary import train_tokenizer

pretraining = importlib.import_module("workbench.models.pretrain")
SMALL = models.Practice(epochs=12, layers=1, width=32, heads=2, learning_rate=5e-3)
COUNTRIES = {"red": "rose", "blue": "lake", "green": "leaf", "white": "snow", "black": "coal"}


def sentences(n=600):
    """A language with a rule: the colour tells the thing."""
    rng = np.random.default_rng(0)
    colours = rng.choice(list(COUNTRIES), n)
    return [f"{colour} {COUNTRIES[colour]} {i % 7} {i % 11} {i}" for i, colour in enumerate(colours)]


@pytest.fixture(scope="module")
def learnt():
    return models.pretrain(sentences(), "en", None, SMALL)


def test_a_rule_of_the_language_is_learnt(learnt):
    card = learnt.card
    assert card["ratio"]["ci_upper"] < 0.9
    assert card["perplexity"]["value"] < card["baseline_perplexity"]["value"] < card["perplexity_before"]["value"]
    assert card["texts"] + card["held_out_texts"] == 600 and card["ended"] == "all epochs"
    assert card["history"][0]["epoch"] == 0 and card["history"][-1]["epoch"] == pytest.approx(12, abs=0.3)


def test_it_is_stored_and_built_upon_like_any_base(learnt, planted, tmp_path):
    folder = learnt.save(tmp_path / "encoder_en")
    assert models.read_card(folder)["kind"] == "pretrained"
    base = models.load_base(folder)
    assert base.encoder().config.hidden_size == 32
    assert base.classifier(["a", "b"]).num_labels == 2
    on = models.pretrain(sentences(), "en", base, models.Practice(epochs=1))
    assert on.card["perplexity_before"]["value"] == pytest.approx(learnt.card["perplexity"]["value"], rel=0.15)
    (folder / "model.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(ModelError, match="damaged"):
        models.load_base(folder)


def test_the_same_seed_gives_the_same_weights():
    practice, told = models.Practice(epochs=9, max_tokens=3000, layers=1, width=16, heads=1), []
    one, two = (models.pretrain(sentences(), "en", None, practice, told.append) for _ in range(2))
    assert one.card["ended"] == "3,000 tokens" and told[0].startswith("pre-training: ")  # no clock in it
    for a, b in zip(one.model.parameters(), two.model.parameters(), strict=True):
        np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())


def test_minutes_and_interrupts_end_it_without_loss(monkeypatch):
    short = models.pretrain(sentences(), "en", None, models.Practice(epochs=10_000, max_minutes=0.02, layers=1, width=16,
                                                                     heads=1))
    assert short.card["ended"] == "0.02 minutes" and short.card["training_seconds"] < 10
    steps, step = [], pretraining._step

    def interrupted(*arguments):
        if len(steps) == 5:
            raise KeyboardInterrupt
        steps.append(step(*arguments))
        return steps[-1]

    monkeypatch.setattr(pretraining, "_step", interrupted)
    kept = models.pretrain(sentences(), "en", None, SMALL)
    assert kept.card["ended"] == "interrupted" and kept.card["perplexity"]["value"] > 1


def test_too_few_texts_are_refused():
    with pytest.raises(ModelError, match="150 different en texts"):
        models.pretrain(sentences(150) * 3, "en")


@settings(max_examples=25)
@given(st.integers(0, 1000))
def test_masking_follows_the_paper(seed):
    rng = np.random.default_rng(seed)
    ids, maskable = rng.integers(10, 50, (60, 100)), rng.random((60, 100)) < 0.8
    seen, asked = mask(ids, maskable, 4, 50, rng)
    chosen = asked != IGNORED
    assert not (chosen & ~maskable).any() and (asked[chosen] == ids[chosen]).all() and (seen[~chosen] == ids[~chosen]).all()
    assert 0.12 < chosen.sum() / maskable.sum() < 0.18
    assert 0.74 < (seen[chosen] == 4).mean() < 0.86


def test_tokenizers_know_characters_masks_and_themselves():
    texts = ["电话[PHONE]很好用", "水壶很好 nice kettle", "nice kettles 很好"] * 3
    tokenizer = train_tokenizer(texts, 200)
    assert tokenizer.tokenize("很好用[PHONE]") == ["很", "好", "用", "[PHONE]"]
    assert tokenizer.get_vocab() == train_tokenizer(texts, 200).get_vocab()
    assert not is_held_out("a") or is_held_out(" A ")
