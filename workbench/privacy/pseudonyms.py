"""Pseudonyms: a keyed hash of an id (HMAC-SHA256, RFC 2104). Without the key nobody can link or guess them."""

import hashlib
import hmac
import os
import secrets as random
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench import paths
from workbench.errors import ParameterError

VARIABLE = "WORKBENCH_KEY"
SHORTEST = 16  # characters of a key
LONG = 18  # characters of a pseudonym


def load_key() -> bytes:
    """The key: from the environment (``WORKBENCH_KEY``), else from a local file outside every checkout.

    The file is made, readable by its owner only, the first time it is needed. Who loses it loses only the
    link between this week's pseudonyms and last week's.

    Raises:
        ParameterError: the key of the environment is too short to be one.
    """
    if given := os.environ.get(VARIABLE):
        if len(given) < SHORTEST:
            raise ParameterError(f"{VARIABLE} has {len(given)} characters; a key needs {SHORTEST} or more. Make one "
                                 "with: python -c 'import secrets; print(secrets.token_hex())'")
        return given.encode()
    path = key_file()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Two processes may come here at once: the first one to link its file wins, both read the same.
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(random.token_hex(32))
        try:
            os.link(beside, path)
        except FileExistsError:
            pass
        finally:
            beside.unlink()
    return path.read_text().strip().encode()


def key_file() -> Path:
    """Where the local key lies when the environment names none."""
    return paths.secrets() / "pseudonyms.key"


def key_fingerprint() -> str:
    """Eight characters that tell two keys apart and say nothing about either."""
    return hmac.new(load_key(), b"fingerprint", hashlib.sha256).hexdigest()[:8]


class Pseudonyms:
    """Gives ids their pseudonyms: the same id, kind and key give the same one.

    >>> names = Pseudonyms(b"a key of this example only")
    >>> names.of(pd.Series(["17850", "13047", "17850", None], dtype="string"), "customer").tolist()
    ['c-b868d99f2e21944c', 'c-c0dd8f6750171060', 'c-b868d99f2e21944c', <NA>]
    """

    def __init__(self, key: bytes | None = None):
        self._key = key if key is not None else load_key()

    def of(self, ids: pd.Series, kind: str) -> pd.Series:
        """The pseudonyms of ``ids``, 64 bits each, with the first letter of ``kind``; empty stays empty."""
        different = ids.dropna().unique()
        return ids.map(dict(zip(different, self.each(different, kind), strict=True))).astype("string")

    def each(self, ids: Iterable[object], kind: str) -> list[str]:
        """The pseudonym of each of ``ids``, none of which is empty."""
        key, before, first = self._key, f"{kind}\0", f"{kind[0]}-"
        return [first + hmac.digest(key, f"{before}{value}".encode(), "sha256").hex()[:16] for value in ids]


class Numbers:
    """Ids that are whole numbers and their pseudonyms, at least ``most`` of them remembered, in sorted arrays: of a million
    customers a dictionary costs several times as much, since nearly every look into it misses the processor's cache.
    """

    def __init__(self, most: int):
        self.most = most
        self._forget()

    def _forget(self) -> None:
        self._ids, self._names = np.empty(0, dtype="int64"), np.empty(0, dtype=f"S{LONG}")

    def of(self, ids: pa.Array, make: Callable[[Iterable[int]], list[str]]) -> pa.DictionaryArray | None:
        """The pseudonyms of ``ids`` (text; empty stays empty), each new one by ``make``; None: not all are numbers as
        a number is written, so that "007" and "7" stay two.
        """
        whole = pc.and_(pc.ascii_is_decimal(ids), pc.and_(pc.less(pc.binary_length(ids), 19), pc.invert(
            pc.starts_with(ids, "0"))))
        if pc.any(pc.invert(whole)).as_py():
            return None
        different, places = np.unique(pc.drop_null(ids).cast(pa.int64()).to_numpy(), return_inverse=True)
        at = self._known(different, make)
        names = self._names[at]
        indices = np.zeros(len(ids), dtype="int32")
        there = pc.is_valid(ids).to_numpy(zero_copy_only=False)
        indices[there] = places
        offsets = np.arange(0, LONG * (len(names) + 1), LONG, dtype="int64")
        dictionary = pa.LargeStringArray.from_buffers(len(names), pa.py_buffer(offsets), pa.py_buffer(names.tobytes()))
        return pa.DictionaryArray.from_arrays(pa.array(indices, mask=~there), dictionary)

    def _known(self, different: np.ndarray, make) -> np.ndarray:
        """The places of sorted ids, after new ones were added."""
        if len(self._ids) > self.most:
            self._forget()
        at = np.searchsorted(self._ids, different)
        missing = np.append(self._ids, -1)[at] != different
        if not missing.any():
            return at
        new, places = different[missing], at[missing]
        self._ids = np.insert(self._ids, places, new)
        self._names = np.insert(self._names, places, np.array(make(new.tolist()), dtype=self._names.dtype))
        return np.searchsorted(self._ids, different)
