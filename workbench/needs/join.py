"""Near-duplicates joined: sentences of one kind about one subject whose aspect profiles are alike are one need."""

import numpy as np
import pandas as pd

ALIKE = .4  # mean cosine of two groups' profiles from which they are one; chosen on half of the sample's products
PLACE = ["review", "sentence"]


def join(voiced: pd.DataFrame, profiles: pd.DataFrame, known: pd.DataFrame | None = None) -> pd.Series:
    """The aspect of the need that each sentence belongs to.

    Sentences of a kind about a subject start grouped by the aspect that fits each best. The two groups that are most
    alike are joined (average linkage, Sokal & Michener 1958) while their mean cosine is at least :data:`ALIKE`. A group
    is named by the aspect that fits it best on the whole, or as in the week before, if most of its sentences of then
    are most of that need's.

    Args:
        voiced: ``scope, kind, review, sentence``, sentences that express something.
        profiles: (n, aspects) with their index.
        known: ``need, review, sentence`` of the week before; None: there is none.

    Returns:
        aspect, with the index of ``voiced``.

    >>> voiced = pd.DataFrame({"scope": "mug", "kind": "wish", "review": ["a", "b", "c"], "sentence": 0})
    >>> fits = pd.DataFrame({"capacity": [.6, .4, 0.], "variants": [.4, .6, 0.], "noise": [0., 0., 1.]})
    >>> join(voiced, fits).tolist()
    ['capacity', 'capacity', 'noise']
    """
    before = _names_of_before(known)
    voiced = voiced.sort_values(PLACE)
    found = pd.Series(index=voiced.index, dtype="object")
    for (scope, kind), block in voiced.groupby(["scope", "kind"], sort=False, observed=True):
        fits = profiles.loc[block.index].to_numpy(dtype=float)
        groups = _joined(fits)
        names = [profiles.columns[fits[rows].sum(axis=0).argmax()] for rows in groups]
        had = [before.get((scope, kind, *place)) for place in zip(block["review"], block["sentence"], strict=True)]
        for rows, name in zip(groups, _kept(groups, names, had), strict=True):
            found.loc[block.index[rows]] = name
    return found


def _joined(fits: np.ndarray) -> list[np.ndarray]:
    """Rows of each group. The mean cosine of two groups is the inner product of their mean unit profiles."""
    unit = fits / np.maximum(np.linalg.norm(fits, axis=1, keepdims=True), 1e-12)
    best = fits.argmax(axis=1)
    groups = [np.flatnonzero(best == aspect) for aspect in np.unique(best)]
    middles = [unit[rows].mean(axis=0) for rows in groups]
    while len(groups) > 1:
        alike = np.array(middles) @ np.array(middles).T
        np.fill_diagonal(alike, -1)
        one, other = np.unravel_index(alike.argmax(), alike.shape)
        if alike[one, other] < ALIKE:
            break
        rows = np.concatenate([groups[one], groups[other]])
        groups = [group for i, group in enumerate(groups) if i not in (one, other)] + [rows]
        middles = [middle for i, middle in enumerate(middles) if i not in (one, other)] + [unit[rows].mean(axis=0)]
    return groups


def _kept(groups: list[np.ndarray], names: list[str], had: list[str | None]) -> list[str]:
    """Each group's name of the week before where it is the same need by mutual majority, else its own."""
    had = np.array(had, dtype=object)
    for i, rows in enumerate(groups):
        counts = pd.Series(had[rows]).value_counts()
        if len(counts):
            name = min(counts.index[counts == counts.max()])
            if counts[name] * 2 > counts.sum() and counts[name] * 2 > (had == name).sum():
                names[i] = name
    return names


def _names_of_before(known: pd.DataFrame | None) -> dict[tuple, str]:
    if known is None:
        return {}
    parts = [need.rsplit("/", 2) for need in known["need"]]
    return {(scope, kind, review, int(sentence)): aspect for (scope, aspect, kind), review, sentence in zip(
        parts, known["review"], known["sentence"], strict=True)}
