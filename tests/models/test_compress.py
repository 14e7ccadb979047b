"""Fewer bits and smaller students: they agree with the model they were made of, and are read back as they were."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from workbench import models
from workbench.errors import ModelError
from workbench.models import card as cards
from workbench.models import forms
from workbench.models.card import identity
from workbench.models.compress import PRECISIONS, products, rounded
from workbench.models.store import fast_folder

TEXTS = ["a good tent", "the lid is broken", "so-so lamp", "kettle", ""]


@pytest.fixture(scope="module")
def teacher(trained):
    return trained.models["encoder"]


@pytest.fixture(scope="module")
def unlabelled(trained):
    return [f"{text} again" for text in trained.data.texts("train")[:60]]


@pytest.fixture(scope="module")
def stored(trained, tmp_path_factory):
    """The folder of a task that its encoder serves."""
    return replace(trained, serves="encoder").save(tmp_path_factory.mktemp("compress") / "sentiment_en")


@pytest.fixture(scope="module")
def found(stored, trained, unlabelled):
    study = models.Study(step=1, epochs=6, learning_rate=3e-3, batch=8)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(forms, "native", lambda: ["bfloat16", "int8"])  # both are right anywhere, if slow
        return models.compare_forms(stored, trained.data, unlabelled, 0.01, study)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_fewer_bits_say_the_same_and_are_read_back(teacher, trained, tmp_path, precision):
    made, texts = models.compress(teacher, precision), trained.data.texts("test")
    told, plain = made.probabilities(texts), teacher.probabilities(texts)
    assert (told.argmax(axis=1) == plain.argmax(axis=1)).mean() > 0.97 and np.abs(told - plain).max() < 0.1
    models.save_classifier(made, tmp_path / "m")
    again = models.load_classifier(tmp_path / "m")
    np.testing.assert_array_equal(again.probabilities(texts), told)
    assert again.card["precision"] == precision and again.seen(trained.data.texts("train")[:3]).all()
    assert (tmp_path / "m" / cards.WEIGHTS).stat().st_size < 0.6 * sum(
        weight.nbytes for weight in teacher.model.state_dict().values())
    assert {path.suffix for path in (tmp_path / "m").iterdir()} <= {".json", ".safetensors", ".txt"}


def test_the_model_it_was_made_of_stays_as_it_was(teacher):
    before = teacher.probabilities(TEXTS)
    models.compress(teacher, "int8").probabilities(TEXTS)
    np.testing.assert_array_equal(teacher.probabilities(TEXTS), before)


def test_int8_does_not_depend_on_company(teacher):
    model = models.compress(teacher, "int8")
    alone = np.concatenate([model.probabilities([text]) for text in TEXTS])
    np.testing.assert_allclose(model.probabilities(TEXTS * 30)[:5], alone, atol=0.01)


def test_rounding_loses_at_most_half_a_step():
    import torch

    weights = torch.randn(20, 30, generator=torch.Generator().manual_seed(0)) * torch.logspace(-3, 3, 20)[:, None]
    rows, scales = rounded(weights)
    assert ((rows * scales - weights).abs() <= scales * 0.5001).all() and rows.dtype == torch.int8
    assert rounded(torch.zeros(1, 4))[0].abs().max() == 0


@pytest.mark.parametrize("damage", ["changed", "other shape", "precision"])
def test_a_damaged_one_is_refused(teacher, tmp_path, damage):
    folder = models.save_classifier(models.compress(teacher, "int8"), tmp_path / "m")
    card = models.read_card(folder)
    if damage == "changed":
        (folder / cards.WEIGHTS).write_bytes((folder / cards.WEIGHTS).read_bytes()[:-1] + b"\x07")
    elif damage == "other shape":
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 16}))
    else:
        (folder / cards.CARD).write_text(json.dumps(card | {"precision": "int4"}))
    with pytest.raises(ModelError, match=r"damaged|does not fit|precision 'int4'"):
        models.load_classifier(folder)


def test_what_has_no_encoder_is_refused(trained):
    with pytest.raises(ModelError, match="no encoder to compress"):
        models.compress(trained.models["linear"], "int8")
    with pytest.raises(ModelError, match="distil_linear"):
        models.distil(trained.models["linear"], trained.data, [])


def test_a_pool_is_compressed_in_its_encoder(trained):
    pool = trained.models["pooled"]
    made = models.compress(pool, "int8")
    assert made.parts["encoder"].card["precision"] == "int8" and made.parts["linear"] is pool.parts["linear"]
    np.testing.assert_allclose(made.probabilities(TEXTS), pool.probabilities(TEXTS), atol=0.1)


def test_students_are_better_than_chance_and_read_back(found, trained, tmp_path):
    chance = trained.test["majority"].value("macro_f1")[0]
    by = {one.name: one for one in found.made}
    for name in ("student", "student, int8", "linear student"):
        assert by[name].test.value("macro_f1")[0] > chance + 0.3, name
        model = by[name].model
        again = models.load_classifier(models.save_classifier(model, tmp_path / name))
        np.testing.assert_array_equal(again.probabilities(TEXTS), model.probabilities(TEXTS))
    assert by["student"].model.card["unlabelled_texts"] == 60


def test_a_student_takes_every_second_layer(trained, tiny_base):
    from transformers import BertConfig, BertForSequenceClassification

    origin = trained.models["encoder"]
    config = BertConfig(**origin.model.config.to_dict() | {"num_hidden_layers": 4})
    deep = models.EncoderClassifier(dict(origin.card), BertForSequenceClassification(config), origin.tokenizer, set())
    student = models.distil(deep, trained.data, [], models.Study(epochs=1, learning_rate=0.0))
    assert student.model.config.num_hidden_layers == 2 and student.card["base"].endswith("2 of 4 layers")
    first, third = (deep.model.bert.encoder.layer[i].state_dict() for i in (0, 2))
    for place, layer in ((0, first), (1, third)):
        for name, weight in student.model.bert.encoder.layer[place].state_dict().items():
            assert (weight == layer[name]).all(), name


def test_of_those_that_lose_little_the_one_of_least_work_serves(found):
    names = [one.name for one in found.made]
    assert names == [name for name in forms.ORDER if name in names]
    chosen, plain = found.serves, found.made[0]
    assert chosen.lost_validation <= 0.01
    assert all(one.lost_validation > 0.01 for one in found.made[names.index(chosen.name) + 1:])
    assert plain.name == "plain" and found.ratio(plain) == 1 and plain.agreement == 1 and plain.lost == (0, 0, 0)
    assert min(one.size for one in found.made) < plain.size


def test_it_is_stored_beside_the_model_and_loaded_in_its_place(found, stored, tmp_path):
    folder = shutil.copytree(stored, tmp_path / "sentiment_en")
    plain = models.load_fast(folder)
    assert "form" not in plain.card
    found.save(tmp_path)
    fast = models.load_fast(folder)
    assert fast.card["form"] == found.serves.name
    np.testing.assert_array_equal(fast.probabilities(TEXTS), found.serves.model.probabilities(TEXTS))
    card = models.read_card(fast_folder(folder))
    assert [row["form"] for row in card["forms"]] == [one.name for one in found.made]
    assert "at most 0.01 macro F1 on the validation side" in card["chosen_by"] and card["made_from"] == identity(stored)
    assert "(linear)" not in models.describe(fast.card)


def test_a_pool_in_int8_is_stored_with_its_parts(found, trained, stored, tmp_path):
    folder = shutil.copytree(stored, tmp_path / "sentiment_en")
    pool = models.compress(trained.models["pooled"], "int8")
    form = forms.Form("int8", pool, 1, (1.0,), 0.0, found.made[0].test, (0, 0, 0), 1.0)
    forms.Forms(trained.data, [found.made[0], form], 0.01, 0, found.made_from).save(tmp_path)
    again = models.load_fast(folder)
    assert again.card["kind"] == "pooled"
    np.testing.assert_array_equal(again.probabilities(TEXTS), pool.probabilities(TEXTS))


def test_pools_are_judged_by_what_they_did_not_learn_from(found, trained, tmp_path):
    """Every form that is pooled is stored whole, and its loss is against what the plain model told by the same rule."""
    by = {one.name: one for one in found.made}
    assert by["student pool, int8"].model.card["parts"] == ["encoder", "linear"]
    assert by["linear pool"].model.card["parts"] == ["linear"]
    for name in ("student pool, int8", "linear pool"):
        assert by[name].test.value("macro_f1")[0] > 0.9 and by[name].lost_validation < 0.1, name
        folder = tmp_path / name
        only = forms.Forms(trained.data, [by["plain"], by[name]], 1.0, 0, found.made_from)
        only.save(folder)
        again = models.load_classifier(folder / "sentiment_en_fast")
        np.testing.assert_array_equal(again.probabilities(TEXTS), by[name].model.probabilities(TEXTS))


def test_clocks_that_contradict_each_other_choose_and_write_the_same(found, tmp_path):
    names = [one.name for one in found.made]
    clocks = [{name: (seconds,) * 5 for name, seconds in zip(names, times, strict=True)}
              for times in (range(1, len(names) + 1), range(len(names), 0, -1))]
    rising, falling = (replace(found, made=[replace(one, seconds=clock[one.name]) for one in found.made])
                       for clock in clocks)
    assert rising.serves.name == falling.serves.name == found.serves.name
    for place, one in enumerate((rising, falling)):
        one.save(tmp_path / str(place))
    written = [{path.relative_to(tmp_path / place): path.read_bytes() for path in (tmp_path / place).rglob("*")
                if path.is_file()} for place in "01"]
    assert written[0] == written[1] and not any(b"seconds" in told for told in written[0].values())
    assert rising.faster.name == "plain" and falling.faster is None, "a clearly faster one is said, not chosen"
    unsure = replace(rising, made=[replace(one, seconds=(*one.seconds[:4], 99.0)) for one in rising.made[:1]]
                     + rising.made[1:])
    assert unsure.faster is None or unsure.faster.name != "plain", "faster in four rounds of five is within the spread"


def test_int8_that_would_overflow_is_computed_by_floats(teacher, monkeypatch):
    model = models.compress(teacher, "int8")
    told = model.probabilities(TEXTS)
    monkeypatch.setitem(products.__globals__, "has_int8", lambda: False)
    np.testing.assert_allclose(model.probabilities(TEXTS), told, atol=1e-6)


def test_what_this_machine_does_not_compute_with_is_not_made(stored, trained, unlabelled, monkeypatch):
    monkeypatch.setattr(forms, "native", list)
    few = models.compare_forms(stored, trained.data, unlabelled[:5], 0.01, models.Study(step=1, epochs=1))
    assert [one.name for one in few.made] == ["plain", "student", "linear pool", "linear student", "linear"]


def test_one_made_of_an_earlier_model_is_refused(found, stored, tmp_path):
    folder = shutil.copytree(stored, tmp_path / "sentiment_en")
    found.save(tmp_path)
    card = models.read_card(folder / "linear")
    (folder / "linear" / cards.CARD).write_text(json.dumps(card | {"sha256": "other"}))
    with pytest.raises(ModelError, match="earlier sentiment_en; run 22_compress again"):
        models.load_fast(folder)


def test_where_nothing_does_less_work_nothing_is_stored(found, stored, tmp_path):
    folder = shutil.copytree(stored, tmp_path / "sentiment_en")
    found.save(tmp_path)
    only = forms.Forms(found.data, found.made[:1], 0.01, 0, found.made_from)
    only.save(tmp_path)
    assert not fast_folder(folder).exists() and only.serves.name == "plain"


def test_a_linear_model_that_serves_is_its_only_form(planted, tmp_path):
    data = models.split(planted("zh"), "sentiment", "zh")
    folder = models.train_task(data, None).save(tmp_path / "sentiment_zh")
    alone = models.compare_forms(folder, data, [], 0.01)
    assert [one.name for one in alone.made] == ["plain"]


def test_what_a_form_loses_is_told_with_the_interval_of_the_pairs(planted):
    data = models.split(planted(), "sentiment", "en", seed=1)
    right = np.eye(3)[data.codes("test")]
    wrong = right[:, [1, 2, 0]]
    half = np.where(np.random.default_rng(0).random((len(right), 1)) < 0.5, right, wrong)
    lost, low, high = forms.lost_f1(data, right, half)
    assert low < lost < high and lost == pytest.approx(0.5, abs=0.15)
    assert forms.lost_f1(data, half, half) == (0, 0, 0)
