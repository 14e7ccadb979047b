"""Starts worker processes from a warm server: multiprocessing's forkserver, which imports papermill once."""

import multiprocessing
import os
from dataclasses import dataclass
from multiprocessing import forkserver
from pathlib import Path

#: what the server imports before it forks workers and kernels: always the first, the others where used
WARM = {"": ("workbench.run.worker", "ipykernel.kernelapp"), "pandas": ("pandas", "pyarrow.parquet"),
        "torch": ("torch",), "transformers": ("transformers.trainer", "transformers.models.bert.modeling_bert")}

#: what kernels find in their environment: same inputs, same bytes; small figures; no warning after a fork; threads
#: that sleep while they wait: two notebooks share the cores, and spinning threads cost 40 times (DECISIONS.md)
KERNEL = {"PYTHONHASHSEED": "0", "PLOTLY_RENDERER": "plotly_mimetype", "TOKENIZERS_PARALLELISM": "false",
          "OMP_WAIT_POLICY": "PASSIVE"}


@dataclass(frozen=True)
class Task:
    """One notebook to run. ``timeout`` is in seconds, ``home`` the folder its kernel stands in."""

    name: str
    notebook: Path
    executed: Path
    log: Path
    home: Path
    parameters: dict
    timeout: float
    environment: dict


def warm_up(libraries: set[str]) -> None:
    """Start the server; it imports what is worth sharing among kernels that use these libraries."""
    modules = [module for library, names in WARM.items() if not library or library in libraries
               for module in names]
    multiprocessing.set_forkserver_preload(modules)
    before = {name: os.environ.get(name) for name in KERNEL}
    os.environ.update(KERNEL)  # read when the server starts, so for all that is forked from it
    try:
        forkserver.ensure_running()
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def launch(task: Task):
    """Start a worker for the task: its process, and the connection its events come through."""
    events, report = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("forkserver").Process(target=_work, args=(task, report), name=task.name)
    process.start()
    report.close()  # so that the end of the worker is the end of its events
    return process, events


def _work(task: Task, report) -> None:
    from workbench.run.worker import work  # brings papermill; the server has it, the command line needs it not

    work(task, report)
