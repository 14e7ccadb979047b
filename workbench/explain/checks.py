"""Two questions to a method that need no truth: do small changes leave it as it was, and would it say the same of noise?

An explanation that a dropped word turns over is fragile (Alvarez-Melis & Jaakkola 2018); one that stays when the model's
weights are shuffled does not speak of the model (Adebayo et al. 2018). Both are rank correlations of word scores, so
each is the other's yardstick: a sound method keeps more of its order under the small change than under the large one.
"""

import copy

import numpy as np

from workbench.explain.attribution import Method
from workbench.explain.erase import erased
from workbench.explain.reading import Reading, read
from workbench.models import Classifier, EncoderClassifier, LatentClassifier, LinearClassifier, PooledClassifier

FEWEST_WORDS = 4  # with fewer no order can be told


def stability(model: Classifier, reading: Reading, methods: dict[str, Method], scores: dict[str, np.ndarray], seed: int,
              beside: EncoderClassifier | None = None) -> dict[str, float]:
    """Rank correlation of each method's scores of the words that stay when one is dropped by chance, -1 to 1.

    Args:
        scores: (words,) of each method on this reading.

    Returns:
        NaN where a method gives all words one score, or the text has fewer than :data:`FEWEST_WORDS` words.
    """
    n = len(reading.words)
    unknown = dict.fromkeys(scores, np.nan)
    if n < FEWEST_WORDS:
        return unknown
    stay = np.delete(np.arange(n), np.random.default_rng(seed).integers(n))
    after = read(model, erased(reading, stay), reading.language, reading.label, beside)
    if after.words != [reading.words[place] for place in stay]:  # the tokenizer joined what was apart
        return unknown
    return {name: likeness(before[stay], methods[name].scores(model, after)) for name, before in scores.items()}


def under_shuffled_weights(noise: Classifier, reading: Reading, methods: dict[str, Method], scores: dict[str, np.ndarray],
                           noise_beside: EncoderClassifier | None = None) -> dict[str, float]:
    """Rank correlation of each method's scores under the model and under ``noise``, its :func:`shuffled` twin, -1 to 1.

    Args:
        scores: (words,) of each method under the model.
        noise_beside: the shuffled twin of the encoder beside a linear model.
    """
    if len(reading.words) < FEWEST_WORDS:
        return dict.fromkeys(scores, np.nan)
    other = read(noise, reading.text, reading.language, reading.label, noise_beside)
    return {name: likeness(under, methods[name].scores(noise, other)) for name, under in scores.items()}


def shuffled(model: Classifier, seed: int) -> Classifier:
    """A twin that has learnt nothing: the numbers of every tensor in an order of chance.

    Adebayo et al. draw them anew; shuffled they keep the scale of each layer, so the twin's attention is no flatter.
    """
    import torch

    rng = np.random.default_rng(seed)
    if isinstance(model, PooledClassifier):
        parts = {kind: shuffled(part, seed) for kind, part in model.parts.items()}
        learnt = model.learnt | {name: _mixed(model.learnt[name], rng) for name in ("mood", "mood_bias")}
        return PooledClassifier(model.card, parts, learnt, set())
    if isinstance(model, LinearClassifier):
        learnt = {name: _mixed(values, rng) for name, values in model.learnt.items()}
        return LinearClassifier(model.card, model.vocabulary, learnt, set())
    if isinstance(model, LatentClassifier):
        learnt = {name: _mixed(values, rng) for name, values in model.learnt.items()}
        return LatentClassifier(model.card, model.meaning, learnt, set())
    twin = copy.deepcopy(model.model)
    with torch.no_grad():
        for values in twin.parameters():
            values.copy_(torch.from_numpy(_mixed(values.numpy(), rng)))
    return EncoderClassifier(model.card, twin, model.tokenizer, set())


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman's rank correlation of two scorings of the same words; NaN where one of them says nothing.

    >>> likeness(np.array([1.0, 2, 3, 4]), np.array([1.0, 10, 100, 1000]))
    1.0
    """
    from scipy.stats import rankdata

    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return np.nan
    return round(float(np.corrcoef(rankdata(one), rankdata(other))[0, 1]), 12)


def _mixed(values: np.ndarray, rng) -> np.ndarray:
    return rng.permutation(values.ravel()).reshape(values.shape)
