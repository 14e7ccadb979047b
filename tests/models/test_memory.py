import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import models, sealed
from workbench.models import card as cards
from workbench.models import memory
from workbench.models.classifier import Classifier
from workbench.models.memory import MEMORY, Remembering

KEY = "00" * 32


@pytest.fixture
def folder(tmp_path):
    cards.write_card(tmp_path, {"kind": "rule", "labels": ["no", "yes"]})
    return tmp_path


class Rule(Classifier):
    """Logits by the length of a text; ``asked`` is what it has read."""

    def __init__(self):
        super().__init__({"labels": ["no", "yes"]}, self._logits, set())
        self.asked = []

    def _logits(self, texts):
        self.asked += texts
        return np.array([[0.0, len(text) / 7] for text in texts]).reshape(-1, 2)


def test_another_process_reads_only_what_is_new(folder):
    texts = ["a", "bb", "a", "盖子漏水", ""]
    first, second = Rule(), Rule()
    told = Remembering(first, folder).logits(texts)
    np.testing.assert_array_equal(told, Rule().logits(texts))
    assert first.asked == ["a", "bb", "盖子漏水", ""], "each once"
    again = Remembering(second, folder)
    np.testing.assert_array_equal(again.logits(["new", *texts])[1:], told)
    assert second.asked == ["new"] and again.logits([]).shape == (0, 2) and again.probabilities([]).shape == (0, 2)
    assert again.predict(["bb"])["label"].tolist() == ["yes"]


@settings(max_examples=40, deadline=None)
@given(parts=st.lists(st.lists(st.text(max_size=3), max_size=8), min_size=1, max_size=4))
def test_what_is_remembered_is_what_would_be_read(tmp_path_factory, parts):
    folder, asked = tmp_path_factory.mktemp("model"), []
    for texts in parts:
        model = Rule()
        np.testing.assert_array_equal(Remembering(model, folder).logits(texts), Rule().logits(texts))
        asked += model.asked
    assert sorted(asked) == sorted({text for texts in parts for text in texts}), "each text once, in all runs together"


def test_a_stop_loses_nothing_that_was_read(folder, monkeypatch):
    monkeypatch.setattr(memory, "BLOCK", 2)
    texts, stopped, after = [f"text {i}" for i in range(10)], Rule(), Rule()
    plain = stopped.logits

    def logits(some):
        if len(stopped.asked) == 6:
            raise KeyboardInterrupt
        return plain(some)

    stopped.logits = logits
    with pytest.raises(KeyboardInterrupt):
        Remembering(stopped, folder).logits(texts)
    assert Remembering(after, folder).logits(texts).shape == (10, 2)
    assert after.asked == texts[6:]


@pytest.mark.parametrize("change", [
    lambda folder: cards.write_card(folder, {"kind": "rule", "labels": ["no", "yes"], "trained": "again"}),
    lambda folder: (folder / MEMORY).write_bytes(b"PAR1 of something else PAR1"),
    lambda folder: (folder / MEMORY).write_bytes(b""),
], ids=["other weights", "damaged", "empty"])
def test_what_others_said_is_read_again(folder, change):
    Remembering(Rule(), folder).logits(["a"])
    change(folder)
    model = Rule()
    Remembering(model, folder).logits(["a"])
    assert model.asked == ["a"]


def test_with_a_key_it_is_encrypted_and_another_key_reads_again(folder, monkeypatch):
    monkeypatch.setenv(sealed.VARIABLE, KEY)
    Remembering(Rule(), folder).logits(["a"])
    assert sealed.is_sealed(folder / MEMORY)
    for key, asked in ((KEY, []), ("11" * 32, ["a"]), (None, ["a"])):
        monkeypatch.setenv(sealed.VARIABLE, key) if key else monkeypatch.delenv(sealed.VARIABLE)
        model = Rule()
        Remembering(model, folder).logits(["a"])
        assert model.asked == asked


def test_stored_models_remember_and_a_new_one_has_a_new_memory(trained, tmp_path):
    folder, texts = trained.save(tmp_path / "sentiment_en"), ["a good tent", "the lid is broken"]
    told = models.load_fast(folder).probabilities(texts)
    np.testing.assert_allclose(told, models.load_classifier(folder).probabilities(texts), atol=1e-6)
    assert len(models.load_remembering(folder).known) == 2
    trained.save(folder)
    assert not models.load_fast(folder).known
