import csv

import numpy as np
import pandas as pd
import pytest

from tests.models.test_prior import kind, model_of
from workbench import models
from workbench.errors import ModelError
from workbench.models.classifier import Classifier
from workbench.models.prior import SAID
from workbench.models.shift import CLEAR, divide


def domain(apart: float, share: float, texts: int = 1000, at: float = -4.0):
    """A model and texts whose log odds are two groups, both far from where it was taught to draw the line."""
    rng = np.random.default_rng(0)
    upper = rng.random(texts) < share
    odds = dict(zip(map(str, range(texts)), at + rng.normal(0, 1, texts) + apart * upper, strict=True))
    return Classifier({"labels": ["no", "yes"]}, lambda some: np.array([[0, odds[text]] for text in some]), set()), upper


@pytest.mark.parametrize("share", [0.15, 0.4, 0.6])
def test_the_line_is_found_where_the_domain_divides(share):
    model, upper = domain(apart=4, share=share)
    texts = [str(n) for n in range(1000)]
    assert (model.predict(texts)["label"] == "yes").mean() < share / 2
    found = divide(model, texts)
    assert ((found.predict(texts)["label"] == "yes").to_numpy() == upper).mean() > 0.95
    assert found.shares["yes"] == pytest.approx(share, abs=0.04) and found.apart > CLEAR


def test_each_text_is_read_once():
    model, _ = domain(apart=4, share=0.4)
    texts, reads, logits = [str(n) for n in range(900)], [], model.logits
    model.logits = lambda some: reads.extend(some) or logits(some)
    found = divide(model, texts)
    told = found.probabilities([*texts[::-1], "950", *texts])  # a file repeats texts
    assert sorted(reads) == sorted([*texts, "950"])
    np.testing.assert_allclose(told[:900][::-1], told[901:])
    assert told[901:].argmax(axis=1).mean() == found.shares["yes"]


def test_one_group_is_said_to_be_hardly_two():
    model, _ = domain(apart=0, share=0.5)
    assert divide(model, [str(n) for n in range(1000)]).apart < CLEAR


def test_more_labels_or_too_few_texts_are_refused():
    three = Classifier({"labels": ["a", "b", "c"]}, lambda some: np.zeros((len(some), 3)), set())
    with pytest.raises(ModelError, match="3 labels: a new domain can be divided without labels only in two"):
        divide(three, [str(n) for n in range(100)])
    model, _ = domain(2, 0.5)
    with pytest.raises(ModelError, match="9 different texts"):
        divide(model, [str(n) for n in range(9)])


def test_a_file_of_a_new_domain_is_scored_along_its_own_line(planted, tmp_path):
    data = models.split(planted(labels=2), "sentiment", "en")
    models.save_classifier(models.fit_linear(data), tmp_path / "model")
    rows = [(f"{sign} thing number {i}",) for i in range(60) for sign in ("good", "broken")]
    with (tmp_path / "new.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("text",), *rows, ("",)])
    scored = models.score_file(tmp_path / "model", tmp_path / "new.csv", "text", tmp_path / "out.csv", learn=divide)
    out = pd.read_csv(tmp_path / "out.csv", keep_default_na=False)
    assert scored.rows == 121 and scored.bad == 1 and scored.notes[0].startswith(
        "the line between the labels was found in the file itself: 50% negative, 50% positive")
    assert out["label"].tolist()[:4] == ["positive", "negative"] * 2 and out["reason"].iloc[-1] == "empty text"


def test_the_words_of_the_domain_are_learnt_from_its_surest_texts():
    """The model knows "please"; that "kindly" and the goods of this domain say as much is only in its texts."""
    rng = np.random.default_rng(0)
    upper = rng.random(600) < 0.3
    known = rng.random(600) < 0.6  # where the model sees its own cue
    texts = [f"{'please kindly' if k else 'kindly'} add a lid to pot {i}" if u else f"pot {i} {'came' if k else 'is'} clean"
             for i, (u, k) in enumerate(zip(upper, known, strict=True))]
    noise = dict(zip(texts, rng.normal(0, 1.0, 600), strict=True))

    def logits(some):
        odds = [-5 + 5 * ("please" in text) - 2 * ("came" in text) + noise[text] for text in some]
        return np.stack([np.zeros(len(some)), odds], axis=1)

    model = Classifier({"labels": ["none", "wish"], "language": "en"}, logits, set())
    blind = Classifier({"labels": ["none", "wish"]}, logits, set())  # of no language, so without words

    def right(found):
        return ((found.predict(texts)["label"] == "wish").to_numpy() == upper).mean()

    assert right(model) < 0.85 and right(divide(blind, texts)) < 0.95
    assert right(divide(model, texts)) > 0.98


def test_states_are_the_mean_of_a_texts_own_tokens_whatever_stands_beside_it(trained):
    encoder = trained.models["encoder"]
    texts = ["good thing", "a broken thing that nobody would buy again", "good"]
    alone = np.concatenate([encoder.states([text]) for text in texts])
    assert alone.shape == (3, encoder.model.config.hidden_size)
    assert np.allclose(encoder.states(texts), alone, atol=1e-5)



def test_words_tell_whether_the_domain_is_new(planted):
    """Known words: only the shares may be others, however many they are. Unknown words: the texts divide themselves."""
    data = models.split(planted(labels=2, products=80), "sentiment", "en")
    model = models.train_task(data, None).models["linear"]
    truth, texts = data.codes("test"), data.texts("test")
    known = [text for i, (text, code) in enumerate(zip(texts, truth, strict=True)) if code or i % 8 == 0]
    share = truth.sum() / len(known)
    moved = models.move(model, known)
    assert isinstance(moved, models.Reweighed) and share > .7
    assert moved.shares.found["positive"] == pytest.approx(share, abs=.05)
    new = [f"{text} überschwänglich möblierte wohnküche" for text in known]
    assert isinstance(models.move(model, new), models.Divided)


def test_where_no_words_are_known_the_shares_tell():
    model, texts = model_of(kind([.9, .1], 800)[0], [.75, .25])
    assert SAID in model.card and isinstance(models.move(model, texts), models.Reweighed)
    model, texts = model_of(kind([.5, .5], 800, at=-3)[0], [.75, .25])
    assert isinstance(models.move(model, texts), models.Divided)
