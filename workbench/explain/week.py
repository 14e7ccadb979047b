"""The explanations of a week: texts chosen by rule, attributed by every method, each method put to the test."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.explain.attribution import INTEGRATED, methods_of
from workbench.explain.checks import shuffled, stability, under_shuffled_weights
from workbench.explain.choose import candidates, doubtful, errors, quotations, quoted, sample, together
from workbench.explain.comparison import compare_methods
from workbench.explain.faithfulness import truth
from workbench.explain.gradients import integrate
from workbench.explain.reading import MOST_TOKENS, Reading, read
from workbench.models import Classifier, EncoderClassifier
from workbench.models.encoder import encoder_of
from workbench.tables import Week
from workbench.tables.contracts import LANGUAGES
from workbench.text import LANGUAGE_NAMES

CHARACTERS = {"en": 3.6, "zh": .9}  # of a token, on the low side: what a model reads whole is explained
READ = 2000  # reviews a language that the rule chooses from
QUOTED = 2  # quotations for each text of the other rules
Models = tuple[dict[str, Classifier], dict[str, EncoderClassifier]]


@dataclass(frozen=True)
class Explained:
    """What was explained of one task.

    Attributes:
        task: whose models are explained.
        readings: the chosen texts by identity (``en-1``), in the order of the rules.
        chosen: ``id, rule, reason, review, rating, label, probability, text`` of them.
        words: table ``explanations``.
        truths: whether each method is true of each text: ``text``, the columns of
            :func:`workbench.explain.faithfulness.truth`, ``stability`` and ``randomised`` (rank correlations with one word
            dropped, and under shuffled weights; :mod:`workbench.explain.checks`), and ``delta``, the convergence delta of
            integrated gradients.
        faithful: one row a language and method; see :func:`workbench.explain.comparison.compare_methods`.
        cards: card of the explained model by language.
        notes: what could not be explained and why.
    """

    task: str
    readings: dict[str, Reading]
    chosen: pd.DataFrame
    words: pd.DataFrame
    truths: pd.DataFrame
    faithful: pd.DataFrame
    cards: dict[str, dict]
    notes: list[str] = field(default_factory=list)

    def default(self, language: str) -> str:
        """The method that is shown first for a language; empty where none is faithful."""
        rows = self.faithful[((self.faithful["language"] == language) & self.faithful["default"]).to_numpy(dtype=bool)]
        return rows["method"].iloc[0] if len(rows) else ""


def load_models(week: Week, task: str) -> Models:
    """The model of the task that labels the texts, by language; and the encoder beside it where it has none in it.

    A linear model has no attention: then the BERT beside it lends the heatmap its tokens, and the attention is tested
    as an explanation of the linear model, which it hardly can be.
    """
    from workbench.models import load_classifier

    found, beside = {}, {}
    for language in LANGUAGES:
        folder = week.models / f"{task}_{language}"
        if folder.exists():
            found[language] = load_classifier(folder)
            if encoder := encoder_of(found[language]):
                encoder.model.set_attn_implementation("eager")  # the others return no attentions
            else:
                beside[language] = load_classifier(folder, kind="encoder", attention=True)
    return found, beside


def most_characters(models: Models, language: str) -> int:
    """How long a text may be so that the encoder of a language reads it whole, about."""
    encoder = encoder_of(models[0][language]) or models[1][language]
    return round(CHARACTERS[language] * min(MOST_TOKENS, encoder.card.get("max_tokens", MOST_TOKENS)))


def explain(reviews: pd.DataFrame, models: Models, *, labelled: pd.DataFrame | None = None, task: str = "sentiment",
            each: int = 1, tested: int = 24, seed: int = 0) -> Explained:
    """Choose whole reviews, attribute their words, and test every method on ``tested`` reviews of each language.

    Args:
        reviews: table ``reviews``.
        models: of :func:`load_models`.
        labelled: table ``labelled_texts``, for errors on held-out texts.
        each: texts of each rule.
    """
    parts = []
    for language, model in models[0].items():
        table = candidates(reviews, language, most_characters(models, language))
        pool = sample(table, READ)
        chosen = [doubtful(pool, model.predict(pool["text"].tolist()), each)] if len(pool) else []
        if len(known := _known(labelled, task, language)):
            chosen.append(errors(known, model, each, most_characters(models, language)))
        parts.append(_explained(task, language, models, chosen, (table, tested, seed)))
    return _whole(task, parts, models)


def explain_quotations(week: Week, models: Models, *, each: int = 1, tested: int = 24, seed: int = 0,
                       labelled: pd.DataFrame | None = None) -> Explained:
    """The same for the sentences that the week's needs rest on, by the model that reads needs; ids start with ``need-``."""
    parts = []
    if not week.has("evidence") or not week.has("needs"):
        return _whole("needs", [], ({}, {}), ["No quotations of needs are there: run 30_user_needs first."])
    for language, model in models[0].items():
        table = quotations(week.read("needs"), week.read("evidence"), language, most_characters(models, language))
        chosen = [quoted(table, model, QUOTED * each)]
        if len(known := _known(labelled, "needs", language)):
            chosen.append(errors(known, model, each, most_characters(models, language)))
        parts.append(_explained("needs", language, models, chosen, (table, tested, seed)))
    return _whole("needs", parts, models)


