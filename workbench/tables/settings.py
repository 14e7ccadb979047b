"""The language of ``source.yml``: read, checked word by word, and refused with a way out.

``data/README.md`` is its reference. Everything in the file is read as text, so that a code ``0012``, a
country ``NO`` and a date stay what they are.
"""

import codecs
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pandas as pd

from workbench.engine import DUCKDB, ENGINES, PYSPARK, Engine
from workbench.errors import did_you_mean
from workbench.tables.contracts import RAW_NAMES, Column, Table, contract
from workbench.tables.nodes import Node, parse

FORMATS = ("csv", "jsonl", "json")
#: unit of a raw number -> what to divide it by; times become seconds, prices the currency
UNITS = {"time": {"seconds": 1, "milliseconds": 1_000, "microseconds": 1_000_000}, "number": {"cents": 100}}
#: columns of the kind number that have units of their own: stars out of ten or a hundred become stars out of five
SCALES = {"rating": {"of ten": 2, "of hundred": 20}}
DUPLICATES = ("drop", "across files", "keep")
_SEVERAL_LINES = ("attributes",)  # columns that may run over several lines beside those that people write
_LONG = ("metric", "value", "base")  # columns that ``metrics`` fills
_SOURCE = ("name", "title", "timezone", "currency", "folder", "engine", "spark", "tables")
_TABLE = ("files", "format", "each", "skip", "header", "names", "separator", "quote", "encoding", "decimal", "thousands",
          "signs", "empty", "timezone", "columns", "metrics", "window", "fill_down", "refuse", "duplicates")
_COLUMN = ("from", "join", "otherwise", "value", "row_number", "values", "default", "format", "unit", "per")


