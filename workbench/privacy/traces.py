"""What would tell of one customer, and where it stands: in tables, JSON, notebooks and pages, compressed data included."""

import base64
import gzip
import html
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench import sealed
from workbench.tables.contracts import TABLES
from workbench.text import sentences

WORDS = "explanations"  # one row a word
RAW_LINES = "quarantine"  # lines of raw files stand in it
SHORTEST = 12  # letters and digits, a Chinese one counting as two: a shorter sentence is anybody's
_PACKED = re.compile(r"H4sI[A-Za-z0-9+/]{40,}={0,2}")  # gzip in base64
_TAG = re.compile(r"<[^<>]{0,500}>")
_BETWEEN = re.compile(r"[\W_]+")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


@dataclass(frozen=True)
class Traces:
    """Everything that tells of one customer.

    Attributes:
        customer: the pseudonym.
        identity: the real id; nothing under reports should ever hold it.
        reviews: numbers of the customer's reviews.
        texts: what only this customer wrote.
        parts: sentences of these that nobody else wrote, in normal form.
    """

    customer: str
    identity: str
    reviews: frozenset[str] = frozenset()
    texts: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    read: dict = field(default_factory=dict, compare=False, repr=False)  # verdicts on compressed data

    def in_text(self, text: str) -> bool:
        """Whether a text holds any of it."""
        if self.customer in text or (len(self.identity) >= 5 and self.identity in text and re.search(
                rf"(?<!\w)(?<!\d\.){re.escape(self.identity)}(?!\w)", text)):  # not the digits of 0.17850
            return True
        if any(len(review) >= 5 and not review.isdigit() and review in text
               and re.search(rf"(?<![\w-]){re.escape(review)}(?![\w-])", text) for review in self.reviews):
            return True
        return self.quoted(text)

    def quoted(self, text: str) -> bool:
        """Whether a text holds what only the customer wrote."""
        if not self.parts:
            return False
        forms = normal(text), normal(_TAG.sub("", text))  # "<" may begin a tag or be what somebody wrote
        return any(part in form for part in self.parts for form in forms)

    def in_code(self, value: str) -> bool:
        """Whether a value that nobody wrote freely tells of the customer: an item may have the number that an id has."""
        return self.customer in value or self.quoted(value)


def own_parts(texts: list[str], others: Iterable[str]) -> tuple[str, ...]:
    """Of one customer's texts the sentences, and the texts as a whole, that stand in no text of ``others``; normal form."""
    said = {normal(part) for text in texts for part in (text, *(sentence.text for sentence in sentences(text)))}
    said = {part for part in said if len(part) + sum(sign > "\u2e80" for sign in part) >= SHORTEST}
    for text in others:
        form = normal(text) if said else ""
        said -= {part for part in said if part in form}
    return tuple(sorted(said))


def normal(text: str) -> str:
    """Letters and digits of a text in lower case, so that a page and a table compare.

    >>> normal("It&#39;s 很好 OK!")
    'its很好ok'
    """
    return _BETWEEN.sub("", html.unescape(text)).casefold()


def name_of(path: Path) -> str | None:
    """The contract whose rows a Parquet file holds, whole or a piece of them; None where it is of none."""
    return next((name for name in (path.name.removesuffix(".parquet"), path.parent.name.removesuffix(".parquet"))
                 if name in TABLES), None)


def pieces(path: Path) -> Iterator[pa.Table]:
    """The rows of a Parquet file, a row group at a time; explanations whole, where a text goes on from group to group."""
    return iter([sealed.load(path)]) if name_of(path) == WORDS else sealed.groups(path)


def rows_of(table: pa.Table, traces: Traces, name: str | None = None) -> np.ndarray:
    """For each row of a table whether it tells of the customer: by customer, by review, or in a text.

    Args:
        name: of its contract, which tells texts from codes; None: every column may hold a text.
    """
    known = () if name in (None, RAW_LINES) else TABLES[name].columns
    codes = {column.name for column in known if not column.personal}
    told = np.zeros(len(table), dtype=bool)
    for name in table.column_names:
        column = table[name].combine_chunks()
        if name == "customer":
            told |= _among(column, [traces.customer])
        elif name == "review":
            told |= _among(column, traces.reviews)
        elif pa.types.is_list(column.type):
            parents = pc.list_parent_indices(column).to_numpy()
            told[parents[_telling(column.flatten(), traces.in_code if name in codes else traces.in_text)]] = True
        else:
            told |= _telling(column, traces.in_code if name in codes else traces.in_text)
    if {"text", "method", "position", "word"} <= set(table.column_names):  # explanations: the words of a text one by one
        told |= _explained(table, traces)
    return told


def _telling(column: pa.Array, tells: Callable[[str], bool]) -> np.ndarray:
    """Which values of a column tell; none where it holds no texts. Each different text is looked at once."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        values = column.unique().drop_null().to_pylist()
        if tells("\n".join(values)):
            return _among(column, filter(tells, values))
    return np.zeros(len(column), dtype=bool)


def _among(column: pa.Array, values: Iterable[str]) -> np.ndarray:
    texts = column.cast(pa.large_string())
    return pc.is_in(texts, value_set=pa.array(list(values), pa.large_string())).to_numpy(zero_copy_only=False)


def _explained(table: pa.Table, traces: Traces) -> np.ndarray:
    frame = table.select(["text", "method", "position", "word"]).to_pandas().sort_values(["text", "method", "position"])
    whole = frame.groupby("text")["word"].agg(lambda words: "".join(words))
    found = {name for name, text in whole.items() if traces.in_text(text)}
    return _among(table["text"].combine_chunks(), found)


def texts_of(path: Path) -> Iterator[str]:
    """Every text in a file that is no table: strings of JSON and notebooks, else the whole file."""
    raw = path.read_bytes()
    if path.suffix in (".json", ".ipynb"):
        try:
            yield from _strings(json.loads(raw))
            return
        except ValueError:
            pass  # no JSON after all: read as text
    yield _ESCAPED.sub(lambda match: chr(int(match[1], 16)), raw.decode("utf-8", errors="replace"))


def _strings(value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _strings(one)
    elif isinstance(value, list):
        if value and all(isinstance(one, str) for one in value):
            yield "".join(value)  # a notebook keeps texts line by line
        for one in value:
            yield from _strings(one)


def _told(text: str, traces: Traces) -> bool:
    """Whether a text, or data compressed in it, tells of the customer."""
    for packed in _PACKED.findall(text):
        if (key := hash(packed)) not in traces.read:  # plotly.js is the same in every page
            traces.read[key] = traces.in_text(_unpacked(packed))
        if traces.read[key]:
            return True
    return traces.in_text(_PACKED.sub(" ", text))


def _unpacked(packed: str) -> str:
    try:
        return gzip.decompress(base64.b64decode(packed)).decode("utf-8", errors="replace")
    except (ValueError, OSError, EOFError, zlib.error):
        return packed  # looked like gzip and is none


def holds(path: Path, traces: Traces) -> bool:
    """Whether a file of any kind tells of the customer."""
    if path.suffix == ".parquet":
        return any(rows_of(rows, traces, name_of(path)).any() for rows in pieces(path))
    if path.suffix == ".safetensors":
        return traces.customer.encode() in path.read_bytes()  # numbers
    return any(_told(text, traces) for text in texts_of(path))