@dataclass(frozen=True)
class Subject:
    """The model that is explained, the encoder beside a linear one, and the twins of both that have learnt nothing."""

    model: Classifier
    beside: EncoderClassifier | None
    noise: Classifier
    noise_beside: EncoderClassifier | None

    @classmethod
    def of(cls, models: Models, language: str, seed: int) -> "Subject":
        """Of a language."""
        model, beside = models[0][language], models[1].get(language)
        return cls(model, beside, shuffled(model, seed), shuffled(beside, seed) if beside else None)


def _words(scores: dict[str, np.ndarray], reading: Reading, name: str) -> pd.DataFrame:
    """Table ``explanations`` of one text: every word's score by every method, the largest of a method 1 (or -1)."""
    parts = [pd.DataFrame({"text": name, "method": method, "position": range(len(values)), "word": reading.words,
                           "score": values / (np.abs(values).max() or 1.0)}) for method, values in scores.items()]
    return pd.concat(parts, ignore_index=True)


def _beside(subject: Subject, reading: Reading, name: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The words of a text, and the truth beside them."""
    model, methods = subject.model, methods_of(subject.model)
    scores = {method: how.scores(model, reading) for method, how in methods.items()}
    table = truth(model, reading, scores, seed).assign(text=name)
    stable = stability(model, reading, methods, scores, seed, subject.beside)
    noisy = under_shuffled_weights(subject.noise, reading, methods, scores, subject.noise_beside)
    missed = {INTEGRATED: integrate(encoder, reading)[1]} if (encoder := encoder_of(model)) else {}
    return _words(scores, reading, name), table.assign(
        stability=table["method"].map(stable), randomised=table["method"].map(noisy), delta=table["method"].map(missed))


def _explained(task: str, language: str, models: Models, chosen: list[pd.DataFrame], test: tuple) -> Explained:
    model, beside = models[0][language], models[1].get(language)
    table, tested, seed = test
    notes = []
    if long := table.attrs.get("too_long"):
        notes.append(f"{LANGUAGE_NAMES[language]}: {long:,} reviews of more than {most_characters(models, language)} "
                     "characters were not among those to choose from.")
    if len(table) < 3:
        notes.append(f"{LANGUAGE_NAMES[language]}: {len(table)} texts are too few to explain its model of {task}.")
        return Explained(task, {}, *[pd.DataFrame()] * 4, {}, notes)
    rows = together(chosen)
    prefix = "need-" if task == "needs" else ""
    rows.insert(0, "id", [f"{prefix}{language}-{place + 1}" for place in range(len(rows))])
    readings = {row.id: read(model, row.text, language, row.label, beside) for row in rows.itertuples()}
    subject = Subject.of(models, language, seed)
    made = [_beside(subject, reading, name, seed) for name, reading in readings.items()]
    faithful = compare_methods(model, sample(table, tested), language, seed, beside)
    return Explained(task, readings, rows, *(pd.concat(list(part), ignore_index=True) for part in zip(*made, strict=True)),
                     faithful, {language: model.card}, notes)


def _whole(task: str, parts: list[Explained], models: Models, notes: tuple | list = ()) -> Explained:
    def joined(name, empty=()):
        found = [frame for part in parts if len(frame := getattr(part, name))]
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(empty))

    return Explained(
        task, {name: reading for part in parts for name, reading in part.readings.items()},
        joined("chosen"), joined("words", ("text", "method", "position", "word", "score")), joined("truths"),
        joined("faithful", ("language", "method", "default")),
        {language: model.card for language, model in models[0].items()},
        [*notes, *(note for part in parts for note in part.notes)])


def _known(labelled: pd.DataFrame | None, task: str, language: str) -> pd.DataFrame:
    if labelled is None:
        return pd.DataFrame()
    return labelled[((labelled["task"] == task) & (labelled["language"] == language)).fillna(False).to_numpy(dtype=bool)]
