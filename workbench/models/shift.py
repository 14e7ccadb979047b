"""A new domain without labels: labels are more or less frequent there, or the threshold has moved."""

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


def upper_group(log_odds: np.ndarray, seed: int = 0) -> np.ndarray:
    """(n,) boolean: which texts of an unlabelled domain belong to the upper of two groups of their log odds.

    A mixture of two normal distributions (scikit-learn's ``GaussianMixture``) finds where the domain itself divides. It
    holds where the ranking of a classifier carries over to the domain but its threshold does not; with a single group
    in the data it divides what should stay together, so look at the log odds first.

    >>> rng = np.random.default_rng(0)
    >>> low, high = rng.normal(-6, 0.5, 700), rng.normal(-2, 1.0, 300)  # a threshold of 0 would find almost none
    >>> upper_group(np.concatenate([low, high])).sum().round(-2)
    np.int64(300)
    """
    from sklearn.mixture import GaussianMixture

    values = np.asarray(log_odds, dtype=float).reshape(-1, 1)
    mixture = GaussianMixture(2, n_init=3, random_state=seed).fit(values)
    low, high = np.argsort(mixture.means_.ravel())
    return (mixture.predict(values) == high) & (values.ravel() > mixture.means_[low, 0])
