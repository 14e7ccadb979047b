"""What can be looked up for a file in others, as lines of orders need what their orders and customers say."""

import re

from workbench.drafts.guesses import Guess
from workbench.drafts.kinds import filled, is_code, is_unique
from workbench.drafts.likeness import guess
from workbench.drafts.looks import Look
from workbench.drafts.names import NONE, rank, words_of

TABLES = ("orders", "products", "reviews")  # that may be put together
STEPS = 2  # from a file to another and on to a third
_KEYS = {"id", "no", "number", "code", "key", "sku", "编号"}  # words in the name of a key
_DEFAULTS = {"separator": ",", "encoding": "utf-8"}  # said of a look-up where its table's own files differ


def guess_together(one: Look, others: list[Look]) -> list[Guess]:
    """The tables that a file fills by itself, or better with what can be looked up for it."""
    alone = guess(one)
    reached, said = _reached(one, others)
    if not reached or (alone and alone[0].table not in TABLES):
        return alone
    made = guess(one, reached)
    for each in made:
        if needed := _needed(each, said):
            each.keys = {"look_up": {name: said[name] for name in said if name in needed}} | each.keys
            each.doubts["look_up"] = "does each row belong to the one row there?"
    better = made and (not alone or (made[0].table == alone[0].table and _worth(made[0]) > _worth(alone[0])))
    return made if better else alone


def _reached(one: Look, others: list[Look]) -> tuple[dict[str, list], dict[str, dict]]:
    """Columns (``name.column``) of files that have a key of this one, each cell once; and what source.yml says of them."""
    reached, said, known = {}, {}, {name: name for name in one.values if is_code(one.values[name])}
    for _ in range(STEPS):
        for other in others:
            name = re.sub(r"\W+", "_", other.paths[0].name.split(".")[0])
            if name in said or len(other.paths) > 1 or other.cut.get("header") == "false":
                continue
            if (key := _key(other, known, one.values | reached)) is None:
                continue
            said[name] = {"files": other.paths[0], "by": {known[key]: key}} | {
                cut: default for cut, default in _DEFAULTS.items() if cut in one.cut} | other.cut
            reached |= {f"{name}.{column}": cells for column, cells in other.values.items() if column != key}
        known = {raw.split(".", 1)[1]: raw for raw in reached if is_code(reached[raw])} | known
    return reached, said


def _key(other: Look, known: dict[str, str], values: dict[str, list]) -> str | None:
    """The column by which rows of another file are found: named as a key, each cell once, and some of ours among them."""
    return next((name for name, cells in other.values.items() if name in known and _is_key(name) and is_unique(filled(cells))
                 and set(filled(cells)) & set(values[known[name]])), None)


def _is_key(name: str) -> bool:
    return bool(set(words_of(name).split()) & _KEYS) or any(rank(one, name) < NONE for one in ("order", "item", "customer"))


def _needed(each: Guess, said: dict[str, dict]) -> set[str]:
    """The look-ups that columns are made of, and those by which these are found."""
    needed = {raw.split(".")[0] for raw in each.used if raw.split(".")[0] in said}
    for name in reversed(list(said)):
        if name in needed:
            needed |= {raw.split(".")[0] for raw in said[name]["by"] if raw.split(".")[0] in said}
    return needed


def _worth(each: Guess) -> tuple[int, float]:
    """More columns first, then the more telling names."""
    ranks = [rank(column, how if isinstance(how, str) else how.get("from", "")) for column, how in each.columns.items()
             if column in ("customer", "order", "time", "name", "category", "country", "price", "description")]
    return len(each.columns), -sum(value for value in ranks if value < NONE)
