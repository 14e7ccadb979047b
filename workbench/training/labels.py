"""Labels that analysts give: kept as one table beside the weeks, written by several notebooks at once, none lost."""

import uuid
from dataclasses import asdict, dataclass

import pandas as pd

from workbench import paths
from workbench.errors import ParameterError, did_you_mean
from workbench.models import text_hash
from workbench.tables import Week, conform, contract
from workbench.verdicts.objections import OBJECTED

TABLE = "labels"
MEASURING = 4  # of so many texts one, by its hash, never teaches: what is drawn of these tells how good a model is
SAME = ["task", "language", "of"]  # what one label stands for; ``of`` is the hash of the text


@dataclass(frozen=True)
class Given:
    """One label that an analyst gives; the fields are those of the table ``labels``."""

    text: str
    label: str
    task: str
    language: str
    picked: str
    product: str | None = None
    who: str | None = None
    guess: str | None = None
    probability: float | None = None


def history(shop: Week) -> pd.DataFrame:
    """Table ``labels``: every label ever given, oldest first; no rows where nobody has labelled yet."""
    if shop.has(TABLE):
        return shop.read(TABLE)
    return conform(pd.DataFrame(columns=contract(TABLE).names), contract(TABLE))


def standing(rows: pd.DataFrame) -> pd.DataFrame:
    """Of the table ``labels`` the last label of each text and task, in the order in which the texts came.

    Returns:
        The rows with ``of``, the hash of the text, and ``measures``: the text tells how good a model is, and so must
        not teach it. It follows from the text alone: no text is ever on both sides. A text that only objections name
        teaches: it came to its reviewers because the model may be wrong there, and would measure too low.
    """
    rows = rows.assign(of=rows["text"].map(text_hash).astype("string"))
    drawn = rows.loc[(rows["picked"] != OBJECTED).to_numpy(dtype=bool), SAME].drop_duplicates().assign(drawn=True)
    first = ~rows.duplicated(SAME)
    place = rows[first].reset_index(drop=True).reset_index(names="place")[[*SAME, "place"]]
    last = rows[~rows.duplicated(SAME, keep="last")].merge(place, on=SAME).sort_values("place", ignore_index=True)
    to_measure = last.merge(drawn, on=SAME, how="left")["drawn"].notna() & last["text"].map(measures).astype(bool)
    return last.drop(columns="place").assign(measures=to_measure.astype("boolean"))


def measures(text: str) -> bool:
    """Whether the text is one of those that only measure.

    >>> sum(measures(f"text {i}") for i in range(1000))
    230
    """
    return int(text_hash(text), 16) % MEASURING == 0


def give(shop: Week, given: Given, choices: list[str]) -> str:
    """Append one label; its identity is returned. An earlier label of the same text stays in the history.

    Raises:
        ParameterError: the label is not one of ``choices``. TableError: a field breaks the contract.
    """
    if given.label not in choices:
        raise ParameterError(f"label {given.label!r} is none of {given.task}: {', '.join(choices)};"
                             f"{did_you_mean(given.label, choices)} Give one of these, or name it among the choices")
    entry = uuid.uuid4().hex
    row = pd.DataFrame([asdict(given) | {"entry": entry, "time": pd.Timestamp.now("UTC")}])
    row = conform(row, contract(TABLE))
    with paths.alone(shop.path(TABLE)):
        rows = history(shop)
        shop.write(TABLE, pd.concat([rows, row], ignore_index=True) if len(rows) else row)
    return entry


def take_back(shop: Week, entry: str) -> None:
    """Undo one label, as if it had never been given: what stood before stands again."""
    with paths.alone(shop.path(TABLE)):
        rows = history(shop)
        rows = rows[(rows["entry"] != entry).to_numpy(dtype=bool)]
        if len(rows):
            shop.write(TABLE, rows)
        else:
            shop.path(TABLE).unlink(missing_ok=True)  # nobody has labelled: models need not be trained again
