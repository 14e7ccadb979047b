"""From reviews to sentences, each with the kind of need that a model reads in it and the aspects that fit it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench import sample
from workbench.errors import ModelError
from workbench.needs.aspects import WORDED
from workbench.needs.background import Background, with_catalogue
from workbench.needs.learnt import AspectReader, learn_aspects
from workbench.tables import Week, contract, week_of
from workbench.tables.contracts import LANGUAGES
from workbench.text import sentences

NONE = "none"


@dataclass(frozen=True)
class Read:
    """Reviews as their sentences.

    Attributes:
        sentences: table ``sentences``.
        profiles: how well each aspect fits each sentence that expresses something, 0 to 1; index as ``sentences``.
        reviews: ``review, customer, rating`` of those that were read.
        cards: card of the model that read each language.
        seen: sentences that stood in a model's training set, by language.
        aspects_seen: sentences that a reader of aspects learnt from.
        unread: reviews in a language that no model reads, by language.
    """

    sentences: pd.DataFrame
    profiles: pd.DataFrame
    reviews: pd.DataFrame
    cards: dict[str, dict]
    seen: dict[str, int]
    aspects_seen: int
    unread: dict[str, int]


def load_readers(week: Week) -> dict:
    """The source's models of needs (``workbench.models``) by language, as they serve; those it lacks stay out."""
    from workbench.models import load_fast

    return {language: load_fast(folder) for language in LANGUAGES
            if (folder := week.models / f"needs_{language}").exists()}


def load_aspects(languages) -> dict[str, AspectReader]:
    """Who tells aspects in each of the languages, learnt from the sample shop's gold (seconds)."""
    gold = sample.gold_sentences()
    return {language: learn_aspects(gold, language) for language in languages}


def read_reviews(reviews: pd.DataFrame, week: Week, models: dict, aspects: dict, known: Background) -> Read:
    """Split every review into sentences and read each with the models of its language.

    Args:
        reviews: table ``reviews``.
        models: a classifier (``workbench.models``) of the task ``needs`` by language.
        aspects: an :class:`AspectReader` for each of these languages.
        known: what the catalogue says of each product.

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
    voiced = table[(table["kind"] != NONE).to_numpy(dtype=bool)]
    profiles = _profiles(voiced, aspects, known)
    learnt_from = frozenset().union(*(reader.learnt_from for reader in aspects.values()))
    table["aspect"] = profiles.idxmax(axis=1).reindex(table.index)
    return Read(table, profiles, reviews.loc[reviews["review"].isin(table["review"]), ["review", "customer", "rating"]],
                {language: model.card for language, model in models.items()}, seen,
                int(voiced["text"].isin(learnt_from).sum()), unread)


def _profiles(voiced: pd.DataFrame, aspects: dict, known: Background) -> pd.DataFrame:
    parts = [pd.DataFrame(columns=list(WORDED), dtype=float)]
    for language, reader in aspects.items():
        rows = voiced[(voiced["language"] == language).to_numpy(dtype=bool)]
        parts.append(pd.DataFrame(reader.profiles(rows["text"].tolist()), index=rows.index, columns=reader.labels))
    return with_catalogue(pd.concat(parts).reindex(voiced.index).fillna(0.0), voiced, known)


def _split(reviews: pd.DataFrame, week: Week) -> pd.DataFrame:
    weeks = week_of(reviews["time"], week.source.timezone)
    rows = [(review, place, sentence.text, language, product, category, at)
            for review, text, language, product, category, at in zip(
                reviews["review"], reviews["text"], reviews["language"], reviews["product"], reviews["category"], weeks,
                strict=True)
            for place, sentence in enumerate(sentences(text))]
    return pd.DataFrame(rows, columns=["review", "sentence", "text", "language", "product", "category", "week"])
