import pytest
import torch
from torch.optim.swa_utils import AveragedModel

from workbench import models
from workbench.models import finetune
from workbench.models.finetune import FROZEN, Recipe, _after_each_pass


def test_what_is_frozen_stays_and_the_rest_learns(tiny_base, planted):
    data, base = models.split(planted(), "sentiment", "en"), models.load_base(tiny_base)
    made = models.fit_encoder(data, base, Recipe(epochs=1, frozen=1))
    moved = {name.split(".")[0] for name, weight in base.encoder().named_parameters()
             if not torch.equal(weight, made.model.base_model.get_parameter(name))}
    assert moved == {"encoder", "pooler"}
    assert all(weight.requires_grad for weight in made.model.parameters()) and made.card["recipe"]["frozen"] == 1


def test_only_an_encoder_of_a_hub_is_frozen_unless_asked():
    assert [Recipe().fitted(weights, 6, 300).frozen for weights in (2_000_000, 22_000_000)] == [0, FROZEN]
    assert Recipe(frozen=0).fitted(22_000_000, 6, 300).frozen == 0


def test_the_weights_after_each_pass_are_averaged():
    model = torch.nn.Linear(1, 1, bias=False)
    averaged = AveragedModel(model)
    for weight in (1.0, 2.0, 6.0):
        torch.nn.init.constant_(model.weight, weight)
        _after_each_pass(averaged).on_epoch_end(None, None, None, model=model)
    assert averaged.module.weight.item() == pytest.approx(3.0)


def test_the_mean_of_the_passes_serves_only_where_validation_says_so(tiny_base, planted, monkeypatch):
    data, base, recipe = models.split(planted(), "sentiment", "en"), models.load_base(tiny_base), Recipe(epochs=2, frozen=1)
    monkeypatch.setattr(finetune, "_metrics", lambda labels: lambda found: {"macro_f1": 0.5, "log_loss": 0.5})
    losses = iter((0.5, 0.4, 0.4, 0.5))  # of the best pass and of the mean
    monkeypatch.setattr(finetune, "log_loss", lambda *_: next(losses))
    monkeypatch.setattr(finetune, "is_small", lambda weights: False)
    made = models.fit_encoder(data, base, recipe)
    assert made.card["passes"] == "mean" and all(weight.requires_grad for weight in made.model.parameters())
    assert models.fit_encoder(data, base, recipe).card["passes"] == "best"


def test_passes_of_a_small_encoder_have_no_mean(tiny_base, planted):
    data = models.split(planted(), "sentiment", "en")
    assert models.fit_encoder(data, models.load_base(tiny_base), Recipe(epochs=2)).card["passes"] == "best"
