"""What whole reviews say by the model of sentiment, beside the stars that came with them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.errors import ModelError
from workbench.tables import Week, contract, week_of
from workbench.tables.contracts import LANGUAGES, SENTIMENTS
from workbench.uncertainty import with_interval

if TYPE_CHECKING:
    from workbench.models import Shares

FEWEST_STARS, MOST_STARS = 2, 4  # up to so many are negative, from so many positive; between them neutral
SUBJECT_LABELS = {
    "name": "About", "reviews": "Reviews | ,.0f",
    "negative_share": "Negative | .0%", "negative_share_ci_lower": "95% interval | .0%",
    "negative_share_ci_upper": "to | .0%",
    "positive_share": "Positive | .0%", "positive_share_ci_lower": "95% interval | .0%",
    "positive_share_ci_upper": "to | .0%",
    "stars": "Stars | .1f", "low_stars": "Two stars or fewer | .0%"}
ALLOWED_LABELS = {"language": "Language", "sentiment": "Sentiment", "reviews": "New reviews | ,.0f", "said": "Read as | .1%",
                  "share": "Mistakes allowed for | .1%", "share_ci_lower": "95% interval | .1%",
                  "share_ci_upper": "to | .1%"}
AGREE_LABELS = {"language": "Language", "reviews": "Reviews with stars | ,.0f", "agree": "Words and stars agree | .0%",
                "agree_ci_lower": "95% interval | .0%", "agree_ci_upper": "to | .0%", "kappa": "Kappa | .2f",
                "opposite": "Say the opposite | .0%"}


@dataclass(frozen=True)
class Judged:
    """Reviews as the models of sentiment read them.

    Attributes:
        reviews: table ``review_sentiment``.
        cards: card of the model of each language.
        seen: reviews that stood in a model's training set, by language.
        unread: reviews in a language without a model, by language.
        shares: of the sentiments, by language, in reviews that the model has not learnt from; a language whose model does
            not tell its mistakes is left out.
    """

    reviews: pd.DataFrame
    cards: dict[str, dict]
    seen: dict[str, int]
    unread: dict[str, int]
    shares: dict[str, "Shares"]

    @property
    def allowed(self) -> pd.DataFrame:
        """How many reviews are of each sentiment, the model's mistakes on held-out texts allowed for.

        ``language, sentiment, reviews, said, share, share_ci_lower, share_ci_upper``; nothing for a language whose reviews
        these mistakes do not explain.
        """
        rows = [{"language": language, "sentiment": label, "reviews": self.new(language), "said": one.said[label],
                 "share": share, "share_ci_lower": one.intervals[label][0], "share_ci_upper": one.intervals[label][1]}
                for language, one in self.shares.items() if one.explains for label, share in one.found.items()]
        return pd.DataFrame(rows, columns=list(ALLOWED_LABELS))

    def new(self, language: str) -> int:
        """Reviews that the model of a language read and had not learnt from."""
        return int((self.reviews["language"] == language).sum()) - self.seen[language]


def judge(reviews: pd.DataFrame, week: Week) -> Judged:
    """Read every review with the source's model of sentiment of its language.

    Raises:
        ModelError: a model labels something else than negative, neutral and positive.
    """
    from workbench.models import load_remembering, shares_in
    from workbench.models.prior import SAID

    table = reviews.assign(week=week_of(reviews["time"], week.source.timezone))
    parts, cards, seen, unread, shares = [], {}, {}, {}, {}
    for language, part in table.groupby("language", sort=True):
        folder = week.models / f"sentiment_{language}"
        if language not in LANGUAGES or not folder.exists():
            unread[language] = len(part)
            continue
        model = load_remembering(folder)
        if unknown := set(model.labels) - set(SENTIMENTS):
            raise ModelError(f"the model {folder} labels {sorted(unknown)}; sentiment is {', '.join(SENTIMENTS)}")
        texts = part["text"].tolist()
        told, learnt = model.probabilities(texts), model.seen(texts)
        sentiment = np.array(model.labels, dtype=object)[told.argmax(axis=1)]
        parts.append(part.assign(sentiment=sentiment, probability=told.max(axis=1)))
        cards[language], seen[language] = model.card, int(learnt.sum())
        if SAID in model.card and not learnt.all():
            shares[language] = shares_in(model, told[~learnt])
    both = pd.concat(parts) if parts else table.iloc[:0].assign(sentiment=None, probability=np.nan)
    both["by_stars"] = _by_stars(both["rating"])
    return Judged(both.sort_index()[contract("review_sentiment").names].reset_index(drop=True), cards, seen, unread,
                  shares)


def by_subject(judged: pd.DataFrame, by: str, names: pd.Series | None = None, at_least: int = 3) -> pd.DataFrame:
    """Each product (or category): share of its reviews read as negative and positive, beside its stars.

    Returns:
        ``name, reviews, negative_share, positive_share`` with Wilson's 95% intervals, ``stars`` (mean) and ``low_stars``
        (share of the starred reviews with two or fewer); the largest share of negative reviews first.
    """
    rows = judged[judged[by].notna().to_numpy(dtype=bool)]
    stars = rows["rating"].astype("Float64")
    rows = rows.assign(negative=rows["sentiment"].eq("negative").astype("int64"), stars=stars,
                       positive=rows["sentiment"].eq("positive").astype("int64"),
                       low_stars=(stars <= FEWEST_STARS).astype("Float64"))
    table = rows.groupby(by).agg(reviews=("review", "size"), negative=("negative", "sum"), positive=("positive", "sum"),
                                 stars=("stars", "mean"), low_stars=("low_stars", "mean"))
    table = table[(table["reviews"] >= at_least).to_numpy(dtype=bool)]
    for side in ("negative", "positive"):
        table = table.assign(**with_interval(f"{side}_share", table[side], table["reviews"]))
    codes = table.index.to_series()
    table = table.assign(name=codes if names is None else codes.map(names).fillna(codes))
    return table.sort_values(["negative_share", "name"], ascending=[False, True], ignore_index=True)[list(SUBJECT_LABELS)]


def against_stars(judged: pd.DataFrame) -> pd.DataFrame:
    """By language, how often words and stars say the same.

    Returns:
        ``language, reviews`` (with stars), ``agree`` with Wilson's 95% interval, ``kappa`` (Cohen 1960: 0 is chance, 1 is
        always), ``opposite`` (share of the reviews whose words are positive and stars negative, or the other way round).
    """
    from sklearn.metrics import cohen_kappa_score

    rows = []
    for language, part in judged[judged["by_stars"].notna().to_numpy(dtype=bool)].groupby("language", sort=True):
        words, stars = (part[name].to_numpy(dtype=object) for name in ("sentiment", "by_stars"))
        same = int((words == stars).sum())
        one = len({*words, *stars}) == 1  # kappa has no meaning where all say the same
        rows.append({"language": language, "reviews": len(part)} | with_interval("agree", same, len(part)) | {
            "kappa": np.nan if one else float(cohen_kappa_score(words, stars)), "opposite": float(_opposite(part).mean())})
    return pd.DataFrame(rows, columns=["language", "reviews", "agree", "agree_ci_lower", "agree_ci_upper", "kappa",
                                       "opposite"])


def contradictions(judged: pd.DataFrame, reviews: pd.DataFrame, top: int = 10) -> pd.DataFrame:
    """Reviews whose words and stars say the opposite, those of each language that the model is surest of: ``text, rating,
    sentiment, probability, language``."""
    rows = judged[_opposite(judged)].sort_values(["language", "probability", "review"], ascending=[True, False, True])
    rows = rows.groupby("language").head(-(-top // max(rows["language"].nunique(), 1)))
    texts = reviews.set_index("review")["text"]
    return rows.assign(text=rows["review"].map(texts))[
        ["text", "rating", "sentiment", "probability", "language"]].reset_index(drop=True)


def _opposite(judged: pd.DataFrame) -> np.ndarray:
    words, stars = judged["sentiment"], judged["by_stars"]
    return ((words == "positive") & (stars == "negative") | (words == "negative") & (stars == "positive")).fillna(
        False).to_numpy(dtype=bool)


def _by_stars(rating: pd.Series) -> pd.Series:
    stars = rating.astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    told = np.select([stars <= FEWEST_STARS, stars >= MOST_STARS, ~np.isnan(stars)], ["negative", "positive", "neutral"], "")
    return pd.Series(told, index=rating.index, dtype="string").where(told != "")
