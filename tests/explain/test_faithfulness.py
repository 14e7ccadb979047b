import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from workbench import explain, models
from workbench.explain.faithfulness import SHARES, interval, perturb


@given(st.integers(1, 40), st.integers(0, 9))
def test_both_parts_are_the_whole(words, seed):
    order = np.random.default_rng(seed).permutation(words)
    for (without, alone), share in zip(perturb(words, order), SHARES, strict=True):
        assert sorted([*without, *alone]) == list(range(words))
        assert len(alone) == max(1, round(share * words))


def test_the_order_that_names_the_cause_is_more_faithful_than_chance(shortcut):
    reading = explain.read(shortcut, "the kettle is zap very blue a lid good bad", "en")
    cause = reading.words.index("zap")
    first = np.array([cause, *(i for i in range(len(reading.words)) if i != cause)])
    found = explain.faithfulness(shortcut, reading, [first, first[::-1], *explain.random_orders(len(reading.words), 1)])
    assert found.comprehensiveness[0] > .8 > found.comprehensiveness[2:].mean()
    assert found.comprehensiveness[1] < .1
    assert found.sufficiency[0] < .1 < found.sufficiency[1]


def test_methods_are_compared_on_the_same_texts_with_an_honest_verdict(shortcut):
    texts = pd.DataFrame({"text": ["zap the lid is bad", "good zap kettle very blue", "a lid is zap .",
                                   "blue zap is a lid"] * 3})
    table = explain.compare_methods(shortcut, texts, "en", 0).set_index("method")
    assert table.loc["attention × gradient", "verdict"] == "faithful"
    assert (table["gain"] - (table["comprehensiveness"] - table["chance"])).abs().max() < 1e-6
    assert (table["gain_ci_lower"] <= table["gain"]).all() and (table["gain"] <= table["gain_ci_upper"]).all()


def test_one_text_tells_the_cause_from_chance(shortcut):
    simple = models.Classifier({"labels": ["plain", "zapped"], "kind": "rule"}, lambda texts: np.array(
        [[0.0, 5.0 if "zap" in text else -5.0] for text in texts]), set())
    text = "the kettle is very blue a lid is zap " + "a lid is the kettle very good bad " * 2
    reading = explain.read(simple, text, "en", beside=shortcut)
    words, cause = np.arange(float(len(reading.words))), reading.words.index("zap")
    scores = {"cause": 1.0 * (words == cause), "last": -1.0 * (words == cause)}
    table = explain.truth(simple, reading, scores).set_index("method")
    assert table["verdict"].tolist() == ["faithful", "no better than chance"]
    assert table.loc["cause", "p_value"] <= .05 and table.loc["last", "p_value"] == 1
    assert table.loc["cause", "gone"][:2] == [0, 1 / len(words)]
    assert abs(table.loc["cause", "curve"][0] - reading.probability) < 1e-5 and table.loc["cause", "curve"][1] < .2
    assert (table.loc["cause", "curve_chance_lower"] <= table.loc["cause", "curve_chance_upper"]).all()


def test_one_word_of_three_is_easily_guessed_so_a_short_text_cannot_tell(shortcut):
    reading = explain.read(shortcut, "lid zap kettle", "en")
    scores = {"cause": np.array([0.0, 1, 0]), "first": np.array([2.0, 1, 0])}
    assert explain.truth(shortcut, reading, scores)["verdict"].tolist()[0] == "cannot be told here"


def test_chance_is_called_faithful_in_one_text_of_twenty(shortcut):
    reading = explain.read(shortcut, "the kettle is zap very blue a lid good bad", "en")
    rng = np.random.default_rng(3)
    table = explain.truth(shortcut, reading, {str(n): rng.random(len(reading.words)) for n in range(400)})
    assert (table["verdict"] == "faithful").mean() <= .075, "p of a permutation test is uniform under chance"


def test_random_scores_are_seldom_called_faithful(shortcut):
    reading = explain.read(shortcut, "the kettle is zap very blue a lid good bad", "en")
    found = explain.faithfulness(shortcut, reading, explain.random_orders(len(reading.words), 1, 1200)).comprehensiveness
    batches = (found[:1200] - found.mean()).reshape(50, 24)
    verdicts = [explain.verdict(*interval(batch, seed=number)) for number, batch in enumerate(batches)]
    assert verdicts.count("faithful") <= 6 and verdicts.count("no better than chance") >= 40, "95% intervals, about"


def test_same_seed_same_orders():
    one, two = (np.stack(explain.random_orders(9, seed=5)) for _ in range(2))
    assert (one == two).all()
