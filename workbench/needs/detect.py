"""From reviews to sentences, each with the kind of need that a model reads in it and the aspect it names."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import ModelError
from workbench.needs.aspects import aspect_of
from workbench.tables import Week, contract, week_of
from workbench.tables.contracts import LANGUAGES
from workbench.text import sentences

NONE = "none"


@dataclass(frozen=True)
class Read:
    """Reviews as their sentences.

    Attributes:
        sentences: table ``sentences``.
        cards: card of the model that read each language.
        seen: sentences that stood in a model's training set, by language.
        unread: reviews in a language that no model reads, by language.
    """

    sentences: pd.DataFrame
    cards: dict[str, dict]
    seen: dict[str, int]
    unread: dict[str, int]


def load_readers(week: Week) -> dict:
    """The source's models of needs (``workbench.models``) by language; those it lacks are left out."""
    from workbench.models import load_classifier

    return {language: load_classifier(folder) for language in LANGUAGES
            if (folder := week.models / f"needs_{language}").exists()}


def read_reviews(reviews: pd.DataFrame, week: Week, models: dict) -> Read:
    """Split every review into sentences and read each with the model of its language.

    Args:
        reviews: table ``reviews``.
        models: a classifier (``workbench.models``) of the task ``needs`` by language.

    Raises:
        ModelError: there is no model at all, or one does not know the kinds of needs.
    """
    if not models:
        raise ModelError(f"no model reads needs: {week.models}/needs_en and needs_zh are not there; run the notebook "
                         "21_fine_tune, which makes them, also from the sample shop's labels where a source has none")
    allowed = contract("sentences")["kind"].allowed
    for language, model in models.items():
        if unknown := set(model.labels) - set(allowed):
            raise ModelError(f"the model {language} labels {sorted(unknown)}; needs are {', '.join(allowed)}")
    table = _split(reviews, week)
    table["kind"], table["probability"] = NONE, np.nan
    seen = {}
    for language, model in models.items():
        rows = (table["language"] == language).to_numpy(dtype=bool)
        texts = table.loc[rows, "text"].tolist()
        told = model.predict(texts)
        table.loc[rows, "kind"] = told["label"].to_numpy()
        table.loc[rows, "probability"] = told["probability"].to_numpy()
        seen[language] = int(model.seen(texts).sum())
    unread = reviews.loc[~reviews["language"].isin(list(models)), "language"].value_counts().to_dict()
    table = table[table["probability"].notna()].reset_index(drop=True)
    table["aspect"] = [aspect_of(text, language) if kind != NONE else None
                       for text, language, kind in zip(table["text"], table["language"], table["kind"], strict=True)]
    return Read(table, {language: model.card for language, model in models.items()}, seen, unread)


def _split(reviews: pd.DataFrame, week: Week) -> pd.DataFrame:
    weeks = week_of(reviews["time"], week.source.timezone)
    rows = [(review, place, sentence.text, language, product, category, at)
            for review, text, language, product, category, at in zip(
                reviews["review"], reviews["text"], reviews["language"], reviews["product"], reviews["category"], weeks,
                strict=True)
            for place, sentence in enumerate(sentences(text))]
    return pd.DataFrame(rows, columns=["review", "sentence", "text", "language", "product", "category", "week"])
