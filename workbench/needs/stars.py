"""What a review's stars, or its sentiment, say about the kinds of its sentences, learnt from the sample shop's gold."""

import numpy as np
import pandas as pd

from workbench.needs.weigh import MOST_STARS

PRIOR = 5  # sentences that each number of stars is taken to have had of the kinds as they are on the whole

#: macro F1 on ten products that neither model nor stars learnt from, by the text alone and with the stars, and the interval
#: of the difference over products (``python -m tests.benchmarks.needs kinds --models ...``)
GAIN = {"en": (.71, .78, .04, .09), "zh": (.69, .76, .06, .08)}


def learn_stars(gold: pd.DataFrame) -> pd.DataFrame:
    """How much more likely each kind is among reviews of so many stars than on the whole, (stars 1 to 5, kinds).

    Args:
        gold: ``rating, kind`` (``sample.gold_sentences``).

    >>> gold = pd.DataFrame({"rating": [1, 1, 5, 5], "kind": ["complaint", "complaint", "praise", "praise"]})
    >>> learn_stars(gold).loc[[1, 3, 5], "praise"].round(2).tolist()
    [0.71, 1.0, 1.29]
    """
    return _lift(gold["rating"].astype(int), gold["kind"]).reindex(range(1, MOST_STARS + 1), fill_value=1.0)


def learn_sentiment(gold: pd.DataFrame) -> pd.DataFrame:
    """The same by the sentiment of the review, (sentiments, kinds).

    Args:
        gold: ``sentiment, kind`` (``sample.gold_sentences``).
    """
    return _lift(gold["sentiment"], gold["kind"])


def with_stars(probabilities: np.ndarray, labels: list[str], ratings: pd.Series, lift: pd.DataFrame) -> np.ndarray:
    """Probabilities of the kinds given text and stars, by Bayes' rule, as if the two told each on its own.

    Only the ratio to the whole counts, so that what the sample's customers speak of does not pass on.

    Args:
        probabilities: (n, labels), from the text.
        ratings: (n,) stars of each text's review; an empty one leaves the row as it is.
        lift: of :func:`learn_stars`.
    """
    stars = ratings.astype("Float64").round().clip(1, MOST_STARS)
    factor = lift.reindex(columns=labels, fill_value=1.0).reindex(stars.to_numpy(dtype=float, na_value=np.nan)).fillna(1.0)
    return _scaled(probabilities * factor.to_numpy())


def with_sentiment(probabilities: np.ndarray, labels: list[str], moods: pd.DataFrame, lift: pd.DataFrame) -> np.ndarray:
    """The same given the sentiment that a model reads in the review.

    Args:
        moods: (n, sentiments), probabilities of each text's review; an empty row leaves the text's as they are.
        lift: of :func:`learn_sentiment`.

    >>> lift = pd.DataFrame({"praise": [.5, 1.5], "wish": [1.0, 1.0]}, index=["negative", "positive"])
    >>> moods = pd.DataFrame({"negative": [1.0, None], "positive": [0.0, None]})
    >>> with_sentiment(np.array([[.5, .5], [.5, .5]]), ["praise", "wish"], moods, lift).round(2).tolist()
    [[0.33, 0.67], [0.5, 0.5]]
    """
    factor = moods.to_numpy(dtype=float) @ lift.reindex(index=moods.columns, columns=labels, fill_value=1.0).to_numpy()
    return _scaled(probabilities * np.where(np.isnan(factor), 1.0, factor))


def _lift(by: pd.Series, kinds: pd.Series) -> pd.DataFrame:
    counts = pd.crosstab(by, kinds)
    whole = counts.sum() / counts.to_numpy().sum()
    return (counts + PRIOR * whole).div(counts.sum(axis=1) + PRIOR, axis=0) / whole


def _scaled(rows: np.ndarray) -> np.ndarray:
    return rows / rows.sum(axis=1, keepdims=True)
