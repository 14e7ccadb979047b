import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import explain, models
from workbench.errors import ModelError
from workbench.explain import contributions
from workbench.explain.contributions import parts
from workbench.explain.erase import margin
from workbench.models.linear import _presence

WORDS = {"en": ["good", "kettle", "lid", "the", "is", "a", "don't", "blue-ish", "!", "Very"],
         "zh": ["壶", "很", "好", "漏水", "盖子", "，", "a", "快"]}


@pytest.fixture(scope="module", params=["en", "zh"])
def linear(request):
    """A linear model for which one word decides, and texts of its kind."""
    language, joint = request.param, " " if request.param == "en" else ""
    rng, word = np.random.default_rng(0), {"en": "zap", "zh": "炸"}[request.param]
    rows = []
    for number in range(160):
        picks = rng.choice(WORDS[language], 6).tolist()
        if number % 2:
            picks.insert(int(rng.integers(0, 6)), word)
        rows.append((joint.join(picks), ("plain", "zapped")[number % 2]))
    data = models.split(pd.DataFrame(rows, columns=["text", "label"]).drop_duplicates("text"), "task", language)
    return models.fit_linear(data, strengths=(3.0,)), language, word


def test_parts_sum_to_the_margin_less_its_bias(linear, shortcut):
    model, language, _ = linear
    for text in ("the kettle zap is  Very good!", "壶很炸好，漏水 a", "zap", "nothing known: żółć 𝔘nicode\n x"):
        reading = explain.read(model, text, language, "zapped", shortcut)
        logits = model.logits([text])
        assert parts(model, reading).sum() == pytest.approx(
            (margin(logits, 1) - margin(model.learnt["bias"][None], 1))[0], abs=1e-4)
        plain = explain.read(model, text, language, "plain", shortcut)
        assert np.allclose(parts(model, plain), -parts(model, reading), atol=1e-6), "of two labels one is against the other"


@given(st.text("ab 'éİ!壶好\n", max_size=14))
def test_the_n_grams_found_are_those_that_scikit_learn_counts(text):
    for grams in (("word", 1, 2), ("char_wb", 2, 5), ("char", 1, 3)):
        from workbench.models.linear import _counter

        known = sorted({name for name, _ in contributions._occurrences(grams, text)})
        if known:
            counter = _counter(grams, vocabulary=known)
            assert _presence([counter], [text]).toarray().all(), "each of ours is counted"
            assert set(counter.build_analyzer()(text)) == set(known), "and none is missed"
        else:
            assert not _counter(grams, vocabulary=["x"]).build_analyzer()(text)


def test_the_planted_word_of_a_linear_model_is_found(linear, shortcut):
    model, language, word = linear
    text = {"en": "the kettle zap is blue-ish", "zh": "壶很炸好"}[language]
    reading = explain.read(model, text, language, "zapped", shortcut)
    assert list(explain.methods_of(model)) == ["attention", "occlusion", "n-grams"]
    for name in ("n-grams", "occlusion"):
        assert reading.words[int(explain.methods_of(model)[name].scores(model, reading).argmax())] == word
    with pytest.raises(ModelError, match="the encoder beside it"):
        explain.read(model, text, language)


def test_a_pool_is_the_sum_of_its_parts(linear, shortcut):
    model, language, word = linear
    learnt = {"mood": np.zeros((contributions_cues(language), 2), dtype=np.float32), "mood_bias": np.zeros(2),
              "weights": np.array([.5, 2.0, 1.0]), "bias": np.zeros(2)}
    pool = models.PooledClassifier({"kind": "pooled", "labels": ["plain", "zapped"], "language": language},
                                   {"encoder": shortcut, "linear": model}, learnt, set())
    text = {"en": "the kettle zap is blue", "zh": "壶很炸好"}[language]
    reading = explain.read(pool, text, language, "zapped")
    alone = explain.METHODS["AttnLRP"].scores(shortcut, reading)
    exact = contributions.linear(model, reading)
    heat = model.card["temperature"]
    assert np.allclose(explain.METHODS["AttnLRP"].scores(pool, reading), .5 * alone + 2 / heat * exact, atol=1e-5)
    assert reading.words[int(explain.METHODS["AttnLRP"].scores(pool, reading).argmax())] == word


def contributions_cues(language: str) -> int:
    """Features of the moods' regression: cues and their pairs."""
    from workbench.models.pooled import _pairs

    return _pairs(["a"], language).shape[1]
