"""How well do models read our texts? Labels gathered, models taught, what they scored as tables."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench import models, sample
from workbench.errors import ModelError, ParameterError
from workbench.tables import Week
from workbench.tables.contracts import LANGUAGES
from workbench.text import LANGUAGE_NAMES
from workbench.training.adapting import CURVE, Adapted, adapt_task
from workbench.training.labels import SAME, standing
from workbench.training.pretraining import languages

BORROWED_TASKS = ("sentiment", "needs")
FEWEST_REVIEWS = 20  # in a language, for a model of it to be of use
ENOUGH_STARS = 500  # reviews with stars in a language, from which on the reader is told that they could teach
SAMPLE = "sample"
SMALL_READS = 8  # times as many texts as a large encoder in the same time
ANALYSTS = "the analysts' labels"
MANY = 12  # labels of a task that are drawn and named; of more those most often confused


@dataclass(frozen=True)
class Lessons:
    """Labelled texts by task and language, split; and in words what could not be taught.

    Attributes:
        sets: what can be taught.
        notes: what cannot, and why.
        given: labels by analysts that stand, of all tasks (:func:`workbench.training.labels.standing`).
        tables: names of those that they rest on.
    """

    sets: list[models.LabelledTexts]
    notes: list[str] = field(default_factory=list)
    given: pd.DataFrame = field(default_factory=pd.DataFrame)
    tables: tuple[str, ...] = ()

    def given_for(self, data: models.LabelledTexts) -> pd.DataFrame:
        """Analysts' labels of the task and language that are not its lessons already."""
        if self.given.empty or data.origin == ANALYSTS:
            return self.given.head(0)
        return self.given[((self.given["task"] == data.task) & (self.given["language"] == data.language)).to_numpy(bool)]

    @property
    def table(self) -> pd.DataFrame:
        """``name, origin, labels, train, validation, test, analysts, groups, held_out_by, left_out``.

        A row is a task and language; ``analysts`` counts labels that analysts gave.
        """
        return pd.DataFrame([
            {"name": title(one), "origin": one.origin, "labels": _listed(one.labels), **one.sizes,
             "analysts": len(one.frame if one.origin == ANALYSTS else self.given_for(one)),
             "groups": one.frame["group"].nunique(), "held_out_by": one.held_out_by, "left_out": sum(one.left_out.values())}
            for one in self.sets], columns=["name", "origin", "labels", "train", "validation", "test", "analysts", "groups",
                                            "held_out_by", "left_out"])


