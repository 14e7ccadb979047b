"""From reviews to sentences, each with the kind of need that a model reads in it and the aspects that fit it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench import sample
from workbench.errors import ModelError
from workbench.needs.advice import ADVICE, WARNING, meant
from workbench.needs.aspects import UNNAMED, WORDED
from workbench.needs.background import Background, with_catalogue
from workbench.needs.discover import discover, with_discovered
from workbench.needs.learnt import AspectReader, learn_aspects
from workbench.needs.stars import learn_sentiment, learn_stars, with_sentiment, with_stars
from workbench.tables import Week, contract, week_of
from workbench.tables.contracts import LANGUAGES, SENTIMENTS
from workbench.text import foreign, own_sentences, replies

NONE = "none"
#: fit of the best aspect below which none can be told: on products held out it is right there in 2 (Chinese) or 3 of 10
UNSURE = .3
OWN_LABELS = "the source's own labels"  # what the card of a model says that learnt from them
ASKING = ("complaint", "wish", "missing_information")


@dataclass(frozen=True)
class Read:
    """Reviews as their sentences.

    Attributes:
        sentences: table ``sentences``.
        profiles: how well each aspect fits each sentence that expresses something, 0 to 1; index as ``sentences``.
        reviews: ``review, customer, rating`` of those that were read.
        discovered: ``language, term, aspect, reviews``: words of the texts that name an aspect.
        cards: card of the model that read each language.
        seen: sentences that stood in a model's training set, by language.
        aspects_seen: sentences that a reader of aspects learnt from.
        unread: reviews in a language that no model reads, by language, or in the script of another, by script.
        to_others: sentences that read as wishes but speak to other customers: ``advice`` and ``warning``, how many.
        starred: sentences whose review has stars, which help to tell their kind.
        felt: reviews without stars whose sentiment, read by a model, helps instead.
        answered: reviews in which the shop's answer stands too, which is not read.
    """

    sentences: pd.DataFrame
    profiles: pd.DataFrame
    reviews: pd.DataFrame
    discovered: pd.DataFrame
    cards: dict[str, dict]
    seen: dict[str, int]
    aspects_seen: int
    unread: dict[str, int]
    to_others: dict[str, int]
    starred: int
    felt: int
    answered: int


def load_readers(week: Week) -> dict:
    """The source's models of needs (``workbench.models``) by language, as they serve; those it lacks stay out."""
    from workbench.models import load_fast

    return {language: load_fast(folder) for language in LANGUAGES
            if (folder := week.models / f"needs_{language}").exists()}


def load_aspects(languages) -> dict[str, AspectReader]:
    """Who tells aspects in each of the languages, learnt from the sample shop's gold (seconds)."""
    gold = sample.gold_sentences()
    return {language: learn_aspects(gold, language) for language in languages}


def load_moods(week: Week) -> dict:
    """The source's models of sentiment by language, those that learnt from its own labels: others do not read it well."""
    from workbench.models import load_fast

    found = {language: load_fast(folder) for language in LANGUAGES
             if (folder := week.models / f"sentiment_{language}").exists()}
    return {language: model for language, model in found.items() if model.card.get("origin") == OWN_LABELS}


