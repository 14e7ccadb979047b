"""Which files fill a table: those of the best guess, others that hold more of its rows, and labelled texts side by side."""

import re
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

from workbench.drafts.guesses import Guess
from workbench.drafts.names import SIDES

ALIKE = 0.75  # share of the columns that two parts of a table have in common
BY_NAME = "by its name only"
_OF_FILES = SIDES | {"test": (*SIDES["test"], "gold")}
_CHINESE = {"train": "训练", "validation": "验证", "test": "测试"}  # stands without spaces


def tables(guesses: list[Guess]) -> dict[str, list[Guess]]:
    """Table -> the guesses that fill it: the one that makes most of its columns, and others like it."""
    best: dict[str, Guess] = {}
    for each in guesses:
        if each.table not in best or len(each.used) > len(best[each.table].used):
            best[each.table] = each
    beside = {path for each in best.values() for path in each.paths - set(each.look.paths)}
    more = {table: [_asked(each, first) for each in guesses if each is not first and _is_more(each, first, beside)]
            for table, first in best.items()}
    return {table: _sided([first, *more[table]]) for table, first in best.items()}


def _is_more(each: Guess, first: Guess, beside: set[Path]) -> bool:
    """Whether a guess is of the same table, made of much the same columns, and of files that nobody looks up."""
    ours, theirs = set(each.columns), set(first.columns)
    return (each.table == first.table and not beside & each.paths
            and not {"look_up", "counts"} & {*each.keys, *first.keys} and len(ours & theirs) >= ALIKE * len(ours | theirs))


def _asked(each: Guess, first: Guess) -> Guess:
    if each.look is not first.look:
        each.doubts["files"] = "are these other rows than those above?"
    if each.keys.get("signs") != first.keys.get("signs"):
        each.doubts["signs" if "signs" in each.keys else "files"] = "is this the currency of those above? A table has one"
    for key in ("order", "review"):
        if both := len(_cells(each, key) & _cells(first, key)):
            each.doubts[key] = (f"{both:,} stand above, too: are they the same? If not, tell them apart, like "
                                f"{{from: {each.columns[key]}, before: B-}}")
    return each


def _cells(of: Guess, column: str) -> set[str]:
    raw = of.columns.get(column)
    return {cell for cell in of.look.values.get(raw, ()) if cell} if isinstance(raw, str) else set()


def _sided(parts: list[Guess]) -> list[Guess]:
    """Labelled texts whose files (or keys of JSON) are called train, dev and test: each with its side of the split."""
    if parts[0].table != "labelled_texts" or any("split" in each.columns for each in parts):
        return parts
    found = []
    for each in parts:
        sides = [_side(path, each) for path in each.look.paths]
        for side in dict.fromkeys(sides):
            paths = tuple(path for path, of in zip(each.look.paths, sides, strict=True) if of == side)
            made = replace(each, look=replace(each.look, paths=paths), columns=dict(each.columns),
                           keys=deepcopy(each.keys), doubts=dict(each.doubts))
            if side:
                made.columns["split"], made.doubts["split"] = {"value": side}, BY_NAME
                made.doubts.pop("files", None)
            found.append(made)
    return found if len({str(each.columns.get("split")) for each in found}) > 1 else parts


def _side(path: Path, each: Guess) -> str:
    """
    >>> from workbench.drafts.looks import Look
    >>> one = Guess("labelled_texts", Look((), {}, {}))
    >>> [_side(Path(name), one) for name in ("a_dev.tsv", "contest.csv", "训练集.csv", "train/a.test.txt", "train/0.csv")]
    ['validation', '', 'train', 'test', 'train']
    """
    for said in (f"{path.name} {each.look.cut.get('under', '')}", path.parent.name):
        words = set(re.split(r"[\W_\d]+", said.lower()))
        for side, names in _OF_FILES.items():
            if words & {*names} or _CHINESE[side] in said:
                return side
    return ""
