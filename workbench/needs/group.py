"""From sentences to needs: one kind about one aspect of one product (or category), counted, weighed and ranked."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import ParameterError
from workbench.needs.aspects import OVERALL, UNNAMED
from workbench.needs.background import Background
from workbench.needs.change import change, gone, new
from workbench.needs.detect import ASKING, NONE, Read
from workbench.needs.join import join
from workbench.needs.measures import effect, measure
from workbench.needs.phrase import phrase
from workbench.needs.weigh import weigh, weight
from workbench.tables import Week, contract, week_start
from workbench.uncertainty import LEVEL, with_interval

SCOPES = ("product", "category", "shop")
KEY = ["scope", "aspect", "kind"]
BEFORE = ["before", "earlier"]
ANY = "any"  # aspect of all that is of one kind about one product, whatever its aspect


@dataclass(frozen=True)
class Groups:
    """The needs of a window of weeks.

    Attributes:
        needs, evidence: the tables.
        moved: rows like those of ``needs``, and of a product and kind whatever the aspect (``any``), that are voiced
            more or less than before; strongest first.
        gone: ``scope, aspect, kind, subject, weeks`` (of silence), ``silent_reviews, voiced, reviews`` (of the subject,
            before those) and ``p_value`` of needs that went away.
        weeks: the window, oldest first; empty for undated reviews.
        reviews: reviews in the window; ``this_week`` of them in the report's week, ``earlier`` in those before.
        expressing: reviews in the window that wish, complain or ask.
        tested: how many changes were tested.
        single: needs voiced by fewer reviews than asked for, counted and left out.
    """

    needs: pd.DataFrame
    evidence: pd.DataFrame
    moved: pd.DataFrame
    gone: pd.DataFrame
    weeks: list[str]
    reviews: int
    this_week: int
    earlier: int
    expressing: int
    tested: int
    single: int


def group(read: Read, week: Week, known: Background, *, window: int = 4, by: str = "product", at_least: int = 3) -> Groups:
    """Group the sentences of ``window`` weeks up to the report's week into needs.

    A need is one kind about one aspect of one product, category, or of the shop (``by``); sentences that say the same
    under several aspects are joined (:func:`join`). Its share is of the reviews of that product or category in the
    window that express it, with Wilson's 95% interval (Wilson 1927). What customers ask for is ranked by
    :func:`weight`, what names no aspect after what does, since nobody can act on it; then praise likewise. Changes are
    tested between the report's week and the weeks of the window before it, for each need and, since aspects are told less
    surely than kinds, for each kind about a product as a whole; whether a need is new or gone, against all earlier weeks.

    Args:
        known: names, what customers spent, and the needs of the week before, whose identity is kept.
        window: weeks; 0 takes all. Undated reviews always count, and have no change.
        by: ``product``, ``category`` or ``shop``; a review without a product counts for its category,
            and without that for the shop.
        at_least: needs of fewer reviews are counted as ``single`` and left out.

    Raises:
        ParameterError: ``by`` is not one of the three.
    """
    if by not in SCOPES:
        raise ParameterError(f"by {by!r} must be one of {', '.join(SCOPES)}")
    ever = _ever(read, week, known, by)
    rows = week.within(ever, window)
    weeks = sorted(rows["week"].dropna().unique())
    voiced = rows[(rows["kind"] != NONE).to_numpy(dtype=bool)]
    counted = _count(pd.concat([voiced, voiced.assign(aspect=ANY)]), rows)
    kept = counted[counted["reviews"] >= at_least]
    kept = kept.assign(**with_interval("share", kept["reviews"], kept["scope_reviews"]))
    now, before = (rows.loc[rows["when"].isin(when).to_numpy(), "review"].nunique() for when in (["now"], BEFORE))
    kept = kept.assign(**change(kept["week_reviews"], kept["earlier_reviews"], now, before))
    ages = _ages(ever, week, at_least)
    kept["new"] = pd.Series(_identity(kept), index=kept.index).isin(new(ages)["need"])
    kept["subject"] = _subjects(kept["scope"], known, by)
    needs = _describe(kept[kept["aspect"] != ANY], voiced, known.spent(week.end), by, len(weeks))
    alone = counted[(counted["aspect"] != ANY) & (counted["reviews"] < at_least)]
    asking = voiced.loc[voiced["kind"].isin(ASKING).to_numpy(dtype=bool), "review"].nunique()
    return Groups(needs, _evidence(needs, voiced), _moved(kept), _gone(ages, known, by), weeks, rows["review"].nunique(),
                  now, before, asking, int(kept["p_value"].notna().sum()), len(alone))


def _ever(read: Read, week: Week, known: Background, by: str) -> pd.DataFrame:
    """Every sentence up to the week with its ``scope``, its need's ``aspect``, who wrote it and ``when``.

    ``surely``: probability of the kind × fit of the aspect, by which quotations are chosen.
    """
    rows = week.within(read.sentences).copy()
    rows = rows.join(read.reviews.set_index("review"), on="review")
    rows["scope"] = _scopes(rows, by)
    rows["when"] = np.where(rows["week"].isna(), "undated", np.where(rows["week"] == week.week, "now", np.where(
        rows["week"] == week.previous, "before", "earlier")))
    voiced = rows[(rows["kind"] != NONE).to_numpy(dtype=bool)]
    told = join(voiced, read.profiles, known.known)
    fits = read.profiles.to_numpy()[read.profiles.index.get_indexer(told.index), read.profiles.columns.get_indexer(told)]
    rows["surely"] = rows["probability"] * pd.Series(fits, index=told.index).reindex(rows.index)
    return rows.assign(aspect=told.reindex(rows.index))


def _scopes(rows: pd.DataFrame, by: str) -> pd.Series:
    """What each row counts for: the product (``by``), where there is none its category, and without one the shop."""
    scopes = pd.Series(SCOPES[-1], index=rows.index, dtype="object")
    for name in reversed(SCOPES[SCOPES.index(by):-1]):
        scopes = rows[name].astype("object").where(rows[name].notna(), scopes)
    return scopes


def _subjects(scopes: pd.Series, known: Background, by: str) -> pd.Series:
    subjects = scopes.replace({SCOPES[-1]: f"the {SCOPES[-1]}"})
    return scopes.map(known.names).fillna(subjects) if by == "product" else subjects


def _ages(ever: pd.DataFrame, week: Week, at_least: int) -> pd.DataFrame:
    """Every need of enough reviews in every week in which its subject was reviewed: ``need, age, voiced, reviews``."""
    dated = ever[ever["week"].notna().to_numpy(dtype=bool)]
    names = sorted(dated["week"].unique())
    now = week_start(week.week)
    dated = dated.assign(age=dated["week"].map({name: (now - week_start(name)).days // 7 for name in names}))
    subject = dated.groupby(["scope", "age"], observed=True)["review"].nunique().rename("reviews").reset_index()
    voiced = dated[(dated["kind"] != NONE).to_numpy(dtype=bool)]
    voiced = voiced.assign(need=_identity(voiced))
    needs = voiced.groupby("need")["review"].nunique()
    voiced = voiced[voiced["need"].isin(needs.index[needs >= at_least]).to_numpy(dtype=bool)]
    every = voiced[["need", "scope"]].drop_duplicates().merge(subject, on="scope")
    counts = voiced.groupby(["need", "age"])["review"].nunique().rename("voiced").reset_index()
    return every.merge(counts, on=["need", "age"], how="left").fillna({"voiced": 0})


def _gone(ages: pd.DataFrame, known: Background, by: str) -> pd.DataFrame:
    found = gone(ages)
    parts = pd.DataFrame([need.rsplit("/", 2) for need in found["need"]], columns=KEY, dtype="string")
    return pd.concat([parts, found.drop(columns="need")], axis=1).assign(subject=_subjects(parts["scope"], known, by))


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


def _moved(table: pd.DataFrame) -> pd.DataFrame:
    found = table[(table["p_value"] < LEVEL).fillna(False).to_numpy(dtype=bool)].copy()
    finer = set(zip(*(found.loc[found["aspect"] != ANY, key] for key in ("scope", "kind")), strict=True))
    told = [aspect == ANY and (scope, kind) in finer
            for scope, aspect, kind in zip(*(found[key] for key in KEY), strict=True)]
    return found[~np.array(told, dtype=bool)].sort_values(["p_value", *KEY], ignore_index=True)


def _describe(table: pd.DataFrame, voiced: pd.DataFrame, spent: pd.Series | None, by: str, weeks: int) -> pd.DataFrame:
    """The rows of table ``needs``, ranked."""
    needs, kinds = voiced.groupby(KEY, observed=True), voiced.groupby(["scope", "kind"], observed=True)
    found = []
    for row in table.itertuples():
        members, all_of_kind = needs.get_group((row.scope, row.aspect, row.kind)), kinds.get_group((row.scope, row.kind))
        found.append({"phrase": phrase(members), "who": members["review"].drop_duplicates().tolist()}
                     | weigh(members, spent).to_dict()
                     | effect(all_of_kind["review"], all_of_kind["aspect"] == row.aspect, row.scope_reviews, weeks))
    columns = ["phrase", "who", *(name for name in contract("needs").names if name not in table.columns)]
    table = table.reset_index(drop=True).join(pd.DataFrame(found, columns=list(dict.fromkeys(columns))))
    table = _rank(table.assign(weight=weight(table), customers=table["customers"].astype("Int64")))
    products = set(voiced["product"].dropna()) if by == SCOPES[0] else set()
    return table.assign(
        need=_identity(table), rank=range(1, len(table) + 1),
        measure=[measure(row, row.who) for row in table.itertuples()],
        product=table["scope"].where(table["scope"].isin(products)))[contract("needs").names]


def _rank(table: pd.DataFrame) -> pd.DataFrame:
    order = table.assign(asks=table["kind"].isin(ASKING), named=~table["aspect"].isin((OVERALL, UNNAMED))).sort_values(
        ["asks", "named", "weight", "reviews", *KEY], ascending=[False, False, False, False, True, True, True])
    return order.reset_index(drop=True)


def _identity(table: pd.DataFrame) -> list[str]:
    return [f"{scope}/{aspect}/{kind}" for scope, aspect, kind in zip(*(table[key] for key in KEY), strict=True)]


def _evidence(needs: pd.DataFrame, voiced: pd.DataFrame) -> pd.DataFrame:
    named = voiced.assign(need=_identity(voiced))
    found = named[named["need"].isin(needs["need"])].rename(columns={"text": "quotation"})
    order = found["need"].map(dict(zip(needs["need"], needs["rank"], strict=True)))
    found = found.assign(order=order).sort_values(["order", "surely"], ascending=[True, False], kind="stable")
    return found[contract("evidence").names].reset_index(drop=True)
