"""The finding of ``21_fine_tune``: held-out scores side by side, what serves and why."""

import pandas as pd

from workbench.figures import training as charts
from workbench.findings import Exhibit, Finding, Tile
from workbench.training.fine_tuning import MANY, Taught, title

WHAT = {"linear": "the plain linear model", "latent": "the model of latent meaning", "encoder": "the encoder",
        "pooled": "the pool of models and moods"}
QUESTION = "How well do models read sentiment and needs in our reviews?"
SCORE_LABELS = {
    "name": "Task", "model": "Model", "serves": "Serves", "macro_f1": "Macro F1 | .3f",
    "macro_f1_ci_lower": "95% interval | .3f", "macro_f1_ci_upper": "to | .3f", "accuracy": "Accuracy | .1%",
    "texts": "Held-out texts | ,.0f", "seconds": "Seconds | ,.0f"}
MORE_LABELS = {
    "name": "Task", "model": "Model", "accuracy": "Accuracy | .1%", "accuracy_ci_lower": "95% interval | .1%",
    "accuracy_ci_upper": "to | .1%", "brier": "Brier score | .3f", "ece": "Calibration error | .3f",
    "validation_macro_f1": "Macro F1, validation | .3f", "validation_loss": "Log loss, validation | .3f"}
LABEL_LABELS = {"name": "Task", "label": "Label", "precision": "Precision | .1%", "recall": "Recall | .1%", "f1": "F1 | .3f",
                "f1_ci_lower": "95% interval | .3f", "f1_ci_upper": "to | .3f", "texts": "Held-out texts | ,.0f"}
MISTAKE_LABELS = {"name": "Task", "text": "Text", "truth": "Labelled", "predicted": "Read as",
                  "probability": "Sure | .0%"}
LESSON_LABELS = {"name": "Task", "origin": "Labels", "labels": "Which", "train": "Training | ,.0f",
                 "validation": "Validation | ,.0f", "test": "Test | ,.0f",
                 "analysts": "By analysts | ,.0f", "groups": "Products or texts | ,.0f",
                 "held_out_by": "Held out by", "left_out": "Left out | ,.0f"}
WON_LABELS = {"name": "Task", "labels": "Labels to teach | ,.0f", "macro_f1": "Macro F1 | .3f",
              "ci_lower": "95% interval | .3f", "ci_upper": "to | .3f", "texts": "Labels to measure | ,.0f"}
EPOCH_LABELS = {"name": "Task", "epoch": "Passes | .0f", "training_loss": "Training loss | .3f",
                "validation_loss": "Validation loss | .3f", "validation_macro_f1": "Macro F1, validation | .3f"}


def finding(taught: Taught) -> Finding:
    """The finding of ``21_fine_tune``."""
    if not taught.trained:
        return Finding("21_fine_tune", QUESTION, "No model was trained: there are too few labelled texts.",
                       sources=[*taught.lessons.tables], caveats=taught.notes)
    scores = taught.scores
    return Finding(
        notebook="21_fine_tune", question=QUESTION, sentence=_sentence(taught),
        table=scores[list(SCORE_LABELS)], labels=SCORE_LABELS,
        figure=charts.held_out(scores),
        caption="Macro F1: the mean over labels of F1, the harmonic mean of precision and recall; 1 is perfect. Bars are "
                "95% intervals. The outlined mark serves: on validation texts, which are not these, it is the "
                "plainest within one standard error of the best (log loss).",
        sources=[*taught.lessons.tables], how_sure=_how_sure(taught), caveats=_caveats(taught), tiles=_tiles(taught),
        exhibits=_exhibits(taught))


def _sentence(taught: Taught) -> str:
    parts = []
    for one in taught.trained:
        value, low, high = one.test[one.serves].value("macro_f1")
        parts.append(f"{title(one.data)} {value:.2f} ({low:.2f} to {high:.2f}, {one.serves})")
    chance = max(one.test["majority"].value("macro_f1")[0] for one in taught.trained)
    labels = taught.lessons.table["analysts"].sum()
    return (f"Macro F1 on held-out texts, with 95% interval and the model that serves: {'; '.join(parts)}. "
            f"Always saying the most frequent label gives {chance:.2f} at most."
            + (f" {labels:,} labels came from analysts." if labels else ""))


