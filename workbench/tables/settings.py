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
from workbench.tables.rules import ISO, ColumnRule, FillDown, LookUp, Refusal, TableRule, prefix, units_of

FORMATS = ("csv", "jsonl", "json", "xlsx", "parquet")
DUPLICATES = ("drop", "across files", "keep")
NUMBERED = ("order", "review")  # columns of numbers that a shop gives, each beginning anew
_SEVERAL_LINES = ("attributes",)  # columns that may run over several lines beside those that people write
_LONG = ("metric", "value", "base")  # columns that ``metrics`` fills
_SOURCE = ("name", "title", "timezone", "currency", "folder", "engine", "spark", "tables")
_TABLE = ("files", "format", "each", "under", "sheet", "skip", "header", "names", "separator", "quote", "encoding",
          "decimal", "thousands", "signs", "empty", "timezone", "columns", "counts", "metrics", "window", "fill_down",
          "look_up", "refuse", "duplicates")
_CUT = ("separator", "quote", "encoding", "empty")  # how files are cut, for files looked up as for the table's own
_LOOK_UP = ("files", "by", "format", "under", "sheet", "skip", "header", "names", *_CUT)
_COLUMN = ("from", "join", "otherwise", "value", "row_number", "values", "default", "format", "unit", "per", "before")


@dataclass(frozen=True)
class Settings:
    """All that a ``source.yml`` says; of each table how it is filled, once for every kind of files that it is made of."""

    name: str
    title: str
    timezone: str
    currency: str
    folder: str
    tables: dict[str, tuple[TableRule, ...]]
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
    rules = {table: _parts(tables, contract(table), timezone) for table in tables.value}
    if not rules:
        top.fail("tables", f"is empty; say which files fill which of {', '.join(RAW_NAMES)}")
    return Settings(name, top.text("title", ""), timezone, currency, top.text("folder", "."), rules, _engine(top))


def _engine(top: "Node") -> Engine:
    """``engine: pyspark`` and, with it, ``spark: <master or Spark Connect address>``."""
    name, address = top.text("engine", DUCKDB, ENGINES), top.text("spark", "")
    if address and name != PYSPARK:
        top.fail("spark", f"is the address of Spark, and the engine is {name}; write 'engine: {PYSPARK}' beside it")
    return Engine(name, address)


def _parts(tables: Node, table: Table, timezone: str) -> tuple[TableRule, ...]:
    """A table is one mapping, or a list of them where files of several kinds fill it."""
    given = tables.value[table.name]
    if not isinstance(given, list):
        return (_table(tables.mapping(table.name), table, timezone),)
    if not given:
        tables.fail(table.name, "is an empty list; each of its parts says which files fill the table, and how")
    nodes = [Node(each, f"{tables.where}: {table.name}: part {place}") for place, each in enumerate(given, 1)]
    rules = tuple(_table(node, table, timezone) for node in nodes)
    for node, rule in zip(nodes, rules, strict=True):
        if rule.duplicates != rules[0].duplicates:
            node.fail("duplicates", f"is {rule.duplicates!r}, and of part 1 {rules[0].duplicates!r}; say it in each part, "
                                    "and alike, since a row of one may be that of another")
    return rules


def _table(node: Node, table: Table, timezone: str) -> TableRule:
    node.only(_TABLE)
    timezone = _timezone(node, timezone)
    decimal, thousands = _number_marks(node)
    window, first, last = _window(node, timezone)
    rule = TableRule(
        columns=_columns(node, table), decimal=decimal, thousands=thousands, signs=_signs(node), each=node.text("each", ""),
        timezone=timezone, counts=_counts(node, table), metrics=_metrics(node, table), window=window, first=first, last=last,
        fill_down=_fill_down(node), refuse=_refusals(node), duplicates=_duplicates(node, table), **_as_cut(node))
    rule = replace(rule, look_up=_look_ups(node, rule))
    rule = replace(rule, on_one_line=_on_one_line(rule, table))
    for raw in rule.fill_down.columns if rule.fill_down else ():
        if raw not in rule.raw_columns:
            node.fail("fill_down", f"names {raw!r}, which no column is made of;{did_you_mean(raw, rule.raw_columns)} The "
                                   f"columns of the file that are read are {', '.join(rule.raw_columns)}")
    _hold_names(node, rule)
    return rule


def _as_cut(node: Node) -> dict:
    """Which files are read, and how they are cut into cells."""
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
    return {"files": files, "format": node.text("format", "", ("", *FORMATS)), "names": names, "skip": _skip(node),
            "under": node.text("under", ""), "sheet": node.texts("sheet"), "separator": _separator(node),
            "quote": _quote(node), "encoding": _encoding(node), "empty": node.texts("empty")}


