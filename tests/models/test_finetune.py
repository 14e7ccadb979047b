import torch

from workbench import models


def test_what_is_frozen_stays_and_the_rest_learns(tiny_base, planted):
    data, base = models.split(planted(), "sentiment", "en"), models.load_base(tiny_base)
    made = models.fit_encoder(data, base, models.Recipe(epochs=1, frozen=1))
    moved = {name.split(".")[0] for name, weight in base.encoder().named_parameters()
             if not torch.equal(weight, made.model.base_model.get_parameter(name))}
    assert moved == {"encoder", "pooler"}
    assert all(weight.requires_grad for weight in made.model.parameters()) and made.card["recipe"]["frozen"] == 1
