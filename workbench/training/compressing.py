"""How small and fast can the trained models be? Which are there, their faster forms side by side, the finding."""

from dataclasses import dataclass, field

import pandas as pd

from workbench import models
from workbench.errors import ParameterError
from workbench.figures import training as charts
from workbench.findings import Exhibit, Finding, Tile
from workbench.tables import Week
from workbench.text import own_sentences
from workbench.training.fine_tuning import SAMPLE, gather, title
from workbench.training.pretraining import languages
from workbench.training.queue import WHOLE_REVIEWS

QUESTION = "How small and fast can our models be?"
FORMS = {"plain": "as trained", "bfloat16": "bfloat16 (16 bits)", "int8": "int8 (8 bits)",
         "student": "student, half the layers", "student, int8": "student in int8",
         "student pool, int8": "student in int8, pooled", "linear pool": "linear model, pooled",
         "linear student": "linear student", "linear": "linear model"}
FEW = 200  # unlabelled texts
STORED_LABELS = {"name": "Task", "serves": "Serves", "base": "Encoder", "train": "Taught | ,.0f",
                 "validation": "Chose | ,.0f", "test": "Tests | ,.0f", "unlabelled": "Unlabelled | ,.0f"}
FORM_LABELS = {"name": "Task", "form": "Form", "serves": "Serves", "megabytes": "Megabytes | ,.1f",
               "speed": "Texts a second, measured | ,.0f", "ratio": "Times as fast, measured | .1f",
               "macro_f1": "Macro F1 | .3f", "macro_f1_ci_lower": "95% interval | .3f", "macro_f1_ci_upper": "to | .3f",
               "agreement": "Agrees | .1%"}
LOST_LABELS = {"name": "Task", "form": "Form", "lost_validation": "Lost, validation | .3f", "lost": "Lost, test | .3f",
               "lost_ci_lower": "95% interval | .3f", "lost_ci_upper": "to | .3f"}


@dataclass(frozen=True)
class Stored:
    """The trained models of the source with the labelled texts they learnt from, and unlabelled ones by their name.

    ``notes`` say which models are left out, and why.
    """

    sets: list[models.LabelledTexts] = field(default_factory=list)
    cards: dict[str, dict] = field(default_factory=dict)
    unlabelled: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def table(self) -> pd.DataFrame:
        """``name, serves, base, train, validation, test, unlabelled``, a row a task and language."""
        return pd.DataFrame([{"name": title(one), "serves": self.cards[one.name]["serves"],
                              "base": self.cards[one.name]["base"] or "none", **one.sizes,
                              "unlabelled": len(self.unlabelled[one.name])} for one in self.sets],
                            columns=list(STORED_LABELS))


@dataclass(frozen=True)
class Compressed:
    """The forms of every stored model (:class:`workbench.models.Forms`)."""

    tasks: list[models.Forms]
    notes: list[str]

    @property
    def forms(self) -> pd.DataFrame:
        """A row a task and form, from most work to least: its size, speed, scores on the test side, and what it loses
        against the plain model.

        ``name, form, serves`` (boolean), ``megabytes, speed`` (texts a second, measured), ``ratio`` (to the plain one's),
        ``macro_f1, macro_f1_ci_lower, macro_f1_ci_upper, agreement, lost_validation, lost, lost_ci_lower, lost_ci_upper``.
        """
        rows = []
        for task in self.tasks:
            for one in task.made:
                row = {"name": title(task.data), "form": FORMS[one.name], "serves": one is task.serves,
                       "megabytes": one.size / 1e6, "speed": one.speed, "ratio": task.ratio(one)}
                row |= dict(zip(("macro_f1", "macro_f1_ci_lower", "macro_f1_ci_upper"), one.test.value("macro_f1"),
                                strict=True))
                row |= {"agreement": one.agreement, "lost_validation": one.lost_validation}
                rows.append(row | dict(zip(("lost", "lost_ci_lower", "lost_ci_upper"), one.lost, strict=True)))
        return pd.DataFrame(rows, columns=list(FORM_LABELS | LOST_LABELS))

    def save(self, shop: Week) -> None:
        """Write what serves to ``models/<task>_<language>_fast``; where that is the plain model, nothing."""
        for one in self.tasks:
            one.save(shop.models)


