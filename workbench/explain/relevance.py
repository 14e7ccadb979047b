"""AttnLRP: the prediction handed back from layer to layer, nothing made on the way (Achtibat et al. 2024, ICML).

Input times gradient is layer-wise relevance propagation once the gradient of each step is the one its rule asks for:

================  =====================================================================  ==================
step              rule                                                                   equation
================  =====================================================================  ==================
linear, residual  epsilon rule with epsilon 0: the plain gradient                        8
softmax           first-order Taylor expansion: the plain gradient                       13
product           uniform rule: each factor gets half. A value half; a query and a key   15
                  a quarter each, since the attention weights already had half
GELU, tanh        identity rule: all relevance passes through, the factor is constant    9
LayerNorm         identity rule on the normalisation: the deviation is a constant        16 (section 3.3.3)
================  =====================================================================  ==================

The rules are hooks on the model's own modules, so the forward pass gives the same numbers, nothing of transformers is
copied, and any encoder serves whose projections are called as in :data:`PROJECTIONS`. What the biases and the softmax
take is theirs (tests/explain/test_relevance.py adds everything up again).
"""

from contextlib import contextmanager

from workbench.errors import ModelError

#: names of the projections (BERT, RoBERTa, ELECTRA; DistilBERT) and the share of the gradient that each passes on
PROJECTIONS = {"query": .25, "key": .25, "value": .5, "q_lin": .25, "k_lin": .25, "v_lin": .5}
TINY = 1e-9


@contextmanager
def rules(model):
    """Within the block the gradients of ``model`` (of transformers) are those of AttnLRP.

    Raises:
        ModelError: no projection of attention is found by its name.
    """
    from torch import nn
    from transformers.activations import ACT2FN

    gates = tuple({type(ACT2FN[name]) for name in ("gelu", "gelu_new", "relu", "silu", "tanh")} | {nn.GELU, nn.Tanh})
    hooks = []
    try:
        for name, module in model.named_modules():
            share = PROJECTIONS.get(name.rpartition(".")[2])
            if share is not None:
                hooks.append(module.register_forward_hook(_passing(share)))
            elif isinstance(module, nn.LayerNorm):
                hooks.append(module.register_forward_hook(_normalised))
            elif isinstance(module, gates):
                hooks.append(module.register_forward_hook(_through))
        if not any(name.rpartition(".")[2] in PROJECTIONS for name, _ in model.named_modules()):
            raise ModelError(f"AttnLRP knows the projections {', '.join(PROJECTIONS)}; a {type(model).__name__} has none "
                             "of them. Use another method")
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _passing(share: float):
    return lambda module, inputs, output: output * share + (output * (1 - share)).detach()


def _normalised(module, inputs, output):
    centred = inputs[0] - inputs[0].mean(-1, keepdim=True)
    deviation = (centred.pow(2).mean(-1, keepdim=True) + module.eps).sqrt().detach()
    return centred / deviation * module.weight + module.bias


def _through(module, inputs, output):
    given = inputs[0]
    return given * (output / given.where(given != 0, given.new_tensor(TINY))).detach()
