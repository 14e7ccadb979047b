"""Cells to values: text to what the contract says, vectorised; what can't be turned has a reason."""

import re
from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.tables.contracts import Column, Table
from workbench.tables.records.pieces import as_codes
from workbench.tables.rows import Rows
from workbench.tables.rules import ISO, SCALES, UNITS, ColumnRule, TableRule, units_of

LONGEST_SHOWN = 40  # characters of a refused value
EARLIEST, LATEST = pd.Timestamp("1990-01-01", tz="UTC"), pd.Timestamp("2100-01-01", tz="UTC")

EMPTY = "empty, and a value is required"
NO_NUMBER = "text where a number belongs"
HOW_WRITTEN = "; 'signs', 'thousands' and 'decimal' say how it is written, 'values' translates words"
NO_PIECES = "no number of pieces to divide by"
NO_CUSTOMERS = "no number of customers, whole and from 0"
NOT_THEIRS = "no whole number from 0 to the customers of its row: of those it says how many did it"
NO_WHOLE = "a fraction where a whole number belongs"
TOO_LARGE = "a number too large"
NO_TIME = "text where a time belongs, like 2026-11-09 18:30; 'format' says another way"
NO_HOUR = "a local time that the clock leaves out when summer time begins"
ROUNDED = "a rounded number, like 1.5e9, where an exact time belongs"
TAKEN = "{} taken for {}"  # milliseconds for seconds
OUT_OF_RANGE = f"a time outside {EARLIEST.year} to {LATEST.year - 1}"

_NUMBER = r"^[+-]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})([eE][+-]?\d{1,4})?$"
_WHOLE = r"^[+-]?\d{1,400}(\.0{0,400})?$"
_LONGEST_WHOLE = 18  # digits that 64 bits hold whatever they are
_ISO = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?$"
_ISO_ZONED = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)? ?(Z|[+-]\d{2}:?\d{2})$"
_GAP = "[ \u00a0\u2009\u202f]*"  # between a number and its sign
KINDS = {"text": pa.large_string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(),
         "time": pa.timestamp("us", "UTC")}


class Verdict:
    """What is wrong with each row: the first reason found, its column and the value to show."""

    def __init__(self, rows: int):
        self.bad = np.zeros(rows, dtype=bool)
        self.column, self.value, self.reason = (np.full(rows, None, dtype=object) for _ in range(3))

    def refuse(self, mask, reason: str, column: str = "", shown: pa.Array | None = None) -> None:
        """Refuse the rows of ``mask`` (array of booleans, nulls are False) not yet refused."""
        if isinstance(mask, pa.Array | pa.ChunkedArray):
            mask = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)
        at = np.flatnonzero(mask & ~self.bad)
        self.bad[at] = True
        self.column[at], self.reason[at] = column or None, f"{column}: {reason}" if column else reason
        if shown is not None and len(at):
            values = shown.take(pa.array(at)).to_pylist()
            self.value[at] = [value and value[:LONGEST_SHOWN] for value in values]


def typed(rows: Rows, rule: TableRule, columns: dict[str, ColumnRule], table: Table,
          before: Callable[[str], Sequence[str]]) -> tuple[pa.Table, Verdict]:
    """The rows as ``columns`` of ``table`` say, and what is wrong with them.

    ``before``: what stands before the row numbers of each file in a column (:meth:`Reading.before`).
    """
    raw, made, verdict = rows.cells, {}, Verdict(len(rows.record))
    if rows.of is not None:
        verdict.refuse(rows.of < 0, NO_CUSTOMERS, rule.counts, raw[rule.counts])
    for look in rule.look_up:
        if any(table[name].required and how.only_of(look.name) for name, how in columns.items()):
            verdict.refuse(rows.missed[look.name], f"no row of {', '.join(look.rule.files)} has its {', '.join(look.by)}")
    for refusal in rule.refuse:
        named = pc.is_in(pc.fill_null(raw[refusal.column], ""), pa.array(refusal.values, pa.large_string()))
        verdict.refuse(pc.invert(named) if refusal.others else named, refusal.reason)
    for name, how in columns.items():
        column = table[name]
        cells = _filled(rows, how, before(name))
        if how.values:
            cells = _translated(cells, how, column, verdict)
        made[name] = _value(cells, how, rule, column, verdict)
        if how.per:
            made[name] = _each_piece(made[name], raw[how.per], rule, column, verdict)
        if how.counted:
            made[name] = _did(made[name], rows, column, cells, verdict)
        _hold(made[name], cells, how, column, verdict)
    for column in table.columns:
        made.setdefault(column.name, pa.nulls(len(rows.record), KINDS[column.kind]))
    return pa.table({name: made[name] for name in table.names}), verdict


