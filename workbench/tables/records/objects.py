"""JSON to records: one object a line, or an array of objects; ``a.b`` is the key ``b`` of the object under ``a``."""

import json
from collections.abc import Iterator
from pathlib import Path

from workbench.errors import SourceError, did_you_mean
from workbench.tables.records.pieces import BLANK, ENCODING, MARK
from workbench.tables.rules import TableRule

NO_OBJECT = "not a JSON object"


def json_lines(file, rule: TableRule, path: Path) -> Iterator[tuple[int, tuple, str, str]]:
    """One object a line: (line, wanted cells, reason, text)."""
    objects = _Objects(rule, path)
    for line, text in enumerate(file, 1):
        try:
            record = json.loads(text) if text.strip() else {}
        except (ValueError, RecursionError):
            record = None
        if not text.strip():
            yield line, (), BLANK, text
            continue
        yield from ((line, cells, reason, text) for cells, reason in objects.rows(record, text))
    objects.check()


def json_array(file, rule: TableRule, path: Path) -> Iterator[tuple[int, tuple, str, str]]:
    """Objects of one JSON array, one after the other; the rest after a broken one is one broken record."""
    objects, decoder = _Objects(rule, path), json.JSONDecoder()
    text = file.read()
    at, line, counted = _begins(text, rule.under, path) + 1, 1, 0
    while (at := _skip(text, at)) < len(text) and text[at] != "]":
        line, counted = line + text.count("\n", counted, at), at
        try:
            record, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            record, at = None, len(text)
        yield from ((line, cells, reason, text[counted:at]) for cells, reason in objects.rows(record, text[counted:at]))
    objects.check()


def keys_of(text: str, at: int = 0) -> Iterator[tuple[str, int]]:
    """The keys of the object that begins at a place, as far as it is whole, each with the place where its value begins."""
    decoder, at = json.JSONDecoder(), _skip(text, at) + 1
    while (at := _skip(text, at)) < len(text) and text[at] == '"':
        try:
            key, at = decoder.raw_decode(text, at)
            at = _skip(text, text.index(":", at) + 1)
            yield key, at
            _, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return


def _begins(text: str, under: str, path: Path) -> int:
    """Where the array begins: at once, or under a key (``a.b`` is ``b`` of what is under ``a``)."""
    at = _skip(text, 0)
    for key in under.split(".") if under else ():
        found = dict(keys_of(text, at)) if text[at:at + 1] == "{" else {}
        if key not in found:
            raise SourceError(f"{path} has nothing under {key!r};{did_you_mean(key, found)} There are "
                              f"{', '.join(found) or 'no keys'}. Mend 'under' in source.yml")
        at = found[key]
    if text[at:at + 1] != "[":
        lists = [key for key, place in keys_of(text, at) if text[place:place + 1] == "["] if text[at:at + 1] == "{" else []
        way_out = f"its rows may lie under {', '.join(map(repr, lists))}: say 'under: {lists[0]}'" if lists else (
            "for one object a line say 'format: jsonl'")
        raise SourceError(f"{path} is not a JSON array of objects; {way_out}")
    return at


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n,":
        at += 1
    return at


class _Objects:
    """Takes the cells out of JSON objects; ``a.b`` is the key ``b`` of the object under ``a``."""

    def __init__(self, rule: TableRule, path: Path):
        self.rule, self.wanted, self.path = rule, rule.raw_columns, path
        self.found, self.keys, self.lists = set(), set(), set()

    def rows(self, record, text: str) -> Iterator[tuple[tuple, str]]:
        """The wanted cells of a record, and the reason if it has none; with ``each``, of every element of that list.

        A record whose list is empty or missing is one row, without the cells of an element: no record goes uncounted. Where
        the columns have ``names``, a list is a record as well.
        """
        if isinstance(record, list) and self.rule.names:
            record = dict(zip(self.rule.names, record, strict=False))
        if not isinstance(record, dict):
            yield (), ENCODING if MARK in text else NO_OBJECT
            return
        self.keys.update(record)
        if not self.rule.each:
            yield self._cells(record)
            return
        listed = record.get(self.rule.each)
        for element in listed if isinstance(listed, list) and listed else [None]:
            self.keys.update(f"{self.rule.each}.{name}" for name in element or () if isinstance(element, dict))
            yield self._cells(record | {self.rule.each: element})

    def _cells(self, record: dict) -> tuple[tuple, str]:
        cells = tuple([self._cell(record, name) for name in self.wanted])
        try:
            "".join(cell or "" for cell in cells).encode()
        except UnicodeEncodeError:
            return (), ENCODING
        return cells, ""

    def _cell(self, record: dict, name: str) -> str | None:
        for part in (name,) if name in record else name.split("."):
            if not isinstance(record, dict) or part not in record:
                self.lists.update([name.split(".")[0]] * isinstance(record, list))
                return None
            record = record[part]
        self.found.add(name)
        return record if record is None or isinstance(record, str) else json.dumps(record, ensure_ascii=False)

    def check(self) -> None:
        """Raise where no object of the file has a column that is asked for."""
        for name in self.wanted:
            if self.keys and name not in self.found:
                first = name.split(".")[0]
                hint = did_you_mean(name, self.keys) if first not in self.lists else (
                    f" {first!r} is a list: write 'each: {first}' for a row an element.")
                raise SourceError(f"no object of {self.path} has a key {name!r}{self.rule.meant(name)};{hint} Its keys are "
                                  f"{', '.join(sorted(self.keys))}. Mend 'columns' in source.yml")
