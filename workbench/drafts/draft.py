"""A ``source.yml`` for a folder of files, drafted for people to read and mend; what is not sure says so in a comment."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import yaml

from workbench import paths
from workbench.drafts.guesses import Guess, guess, rank, words_of
from workbench.drafts.kinds import filled, is_code, is_unique
from workbench.drafts.looks import Look, look
from workbench.errors import ParameterError, SourceError
from workbench.tables import contract

ENDINGS = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".xlsx", ".xlsm", ".parquet", ".pq")
MOST = 2_000  # files of a folder
DOUBT = "?"  # a comment that begins so wants an answer
LOOKED_UP = ("customer", "time", "country", "name", "category", "description", "price", "order")


@dataclass(frozen=True)
class Draft:
    """What was drafted.

    Attributes:
        text: of ``source.yml``. ``tables``: table -> the files that fill it.
        left: file -> why nothing was made of it.
        doubts: what wants an answer, a line each.
    """

    text: str
    tables: dict[str, list[str]]
    left: dict[str, str]
    doubts: list[str]

    @property
    def account(self) -> list[str]:
        """What was drafted and what was not, in lines."""
        more = {table: f" and {len(names) - 1:,} more" if names[1:] else "" for table, names in self.tables.items()}
        return [*(f"{table}: {names[0]}{more[table]}" for table, names in self.tables.items()),
                *(f"not used: {_one_line(name)}: {why}" for name, why in self.left.items()),
                f"to be answered in it: {'; '.join(self.doubts)}"]


def write(folder: Path, to: Path | None = None) -> tuple[Path, Draft]:
    """Draft a folder's ``source.yml`` and write it there, or into another folder, never over one that is there.

    Raises:
        ParameterError: there is one already. SourceError: as of :func:`draft`.
    """
    target = (to or folder) / "source.yml"
    if target.exists():
        raise ParameterError(f"{target} is there already; move it away, or say with --to in which folder the draft goes")
    made = draft(folder)
    where = "" if to is None else f"\nfolder: {_flow(str(folder.resolve()))}"
    with paths.replacing(target) as beside:
        beside.write_text(made.text.replace("\ntimezone:", f"{where}\ntimezone:", 1), encoding="utf-8")
    return target, made


def draft(folder: Path) -> Draft:
    """Look at every file below a folder and say which tables they would fill, and how.

    Raises:
        SourceError: no such folder, no file of a known kind in it, or none that is like a table.
    """
    if not folder.is_dir():
        raise SourceError(f"there is no folder {folder}; give the one in which the files lie")
    every = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "source.yml"
             and not any(part.startswith(".") for part in path.relative_to(folder).parts) and _is_read(path)]
    if not every or len(every) > MOST:
        raise SourceError(f"{folder} holds {len(every):,} files that end in {', '.join(ENDINGS)} (or with .gz or .zip "
                          f"behind); there must be 1 to {MOST:,}")
    looks, failed = look(every)
    made = {id(one): _guessed(one, [other for other in looks if other is not one]) for one in looks}
    found, unlike = {}, {}
    for each in (each for one in looks for each in made[id(one)]):
        if each.table not in found or len(each.used) > len(found[each.table].used):
            found[each.table] = each
    serving = {id(each.look) for each in found.values()}
    beside = {name for each in found.values() for said in each.keys.get("look_up", {}).values() for name in said["files"]}
    for one in looks:
        names = [path.relative_to(folder).as_posix() for path in one.paths]
        if id(one) not in serving and not beside & {path.name for path in one.paths}:
            why = "like no table" if not made[id(one)] else (
                f"would fill {made[id(one)][0].table} too, but not as the files do that fill it")
            unlike |= dict.fromkeys(names, f"{why}; its columns are {', '.join(map(_one_line, one.values)) or 'none'}")
    unlike |= {path.relative_to(folder).as_posix(): why for path, why in failed.items()}
    if not found:
        told = "; ".join(f"{_one_line(name)}: {why}" for name, why in list(unlike.items())[:5])
        raise SourceError(f"none of the files in {folder} is like a table that the workbench knows ({told}). Write "
                          "source.yml by hand: data/README.md shows how")
    return _written(folder, list(found.values()), unlike, every)


def _is_read(path: Path) -> bool:
    return Path(path.name.removesuffix(".gz").removesuffix(".zip")).suffix.lower() in ENDINGS


def _guessed(one: Look, others: list[Look]) -> list[Guess]:
    """The tables that a file fills by itself, or with what can be looked up for it."""
    alone = guess(one)
    reached, said = _beside(one, others)
    if not reached or (alone and alone[0].table not in ("orders", "products", "reviews")):
        return alone
    made = guess(one, reached)
    for each in made:
        needed = {name.split(".")[0] for name in each.used if name in reached}
        chain = set(needed)
        for name in reversed(list(said)):  # a look-up by a column of another needs that one too
            if name in chain:
                chain |= {key.split(".")[0] for key in said[name]["by"] if key.split(".")[0] in said}
        if chain:
            each.keys = {"look_up": {name: said[name] for name in said if name in chain}} | each.keys
            each.doubts["look_up"] = "does each row belong to the one row there?"
    better = made and (not alone or (made[0].table == alone[0].table and _worth(made[0]) > _worth(alone[0])))
    return made if better else alone


def _worth(each: Guess) -> tuple[int, float]:
    ranks = [rank(column, how if isinstance(how, str) else how.get("from", "")) for column, how in each.columns.items()
             if column in LOOKED_UP]
    return len(each.columns), -sum(value for value in ranks if value < float("inf"))


def _beside(one: Look, others: list[Look]) -> tuple[dict[str, list], dict[str, dict]]:
    """Columns that can be looked up for a file by one that both have, whose cells are each there once; two steps far."""
    reached, said, known = {}, {}, {name: name for name in one.values if is_code(one.values[name])}
    for _ in range(2):
        for other in others:
            name = re.sub(r"\W+", "_", other.paths[0].name.split(".")[0])
            if name in said or len(other.paths) > 1 or other.cut.get("header") == "false":
                continue
            keys = [key for key in other.values if key in known and is_unique(filled(other.values[key])) and _is_key(key)
                    and set(filled(other.values[key])) & set((one.values | reached)[known[key]])]
            if not keys:
                continue
            key = keys[0]
            of = known[key]
            said[name] = {"files": [other.paths[0].name], "by": {of: key}} | other.cut
            reached |= {f"{name}.{column}": cells for column, cells in other.values.items() if column != key}
        further = {raw.split(".", 1)[1]: raw for raw in reached if is_code(reached[raw])}
        known = further | known
    return reached, said


def _is_key(name: str) -> bool:
    return bool(set(words_of(name).split()) & {"id", "no", "number", "code", "key", "sku", "编号", "id编号"}) or any(
        rank(column, name) < float("inf") for column in ("order", "item", "customer"))


def _written(folder: Path, found: list[Guess], unlike: dict[str, str], every: list[Path]) -> Draft:
    lines = [f"# A draft by `workbench draft`: read every line and answer what is marked {DOUBT}.",
             "# What is read of the files and what is refused says: workbench check --data FOLDER",
             f"name: {_flow(_name(folder))}",
             f"timezone: UTC  # {DOUBT} where times without an offset are meant, like Asia/Shanghai",
             f"currency: \"\"  # {DOUBT} of all prices: EUR, CNY, USD, …", "", "tables:"]
    tables, doubts = {}, ["timezone and currency"]
    for each in found:
        tables[each.table] = [path.relative_to(folder).as_posix() for path in each.look.paths]
        lines += [f"  {each.table}:", f"    files: {_flow(_pattern(folder, each.look, every))}"]
        lines += [f"    {key}: {_flow(value)}" for key, value in each.look.cut.items()]
        lines += [f"    {key}: {_flow(_short(value))}{_doubt(each, key)}" for key, value in each.keys.items()
                  if key not in ("metrics", "look_up")]
        for key in ("look_up", "metrics"):
            if key in each.keys:
                lines += [f"    {key}:{_doubt(each, key)}"]
                lines += [f"      {_flow(name)}: {_flow(_short(said))}" for name, said in each.keys[key].items()]
        lines += ["    columns:"]
        lines += [f"      {column}: {_flow(each.columns[column])}{_doubt(each, column)}"
                  for column in contract(each.table).names if column in each.columns]
        if unused := _unused(each, found):
            lines.append(f"    # not used: {', '.join(map(_one_line, unused))}")
        doubts += [f"{each.table}: {key}: {doubt}" for key, doubt in each.doubts.items()]
    lines += ["", *(f"# {_one_line(name)}: {_one_line(why)}" for name, why in unlike.items())] if unlike else []
    return Draft("\n".join(lines) + "\n", tables, unlike, doubts)


def _unused(of: Guess, found: list[Guess]) -> list[str]:
    """Columns of the file that nothing is made of, said below the last of its tables."""
    same = [each for each in found if each.look is of.look]
    used = set().union(*(each.used for each in same))
    return [name for name in of.look.values if name not in used] if of is same[-1] else []


def _doubt(each: Guess, key: str) -> str:
    return f"  # {DOUBT} {_one_line(each.doubts[key])}" if key in each.doubts else ""


def _short(value):
    """``by`` as one word where both files call the key alike, files as one name."""
    if isinstance(value, dict) and "by" in value:
        by = value["by"]
        alike = [ours for ours, theirs in by.items() if ours == theirs]
        return value | {"by": alike[0] if len(alike) == len(by) == 1 else by, "files": value["files"][0]}
    return value


def _pattern(folder: Path, one: Look, every: list[Path]) -> str | list[str]:
    """The files by name; many as a pattern, where that finds no others."""
    names = [path.relative_to(folder).as_posix() for path in one.paths]
    if len(names) == 1:
        return names[0]
    for pattern in (f"*{one.paths[0].suffix}", f"**/*{one.paths[0].suffix}"):
        if {path for path in folder.glob(pattern) if path in every} == set(one.paths):
            return pattern
    return names


def _name(folder: Path) -> str:
    name = re.sub(r"[^\w.-]+", "_", folder.resolve().name).strip("._-")[:64]
    return name or "my_shop"


class _Texts(yaml.SafeDumper):
    """All that source.yml holds is text, so no 1 and no true needs quotation marks."""

    yaml_implicit_resolvers: ClassVar = {}


def _flow(value) -> str:
    said = yaml.dump(value, Dumper=_Texts, default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False)
    return said.removesuffix("...\n").strip()


def _one_line(text: str) -> str:
    return " ".join(str(text).split())
