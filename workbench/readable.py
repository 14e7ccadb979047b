"""Numbers and tables as people read them: names and formats by labels, numbers apart from words, true minus signs."""

import json
import math
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import TableError

NONE = "–"  # shown where there is no value
LONGEST = 500  # rows shown; the rest is counted
_NUMBER = re.compile(r"[<>+−-]?\s?\d[\d.,]*(?:e[+−-]?\d+)?(?:\s?(?:%|[A-Za-z]+))?")  # with a unit or without
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
LABEL, TEXT = 28, 90  # characters: up to here a column is narrow; up to there it is of middling width
PHONE = 42  # characters: what a phone shows side by side


@dataclass(frozen=True)
class Heading:
    """A column's name and ``kind``: ``number``, ``number interval``; by its longest text ``label``, ``label words`` (may be
    wrapped), ``text``, ``prose``.
    """

    name: str
    kind: str


@dataclass(frozen=True)
class Grid:
    """A table as texts: headings, rows of cells, and how many rows there are in all."""

    headings: list[Heading]
    rows: list[list[str]]
    total: int

    @property
    def wide(self) -> bool:
        """Whether a phone must show each row as a card: its columns do not fit side by side."""
        columns = zip([heading.name for heading in self.headings], *self.rows, strict=True)
        return sum(2 + min(max(map(_width, column)), LABEL) for column in columns) > PHONE


def grid(records: list[dict], labels: dict[str, str]) -> Grid:
    """The records as texts; columns in their first order, named and formatted by ``labels``.

    The bounds of an interval, ``…ci_lower`` and ``…ci_upper``, are one column: under the first's name, with the
    second's between them.

    Raises:
        TableError: a label's format does not fit a value of its column.

    >>> grid([{"share": 0.25, "kind": "wish"}, {"share": None, "kind": "praise"}], {"share": "Share | .1%"}).rows
    [['25.0%', 'wish'], ['–', 'praise']]
    >>> grid([{"ci_lower": -1.5, "ci_upper": 2}], {"ci_lower": "95% interval", "ci_upper": "to"}).rows
    [['−1.5 to\\xa02']]
    """
    shown, headings, cells = records[:LONGEST], [], []
    columns = list(dict.fromkeys(name for row in records for name in row))
    texts = {column: _texts(shown, column, labels) for column in columns}
    for column, (name, found) in texts.items():
        upper = column.removesuffix("lower") + "upper"
        if column.endswith("ci_lower") and upper in texts:
            between, above = texts[upper]
            cells.append([NONE if low == high == NONE else f"{low} {between}\u00a0{high}"
                          for low, high in zip(found, above, strict=True)])
            headings.append(Heading(name, "number interval"))
        elif not (column.endswith("ci_upper") and column.removesuffix("upper") + "lower" in texts):
            cells.append(found)
            headings.append(Heading(name, kind_of(found)))
    return Grid(headings, [list(row) for row in zip(*cells, strict=True)], len(records))


def readable(frame: pd.DataFrame, labels: dict[str, str] | None = None, timezone: str = "UTC") -> pd.DataFrame:
    """A table for a look in a notebook, as the report would show it: texts under readers' names, local times.

    Text stays text, whatever is in it.

    >>> readable(pd.DataFrame({"first_seen": pd.to_datetime(["2026-11-15 20:00Z"])}), timezone="Asia/Singapore").iloc[0, 0]
    '2026-11-16 04:00'
    """
    records = [{name: _local(value, timezone) for name, value in row.items()} for row in frame.to_dict("records")]
    made = grid(records, {name: name.replace("_", " ").capitalize() for name in frame} | (labels or {}))
    return pd.DataFrame(made.rows, index=[""] * len(made.rows)).set_axis(
        [heading.name for heading in made.headings], axis="columns")


def numeral(value: float, form: str) -> str:
    """A number as readers see it: in Python's format, with a true minus; what rounds to zero has no minus.

    The format ``p`` is that of a p-value, which is never 0.

    >>> numeral(-1234.5, ",.1f"), numeral(0.021, "+.1%"), numeral(-0.001, "+.1f"), numeral(1e-9, "p")
    ('−1,234.5', '+2.1%', '+0.0', '< 0.001')
    """
    if form == "p":
        return "< 0.001" if value < 0.001 else f"{value:.3f}"
    text = format(value, form)
    if text.startswith("-") and not set(text) & set("123456789"):
        text = "+" * form.startswith("+") + text[1:]
    return text.replace("-", "−")


def decimals(size: float) -> int:
    """Decimals of a number of this size: one from 1 on, more of smaller ones, so that 0.11 and 0.14 stay two.

    >>> decimals(11.7), decimals(0.7), decimals(0.04), decimals(0)
    (1, 2, 3, 1)
    """
    return 1 if abs(size) >= 1 or not size else 2 if abs(size) >= 0.1 else 3


def with_unit(number: str, unit: str) -> str:
    """A number and its unit as readers see them.

    >>> with_unit("12.5", "%"), with_unit("1.40", "days"), with_unit("3", "")
    ('12.5%', '1.40 days', '3')
    """
    return f"{number}{unit}" if unit == "%" else f"{number} {unit}".rstrip()


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
        return numeral(value, form or _plain_form(value))
    if isinstance(value, list):
        return ", ".join(map(show, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def kind_of(texts: list[str]) -> str:
    """How a column of these texts is set: see :class:`Heading`."""
    there = [text for text in texts if text != NONE]
    if there and all(map(_NUMBER.fullmatch, there)):
        return "number"
    longest = max(map(_width, texts), default=0)
    if longest <= LABEL and any(" " in text and not _MOMENT.fullmatch(text) for text in texts):
        return "label words"
    return "label" if longest <= LABEL else "text" if longest <= TEXT else "prose"


def _plain_form(value: float) -> str:
    if abs(value) >= 10_000:
        return ",.0f"
    return "d" if isinstance(value, int) else ".4g"


def _local(value, timezone: str):
    if isinstance(value, list | tuple | np.ndarray):
        return [_local(one, timezone) for one in value]
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value, tz="UTC")
    if isinstance(value, pd.Timestamp) and not pd.isna(value):
        return f"{value.tz_convert(timezone):%Y-%m-%d %H:%M}"
    return None if pd.isna(value) else value.item() if isinstance(value, np.generic) else value


def _width(text: str) -> int:
    return len(text) + sum(sign > "\u2e80" for sign in text)  # a Chinese character is as wide as two letters


def _texts(records: list[dict], column: str, labels: dict[str, str]) -> tuple[str, list[str]]:
    name, form = split_label(labels.get(column, column.replace("_", " ")))
    return name, [_fit(row.get(column), form, column, name) for row in records]


def _fit(value, form: str, column: str, name: str) -> str:
    try:
        return show(value, form)
    except ValueError as error:
        raise TableError(f"column {column!r} is labelled {name!r} with the format {form!r}, which does not fit its value "
                         f"{value!r} ({error}); write a Python format such as ,.0f or .1%") from None
