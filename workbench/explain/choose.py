"""Which texts are explained: by a rule, so that nobody picks the pretty ones, and the same every time."""

import hashlib

import pandas as pd

from workbench.text import sentences

RULES = ("most certain", "least certain", "stars disagree")


def candidates(reviews: pd.DataFrame, language: str, most_characters: int) -> pd.DataFrame:
    """Reviews of a language short enough to be drawn; a longer one is cut after its last sentence that fits.

    Returns:
        ``review, text, rating``, by review.
    """
    rows = reviews[(reviews["language"] == language).to_numpy(dtype=bool)].sort_values("review")
    table = pd.DataFrame({"review": rows["review"], "rating": rows["rating"],
                          "text": [_fitting(text, most_characters) for text in rows["text"]]})
    return table[table["text"].str.len() > 0].reset_index(drop=True)


def sample(table: pd.DataFrame, n: int) -> pd.DataFrame:
    """``n`` rows by a hash of their review numbers: as good as by chance, and the same every time."""
    order = table["review"].map(lambda review: hashlib.sha256(str(review).encode()).hexdigest())
    return table.loc[order.sort_values(kind="stable").index[:n]].sort_values("review").reset_index(drop=True)


def choose(table: pd.DataFrame, told: pd.DataFrame, each: int) -> pd.DataFrame:
    """Texts worth explaining: of each label the most certain, then the least certain, then where stars disagree.

    Args:
        table: ``review, text, rating``; told: ``label, probability`` of the same rows.
        each: how many of each rule (and of each label, for the first).

    Returns:
        ``rule, review, text, rating, label, probability``; no review twice.
    """
    rows = pd.concat([table.reset_index(drop=True), told.reset_index(drop=True)], axis=1)
    certain = rows.sort_values(["probability", "review"], ascending=[False, True])
    stars = rows["rating"].astype("float64")
    against = (((stars >= 4) & (rows["label"] == "negative")) | ((stars <= 2) & (rows["label"] == "positive")))
    parts = [(RULES[0], certain.groupby("label").head(each).sort_values(["label", "probability"], ascending=[True, False])),
             (RULES[1], certain.iloc[::-1].head(each)),
             (RULES[2], certain[against.reindex(certain.index).fillna(False).to_numpy(dtype=bool)].head(each))]
    found = pd.concat([part.assign(rule=rule) for rule, part in parts])
    return found.drop_duplicates("review")[["rule", *rows.columns]].reset_index(drop=True)


def _fitting(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    whole = [sentence.end for sentence in sentences(text) if sentence.end <= most]
    return text[:whole[-1]] if whole else ""
