"""A guess of how a table would be filled, and the columns of a file found by what they are called and what they hold."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from workbench.drafts.kinds import filled, is_time, times
from workbench.drafts.looks import Look
from workbench.drafts.names import NONE, lexicon, rank

BY_PLACE = "by its place only"


@dataclass
class Guess:
    """How a table would be filled.

    Attributes:
        columns: column of the contract -> what source.yml says of it. ``keys``: further keys of the table.
        doubts: column or key -> what should be looked at.
    """

    table: str
    look: Look
    columns: dict = field(default_factory=dict)
    keys: dict = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)

    @property
    def used(self) -> set[str]:
        """Columns of the file, and of those looked up for it, that something is made of."""
        said = [*self.columns.values(), *self.keys.get("metrics", {}).values()]
        names = [one if isinstance(one, str) else one.get("from") for one in said]
        names += [name for look in self.keys.get("look_up", {}).values() for name in look["by"]]
        names += [rule["column"] for rule in self.keys.get("refuse", ())]
        return {name for name in (*names, self.keys.get("counts")) if name}

    @property
    def paths(self) -> set[Path]:
        """The files that it is made of."""
        return {*self.look.paths, *(look["files"] for look in self.keys.get("look_up", {}).values())}


class Finder:
    """The columns of a file that are left to be used, by name and by what they hold."""

    def __init__(self, look: Look, beside: dict[str, list] | None = None):
        self.look, self.left = look, look.values | (beside or {})
        self.headless = look.cut.get("header") == "false"

    def take(self, column: str, holds: Callable = filled, own: bool = False) -> str | None:
        """The best column of those left (``own``: of the file itself), which is then used; None: there is none.

        A whole name goes before the end of one, then a column of the file before one that is looked up.
        """
        of_file, whole = self.look.values, len(lexicon()["columns"][column])
        found = sorted((told >= whole, name not in of_file, told, place, name) for place, name in enumerate(self.left)
                       if (told := rank(column, name)) < NONE and holds(self.left[name]) and (name in of_file or not own))
        return self.use(found[0][-1]) if found else None

    def use(self, name: str) -> str:
        """Take this one."""
        self.left = {other: values for other, values in self.left.items() if other != name}
        return name

    def fill(self, guess: Guess, *columns: str, holds: Callable = filled) -> None:
        """Fill columns of the contract, those for which there is one, each with the best."""
        for column in columns:
            if name := self.take(column, holds):
                guess.columns[column] = name


def take_time(find: Finder) -> tuple[str, dict, str] | None:
    """The column of times, how source.yml says so, and a doubt; it is then used."""
    before = find.left
    named = find.take("time", is_time)
    if named is None and find.headless:
        named = next((find.use(name) for name, values in before.items() if is_time(values)), None)
    return (named, *times(before[named])) if named else None


def say_time(guess: Guess, clock: tuple[str, dict, str]) -> None:
    """Fill the time with what :func:`take_time` found."""
    name, how, doubt = clock
    guess.columns["time"] = {"from": name, **how} if how else name
    if doubt:
        guess.doubts["time"] = doubt
