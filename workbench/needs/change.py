"""Whether a need is voiced more or less than before, is new, or went away: counts of weeks, tested."""

import numpy as np
import pandas as pd

from workbench.uncertainty import LEVEL, adjusted, none_drawn

SILENT = (1, 2, 4)  # weeks up to the report's over which a need may have fallen silent


def change(now: pd.Series, before: pd.Series, reviews_now: int, reviews_before: int) -> dict:
    """Share of the reviews now and before that voice a need, and the p-value of no change.

    Fisher's exact test (Fisher 1935), two-sided, adjusted over all needs by Benjamini & Hochberg (1995), which
    keeps the expected share of false alarms among those called changed below the level.

    Args:
        now, before: reviews that voice each need in the week and in the weeks before.
        reviews_now, reviews_before: all reviews of the shop in those weeks; without any, everything is empty.

    Returns:
        ``week_share, earlier_share, p_value``, as long as ``now``.

    >>> change(pd.Series([12, 3]), pd.Series([0, 3]), 120, 100)["p_value"].round(4).tolist()
    [0.0012, 1.0]
    """
    if not reviews_now or not reviews_before or not len(now):
        return dict.fromkeys(("week_share", "earlier_share", "p_value"), np.nan)
    from scipy.stats import fisher_exact

    raw = [fisher_exact([[a, reviews_now - a], [b, reviews_before - b]])[1] for a, b in zip(now, before, strict=True)]
    return {"week_share": now / reviews_now, "earlier_share": before / reviews_before,
            "p_value": pd.Series(adjusted(raw), index=now.index)}


def new(ages: pd.DataFrame) -> pd.DataFrame:
    """Needs never voiced in any week before, and why that is no chance.

    The probability of no voice before, had the share of the subject's reviews been the same all along (Fisher's exact
    test, one-sided), adjusted over the needs of the week that could be told (:func:`_told`).

    Args:
        ages: a row a need and number of weeks before the report's: ``need, age, voiced, reviews`` (of its subject).

    Returns:
        ``need, p_value``, at least, of those below :data:`LEVEL`.
    """
    now = ages[(ages["age"] == 0) & (ages["voiced"] > 0)].set_index("need")
    before = ages[ages["age"] > 0].groupby("need")[["voiced", "reviews"]].sum().reindex(now.index, fill_value=0)
    chance = none_drawn(now["voiced"] + before["voiced"], before["reviews"], now["reviews"] + before["reviews"])
    return _told(pd.DataFrame({"need": now.index, "none": (before["voiced"] == 0).to_numpy(), "chance": chance}))


def gone(ages: pd.DataFrame) -> pd.DataFrame:
    """Needs that fell silent, though their subject was reviewed, for one of :data:`SILENT` weeks.

    The probability that so many reviews of the subject do not voice it, had its share stayed (Fisher's exact test,
    one-sided), adjusted over all needs and spans that could be told (:func:`_told`).

    Returns:
        ``need, weeks`` (of silence, the surest span), ``silent_reviews``, ``voiced`` and ``reviews`` of the weeks before
        those, ``p_value``.

    >>> ages = pd.DataFrame({"need": "a", "age": [0, 1, 2], "voiced": [0, 9, 9], "reviews": [20, 20, 20]})
    >>> gone(ages)[["weeks", "voiced", "silent_reviews"]].to_numpy().tolist()
    [[1, 18, 20]]
    """
    spans = []
    for weeks in SILENT:
        late = ages["age"] < weeks
        tail, head = (ages[part].groupby("need")[["voiced", "reviews"]].sum() for part in (late, ~late))
        tail = tail.reindex(head.index, fill_value=0)
        chance = none_drawn(tail["voiced"] + head["voiced"], tail["reviews"], tail["reviews"] + head["reviews"])
        spans.append(head.assign(weeks=weeks, silent_reviews=tail["reviews"], none=tail["voiced"] == 0,
                                 chance=chance).reset_index())
    found = _told(pd.concat(spans, ignore_index=True)).sort_values(["p_value", "need", "weeks"]).drop_duplicates("need")
    return found[["need", "weeks", "silent_reviews", "voiced", "reviews", "p_value"]].reset_index(drop=True)


def _told(tests: pd.DataFrame) -> pd.DataFrame:
    """Rows where ``none`` holds and is no chance, with their adjusted ``p_value``.

    ``chance`` hangs on the margins alone; where even silence would be likely nothing can be told.
    """
    tests = tests.assign(p_value=adjusted(np.where(tests["none"], tests["chance"], 1.0), tests["chance"] < LEVEL))
    return tests[(tests["p_value"] < LEVEL).to_numpy(dtype=bool)].reset_index(drop=True)
