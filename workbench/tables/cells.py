"""Cells to values: text to what the contract says, vectorised; what can't be turned has a reason."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.tables.contracts import DTYPES, Column, Table
from workbench.tables.records import Batch
from workbench.tables.settings import UNITS, ColumnRule, TableRule

LONGEST_SHOWN = 40  # characters of a refused value
EARLIEST, LATEST = pd.Timestamp("1990-01-01", tz="UTC"), pd.Timestamp("2100-01-01", tz="UTC")

EMPTY = "empty, and a value is required"
NO_NUMBER = "text where a number belongs"
NO_WHOLE = "a fraction where a whole number belongs"
NO_TIME = "text where a time belongs"
NO_HOUR = "a local time that the clock leaves out when summer time begins"
IN_MILLISECONDS = "milliseconds taken for seconds"
IN_SECONDS = "seconds taken for milliseconds"
OUT_OF_RANGE = f"a time outside {EARLIEST.year} to {LATEST.year - 1}"

# White space, byte-order marks and zero-width spaces: around a value they mean nothing.
_AROUND = " \t\r\n\v\f\x00\x85\xa0\u2000\u2002\u2003\u2009\u200b\u2028\u2029\u202f\u3000\ufeff"
_NUMBER = r"^[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?$"
_WHOLE = r"^[+-]?\d{1,18}(\.0{0,18})?$"
_ISO = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?$"
_ISO_ZONED = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)? ?(Z|[+-]\d{2}:?\d{2})$"
_SWITCH = 1e11  # seconds: the year 5138; milliseconds: March 1973


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
        self.column[at], self.reason[at] = column or None, reason
        if shown is not None and len(at):
            values = shown.take(pa.array(at)).to_pylist()
            self.value[at] = [value and value[:LONGEST_SHOWN] for value in values]


def typed(batch: Batch, rule: TableRule, columns: dict[str, ColumnRule], table: Table, stems: list[str],
          ) -> tuple[pd.DataFrame, Verdict]:
    """The batch as ``columns`` of ``table`` say, and what is wrong with its rows.

    ``stems`` names the files where there are several: it makes row numbers unique.
    """
    verdict, frame = Verdict(len(batch.line)), {}
    raw = {name: _text(cells, rule.empty) for name, cells in batch.cells.items()}
    for refusal in rule.refuse:
        verdict.refuse(pc.is_in(raw[refusal.column], pa.array(refusal.values)), refusal.reason)
    for name, how in columns.items():
        column = table[name]
        cells = _filled(batch, raw, how, stems)
        if how.values:
            cells = _translated(cells, how, column, verdict)
        values = _value(cells, how, rule, column, verdict)
        _hold(values, cells, column, verdict)
        frame[name] = pd.Series(pd.array(values, dtype=DTYPES[column.kind])) if isinstance(values, pa.Array) else values
    return pd.DataFrame(frame, index=range(len(batch.line))), verdict


def _text(cells: list[str | None], empty: tuple[str, ...]) -> pa.Array:
    text = pc.utf8_trim(pa.array(cells, pa.large_string()), _AROUND)
    return pc.if_else(pc.is_in(text, pa.array(["", *empty], pa.large_string())), None, text)


def _filled(batch: Batch, raw: dict[str, pa.Array], how: ColumnRule, stems: list[str]) -> pa.Array:
    rows = len(batch.line)
    if how.row_number:
        names = [f"{stems[file]}-{number}" for file, number in zip(batch.file, batch.number, strict=True)] \
            if len(stems) > 1 else map(str, batch.number)
        return pa.array(names, pa.large_string(), size=rows)
    if how.constant is not None:
        return pa.repeat(pa.scalar(how.constant, pa.large_string()), rows)
    cells = [raw[origin] for origin in how.origins]
    cells = cells[0] if len(cells) == 1 else pc.binary_join_element_wise(
        *cells, pa.scalar(how.join, pa.large_string()), null_handling="skip")
    cells = pc.if_else(pc.equal(cells, ""), None, cells)
    return cells if how.default is None else pc.fill_null(cells, how.default)


def _translated(cells: pa.Array, how: ColumnRule, column: Column, verdict: Verdict) -> pa.Array:
    keys = pa.array([*how.values], pa.large_string())
    place = pc.index_in(cells, keys)
    verdict.refuse(pc.and_(pc.is_null(place), pc.is_valid(cells)),
                   f"unknown code; {column.name} knows {', '.join(how.values)}", column.name, _shown(cells, column))
    return pa.array([*how.values.values()], pa.large_string()).take(place)


def _value(cells: pa.Array, how: ColumnRule, rule: TableRule, column: Column, verdict: Verdict):
    if column.kind == "time":
        return _time(cells, how, rule, column, verdict)
    if column.kind in ("number", "integer"):
        if rule.decimal == ",":
            cells = pc.replace_substring(pc.replace_substring(cells, ".", ""), ",", ".")
        whole = column.kind == "integer"
        return _number(cells, whole, column, verdict)
    if column.personal == "id" or column.name in ("item", "product"):
        return pc.replace_substring_regex(cells, r"^(\d+)\.0+$", r"\1")  # 17850.0: a number to whoever exported it
    return cells


def _number(cells: pa.Array, whole: bool, column: Column, verdict: Verdict) -> pa.Array:
    fits = pc.match_substring_regex(cells, _NUMBER)
    verdict.refuse(pc.invert(fits), NO_NUMBER, column.name, _shown(cells, column))
    if not whole:
        return pc.cast(pc.replace_substring_regex(pc.if_else(fits, cells, None), r"^\+", ""), pa.float64())
    fits = pc.match_substring_regex(cells, _WHOLE)
    verdict.refuse(pc.invert(fits), NO_WHOLE, column.name, _shown(cells, column))
    return pc.cast(pc.replace_substring_regex(pc.if_else(fits, cells, None), r"^\+|\.0*$", ""), pa.int64())


def _time(cells: pa.Array, how: ColumnRule, rule: TableRule, column: Column, verdict: Verdict) -> pd.Series:
    """UTC times. Every different text is read once."""
    encoded = cells.dictionary_encode()
    different = encoded.dictionary.cast(pa.large_string())
    problems = Verdict(len(different))
    times = _seconds(different, how.unit, problems) if how.unit else _clock(different, how.format, rule, problems)
    problems.refuse(np.asarray((times < EARLIEST) | (times >= LATEST)), OUT_OF_RANGE)
    if rule.window:
        outside = np.zeros(len(times), dtype=bool)
        outside |= np.asarray(times < rule.first) if rule.first is not None else False
        outside |= np.asarray(times > rule.last) if rule.last is not None else False
        problems.refuse(outside, f"outside the window {rule.window}")
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    reasons = np.append(problems.reason, None)[codes]  # -1, an empty cell, finds the None at the end
    for reason in dict.fromkeys(problems.reason[problems.bad]):
        verdict.refuse(reasons == reason, reason, column.name, _shown(cells, column))
    return pd.Series(times.append(pd.DatetimeIndex([pd.NaT], tz="UTC"))[codes]).astype(DTYPES["time"])


def _seconds(texts: pa.Array, unit: str, problems: Verdict) -> pd.DatetimeIndex:
    fits = pc.match_substring_regex(texts, _NUMBER)
    problems.refuse(pc.invert(fits), NO_NUMBER)
    numbers = pc.cast(pc.replace_substring_regex(pc.if_else(fits, texts, None), r"^\+", ""), pa.float64())
    numbers = numbers.to_numpy(zero_copy_only=False)
    size = np.abs(numbers)
    if unit == "seconds":
        problems.refuse(size > _SWITCH, IN_MILLISECONDS)
    else:
        problems.refuse((size > EARLIEST.timestamp()) & (size < _SWITCH), IN_SECONDS)
    seconds = numbers / UNITS[unit]
    with np.errstate(invalid="ignore"):
        outside = (seconds < EARLIEST.timestamp()) | (seconds >= LATEST.timestamp())
    problems.refuse(outside, OUT_OF_RANGE)
    whole = np.where(problems.bad | np.isnan(seconds), 0, np.round(seconds * 1e6)).astype("int64")
    return pd.DatetimeIndex(np.where(problems.bad, np.datetime64("NaT"), whole.view("datetime64[us]")), tz="UTC")


def _clock(texts: pa.Array, form: str, rule: TableRule, problems: Verdict) -> pd.DatetimeIndex:
    """Texts as UTC; those that name no offset are in the table's time zone."""
    values = pd.Series(texts.to_pylist(), dtype=object)
    if form:
        times = pd.to_datetime(values, format=form, errors="coerce", utc="%z" in form)
        problems.refuse(times.isna().to_numpy(), NO_TIME)
        return pd.DatetimeIndex(times).as_unit("us") if "%z" in form else _localised(times, rule, problems)
    zoned = pc.match_substring_regex(texts, _ISO_ZONED).to_numpy(zero_copy_only=False)
    plain = pc.match_substring_regex(texts, _ISO).to_numpy(zero_copy_only=False)
    local = pd.to_datetime(values.where(plain), format="ISO8601", errors="coerce")
    moments = pd.to_datetime(values.where(zoned), format="ISO8601", errors="coerce", utc=True)
    problems.refuse((local.isna() & moments.isna()).to_numpy(), NO_TIME)
    utc = _localised(local, rule, problems)
    return utc.where(~zoned, pd.DatetimeIndex(moments).as_unit("us")) if zoned.any() else utc