def _how_sure(taught: Taught) -> list[str]:
    lines = []
    for one in taught.trained:
        data, test = one.data, one.test[one.serves]
        what = {"product": "no product is on two sides", "text": "no text is on two sides",
                "source": "the source said which side"}[data.held_out_by]
        lines.append(
            f"{title(data)}: {data.origin}; {data.sizes['train']:,} texts taught, {data.sizes['validation']:,} chose, "
            f"{data.sizes['test']:,} of {test.groups:,} {'product' if data.held_out_by == 'product' else 'group'}"
            f"{'s' * (test.groups != 1)} tested; "
            f"{what}, seed {data.seed}. Interval: {test.interval}.")
    return lines + taught.analysts


def _caveats(taught: Taught) -> list[str]:
    found = list(taught.notes)
    for one in taught.trained:
        if one.serves != "encoder" and "encoder" in one.models:
            found.append(f"{title(one.data)}: {WHAT[one.serves]} serves: log loss on validation texts "
                         f"{one.losses[one.serves]:.3f}, the encoder's {one.losses['encoder']:.3f} nats.")
        found += [f"{title(one.data)}: the pool weighs {WHAT[kind]} next to nothing, so it reads without it."
                  for kind in one.models["pooled"].card["left_out"]]
        value, _, high = one.test[one.serves].value("macro_f1")
        found += [f"{title(one.data)}: on test texts {WHAT[kind]} did better ({better:.3f} against {value:.3f}) than what "
                  "serves; they do not choose, or nothing would be left to measure on."
                  for kind in one.models if (better := one.test[kind].value("macro_f1")[0]) > high]
        found += [f"{title(one.data)}: left out {n:,} × {reason}." for reason, n in one.data.left_out.items()]
    return found


def _tiles(taught: Taught) -> list[Tile]:
    tiles = []
    for one in taught.trained[:2]:
        value, low, high = one.test[one.serves].value("macro_f1")
        tiles.append(Tile(f"{title(one.data)}: macro F1, at most 1", f"{value:.2f}",
                          interval=f"95% interval {low:.2f} to {high:.2f}"))
    return tiles


def _exhibits(taught: Taught) -> list[Exhibit]:
    serving = "Of the model that serves, on test texts."
    won = Exhibit("What analysts' labels win", "Macro F1 on this shop's own texts, drawn at random and never learnt from, "
                  "against the labels that the model learnt from, with 95% intervals.", charts.labels_won(taught.won),
                  taught.won, WON_LABELS)
    found = [
        won,
        Exhibit("More scores", "Brier score: mean squared error of the probabilities, 0 is perfect, 2 the worst. "
                "Calibration error: by how much confidence and accuracy differ on average. Validation chose what serves.",
                table=taught.scores[list(MORE_LABELS)], labels=MORE_LABELS),
        Exhibit("Label by label", serving + _most_confused(taught), charts.confusions(taught.confusions),
                taught.by_label.assign(label=taught.by_label["label"].str.replace("_", " ")), LABEL_LABELS),
        Exhibit("Would more labels help?", "Macro F1 on validation texts against training texts, with 95% intervals. A "
                "line that still rises says yes.", charts.learning(taught.curves)),
        Exhibit("Does it know how sure it is?", "Test texts in bins of like confidence; bars are Wilson's 95% "
                "intervals. Confidence was calibrated on validation texts (temperature scaling).",
                charts.calibration(taught.calibration)),
        Exhibit("The errors worth reading", f"The most confident mistakes. {serving}", table=_cut(taught.mistakes),
                labels=MISTAKE_LABELS),
        Exhibit("What was taught", "Texts on each side of the split; left out are rows, with the reasons below.",
                table=taught.lessons.table.assign(labels=taught.lessons.table["labels"].str.replace("_", " ")),
                labels=LESSON_LABELS),
        Exhibit("Pass by pass", "The encoder of the best pass is kept or, where validation says so, the mean "
                "of all passes; the loss is in nats.", table=taught.epochs,
                labels=EPOCH_LABELS)]
    return [each for each in found if each.table is None or len(each.table)]  # without errors or an encoder: nothing to show


def _most_confused(taught: Taught) -> str:
    cut = [f"{title(one.data)} has {len(one.data.labels)}" for one in taught.trained if len(one.data.labels) > MANY]
    return f" {'; '.join(cut)} labels: the {MANY} most often confused are drawn, all listed, the worst first." if cut else ""


def _cut(mistakes: pd.DataFrame, most: int = 240) -> pd.DataFrame:
    texts = [text if len(text) <= most else f"{text[:most]}…" for text in mistakes["text"]]
    return mistakes.assign(text=texts, truth=mistakes["truth"].str.replace("_", " "),
                           predicted=mistakes["predicted"].str.replace("_", " "))
