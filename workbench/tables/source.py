"""A source: one shop's raw files, found where they lie, and what its ``source.yml`` says about them."""

from dataclasses import dataclass, field
from pathlib import Path

from workbench import paths
from workbench.engine import Engine
from workbench.errors import SourceError, did_you_mean
from workbench.tables.contracts import RAW_NAMES
from workbench.tables.rules import LookUp, TableRule
from workbench.tables.settings import load_settings


@dataclass(frozen=True)
class Part:
    """Files of one kind that fill a table, or a part of it.

    Attributes:
        rule: how they are read. ``beside``: the files of each of its look-ups, in their order.
        first: place of the first of ``files`` among all files of the table.
    """

    rule: TableRule
    files: tuple[Path, ...]
    beside: tuple[tuple[Path, ...], ...] = ()
    first: int = 0


@dataclass(frozen=True)
class Source:
    """One shop's files.

    Attributes:
        name: safe as a folder's name; reports lie in ``reports/<name>``.
        folder: where the raw files lie.
        tables: the parts of each raw table, as ``source.yml`` says; a table without files is not in it.
        absent: tables that ``source.yml`` describes and of which no file is there, each with the names looked for.
        settings: path of the ``source.yml``.
        engine: where its behaviour tables are computed.
    """

    name: str
    folder: Path
    timezone: str = "UTC"
    currency: str = ""
    title: str = ""
    tables: dict[str, tuple[Part, ...]] = field(default_factory=dict)
    absent: dict[str, tuple[str, ...]] = field(default_factory=dict)
    settings: Path | None = None
    engine: Engine = field(default_factory=Engine)

    @property
    def offered(self) -> frozenset[str]:
        """The raw tables whose files are there."""
        return frozenset(self.tables)

    @property
    def raw_files(self) -> list[Path]:
        """All files found, each once, in order."""
        return sorted({path for name in self.tables for path in self.files_of(name)})

    @property
    def rules(self) -> dict[Path, TableRule]:
        """How each raw file is read; of one that is read several times the last of them."""
        return {path: rule for parts in self.tables.values() for part in parts for rule, found in zip(
            (part.rule, *(look.rule for look in part.rule.look_up)), (part.files, *part.beside), strict=True)
            for path in found}

    def own_files(self, table: str) -> tuple[Path, ...]:
        """The files whose rows are the table's, part by part."""
        return tuple(path for part in self.tables[table] for path in part.files)

    def files_of(self, table: str) -> tuple[Path, ...]:
        """The table's own files, and behind them those of its look-ups."""
        return (*self.own_files(table),
                *(path for part in self.tables[table] for found in part.beside for path in found))

    @property
    def notes(self) -> list[str]:
        """What ``source.yml`` describes and is not there, a sentence a table."""
        return [f"No table {name}: no file {', '.join(patterns)} lies in {self.folder}."
                for name, patterns in self.absent.items()]

    def short(self, path: Path) -> str:
        """A raw file's path from the folder of the files."""
        return path.relative_to(self.folder).as_posix()


def load_source(data: str, files: str | None = "") -> Source:
    """Open a source.

    Args:
        data: its name (``data/<name>`` or ``data/examples/<name>``) or any folder that holds a ``source.yml``.
        files: the folder in which the raw files lie; empty: where ``source.yml`` says, else beside it; None: they
            are not looked for (whoever reads only tables needs no files).

    Raises:
        SourceError: no such source, ``source.yml`` breaks a rule, or no file it names is there.
    """
    settings_path = _find(data)
    settings = load_settings(settings_path)
    folder = Path(files).expanduser() if files else settings_path.parent / Path(settings.folder).expanduser()
    if files is None:
        return Source(settings.name, folder, settings.timezone, settings.currency, settings.title, settings=settings_path,
                      engine=settings.engine)
    if not folder.is_dir():
        raise SourceError(f"there is no folder {folder} for the files of {data!r}; say where they lie with --files")
    folder = folder.resolve()
    found = {table: parts for table, rules in settings.tables.items()
             if (parts := _parts(folder, rules, f"{settings_path}: tables: {table}"))}
    if not found:
        patterns = ", ".join(dict.fromkeys(name for rules in settings.tables.values() for name in _named(rules)))
        there = ", ".join(sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))[:10])
        raise SourceError(f"none of the files of {data!r} lies in {folder}: it looks for {patterns}, and there lie {there}. "
                          f"Say where they are with --files FOLDER (in a notebook: files = \"FOLDER\"), or mend "
                          f"{settings_path}")
    return Source(settings.name, folder, settings.timezone, settings.currency, settings.title,
                  found, {name: _named(rules) for name, rules in settings.tables.items() if name not in found},
                  settings_path, settings.engine)


