"""How often reviewers agree with the model, and with each other. Pure functions of the table ``verdicts``."""

from collections.abc import Set
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from workbench.uncertainty import wilson
from workbench.verdicts.objections import implied, latest

RATES = ["task", "language", "model", "reviewers", "texts", "verdicts", "agree", "agree_ci_lower", "agree_ci_upper",
         "disagree", "wrong_words"]
PAIRS = ["pair", "texts", "same", "same_ci_lower", "same_ci_upper", "kappa", "kappa_ci_lower", "kappa_ci_upper"]
AT_HAND, EARLIER = "the model at hand", "earlier models"


@dataclass(frozen=True)
class Kappa:
    """Agreement of two reviewers: on ``texts`` texts they say the ``same`` (share), ``kappa`` beyond chance.

    Each with its 95% interval; kappa is not a number where both say one and the same of every text, since chance would
    agree as well.
    """

    texts: int
    same: float
    same_interval: tuple[float, float]
    kappa: float
    kappa_interval: tuple[float, float]


def kappa(one: list, other: list) -> Kappa:
    """Cohen's kappa (Cohen 1960, doi:10.1177/001316446002000104) of two lists of what was said of the same texts.

    Its interval is Wilson's interval of the share of equal answers, carried through with chance's share as it is: unlike the
    bootstrap and the large-sample error it does not shrink to a point where a handful of texts were judged alike.

    >>> made = kappa(["yes"] * 4 + ["no"] * 4, ["yes"] * 3 + ["no"] * 5)
    >>> round(made.kappa, 2), round(made.same, 3), [round(float(end), 2) for end in made.kappa_interval]
    (0.75, 0.875, [0.06, 0.96])
    """
    one, other = np.asarray(one, dtype=object), np.asarray(other, dtype=object)
    same = float((one == other).mean())
    low, high = (float(end) for end in wilson((one == other).sum(), len(one)))
    chance = float(sum((one == said).mean() * (other == said).mean() for said in {*one, *other}))
    if chance == 1:
        return Kappa(len(one), same, (low, high), np.nan, (np.nan, np.nan))
    return Kappa(len(one), same, (low, high), (same - chance) / (1 - chance),
                 ((low - chance) / (1 - chance), (high - chance) / (1 - chance)))


def pairs(rows: pd.DataFrame) -> pd.DataFrame:
    """Every two reviewers who judged texts both, as one model read them.

    Same is: both agree, both find the words wrong, or both name the same right label.

    Returns:
        ``pair, texts, same, same_ci_lower, same_ci_upper, kappa, kappa_ci_lower, kappa_ci_upper``, by pair.
    """
    now = latest(rows, each_model=True)
    said = now["verdict"].where((now["verdict"] != "disagree").to_numpy(dtype=bool), "not: " + implied(now))
    wide = now.assign(said=said.astype(object)).pivot(index=["task", "of", "card"], columns="reviewer", values="said")
    found = []
    for one, other in combinations(sorted(wide.columns), 2):
        both = wide[[one, other]].dropna()
        if len(both):
            made = kappa(both[one].tolist(), both[other].tolist())
            found.append((f"{one} and {other}", made.texts, made.same, *made.same_interval, made.kappa,
                          *made.kappa_interval))
    return pd.DataFrame(found, columns=PAIRS)


def rates(rows: pd.DataFrame, cards: Set[str]) -> pd.DataFrame:
    """How often reviewers agree with the models, those at hand and earlier ones.

    The share is the mean over texts of the share of their reviewers who agree, with Wilson's interval for so many texts: two
    reviewers of one text are not two texts.

    Args:
        rows: table ``verdicts``.
        cards: hashes of the cards of the models at hand.

    Returns:
        ``task, language, model, reviewers, texts, verdicts, agree, agree_ci_lower, agree_ci_upper, disagree,
        wrong_words``; the last two count verdicts.
    """
    now = latest(rows, each_model=True)
    now = now.assign(model=np.where(now["card"].isin(cards), AT_HAND, EARLIER))
    found = []
    for of, part in now.groupby(["task", "language", "model"], sort=True):
        by_text = (part["verdict"] == "agree").astype(float).groupby([part["of"], part["card"]]).mean()
        counts = part["verdict"].value_counts()
        low, high = wilson(by_text.sum(), len(by_text))
        found.append((*of, part["reviewer"].nunique(), len(by_text), len(part), by_text.mean(), float(low),
                      float(high), int(counts.get("disagree", 0)), int(counts.get("wrong words", 0))))
    made = pd.DataFrame(found, columns=RATES)
    return made.sort_values(["task", "language", "model"], ascending=[False, True, False], ignore_index=True)
