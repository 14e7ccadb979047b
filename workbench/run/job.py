"""What a run must know of a source and a week, and where its notebooks' outputs lie."""

from dataclasses import dataclass, field
from pathlib import Path

from workbench.run.plan import EARLIER, FINDING, FINDINGS, GIVEN, RAW, Step


@dataclass(frozen=True)
class Job:
    """One week of one source, as the runner sees it.

    Attributes:
        source, week: their names.
        data, files: what notebooks get as parameters ``data`` and, where they have it, ``files``.
        folder: ``reports/<source>/<week>``; models lie in ``models`` beside it.
        offered: raw tables the source offers.
        raw: its raw files; ``settings``: its ``source.yml``.
        environment: what else outside the project decides the outputs, by name, e.g. the fingerprint of a key.
    """

    source: str
    week: str
    data: str
    folder: Path
    offered: frozenset[str] = frozenset()
    raw: tuple[Path, ...] = ()
    settings: Path | None = None
    environment: dict = field(default_factory=dict)
    files: str = ""

    def paths(self, name: str, step: Step) -> list[Path]:
        """The files behind a name of the plan's ``reads`` and ``writes``."""
        if name == RAW:
            return list(self.raw)
        if name == FINDING:
            return [self.finding(step.name)]
        if name == FINDINGS:
            return sorted((self.folder / "findings").glob("*.json"))
        if name.startswith("models/"):
            folder = self.folder.parent / name
            return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        if name.startswith(EARLIER):
            return self._earlier(f"{name.removeprefix(EARLIER)}.parquet")
        if name in GIVEN:
            return [self.folder.parent / f"{name}.parquet"]
        if "." in name:
            return [self.folder / name]
        table = self.folder / "tables" / f"{name}.parquet"  # a folder of files where the table is large
        return sorted(table.glob("[!.]*.parquet")) if table.is_dir() else [table]

    def _earlier(self, table: str) -> list[Path]:
        weeks = sorted(folder for folder in self.folder.parent.glob("????-W??") if folder.name < self.week)
        return [path for folder in weeks if (path := folder / "tables" / table).exists()][-1:]

    def there(self, name: str, step: Step) -> bool:
        """Whether all files behind the name exist, and at least one."""
        paths = self.paths(name, step)
        return bool(paths) and all(path.exists() for path in paths)

    def short(self, path: Path) -> str:
        """A raw file's path from the folder of its ``source.yml``."""
        folder = self.settings.parent if self.settings else self.folder
        return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)

    def finding(self, notebook: str) -> Path:
        """Where the finding of a notebook lies."""
        return self.folder / "findings" / f"{notebook}.json"

    def aside(self, notebook: str) -> Path:
        """Where its finding waits while the last run of the week did not come to the notebook: no report takes it."""
        return self.folder / ".runs" / "findings" / f"{notebook}.json"

    def executed(self, notebook: str) -> Path:
        """Where the executed notebook lies."""
        return self.folder / "notebooks" / f"{notebook}.ipynb"

    def log(self, notebook: str) -> Path:
        """Where what its processes print outside of cells is kept."""
        return self.folder / "logs" / f"{notebook}.log"

    def remembered(self, step: Step) -> Path:
        """Where the last good run of a step is remembered."""
        folder = self.folder.parent if step.lasts == "source" else self.folder
        return folder / ".runs" / f"{step.name}.json"
