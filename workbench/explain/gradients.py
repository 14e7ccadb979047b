"""What attention and gradients of an encoder say of its tokens. Each returns scores (n,) of the n tokens of one text.

What is explained is the margin: the logit of the label minus the mean of the others', whose exponential is the odds
where there are two labels.
"""

import numpy as np

from workbench.explain.erase import margin
from workbench.explain.reading import Reading, encode
from workbench.explain.relevance import rules
from workbench.models import EncoderClassifier
from workbench.models.encoder import BATCH_TOKENS

STEPS = 10  # of integrated gradients; how much they miss is told with every run


def attention(encoder: EncoderClassifier, reading: Reading) -> np.ndarray:
    """What the heatmap of the last layer shows in its [CLS] row, mean over heads."""
    return reading.attentions[-1].mean(axis=0)[0]


def attention_rollout(encoder: EncoderClassifier, reading: Reading) -> np.ndarray:
    """Attention multiplied through the layers, half of each layer the residual (Abnar & Zuidema 2020)."""
    return rollout(reading.attentions)[0]


def attention_gradient(encoder: EncoderClassifier, reading: Reading) -> np.ndarray:
    """Attention times its gradient, positive part, all layers and heads, summed over the rows (Barkan et al. 2021)."""
    return _weighed(encoder, reading).sum(axis=(0, 1))


def chefer(encoder: EncoderClassifier, reading: Reading) -> np.ndarray:
    """Relevance of [CLS] to each token: R ← R + Ā R from layer to layer (Chefer, Gur & Wolf 2021, equations 5 and 6)."""
    weighed = _weighed(encoder, reading)
    through = np.eye(weighed.shape[-1])
    for layer in weighed:
        through = through + layer @ through
    return through[0]


def attn_lrp(encoder: EncoderClassifier, reading: Reading) -> np.ndarray:
    """Relevance of each token by the rules of :mod:`workbench.explain.relevance` (Achtibat et al. 2024)."""
    with rules(encoder.model):
        return input_gradient(encoder, reading)


def input_gradient(encoder: EncoderClassifier, reading: Reading) -> np.ndarray:
    """Embedding of each token times the gradient there (Denil et al. 2014; Shrikumar et al. 2017)."""
    import torch

    encoded = encode(encoder, reading.text)
    embedded = encoder.model.get_input_embeddings()(encoded["input_ids"]).detach().requires_grad_(True)
    with torch.enable_grad():
        logits = encoder.model(inputs_embeds=embedded, attention_mask=encoded["attention_mask"]).logits
        gradient, = torch.autograd.grad(margin(logits, encoder.labels.index(reading.label))[0], embedded)
    return (embedded * gradient)[0].sum(-1).detach().numpy()


def integrated_gradients(encoder: EncoderClassifier, reading: Reading) -> np.ndarray:
    """Gradient along the straight way from padding to the text (Sundararajan et al. 2017), :data:`STEPS` of it."""
    return integrate(encoder, reading)[0]


def integrate(encoder: EncoderClassifier, reading: Reading, steps: int = STEPS) -> tuple[np.ndarray, float]:
    """Integrated gradients by the midpoint rule, several steps at once.

    Returns:
        scores (n,), and the convergence delta: their sum minus the difference of the margins at both ends, which is 0
        where the steps are enough (Sundararajan et al. 2017, completeness).
    """
    import torch

    encoded, place = encode(encoder, reading.text), encoder.labels.index(reading.label)
    end, start = ends(encoder, encoded)
    way = (torch.arange(steps) + .5) / steps
    total = torch.zeros_like(end)
    for part in way.split(max(1, BATCH_TOKENS // end.shape[1])):
        points = (start + part[:, None, None] * (end - start)).requires_grad_(True)
        with torch.enable_grad():
            mask = encoded["attention_mask"].expand(len(part), -1)
            logits = encoder.model(inputs_embeds=points, attention_mask=mask).logits
            total += torch.autograd.grad(margin(logits, place).sum(), points)[0].sum(0)
    scores = ((end - start) * total / steps)[0].sum(-1)
    with torch.inference_mode():
        both = encoder.model(inputs_embeds=torch.cat([end, start]),
                             attention_mask=encoded["attention_mask"].expand(2, -1)).logits
    told = margin(both, place)
    return scores.numpy(), float(scores.sum() - (told[0] - told[1]))


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


def ends(encoder: EncoderClassifier, encoded):
    """Word embeddings (1, n, width) of the text, and of the same text with every word a padding token."""
    import torch

    embed = encoder.model.get_input_embeddings()
    ids = encoded["input_ids"]
    special = torch.tensor(encoder.tokenizer.get_special_tokens_mask(ids[0].tolist(), already_has_special_tokens=True))
    empty = torch.where(special.bool(), ids[0], torch.tensor(encoder.tokenizer.pad_token_id))[None]
    with torch.no_grad():
        return embed(ids), embed(empty)


def _weighed(encoder: EncoderClassifier, reading: Reading) -> np.ndarray:
    """(layers, n, n): attention times its gradient, positive part, mean over heads."""
    import torch

    encoded = encode(encoder, reading.text)
    with torch.enable_grad():
        out = encoder.model(**encoded, output_attentions=True)
        gradients = torch.autograd.grad(margin(out.logits, encoder.labels.index(reading.label))[0], out.attentions)
    return torch.stack([(weights * gradient).clamp(min=0)[0].mean(0) for weights, gradient in
                        zip(out.attentions, gradients, strict=True)]).detach().numpy()
