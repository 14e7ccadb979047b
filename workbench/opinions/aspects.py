"""How an aspect is spoken of: the reviews that praise it, and those that complain of it."""

import numpy as np
import pandas as pd

from workbench.tables import contract
from workbench.uncertainty import LEVEL, adjusted, least, with_interval

SHOP = "shop"
WHOLE = ("overall", "unnamed")  # aspects that are not one thing
SIDES = {"positive": ("praise",), "negative": ("complaint",)}


def by_aspect(sentences: pd.DataFrame, stars: pd.Series, by: str, names: pd.Series | None = None,
              at_least: int = 3) -> pd.DataFrame:
    """Table ``aspect_sentiment``: every aspect of the shop, then of each product (or category).

    A review that praises an aspect in one sentence and complains of it in another counts on both sides, and as mixed; one
    that only wishes or asks, on none. Shares are of the reviews that speak of the aspect, with Wilson's 95% interval. A
    product's complaints are held against those about the same aspect elsewhere (Fisher's exact test, two-sided, adjusted
    over all that could be told by Benjamini & Hochberg 1995).

    Args:
        sentences: table ``sentences``; those without an aspect are left out.
        stars: by review; empty where the source has none.
        by: ``product`` or ``category``.
        names: readable name of each.
        at_least: reviews that must speak of the aspect.
    """
    told = sentences[sentences["aspect"].notna().to_numpy(dtype=bool)]
    told = told.assign(**{side: told["kind"].isin(kinds).to_numpy() for side, kinds in SIDES.items()},
                       stars=told["review"].map(stars).astype("Float64"))
    shop = _count(told.assign(subject=SHOP)).assign(by=SHOP, name="all reviews")
    own = _count(told[told[by].notna().to_numpy(dtype=bool)].assign(subject=lambda rows: rows[by])).assign(by=by)
    own["name"] = own["subject"] if names is None else own["subject"].map(names).fillna(own["subject"])
    own = own[(own["reviews"] >= at_least).to_numpy(dtype=bool)]
    table = pd.concat([shop[(shop["reviews"] >= at_least).to_numpy(dtype=bool)], own.join(_elsewhere(own, shop))],
                      ignore_index=True)
    for side in SIDES:
        table = table.assign(**with_interval(f"{side}_share", table[side], table["reviews"]))
    return table.reindex(columns=contract("aspect_sentiment").names)


def standing_out(table: pd.DataFrame) -> pd.DataFrame:
    """Aspects of a product that customers complain of more or less than of the same aspect elsewhere, beyond chance."""
    found = table[(table["p_value"] < LEVEL).fillna(False).to_numpy(dtype=bool)]
    return found.sort_values(["p_value", "subject", "aspect"], ignore_index=True)


def worse_than_elsewhere(table: pd.DataFrame, top: int = 10) -> pd.DataFrame:
    """Aspects of a product that customers complain of more than of the same aspect elsewhere, the surest first.

    By how far the lower end of the share's interval lies above the share elsewhere: few reviews do not come first.
    """
    worse = (table["negative_share"] > table["negative_elsewhere"]).fillna(False) & ~table["aspect"].isin(WHOLE)
    own = table[worse.to_numpy(dtype=bool)]
    order = (own["negative_elsewhere"] - own["negative_share_ci_lower"]).astype(float).rename("order")
    return own.join(order).sort_values(["order", "subject", "aspect"]).head(top).drop(columns="order").reset_index(drop=True)


def _count(told: pd.DataFrame) -> pd.DataFrame:
    of = told.groupby(["subject", "aspect", "review"], observed=True)
    each = of.agg(positive=("positive", "max"), negative=("negative", "max"), stars=("stars", "first")).reset_index()
    each["mixed"] = each["positive"] & each["negative"]
    table = each.groupby(["subject", "aspect"], observed=True).agg(
        reviews=("review", "size"), positive=("positive", "sum"), negative=("negative", "sum"), mixed=("mixed", "sum"),
        stars=("stars", "mean")).reset_index()
    return table.astype({name: "int64" for name in ("reviews", "positive", "negative", "mixed")}).sort_values(
        ["subject", "reviews", "aspect"], ascending=[True, False, True], ignore_index=True)


def _elsewhere(own: pd.DataFrame, shop: pd.DataFrame) -> pd.DataFrame:
    """Share of the reviews elsewhere that complain of the same aspect, and the adjusted p-value of no difference."""
    from scipy.stats import fisher_exact

    of, hits = shop.set_index("aspect").reindex(own["aspect"])[["reviews", "negative"]].to_numpy(dtype=float).T
    here, bad = own[["reviews", "negative"]].to_numpy(dtype=float).T
    p, could = np.ones(len(own)), least(hits, here, of) < LEVEL
    p[could] = [fisher_exact([[a, n - a], [b - a, m - n - b + a]])[1]
                for a, n, b, m in zip(bad[could], here[could], hits[could], of[could], strict=True)]
    elsewhere = np.divide(hits - bad, of - here, out=np.full(len(own), np.nan), where=of > here)
    return pd.DataFrame({"negative_elsewhere": elsewhere, "p_value": adjusted(p, could)}, index=own.index)
