"""What a contract is made of: columns, tables, and the columns that many tables share."""

from dataclasses import dataclass

from workbench.errors import TableError

BEHAVIOURS = ("view", "favourite", "cart", "buy")
LANGUAGES = ("en", "zh")
NEED_KINDS = ("wish", "complaint", "missing_information", "praise")
READINGS = ("stable", "look at it", "moved")
SENTIMENTS = ("negative", "neutral", "positive")
VERDICTS = ("agree", "disagree", "wrong words")

ISO_WEEK = "([0-9]{4})-W([0-5][0-9])"  # \d would take digits of any script

#: kind of a column -> pandas dtype it is stored with
DTYPES = {
    "text": "string",
    "integer": "Int64",
    "number": "Float64",
    "boolean": "boolean",
    "time": "datetime64[us, UTC]",
    "list": "object",
    "week": "string",
}


@dataclass(frozen=True)
class Column:
    """One column: ``kind`` is a key of :data:`DTYPES`; a time is UTC, a week an ISO week like 2026-W46.

    ``personal`` says what the door does with it: ``id`` (replaced by a keyed hash), ``text`` (personal
    data in it are masked), or nothing.
    """

    name: str
    kind: str
    meaning: str
    unit: str = ""
    required: bool = True
    allowed: tuple = ()
    minimum: float | None = None
    maximum: float | None = None
    personal: str = ""


@dataclass(frozen=True)
class Table:
    """The contract of one table. ``row`` says what a row is, ``key`` what makes it unique (or is empty).

    ``lasts`` is ``week``, or ``source`` for a table that people fill and that all weeks of a source share.
    ``sorted_by``: the columns that its rows are sorted by, equal ones in the order of the files; empty: that order alone.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    lasts: str = "week"
    sorted_by: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Column names in their order."""
        return [column.name for column in self.columns]

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise TableError(f"table {self.name!r} has no column {name!r}; it has {', '.join(self.names)}")


def customer(required: bool = True) -> Column:
    """Who: an id that the door replaces."""
    return Column("customer", "text", "who: a pseudonym after the door", required=required, personal="id")


def measured(name: str, meaning: str, **limits) -> tuple[Column, ...]:
    """A number, from 0 unless ``limits`` say otherwise, and its 95% interval."""
    limits = {"minimum": 0} | limits
    return (Column(name, "number", meaning, required=False, **limits),
            *(Column(f"{name}_ci_{side}", "number", "95% interval", required=False, **limits)
              for side in ("lower", "upper")))


def span() -> tuple[Column, Column]:
    """Where a sentence stands in its review."""
    return (Column("start", "integer", "its first character in the review's text, from 0", minimum=0),
            Column("end", "integer", "the character after its last", minimum=1))


def language(required: bool = True) -> Column:
    """The language of a text."""
    return Column("language", "text", "language of the text", required=required, allowed=LANGUAGES)
