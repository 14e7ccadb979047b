import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench import explain
from workbench.errors import ModelError
from workbench.explain.attribution import ends, integrated_gradients, rollout
from workbench.explain.reading import encode

TEXT = "the kettle is zap very blue a lid"


@pytest.fixture(scope="module")
def reading(shortcut):
    return explain.read(shortcut, TEXT, "en")


def test_a_reading_has_the_words_of_the_text(shortcut):
    found = explain.read(shortcut, "the unhear kettle.", "en")
    assert found.words == ["the", "unhear", "kettle", "."]
    assert found.tokens == ["[CLS]", "the", "un", "##hear", "kettle", ".", "[SEP]"]
    assert found.by_word(np.arange(7.0)).tolist() == [1, 5, 4, 5]
    assert found.attentions.shape == (2, 2, 7, 7)
    assert np.allclose(found.attentions.sum(-1), 1, atol=1e-5)


def test_chinese_characters_are_words_without_gaps(shortcut):
    assert explain.read(shortcut, "壶很好", "zh").words == ["壶", "很", "好"]


@pytest.mark.parametrize("method", ["attention × gradient", "integrated gradients"])
def test_the_planted_shortcut_is_found(shortcut, method):
    for text in (TEXT, "zap good bad", "the lid is very very bad zap ."):
        found = explain.read(shortcut, text, "en")
        assert found.label == "zapped"
        scores = found.by_word(explain.METHODS[method](shortcut, found))
        assert found.words[int(scores.argmax())] == "zap"


def test_every_method_gives_a_score_to_every_token(shortcut, reading):
    for scores in explain.METHODS.values():
        found = scores(shortcut, reading)
        assert found.shape == (len(reading.tokens),) and np.isfinite(found).all()


def test_integrated_gradients_are_complete(shortcut, reading):
    """Their sum is the difference of the logits at both ends; the error of the rule falls with the steps."""
    import torch

    place = shortcut.labels.index(reading.label)
    end, start = ends(shortcut, encode(shortcut, TEXT))
    with torch.no_grad():
        logits = shortcut.model(inputs_embeds=torch.cat([end, start])).logits[:, place]
    difference = float(logits[0] - logits[1])
    errors = [abs(integrated_gradients(shortcut, reading, steps).sum() - difference) for steps in (20, 100, 1000)]
    assert errors[2] < .01 * abs(difference) and errors[2] < errors[1] < errors[0], "a steep model needs many steps"


@given(arrays(float, (3, 2, 4, 4), elements=st.floats(.01, 1)))
def test_rollout_rows_sum_to_one(raw):
    assert np.allclose(rollout(raw / raw.sum(-1, keepdims=True)).sum(-1), 1)


def test_errors_name_what_is_wrong(shortcut):
    with pytest.raises(ModelError, match="no label 'zip'"):
        explain.read(shortcut, TEXT, "en", label="zip")
    with pytest.raises(ModelError, match="nothing of the text"):
        explain.read(shortcut, " ", "en")
