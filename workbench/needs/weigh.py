"""How much a need weighs: customers, how unhappy they are, what they spent; with intervals over customers."""

import numpy as np
import pandas as pd

from workbench.uncertainty import middle, wilson

RESAMPLES = 500
MOST_STARS = 5
EMPTY = (np.nan, np.nan)


def weigh(voiced: pd.DataFrame, spent: pd.Series | None) -> pd.Series:
    """Of the customers who voice one need; a review without a customer stands for one of its own.

    Args:
        voiced: ``review, customer, rating`` of the sentences that voice it.
        spent: by customer, in the shop's currency; None where the source has no orders.

    Returns:
        ``customers``; ``strength``, the mean share of the stars that they held back (0: five stars, 1: none), and
        ``revenue``, what they spent together, each with ``_ci_lower, _ci_upper``, 95%: Wilson's, which is wide for a mean
        between 0 and 1, and percentiles of a Poisson bootstrap over customers (Hanley & MacGibbon 2006). Empty where
        there are no ratings or no orders.

    >>> told = pd.DataFrame({"review": list("abc"), "customer": ["k", "k", "m"], "rating": [1, 1, 3]})
    >>> weigh(told, pd.Series({"k": 20.0, "m": 10.0}))[["customers", "strength", "revenue"]].round(3).tolist()
    [2.0, 0.6, 30.0]
    """
    reviews = voiced.drop_duplicates("review")
    who = reviews["customer"].astype("object").where(reviews["customer"].notna(), "review " + reviews["review"])
    stars = reviews["rating"].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    people = pd.Series(1 - stars / MOST_STARS).groupby(who.to_numpy()).mean()
    rated, strength = int(people.notna().sum()), people.mean()
    bought = np.full(len(people), np.nan) if spent is None else people.index.map(spent).fillna(0).to_numpy(dtype=float)
    drawn = np.random.default_rng(0).poisson(1.0, (RESAMPLES, len(people))) @ bought
    intervals = {"strength": (strength, *(wilson(strength * rated, rated) if rated else EMPTY)),
                 "revenue": (bought.sum(), *(EMPTY if spent is None else middle(drawn)))}
    return pd.Series({"customers": len(people)} | {
        name + side: value for name, values in intervals.items()
        for side, value in zip(("", "_ci_lower", "_ci_upper"), values, strict=True)}, dtype=float)


def weight(table: pd.DataFrame) -> pd.Series:
    """What needs are ranked by: customers × what they spent × (1 + strength); what is not known counts as 1."""
    spent = table["revenue"].clip(lower=0)
    return table["customers"] * spent.where(spent.notna(), 1) * (1 + table["strength"].fillna(0))