@dataclass(frozen=True)
class Taught:
    """The trained models of all tasks, and every table that tells how good they are.

    ``adapted`` tells, by the name of a reader, of the tasks that analysts labelled.
    """

    lessons: Lessons
    trained: list[models.Trained]
    adapted: dict[str, Adapted] = field(default_factory=dict)

    @property
    def notes(self) -> list[str]:
        """What could not be taught, and which encoder is missing or saw only a part of the texts."""
        found = list(self.lessons.notes)
        for one in self.trained:
            if "encoder" not in one.models:
                found.append(f"{title(one.data)}: no encoder was trained, there is no base for it; run 20_pretrain for "
                             f"language {one.data.language!r} or name a base.")
            elif (learnt := one.models["encoder"].card["training_texts"]) < one.data.sizes["train"]:
                found.append(f"{title(one.data)}: the encoder learnt from {learnt:,} of {one.data.sizes['train']:,} "
                             "training texts (max_texts); the linear model from all.")
        if without := [title(one.data) for one in self.trained if "latent" not in one.models]:
            found.append(f"No latent model was trained for {'; '.join(without)}: which words keep the same company can be "
                         f"told from {models.FEWEST_LATENT_TEXTS:,} different reviews on that are not held out.")
        return found

    @property
    def scores(self) -> pd.DataFrame:
        """Held-out scores, a row for each task, language and model.

        ``name, model, serves`` (boolean), ``macro_f1, macro_f1_ci_lower, macro_f1_ci_upper, accuracy,
        accuracy_ci_lower, accuracy_ci_upper, brier, ece, validation_macro_f1, validation_loss, texts, seconds``.
        """
        rows = []
        for one in self.trained:
            for kind, scores in one.test.items():
                row = {"name": title(one.data), "model": _name(kind), "serves": kind == one.serves}
                for metric in ("macro_f1", "accuracy"):
                    row |= dict(zip((metric, f"{metric}_ci_lower", f"{metric}_ci_upper"), scores.value(metric), strict=True))
                row |= {metric: scores.value(metric)[0] for metric in ("brier", "ece")}
                row["validation_loss"] = one.losses.get(kind)
                row["validation_macro_f1"] = (one.validation[kind].value("macro_f1")[0] if kind in one.validation else None)
                row |= {"texts": scores.texts, "seconds": one.models[kind].card["training_seconds"]
                        if kind in one.models else None}
                rows.append(row)
        return pd.DataFrame(rows)

    @property
    def by_label(self) -> pd.DataFrame:
        """``name, label, precision, recall, f1, f1_ci_lower, f1_ci_upper, texts`` of the model that serves; of more than
        :data:`MANY` labels the worst first."""
        rows = []
        for one in self.trained:
            scores, labels = one.test[one.serves], one.data.labels
            many = len(labels) > MANY
            for label in sorted(labels, key=lambda name: scores.value("f1", name)[0]) if many else labels:
                f1, low, high = scores.value("f1", label)
                rows.append({"name": title(one.data), "label": label.replace("_", " "),
                             "precision": scores.value("precision", label)[0],
                             "recall": scores.value("recall", label)[0], "f1": f1, "f1_ci_lower": low,
                             "f1_ci_upper": high, "texts": int(scores.confusion.loc[label].sum())})
        return pd.DataFrame(rows)

    @property
    def curves(self) -> pd.DataFrame:
        """``name, model, texts, macro_f1, ci_lower, ci_upper`` on the validation side, by training texts."""
        return self._stacked(lambda one: one.curve.rename(columns={"kind": "model"}))

    @property
    def epochs(self) -> pd.DataFrame:
        """``name, epoch, training_loss, validation_loss, validation_macro_f1`` of the encoders."""
        return self._stacked(lambda one: pd.DataFrame(
            one.models["encoder"].card["history"] if "encoder" in one.models else []))

    @property
    def confusions(self) -> pd.DataFrame:
        """``name, truth, predicted, texts, share`` (of the true label) of the model that serves, on the test side; of more
        than :data:`MANY` labels those most often taken for another or another for them."""
        def long(one):
            counts = one.test[one.serves].confusion
            wrong = counts.sum() + counts.sum(axis=1) - 2 * np.diag(counts)
            kept = counts.index.isin(wrong.sort_values(ascending=False, kind="stable").index[:MANY])
            sizes, shown = counts.sum(axis=1), counts.loc[kept, kept].rename_axis("truth").reset_index()
            table = shown.melt("truth", var_name="predicted", value_name="texts")
            return table.assign(share=table["texts"] / table["truth"].map(sizes))
        return self._stacked(long)

    @property
    def calibration(self) -> pd.DataFrame:
        """``name, model, bin, texts, confidence, accuracy, ci_lower, ci_upper`` on the test side."""
        return self._stacked(lambda one: pd.concat(
            [one.test[kind].calibration.assign(model=kind) for kind in one.models], ignore_index=True))

    @property
    def won(self) -> pd.DataFrame:
        """``name, labels, macro_f1, ci_lower, ci_upper, texts``: on the shop's own texts, by labels of analysts."""
        parts = [one.curve.assign(name=name) for name, one in self.adapted.items() if len(one.curve)]
        table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*CURVE, "name"])
        return table[["name", *CURVE]]

    @property
    def analysts(self) -> list[str]:
        """In words, how many labels analysts gave for each task and what became of them."""
        return [one.said(name) for name, one in self.adapted.items()]

    @property
    def mistakes(self) -> pd.DataFrame:
        """``name, text, truth, predicted, probability``: the most confident mistakes on the test side."""
        return self._stacked(lambda one: one.mistakes())

    def _stacked(self, part) -> pd.DataFrame:
        parts = [part(one).assign(name=title(one.data)) for one in self.trained]
        table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"name": []})
        return table[["name", *table.columns.drop("name")]]


def title(data: models.LabelledTexts) -> str:
    """A task and language as a reader says it: ``Sentiment, English``."""
    return f"{data.task.replace('_', ' ').capitalize()}, {LANGUAGE_NAMES[data.language]}"


def gather(reviews: pd.DataFrame | None, labels: pd.DataFrame | None, borrow: str, seed: int,
           given: pd.DataFrame | None = None) -> Lessons:
    """Labelled texts of every task and language: the source's own, else the sample shop's for sentiment and needs.

    What analysts labelled overrules these, and teaches alone a task that has no other labels.

    Args:
        reviews, labels: tables ``reviews`` and ``labelled_texts``, None where the source lacks one.
        borrow: ``sample``, or empty to borrow nothing. Only languages of at least 20 reviews borrow.
        seed: of the splits.
        given: table ``labels``, where analysts gave some.

    Raises:
        ParameterError: ``borrow`` is neither.
    """
    if borrow not in ("", SAMPLE):
        raise ParameterError(f"borrow {borrow!r}: labels can be borrowed from {SAMPLE!r}, or '' for none")
    sets, notes = [], []
    given = pd.DataFrame(columns=SAME) if given is None else standing(given)
    if labels is not None:
        labels = _without(labels.assign(language=languages(labels)), given)
        for (task, language), part in labels.groupby(["task", "language"], sort=True):
            _add(sets, notes, part, (task, language, seed, "the source's own labels"))
    if borrow and reviews is not None:
        gold, own = sample.labelled_texts(), {one.name for one in sets}
        spoken = languages(reviews).value_counts()
        for task in BORROWED_TASKS:
            for language in LANGUAGES:
                if f"{task}_{language}" not in own and spoken.get(language, 0) >= FEWEST_REVIEWS:
                    part = _without(gold[(gold["task"] == task) & (gold["language"] == language)], given)
                    _add(sets, notes, part, (task, language, seed, "the sample shop's labels"))
        notes += _starred(reviews, own)
    taught = {one.name for one in sets}
    for (task, language), part in given.groupby(["task", "language"], sort=True):
        if f"{task}_{language}" not in taught:
            part = part.assign(split=part["measures"].map({True: "test", False: None}))
            _add(sets, notes, part, (task, language, seed, ANALYSTS))
    there = {"reviews": reviews, "labelled_texts": labels}
    return Lessons(sorted(sets, key=_order), notes, given, tuple(name for name, table in there.items() if table is not None))


