"""One table to be read: the parts that source.yml makes it of, their files, and where rows wait on their way."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from workbench.tables.contracts import Table, contract
from workbench.tables.look_up import LookedUp
from workbench.tables.rules import TableRule
from workbench.tables.settle import told_columns
from workbench.tables.source import Part, Source
from workbench.tables.staging import Staged


@dataclass(frozen=True)
class Reading:
    """One table to be read: from which files and how, part by part, and where rows wait on their way.

    Attributes:
        paths: all files, behind the table's own those of its look-ups; ``places``: what each is called.
        folder: for staged rows; nothing is left in it.
        ranges: of customers, so that one at a time fits into memory.
        people: what of each own file stands before the row numbers of its customers, the same in every table.
    """

    table: Table
    parts: tuple[Part, ...]
    paths: tuple[Path, ...]
    places: list[str]
    folder: Path
    timezone: str = "UTC"
    ranges: int = 1
    people: tuple[str, ...] = ()

    @property
    def rules(self) -> list[TableRule]:
        """How each part is read."""
        return [part.rule for part in self.parts]

    @property
    def told(self) -> list[str]:
        """The columns in which a duplicate is equal."""
        return told_columns(self.table, self.rules)

    @property
    def own(self) -> int:
        """How many files hold the table's own rows."""
        return sum(len(part.files) for part in self.parts)

    @property
    def called(self) -> list[str]:
        """Of each file the table that its rows are counted under: ``customers beside orders`` are looked up for orders."""
        looks = [(look, found) for part in self.parts for look, found in zip(part.rule.look_up, part.beside, strict=True)]
        return [self.table.name] * self.own + [
            f"{look.name} beside {self.table.name}" for look, found in looks for _ in found]

    @cached_property
    def names(self) -> list[str]:
        """What the files are called in ``intake``, ``quarantine`` and row numbers. One that several parts read has a name in
        each: ``a.json under test``, ``a.xlsx sheet North``; ``hotels.csv``, ``hotels.csv (2)``."""
        times, names = Counter(), []
        for file in zip(self.called, self.places, strict=True):
            times[file] += 1
            names.append(file[1] if times[file] == 1 else f"{file[1]} ({times[file]})")
        return names

    def before(self, column: str) -> Sequence[str]:
        """What stands before the row numbers of each own file in a column: where there are several, what it is called."""
        if column == "customer":
            return self.people
        return self.names[:self.own] if self.own > 1 else ("",)

    @property
    def size(self) -> int:
        """Bytes of the files."""
        return sum(path.stat().st_size for path in self.paths)

    def staged(self) -> tuple[Staged, Staged]:
        """Where rows within the contract wait, and those refused."""
        bucketed = "customer" in self.told and self.table.sorted_by
        return (Staged(self.folder / self.table.name, self.ranges if bucketed else 1),
                Staged(self.folder / f"{self.table.name}.quarantine"))


def reading(source: Source, name: str, folder: Path, ranges: int = 1) -> Reading:
    """How one table of the source is read."""
    paths, parts = source.files_of(name), source.tables[name]
    within = [_within(part.rule) for part in parts for _ in part.files]
    within += [""] * (len(paths) - len(within))
    places = [f"{source.short(path)}{of * (paths.count(path) > 1)}" for path, of in zip(paths, within, strict=True)]
    return Reading(contract(name), parts, paths, places, folder, source.timezone, ranges, _people(source, name))


def _people(source: Source, name: str) -> tuple[str, ...]:
    """What customers that are row numbers are called by: nothing where each table numbers those of one file; else the file's
    name, with the key or sheet. However often a file is read, its customers of ``assignments`` are those of ``outcomes``.
    """
    if not any(len(source.own_files(table)) > 1 for table, parts in source.tables.items() if any(map(_numbers, parts))):
        return ("",)
    return tuple(source.short(path) + _within(part.rule) for part in source.tables[name] for path in part.files)


def _within(rule: TableRule) -> str:
    """Where in its file the rows of a part lie."""
    return f" under {rule.under}" * bool(rule.under) + f" sheet {', '.join(rule.sheet)}" * bool(rule.sheet)


def _numbers(part: Part) -> bool:
    return "customer" in part.rule.columns and part.rule.columns["customer"].row_number


def looked_up(part: Part, tell: Callable[[int], None] = lambda size: None) -> list[LookedUp]:
    """What each look-up's files say."""
    return [LookedUp(look, found, tell) for look, found in zip(part.rule.look_up, part.beside, strict=True)]
