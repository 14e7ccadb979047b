"""Metrics from the table ``outcomes``: values that the experiment itself recorded."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.experiments.metrics import MEAN, OUTCOME, PROPORTION, RATIO, SHARE, Deeds, Measured, Metric, instants
from workbench.experiments.plan import DECIDING, RATIO_ALARM
from workbench.experiments.ratio import same_share
from workbench.experiments.wording import percent

#: how a yes/no metric reads in "of 100 customers so many more ..."
DID = {"visit": "visited", "visited": "visited", "click": "clicked", "clicked": "clicked", "open": "opened",
       "opened": "opened", "signup": "signed up", "returned": "sent something back", "churn": "left",
       **dict.fromkeys(DECIDING, "bought")}
LESS_IS_BETTER = ("returned", "return", "returns", "refund", "refunds", "churn", "churned", "unsubscribe", "unsubscribed",
                  "complaint", "complaints", "bounce", "bounced", "error", "errors", "退货", "投诉")


#: metrics in the shop's currency: so named, or with one of these words in their name (an amount at its end)
MONEY = ("spend", "spent", "revenue", "sales", "amount", "gmv", "金额", "销售额", "消费")
MONEY_WORDS = re.compile(r"(?<![a-z])(revenue|gmv|spend)(?![a-z])|(?<![a-z])amount$|金额|销售额|成交额|营收")

#: outcomes so named were measured before the draw: they are no effects, but tell whether the arms were alike
BEFORE = ("before ", "before_", "之前")


def is_before(names: pd.Series) -> np.ndarray:
    """Which outcomes were measured before the draw, by their names; shape (rows,).

    >>> is_before(pd.Series(["before spend", "spend"])).tolist()
    [True, False]
    """
    early = [name for name in names.dropna().unique() if name.casefold().startswith(BEFORE)]
    return names.isin(early).to_numpy(dtype=bool)


def from_outcomes(customers: pd.DataFrame, rows: pd.DataFrame, missing: str,
                  currency: str = "") -> tuple[list[Measured], list[str]]:
    """Every metric of ``rows``, yes/no metrics first, else as they first appear; and what was left out or assumed.

    Args:
        customers: ``customer, arm, time`` of the trial, one row a customer.
        rows: table ``outcomes`` of this experiment.
        missing: what a customer without a row means: ``auto``, ``zero`` or ``drop`` (see ``Plan``).
        currency: unit of metrics that are money by their name.
    """
    row = _places(customers["customer"], rows["customer"])
    strangers = int((row < 0).sum())
    mine = rows[["metric", "value", "base", "time"]].assign(row=row)
    mine = mine[row >= 0] if strangers else mine  # a copy of millions of rows is made only where one is needed
    early = instants(mine["time"]) < instants(customers["time"])[mine["row"]]
    kept = mine[~early] if early.any() else mine
    found, notes = [], []
    if strangers:
        notes.append(f"{strangers:,} outcome rows belong to customers who were not drawn, or were left out.")
    for name in kept["metric"].unique():
        if count := int((early & (mine["metric"] == name).to_numpy()).sum()):
            notes.append(f"{count:,} values of “{name}” were measured before the draw and do not count.")
        found.append(_one(name, kept[(kept["metric"] == name).to_numpy()], customers, missing, currency, notes))
    return sorted(found, key=lambda measured: measured.metric.kind != PROPORTION), notes


def _places(customers: pd.Series, wanted: pd.Series) -> np.ndarray:
    """The place of each of ``wanted`` among ``customers``, -1 if it is not there; in a tenth of the memory of an index.

    >>> _places(pd.Series(["a", "b"], dtype="string"), pd.Series(["b", "x", "b"], dtype="string")).tolist()
    [1, -1, 1]
    """
    known, asked = (pa.array(names, pa.large_string()) for names in (customers, wanted))
    return pc.fill_null(pc.index_in(asked, known), -1).to_numpy(zero_copy_only=False)


def _one(name: str, rows: pd.DataFrame, customers: pd.DataFrame, missing: str, currency: str, notes: list) -> Measured:
    """One metric; what was assumed or left out is added to ``notes``."""
    ratio = bool(rows["base"].notna().any())
    if lacking := int(rows["base"].isna().sum()) if ratio else 0:
        notes.append(f"{lacking:,} values of “{name}” have nothing that they are measured on and do not count.")
        rows = rows[rows["base"].notna()]
    values, row = rows["value"].to_numpy(dtype=float), rows["row"].to_numpy()
    yes_no = not ratio and bool(np.isin(values, (0.0, 1.0)).all())
    known, withheld = np.bincount(row, minlength=len(customers)) > 0, ""
    if repeated := len(row) - int(known.sum()):
        notes.append(f"some customers have several values of “{name}”, {repeated:,} beyond their first; those of a customer "
                     + ("were taken together: one yes is a yes." if yes_no else "were added up."))
    absent = int((~known).sum())
    drop = missing == "drop" or (missing == "auto" and bool((values == 0).any()))
    if absent and not drop:
        notes.append(f"{absent:,} drawn customers have no “{name}” and count as zero: intention to treat. If it is not "
                     "known instead, say so with the parameter missing: drop.")
    if absent and drop:
        notes.append(f"{absent:,} drawn customers have no “{name}” and are left out of it. If nothing happened instead, "
                     "say so with the parameter missing: zero.")
        withheld = _unlike(name, customers["arm"], known)
    metric, times = _metric(name, RATIO if ratio else PROPORTION if yes_no else MEAN, currency), instants(rows["time"])
    below = Deeds(row, times, base := rows["base"].to_numpy(dtype=float)) if ratio else None
    if ratio and (values >= 0).all() and (values <= base).all():  # clicks of views: told in per cent, not as 0.10
        metric = replace(metric, unit=SHARE, of="cases", did=f"count for “{name}”")
    return Measured(metric, Deeds(row, times, values, once=yes_no), below, known if absent and drop else None, withheld)


def _metric(name: str, kind: str, currency: str) -> Metric:
    plain = name.casefold()
    plain = next((plain.removeprefix(word) for word in BEFORE if plain.startswith(word)), plain)
    better = -1 if plain in LESS_IS_BETTER else 1
    if kind == RATIO:
        return Metric(name, f"“{name}” as the experiment recorded it: the sum of all customers of an arm, of the sum of "
                            "what it is measured on.", RATIO, OUTCOME, better=better)
    if kind == PROPORTION:
        return Metric(name, f"Customers with “{name}”, as the experiment recorded it, of all who were drawn.",
                      PROPORTION, OUTCOME, SHARE, did=DID.get(plain, f"had “{name}”"), better=better)
    money = plain in MONEY or bool(MONEY_WORDS.search(plain))
    return Metric(name, f"“{name}” as the experiment recorded it, per customer.", MEAN, OUTCOME,
                  currency if money else "", better=better)


def _unlike(name: str, arms: pd.Series, known: np.ndarray) -> str:
    """Why the metric must be withheld if the arms miss unlike shares of their customers; empty if they miss the same."""
    by = pd.DataFrame({"arm": arms.to_numpy(), "known": known}).groupby("arm")["known"].agg(["sum", "size"])
    if same_share(by["sum"].to_numpy(), by["size"].to_numpy()) >= RATIO_ALARM:
        return ""
    shares = ", ".join(f"{percent(1 - row['sum'] / row['size'])} in “{arm}”" for arm, row in by.iterrows())
    return f"“{name}” is missing for unlike shares of the customers: {shares}"

