"""Which texts are explained: by a rule, so that nobody picks the pretty ones, and the same every time.

In this order, no text twice: the quotations that the week's findings rest on; the texts that the model is least sure
of; those where it says otherwise than the customer's stars; its errors on texts with a known label that it has not
learnt from. Of equal rank the review number decides, or the hash of the text.
"""

import hashlib

import pandas as pd

from workbench.models import Classifier, text_hash
from workbench.readable import numeral

QUOTED, UNSURE, AGAINST, WRONG = "behind a finding", "least certain", "stars disagree", "held-out error"
RULES = {
    QUOTED: "The surest sentence of each of the needs that rank highest: what the report quotes for it.",
    UNSURE: "Where the model's most probable label has the lowest probability.",
    AGAINST: "Where the model says negative of 4 or 5 stars, or positive of 1 or 2; the surest first.",
    WRONG: "Where a label is known that the model has not learnt from, and it says another; the surest first."}
COLUMNS = ["rule", "reason", "review", "text", "rating", "label", "probability"]


def candidates(reviews: pd.DataFrame, language: str, most_characters: int) -> pd.DataFrame:
    """Reviews of a language that are short enough to be read and drawn whole; what is cut cannot be explained.

    Returns:
        ``review, text, rating``, by review; ``attrs["too_long"]`` counts those left out.
    """
    rows = reviews[(reviews["language"] == language).to_numpy(dtype=bool)].sort_values("review")
    rows = rows[["review", "text", "rating"]][(rows["text"].str.strip().str.len() > 0).to_numpy(dtype=bool)]
    fits = (rows["text"].str.len() <= most_characters).to_numpy(dtype=bool)
    found = rows[fits].reset_index(drop=True)
    found.attrs["too_long"] = int((~fits).sum())
    return found


def sample(table: pd.DataFrame, n: int) -> pd.DataFrame:
    """``n`` rows by a hash of their review numbers: as good as by chance, and the same every time."""
    order = table["review"].map(lambda review: hashlib.sha256(str(review).encode()).hexdigest())
    return table.loc[order.sort_values(kind="stable").index[:n]].sort_values("review").reset_index(drop=True)


def quotations(needs: pd.DataFrame, evidence: pd.DataFrame, language: str, most_characters: int) -> pd.DataFrame:
    """The first quotation of each need in a language, highest rank first: ``need, rank, name, kind, review, text``."""
    rows = evidence[(evidence["language"] == language).to_numpy(dtype=bool)].merge(
        needs[["need", "rank", "kind", "phrase", "subject"]], on="need", validate="many_to_one")
    rows = rows[(rows["quotation"].str.len() <= most_characters).to_numpy(dtype=bool)]
    rows = rows.drop_duplicates("need").sort_values("rank").drop_duplicates("quotation")
    return rows.assign(name=rows["phrase"] + " (" + rows["subject"] + ")").rename(columns={"quotation": "text"})[
        ["need", "rank", "name", "kind", "review", "text"]].reset_index(drop=True)


def quoted(table: pd.DataFrame, model: Classifier, each: int) -> pd.DataFrame:
    """The first ``each`` of :func:`quotations` whose kind the model knows; it is this kind that is explained."""
    rows = table[table["kind"].isin(model.labels).to_numpy(dtype=bool)].head(each)
    told = model.probabilities(rows["text"].tolist())
    return rows.assign(
        rule=QUOTED, rating=pd.NA, label=rows["kind"],
        probability=[row[model.labels.index(kind)] for row, kind in zip(told, rows["kind"], strict=True)],
        reason=[f"quoted for need {rank}, “{name}”" for rank, name in zip(rows["rank"], rows["name"], strict=True)])[COLUMNS]


def doubtful(table: pd.DataFrame, told: pd.DataFrame, each: int) -> pd.DataFrame:
    """Texts that the model is least sure of, then those where the stars disagree.

    Args:
        table: ``review, text, rating``; told: ``label, probability`` of the same rows.
        each: how many of each rule.

    Returns:
        :data:`COLUMNS`.
    """
    rows = pd.concat([table.reset_index(drop=True), told.reset_index(drop=True)], axis=1)
    rows = rows.sort_values(["probability", "review"], ascending=[False, True])
    stars = rows["rating"].astype("float64")
    against = rows[((stars >= 4) & (rows["label"] == "negative")) | ((stars <= 2) & (rows["label"] == "positive"))]
    unsure = rows.sort_values(["probability", "review"]).head(each)
    return pd.concat([
        unsure.assign(rule=UNSURE, reason=[f"the lowest probability of {len(rows):,} reviews"] * len(unsure)),
        against.head(each).assign(rule=AGAINST, reason=[
            f"{numeral(row.rating, '.0f')} stars; one of {len(against):,} of {len(rows):,} reviews"
            for row in against.head(each).itertuples()])])[COLUMNS]


def errors(labelled: pd.DataFrame, model: Classifier, each: int, most_characters: int) -> pd.DataFrame:
    """Texts whose known label the model misses, of those that it has not learnt from, the surest first.

    Args:
        labelled: ``text, label`` of one task and language.
    """
    rows = labelled[labelled["label"].isin(model.labels).to_numpy(dtype=bool)].drop_duplicates("text")
    rows = rows[(~model.seen(rows["text"].tolist())) & (rows["text"].str.len() <= most_characters).to_numpy(dtype=bool)]
    told = model.predict(rows["text"].tolist()).rename(columns={"label": "said"})
    rows = pd.concat([rows.reset_index(drop=True), told], axis=1)
    missed = rows[(rows["said"] != rows["label"]).to_numpy(dtype=bool)]
    missed = missed.assign(hash=missed["text"].map(text_hash)).sort_values(["probability", "hash"], ascending=[False, True])
    reason = [f"labelled {row.label} by a person; one of {len(missed):,} errors in {len(rows):,} held-out texts"
              for row in missed.head(each).itertuples()]
    return missed.head(each).assign(rule=WRONG, reason=reason, review=pd.NA, rating=pd.NA, label=missed["said"].head(each))[
        COLUMNS]


def together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """The rules' texts in their order, none twice."""
    found = pd.concat([part.astype({"review": "string", "rating": "Float64"}) for part in parts])
    return found.drop_duplicates("text").reset_index(drop=True)
