"""A finding's table for readers: names and formats by its labels, numbers apart from words."""

import json
import math
import re
from dataclasses import dataclass

from workbench.errors import TableError

NONE = "–"  # shown where there is no value
LONGEST = 500  # rows shown; the rest is counted
_NUMBER = re.compile(r"[<>+−-]?\s?\d[\d.,]*(?:e[+−-]?\d+)?(?:\s?(?:%|[A-Za-z]+))?")  # with a unit or without
LABEL, TEXT = 28, 90  # characters: up to here a column is not wrapped; up to there it is of middling width


@dataclass(frozen=True)
class Heading:
    """A column's name and ``kind``: ``number``, or by its longest text ``label``, ``text`` or ``prose``."""

    name: str
    kind: str


@dataclass(frozen=True)
class Grid:
    """A table as texts: headings, rows of cells, and how many rows there are in all."""

    headings: list[Heading]
    rows: list[list[str]]
    total: int


def grid(records: list[dict], labels: dict[str, str]) -> Grid:
    """The records as texts; columns in their first order, named and formatted by ``labels``.

    Raises:
        TableError: a label's format does not fit a value of its column.

    >>> grid([{"share": 0.25, "kind": "wish"}, {"share": None, "kind": "praise"}], {"share": "Share | .1%"}).rows
    [['25.0%', 'wish'], ['–', 'praise']]
    """
    columns = list(dict.fromkeys(name for row in records for name in row))
    shown, headings, cells = records[:LONGEST], [], []
    for column in columns:
        name, form = split_label(labels.get(column, column.replace("_", " ")))
        values = [row.get(column) for row in shown]
        cells.append([_fit(value, form, column, name) for value in values])
        headings.append(Heading(name, kind_of(cells[-1])))
    return Grid(headings, [list(row) for row in zip(*cells, strict=True)], len(records))


def split_label(label: str) -> tuple[str, str]:
    """Name and format of a label.

    >>> split_label("Share of reviews | .1%")
    ('Share of reviews', '.1%')
    """
    name, _, form = label.partition("|")
    return name.strip(), form.strip()


def show(value, form: str = "") -> str:
    """One value as a reader sees it: grouped thousands, a true minus, a dash where there is none.

    >>> [show(-1234.5, ",.1f"), show(None), show(0.03125), show(12345), show(True), show(["a", 1])]
    ['−1,234.5', '–', '0.03125', '12,345', 'yes', 'a, 1']
    """
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return format(value, form or _plain_form(value)).replace("-", "−")
    if isinstance(value, list):
        return ", ".join(map(show, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def kind_of(texts: list[str]) -> str:
    """How a column of these texts is set: see :class:`Heading`."""
    there = [text for text in texts if text != NONE]
    if there and all(map(_NUMBER.fullmatch, there)):
        return "number"
    # a Chinese character is as wide as two letters
    longest = max((len(text) + sum(sign > "\u2e80" for sign in text) for text in texts), default=0)
    return "label" if longest <= LABEL else "text" if longest <= TEXT else "prose"


def _plain_form(value: float) -> str:
    if abs(value) >= 10_000:
        return ",.0f"
    return "d" if isinstance(value, int) else ".4g"


def _fit(value, form: str, column: str, name: str) -> str:
    try:
        return show(value, form)
    except ValueError as error:
        raise TableError(f"column {column!r} is labelled {name!r} with the format {form!r}, which does not fit its value "
                         f"{value!r} ({error}); write a Python format such as ,.0f or .1%") from None
