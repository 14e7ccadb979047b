"""When labels are more or less frequent in a new domain than where the model learnt: move the prior, without labels."""

import numpy as np

ROUNDS, SETTLED = 1000, 1e-7


def moved(probabilities: np.ndarray, prior: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (n, labels) for texts of a domain whose label shares are unknown, and these shares (labels,).

    Expectation maximisation of Saerens, Latinne & Decaestecker 2002, "Adjusting the outputs of a classifier to new a
    priori probabilities"; it needs calibrated probabilities, and only the shares may differ, not what a label means.

    Args:
        prior: (labels,) shares where the model learnt.

    >>> rng = np.random.default_rng(0)
    >>> truth = rng.random(5000) < 0.5                       # half, where the model learnt one in ten
    >>> x = rng.normal(np.where(truth, 1.0, -1.0), 1.0)
    >>> p = 1 / (1 + np.exp(-(2 * x + np.log(0.1 / 0.9))))    # right for one in ten
    >>> moved(np.column_stack([1 - p, p]), np.array([0.9, 0.1]))[1].round(1)
    array([0.5, 0.5])
    """
    shares, found = np.asarray(prior, dtype=float), probabilities
    for _ in range(ROUNDS):
        found = probabilities * (shares / prior)
        found = found / found.sum(axis=1, keepdims=True)
        before, shares = shares, found.mean(axis=0)
        if np.abs(shares - before).max() < SETTLED:
            break
    return found, shares