@dataclass(frozen=True)
class ColumnRule:
    """How one column is filled: from raw columns (``origins``), with a ``constant``, or with the row's number.

    ``otherwise``: raw columns whose first filled cell stands in where the origins are empty. ``per``: the raw column of
    the pieces that a number is meant for, by which it is divided.
    """

    origins: tuple[str, ...] = ()
    join: str = " "
    otherwise: tuple[str, ...] = ()
    per: str = ""
    constant: str | None = None
    row_number: bool = False
    values: dict[str, str] = field(default_factory=dict)
    default: str | None = None
    format: str = ""
    unit: str = ""

    @property
    def reads(self) -> tuple[str, ...]:
        """Every raw column that is looked at to fill it."""
        return (*self.origins, *self.otherwise, *filter(None, [self.per]))


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
class TableRule:
    """How one raw table is read. ``metrics`` turns raw columns into rows: metric -> how its value is filled.

    ``first`` and ``last`` are the window of times allowed, both ends included; None: no bound. ``on_one_line``: raw columns
    that fill ids, codes, times and numbers only, so that a line break in one can't be meant. ``each``: the key of the list
    in a JSON object of which every element is a row. ``skip``: lines above the header. ``signs``: what may stand around a
    number.
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
    skip: int = 0
    empty: tuple[str, ...] = ()
    timezone: str = "UTC"
    metrics: dict[str, ColumnRule] = field(default_factory=dict)
    window: str = ""
    first: pd.Timestamp | None = None
    last: pd.Timestamp | None = None
    fill_down: FillDown | None = None
    refuse: tuple[Refusal, ...] = ()
    duplicates: str = "drop"
    on_one_line: frozenset[str] = frozenset()

    @property
    def raw_columns(self) -> list[str]:
        """Every raw column that is read; no other cell of a file is looked at."""
        used = [raw for rule in (*self.columns.values(), *self.metrics.values()) for raw in rule.reads]
        by = [self.fill_down.of] if self.fill_down else []
        return list(dict.fromkeys([*used, *by, *(refusal.column for refusal in self.refuse)]))

    def meant(self, raw: str) -> str:
        """`` (for time)``: which columns the raw column fills; nothing where it is only looked at."""
        filled = [name for name, rule in (*self.columns.items(), *self.metrics.items()) if raw in rule.reads]
        return f" (for {', '.join(filled)})" if filled else ""

    def variants(self) -> list[dict[str, ColumnRule]]:
        """The columns to fill from each record: once, or once for each metric."""
        return [self.columns | {"metric": ColumnRule(constant=metric), "value": replace(how, per="")}
                | ({"base": ColumnRule((how.per,), default=how.default)} if how.per else {})
                for metric, how in self.metrics.items()] or [self.columns]


@dataclass(frozen=True)
class Settings:
    """All that a ``source.yml`` says."""

    name: str
    title: str
    timezone: str
    currency: str
    folder: str
    tables: dict[str, TableRule]
    engine: Engine = field(default_factory=Engine)


def load_settings(path: Path) -> Settings:
    """Read and check ``path``.

    Raises:
        SourceError: it names the file, the key, the rule and the way out.
    """
    top = parse(path)
    top.only(_SOURCE)
    name = top.text("name", path.resolve().parent.name)
    if not re.fullmatch(r"\w[\w.-]{0,63}", name) or name.endswith("."):
        top.fail("name", f"is {name!r}; it becomes a folder's name: up to 64 letters, digits, '.', '_' and '-', the "
                         "first a letter or digit. Give the source one with a line like: name: my_shop")
    currency = top.text("currency", "")
    if not re.fullmatch(r"([A-Z]{3})?", currency):
        top.fail("currency", f"is {currency!r}; write its ISO 4217 code, like EUR, CNY or SGD")
    timezone = _timezone(top, "UTC")
    tables = top.mapping("tables")
    tables.only(RAW_NAMES)
    rules = {table: _table(tables.mapping(table), contract(table), timezone) for table in tables.value}
    if not rules:
        top.fail("tables", f"is empty; say which files fill which of {', '.join(RAW_NAMES)}")
    return Settings(name, top.text("title", ""), timezone, currency, top.text("folder", "."), rules, _engine(top))


def _engine(top: "Node") -> Engine:
    """``engine: pyspark`` and, with it, ``spark: <master or Spark Connect address>``."""
    name, address = top.text("engine", DUCKDB, ENGINES), top.text("spark", "")
    if address and name != PYSPARK:
        top.fail("spark", f"is the address of Spark, and the engine is {name}; write 'engine: {PYSPARK}' beside it")
    return Engine(name, address)


def _table(node: Node, table: Table, timezone: str) -> TableRule:
    node.only(_TABLE)
    files = node.texts("files")
    if not files:
        node.fail("files", "is missing; name a file, several, or a pattern like '2026-*.csv'")
    for pattern in files:
        if not pattern or Path(pattern).is_absolute() or ".." in Path(pattern).parts:
            node.fail("files", f"has {pattern!r}; names are relative to the folder of the files, without '..'. "
                               "That folder is said with --files, or with 'folder' at the top of source.yml")
    names = node.texts("names") or None
    if node.flag("header", True) == (names is not None):
        node.fail("names", "belong to files without a header: write 'header: false' and the names of all columns "
                           "in their order, or 'header: true' and no names")
    if names and len(set(names)) < len(names):
        node.fail("names", f"has a name twice: {', '.join(names)}")
    timezone = _timezone(node, timezone)
    decimal, thousands = _number_marks(node)
    window, first, last = _window(node, timezone)
    rule = TableRule(
        files=files, columns=_columns(node, table), format=node.text("format", "", ("", *FORMATS)), names=names,
        separator=_separator(node), quote=_quote(node), encoding=_encoding(node), decimal=decimal, thousands=thousands,
        signs=_signs(node), each=node.text("each", ""), skip=_skip(node), empty=node.texts("empty"), timezone=timezone,
        metrics=_metrics(node, table), window=window, first=first, last=last,
        fill_down=_fill_down(node), refuse=_refusals(node), duplicates=_duplicates(node, table))
    rule = replace(rule, on_one_line=_on_one_line(rule, table))
    for raw in rule.fill_down.columns if rule.fill_down else ():
        if raw not in rule.raw_columns:
            node.fail("fill_down", f"names {raw!r}, which no column is made of;{did_you_mean(raw, rule.raw_columns)} The "
                                   f"columns of the file that are read are {', '.join(rule.raw_columns)}")
    for raw in rule.raw_columns if names else ():
        if raw not in names:
            node.fail("columns", f"uses {raw!r};{did_you_mean(raw, names)} The names are {', '.join(names)}")
    return rule


def _on_one_line(rule: TableRule, table: Table) -> frozenset[str]:
    lines = {raw for name, how in rule.columns.items() for raw in how.reads
             if table[name].personal == "text" or name in _SEVERAL_LINES}
    return frozenset(set(rule.raw_columns) - lines - {refusal.column for refusal in rule.refuse})


def _columns(node: Node, table: Table) -> dict[str, ColumnRule]:
    columns = node.mapping("columns")
    columns.only(table.names)
    rules = {name: _column(columns, name, table[name]) for name in table.names if name in columns.value}
    long = _LONG if "metrics" in node.value else ()
    for name in long:
        if name in rules:
            columns.fail(name, "is filled by 'metrics'; say one or the other")
    for column in table.columns:
        if column.required and column.name not in (*rules, *long):
            columns.fail(column.name, f"is missing; the table {table.name} needs it: {column.meaning}. Write "
                                      f"'{column.name}: <column of the file>' or '{column.name}: {{value: ...}}'")
    return rules


def _metrics(node: Node, table: Table) -> dict[str, ColumnRule]:
    if "metrics" not in node.value:
        return {}
    if table.name != "outcomes":
        node.fail("metrics", "is for the table outcomes only")
    metrics = node.mapping("metrics")
    return {metric: _column(metrics, metric, table["value"]) for metric in metrics.value}


def _column(columns: Node, name: str, column: Column) -> ColumnRule:
    if isinstance(columns.value[name], str):
        return ColumnRule((columns.text(name),))
    node = columns.mapping(name)
    node.only(_COLUMN)
    if sum(key in node.value for key in ("from", "value", "row_number")) != 1:
        node.fail("from", "or 'value' or 'row_number' must say what fills the column: exactly one of them")
    rule = ColumnRule(
        origins=node.texts("from"), join=node.text("join", " "), otherwise=node.texts("otherwise"), per=node.text("per", ""),
        constant=node.text("value", "") or None,
        row_number=node.flag("row_number", False), values=node.pairs("values"), default=node.text("default", "") or None,
        format=node.text("format", ""), unit=node.text("unit", "", ("", *units_of(column))))
    if not (rule.origins or rule.constant or rule.row_number):
        node.fail("from", "or 'value' must not be empty")
    for key in ("otherwise", "per"):
        if key in node.value and not rule.origins:
            node.fail(key, "goes with 'from' only")
    if rule.per and column.name not in ("price", "value"):
        node.fail("per", "is for a price and for metrics")
    if rule.format and (column.kind != "time" or rule.unit):
        node.fail("format", "is for times that are texts, without 'unit'")
    if rule.format and not _is_format(rule.format):
        node.fail("format", f"is {rule.format!r}; write it in the words of Python's strptime, like \"%d.%m.%Y %H:%M\"")
    for value in (*rule.values.values(), rule.constant, rule.default):
        if column.allowed and value is not None and value not in column.allowed:
            node.fail("values", f"gives {value!r};{did_you_mean(value, column.allowed)} {name} must be one of "
                                f"{', '.join(column.allowed)}")
    return rule


def units_of(column: Column) -> dict[str, int]:
    """Unit that the column may be written in -> what to divide by.

    >>> units_of(Column("rating", "number", "stars"))
    {'of ten': 2, 'of hundred': 20}
    """
    return SCALES.get(column.name) or UNITS.get(column.kind, {})


def _is_format(text: str) -> bool:
    try:
        pd.to_datetime([""], format=text, errors="coerce")
    except ValueError:
        return False
    return "%" in text


def _window(node: Node, timezone: str) -> tuple[str, pd.Timestamp | None, pd.Timestamp | None]:
    if "window" not in node.value:
        return "", None, None
    window = node.mapping("window")
    window.only(("first", "last"))
    bounds = {}
    for key in window.value:
        text = window.text(key)
        try:
            bounds[key] = pd.Timestamp(text).tz_localize(timezone)
        except (ValueError, TypeError):
            window.fail(key, f"is {text!r}; write a date like 2026-11-09 or a time like 2026-11-09 18:00")
        if key == "last" and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            bounds[key] += pd.Timedelta(days=1) - pd.Timedelta(microseconds=1)
    if {"first", "last"} <= set(bounds) and bounds["first"] > bounds["last"]:
        window.fail("last", "lies before 'first'")
    said = f"{window.value.get('first', '')} to {window.value.get('last', '')}".strip()
    return said, *(bounds[key].tz_convert("UTC") if key in bounds else None for key in ("first", "last"))


def _fill_down(node: Node) -> FillDown | None:
    if "fill_down" not in node.value:
        return None
    down = node.mapping("fill_down")
    down.only(("of", "columns"))
    if not (columns := down.texts("columns")):
        down.fail("columns", "is missing; name the columns of the file that are empty below the first row")
    return FillDown(down.text("of"), columns)


def _refusals(node: Node) -> tuple[Refusal, ...]:
    given = node.value.get("refuse", [])
    if not isinstance(given, list):
        node.fail("refuse", "must be a list of rules, each with column, values or except, and reason")
    rules = []
    for place, entry in enumerate(given, 1):
        rule = Node(entry, f"{node.where}: refuse: rule {place}")
        rule.only(("column", "values", "except", "reason"))
        if ("values" in rule.value) == ("except" in rule.value):
            rule.fail("values", "or 'except' must say which rows are refused: exactly one of them")
        others = "except" in rule.value
        rules.append(Refusal(rule.text("column"), rule.texts("except" if others else "values"), rule.text("reason"), others))
        if not rules[-1].values or not rules[-1].reason.strip():
            rule.fail("values", "or 'except', and 'reason' must not be empty")
    return tuple(rules)


def _duplicates(node: Node, table: Table) -> str:
    # Order lines carry no number: the same line twice on one order is two scans (DECISIONS.md), but the same
    # line in another file is an overlap of exports; so with outcomes, which may be written visit by visit.
    # Who has only a row number can't be told from another.
    columns = node.value["columns"]
    numbered = isinstance(columns.get("customer"), dict) and "row_number" in columns["customer"]
    default = "keep" if numbered else "across files" if table.name in ("orders", "outcomes") else "drop"
    return node.text("duplicates", default, DUPLICATES)


def _number_marks(node: Node) -> tuple[str, str]:
    decimal, thousands = node.text("decimal", ".", (".", ",")), node.text("thousands", "", ("", ".", ",", " ", "'"))
    if decimal == thousands:
        node.fail("thousands", f"is {thousands!r}, and so is 'decimal'; one character can't be both")
    return decimal, thousands


def _signs(node: Node) -> tuple[str, ...]:
    signs = node.texts("signs")
    for sign in signs:
        if not sign.strip() or any(mark.isdigit() or mark in "+-.,'" for mark in sign):
            node.fail("signs", f"has {sign!r}; write what stands around a number, like $, EUR or %, without digits")
    return signs


def _skip(node: Node) -> int:
    text = node.text("skip", "0")
    if not (text.isascii() and text.isdigit()):
        node.fail("skip", f"is {text!r}; it is how many lines stand above the header, like 2")
    return int(text)


def _timezone(node: Node, default: str) -> str:
    timezone = node.text("timezone", default)
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        places = [name for name in sorted(available_timezones()) if "/" in name]  # CST is several zones, UTC+8 not UTC
        node.fail("timezone", f"is {timezone!r};{did_you_mean(timezone, places)} Write an IANA name, like Asia/Shanghai or "
                              "Europe/London, or UTC")
    return timezone


def _separator(node: Node) -> str:
    separator = {"tab": "\t", "\\t": "\t"}.get(text := node.text("separator", ","), text)
    if len(separator) != 1 or separator in '"\r\n':
        node.fail("separator", f"is {text!r}; it must be one character, or the word tab")
    return separator


def _quote(node: Node) -> str | None:
    quote = node.text("quote", '"')
    if quote != "none" and (len(quote) != 1 or quote in "\r\n" or quote == _separator(node)):
        node.fail("quote", f"is {quote!r}; it must be one character other than the separator, or the word none")
    return None if quote == "none" else quote


def _encoding(node: Node) -> str:
    encoding = node.text("encoding", "utf-8")
    try:
        "a".encode(encoding)
        name = codecs.lookup(encoding).name
    except (LookupError, UnicodeError):
        node.fail("encoding", f"is {encoding!r}; write one that Python knows, like utf-8, gb18030 or latin-1")
    return "utf-8-sig" if name == "utf-8" else name  # a byte-order mark is no part of the first column's name