def _hold_names(node: Node, rule: TableRule) -> None:
    for raw in rule.raw_columns if rule.names else ():
        if raw not in rule.names:
            node.fail("columns", f"uses {raw!r};{did_you_mean(raw, rule.names)} The names are {', '.join(rule.names)}")


def _look_ups(node: Node, rule: TableRule) -> tuple[LookUp, ...]:
    if "look_up" not in node.value:
        return ()
    given, found = node.mapping("look_up"), []
    inherited = {key: node.value[key] for key in _CUT if key in node.value}
    for name in given.value:
        if not re.fullmatch(r"\w+", name):
            given.fail(name, "names a look-up: letters, digits and '_', since its columns are written name.column")
        look = given.mapping(name)
        look.only(_LOOK_UP)
        by = look.pairs("by") if isinstance(look.value.get("by"), dict) else {raw: raw for raw in look.texts("by")}
        if not by or not all((*by, *by.values())):
            look.fail("by", "is missing; it is the column that both files have, like order_id, or {order_id: id} where "
                            "theirs has another name")
        for raw in by:
            if prefix(raw) in given.value and prefix(raw) not in [each.name for each in found]:
                look.fail("by", f"uses {raw!r}, a column of the look-up {prefix(raw)}; a look-up stands below those that it "
                                "uses, and is called otherwise where the table's own files have a column of that name")
        found.append(LookUp(name, by, TableRule(columns={}, **_as_cut(Node(inherited | look.value, look.where)))))
    rule = replace(rule, look_up=tuple(found))
    return tuple(_reading(look, rule, given.mapping(look.name)) for look in found)


def _reading(look: LookUp, table: TableRule, node: Node) -> LookUp:
    """The look-up with the columns that are read: its key, and what the table uses of it, numbers written as the table's."""
    wanted = [raw.partition(".")[2] for raw in table.used if prefix(raw) == look.name]
    if not wanted:
        node.fail("files", f"are looked up for nothing: write {look.name}.<column of the file> in 'columns' or 'refuse'")
    keys = tuple(look.by.values())
    columns = {f"{look.name}.{raw}": ColumnRule((raw,)) for raw in (*keys, *wanted)}
    rule = replace(look.rule, columns=columns, decimal=table.decimal, on_one_line=keys)
    _hold_names(node, rule)
    return replace(look, rule=rule)


def _on_one_line(rule: TableRule, table: Table) -> tuple[str, ...]:
    lines = {raw for name, how in rule.columns.items() for raw in how.reads
             if table[name].personal == "text" or name in _SEVERAL_LINES}
    lines |= {refusal.column for refusal in rule.refuse}
    return tuple([raw for raw in rule.raw_columns if raw not in lines])  # in an order that no process changes


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


def _counts(node: Node, table: Table) -> str:
    counts = node.text("counts", "")
    if counts and table.name not in ("assignments", "outcomes"):
        node.fail("counts", "is for assignments and outcomes only, whose rows may stand for many customers")
    customer = node.mapping("columns").value.get("customer")
    if counts and not (isinstance(customer, dict) and "row_number" in customer):
        node.fail("counts", "goes with 'customer: {row_number: true}': who they are is not known")
    if counts and any(isinstance(how, dict) and "per" in how for how in node.value.get("metrics", {}).values()):
        node.fail("counts", "and 'per' don't go together: of a sum it is not known what each customer adds")
    return counts


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
        format=node.texts("format"), before=node.text("before", ""), unit=node.text("unit", "", ("", *units_of(column))))
    if not (rule.origins or rule.constant or rule.row_number):
        node.fail("from", "or 'value' must not be empty")
    for key in ("otherwise", "per"):
        if key in node.value and not rule.origins:
            node.fail(key, "goes with 'from' only")
    if rule.per and column.name not in ("price", "value"):
        node.fail("per", "is for a price and for metrics")
    if rule.before and column.name not in NUMBERED:
        node.fail("before", f"is for {' and '.join(NUMBERED)} only, whose numbers two shops may both have given")
    if rule.format and (column.kind != "time" or rule.unit):
        node.fail("format", "is for times that are texts, without 'unit'")
    for form in rule.format:
        if form != ISO and not _is_format(form):
            node.fail("format", f"is {form!r}; write it in the words of Python's strptime, like \"%d.%m.%Y %H:%M\", or "
                                f"{ISO}")
    for value in (*rule.values.values(), rule.constant, rule.default):
        if column.allowed and value is not None and value not in column.allowed:
            node.fail("values", f"gives {value!r};{did_you_mean(value, column.allowed)} {name} must be one of "
                                f"{', '.join(column.allowed)}")
    return rule


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
