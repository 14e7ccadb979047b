import numpy as np
import pandas as pd

from workbench import explain
from workbench.explain.checks import likeness, shuffled, stability, under_shuffled_weights
from workbench.explain.comparison import default

TEXT = "the kettle is zap very blue a lid"


def test_a_shuffled_twin_has_the_same_numbers_and_has_learnt_nothing(shortcut):
    twin = shuffled(shortcut, 0)
    for mine, other in zip(shortcut.model.parameters(), twin.model.parameters(), strict=True):
        assert np.array_equal(np.sort(mine.detach().numpy().ravel()), np.sort(other.detach().numpy().ravel()))
    assert not np.allclose(twin.logits([TEXT]), shortcut.logits([TEXT]))
    assert np.array_equal(twin.logits([TEXT]), shuffled(shortcut, 0).logits([TEXT])), "the same for the same seed"


def test_a_method_that_ignores_the_model_is_told_from_one_that_does_not(shortcut):
    reading = explain.read(shortcut, TEXT, "en")
    deaf = explain.Method("length", "", lambda model, reading: np.array([len(word) + place / 100 for place, word in
                                                                         enumerate(reading.words)]), lambda words: 0)
    methods = {"length": deaf, "occlusion": explain.METHODS["occlusion"]}
    scores = {name: method.scores(shortcut, reading) for name, method in methods.items()}
    kept = stability(shortcut, reading, methods, scores, 0)
    noisy = under_shuffled_weights(shuffled(shortcut, 1), reading, methods, scores)
    assert kept["length"] == noisy["length"] == 1, "it would say the same of any model"
    assert noisy["occlusion"] < kept["occlusion"] < 1


def test_what_says_nothing_has_no_order():
    assert np.isnan(likeness(np.zeros(4), np.arange(4.0)))


def test_short_texts_are_not_checked(shortcut):
    reading = explain.read(shortcut, "zap lid", "en")
    assert np.isnan(stability(shortcut, reading, explain.METHODS, dict.fromkeys(explain.METHODS), 0)["AttnLRP"])


def test_the_default_costs_least_of_those_that_none_surely_beats():
    rng = np.random.default_rng(0)
    best = .2 + .05 * rng.standard_normal(40)
    same, less, none = best + .03 * rng.standard_normal(40), best - .08, rng.standard_normal(40) * .1
    gains = np.stack([best, same, less, none])
    assert default(["best", "same", "less", "none"], gains, np.array([32, 3, 3, 1])) == "same"
    assert default(["best", "less", "none"], gains[[0, 2, 3]], np.array([32, 3, 1])) == "best"
    assert default(["none"], gains[[3]], np.array([1])) == "", "nothing is shown first where nothing is faithful"


def test_the_table_names_one_default_and_the_truth_of_one_text_agrees(shortcut):
    texts = pd.DataFrame({"text": ["zap the lid is bad", "good zap kettle very blue", "a lid is zap ."] * 3})
    table = explain.compare_methods(shortcut, texts, "en", 0)
    first = table[table["default"]]
    assert first["verdict"].tolist() == ["faithful"] and first["passes"].iloc[0] <= 3
    again = explain.compare_methods(shortcut, texts, "en", 0)
    assert again.drop(columns="seconds").equals(table.drop(columns="seconds")), "the clock decides nothing"
