from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from workbench import models
from workbench.errors import ModelError
from workbench.models.classifier import Classifier
from workbench.models.mood import CUES, cues


def noisy(share: float, seed: int, claimed: float = 0.0):
    """A part that tells the label of a text ``label|n`` rightly with probability ``share``, and says so, or claims more."""
    said = claimed or share

    def logits(texts):
        rng = np.random.default_rng(seed)
        right = np.array([text.startswith("b") for text in texts])
        told = np.where(rng.random(len(texts)) < share, right, ~right)
        return np.log(np.where(np.column_stack([~told, told]), said, 1 - said))

    return Classifier({"kind": f"noisy {share}", "labels": ["a", "b"]}, logits, set())


@pytest.fixture(scope="module")
def data():
    frame = pd.DataFrame({"text": [f"{'ab'[i % 2]}|{i}" for i in range(8000)], "label": ["a", "b"] * 4000})
    return models.split(frame, "task", "en")


def test_honest_parts_weigh_one_and_a_boaster_nothing(data):
    """The product of independent calibrated parts is the right posterior: weight 1 each."""
    parts = {"one": noisy(0.8, 1), "two": noisy(0.75, 2), "boaster": noisy(0.5, 3, claimed=0.9)}
    pool, told = models.fit_pooled(data, parts)
    weights = pool.card["weights"]
    assert weights["one"] == pytest.approx(1, abs=0.3) and weights["two"] == pytest.approx(1, abs=0.3)
    assert weights.get("boaster", 0) < 0.15 and weights["mood"] < 0.5
    truth = data.codes("validation")
    accuracy = {kind: (part.probabilities(data.texts("validation")).argmax(axis=1) == truth).mean()
                for kind, part in parts.items()}
    assert (told.argmax(axis=1) == truth).mean() >= max(accuracy.values()) - 0.01
    assert np.allclose(told.sum(axis=1), 1)


def test_a_part_that_says_nothing_is_left_out(data):
    """Its weight is next to nothing, and every text that is read would pay for it; the last part stays."""
    parts = {"one": noisy(0.8, 1), "mute": noisy(0.5, 2, claimed=0.501)}
    pool, told = models.fit_pooled(data, parts)
    assert list(pool.parts) == pool.card["parts"] == ["one"] and pool.card["left_out"] == ["mute"]
    _, told_alone = models.fit_pooled(data, {"one": parts["one"]})
    assert np.allclose(told, told_alone) and list(parts) == ["one", "mute"]
    assert list(models.fit_pooled(data, {"mute": parts["mute"]})[0].parts) == ["mute"]


def test_where_all_are_of_one_group_its_texts_are_told_by_each_other(data):
    """As where one category is left out: a pool that had learnt from no text would say that all labels are alike."""
    one = replace(data, frame=data.frame.assign(group=data.frame["side"]))
    _, told = models.fit_pooled(one, {"one": noisy(0.9, 1)})
    assert (told.argmax(axis=1) == one.codes("validation")).mean() > 0.85 and told.max() > 0.8


def test_moods_carry_to_a_domain_with_other_words():
    """Advice and reports about tents teach what is advice about kettles."""
    advice = ("You should {}.", "Please {} it.", "Make sure to {} it.")
    reports = ("We {}ed it.", "It was {}ed.", "I {}ed two.")

    def texts(verbs):
        rows = [(shape.format(verb) + f" {i}", label) for i, verb in enumerate(verbs)
                for label, shapes in (("advice", advice), ("report", reports)) for shape in shapes]
        return pd.DataFrame(rows, columns=["text", "label"])

    data = models.split(texts([f"pitch{n}" for n in range(40)]), "advice", "en")
    pool, _ = models.fit_pooled(data, {"linear": models.fit_linear(data)})
    other = texts([f"descal{n}" for n in range(40)])
    told = pool.views(other["text"].tolist())["mood"].argmax(axis=1)
    assert (np.array(pool.labels)[told] == other["label"]).mean() > 0.95


def test_it_is_read_back_with_its_parts_as_it_was(planted, tmp_path):
    data = models.split(planted("zh"), "sentiment", "zh")
    trained = models.train_task(data, None)
    trained.save(tmp_path / "sentiment_zh")
    again = models.load_classifier(tmp_path / "sentiment_zh", kind="pooled")
    texts = data.texts("test")
    assert np.allclose(again.probabilities(texts), trained.models["pooled"].probabilities(texts))
    assert again.card["parts"] == ["linear"] and "pool of linear model sentiment_zh" in models.describe(again.card)


def test_cues_that_changed_are_not_used_with_old_weights(planted, tmp_path, monkeypatch):
    models.train_task(models.split(planted(), "sentiment", "en"), None).save(tmp_path / "m")
    monkeypatch.setitem(CUES["en"], "please", "bitte")
    with pytest.raises(ModelError, match="cues of mood have changed"):
        models.load_classifier(tmp_path / "m", kind="pooled")


@pytest.mark.parametrize(("language", "text", "cue"), [
    ("en", "Please add a timer.", "opens with an imperative"), ("en", "If you stay here, ask for a quiet room.", "if you"),
    ("en", "The lid could do with a hinge.", "in need"), ("en", "we took a tram", "we did"),
    ("zh", "要是能定时就好了", "it would be good"), ("zh", "建议加个提手", "suggest"), ("zh", "请问保修多久", "question"),
    ("zh", "千万别买", "do not")])
def test_a_cue_is_found(language, text, cue):
    assert cues([text], language)[0, list(CUES[language]).index(cue)] == 1


def test_a_polite_question_is_no_request_in_chinese():
    assert cues(["请问多少钱"], "zh")[0, list(CUES["zh"]).index("please")] == 0
