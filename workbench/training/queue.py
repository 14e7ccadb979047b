"""Which texts should an analyst label next? Those the model is least sure of, and some drawn at random."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench import models
from workbench.errors import ParameterError
from workbench.models.adapt import recalibrated
from workbench.tables import Week
from workbench.tables.contracts import LANGUAGES, NEED_KINDS
from workbench.text import LANGUAGE_NAMES, own_sentences
from workbench.training.labels import MEASURING, history, measures, standing
from workbench.training.pretraining import languages

WHOLE_REVIEWS = ("sentiment",)  # tasks whose label is of a whole review; all others are of sentences
CHOICES = {"needs": (*NEED_KINDS, "none"), "sentiment": ("negative", "neutral", "positive")}  # known without a model
POOL = 2000  # unlabelled texts that the model reads, drawn by hash: more would make the analyst wait
FIRST = 20  # teaching labels before uncertainty counts: in a new domain the model does not know where it is unsure
FEWEST_TOLD = 10  # labels that the model did not learn from, for them to move its thresholds
ALIKE = 0.7  # cosine of character n-grams: what is more alike does not come twice in a queue
GRAMS = {"en": ("char_wb", (3, 4)), "zh": ("char", (1, 2))}


@dataclass(frozen=True)
class Queue:
    """What to label next.

    Attributes:
        task, language: of the labels.
        choices: the labels to choose from.
        texts: ``text, context, product, subject, guess, probability, margin, picked, measures``, in the order to be
            shown. ``context`` is the review that the text is of, ``subject`` the product's name; ``margin`` is by how
            much the likeliest label leads, after the labels given so far; without a model it and the guess are empty.
        unlabelled: how many texts have no label yet; ``unit`` is what they are: reviews or sentences.
        so_far: labels that stand.
    """

    task: str
    language: str
    choices: list[str]
    texts: pd.DataFrame
    unlabelled: int
    unit: str
    so_far: int = 0

    @property
    def shown(self) -> pd.DataFrame:
        """``text, subject, guess, probability, picked``; no guess where the label measures: it would sway who gives it."""
        table = self.texts[["text", "subject", "guess", "probability", "picked"]]
        return table.assign(guess=table["guess"].mask(self.texts["measures"]),
                            probability=table["probability"].mask(self.texts["measures"]))


def next_texts(shop: Week, reviews: pd.DataFrame, task: str, language: str = "", choices: str = "", most: int = 50) -> Queue:
    """The texts of the reviews that an analyst should label next for a task.

    One in four (:data:`workbench.training.labels.MEASURING`) is drawn at random to measure; of the others the first 20
    are random too, then those come first between whose two likeliest labels the model hardly decides (margin sampling,
    Scheffer, Decomain & Wrobel 2001), its thresholds moved by the labels given so far.

    Args:
        reviews: table ``reviews``.
        language: of the texts; empty: that of most reviews.
        choices: labels with commas between; empty: those of the model that serves ``<task>_<language>``, and without
            one the known labels of needs and sentiment.
        most: texts in the queue.

    Raises:
        ParameterError: no choices and no model to tell them, fewer than two choices, choices the model does not have,
            an unknown language.
    """
    spoken = languages(reviews)
    language = language or (*spoken.mode(), LANGUAGES[0])[0]
    if language not in LANGUAGES:
        raise ParameterError(f"language {language!r} is none of {', '.join(LANGUAGES)}")
    folder = shop.models / f"{task}_{language}"
    model = models.load_classifier(folder) if folder.is_dir() else None
    labels = _choices(choices, task, model, folder)
    texts = _units(reviews[(spoken == language).to_numpy()], task)
    if shop.has("products"):
        texts["subject"] = texts["product"].map(_names(shop, language))
    rows = standing(history(shop))
    rows = rows[((rows["task"] == task) & (rows["language"] == language)).to_numpy(dtype=bool)]
    known = {*rows["of"], *(model.trained_on if model else ()), *_labelled(shop, task, language)}
    texts = texts[~texts["of"].isin(known).to_numpy(dtype=bool)].sort_values("of", kind="stable", ignore_index=True)
    pool = _told(texts.head(POOL).reset_index(drop=True), model, rows)
    queued = pool.iloc[_order(pool, max(0, FIRST - int((~rows["measures"]).sum())), most, language)]
    return Queue(task, language, labels, queued.drop(columns="of").reset_index(drop=True), len(texts),
                 "reviews" if task in WHOLE_REVIEWS else "sentences", len(rows))


def margins(probabilities: np.ndarray) -> np.ndarray:
    """(n,) by how much the likeliest label of (n, labels) leads the second: 0 is undecided.

    >>> margins(np.array([[0.5, 0.5, 0.0], [0.1, 0.7, 0.2]])).round(2).tolist()
    [0.0, 0.5]
    """
    best = np.sort(probabilities, axis=1)
    return best[:, -1] - best[:, -2]


def unit_of(queue: Queue) -> str:
    """What the queue holds, as a reader says it: ``English sentences``."""
    return f"{LANGUAGE_NAMES[queue.language]} {queue.unit}"


def _choices(asked: str, task: str, model, folder) -> list[str]:
    named = list(dict.fromkeys(label.strip() for label in asked.split(",") if label.strip()))
    if model is None and not named and task not in CHOICES:
        raise ParameterError(f"no model serves {folder.name}, so its labels are not known: name them in choices, as "
                             "\"suggestion, none\", or run 21_fine_tune first")
    if model is not None and (unknown := [label for label in named if label not in model.labels]):
        raise ParameterError(f"choices name {unknown[0]!r}; the model {folder.name} knows {', '.join(model.labels)}. "
                             "Leave choices empty to take these, or label another task")
    labels = named or list(model.labels if model else CHOICES[task])
    if len(labels) < 2:
        raise ParameterError(f"choices {asked!r} leave nothing to choose; name at least two labels with a comma between")
    return labels


def _units(reviews: pd.DataFrame, task: str) -> pd.DataFrame:
    """``text, context, product, subject, of``: each different review or sentence once."""
    rows = zip(reviews["text"], reviews["text"], reviews["product"], strict=True)
    if task not in WHOLE_REVIEWS:
        rows = ((sentence.text, text, product) for text, _, product in rows for sentence in own_sentences(text))
    frame = pd.DataFrame(rows, columns=["text", "context", "product"]).assign(subject=None)
    frame["of"] = frame["text"].map(models.text_hash)
    return frame.drop_duplicates("of", ignore_index=True)


def _labelled(shop: Week, task: str, language: str) -> list[str]:
    """Hashes of the texts that the source has labelled itself."""
    if not shop.has("labelled_texts"):
        return []
    own = shop.read("labelled_texts")
    own = own[((own["task"] == task) & (languages(own) == language)).to_numpy(dtype=bool)]
    return own["text"].map(models.text_hash).tolist()


def _names(shop: Week, language: str) -> dict:
    products = shop.read("products").set_index("product")
    return (products["name_zh"].fillna(products["name"]) if language == "zh" else products["name"]).to_dict()


def _told(pool: pd.DataFrame, model, rows: pd.DataFrame) -> pd.DataFrame:
    """The pool with what the model reads in each text, its thresholds moved by labels it did not learn from."""
    pool = pool.assign(guess=None, probability=np.nan, margin=np.nan, measures=[measures(text) for text in pool["text"]])
    if model is None or pool.empty:
        return pool
    told = model.probabilities(pool["text"].tolist())
    new = rows[rows["label"].isin(model.labels).to_numpy(dtype=bool)]
    new = new[~model.seen(new["text"].tolist())]
    if len(new) >= FEWEST_TOLD:
        truth = np.array([model.labels.index(label) for label in new["label"]])
        told = recalibrated(model.probabilities(new["text"].tolist()), truth, told)
    return pool.assign(guess=[model.labels[i] for i in told.argmax(axis=1)], probability=told.max(axis=1),
                       margin=margins(told))


def _order(pool: pd.DataFrame, first: int, most: int, language: str) -> list[int]:
    """Places in the pool; writes how each was picked. The pool is in the order of hashes: from its top is at random."""
    pool["picked"] = "random"
    if pool.empty:
        return []
    measuring = pool["measures"].to_numpy(dtype=bool)
    unsure = pool["margin"].to_numpy()
    drawn, teaching = list(np.flatnonzero(measuring)), np.flatnonzero(~measuring)
    by_margin = teaching[:0] if np.isnan(unsure).all() else teaching[np.argsort(unsure[teaching], kind="stable")]
    at_random = teaching if len(by_margin) == 0 else teaching[:first]
    wanted = [(i, "random") for i in at_random] + [(i, "uncertain") for i in by_margin[~np.isin(by_margin, at_random)]]
    grams, queue, tried = _grams(pool["text"].tolist(), language), [], 0
    while len(queue) < most and (drawn or tried < len(wanted)):
        if drawn and (len(queue) % MEASURING == MEASURING - 1 or tried == len(wanted)):
            queue.append(drawn.pop(0))
        else:
            place, how = wanted[tried]
            tried += 1
            if queue and (grams[queue] @ grams[place].T).max() > ALIKE:
                continue
            pool.loc[place, "picked"] = how
            queue.append(place)
    return queue


def _grams(texts: list[str], language: str):
    from sklearn.feature_extraction.text import HashingVectorizer

    analyzer, lengths = GRAMS[language]
    counter = HashingVectorizer(analyzer=analyzer, ngram_range=lengths, binary=True, alternate_sign=False)
    return counter.transform(texts)
