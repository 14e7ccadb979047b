"""Whether an attribution is true: what the prediction loses when the words it names are taken away.

Comprehensiveness and sufficiency after DeYoung et al. (2020), "ERASER", section 4.2: the area over the perturbation
curve, which is the mean loss over the 5 shares of words below (Samek et al. 2017), against random orderings of the same
words. Of one text the orderings make a permutation test; over many texts the gain has a bootstrap interval.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.explain.erase import probabilities
from workbench.explain.reading import Reading
from workbench.models import Classifier
from workbench.uncertainty import LEVEL, RESAMPLES, middle

SHARES = (.1, .2, .3, .4, .5)
FINE = (0, *SHARES)  # the first word alone, too: else one text could not tell a cause from the words beside it
MATTERS = .01  # probability: a model whose predictions move by less does not react to words
RANDOM = 6  # orderings of chance for each text, where the interval is over texts
CHANCE = 39  # the same, where one text must tell alone: with fewer no p-value could be below .05
FAITHFUL, NO_BETTER, WORSE = "faithful", "no better than chance", "worse than chance"
CANNOT = "cannot be told here"  # on one text whose best ordering chance meets too often


@dataclass(frozen=True)
class Faithfulness:
    """Scores of orderings of one text's words.

    Attributes:
        without: (orderings, shares) loss of probability without the first words; ``alone``: with them alone.
    """

    without: np.ndarray
    alone: np.ndarray

    @property
    def comprehensiveness(self) -> np.ndarray:
        """(orderings,) area over the curve of ``without``; higher is better."""
        return self.without.mean(axis=1)

    @property
    def sufficiency(self) -> np.ndarray:
        """(orderings,) area over the curve of ``alone``; lower is better."""
        return self.alone.mean(axis=1)


def perturb(words: int, order: np.ndarray, shares: tuple[float, ...] = SHARES) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each share, and at least one word: which are left without the first of ``order``, and with them alone.

    >>> without, alone = perturb(4, np.array([2, 0, 1, 3]))[-1]
    >>> without.tolist(), alone.tolist()
    ([1, 3], [0, 2])
    """
    pairs = []
    for share in shares:
        first = order[:max(1, round(share * words))]
        kept = np.ones(words, dtype=bool)
        kept[first] = False
        pairs.append((np.flatnonzero(kept), np.sort(first)))
    return pairs


def faithfulness(model: Classifier, reading: Reading, orders: list[np.ndarray],
                 shares: tuple[float, ...] = SHARES) -> Faithfulness:
    """Measure orderings of the words of ``reading``, most important first; words are deleted, not replaced."""
    n = len(reading.words)
    asked = [np.arange(n), *(part for order in orders for pair in perturb(n, order, shares) for part in pair)]
    told = probabilities(model, reading, asked)
    loss = told[0] - told[1:].reshape(len(orders), len(shares), 2)
    return Faithfulness(loss[:, :, 0], loss[:, :, 1])


def truth(model: Classifier, reading: Reading, scores: dict[str, np.ndarray], seed: int = 0) -> pd.DataFrame:
    """Whether each method's scores (words,) are true of THIS text: a permutation test against random orderings.

    Returns:
        ``method, comprehensiveness, chance, sufficiency, sufficiency_chance, p_value, verdict`` and, for the curve,
        ``gone`` (shares of the words), ``curve``, ``curve_chance``, ``curve_chance_lower`` and ``curve_chance_upper``
        (95% of the orderings): probability of the label without the most important words. ``p_value``: share of the
        orderings, the method's among them, that are at least as comprehensive. Where chance meets even the best ordering
        seen too often for a p below .05, the verdict is :data:`CANNOT`: one word of a short text is easily guessed.
    """
    n = len(reading.words)
    orders = [ordered(values) for values in scores.values()]
    found = faithfulness(model, reading, orders + random_orders(n, seed, CHANCE), FINE)
    own, chance = found.comprehensiveness[:len(orders)], found.comprehensiveness[len(orders):]
    whole = probabilities(model, reading, [np.arange(n)])[0]
    gone = [0.0, *(max(1, round(share * n)) / n for share in FINE)]
    curves = whole - np.hstack([np.zeros((len(found.without), 1)), found.without])
    lower, upper = np.quantile(curves[len(orders):], (.025, .975), axis=0)
    p_value = (1 + (chance >= own[:, None] - 1e-6).sum(axis=1)) / (1 + CHANCE)
    telling = (1 + (chance >= found.comprehensiveness.max() - 1e-6).sum()) / (1 + CHANCE) <= LEVEL
    p_worse = (1 + (chance <= own[:, None] + 1e-6).sum(axis=1)) / (1 + CHANCE)
    verdicts = [_alone(*row, telling) for row in zip(own - chance.mean(), p_value, p_worse, strict=True)]
    return pd.DataFrame({
        "method": list(scores), "comprehensiveness": own, "chance": chance.mean(),
        "sufficiency": found.sufficiency[:len(orders)], "sufficiency_chance": found.sufficiency[len(orders):].mean(),
        "p_value": p_value, "verdict": verdicts,
        "gone": [gone] * len(orders), "curve": list(curves[:len(orders)]),
        "curve_chance": [curves[len(orders):].mean(axis=0)] * len(orders), "curve_chance_lower": [lower] * len(orders),
        "curve_chance_upper": [upper] * len(orders)})


def ordered(scores: np.ndarray) -> np.ndarray:
    """Places of the words, highest score first; of equal scores the earlier word."""
    return np.argsort(-scores, kind="stable")


def random_orders(words: int, seed: int, n: int = RANDOM) -> list[np.ndarray]:
    """``n`` orderings of chance, the same for the same seed."""
    rng = np.random.default_rng(seed)
    return [rng.permutation(words) for _ in range(n)]


def interval(values: np.ndarray, seed: int = 0) -> tuple[float, float]:
    """95% bootstrap interval (percentiles) of the mean of ``values`` (texts,)."""
    rng = np.random.default_rng(seed)
    return middle(values[rng.integers(0, len(values), (RESAMPLES, len(values)))].mean(axis=1))


def verdict(low: float, high: float) -> str:
    """What the interval of (method - chance) says; an effect below :data:`MATTERS` is none.

    >>> verdict(.02, .05), verdict(-.01, .03), verdict(-.05, -.02), verdict(.001, .002)
    ('faithful', 'no better than chance', 'worse than chance', 'no better than chance')
    """
    if high < -MATTERS:
        return WORSE
    return FAITHFUL if low > 0 and high > MATTERS else NO_BETTER


def _alone(gain: float, p_value: float, p_worse: float, telling: bool) -> str:
    if gain > MATTERS and (p_value <= LEVEL or not telling):
        return FAITHFUL if p_value <= LEVEL else CANNOT
    return WORSE if gain < -MATTERS and p_worse <= LEVEL else NO_BETTER
