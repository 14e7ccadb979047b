"""Keywords: the words that tell one group of reviews from all others, not those that are merely frequent."""

import numpy as np
import pandas as pd

from workbench.text import LANGUAGE_NAMES
from workbench.uncertainty import LEVEL, NORMAL, adjusted, with_interval

PRIOR = 500.0  # mentions that the prior counts for; it pulls rare words to no difference
MOST = .1  # of all mentions, that the prior may count for


def log_odds(here: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds ratio of every word in a group against the rest, and its standard error.

    With an informative Dirichlet prior of the words' frequencies over both, worth :data:`PRIOR` mentions or :data:`MOST`
    of all, if that is less (Monroe, Colaresi & Quinn 2008, "Fightin' Words", equations 16 and 19). Half a mention of
    another word is added, so that a vocabulary of one has odds.

    Args:
        here, there: (words, groups), mentions in each group and in the rest.

    >>> ratio, error = log_odds(np.array([[8], [90]]), np.array([[2], [900]]))
    >>> (ratio / error).round(1).ravel().tolist()
    [4.1, -4.2]
    """
    of_here, of_there = here.sum(axis=0), there.sum(axis=0)
    prior = np.minimum(PRIOR, MOST * (of_here + of_there))
    known = prior * (here + there) / np.maximum(of_here + of_there, 1)
    a, b = here + known, there + known
    not_a, not_b = of_here + prior - a + .5, of_there + prior - b + .5
    return np.log(a / not_a) - np.log(b / not_b), np.sqrt(1 / a + 1 / not_a + 1 / b + 1 / not_b)


def keywords(terms: pd.DataFrame, by: str, names: pd.Series | None = None, at_least: int = 3) -> pd.DataFrame:
    """Table ``keywords``: the terms that each product (or aspect) is talked about in, and others are not.

    A review counts once for a term. Within a language, ranked by z, the log-odds ratio over its standard error
    (:func:`log_odds`). Listed where Fisher's exact test (one-sided, on reviews), adjusted over all groups and terms of the
    language by Benjamini & Hochberg (1995), leaves no more than :data:`LEVEL` false among them: with few mentions z alone
    is no guard.

    Args:
        terms: ``review, language, term`` and ``by`` (:func:`workbench.opinions.terms`).
        by: ``product`` or ``aspect``; rows without one are left out.
        names: readable name of each.
        at_least: reviews of the group that a keyword must stand in.
    """
    found = [_of_language(part, by, at_least).assign(language=language)
             for language, part in terms[terms[by].notna().to_numpy(dtype=bool)].groupby("language", sort=True)]
    found = pd.concat(found, ignore_index=True) if found else _of_language(terms.iloc[:0], by, at_least).assign(language="")
    found["rank"] = found.groupby(["subject", "language"], sort=False).cumcount() + 1
    readable = found["subject"] if names is None else found["subject"].map(names).fillna(found["subject"])
    return found.assign(by=by, name=readable)


def _of_language(terms: pd.DataFrame, by: str, at_least: int) -> pd.DataFrame:
    from scipy.stats import hypergeom

    said = terms[["review", by, "term"]].drop_duplicates()
    units = said[["review", by]].drop_duplicates().groupby(by).size()
    table = said.groupby(["term", by]).size().unstack(fill_value=0).reindex(columns=units.index, fill_value=0).sort_index()
    here = table.to_numpy(dtype=float)  # (terms, subjects): reviews
    there = here.sum(axis=1, keepdims=True) - here
    ratio, error = log_odds(here, there)
    of, every = units.to_numpy(dtype=float), float(units.sum())
    chance = hypergeom.sf(here - 1, every, here + there, of)
    could = (here + there >= at_least) & (of > 0)  # a rarer term could not be listed whatever its place
    p_values = adjusted(chance, could)
    own = table.index.to_numpy()[:, None] == table.columns.to_numpy()  # an aspect's own name tells nothing new
    rows, columns = np.nonzero((p_values < LEVEL) & (here >= at_least) & (ratio > 0) & ~own)
    mentioned, subject_reviews = here[rows, columns], of[columns]
    elsewhere = there[rows, columns] / np.maximum(every - subject_reviews, 1)
    ratio, error = ratio[rows, columns], error[rows, columns]
    found = pd.DataFrame({
        "subject": table.columns.to_numpy()[columns], "term": table.index.to_numpy()[rows],
        "reviews": mentioned.astype("int64"), "subject_reviews": subject_reviews.astype("int64"),
        **with_interval("share", mentioned, subject_reviews), "share_elsewhere": elsewhere,
        "log_odds": ratio, "log_odds_ci_lower": ratio - NORMAL * error, "log_odds_ci_upper": ratio + NORMAL * error,
        "z": ratio / error, "p_value": p_values[rows, columns]})
    return found.sort_values(["subject", "z", "term"], ascending=[True, False, True], ignore_index=True)


def worded(table: pd.DataFrame, top: int = 5) -> pd.DataFrame:
    """Table ``keywords`` for readers: ``name, language, words``, the first ``top`` words of each and their reviews.

    >>> worded(pd.DataFrame({"name": "Kettle", "language": "en", "rank": [1, 2], "term": ["jug", "lid"], "z": [4.0, 3.0],
    ...                      "reviews": [5, 3], "subject_reviews": 19})).to_dict("records")
    [{'name': 'Kettle', 'language': 'English', 'words': 'jug (5 of 19), lid (3)'}]
    """
    shown = table[(table["rank"] <= top).to_numpy(dtype=bool)]
    counts = [f"{n:,} of {of:,}" if rank == 1 else f"{n:,}"
              for n, of, rank in zip(shown["reviews"], shown["subject_reviews"], shown["rank"], strict=True)]
    shown = shown.assign(name=shown["name"].str.replace("_", " "), language=shown["language"].map(LANGUAGE_NAMES), words=[
        f"{term} ({count})" for term, count in zip(shown["term"], counts, strict=True)])
    found = shown.groupby(["name", "language"], sort=False).agg(words=("words", ", ".join), z=("z", "max")).reset_index()
    return found.sort_values(["z", "name", "language"], ascending=[False, True, True], ignore_index=True).drop(columns="z")