def stored(shop: Week, reviews: pd.DataFrame, labels: pd.DataFrame | None, given: pd.DataFrame | None,
           tasks: str = "needs", max_texts: int = 1000) -> Stored:
    """The models that 21_fine_tune wrote, with the same labels on the same sides.

    Args:
        reviews: table ``reviews``; what of it nobody labelled, students learn from.
        labels, given: tables ``labelled_texts`` and ``labels``, where the source has them.
        tasks: names with commas between; empty: all.
        max_texts: unlabelled texts of a task at most.

    Raises:
        ParameterError: no model of a task that is named.
    """
    cards = {path.parent.name: card for path in sorted(shop.models.glob("*/card.json"))
             if "validation" in (card := models.read_card(path.parent))}
    wanted = [one.strip() for one in tasks.split(",") if one.strip()] if cards else []
    if missing := [one for one in wanted if one not in {card["task"] for card in cards.values()}]:
        raise ParameterError(f"tasks name {missing[0]!r}; the models of this source are {', '.join(cards)}")
    found, lessons = Stored(), {}
    for name, card in cards.items():
        if wanted and card["task"] not in wanted:
            continue
        how = (SAMPLE if "sample" in card["origin"] else "", card["split"]["seed"])
        if how not in lessons:
            lessons[how] = {one.name: one for one in gather(reviews, labels, *how, given).sets}
        data = lessons[how].get(name)
        if data is None or data.sizes != card["split"]["texts"] or data.labels != card["labels"]:
            found.notes.append(f"{name}: its labels have changed since it was trained; run 21_fine_tune again.")
            continue
        found.sets.append(data)
        found.cards[name] = card
        found.unlabelled[name] = _unlabelled(reviews, data, max_texts)
    return found


def compress(shop: Week, found: Stored, tolerance: float = 0.01, seed: int = 0) -> Compressed:
    """Every form of every stored model, measured side by side; a line is printed for each.

    Args:
        tolerance: macro F1 that the form that serves may lose on validation texts, 0 to 1.

    Raises:
        ParameterError: the tolerance is none.
    """
    if not 0 <= tolerance <= 1:
        raise ParameterError(f"tolerance {tolerance} must be a macro F1 from 0 to 1, e.g. 0.01")
    study, tasks, notes = models.Study(seed=seed), [], list(found.notes)
    for data in found.sets:
        one = models.compare_forms(shop.models / data.name, data, found.unlabelled[data.name], tolerance, study, print)
        tasks.append(one)
        if len(one.made) == 1:
            notes.append(f"{title(data)}: the linear model serves; none of the forms here does less work.")
        elif (few := len(found.unlabelled[data.name])) < FEW:
            notes.append(f"{title(data)}: students learnt from {few:,} texts that nobody labelled; more are not there, and "
                         "more would make them better.")
    return Compressed(tasks, notes)


def compression_finding(compressed: Compressed) -> Finding:
    """The finding of ``22_compress``."""
    forms = compressed.forms
    start = {"notebook": "22_compress", "question": QUESTION, "sources": ["reviews", "labelled_texts"]}
    if forms.empty:
        return Finding(**start, caveats=compressed.notes, sentence="There is no trained model to make smaller; "
                       "run 21_fine_tune first.")
    tiles = [Tile(f"{row.name}: texts a second, measured", f"{row.speed:,.0f}",
                  interval=f"{row.ratio:.1f} times the plain model's") for row in forms[forms["serves"]].itertuples()][:2]
    return Finding(
        **start, sentence=_sentence(compressed), table=forms[list(FORM_LABELS)], labels=FORM_LABELS,
        figure=charts.fast_forms(forms), tiles=tiles, how_sure=_how_sure(compressed),
        caveats=[*compressed.notes, *_worse(compressed), *_slower(compressed)],
        caption="Macro F1 on held-out texts, with 95% intervals, against speed as measured on this machine. The outlined "
                "mark serves. Agrees: share of held-out texts read as the plain model reads them.",
        exhibits=[Exhibit("What each form loses", "Macro F1 lost against the plain model; below 0 it is better. Validation "
                          "chose; the interval is that of the pairs on test texts.", table=forms[list(LOST_LABELS)],
                          labels=LOST_LABELS)])