def _filled(rows: Rows, how: ColumnRule, before: Sequence[str]) -> pa.Array:
    if how.row_number:
        parts = [pa.array(before, pa.large_string()).take(pa.array(rows.places[0]))] if any(before) else []
        parts.append(pc.cast(pa.array(rows.places[2]), pa.large_string()))
        if rows.member is not None:
            parts.append(pc.cast(pa.array(rows.member + 1), pa.large_string()))
        return _joined(parts, "-")
    if how.constant is not None:
        return pa.repeat(pa.scalar(how.constant, pa.large_string()), len(rows.record))
    cells = _joined([rows.cells[origin] for origin in how.origins], how.join)
    if how.otherwise:
        cells = pc.coalesce(cells, *(rows.cells[name] for name in how.otherwise))
    return cells if how.default is None else pc.fill_null(cells, how.default)


def _joined(parts: list[pa.Array], by: str) -> pa.Array:
    """Parts that are not empty, one after the other; null where all are empty."""
    if len(parts) == 1:
        return parts[0]
    # Arrow drops the rows of which all parts are null, instead of giving them an empty text.
    nothing = reduce(pc.and_, map(pc.is_null, parts))
    parts = [pc.if_else(nothing, "", parts[0]), *parts[1:]]
    joined = pc.binary_join_element_wise(*parts, pa.scalar(by, pa.large_string()), null_handling="skip")
    return pc.if_else(pc.equal(joined, ""), None, joined)


def _translated(cells: pa.Array, how: ColumnRule, column: Column, verdict: Verdict) -> pa.Array:
    keys = pa.array([*how.values], pa.large_string())
    place = pc.index_in(cells, keys)
    verdict.refuse(pc.and_(pc.is_null(place), pc.is_valid(cells)),
                   f"a code other than {', '.join(how.values)}", column.name, _shown(cells, column))
    return pa.array([*how.values.values()], pa.large_string()).take(place)


def _value(cells: pa.Array, how: ColumnRule, rule: TableRule, column: Column, verdict: Verdict):
    if column.kind == "time":
        return _time(cells, how, rule, column, verdict)
    if column.kind in ("number", "integer"):
        return _number(cells, how, rule, column, verdict)
    texts = as_codes(cells) if column.personal == "id" or column.name in ("item", "product") else cells
    if how.before:
        texts = pc.binary_join_element_wise(pa.scalar(how.before, texts.type), texts, pa.scalar("", texts.type))
    return texts


def _some(mask: pa.Array) -> bool:
    return bool(pc.any(mask).as_py())


def _points(cells: pa.Array, rule: TableRule) -> pa.Array:
    """Numbers with a decimal point and no thousands marks; what is written otherwise is left to be refused."""
    if rule.signs:
        signs = "|".join(map(re.escape, rule.signs))
        cells = pc.replace_substring_regex(cells, rf"^([+-]?){_GAP}(?:{signs}){_GAP}", r"\1")
        cells = pc.replace_substring_regex(cells, rf"{_GAP}(?:{signs})$", "")
    if (rule.decimal, rule.thousands) == (".", ""):
        return cells
    if rule.thousands == " ":  # exports write one that breaks no line
        cells = pc.replace_substring_regex(cells, "[\u00a0\u2009\u202f]", " ")
    decimal, thousands = (re.escape(mark) for mark in (rule.decimal, rule.thousands or "\0"))
    fits = pc.match_substring_regex(cells, rf"^[+-]?(\d+|\d{{1,3}}({thousands}\d{{3}})+)({decimal}\d*)?$")
    bare = pc.replace_substring(cells, rule.thousands, "") if rule.thousands else cells
    # What does not fit gets a mark that no number has: it is refused, not read with other digits.
    return pc.if_else(fits, pc.replace_substring(bare, rule.decimal, "."), pc.replace_substring_regex(cells, "^", "?"))


def _number(cells: pa.Array, how: ColumnRule, rule: TableRule, column: Column, verdict: Verdict) -> pa.Array:
    shown, cells = _shown(cells, column), _points(cells, rule)
    if column.kind == "integer":
        return _integer(cells, column, verdict, shown, _no_number(rule))
    numbers, fits = _floats(cells)
    verdict.refuse(pc.invert(fits), _no_number(rule), column.name, shown)
    verdict.refuse(pc.is_inf(numbers), TOO_LARGE, column.name, shown)
    return pc.divide(numbers, float(units_of(column)[how.unit])) if how.unit else numbers


