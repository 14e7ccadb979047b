"""The explanations of a week: texts chosen by rule, attributed by every method, each method put to the test."""

import time
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.explain.attribution import METHODS
from workbench.explain.choose import candidates, choose, sample
from workbench.explain.faithfulness import faithfulness, interval, random_orders, verdict
from workbench.explain.reading import Reading, read
from workbench.tables import Week
from workbench.tables.contracts import LANGUAGES

CHARACTERS = {"en": 1800, "zh": 500}  # about 510 tokens: the most that a BERT reads
READ = 2000  # reviews a language that the rule chooses from


@dataclass(frozen=True)
class Explained:
    """What was explained.

    Attributes:
        readings: the chosen texts by identity (``en-1``), in the order of the rules.
        chosen: ``text, rule, review, rating, label, probability`` of them.
        words: table ``explanations``.
        faithful: one row a language and method; see :func:`compare_methods`.
        cards: card of the explained model by language; ``others`` names what serves instead, where it does.
        notes: what could not be explained and why.
    """

    readings: dict[str, Reading]
    chosen: pd.DataFrame
    words: pd.DataFrame
    faithful: pd.DataFrame
    cards: dict[str, dict]
    others: dict[str, str]
    notes: list[str] = field(default_factory=list)


def load_models(week: Week, task: str) -> tuple[dict, dict[str, str]]:
    """The BERT classifier of the task by language, ready to show attentions; and which kind serves where it does not."""
    from workbench.models import load_classifier, read_card

    found, others = {}, {}
    for language in LANGUAGES:
        folder = week.models / f"{task}_{language}"
        if folder.exists():
            found[language] = load_classifier(folder, kind="encoder", attention=True)
            if (kind := read_card(folder)["serves"]) != "encoder":
                others[language] = kind
    return found, others


def explain(reviews: pd.DataFrame, models: tuple[dict, dict[str, str]], *, each: int = 1, tested: int = 24,
            seed: int = 0) -> Explained:
    """Choose texts, attribute their words, and test every method on ``tested`` reviews of each language.

    Args:
        reviews: table ``reviews``.
        models: of :func:`load_models`.
        each: texts of each rule.
    """
    classifiers, others = models
    readings, chosen, words, tables, notes = {}, [], [], [], []
    for language, classifier in classifiers.items():
        table = candidates(reviews, language, CHARACTERS[language])
        if len(table) < 3:
            notes.append(f"{len(table)} reviews in {language}: too few to explain the model of that language.")
            continue
        pool = sample(table, READ)
        rows = choose(pool, classifier.predict(pool["text"].tolist()), each)
        rows.insert(0, "id", [f"{language}-{place + 1}" for place in range(len(rows))])
        for row in rows.itertuples():
            readings[row.id] = read(classifier, row.text, language)
            words.append(attribute(classifier, readings[row.id], row.id))
        chosen.append(rows)
        tables.append(compare_methods(classifier, sample(table, tested), language, seed))
    empty = pd.DataFrame(columns=["text", "method", "position", "word", "score"])
    return Explained(readings, pd.concat(chosen) if chosen else pd.DataFrame(),
                     pd.concat(words, ignore_index=True) if words else empty,
                     pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(),
                     {language: model.card for language, model in classifiers.items()}, others, notes)


def attribute(classifier, reading: Reading, name: str) -> pd.DataFrame:
    """Table ``explanations`` of one text: every word's score by every method, the largest of a method 1 (or -1)."""
    parts = []
    for method, scores in METHODS.items():
        by_word = reading.by_word(scores(classifier, reading))
        largest = np.abs(by_word).max() or 1.0
        parts.append(pd.DataFrame({"text": name, "method": method, "position": range(len(by_word)), "word": reading.words,
                                   "score": by_word / largest}))
    return pd.concat(parts, ignore_index=True)


def compare_methods(classifier, table: pd.DataFrame, language: str, seed: int) -> pd.DataFrame:
    """Every method against chance on the same texts.

    Returns:
        ``language, method, texts, comprehensiveness, chance, gain, gain_ci_lower, gain_ci_upper, more, more_ci_lower,
        more_ci_upper, sufficiency, sufficiency_chance, seconds, verdict``: probabilities, means over texts; gain is
        comprehensiveness minus that of random orderings, more that minus attention's on the same texts, each with a
        95 % bootstrap interval over texts; seconds a text.
    """
    found, spent = {method: [] for method in METHODS}, dict.fromkeys(METHODS, 0.0)
    for number, text in enumerate(table["text"]):
        reading = read(classifier, text, language)
        orders = []
        for method, scores in METHODS.items():
            start = time.perf_counter()
            orders.append(np.argsort(-reading.by_word(scores(classifier, reading)), kind="stable"))
            spent[method] += time.perf_counter() - start
        true = faithfulness(classifier, reading, orders + random_orders(len(reading.words), seed + number))
        n = len(METHODS)
        for place, method in enumerate(METHODS):
            found[method].append((true.comprehensiveness[place], true.comprehensiveness[n:].mean(),
                                  true.sufficiency[place], true.sufficiency[n:].mean()))
    rows = []
    for method, values in found.items():
        values = np.array(values)
        gain = values[:, 0] - values[:, 1]
        low, high = interval(gain, seed)
        more = values[:, 0] - np.array(found["attention"])[:, 0]
        means = values.mean(axis=0)
        rows.append((language, method, len(values), means[0], means[1], gain.mean(), low, high, more.mean(),
                     *interval(more, seed), means[2], means[3], spent[method] / len(values), verdict(low, high)))
    return pd.DataFrame(rows, columns=[
        "language", "method", "texts", "comprehensiveness", "chance", "gain", "gain_ci_lower", "gain_ci_upper", "more",
        "more_ci_lower", "more_ci_upper", "sufficiency", "sufficiency_chance", "seconds", "verdict"])
