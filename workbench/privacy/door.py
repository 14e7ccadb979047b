"""One table through the door: ids become pseudonyms, texts are cleaned and masked, as its contract says."""

from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from workbench.privacy.masks import mask
from workbench.privacy.pseudonyms import Pseudonyms
from workbench.tables import contract
from workbench.text import clean, language_of


@dataclass(frozen=True)
class Passed:
    """A table after the door; ``masked`` counts what was masked, by kind, each different text once."""

    frame: pd.DataFrame
    masked: Counter = field(default_factory=Counter)


class _Texts(dict):
    """Each different text cleaned and masked, once for all tables; ``masked`` counts what was masked."""

    def __init__(self):
        self.masked = Counter()

    def __missing__(self, text: str) -> str:
        self[text], found = mask(clean(text))
        self.masked.update(found)
        return self[text]


def pass_door(frame: pd.DataFrame, table: str, pseudonyms: Pseudonyms) -> Passed:
    """``frame`` of the contract ``table``, fit to be stored.

    Columns marked ``personal="id"`` become pseudonyms, those marked ``text`` are cleaned and masked, and
    an empty ``language`` is told from the text.
    """
    texts = _Texts()
    return Passed(_through(frame, table, pseudonyms, texts), texts.masked)


def pass_all(frames: dict[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], Counter]:
    """Every table of a source through the door with the same key, and what was masked in all."""
    pseudonyms, texts = Pseudonyms(), _Texts()
    return {name: _through(frame, name, pseudonyms, texts) for name, frame in frames.items()}, texts.masked


def _through(frame: pd.DataFrame, table: str, pseudonyms: Pseudonyms, texts: _Texts) -> pd.DataFrame:
    frame = frame.copy()
    for column in contract(table).columns:
        if column.personal == "id":
            frame[column.name] = pseudonyms.of(frame[column.name], column.name)
        elif column.personal == "text":
            frame[column.name] = frame[column.name].map(texts.__getitem__, na_action="ignore").astype("string")
    if "language" in frame and "text" in frame:
        untold = frame["language"].isna().to_numpy()
        frame.loc[untold, "language"] = frame.loc[untold, "text"].map(language_of).astype("string")
    return frame
