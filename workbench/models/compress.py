"""Encoders in fewer bits: int8 weights and activations, or bfloat16. Stored as safetensors, never pickled.

Weights keep one scale a row; activations are rounded as they come, with one scale a token ("LLM.int8()", Dettmers et al.
2022, without its outliers), so what is said of a text does not depend on its company. torch's own dynamic quantisation
is being removed, takes one scale for a whole batch and read 2 texts in 100 differently; its kernel is a tenth faster.
"""

import copy
from functools import cache
from pathlib import Path

from workbench.errors import ModelError
from workbench.models import card as cards
from workbench.models.classifier import Classifier, read_seen, write_seen
from workbench.models.device import has_int8
from workbench.models.encoder import Base, EncoderClassifier

INT8, BFLOAT16 = "int8", "bfloat16"
PRECISIONS = (INT8, BFLOAT16)
LARGEST = 127


class CompressedEncoder(EncoderClassifier):
    """An encoder whose card names its ``precision``: ``int8`` or ``bfloat16``."""

    def save(self, folder: Path) -> None:
        """Write weights as they are computed with, configuration, tokenizer and card to an existing folder."""
        from safetensors.torch import save_file

        save_file({name: weight.contiguous() for name, weight in self.model.state_dict().items()}, folder / cards.WEIGHTS)
        self.model.config.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        write_seen(folder, self.trained_on)
        cards.write_card(folder, self.card)

    @classmethod
    def load(cls, folder: Path, card: dict) -> "CompressedEncoder":
        """Read it back.

        Raises:
            ModelError: a file is missing, damaged or does not fit the configuration.
        """
        from safetensors.torch import load_file
        from transformers import AutoConfig, AutoModelForSequenceClassification

        base = Base(str(folder), str(folder))
        cards.check_weights(folder / cards.WEIGHTS, card.get("sha256", ""))
        try:
            model = AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(folder))
            model = in_precision(model, card.get("precision", ""))
            model.load_state_dict(load_file(folder / cards.WEIGHTS))
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(f"{folder}: the compressed model does not fit its configuration "
                             f"({str(error).splitlines()[0]}); run 22_compress again") from None
        return cls(card, model, base.tokenizer(), read_seen(folder))


def compress(model: Classifier, precision: str) -> Classifier:
    """The same classifier with its encoder in fewer bits; of one made of parts, its encoder. The given one stays as it is.

    Args:
        precision: ``int8`` or ``bfloat16``.

    Raises:
        ModelError: it has no encoder, or there is no such precision.
    """
    if parts := getattr(model, "parts", None):
        parts = {kind: compress(part, precision) if isinstance(part, EncoderClassifier) else part
                 for kind, part in parts.items()}
        return type(model)(dict(model.card), parts, model.learnt, model.trained_on)
    if not isinstance(model, EncoderClassifier):
        raise ModelError(f"a {model.card['kind']} model has no encoder to compress")
    card = {**model.card, "kind": "compressed", "precision": precision}
    return CompressedEncoder(card, in_precision(copy.deepcopy(model.model), precision), model.tokenizer, model.trained_on)


def in_precision(model, precision: str):
    """A transformers model changed in place to compute in ``int8`` or ``bfloat16``."""
    import torch

    if precision not in PRECISIONS:
        raise ModelError(f"precision {precision!r} is none of {', '.join(PRECISIONS)}")
    model.requires_grad_(False)
    if precision == BFLOAT16:
        return model.to(torch.bfloat16)
    linear, embedding = _modules()
    for module in list(model.modules()):
        for name, part in list(module.named_children()):
            if type(part) is torch.nn.Linear:
                setattr(module, name, linear(part))
            elif type(part) is torch.nn.Embedding:
                setattr(module, name, embedding(part))
    return model


def rounded(weights) -> tuple:
    """Rows of a torch matrix (n, m) as int8, and their scales (n, 1): ``weights`` is about their product.

    >>> import torch
    >>> rows, scales = rounded(torch.tensor([[1.0, -0.5], [0.0, 254.0]]))
    >>> rows.tolist(), scales[1].item()
    ([[127, -64], [0, 127]], 2.0)
    """
    import torch

    largest = torch.maximum(weights.amax(1, keepdim=True), weights.amin(1, keepdim=True).neg_())
    scales = largest.clamp_(min=1e-8).div_(LARGEST)  # amax and amin: a norm along rows takes ten times as long
    return (weights * scales.reciprocal()).round_().to(torch.int8), scales


def products(rows, weights):
    """Product of int8 matrices (n, k) and (k, m). Where the processor's own would overflow, by floats: as right, slower.

    >>> import torch
    >>> most = torch.full((32, 32), 127, dtype=torch.int8)
    >>> int(products(most, -most)[0, 0])
    -516128
    """
    import torch

    return torch._int_mm(rows, weights) if has_int8() else rows.float() @ weights.float()


@cache
def _modules() -> tuple:
    """The int8 kinds of ``Linear`` and ``Embedding``; made here, since torch is imported only where a model is."""
    import torch

    class Int8Linear(torch.nn.Module):
        def __init__(self, of: torch.nn.Linear):
            super().__init__()
            weight, scale = rounded(of.weight.detach().float())
            self.register_buffer("weight", weight.t().contiguous())  # (in, out)
            self.register_buffer("scale", scale.t().contiguous())  # (1, out)
            self.register_buffer("bias", torch.zeros(len(weight)) if of.bias is None else of.bias.detach().float())

        def forward(self, x):  # (..., in) to (..., out)
            rows, scales = rounded(x.reshape(-1, x.shape[-1]))
            found = torch.addcmul(self.bias, products(rows, self.weight) * scales, self.scale)
            return found.reshape(*x.shape[:-1], -1)

    class Int8Embedding(torch.nn.Module):
        def __init__(self, of: torch.nn.Embedding):
            super().__init__()
            weight, scale = rounded(of.weight.detach().float())
            self.register_buffer("weight", weight)
            self.register_buffer("scale", scale)

        def forward(self, ids):
            return torch.nn.functional.embedding(ids, self.weight) * torch.nn.functional.embedding(ids, self.scale)

    return Int8Linear, Int8Embedding
