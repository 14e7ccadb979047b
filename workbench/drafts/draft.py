"""A ``source.yml`` for a folder of files, drafted for people to read and mend; what is not sure says so in a comment."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import yaml

from workbench import paths
from workbench.drafts.guesses import Guess
from workbench.drafts.looks import Look, look, whole
from workbench.drafts.parts import tables
from workbench.drafts.together import guess_together
from workbench.errors import ParameterError, SourceError
from workbench.tables import contract

ENDINGS = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json", ".xlsx", ".xlsm", ".parquet", ".pq")
MOST = 2_000  # files of a folder
LONGEST = 40  # letters of a column's name that are told: it may be a text of a file without a header
DOUBT = "?"  # a comment that begins so wants an answer


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
                *(f"not used: {name}: {why}" for name, why in self.left.items()),
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
    every = _files(folder)
    looks, failed = look(every)
    looks = [whole(one) if "each" in one.cut and not _uses_each(one, looks) else one for one in looks]
    made = {id(one): _guessed(one, looks) for one in looks}
    found = tables([each for one in looks for each in made[id(one)]])
    every_part = [each for parts in found.values() for each in parts]
    serving = {(path, id(each.look.values)) for each in every_part for path in each.look.paths}
    beside = {path for each in every_part for path in each.paths - set(each.look.paths)}
    left = {_place(folder, path, one, looks): _why(one, made[id(one)]) for one in looks for path in one.paths
            if (path, id(one.values)) not in serving and path not in beside}
    left |= {_below(folder, path): why for path, why in failed.items()}
    if not found:
        told = "; ".join(f"{name}: {why}" for name, why in list(left.items())[:5])
        raise SourceError(f"none of the files in {folder} is like a table that the workbench knows ({told}). Write "
                          "source.yml by hand: data/README.md shows how")
    return _written(folder, found, left, every)


def _guessed(one: Look, looks: list[Look]) -> list[Guess]:
    """What a file fills, judged with the rows of its kind that lie under other keys of it (``train``, ``test``)."""
    alike = [other for other in looks if other.paths == one.paths and _cut(other) == _cut(one)
             and [*other.values] == [*one.values]]
    values = {column: [cell for other in alike for cell in other.values[column]] for column in one.values}
    found = guess_together(replace(one, values=values), [other for other in looks if other.paths != one.paths])
    return [replace(each, look=one) for each in found]


def _uses_each(one: Look, looks: list[Look]) -> bool:
    """Whether something is made of the elements of the list in its objects."""
    return any(name.startswith(f"{one.cut['each']}.") for each in _guessed(one, looks) for name in each.used)


def _cut(one: Look) -> dict:
    return {key: value for key, value in one.cut.items() if key != "under"}


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise SourceError(f"there is no folder {folder}; give the one in which the files lie")
    every = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "source.yml"
             and not any(part.startswith(".") for part in path.relative_to(folder).parts) and _is_read(path)]
    if not every or len(every) > MOST:
        raise SourceError(f"{folder} holds {len(every):,} files that end in {', '.join(ENDINGS)} (or with .gz or .zip "
                          f"behind); there must be 1 to {MOST:,}. An archive of several files is unpacked first")
    return every


def _why(one: Look, made: list[Guess]) -> str:
    """Why nothing is made of a file."""
    why = f"would fill {made[0].table} too, but not as the files do that fill it" if made else "like no table"
    return f"{why}; its columns are {', '.join(_one_line(name)[:LONGEST] for name in one.values) or 'none'}"


def _place(folder: Path, path: Path, one: Look, looks: list[Look]) -> str:
    """The file, with the sheet or key where it holds rows of several kinds."""
    several = sum(path in other.paths for other in looks) > 1
    which = [f"{key} {', '.join(said) if isinstance(said, list) else said}" for key, said in one.cut.items()
             if several and key in ("sheet", "under")]
    return " ".join([_below(folder, path), *map(_one_line, which)])


def _below(folder: Path, path: Path) -> str:
    return _one_line(path.relative_to(folder).as_posix())


def _is_read(path: Path) -> bool:
    return Path(path.name.removesuffix(".gz").removesuffix(".zip")).suffix.lower() in ENDINGS


def _written(folder: Path, found: dict[str, list[Guess]], unlike: dict[str, str], every: list[Path]) -> Draft:
    lines = [f"# A draft by `workbench draft`: read every line and answer what is marked {DOUBT}.",
             "# What is read of the files and what is refused says: workbench check --data FOLDER",
             f"name: {_flow(_name(folder))}",
             f"timezone: UTC  # {DOUBT} where times without an offset are meant, like Asia/Shanghai",
             f"currency: \"\"  # {DOUBT} of all prices: EUR, CNY, USD, …", "", "tables:"]
    made, doubts, every_part = {}, ["timezone and currency"], [each for parts in found.values() for each in parts]
    for table, parts in found.items():
        made[table] = [*dict.fromkeys(path.relative_to(folder).as_posix() for each in parts for path in each.look.paths)]
        blocks = [_block(folder, each, every, _unused(each, every_part)) for each in parts]
        lines.append(f"  {table}:")
        for first, *rest in blocks:
            lines += [f"    {first}", *(f"    {line}" for line in rest)] if len(blocks) == 1 else [
                f"    - {first}", *(f"      {line}" for line in rest)]
        doubts += dict.fromkeys(f"{table}: {key}: {doubt}" for each in parts for key, doubt in each.doubts.items())
    lines += ["", *(f"# {name}: {_one_line(why)}" for name, why in unlike.items())] if unlike else []
    return Draft("\n".join(lines) + "\n", made, unlike, doubts)


def _block(folder: Path, each: Guess, every: list[Path], unused: list[str]) -> list[str]:
    """What source.yml says of the files of one guess, line by line."""
    lines = [f"files: {_flow(_pattern(folder, each.look, every))}{_doubt(each, 'files')}"]
    lines += [f"{key}: {_flow(value)}" for key, value in each.look.cut.items()]
    lines += [f"{key}: {_flow(value)}{_doubt(each, key)}" for key, value in each.keys.items()
              if key not in ("metrics", "look_up")]
    for key in ("look_up", "metrics"):
        if key in each.keys:
            lines += [f"{key}:{_doubt(each, key)}"]
            lines += [f"  {_flow(name)}: {_flow(_short(said, folder))}" for name, said in each.keys[key].items()]
    lines += ["columns:", *(f"  {column}: {_flow(each.columns[column])}{_doubt(each, column)}"
                            for column in contract(each.table).names if column in each.columns)]
    return [*lines, f"# not used: {', '.join(map(_one_line, unused))}"] if unused else lines


def _unused(of: Guess, found: list[Guess]) -> list[str]:
    """Columns of the file that nothing is made of, said below the last of its tables."""
    same = [each for each in found if each.look.values is of.look.values and each.look.paths == of.look.paths]
    used = set().union(*(each.used for each in same))
    return [name for name in of.look.values if name not in used] if of is same[-1] else []


def _doubt(each: Guess, key: str) -> str:
    return f"  # {DOUBT} {_one_line(each.doubts[key])}" if key in each.doubts else ""


def _short(said, folder: Path):
    """A look-up with ``by`` as one word where both files call the key alike, and its file by name; all else as it is."""
    if not isinstance(said, dict) or "by" not in said:
        return said
    (ours, theirs), = said["by"].items()
    return said | {"by": ours if ours == theirs else said["by"], "files": said["files"].relative_to(folder).as_posix()}


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
