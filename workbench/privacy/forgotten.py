"""Who was forgotten: a list beside the weeks that holds no pseudonym and no text, only hashes of them; the door reads it."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workbench import paths
from workbench.errors import TableError
from workbench.privacy.pseudonyms import key_fingerprint
from workbench.tables import Week

FILE = "forgotten.json"


@dataclass(frozen=True)
class Forgotten:
    """Hashes of the pseudonyms (``customers``) and of the texts that nobody else wrote (``texts``) of who was forgotten."""

    customers: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()

    def drop(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
        """A table, or a batch of it, without the rows of forgotten customers; and how many rows went.

        Args:
            frame: after the door. Rows go by ``customer``; where a table names none, by ``text``.
        """
        if not self.customers or not len(frame):
            return frame, 0
        gone = pd.Series(False, index=frame.index)
        if "customer" in frame:
            gone |= _listed(frame["customer"], _hash, self.customers)
        elif "text" in frame and self.texts:
            gone |= _listed(frame["text"], _hash_text, self.texts)
        return (frame[~gone].reset_index(drop=True), int(gone.sum())) if gone.any() else (frame, 0)


def listed(folder: Path) -> str:
    """What tells one state of the list from another; ``none`` where nobody was forgotten."""
    path = folder / FILE
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8] if path.exists() else "none"


def load(folder: Path) -> Forgotten:
    """The list of a source; ``folder`` is ``reports/<source>``. Empty where nobody was forgotten.

    Raises:
        TableError: it was written under another pseudonym key, so that nobody in it can be told any more.
    """
    path = folder / FILE
    if not path.exists():
        return Forgotten()
    found = json.loads(path.read_text())
    if found["key"] != key_fingerprint():
        raise TableError(f"{path} names customers by pseudonyms of another key (fingerprint {found['key']}, now "
                         f"{key_fingerprint()}), so the door cannot tell them. Set the former key, or delete the file and "
                         "forget each of them again")
    return Forgotten(frozenset(found["customers"]), frozenset(found["texts"]))


def add(folder: Path, customer: str, texts: list[str]) -> Path:
    """Add a customer's pseudonym and own texts to the list of the source."""
    known = load(folder)
    with paths.replacing(folder / FILE) as beside:
        beside.write_text(json.dumps({
            "key": key_fingerprint(), "changed": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "customers": sorted({*known.customers, _hash(customer)}),
            "texts": sorted({*known.texts, *map(_hash_text, texts)})}, indent=1) + "\n")
    return folder / FILE


def without_forgotten(frames: dict[str, pd.DataFrame], shop: Week) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Every table without the rows of forgotten customers, and in words how many went of which.

    Raises:
        TableError: as :func:`load`.
    """
    forgotten, kept, notes = load(shop.folder.parent), {}, []
    for table, frame in frames.items():
        kept[table], gone = forgotten.drop(frame)
        if gone:
            notes.append(f"{gone:,} rows of {table.replace('_', ' ')} were dropped at the door: their customers asked to be "
                         "forgotten.")
    return kept, notes


def _listed(values: pd.Series, hashed, known: frozenset[str]) -> pd.Series:
    there = {value for value in values.dropna().unique() if hashed(value) in known}
    return values.isin(there).fillna(False).astype(bool)


def _hash(pseudonym: str) -> str:
    return hashlib.sha256(f"forgotten {pseudonym}".encode()).hexdigest()[:32]


def _hash_text(text: str) -> str:
    return _hash(" ".join(text.split()).casefold())
