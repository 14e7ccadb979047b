"""From sentences to needs: one kind about one aspect of one product (or category), counted and ranked."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import ParameterError
from workbench.needs.change import change
from workbench.needs.detect import NONE
from workbench.needs.measures import measure
from workbench.needs.phrase import phrase
from workbench.tables import Week, contract, shift_week

SCOPES = ("product", "category", "shop")
ASKING = ("complaint", "wish", "missing_information")
KEY = ["scope", "aspect", "kind"]
BEFORE = ["before", "earlier"]
ANY = "any"  # aspect of all that is of one kind about one product, whatever its aspect
LEVEL = .05  # a change is claimed below this adjusted p-value


@dataclass(frozen=True)
class Groups:
    """The needs of a window of weeks.

    Attributes:
        needs, evidence: the tables.
        moved: rows like those of ``needs``, and of a product and kind whatever the aspect (``any``), that are voiced
            more or less than before; strongest first.
        weeks: the window, oldest first; empty for undated reviews.
        reviews: reviews in the window; ``this_week`` of them in the report's week, ``earlier`` in those before.
        expressing: reviews in the window that express at least one need.
        tested: how many changes were tested.
        single: needs voiced by fewer reviews than asked for, counted and left out.
    """

    needs: pd.DataFrame
    evidence: pd.DataFrame
    moved: pd.DataFrame
    weeks: list[str]
    reviews: int
    this_week: int
    earlier: int
    expressing: int
    tested: int
    single: int


def group(sentences: pd.DataFrame, week: Week, names: pd.Series, *, window: int = 4, by: str = "product",
          at_least: int = 3) -> Groups:
    """Group the sentences of ``window`` weeks up to the report's week into needs.

    A need is one kind about one aspect of one product, category, or of the shop (``by``). Its share is of the
    reviews of that product or category in the window that express it, with Wilson's 95 % interval (Wilson 1927).
    What customers ask for is ranked by the reviews that say so, then praise likewise. Changes are tested between
    the report's week and the weeks of the window before it, for each need and, since aspects are told less surely
    than kinds, for each kind about a product as a whole.

    Args:
        sentences: table ``sentences``.
        names: readable name by product code.
        window: weeks; 0 takes all. Undated reviews always count, and have no change.
        by: ``product``, ``category`` or ``shop``; a review without one counts for the shop.
        at_least: needs of fewer reviews are counted as ``single`` and left out.

    Raises:
        ParameterError: ``by`` is not one of the three.
    """
    if by not in SCOPES:
        raise ParameterError(f"by {by!r} must be one of {', '.join(SCOPES)}")
    weeks = _window(sentences, week, window)
    rows = sentences[_inside(sentences, weeks)].copy()
    rows["scope"] = rows[by].fillna("shop") if by != "shop" else "shop"
    rows["when"] = np.where(rows["week"].isna(), "undated", np.where(rows["week"] == week.week, "now", np.where(
        rows["week"] == week.previous, "before", "earlier")))
    voiced = rows[(rows["kind"] != NONE).to_numpy(dtype=bool)]
    counted = _count(pd.concat([voiced, voiced.assign(aspect=ANY)]), rows)
    kept = _with_intervals(counted[counted["reviews"] >= at_least])
    now, before = (rows.loc[rows["when"].isin(when).to_numpy(), "review"].nunique() for when in (["now"], BEFORE))
    kept = kept.assign(**change(kept["week_reviews"], kept["earlier_reviews"], now, before))
    kept["subject"] = kept["scope"].map(names).fillna(kept["scope"]) if by == "product" else kept["scope"]
    needs = _describe(_rank(kept[kept["aspect"] != ANY]), voiced, by)
    alone = counted[(counted["aspect"] != ANY) & (counted["reviews"] < at_least)]
    return Groups(needs, _evidence(needs, voiced), _moved(kept), weeks, rows["review"].nunique(), now, before,
                  voiced["review"].nunique(), int(kept["p_value"].notna().sum()), len(alone))


def product_names(week: Week) -> pd.Series:
    """Readable name by product code; empty where the source has no catalogue."""
    if not week.has("products"):
        return pd.Series(dtype="string")
    products = week.read("products", ["product", "name"])
    return products.set_index("product")["name"]


def _window(sentences: pd.DataFrame, week: Week, window: int) -> list[str]:
    dated = sorted(sentences["week"].dropna().unique())
    if not dated:
        return []
    first = min(dated) if window <= 0 else shift_week(week.week, 1 - window)
    return [name for name in dated if first <= name <= week.week]


def _inside(sentences: pd.DataFrame, weeks: list[str]) -> np.ndarray:
    return (sentences["week"].isna() | sentences["week"].isin(weeks)).to_numpy(dtype=bool)


def _count(voiced: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    by = voiced.groupby(KEY, observed=True)
    table = by.agg(reviews=("review", "nunique"), category=("category", "first"))
    for column, when in (("week_reviews", ["now"]), ("previous_reviews", ["before"]), ("earlier_reviews", BEFORE)):
        part = voiced[voiced["when"].isin(when).to_numpy()]
        table[column] = part.groupby(KEY, observed=True)["review"].nunique()
        table[column] = table[column].fillna(0).astype("int64")
    table = table.reset_index()
    table["scope_reviews"] = table["scope"].map(rows.groupby("scope")["review"].nunique()).astype("int64")
    return table


def _with_intervals(table: pd.DataFrame) -> pd.DataFrame:
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(table["reviews"], table["scope_reviews"], method="wilson")
    return table.assign(share=table["reviews"] / table["scope_reviews"], share_ci_lower=low, share_ci_upper=high)


def _moved(table: pd.DataFrame) -> pd.DataFrame:
    found = table[(table["p_value"] < LEVEL).fillna(False).to_numpy(dtype=bool)].copy()
    finer = set(zip(*(found.loc[found["aspect"] != ANY, key] for key in ("scope", "kind")), strict=True))
    told = [aspect == ANY and (scope, kind) in finer
            for scope, aspect, kind in zip(*(found[key] for key in KEY), strict=True)]
    return found[~np.array(told, dtype=bool)].sort_values(["p_value", *KEY], ignore_index=True)


def _rank(table: pd.DataFrame) -> pd.DataFrame:
    order = table.assign(asks=table["kind"].isin(ASKING)).sort_values(
        ["asks", "reviews", "share_ci_lower", *KEY], ascending=[False, False, False, True, True, True])
    return order.drop(columns="asks").reset_index(drop=True)


def _describe(table: pd.DataFrame, voiced: pd.DataFrame, by: str) -> pd.DataFrame:
    groups = voiced.groupby(KEY, observed=True)
    texts, measures = [], []
    for row in table.itertuples():
        members = groups.get_group((row.scope, row.aspect, row.kind))
        texts.append(phrase(members))
        measures.append(measure(row, row.subject, members["review"].drop_duplicates().tolist()))
    table = table.assign(
        need=_identity(table), rank=range(1, len(table) + 1), phrase=texts, measure=measures,
        product=table["scope"].where(table["scope"] != "shop") if by == "product" else None)
    return table[contract("needs").names]


def _identity(table: pd.DataFrame) -> list[str]:
    return [f"{scope}/{aspect}/{kind}" for scope, aspect, kind in zip(*(table[key] for key in KEY), strict=True)]


def _evidence(needs: pd.DataFrame, voiced: pd.DataFrame) -> pd.DataFrame:
    named = voiced.assign(need=_identity(voiced))
    found = named[named["need"].isin(needs["need"])].rename(columns={"text": "quotation"})
    order = found["need"].map(dict(zip(needs["need"], needs["rank"], strict=True)))
    found = found.assign(order=order).sort_values(["order", "probability"], ascending=[True, False], kind="stable")
    return found[contract("evidence").names].reset_index(drop=True)
