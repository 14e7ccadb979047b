"""Whether an attribution is true: what the prediction loses when the words it names are taken away.

Comprehensiveness and sufficiency after DeYoung et al. (2020), "ERASER", section 4.2: averaged over the
5 shares of words below, against random orderings of the same words.
"""

from dataclasses import dataclass

import numpy as np

from workbench.explain.reading import Reading, encode
from workbench.models.encoder import batches
from workbench.uncertainty import RESAMPLES, middle

SHARES = (.1, .2, .3, .4, .5)
MATTERS = .01  # probability: a model whose predictions move by less does not react to words
RANDOM = 6  # orderings of chance for each text


@dataclass(frozen=True)
class Faithfulness:
    """Scores of orderings of one text's words.

    Attributes:
        comprehensiveness: (orderings,) mean loss of probability without the first words; higher is better.
        sufficiency: (orderings,) mean loss with the first words alone; lower is better.
    """

    comprehensiveness: np.ndarray
    sufficiency: np.ndarray


def perturb(words: int, order: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each share: which words are left without the first of ``order``, and with them alone.

    >>> without, alone = perturb(4, np.array([2, 0, 1, 3]))[-1]
    >>> without.tolist(), alone.tolist()
    ([1, 3], [0, 2])
    """
    pairs = []
    for share in SHARES:
        first = order[:max(1, round(share * words))]
        kept = np.ones(words, dtype=bool)
        kept[first] = False
        pairs.append((np.flatnonzero(kept), np.sort(first)))
    return pairs


def faithfulness(classifier, reading: Reading, orders: list[np.ndarray]) -> Faithfulness:
    """Measure orderings of the words of ``reading``, most important first; words are deleted, not replaced."""
    left = [part for order in orders for pair in perturb(len(reading.words), order) for part in pair]
    place = classifier.labels.index(reading.label)
    after = _probabilities(classifier, reading, left)[:, place].reshape(len(orders), len(SHARES), 2)
    loss = _probabilities(classifier, reading, [np.arange(len(reading.words))])[0, place] - after
    return Faithfulness(loss[:, :, 0].mean(axis=1), loss[:, :, 1].mean(axis=1))


def random_orders(words: int, seed: int, n: int = RANDOM) -> list[np.ndarray]:
    """``n`` orderings of chance, the same for the same seed."""
    rng = np.random.default_rng(seed)
    return [rng.permutation(words) for _ in range(n)]


def interval(values: np.ndarray, seed: int = 0, draws: int = RESAMPLES) -> tuple[float, float]:
    """95 % bootstrap interval (percentiles) of the mean of ``values`` (texts,)."""
    rng = np.random.default_rng(seed)
    return middle(values[rng.integers(0, len(values), (draws, len(values)))].mean(axis=1))


def verdict(low: float, high: float) -> str:
    """What the interval of (method - chance) says; an effect below :data:`MATTERS` is none.

    >>> verdict(.02, .05), verdict(-.01, .03), verdict(-.05, -.02), verdict(.001, .002)
    ('faithful', 'no better than chance', 'worse than chance', 'no better than chance')
    """
    if high < -MATTERS:
        return "worse than chance"
    return "faithful" if low > 0 and high > MATTERS else "no better than chance"


def _probabilities(classifier, reading: Reading, left: list[np.ndarray]) -> np.ndarray:
    import torch

    ids = encode(classifier, reading.text)["input_ids"][0].numpy()
    kept = [ids[(reading.word_of < 0) | np.isin(reading.word_of, words)].tolist() for words in left]
    found = np.empty((len(kept), len(classifier.labels)))
    with torch.inference_mode():
        for rows in batches([len(one) for one in kept]):
            batch = classifier.tokenizer.pad({"input_ids": [kept[i] for i in rows]}, return_tensors="pt")
            logits = classifier.model(**batch).logits / classifier.card.get("temperature", 1.0)
            found[rows] = torch.softmax(logits, -1).numpy()
    return found