def _each_piece(numbers: pa.Array, cells: pa.Array, rule: TableRule, column: Column, verdict: Verdict) -> pa.Array:
    """The numbers, each divided by its pieces; returns, negative in both, become positive."""
    pieces, _ = _floats(_points(cells, rule))
    none = pc.or_kleene(pc.is_null(pieces), pc.equal(pieces, 0))
    verdict.refuse(pc.and_(pc.is_valid(numbers), none), NO_PIECES, column.name, cells)
    return pc.divide(numbers, pc.if_else(none, None, pieces))


def _did(numbers: pa.Array, rows: Rows, column: Column, cells: pa.Array, verdict: Verdict) -> pa.Array:
    """1 for as many rows of each record as did it, 0 for the others."""
    many = pc.fill_null(numbers, 0.0).to_numpy()
    verdict.refuse((many < 0) | (many > rows.of) | (many % 1 > 0), NOT_THEIRS, column.name, cells)
    return pc.if_else(pc.is_valid(numbers), pa.array((rows.member < many).astype(float)), None)


def _no_number(rule: TableRule) -> str:
    """What is said of a text that is no number as source.yml says they are written, and the way out."""
    said = f", written with decimal {rule.decimal!r}" + f" and thousands {rule.thousands!r}" * bool(rule.thousands)
    return NO_NUMBER + said * ((rule.decimal, rule.thousands) != (".", "")) + HOW_WRITTEN


def _integer(cells: pa.Array, column: Column, verdict: Verdict, shown: pa.Array | None, no_number: str) -> pa.Array:
    verdict.refuse(pc.invert(pc.match_substring_regex(cells, _NUMBER)), no_number, column.name, shown)
    verdict.refuse(pc.invert(pc.match_substring_regex(cells, _WHOLE)), NO_WHOLE, column.name, shown)
    digits = pc.replace_substring_regex(cells, r"^\+|\.0*$", "")
    bare = pc.replace_substring_regex(digits, r"^-?0*", "")
    large = pc.greater(pc.binary_length(bare), _LONGEST_WHOLE)
    verdict.refuse(large, TOO_LARGE, column.name, shown)
    return pc.cast(pc.if_else(pa.array(verdict.bad), None, digits), pa.int64())


