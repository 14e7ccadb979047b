import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench import explain
from workbench.errors import ModelError
from workbench.explain.erase import erased, margin, margins
from workbench.explain.gradients import ends, integrate, rollout
from workbench.explain.reading import encode

TEXT = "the kettle is zap very blue a lid"
#: rollout and the last layer's attention need not find what decides: that is what the check is for
MUST_FIND = ["attention × gradient", "Chefer's relevance", "AttnLRP", "integrated gradients", "occlusion"]


@pytest.fixture(scope="module")
def reading(shortcut):
    return explain.read(shortcut, TEXT, "en")


def test_a_reading_has_the_words_of_the_text(shortcut):
    found = explain.read(shortcut, "the unhear kettle.", "en")
    assert found.words == ["the", "unhear", "kettle", "."]
    assert [found.text[start:end] for start, end in found.spans] == found.words
    assert found.tokens == ["[CLS]", "the", "un", "##hear", "kettle", ".", "[SEP]"]
    assert found.by_word(np.arange(7.0)).tolist() == [1, 5, 4, 5]
    assert found.attentions.shape == (2, 2, 7, 7)
    assert np.allclose(found.attentions.sum(-1), 1, atol=1e-5)


def test_chinese_characters_are_words_without_gaps(shortcut):
    assert explain.read(shortcut, "壶很好", "zh").words == ["壶", "很", "好"]


@pytest.mark.parametrize("method", MUST_FIND)
def test_the_planted_shortcut_is_found(shortcut, method):
    for text in (TEXT, "zap good bad", "the lid is very very bad zap ."):
        found = explain.read(shortcut, text, "en")
        assert found.label == "zapped"
        scores = explain.METHODS[method].scores(shortcut, found)
        assert found.words[int(scores.argmax())] == "zap"


def test_every_method_scores_every_word_and_says_where_it_is_from(shortcut, reading):
    for method in explain.methods_of(shortcut).values():
        found = method.scores(shortcut, reading)
        assert found.shape == (len(reading.words),) and np.isfinite(found).all()
        assert "20" in method.paper and method.passes(len(reading.words)) > 0


def test_integrated_gradients_are_complete(shortcut, reading):
    """Their sum is the difference of the margins at both ends; what is missing falls with the steps, and is told."""
    import torch

    end, start = ends(shortcut, encode(shortcut, TEXT))
    with torch.no_grad():
        told = margin(shortcut.model(inputs_embeds=torch.cat([end, start])).logits, shortcut.labels.index(reading.label))
    difference = float(told[0] - told[1])
    found = {steps: integrate(shortcut, reading, steps) for steps in (20, 100, 1000)}
    for scores, delta in found.values():
        assert delta == pytest.approx(scores.sum() - difference, abs=1e-3)
    deltas = [abs(delta) for _, delta in found.values()]
    assert deltas[2] < .01 * abs(difference) and deltas[2] < deltas[1] < deltas[0], "a steep model needs many steps"


def test_integrated_gradients_are_those_of_captum(shortcut, reading):
    from captum.attr import IntegratedGradients

    encoded, place = encode(shortcut, TEXT), shortcut.labels.index(reading.label)
    end, start = ends(shortcut, encoded)
    theirs, delta = IntegratedGradients(lambda points: margin(shortcut.model(
        inputs_embeds=points, attention_mask=encoded["attention_mask"].expand(len(points), -1)).logits, place)).attribute(
            end, start, n_steps=30, method="riemann_middle", return_convergence_delta=True)
    ours = integrate(shortcut, reading, 30)
    assert np.allclose(theirs[0].sum(-1).detach().numpy(), ours[0], atol=1e-4)
    assert float(delta) == pytest.approx(ours[1], abs=1e-3)


def test_occlusion_is_what_the_margin_loses(shortcut, reading):
    words = np.arange(len(reading.words))
    whole = margin(shortcut.logits([TEXT]), shortcut.labels.index("zapped"))
    without = margin(shortcut.logits([TEXT.replace("zap ", "")]), shortcut.labels.index("zapped"))
    scores = explain.METHODS["occlusion"].scores(shortcut, reading)
    assert scores[reading.words.index("zap")] == pytest.approx(float(whole[0] - without[0]), abs=1e-4)
    assert margins(shortcut, reading, [words])[0] == pytest.approx(float(whole[0]), abs=1e-4)


def test_words_are_erased_and_nothing_grows_together(shortcut):
    found = explain.read(shortcut, "a lid.the kettle", "en")
    assert found.words == ["a", "lid", ".", "the", "kettle"]
    assert erased(found, np.array([0, 1, 3, 4])) == "a lid the kettle"
    assert erased(found, np.arange(5)) == found.text
    assert erased(explain.read(shortcut, "壶很好", "zh"), np.array([0, 2])) == "壶好"


@given(arrays(float, (3, 2, 4, 4), elements=st.floats(.01, 1)))
def test_rollout_rows_sum_to_one(raw):
    assert np.allclose(rollout(raw / raw.sum(-1, keepdims=True)).sum(-1), 1)


def test_errors_name_what_is_wrong(shortcut):
    with pytest.raises(ModelError, match="no label 'zip'"):
        explain.read(shortcut, TEXT, "en", label="zip")
    with pytest.raises(ModelError, match="nothing of the text"):
        explain.read(shortcut, " ", "en")
