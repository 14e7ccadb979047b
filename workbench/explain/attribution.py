"""How much each token adds to a prediction, by several methods. Each returns scores (n,) for one text.

====================== ==================================================================================
attention              attention of the last layer, mean over heads, from [CLS] to each token
attention rollout      attention through all layers, residuals counted (Abnar & Zuidema 2020, eq. 1)
attention × gradient   attention times its gradient, positive part, all layers and heads, summed over the
                       rows (Grad-SAM: Barkan et al. 2021, eq. 4, summed instead of averaged)
integrated gradients   gradient of the input along the way from an empty text (Sundararajan et al. 2017)
====================== ==================================================================================
"""

from collections.abc import Callable

import numpy as np

from workbench.explain.reading import Reading, encode

STEPS = 10  # of integrated gradients; see the convergence in tests/explain


def attention(classifier, reading: Reading) -> np.ndarray:
    """What the heatmap of the last layer shows in its [CLS] row."""
    return reading.attentions[-1].mean(axis=0)[0]


def attention_rollout(classifier, reading: Reading) -> np.ndarray:
    """Attention multiplied through the layers, half of each layer the residual (Abnar & Zuidema 2020)."""
    return rollout(reading.attentions)[0]


def attention_gradient(classifier, reading: Reading) -> np.ndarray:
    """Attention weighed by what it does to the logit of the explained class (Barkan et al. 2021)."""
    import torch

    encoded = encode(classifier, reading.text)
    with torch.enable_grad():
        out = classifier.model(**encoded, output_attentions=True)
        logit = out.logits[0, classifier.labels.index(reading.label)]
        gradients = torch.autograd.grad(logit, out.attentions)
    weighed = [(a * g).clamp(min=0)[0].mean(dim=0).sum(dim=0) for a, g in zip(out.attentions, gradients, strict=True)]
    return torch.stack(weighed).sum(dim=0).detach().numpy()


def integrated_gradients(classifier, reading: Reading, steps: int = STEPS) -> np.ndarray:
    """Gradient × input along a straight line from padding to the text, by the midpoint rule.

    The scores sum to the difference of the logits at both ends (completeness), but for the error of the rule.
    """
    import torch

    encoded = encode(classifier, reading.text)
    place = classifier.labels.index(reading.label)
    end, start = ends(classifier, encoded)
    way = (torch.arange(steps) + .5) / steps
    points = start + way[:, None, None] * (end - start)
    points.requires_grad_(True)
    mask = encoded["attention_mask"].expand(steps, -1)
    with torch.enable_grad():
        logits = classifier.model(inputs_embeds=points, attention_mask=mask).logits[:, place]
        gradient = torch.autograd.grad(logits.sum(), points)[0].mean(dim=0)
    return ((end[0] - start[0]) * gradient).sum(dim=-1).detach().numpy()


METHODS: dict[str, Callable] = {
    "attention": attention, "attention rollout": attention_rollout, "attention × gradient": attention_gradient,
    "integrated gradients": integrated_gradients}


def rollout(attentions: np.ndarray) -> np.ndarray:
    """(n, n) of (layers, heads, n, n): the product of the layers, each half residual; rows still sum to 1.

    >>> rollout(np.full((3, 2, 2, 2), .5)).round(3).tolist()
    [[0.562, 0.438], [0.438, 0.562]]
    """
    n = attentions.shape[-1]
    through = np.eye(n)
    for layer in attentions.mean(axis=1):
        through = (layer + np.eye(n)) / 2 @ through
    return through


def ends(classifier, encoded):
    """Word embeddings (1, n, width) of the text, and of the same text with every word a padding token."""
    import torch

    embed = classifier.model.get_input_embeddings()
    ids = encoded["input_ids"]
    special = torch.tensor(classifier.tokenizer.get_special_tokens_mask(ids[0].tolist(), already_has_special_tokens=True))
    empty = torch.where(special.bool(), ids[0], torch.tensor(classifier.tokenizer.pad_token_id))[None]
    with torch.no_grad():
        return embed(ids), embed(empty)