def read_reviews(reviews: pd.DataFrame, week: Week, models: dict, aspects: dict, known: Background,
                 moods: dict | None = None) -> Read:
    """Split every review into sentences and read each with the models of its language.

    Args:
        reviews: table ``reviews``.
        models: a classifier (``workbench.models``) of the task ``needs`` by language.
        aspects: an :class:`AspectReader` for each of these languages.
        known: what the catalogue says of each product.
        moods: of :func:`load_moods`; they tell of reviews without stars what stars would.

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
    reviews, unread = _readable(reviews, models)
    felt = _moods(reviews, moods or {})
    table, seen = _kinds(_split(reviews, week), models, felt)
    table = table[table["probability"].notna()].reset_index(drop=True)
    table["kind"], others = _to_others(table)
    voiced = table[(table["kind"] != NONE).to_numpy(dtype=bool)]
    profiles, discovered, aspects_seen = _profiles(table, voiced, aspects, known)
    table["aspect"] = profiles.idxmax(axis=1).reindex(table.index)
    cards = {language: model.card for language, model in models.items() if (table["language"] == language).any()}
    return Read(table.drop(columns="rating"), profiles,
                reviews.loc[reviews["review"].isin(table["review"]), ["review", "customer", "rating"]], discovered,
                cards, seen, aspects_seen, unread, others,
                int(table["rating"].notna().sum()), len(felt), sum(bool(replies(text)) for text in reviews["text"]))


def _readable(reviews: pd.DataFrame, models: dict) -> tuple[pd.DataFrame, dict[str, int]]:
    """The reviews that a model can read, and how many others there are, by language or script."""
    written_in = pd.Series([foreign(text, language) if language in models else language for text, language in
                            zip(reviews["text"], reviews["language"], strict=True)], reviews.index, dtype="object")
    other = (written_in != "").to_numpy(dtype=bool)
    return reviews[~other], written_in[other].value_counts().to_dict()


def _kinds(table: pd.DataFrame, models: dict, moods: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """The sentences with ``kind`` and ``probability``, by text and stars or mood; and how many each model had seen."""
    kind, probability = pd.Series(NONE, table.index, dtype="object"), pd.Series(np.nan, table.index)
    gold = sample.gold_sentences()
    seen, stars, sentiment = {}, learn_stars(gold), learn_sentiment(gold)
    for language, model in models.items():
        rows = (table["language"] == language).to_numpy(dtype=bool)
        texts = table.loc[rows, "text"].tolist()
        told = with_stars(model.probabilities(texts), model.labels, table.loc[rows, "rating"], stars)
        told = with_sentiment(told, model.labels, moods.reindex(table.loc[rows, "review"]), sentiment)
        kind[rows], probability[rows] = np.array(model.labels, dtype=object)[told.argmax(axis=1)], told.max(axis=1)
        seen[language] = int(model.seen(texts).sum())
    return table.assign(kind=kind, probability=probability), seen


def _moods(reviews: pd.DataFrame, moods: dict) -> pd.DataFrame:
    """Probabilities of the sentiments of every review without stars whose language a model reads; index: review."""
    parts = [pd.DataFrame(columns=SENTIMENTS, dtype=float)]
    for language, model in moods.items():
        bare = reviews[(reviews["rating"].isna() & (reviews["language"] == language)).to_numpy(dtype=bool)]
        read = pd.DataFrame(model.probabilities(bare["text"].tolist()), bare["review"].tolist(), model.labels)
        parts.append(read.reindex(columns=SENTIMENTS, fill_value=0.0))
    return pd.concat(parts)


def _profiles(table: pd.DataFrame, voiced: pd.DataFrame, aspects: dict,
              known: Background) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Profiles of what is voiced, the words discovered, and how many sentences the readers had learnt from.

    Those keep what people said they are about; all others lean to what the catalogue and the source's own texts name.
    """
    parts = [pd.DataFrame(columns=list(WORDED), dtype=float)]
    for language, reader in aspects.items():
        rows = voiced[(voiced["language"] == language).to_numpy(dtype=bool)]
        parts.append(pd.DataFrame(reader.profiles(rows["text"].tolist()), index=rows.index, columns=reader.labels))
    profiles = _doubted(with_catalogue(pd.concat(parts).reindex(voiced.index).fillna(0.0), voiced, known))
    discovered = discover(table, table["kind"].isin(ASKING).to_numpy(dtype=bool), known.names)
    learnt_from = frozenset().union(*(reader.learnt_from for reader in aspects.values()))
    learnt = voiced["text"].isin(learnt_from).to_numpy(dtype=bool)
    return with_discovered(profiles, discovered, ~learnt), discovered.terms, int(learnt.sum())


def _doubted(profiles: pd.DataFrame) -> pd.DataFrame:
    """Profiles in which no aspect fits well enough (:data:`UNSURE`) made ``unnamed``."""
    table = profiles.assign(**{UNNAMED: profiles.get(UNNAMED, 0.0)})
    unsure = (table.max(axis=1) < UNSURE).to_numpy(dtype=bool)
    table.loc[unsure] = 0.0
    table.loc[unsure, UNNAMED] = 1.0
    return table


def _to_others(table: pd.DataFrame) -> tuple[pd.Series, dict[str, int]]:
    """The kinds, where what reads as a wish is advice ``none``, a warning a complaint; and how many of each."""
    wishes = table[(table["kind"] == "wish").to_numpy(dtype=bool)]
    really = pd.Series([meant(text, language) for text, language in zip(wishes["text"], wishes["language"], strict=True)],
                       wishes.index, dtype="object")
    told = really.map({ADVICE: NONE, WARNING: "complaint"}).dropna()
    return table["kind"].where(~table.index.isin(told.index), told.reindex(table.index)), really.value_counts().to_dict()


def _split(reviews: pd.DataFrame, week: Week) -> pd.DataFrame:
    weeks = week_of(reviews["time"], week.source.timezone)
    rows = [(review, place, sentence.start, sentence.end, sentence.text, language, product, category, at)
            for review, text, language, product, category, at in zip(
                reviews["review"], reviews["text"], reviews["language"], reviews["product"], reviews["category"], weeks,
                strict=True)
            for place, sentence in enumerate(own_sentences(text))]
    table = pd.DataFrame(rows, columns=["review", "sentence", "start", "end", "text", "language", "product", "category",
                                        "week"])
    return table.join(reviews.set_index("review")["rating"], on="review")
