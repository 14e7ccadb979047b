"""Where things lie: the project's folder, its reports, the local secrets."""

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path


def project() -> Path:
    """The folder that holds ``notebooks`` and ``workbench``.

    ``WORKBENCH_HOME`` names it; else the first such folder upward from where the process stands
    (papermill's kernels stand where the command ran, JupyterLab's in ``notebooks``); else the checkout
    this package was installed from.
    """
    if home := os.environ.get("WORKBENCH_HOME"):
        return Path(home).resolve()
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / "notebooks").is_dir() and (folder / "workbench" / "__init__.py").is_file():
            return folder
    return Path(__file__).resolve().parent.parent


def reports() -> Path:
    """The folder of all reports: ``WORKBENCH_REPORTS``, else ``reports`` in the project."""
    return Path(os.environ.get("WORKBENCH_REPORTS") or project() / "reports").resolve()


def secrets() -> Path:
    """The folder of local keys, outside every checkout: ``$XDG_CONFIG_HOME/workbench``."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "workbench"


def kept(table: Path) -> Path:
    """The mark beside a table that a run found finished and kept: as new as that run, which vouches for the table by it.

    >>> kept(Path("tables/events.parquet")).as_posix()
    'tables/.events.kept'
    """
    return table.with_name(f".{table.stem}.kept")


@contextmanager
def alone(path: Path):
    """Hold ``path`` while it is read, changed and written back; another process that asks for it waits its turn."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.stem}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def replacing(path: Path):
    """Yield a path beside ``path`` to write to; rename it onto ``path`` if the block ends well.

    Nothing half-written is left behind.

    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with replacing(target) as beside:
    ...     _ = beside.write_text("whole")
    >>> target.read_text()
    'whole'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
