"""What the cells of a column are: times and how they are written, numbers and their marks, texts, codes."""

import re
from collections import Counter
from statistics import median

import pandas as pd

from workbench.tables.rules import UNITS

MOST_ODD = 0.02  # share of the cells that may be no time or no number
#: how days and times are written beside ISO 8601, in the words of ``strptime``
_DAYS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d/%m/%y", "%m/%d/%y",
         "%Y%m%d", "%Y年%m月%d日", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%m %d, %Y")
_MOMENTS = ("%a %b %d %H:%M:%S %z %Y", "%a, %d %b %Y %H:%M:%S %z")
_CLOCKS = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p")
_MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_WORDS = re.compile(rf"\D+?(?=\b(?:\d|(?:{_MONTHS})[a-z]*\.? \d))")
MOST_WORDS = 20  # different words before a time
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?( ?(Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?")
_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_SIGNS = re.compile(r"^[+-]?([^\d\s.,+'-]{1,3})|\s*([^\d\s.,+'-]{1,3})$")
_MARKS = (  # decimal, thousands, what is written so
    (".", ",", re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")),
    (",", ".", re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?")),
    (",", " ", re.compile(r"[+-]?(\d+|\d{1,3}([ \u00a0\u202f]\d{3})+)(,\d+)?")))
_ID = re.compile(r"[\w#/.:@+-]{1,80}")


def filled(values: list[str | None]) -> list[str]:
    """The cells that are not empty."""
    return [value for value in values if value is not None]


def times(values: list[str | None]) -> tuple[dict, str] | None:
    """How source.yml says that these are times, and a doubt; None where they are none.

    >>> times(["2026-11-09 18:30"]), times(["1790000000"]), times(["03/04/2026"]), times(["mug"])
    (({}, ''), ({'unit': 'seconds'}, ''), ({'format': '%d/%m/%Y'}, 'or %m/%d/%Y: every row looked at fits both'), None)
    """
    some = filled(values)[:2_000]
    if not some:
        return None
    if _most(map(_ISO.fullmatch, some), some):
        return {}, ""
    if _most((_PLAIN.fullmatch(value) for value in some), some):
        return _epoch([float(value) for value in some if _PLAIN.fullmatch(value)])
    fits = [form for form in (*_MOMENTS, *(day + clock for day in _DAYS for clock in _CLOCKS)) if _fits(some, form)]
    if not fits:
        return _worded(some)
    other = fits[0].translate(str.maketrans("dm", "md"))
    return {"format": fits[0]}, f"or {other}: every row looked at fits both" if other in fits[1:] else ""


def _worded(some: list[str]) -> tuple[dict, str] | None:
    """Times with words before them, a few different ones.

    >>> _worded(["Reviewed in Japan on May 3, 2025", "Reviewed in India on 30 May 2025"] * 9)[0]
    {'format': ['Reviewed in Japan on %b %d, %Y', 'Reviewed in India on %d %b %Y']}
    """
    found, doubts, words = [], [], {}
    for value in some:
        if not (told := _WORDS.match(value)):
            return None
        words.setdefault(told[0], []).append(value[told.end():])
    for before, rest in words.items() if len(words) <= MOST_WORDS else ():
        how, doubt = times(rest) or ({}, "")
        if "format" not in how or not isinstance(how["format"], str):
            return None
        found.append(before.replace("%", "%%") + how["format"])
        doubts.append(doubt)
    return ({"format": found if found[1:] else found[0]}, next(filter(None, doubts), "")) if found else None


def is_time(values: list[str | None]) -> bool:
    """Whether they are times."""
    return times(values) is not None


def _epoch(numbers: list[float]) -> tuple[dict, str] | None:
    first, last = pd.Timestamp("1995-01-01").timestamp(), pd.Timestamp("2060-01-01").timestamp()
    for unit, of in UNITS["time"].items():
        if _most((first * of <= number < last * of for number in numbers), numbers):
            return {"unit": unit}, ""
    return ({"format": "%Y%m%d"}, "") if _fits([f"{number:.0f}" for number in numbers], "%Y%m%d") else None


def _fits(some: list[str], form: str) -> bool:
    if not _most(pd.notna(pd.to_datetime(pd.Series(some[:20]), format=form, errors="coerce")), some[:20]):
        return False
    return _most(pd.notna(pd.to_datetime(pd.Series(some), format=form, errors="coerce")), some)


def _most(hits, values) -> bool:
    return sum(map(bool, hits)) >= (1 - MOST_ODD) * len(values)


def numbers(values: list[str | None]) -> dict | None:
    """What source.yml says of how these numbers are written (``decimal``, ``thousands``, ``signs``); None: they are none.

    >>> numbers(["12.5", "3"]), numbers(["1.299,00 €"]), numbers(["$1,299.00", "$3"]), numbers(["mug"])
    ({}, {'signs': ['€'], 'decimal': ',', 'thousands': '.'}, {'signs': ['$'], 'thousands': ','}, None)
    """
    some = filled(values)[:2_000]
    if not some:
        return None
    said, signs = {}, {sign for value in some for pair in _SIGNS.findall(value) for sign in pair if sign}
    if signs and len(signs) <= 3:
        said["signs"] = sorted(signs)
        some = [_SIGNS.sub("", value).strip() for value in some]
    if _most(map(_PLAIN.fullmatch, some), some):
        return said
    for decimal, thousands, written in _MARKS:
        if _most(map(written.fullmatch, some), some):
            return said | ({"decimal": decimal} if decimal != "." else {}) | {"thousands": thousands}
    return None


def is_number(values: list[str | None]) -> bool:
    """Whether they are numbers, however they are written."""
    return numbers(values) is not None


def is_text(values: list[str | None]) -> bool:
    """Whether people wrote it: longer than a code, hardly twice the same, of several words or Chinese.

    The most frequent one apart, which shops write where nobody wrote one.
    """
    some = filled(values)[:2_000]
    often, rows = Counter(some).most_common(1)[0] if some else ("", 0)
    some = [value for value in some if value != often] if 1 < rows < 0.9 * len(some) else some
    if len(some) < 2 or len(set(some)) < 0.5 * len(some):
        return False
    signs = "".join(some[:200])
    if 2 * sum(map(str.isalpha, signs)) < len(signs):  # a clock in a language that is not read here
        return False
    wordy = [" " in value or bool(re.search("[\u4e00-\u9fff]{4}", value)) for value in some]
    return sum(wordy) > 0.5 * len(some) and median(map(len, some)) >= 8


def is_unique(values: list[str | None]) -> bool:
    """Whether hardly a cell is there twice, and hardly one empty."""
    some = filled(values)
    return bool(some) and len(set(some)) >= 0.98 * len(values)


def is_code(values: list[str | None]) -> bool:
    """Whether the cells could name something: short, without white space."""
    some = filled(values)[:2_000]
    return bool(some) and _most(map(_ID.fullmatch, some), some)


def is_number_of(values: list[str | None]) -> bool:
    """Whether the cells could number orders: codes with digits in them."""
    return is_code(values) and _most((any(map(str.isdigit, value)) for value in filled(values)), filled(values))


def stands_above(values: list[str | None], groups: list[str | None]) -> bool:
    """Whether cells that are empty stand below a filled one of their group, as of an order whose first line alone is filled.

    >>> stands_above(["ann", None, "bo"], ["1", "1", "2"]), stands_above([None, "ann", "bo"], ["1", "1", "2"])
    (True, False)
    """
    last, group, below, empty = None, None, 0, 0
    for value, of in zip(values, groups, strict=True):
        last = None if of != group else last
        below, empty = below + (value is None and last is not None), empty + (value is None)
        last, group = value if value is not None else last, of
    return empty > 0 and below >= (1 - MOST_ODD) * empty


def codes(values: list[str | None], most: int = 40) -> list[str]:
    """The different cells, the most frequent first; none where there are more than ``most``."""
    counts = pd.Series(filled(values), dtype=object).value_counts()
    return counts.index.tolist() if len(counts) <= most else []
