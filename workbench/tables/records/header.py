"""The header of a file: the names of its columns, or what it lacks and the way out."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from workbench.errors import SourceError, did_you_mean
from workbench.tables.records.pieces import EMPTY_FILE
from workbench.tables.rules import TableRule

FURTHER = 20  # lines in which a header is looked for, where the first is none


def header(rows: Iterator[tuple[int, list[str], str]], rule: TableRule, path: Path | str) -> list[str]:
    """The names of all columns, from the first of ``rows`` (line below those skipped, cells, what is wrong with it).

    Raises:
        SourceError: it lacks a column that is read, has one twice, or can't be cut.
    """
    _, row, reason = next(rows, (1, [], EMPTY_FILE))
    names = [name.strip() for name in row]
    found = f"the columns found in {path} are {', '.join(map(repr, names)) or 'none'}"
    if reason:
        raise SourceError(f"{path} has no header that can be read: {reason}.{_further_down(rows, rule)} Mend the file, or "
                          "describe it in source.yml ('header: false' with 'names', 'encoding', 'separator', 'quote')")
    for name in rule.raw_columns:
        if name not in names:
            hint = _further_down(rows, rule) or did_you_mean(name, names) or _other_separator(names, rule.separator)
            raise SourceError(f"column {name!r}{rule.meant(name)} is not in the header;{hint} {found}. Mend 'columns' in "
                              "source.yml, or say 'header: false' with 'names' if the file has no header")
        if names.count(name) > 1:
            raise SourceError(f"column {name!r} stands in the header twice; {found}. Rename one of them in the file")
    return names


def _further_down(rows, rule: TableRule) -> str:
    """Whether the header stands below a title, as in what was saved from a workbook."""
    for line, row, _ in islice(rows, FURTHER):
        if {name.strip() for name in row} >= set(rule.raw_columns):
            return f" is the header in line {line + rule.skip}? (write 'skip: {line + rule.skip - 1}')"
    return ""


def _other_separator(names: list[str], separator: str) -> str:
    for other, word in (("\t", "tab"), (";", ";"), ("|", "|"), (",", ",")):
        if other != separator and len(names) == 1 and other in names[0]:
            return f" is the separator {word!r}? (write 'separator: {word}')"
    return ""