def _sentence(compressed: Compressed) -> str:
    parts = []
    for task in compressed.tasks:
        one, plain = task.serves, task.made[0]
        f1, low, high = one.test.value("macro_f1")
        if one is plain:
            parts.append(f"{title(task.data)} stays as it was trained (measured: {one.speed:,.0f} texts a second)")
        else:
            parts.append(f"{title(task.data)} is read by “{FORMS[one.name]}”: {one.size / 1e6:,.0f} instead of "
                         f"{plain.size / 1e6:,.0f} MB, macro F1 {f1:.2f} ({low:.2f} to {high:.2f}) instead of "
                         f"{plain.test.value('macro_f1')[0]:.2f}, measured {task.ratio(one):.1f} times as fast")
    return (f"{'; '.join(parts)}. Chosen by least work, not by the clock, among the forms that lose at most "
            f"{compressed.tasks[0].tolerance:g} macro F1 on validation texts.")


def _how_sure(compressed: Compressed) -> list[str]:
    lines = []
    for task in compressed.tasks:
        data = task.data
        lines.append(f"{title(data)}: of the forms that lose at most {task.tolerance:g} macro F1 on "
                     f"{data.sizes['validation']:,} validation texts the one of least work serves; "
                     f"{data.sizes['test']:,} other texts tested. Students learnt from {data.sizes['train']:,} labelled "
                     f"and {task.unlabelled:,} unlabelled texts, none held out. Interval: {task.made[0].test.interval}.")
    return [*lines, "Work: bytes of weights that a token meets; the table goes from most to least. Beside 32 bits this "
            f"machine computes with {' and '.join(models.native()) or 'nothing'}; forms in other bits are not made. So the "
            "same data choose the same form on the same kind of machine.",
            "Speed: median of interleaved rounds on this machine, tokenizing included. It is measured, differs from run to "
            "run and decides nothing."]


def _worse(compressed: Compressed) -> list[str]:
    return [f"{title(task.data)}: “{FORMS[one.name]}”, which serves, loses {one.lost[0]:.3f} macro F1 on test texts (95% "
            f"interval {one.lost[1]:.3f} to {one.lost[2]:.3f}), more than the {task.tolerance:g} allowed: the validation "
            "texts flattered it. More of them, or a smaller tolerance, choose better."
            for task in compressed.tasks if (one := task.serves).lost[1] > task.tolerance]


def _slower(compressed: Compressed) -> list[str]:
    return [f"{title(task.data)}: on this machine “{FORMS[one.name]}”, which loses little too, was measured "
            f"{one.speed / task.serves.speed:.1f} times as fast as what serves, and faster in each of "
            f"{len(one.seconds)} rounds. It does no less work, so the choice stays."
            for task in compressed.tasks if (one := task.faster)]


def _unlabelled(reviews: pd.DataFrame, data: models.LabelledTexts, most: int) -> list[str]:
    """Texts that nobody labelled, in the order of a hash; none that is held out, or of a product held out."""
    held_out = {*data.groups("validation"), *data.groups("test")}
    rows = reviews[(languages(reviews) == data.language).to_numpy() & ~reviews["product"].isin(held_out).to_numpy()]
    texts = rows["text"].tolist()
    if data.task not in WHOLE_REVIEWS:
        texts = [one.text for text in texts for one in own_sentences(text)]
    known = set(data.frame["text"].map(models.text_hash))
    hashes = {models.text_hash(text): text for text in texts}
    return [hashes[one] for one in sorted(hashes) if one not in known][:most]
