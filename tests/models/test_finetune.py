import torch

from workbench import models
from workbench.models.finetune import FROZEN, Recipe


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
