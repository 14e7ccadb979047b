"""The finding of ``23_label``: what was labelled so far, how often the models were right there, what comes next."""

import pandas as pd

from workbench.findings import Exhibit, Finding
from workbench.text import LANGUAGE_NAMES
from workbench.training.adapting import FEWEST
from workbench.training.labels import MEASURING, standing
from workbench.training.queue import FIRST, Queue, unit_of
from workbench.uncertainty import wilson

QUESTION = "Which texts should we label next?"
NEXT_LABELS = {"text": "Text", "subject": "Product", "guess": "The model reads", "probability": "Sure | .0%",
               "picked": "Picked"}
PROGRESS_LABELS = {
    "name": "Task", "labels": "Labels | ,.0f", "teaching": "To teach | ,.0f", "measuring": "To measure | ,.0f",
    "again": "Labelled again | ,.0f", "right": "Model was right | .0%", "ci_lower": "95% interval | .0%",
    "ci_upper": "to | .0%"}


def progress(given: pd.DataFrame | None) -> pd.DataFrame:
    """How far labelling has come: a row a task and language.

    Args:
        given: table ``labels``; None where nobody has labelled.

    Returns:
        ``name, labels, teaching, measuring, again, right, ci_lower, ci_upper``: ``again`` counts labels that a later
        one replaced; ``right`` is the share of measuring texts whose label the model guessed, with Wilson's 95%
        interval, empty where no model had guessed.
    """
    rows = []
    if given is not None:
        now, all_of = standing(given), given.groupby(["task", "language"]).size()
        for (task, language), part in now.groupby(["task", "language"], sort=True):
            told = part[part["measures"].to_numpy(dtype=bool) & part["guess"].notna().to_numpy()]
            hits, n = int((told["guess"] == told["label"]).sum()), len(told)
            right = (hits / n, *wilson(hits, n)) if n else (None, None, None)
            measuring = int(part["measures"].sum())
            rows.append((f"{task.replace('_', ' ').capitalize()}, {LANGUAGE_NAMES[language]}", len(part),
                         len(part) - measuring, measuring, int(all_of[task, language]) - len(part), *right))
    return pd.DataFrame(rows, columns=list(PROGRESS_LABELS))


def labelling_finding(given: pd.DataFrame | None, queue: Queue) -> Finding:
    """The finding of ``23_label``; ``given`` is the table ``labels``, None where nobody has labelled."""
    table, shown = progress(given), queue.shown.head(10)
    readable = shown.assign(guess=[one if pd.isna(one) else one.replace("_", " ") for one in shown["guess"]])
    return Finding(
        notebook="23_label", question=QUESTION, sentence=_sentence(table, queue), table=readable, labels=NEXT_LABELS,
        caption="The first ten. Uncertain: the model hardly decides between its two likeliest labels.",
        sources=["reviews", "labels"], how_sure=_how_sure(), exhibits=[Exhibit(
            "Labels so far", "To measure: drawn at random and never learnt from. Model was right: of these, before the "
            "label was given, with Wilson's 95% interval.", table=table, labels=PROGRESS_LABELS)] if len(table) else [])


def _sentence(table: pd.DataFrame, queue: Queue) -> str:
    so_far = "Nobody has labelled a text yet" if table.empty else "Labels by analysts so far: " + "; ".join(
        f"{row.name} {row.labels:,}" for row in table.itertuples(index=False))
    if queue.texts.empty:
        return f"{so_far}. No {unit_of(queue)} wait for a label of {queue.task}."
    return (f"{so_far}. {len(queue.texts):,} of {queue.unlabelled:,} unlabelled {unit_of(queue)} are worth labelling first "
            f"({queue.task}): open 23_label in JupyterLab (workbench lab).")


def _how_sure() -> list[str]:
    return [f"One text in {MEASURING}, by its hash, is drawn at random and never teaches: it measures. The first {FIRST} "
            "others are random too, since in a new domain a model does not know where it is unsure.",
            f"From {FEWEST} labels to teach, the next 21_fine_tune learns from them; from {FEWEST} to measure, it says what "
            "that won."]
