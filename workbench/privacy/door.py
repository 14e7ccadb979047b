"""A table through the door, batch by batch: ids become pseudonyms, texts are cleaned and masked, as its contract says."""

import hashlib
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa

from workbench import sealed
from workbench import text as texts
from workbench.privacy.forgotten import Forgotten
from workbench.privacy.masks import mask
from workbench.privacy.pseudonyms import Numbers, Pseudonyms, key_fingerprint
from workbench.tables import contract
from workbench.text import clean, language_of

KNOWN = 1_000_000  # ids, and a tenth as many texts, that are remembered from batch to batch


class Door:
    """The door of one run, with one key.

    Columns marked ``personal="id"`` become pseudonyms, those marked ``text`` are cleaned and masked, and an empty
    ``language`` is told from the text.

    Attributes:
        masked: what was masked, by kind: each different text of a table once.
        forgotten: whose rows do not pass.
    """

    def __init__(self, pseudonyms: Pseudonyms | None = None, forgotten: Forgotten | None = None):
        self.pseudonyms, self.forgotten, self.masked = pseudonyms or Pseudonyms(), forgotten or Forgotten(), Counter()
        self._ids: dict[str, dict[str, str]] = {}
        self._numbers: dict[str, Numbers] = {}
        self._texts: dict[str, str] = {}
        self._counted: set[tuple[str, bytes]] = set()

    @property
    def fingerprint(self) -> str:
        """What decides how ids and texts look behind the door: the keys, who was forgotten, the code of the masks."""
        code = hashlib.sha256(f"{key_fingerprint()} {sealed.fingerprint()} {self.forgotten.fingerprint}".encode())
        for folder in (Path(__file__).parent, Path(texts.__file__).parent):
            for path in sorted(folder.glob("*.py")):
                code.update(path.read_bytes())
        return code.hexdigest()

    def through(self, table: str, rows: pa.Table) -> pa.Table:
        """Rows of the contract ``table``, fit to be stored; other columns stay as they are, ids come encoded."""
        for column in contract(table).columns:
            if column.name not in rows.column_names or not column.personal:
                continue
            values = rows[column.name].combine_chunks()
            if column.personal == "id":
                made = self._pseudonyms(values, column.name)
            else:
                encoded = values.dictionary_encode()
                seen = [self._masked(text, table) for text in encoded.dictionary.to_pylist()]
                made = pa.array(seen, pa.large_string()).take(encoded.indices)
            rows = rows.set_column(rows.column_names.index(column.name), column.name, made)
        return _with_language(rows) if {"language", "text"} <= {*rows.column_names} else rows

    def gone(self, rows: pa.Table) -> np.ndarray | None:
        """Which rows behind the door are of customers who asked to be forgotten; None where none is."""
        return self.forgotten.among(rows)

    def mask(self, text: str) -> str:
        """A text without personal data."""
        return mask(clean(text))[0]

    def _pseudonyms(self, ids: pa.Array, kind: str) -> pa.DictionaryArray:
        numbers = self._numbers.setdefault(kind, Numbers(10 * KNOWN))
        if (made := numbers.of(ids, lambda new: self.pseudonyms.each(new, kind))) is not None:
            return made
        known, encoded = self._ids.setdefault(kind, {}), ids.dictionary_encode()
        if len(known) > KNOWN:
            known.clear()
        values = encoded.dictionary.to_pylist()
        new = [value for value in values if value not in known]
        known.update(zip(new, self.pseudonyms.each(new, kind), strict=True))
        return pa.DictionaryArray.from_arrays(encoded.indices, pa.array([known[value] for value in values],
                                                                        pa.large_string()))

    def _masked(self, text: str, table: str) -> str:
        if text not in self._texts:
            if len(self._texts) > KNOWN // 10:
                self._texts.clear()
            self._texts[text], found = mask(clean(text))
            place = table, hashlib.blake2b(text.encode(), digest_size=16).digest()
            if found and place not in self._counted:
                self._counted.add(place)
                self.masked.update(found)
        return self._texts[text]


def _with_language(rows: pa.Table) -> pa.Table:
    """Where the language is not told, that of the text."""
    language, text = rows["language"].to_pylist(), rows["text"].to_pylist()
    told = [word if word is not None or written is None else language_of(written)
            for word, written in zip(language, text, strict=True)]
    return rows.set_column(rows.column_names.index("language"), "language", pa.array(told, pa.large_string()))