def _named(rules: tuple[TableRule, ...]) -> tuple[str, ...]:
    return tuple(name for rule in rules for name in rule.files)


def _find(data: str) -> Path:
    if not data:
        raise SourceError("no source is named; give a name under data/ or a folder with a source.yml")
    places = [place := Path(data).expanduser()]
    if not place.is_absolute():
        places += [paths.project() / "data" / part for part in (data, f"examples/{data}")]
    for folder in places:
        if (folder / "source.yml").is_file():
            return (folder / "source.yml").resolve()
    names = sorted(path.parent.name for pattern in ("data/*/source.yml", "data/examples/*/source.yml")
                   for path in paths.project().glob(pattern))
    if place.is_file():
        raise SourceError(f"{data!r} is a file; give the folder in which its source.yml lies: {place.parent}")
    raise SourceError(f"no source {data!r}: no source.yml in {', '.join(map(str, places))};{did_you_mean(data, names)} "
                      f"Give one of {', '.join(names)}, or a folder with a source.yml: 'workbench draft FOLDER' "
                      f"writes a first one, data/README.md says all (its tables are {', '.join(RAW_NAMES)})")


def _parts(folder: Path, rules: tuple[TableRule, ...], where: str) -> tuple[Part, ...]:
    """The parts of a table; none where no file of any is there."""
    places = [where] if len(rules) == 1 else [f"{where}: part {place}" for place in range(1, len(rules) + 1)]
    files = [_matches(folder, rule.files, place) for rule, place in zip(rules, places, strict=True)]
    if not any(files):
        return ()
    parts, first = [], 0
    for rule, place, own in zip(rules, places, files, strict=True):
        if not own:
            raise SourceError(f"{place}: no file {', '.join(rule.files)} lies in {folder}, while other parts are there; a "
                              "table of which a part is missing would mislead. Bring the files or take the part out")
        beside = tuple(_there(folder, look, f"{place}: look_up: {look.name}") for look in rule.look_up)
        parts.append(Part(rule, own, beside, first))
        first += len(own)
    return tuple(parts)


def _there(folder: Path, look: LookUp, where: str) -> tuple[Path, ...]:
    found = _matches(folder, look.rule.files, where)
    if not found:
        raise SourceError(f"{where}: no file {', '.join(look.rule.files)} lies in {folder}, and rows of the table need it; "
                          "bring the file, or take the look-up out")
    return found


def _matches(folder: Path, patterns: tuple[str, ...], where: str) -> tuple[Path, ...]:
    # As in a shell, a pattern finds no hidden file (.~lock.orders.csv#, ._orders.csv), nor one of a workbook that is open.
    found = {pattern: [path for path in folder.glob(pattern)
                       if path.is_file() and not path.name.startswith((".", "~$"))] for pattern in patterns}
    for pattern in patterns:
        if (folder / pattern).is_dir():
            raise SourceError(f"{where}: 'files' names {pattern}, which is a folder; name the files in it, like "
                              f"'{pattern}/*.parquet'")
    empty = [pattern for pattern, matches in found.items() if not matches]
    if empty and len(empty) < len(patterns):
        raise SourceError(f"{where}: 'files' names {', '.join(empty)}, which is not in {folder}, while others are; a "
                          "table of which a part is missing would mislead. Bring the file or take its name out")
    return tuple(sorted({path for matches in found.values() for path in matches}))
