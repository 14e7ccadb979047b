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
    """A table after the door; ``masked`` counts what was masked, by kind."""

    frame: pd.DataFrame
    masked: Counter = field(default_factory=Counter)


def pass_door(frame: pd.DataFrame, table: str, pseudonyms: Pseudonyms) -> Passed:
    """``frame`` of the contract ``table``, fit to be stored.

    Columns marked ``personal="id"`` become pseudonyms, those marked ``text`` are cleaned and masked, and
    an empty ``language`` is told from the text.
    """
    frame, masked = frame.copy(), Counter()
    for column in contract(table).columns:
        if column.personal == "id":
            frame[column.name] = pseudonyms.of(frame[column.name], column.name)
        elif column.personal == "text":
            texts = frame[column.name]
            known = {}
            for text in texts.dropna().unique():
                known[text], found = mask(clean(text))
                masked.update(found)
            frame[column.name] = texts.map(known).astype("string")
    if "language" in frame and "text" in frame:
        told = frame["text"].map(language_of, na_action="ignore").astype("string")
        frame["language"] = frame["language"].fillna(told)
    return Passed(frame, masked)


def pass_all(frames: dict[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], Counter]:
    """Every table of a source through the door with the same key, and what was masked in all."""
    pseudonyms, masked, passed = Pseudonyms(), Counter(), {}
    for name, frame in frames.items():
        through = pass_door(frame, name, pseudonyms)
        passed[name] = through.frame
        masked.update(through.masked)
    return passed, masked
