"""Who was forgotten: a list beside the weeks that holds no pseudonym and no text, only hashes of them; the door reads it."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

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

    @property
    def fingerprint(self) -> str:
        """What tells one list from another."""
        return _hash(f"{sorted(self.customers)} {sorted(self.texts)}")

    def among(self, rows: pa.Table) -> np.ndarray | None:
        """Which rows, after the door, are of forgotten customers; None where none is.

        They are told by ``customer``; where a table names none, by ``text``.
        """
        name, hashed, known = ("customer", _hash, self.customers) if "customer" in rows.column_names else (
            "text", _hash_text, self.texts)
        if not known or name not in rows.column_names:
            return None
        encoded = rows[name].combine_chunks()
        encoded = encoded if pa.types.is_dictionary(encoded.type) else encoded.dictionary_encode()
        values = encoded.dictionary.to_pylist()
        listed = np.array([*(value is not None and hashed(value) in known for value in values), False])
        gone = listed[encoded.indices.fill_null(len(listed) - 1).to_numpy()]
        return gone if gone.any() else None


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


def forgotten_of(shop: Week) -> Forgotten:
    """The list of the source of a week, for its door.

    Raises:
        TableError: as :func:`load`.
    """
    return load(shop.folder.parent)


def _hash(pseudonym: str) -> str:
    return hashlib.sha256(f"forgotten {pseudonym}".encode()).hexdigest()[:32]


def _hash_text(text: str) -> str:
    return _hash(" ".join(text.split()).casefold())