def _floats(texts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The texts as numbers, null where they are none; and whether each is one."""
    digits = _short_digits(texts)
    if not _some(pc.invert(digits)):
        return pc.cast(texts, pa.float64()), digits
    fits = pc.match_substring_regex(texts, _NUMBER)
    return pc.cast(pc.replace_substring_regex(pc.if_else(fits, texts, None), r"^\+", ""), pa.float64()), fits


def _short_digits(texts: pa.Array) -> pa.Array:
    """Whether each text is nothing but one to fifteen ASCII digits; null where it is null."""
    size = pc.binary_length(texts)
    return pc.and_(pc.ascii_is_decimal(texts), pc.and_(pc.greater(size, 0), pc.less(size, 16)))


def _time(cells: pa.Array, how: ColumnRule, rule: TableRule, column: Column, verdict: Verdict) -> pa.Array:
    """UTC times. Every different text that is not a plain number of seconds is read once."""
    if how.unit:
        different, codes = cells, None
    else:
        encoded = cells.dictionary_encode()
        different = encoded.dictionary.cast(pa.large_string())
        codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)  # -1: an empty cell, the null at the end
    problems = Verdict(len(different))
    times = _seconds(different, how.unit, problems) if how.unit else _clock(different, how.format, rule, problems)
    problems.refuse(np.asarray((times < EARLIEST) | (times >= LATEST)), OUT_OF_RANGE)
    if rule.window:
        outside = np.zeros(len(times), dtype=bool)
        outside |= np.asarray(times < rule.first) if rule.first is not None else False
        outside |= np.asarray(times > rule.last) if rule.last is not None else False
        problems.refuse(outside, f"outside the window {rule.window}")
    reasons = problems.reason if codes is None else np.append(problems.reason, None)[codes]
    for reason in dict.fromkeys(problems.reason[problems.bad]):
        verdict.refuse(reasons == reason, reason, column.name, _shown(cells, column))
    moments = times.tz_localize(None).to_numpy()
    if codes is not None:
        moments = np.append(moments, np.datetime64("NaT"))[codes]
    return pa.array(moments.astype("datetime64[us]"), pa.timestamp("us"), from_pandas=True).cast(KINDS["time"])


def _seconds(texts: pa.Array, unit: str, problems: Verdict) -> pd.DatetimeIndex:
    numbers, fits = _floats(texts)
    problems.refuse(pc.invert(fits), NO_NUMBER)
    numbers, scale = numbers.to_numpy(zero_copy_only=False), UNITS["time"][unit]
    size, last = np.abs(numbers), LATEST.timestamp()
    problems.refuse(size >= last * max(UNITS["time"].values()), TOO_LARGE)
    problems.refuse(pc.match_substring(texts, "e", ignore_case=True) if _some(pc.invert(_short_digits(texts))) else
                    np.zeros(len(size), dtype=bool), ROUNDED)
    for other, of in UNITS["time"].items():
        if other != unit:
            problems.refuse((size >= EARLIEST.timestamp() * of) & (size < last * of), TAKEN.format(other, unit))
    seconds = numbers / scale
    with np.errstate(invalid="ignore"):
        outside = (seconds < EARLIEST.timestamp()) | (seconds >= last)
    problems.refuse(outside, OUT_OF_RANGE)
    unknown = problems.bad | np.isnan(seconds)
    whole = np.where(unknown, 0, np.round(seconds * 1e6)).astype("int64")
    return pd.DatetimeIndex(np.where(unknown, np.datetime64("NaT"), whole.view("datetime64[us]")), tz="UTC")


def _clock(texts: pa.Array, forms: tuple[str, ...], rule: TableRule, problems: Verdict) -> pd.DatetimeIndex:
    """Texts as UTC, each by the first of ``forms`` that it fits; those that name no offset are in the table's time zone."""
    found = pd.DatetimeIndex(np.full(len(texts), np.datetime64("NaT", "us")), tz="UTC")
    for form in forms or (ISO,):
        left = pc.if_else(pa.array(found.isna()), texts, None)
        times = _iso(left, rule, problems) if form == ISO else _formed(left, form, rule, problems)
        found = found.where(found.notna(), times)
    said = f"text where a time belongs, written like {' or '.join(forms)}" if forms else NO_TIME
    problems.refuse(np.asarray(found.isna()), said)
    return found


def _formed(texts: pa.Array, form: str, rule: TableRule, problems: Verdict) -> pd.DatetimeIndex:
    """Texts of one format as UTC, NaT where one is not written so."""
    times = pd.to_datetime(pd.Series(texts.to_pylist(), dtype=object), format=form, errors="coerce", utc="%z" in form)
    return pd.DatetimeIndex(times).as_unit("us") if "%z" in form else _localised(times, rule, problems)


def _iso(texts: pa.Array, rule: TableRule, problems: Verdict) -> pd.DatetimeIndex:
    """Texts of ISO 8601 as UTC, NaT where one is not written so."""
    texts = pc.replace_substring_regex(texts, r" ?(UTC|GMT)$", "Z")  # as BigQuery writes them
    values = pd.Series(texts.to_pylist(), dtype=object)
    zoned, plain = (pc.fill_null(pc.match_substring_regex(texts, pattern), False).to_numpy(zero_copy_only=False)
                    for pattern in (_ISO_ZONED, _ISO))
    local = pd.to_datetime(values.where(plain), format="ISO8601", errors="coerce")
    moments = pd.to_datetime(values.where(zoned), format="ISO8601", errors="coerce", utc=True)
    utc = _localised(local, rule, problems)
    return utc.where(~zoned, pd.DatetimeIndex(moments).as_unit("us")) if zoned.any() else utc


def _localised(times: pd.Series, rule: TableRule, problems: Verdict) -> pd.DatetimeIndex:
    # The hour that the end of summer time repeats is taken for its first passing: summer time.
    naive = pd.DatetimeIndex(times).as_unit("us")
    utc = naive.tz_localize(rule.timezone, ambiguous=np.ones(len(naive), dtype=bool), nonexistent="NaT").tz_convert("UTC")
    problems.refuse(np.asarray(utc.isna() & ~naive.isna()), NO_HOUR)
    return utc


def _hold(values: pa.Array, cells: pa.Array, how: ColumnRule, column: Column, verdict: Verdict) -> None:
    """Refuse what breaks the contract: empty where required, another word than those allowed, out of bounds."""
    shown = _shown(cells, column)
    if column.required:
        verdict.refuse(pc.is_null(cells), EMPTY, column.name)
    if column.allowed and not how.values:  # words that source.yml gives are checked there
        known = pc.is_in(values, pa.array(column.allowed, pa.large_string()))
        verdict.refuse(pc.and_(pc.is_valid(values), pc.invert(known)),
                       f"none of {', '.join(column.allowed)}; 'values' translates codes", column.name, shown)
    if column.minimum is not None:
        verdict.refuse(pc.less(values, column.minimum), f"below {column.minimum:g}", column.name, shown)
    if column.maximum is not None:
        out = f"; 'unit' says {' or '.join(SCALES[column.name])}" if column.name in SCALES else ""
        verdict.refuse(pc.greater(values, column.maximum), f"above {column.maximum:g}{out}", column.name, shown)


def _shown(cells: pa.Array, column: Column) -> pa.Array | None:
    """What the quarantine may show of a column: a personal value never."""
    return None if column.personal else cells
