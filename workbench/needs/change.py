"""Whether a need is voiced more or less than before: counts of the week and of earlier weeks, tested."""

import numpy as np
import pandas as pd


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
    from statsmodels.stats.multitest import multipletests

    raw = [fisher_exact([[a, reviews_now - a], [b, reviews_before - b]])[1] for a, b in zip(now, before, strict=True)]
    return {"week_share": now / reviews_now, "earlier_share": before / reviews_before,
            "p_value": pd.Series(multipletests(raw, method="fdr_bh")[1], index=now.index)}
