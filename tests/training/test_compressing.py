"""22_compress: which models are there, their forms side by side, what is written and told."""

from dataclasses import replace

import pandas as pd
import pytest

from workbench import models, training
from workbench.errors import ParameterError
from workbench.findings import load_finding
from workbench.tables import contract
from workbench.training.compressing import FORMS


@pytest.fixture(scope="module")
def labels():
    telling = {"positive": "love this one", "negative": "it is broken", "neutral": "so it goes"}
    rows = [(f"{telling[label]} {['kettle', 'lid', 'tent', 'bag'][(p + i) % 4]} {p} {i}", label, "sentiment", "en", None,
             f"P{p}") for p in range(20) for i, label in enumerate([*telling] * 4)]
    return pd.DataFrame(rows, columns=contract("labelled_texts").names)


@pytest.fixture(scope="module")
def tiny(labels, tmp_path_factory):
    """A BERT of one layer, and what learnt on it."""
    from transformers import BertConfig, BertForMaskedLM

    from workbench.models.vocabulary import train_tokenizer

    tokenizer = train_tokenizer(labels["text"].tolist(), 500, at_least=1)
    folder = tmp_path_factory.mktemp("tiny")
    config = BertConfig(vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
                        intermediate_size=64, max_position_embeddings=64, initializer_range=0.1)
    BertForMaskedLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    lessons = training.gather(pd.DataFrame({"text": [], "language": []}, dtype="string"), labels, "", 0)
    recipe = models.Recipe(epochs=8, learning_rate=3e-3, batch=8, patience=8)
    return replace(models.train_task(lessons.sets[0], models.load_base(folder), recipe), serves="encoder")


@pytest.fixture
def reviews(reviews_of, labels):
    return pd.concat([reviews_of(labels["text"].tolist()[:10]), reviews_of([f"love the lid {i}" for i in range(90)])])


def test_models_are_found_with_the_texts_they_learnt_from(shop, reviews, labels, tiny):
    tiny.save(shop.models / "sentiment_en")
    found = training.stored(shop, reviews, labels, None, "sentiment", 50)
    assert found.sets[0].sizes == tiny.data.sizes and found.table["base"].tolist() == [tiny.card["base"]]
    unlabelled, held_out = found.unlabelled["sentiment_en"], {*tiny.data.groups("test"), *tiny.data.groups("validation")}
    assert 0 < len(unlabelled) <= 50 and not set(unlabelled) & set(labels["text"])
    of = dict(zip(reviews["text"], reviews["product"], strict=True))
    assert not {of[text] for text in unlabelled} & held_out
    with pytest.raises(ParameterError, match="tasks name 'mood'; the models of this source are sentiment_en"):
        training.stored(shop, reviews, labels, None, "sentiment, mood")


def test_labels_that_changed_are_said_and_nothing_is_measured(shop, reviews, labels, tiny):
    tiny.save(shop.models / "sentiment_en")
    found = training.stored(shop, reviews, labels.head(150), None, "")
    assert found.sets == [] and "labels have changed since it was trained" in found.notes[0]
    assert "no trained model" in training.compression_finding(training.compress(shop, found)).sentence


def test_without_models_the_finding_says_so(shop, reviews):
    found = training.stored(shop, reviews, None, None)
    told = load_finding(training.compression_finding(training.compress(shop, found)).save(shop))
    assert "run 21_fine_tune first" in told.sentence and not shop.models.exists()


def test_forms_are_compared_written_and_told(shop, reviews, labels, tiny):
    tiny.save(shop.models / "sentiment_en")
    found = training.stored(shop, reviews, labels, None, "", 20)
    compressed = training.compress(shop, found, tolerance=0.5)
    compressed.save(shop)
    forms = compressed.forms
    assert forms["form"].iloc[0] == FORMS["plain"] and set(forms["form"]) <= set(FORMS.values()) and len(forms) >= 5
    assert forms["serves"].sum() == 1 and (forms["speed"] > 0).all() and forms["agreement"].between(0, 1).all()
    assert (forms["lost_ci_lower"] <= forms["lost"]).all() and (forms["lost"] <= forms["lost_ci_upper"]).all()
    told = load_finding(training.compression_finding(compressed).save(shop))
    serves = compressed.tasks[0].serves
    assert f"measured {compressed.tasks[0].ratio(serves):.1f} times as fast" in told.sentence
    assert FORMS[serves.name] in told.sentence and "by least work, not by the clock" in told.sentence
    assert "at most 0.5 macro F1" in told.how_sure[0] and "bootstrap" in told.how_sure[0]
    assert models.load_fast(shop.models / "sentiment_en").card["form"] == serves.name
    assert training.stored(shop, reviews, labels, None, "").sets[0].name == "sentiment_en"  # what was written is no task


def test_what_was_measured_faster_is_said_and_changes_nothing_else(shop, reviews, labels, tiny):
    tiny.save(shop.models / "sentiment_en")
    compressed = training.compress(shop, training.stored(shop, reviews, labels, None, "", 20), tolerance=1.0)
    task, told = compressed.tasks[0], []
    for pace in (1, -1):  # contradictory clocks
        made = [replace(one, seconds=(2.0 ** (pace * place),) * 5) for place, one in enumerate(task.made)]
        other = replace(compressed, tasks=[replace(task, made=made)])
        assert other.tasks[0].serves.name == task.serves.name == "linear"
        told.append(training.compression_finding(other))
    slow, fast = told
    assert f"“{FORMS['plain']}”, which loses little too" in slow.caveats[-1] and "the choice stays" in slow.caveats[-1]
    assert not any("the choice stays" in line for line in fast.caveats) and slow.how_sure == fast.how_sure
    measured = ["speed", "ratio"]
    pd.testing.assert_frame_equal(slow.table.drop(columns=measured), fast.table.drop(columns=measured))
    assert [name for name, label in slow.labels.items() if "measured" in label] == measured


def test_a_form_that_loses_more_on_test_texts_than_allowed_is_a_caveat(shop, reviews, labels, tiny):
    tiny.save(shop.models / "sentiment_en")
    compressed = training.compress(shop, training.stored(shop, reviews, labels, None, "", 20), tolerance=1.0)
    task = compressed.tasks[0]
    for lost, said in (((0.05, 0.02, 0.08), True), ((0.05, 0.005, 0.095), False)):
        made = [*task.made[:-1], replace(task.made[-1], lost=lost, lost_validation=0.0)]
        told = training.compression_finding(replace(compressed, tasks=[replace(task, made=made, tolerance=0.01)]))
        assert any("loses 0.050 macro F1 on test texts" in line for line in told.caveats) == said


def test_a_linear_model_is_left_as_it_is(shop, reviews, labels):
    lessons = training.gather(reviews, labels, "", 0)
    training.save(shop, training.teach(lessons, {"en": None}))
    compressed = training.compress(shop, training.stored(shop, reviews, labels, None, ""))
    compressed.save(shop)
    assert "the linear model serves" in compressed.notes[0] and not (shop.models / "sentiment_en_fast").exists()
    assert "stays as it was trained" in training.compression_finding(compressed).sentence


def test_a_tolerance_that_is_none_is_refused(shop):
    with pytest.raises(ParameterError, match="tolerance 10"):
        training.compress(shop, training.Stored(), tolerance=10)
