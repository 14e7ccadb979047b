"""The record of a run, ``run.json``: what ran, on what, how it ended, and the command that repeats it."""

import datetime as dt
import json
import shlex
import subprocess
import time
from importlib import metadata
from pathlib import Path

import workbench
from workbench import paths
from workbench.errors import RunError
from workbench.run.fingerprint import Hashes, versions
from workbench.run.job import Job

RECORD = "run.json"
GOOD = ("done", "unchanged")
EMPTY = {"status": "not run", "reason": "", "seconds": 0.0, "cells": {}, "kernel_started": False,
         "parameters": {}, "reads": {}, "writes": {}}


class Record:
    """What is known of a run, written whole to ``run.json`` after every change.

    ``scope`` names the notebooks of this run; another keeps the entry and the finding of an earlier run.
    ``notebooks`` holds an entry for each notebook: ``status`` (``done``, ``unchanged``, ``failed``,
    ``not run``, ``switched off``, or ``running``), ``reason``, ``seconds`` its last run took, ``cells`` by
    state, ``kernel_started``, ``parameters``, ``reads`` and ``writes`` with hashes, ``command``, and
    ``error`` of a failed one.
    """

    def __init__(self, job: Job, hashes: Hashes, scope: list[str]):
        self.job, self.path = job, job.folder / RECORD
        self.clock = time.monotonic()
        inputs = [*([job.settings] if job.settings else []), *job.raw]
        self.run = {
            "source": job.source, "week": job.week, "started": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "seconds": 0.0, "scope": list(scope), **_git(), "versions": _versions(),
            "inputs": {job.short(path): hashes.file(path) for path in inputs},
            "notebooks": self._earlier(),
        }

    @property
    def notebooks(self) -> dict[str, dict]:
        """The entries by notebook."""
        return self.run["notebooks"]

    def note(self, name: str, given: dict | None = None, **fields) -> dict:
        """Set the entry of a notebook: ``fields`` over an empty one. ``given`` parameters go in its command."""
        self.notebooks[name] = EMPTY | {"command": command(self.job, name, given or {})} | fields
        self.write()
        return self.notebooks[name]

    def write(self) -> None:
        """Write ``run.json`` whole."""
        self.run["seconds"] = round(time.monotonic() - self.clock, 2)
        self.run["notebooks"] = dict(sorted(self.notebooks.items()))
        with paths.replacing(self.path) as beside:
            beside.write_text(json.dumps(self.run, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    def _earlier(self) -> dict:
        """Entries of the run before; a notebook that is not part of this run keeps its own."""
        entries = read_record(self.path).get("notebooks", {})
        for entry in entries.values():
            if entry["status"] == "running":  # nothing else works on the week, so that run was killed
                entry |= {"status": "not run", "reason": "its run was killed", "kernel_started": True}
        return entries


def read_record(path: Path) -> dict:
    """What a ``run.json`` holds, its entries whole; nothing where no run was recorded.

    Raises:
        RunError: it is damaged.
    """
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        return run | {"notebooks": {name: EMPTY | entry for name, entry in run["notebooks"].items()}}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(f"{path} is damaged ({error!r}); move it away and run again: it only records runs") from None


def command(job: Job, notebook: str, given: dict) -> str:
    """The command that runs a notebook again with the same parameters."""
    words = ["python", "-m", "workbench", "run", notebook, "--data", job.data, "--week", job.week]
    words += ["--files", job.files] if job.files else []
    for name, value in given.items():
        words += ["-p", name, value if isinstance(value, str) else repr(value)]
    return shlex.join(words)


def _versions() -> dict[str, str]:
    return versions() | {"papermill": metadata.version("papermill"), "workbench": workbench.__version__}


def _git() -> dict:
    def git(*words):
        return subprocess.run(["git", "-C", paths.project(), *words], capture_output=True, text=True, check=True).stdout

    try:
        return {"git_commit": git("rev-parse", "HEAD").strip(), "dirty": bool(git("status", "--porcelain").strip())}
    except (OSError, subprocess.CalledProcessError):
        return {"git_commit": None, "dirty": None}  # not a checkout: the report says so
