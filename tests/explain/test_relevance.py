import numpy as np
import pytest

from workbench import explain
from workbench.errors import ModelError
from workbench.explain.gradients import attn_lrp
from workbench.explain.reading import encode
from workbench.explain.relevance import rules

TEXT = "the kettle is zap very blue a lid"


def test_relevance_is_conserved(shortcut):
    """What words, places, biases and the softmax get is the logit itself: nothing is made and nothing lost on the way."""
    import copy

    import torch

    model = copy.deepcopy(shortcut.model).double()
    encoded = encode(shortcut, TEXT)
    whole = []
    hook = model.base_model.embeddings.LayerNorm.register_forward_pre_hook(lambda _, inputs: whole.append(inputs[0]))
    biases = [value for name, value in model.named_parameters() if name.endswith("bias")]
    with rules(model), torch.enable_grad():
        out = model(**encoded, output_attentions=True)
        logit = out.logits[0, 1]
        found = torch.autograd.grad(logit, [whole[0], *biases, *out.attentions], allow_unused=True)
    hook.remove()
    taken = [(value * gradient).sum() for value, gradient in zip([whole[0], *biases], found, strict=False)
             if gradient is not None]
    assert len(taken) == 1 + len(biases), "every bias of the model takes part"
    softmax = []
    for weights, gradient in zip(out.attentions, found[-len(out.attentions):], strict=True):
        inner = weights * (gradient - (weights * gradient).sum(-1, keepdim=True))  # the gradient of the scores
        softmax.append(((weights * gradient).sum() - (weights.log() * inner).sum()) / 2)  # a half: the rule of products
    total = (sum(taken) + sum(softmax)).item()
    assert total == pytest.approx(logit.item(), rel=1e-9)


def test_the_rules_leave_the_prediction_and_the_model_as_they_were(shortcut):
    def hooks():  # transformers leaves its own where attentions were asked for
        return [len(module._forward_hooks) for module in shortcut.model.modules()]

    before, found = shortcut.logits([TEXT]), hooks()
    with rules(shortcut.model):
        assert np.allclose(shortcut.logits([TEXT]), before, atol=1e-5)
    assert hooks() == found
    reading = explain.read(shortcut, TEXT, "en")
    assert np.array_equal(attn_lrp(shortcut, reading), attn_lrp(shortcut, reading))


def test_a_model_of_another_build_is_refused():
    import torch

    with pytest.raises(ModelError, match="query, key, value"), rules(torch.nn.Linear(2, 2)):
        pass
