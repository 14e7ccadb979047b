"""What may be chance: 95% intervals of shares and samples, and p-values of many tests. Pure functions of numbers."""

import numpy as np

NORMAL = 1.9599639845400545  # quantile of the standard normal distribution that bounds 95%
LEVEL = .05  # a difference is claimed below this adjusted p-value
RESAMPLES = 2000  # of a bootstrap


def wilson(hits, of) -> tuple:
    """Wilson's interval of a share (Wilson 1927), between 0 and 1; not a number where ``of`` is 0.

    Args:
        hits: counts, or sums of values between 0 and 1; a number or (n,).
        of: how many there were.

    >>> [round(float(x), 3) for x in wilson(8, 10)]
    [0.49, 0.943]
    """
    hits, of = np.asarray(hits, dtype=float), np.asarray(of, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        share, whole = hits / of, 1 + NORMAL ** 2 / of
        centre = (share + NORMAL ** 2 / (2 * of)) / whole
        half = NORMAL * np.sqrt(share * (1 - share) / of + NORMAL ** 2 / (4 * of ** 2)) / whole
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


def with_interval(name: str, hits, of) -> dict:
    """Columns ``name, name_ci_lower, name_ci_upper``: a share, 0 to 1, and its Wilson interval.

    >>> {name: round(float(value), 2) for name, value in with_interval("read", 8, 10).items()}
    {'read': 0.8, 'read_ci_lower': 0.49, 'read_ci_upper': 0.94}
    """
    low, high = wilson(hits, of)
    return {name: hits / of, f"{name}_ci_lower": low, f"{name}_ci_upper": high}


def middle(samples) -> tuple[float, float]:
    """Between which numbers the middle 95% of the samples (n,) lie.

    >>> middle(range(1001))
    (25.0, 975.0)
    """
    low, high = np.quantile(samples, (.025, .975))
    return float(low), float(high)


def resample(units: int, seed: int, draws: int = RESAMPLES) -> np.ndarray:
    """How often a bootstrap draws each unit: (draws, units), each row sums to ``units``. Same seed, same draws."""
    return np.random.default_rng(seed).multinomial(units, np.full(units, 1 / units), draws)


def drawn_again(size: int, shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A parametric bootstrap (Efron & Tibshirani 1993, section 6.5): counts (draws, cells) of ``size`` units a draw, each
    from its own shares (draws, cells).

    >>> drawn_again(10, np.array([[1.0, 0.0], [0.0, 1.0]]), np.random.default_rng(0)).tolist()
    [[10, 0], [0, 10]]
    """
    return rng.multinomial(size, shares)


def adjusted(p_values, could=None) -> np.ndarray:
    """P-values (...) so that, of all below a level, no more than that share is expected to be false (Benjamini & Hochberg
    1995, doi:10.1111/j.2517-6161.1995.tb02031.x).

    Args:
        could: (...) boolean, which tests could tell anything, whatever came out (:func:`least`); the others are 1 and do
            not count among the many (Gilbert 2005, after Tarone 1990).

    >>> adjusted([.01, .02, .9], could=[True, True, False]).tolist()
    [0.02, 0.02, 1.0]
    """
    from scipy.stats import false_discovery_control

    p_values = np.asarray(p_values, dtype=float)
    could = np.ones(p_values.shape, dtype=bool) if could is None else np.asarray(could, dtype=bool)
    found = np.ones(p_values.shape)
    if could.any():
        found[could] = false_discovery_control(np.clip(p_values[could], 0, 1))
    return found


def holm(p_values) -> np.ndarray:
    """P-values (n,) so that with this chance at most any of them is false (Holm 1979): stricter than :func:`adjusted`.

    >>> [round(float(p), 3) for p in holm([.03, .01, .04])]
    [0.06, 0.03, 0.06]
    """
    p_values = np.asarray(p_values, dtype=float)
    order = np.argsort(p_values, kind="stable")
    found = np.empty(len(p_values))
    found[order] = np.minimum(np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1)), 1)
    return found


def none_drawn(hits, drawn, of) -> np.ndarray:
    """Probability (n,) that ``drawn`` of ``of``, ``hits`` of which have something, hold none that has.

    >>> round(float(none_drawn(1, 5, 10)), 3)
    0.5
    """
    from scipy.stats import hypergeom

    return hypergeom.pmf(0, of, hits, drawn)


def least(hits, drawn, of) -> np.ndarray:
    """The smallest p-value (n,) that Fisher's exact test could give where ``drawn`` of ``of`` are held against the rest and
    ``hits`` of all have something: the probability of the rarer extreme. It hangs on the margins alone.

    >>> round(float(least(2, 5, 10)), 3)
    0.222
    """
    from scipy.stats import hypergeom

    return np.minimum(*(hypergeom.pmf(end, of, hits, drawn)
                        for end in (np.minimum(hits, drawn), np.maximum(0, drawn + hits - of))))
