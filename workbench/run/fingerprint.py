"""What decides the outputs of a notebook, as hashes and values; and in words, why it must run again."""

import hashlib
import json
import platform
import time
from importlib import metadata
from pathlib import Path

from workbench import paths, sealed
from workbench.run.closure import code_files
from workbench.run.job import Job
from workbench.run.parameters import code_of, load_cells
from workbench.run.plan import FINDINGS, RAW, Step

#: packages whose version decides results
PACKAGES = ("duckdb", "ibis-framework", "numpy", "pandas", "plotly", "pyarrow", "rjieba", "scikit-learn", "scipy",
            "statsmodels", "tea-tasting", "torch", "transformers")
SETTLED = 2.0  # seconds: a file changed more recently is hashed again, its time stamp may not tell
SHORT = 16  # characters of SHA-256 kept


class Hashes:
    """SHA-256 of files, each read once; those of large files are remembered by size and modification time."""

    LARGE = 1 << 20  # bytes

    def __init__(self, memory: Path | None = None):
        self.memory = memory
        self.known, self.learnt = _remembered(memory), False

    def file(self, path: Path) -> str:
        """16 characters of the file's SHA-256, or ``missing``."""
        try:
            stat = path.stat()
        except FileNotFoundError:
            return "missing"
        key, stamp = str(path), [stat.st_size, stat.st_mtime_ns]
        if self.known.get(key, [])[:2] == stamp:
            return self.known[key][2]
        digest = _digest(path)[:SHORT]
        if stat.st_size >= self.LARGE and time.time() - stat.st_mtime > SETTLED:
            self.known[key], self.learnt = [*stamp, digest], True
        return digest

    def files(self, files: list[Path]) -> str:
        """One hash of several files and their names; that of a single file is its own."""
        if len(files) == 1:
            return self.file(files[0])
        lines = "".join(f"{path.name} {self.file(path)}\n" for path in files)
        return hashlib.sha256(lines.encode()).hexdigest()[:SHORT] if files else "missing"

    def save(self) -> None:
        """Keep what was learnt for the next run."""
        if self.memory and self.learnt:
            with paths.replacing(self.memory) as beside:
                beside.write_text(json.dumps(self.known, indent=0))


def _digest(path: Path) -> str:
    if path.suffix == ".parquet" and sealed.is_sealed(path):
        return sealed.digest(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remembered(memory: Path | None) -> dict:
    try:
        known = json.loads(memory.read_text()) if memory and memory.exists() else {}
        return known if all(len(stamped) == 3 for stamped in known.values()) else {}
    except (ValueError, TypeError, AttributeError):
        return {}  # a damaged memory saves no time; the files are read again


def fingerprint(job: Job, step: Step, parameters: dict, hashes: Hashes, states: dict) -> dict:
    """All that decides the step's outputs, as plain JSON values, grouped by what a reader would call it.

    ``states`` names the steps that did not end well; it counts for a step that reads all findings.
    """
    cells = load_cells(step.notebook)
    sources = [cell["source"] for cell in cells]
    settings = [job.settings] if job.settings else []
    raw = [*settings, *(job.raw if RAW in step.reads else ())]
    once = {"week"} if step.lasts == "source" else set()
    return {
        "notebook": hashlib.sha256("\0".join(sources).encode()).hexdigest()[:SHORT],
        "parameters": {name: value for name, value in sorted(parameters.items()) if name not in once},
        "raw": {job.short(path): hashes.file(path) for path in raw},
        "reads": {name: hashes.files(job.paths(name, step)) for name in step.takes if name != RAW},
        "code": {name: hashes.file(path) for name, path in code_files(code_of(cells)).items()},
        "versions": versions(),
        "environment": dict(sorted(job.environment.items())),
        "states": dict(sorted(states.items())) if FINDINGS in step.reads else {},
    }


def versions() -> dict[str, str]:
    """Version of Python and of each package that decides results; those not installed are left out."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def differences(old: dict, new: dict) -> list[str]:
    """In words, what of two fingerprints differs; empty where nothing does.

    >>> a = {"notebook": "1", "parameters": {"top_n": 10}, "raw": {}, "reads": {"reviews": "x"}, "code": {},
    ...      "versions": {}, "environment": {}}
    >>> differences(a, {**a, "parameters": {"top_n": 20}, "reads": {"reviews": "y"}})
    ['parameter top_n was 10, is 20', 'table reviews changed']
    """
    words = ["the notebook changed"] if old.get("notebook") != new["notebook"] else []
    for group, word in _WORDS.items():
        was, now = old.get(group, {}), new.get(group, {})
        changed = [word(name, was.get(name), now.get(name)) for name in sorted({*was, *now})
                   if was.get(name) != now.get(name)]
        words += changed[:3] + ([f"and {len(changed) - 3} more of this kind"] if len(changed) > 3 else [])
    return words


def _change(what: str, name: str, was, now) -> str:
    if was in (None, "missing"):
        return f"{what} {name} is new"
    return f"{what} {name} is gone" if now in (None, "missing") else f"{what} {name} changed"


def _read(name: str, was, now) -> str:
    if name == "findings":
        return "findings changed"
    what, _, short = name.rpartition("/")
    return _change("model" if what == "models" else "table", short, was, now)


_WORDS = {
    "parameters": lambda name, was, now: f"parameter {name} was {was!r}, is {now!r}",
    "raw": lambda name, was, now: _change("raw file", Path(name).name, was, now),
    "reads": _read,
    "code": lambda name, was, now: _change("code", name, was, now),
    "versions": lambda name, was, now: f"{name} was {was}, is {now}",
    "environment": lambda name, was, now: _change("", name, was, now).strip(),
    "states": lambda name, was, now: f"{name} was {was or 'done'}, is {now or 'done'}",
}
