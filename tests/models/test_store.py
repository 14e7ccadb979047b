import json
import shutil

import numpy as np
import pytest

from workbench import models
from workbench.errors import ModelError
from workbench.models import card as cards
from workbench.models import encoder

TEXTS = ["a good tent", "the lid is broken", "so-so lamp", "kettle", ""]


def test_both_kinds_find_the_word_that_decides_on_products_never_seen(trained):
    for kind in ("linear", "encoder"):
        assert trained.test[kind].value("macro_f1")[0] > 0.95, kind
    assert trained.test["majority"].value("macro_f1")[0] < 0.4
    assert len(trained.models["encoder"].card["history"]) >= 2


def test_chinese_is_read_as_well(planted):
    data = models.split(planted("zh"), "sentiment", "zh")
    trained = models.train_task(data, None)
    assert trained.serves == "linear" and trained.test["linear"].value("macro_f1")[0] > 0.95


def test_what_is_loaded_is_what_was_saved(trained, stored):
    for kind, model in trained.models.items():
        again = models.load_classifier(stored, kind=kind)
        np.testing.assert_allclose(again.probabilities(TEXTS), model.probabilities(TEXTS), atol=1e-6)
        np.testing.assert_allclose(again.probabilities(TEXTS).sum(axis=1), 1)
        assert again.card["sha256"] and again.card["task"] == "sentiment" and again.labels == trained.data.labels
    served = models.load_classifier(stored)
    assert served.card["kind"] == trained.serves == models.read_card(stored)["serves"]
    assert served.predict(TEXTS[:2])["label"].tolist() == ["positive", "negative"]
    assert served.predict([]).empty


def test_probabilities_do_not_depend_on_company_or_order(stored):
    for kind in ("linear", "encoder"):
        model = models.load_classifier(stored, kind=kind)
        together = model.probabilities(TEXTS * 30)
        np.testing.assert_allclose(together[:5], np.concatenate([model.probabilities([text]) for text in TEXTS]), atol=1e-5)
        np.testing.assert_allclose(together[::-1], model.probabilities((TEXTS * 30)[::-1]), atol=1e-5)


def test_a_model_knows_its_training_texts(trained, stored):
    model = models.load_classifier(stored)
    learnt, other = trained.data.texts("train"), trained.data.texts("test")
    assert model.seen([learnt[0].upper(), f"  {learnt[1]} "]).all() and not model.seen(other).any()


def test_the_card_tells_what_a_reader_must_know(trained, stored):
    card = models.read_card(stored)
    assert card["split"]["held_out_by"] == "product" and card["split"]["groups"]["test"] == 5
    assert card["origin"] == "planted" and set(card["test"]) == {"linear", "encoder", "pooled", "majority"}
    row = card["test"][card["serves"]]["table"][0]
    assert row["metric"] == "accuracy" and row["ci_lower"] <= row["value"] <= row["ci_upper"]
    assert "bootstrap" in card["test"]["linear"]["interval"]


def test_attention_is_given_where_asked(stored):
    model = models.load_classifier(stored, kind="encoder", attention=True)
    tokens = model.tokenizer(TEXTS[0], return_tensors="pt")
    assert len(model.model(**tokens, output_attentions=True).attentions) == 1
    with pytest.raises(ModelError, match="no attention"):
        models.load_classifier(stored, kind="linear", attention=True)


@pytest.mark.parametrize("kind", ["linear", "encoder"])
@pytest.mark.parametrize("damage", ["changed", "cut", "gone", "card"])
def test_a_damaged_model_is_refused(stored, tmp_path, kind, damage):
    folder = shutil.copytree(stored, tmp_path / "model")
    weights = folder / kind / cards.WEIGHTS
    if damage == "changed":
        weights.write_bytes(weights.read_bytes()[:-1] + b"\x00\x01"[-1:])
    elif damage == "cut":
        weights.write_bytes(weights.read_bytes()[:100])
    elif damage == "gone":
        weights.unlink()
    else:
        (folder / kind / cards.CARD).write_text("{")
    with pytest.raises(ModelError, match=r"damaged|not there|no model"):
        models.load_classifier(folder, kind=kind)


def test_a_vocabulary_that_was_exchanged_is_refused(stored, tmp_path):
    folder = shutil.copytree(stored, tmp_path / "model")
    words = json.loads((folder / "linear" / "vocabulary.json").read_text())
    (folder / "linear" / "vocabulary.json").write_text(json.dumps([part[::-1] for part in words]))
    with pytest.raises(ModelError, match="damaged or exchanged"):
        models.load_classifier(folder, kind="linear")


def test_nothing_there_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match="21_fine_tune"):
        models.load_classifier(tmp_path / "none")


def test_a_save_that_fails_leaves_the_old_model(trained, stored, tmp_path, monkeypatch):
    folder = shutil.copytree(stored, tmp_path / "model")
    monkeypatch.setattr(cards, "write_card", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        trained.save(folder)
    assert models.load_classifier(folder).labels and [path.name for path in tmp_path.iterdir()] == ["model"]


def test_minilm_is_the_real_one():
    base = models.load_base("minilm")
    assert base.tokenizer().tokenize("Kettle") == ["kettle"]


def test_an_exchanged_minilm_is_refused(monkeypatch):
    monkeypatch.setattr(encoder, "MINILM_SHA256", "0" * 64)
    with pytest.raises(ModelError, match="expected 0000"):
        models.load_base("minilm")


def test_a_folder_is_loaded_like_a_hub_name(tiny_base, monkeypatch):
    by_folder = models.load_base(str(tiny_base))
    assert by_folder.classifier(["a", "b"]).config.id2label == {0: "a", 1: "b"}
    monkeypatch.chdir(tiny_base.parent)  # a relative folder looks like a hub name and is one for transformers too
    by_name = models.load_base(tiny_base.name)
    assert by_name.tokenizer().get_vocab() == by_folder.tokenizer().get_vocab()


def test_a_hub_that_cannot_be_reached_is_an_error_and_nothing_else(monkeypatch):
    monkeypatch.setattr("transformers.AutoConfig.from_pretrained",
                        lambda *_, **__: (_ for _ in ()).throw(OSError("We couldn't connect")))
    with pytest.raises(ModelError, match=r"'bert-base-chinese' could not be loaded from the model hub: We couldn't"):
        models.load_base("bert-base-chinese")


def test_small_means_the_same_wherever_it_is_asked(tiny_base, monkeypatch):
    base, texts = models.load_base(tiny_base), 300
    weights = base.masked().num_parameters()
    for most, small in ((weights + 1, True), (weights, False)):
        monkeypatch.setattr("workbench.models.encoder.SMALL", most)
        assert base.small == small and (models.Recipe().fitted(weights, 4, texts).epochs == 10) == small
    assert not models.load_base("minilm").small


def test_pickled_weights_are_refused(tiny_base, tmp_path):
    folder = shutil.copytree(tiny_base, tmp_path / "old")
    (folder / cards.WEIGHTS).rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="pickled weights are refused"):
        models.load_base(folder)
    with pytest.raises(ModelError, match="no model folder"):
        models.load_base(tmp_path / "nowhere")
