"""The rules of a ``source.yml``: which files fill a table, how they are cut, and what fills each of its columns."""

from dataclasses import dataclass, field, replace

import pandas as pd

from workbench.tables.contracts import Column

#: unit of a raw number -> what to divide it by; times become seconds, prices the currency
UNITS = {"time": {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000}, "number": {"cents": 100}}
#: columns of the kind number that have units of their own: stars out of ten or a hundred become stars out of five
SCALES = {"rating": {"of ten": 2, "of hundred": 20}}
#: among the formats of a time: ISO 8601, the only one where none is said
ISO = "iso"


@dataclass(frozen=True)
class ColumnRule:
    """How one column is filled: from raw columns (``origins``), with a ``constant``, or with the row's number.

    ``otherwise``: raw columns whose first filled cell stands in where the origins are empty. ``per``: the raw column of
    the pieces that a number is meant for, by which it is divided. ``format``: of times that are texts, the first that fits.
    ``counted``: the number says how many of the customers of its row did it. ``before``: stands before every value.
    """

    origins: tuple[str, ...] = ()
    join: str = " "
    otherwise: tuple[str, ...] = ()
    per: str = ""
    constant: str | None = None
    row_number: bool = False
    values: dict[str, str] = field(default_factory=dict)
    default: str | None = None
    format: tuple[str, ...] = ()
    unit: str = ""
    counted: bool = False
    before: str = ""

    @property
    def reads(self) -> tuple[str, ...]:
        """Every raw column that is looked at to fill it."""
        return (*self.origins, *self.otherwise, *filter(None, [self.per]))

    def only_of(self, look_up: str) -> bool:
        """Whether nothing but that look-up fills it."""
        filling = (*self.origins, *self.otherwise)
        return bool(filling) and self.default is None and all(prefix(raw) == look_up for raw in filling)


@dataclass(frozen=True)
class Refusal:
    """Rows whose raw ``column`` holds one of ``values`` (or, with ``others``, none of them) are quarantined for ``reason``.

    An empty cell is the value ``""``.
    """

    column: str
    values: tuple[str, ...]
    reason: str
    others: bool = False


@dataclass(frozen=True)
class FillDown:
    """Empty cells of the raw ``columns`` take the cell above, as long as raw column ``of`` stays the same."""

    of: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class LookUp:
    """Files whose rows say more of the table's rows that carry their key: ``name.column`` is a raw column of the table.

    ``by``: raw column of the table, or of a look-up before -> column of these files. ``rule``: how the files are cut, and
    which columns are read.
    """

    name: str
    by: dict[str, str]
    rule: "TableRule"


@dataclass(frozen=True)
class TableRule:
    """How one raw table is read. ``metrics`` turns raw columns into rows: metric -> how its value is filled.

    ``first`` and ``last`` are the window of times allowed, both ends included; None: no bound. ``on_one_line``: raw columns
    that fill ids, codes, times and numbers only, so that a line break in one can't be meant. ``each``: the key of the list
    in a JSON object of which every element is a row. ``under``: the key under which the rows of a JSON file lie. ``skip``:
    lines above the header. ``sheet``: of a workbook. ``counts``: the raw column that says for how many customers a row
    stands. ``signs``: what may stand around a number.
    """

    files: tuple[str, ...]
    columns: dict[str, ColumnRule]
    format: str = ""
    names: tuple[str, ...] | None = None
    separator: str = ","
    quote: str | None = '"'
    encoding: str = "utf-8-sig"
    decimal: str = "."
    thousands: str = ""
    signs: tuple[str, ...] = ()
    each: str = ""
    under: str = ""
    skip: int = 0
    sheet: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    timezone: str = "UTC"
    counts: str = ""
    metrics: dict[str, ColumnRule] = field(default_factory=dict)
    window: str = ""
    first: pd.Timestamp | None = None
    last: pd.Timestamp | None = None
    fill_down: FillDown | None = None
    look_up: tuple[LookUp, ...] = ()
    refuse: tuple[Refusal, ...] = ()
    duplicates: str = "drop"
    on_one_line: tuple[str, ...] = ()

    @property
    def used(self) -> list[str]:
        """Every raw column that is read, those of look-ups (``name.column``) too; no other cell of a file is looked at."""
        used = [raw for rule in (*self.columns.values(), *self.metrics.values()) for raw in rule.reads]
        by = [*([self.fill_down.of] if self.fill_down else []), *([self.counts] if self.counts else [])]
        keys = [raw for look in self.look_up for raw in look.by]
        return list(dict.fromkeys([*used, *by, *keys, *(refusal.column for refusal in self.refuse)]))

    @property
    def raw_columns(self) -> list[str]:
        """Those that the table's own files hold."""
        looked_up = {look.name for look in self.look_up}
        return [raw for raw in self.used if prefix(raw) not in looked_up]

    def meant(self, raw: str) -> str:
        """`` (for time)``: which columns the raw column fills; nothing where it is only looked at."""
        filled = [name for name, rule in (*self.columns.items(), *self.metrics.items()) if raw in rule.reads]
        return f" (for {', '.join(filled)})" if filled else ""

    def variants(self) -> list[dict[str, ColumnRule]]:
        """The columns to fill from each record: once, or once for each metric."""
        counted = bool(self.counts)
        return [self.columns | {"metric": ColumnRule(constant=metric), "value": replace(how, per="", counted=counted)}
                | ({"base": ColumnRule((how.per,), default=how.default)} if how.per else {})
                for metric, how in self.metrics.items()] or [self.columns]


def prefix(raw: str) -> str:
    """What stands before a raw column's first dot: the name of its look-up, if one is called so.

    >>> prefix("order.paid"), prefix("paid")
    ('order', '')
    """
    first, dot, _ = raw.partition(".")
    return first if dot else ""


def units_of(column: Column) -> dict[str, int]:
    """Unit that the column may be written in -> what to divide by.

    >>> units_of(Column("rating", "number", "stars"))
    {'of ten': 2, 'of hundred': 20}
    """
    return SCALES.get(column.name) or UNITS.get(column.kind, {})