def teach(lessons: Lessons, bases: dict[str, models.Base | None], max_texts: int = 0, seed: int = 0,
          meanings: dict[str, models.Meaning] | None = None) -> Taught:
    """Train an encoder, a linear and a latent model for every task and language; one line is printed for each.

    Args:
        bases: by language; None trains no encoder.
        max_texts: an encoder learns from at most so many texts, a small one, which reads eight times as fast, from eight
            times as many; 0 means all.
        meanings: by language, of its n-grams; a language that has none gets no latent model.
    """
    recipe, trained, adapted = models.Recipe(seed=seed), [], {}
    for data in lessons.sets:
        base = bases.get(data.language)
        one = models.train_task(data, base, recipe, max_texts * (SMALL_READS if base and base.small else 1), print,
                                (meanings or {}).get(data.language))
        if len(given := lessons.given_for(data)):
            adapted[title(data)] = adapt_task(one, given)
            one = adapted[title(data)].trained
        trained.append(one)
    return Taught(lessons, trained, adapted)


def meanings(reviews: pd.DataFrame | None, lessons: Lessons, seed: int = 0) -> dict[str, models.Meaning]:
    """What the n-grams of each language mean, by all reviews of it that nobody holds out, labelled or not.

    A language with fewer than 2,000 such texts has none.
    """
    found = {}
    for language in sorted({one.language for one in lessons.sets}):
        sets = [one for one in lessons.sets if one.language == language]
        held_out = {group for one in sets for side in ("validation", "test") for group in one.groups(side)}
        kept = [] if reviews is None else reviews.loc[
            (languages(reviews) == language).to_numpy() & ~reviews["product"].isin(held_out).to_numpy(), "text"]
        told = {models.text_hash(text) for one in sets for side in ("validation", "test") for text in one.texts(side)}
        texts = {text for text in (*kept, *(text for one in sets for text in one.texts("train")))
                 if models.text_hash(text) not in told}
        if len(texts) >= models.FEWEST_LATENT_TEXTS:
            found[language] = models.learn_meaning(sorted(texts), language, seed)
    return found


def bases(shop: Week, lessons: Lessons, en: str, zh: str) -> dict[str, models.Base | None]:
    """The base of each language that is taught: ``minilm``, a folder, a hub name, or empty for what 20_pretrain wrote.

    Empty and nothing written gives None. Raises ModelError where a named base cannot be loaded.
    """
    found = {}
    for language, name in (("en", en), ("zh", zh)):
        own = shop.models / (name or f"encoder_{language}")
        if language not in {one.language for one in lessons.sets}:
            continue
        if own.is_dir():
            found[language] = models.load_base(own)
        else:
            found[language] = models.load_base(name) if name else None
    return found


def save(shop: Week, taught: Taught) -> None:
    """Write every task's models to ``models/<task>_<language>``."""
    for one in taught.trained:
        one.save(shop.models / one.data.name)


def _add(sets: list, notes: list, part: pd.DataFrame, about: tuple) -> None:
    task, language, seed, origin = about
    try:
        sets.append(models.split(part, task, language, seed, origin))
    except ModelError as error:
        notes.append(f"Not taught from {origin}: {error}.")


def _listed(labels: list[str]) -> str:
    more = f", … ({len(labels)} labels)" if len(labels) > MANY else ""
    return ", ".join(labels[:MANY]) + more


def _starred(reviews: pd.DataFrame, own: set[str]) -> list[str]:
    """In words, where stars that the reviews have could teach sentiment in place of borrowed labels."""
    stars = languages(reviews)[reviews["rating"].notna().to_numpy(dtype=bool)].value_counts()
    return [f"{LANGUAGE_NAMES[language]} sentiment is not learnt from the stars that {count:,} reviews have: make them "
            "labelled_texts in source.yml, as data/examples/reviews_en does, and it learns this shop's words."
            for language, count in stars.items() if count >= ENOUGH_STARS and f"sentiment_{language}" not in own]


def _without(part: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    """The labelled texts that no analyst labelled for the same task: none of theirs may stand on another side too."""
    if given.empty:
        return part
    same = part.assign(of=part["text"].fillna("").map(models.text_hash))[SAME].astype("string")
    return part[~pd.MultiIndex.from_frame(same).isin(pd.MultiIndex.from_frame(given[SAME]))]


def _order(data: models.LabelledTexts) -> tuple:
    first = BORROWED_TASKS.index(data.task) if data.task in BORROWED_TASKS else len(BORROWED_TASKS)
    return first, data.task, data.language


def _name(kind: str) -> str:
    return {"majority": "most frequent label"}.get(kind, kind)