def _localised(times: pd.Series, rule: TableRule, problems: Verdict) -> pd.DatetimeIndex:
    # The hour that the end of summer time repeats is taken for its first passing: summer time.
    naive = pd.DatetimeIndex(times).as_unit("us")
    utc = naive.tz_localize(rule.timezone, ambiguous=np.ones(len(naive), dtype=bool), nonexistent="NaT").tz_convert("UTC")
    problems.refuse(np.asarray(utc.isna() & ~naive.isna()), NO_HOUR)
    return utc


def _hold(values, cells: pa.Array, column: Column, verdict: Verdict) -> None:
    """Refuse what breaks the contract: empty where required, another word than those allowed, out of bounds."""
    shown = _shown(cells, column)
    if column.required:
        verdict.refuse(pc.is_null(cells), EMPTY, column.name)
    if column.allowed:
        known = pc.is_in(values, pa.array(column.allowed, pa.large_string()))
        verdict.refuse(pc.and_(pc.is_valid(values), pc.invert(known)), f"none of {', '.join(column.allowed)}",
                       column.name, shown)
    if column.minimum is not None:
        verdict.refuse(pc.less(values, column.minimum), f"below {column.minimum:g}", column.name, shown)
    if column.maximum is not None:
        verdict.refuse(pc.greater(values, column.maximum), f"above {column.maximum:g}", column.name, shown)


def _shown(cells: pa.Array, column: Column) -> pa.Array | None:
    """What the quarantine may show of a column: a personal value never."""
    return None if column.personal else cells
