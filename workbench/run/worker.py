"""A worker process: runs one notebook through papermill and tells its parent how it goes."""

import logging
import os
import signal
import sys
import time
from pathlib import Path

import papermill
from papermill.exceptions import PapermillExecutionError

from workbench.run.engine import NAME, NotebookFailed, count_cells
from workbench.run.kernel import LOG, WarmKernelManager, die_with_parent, end_kernels
from workbench.run.launch import Task
from workbench.run.secrets import hide


def work(task: Task, report) -> None:
    """Run the notebook; send ``("cell", done, total)`` and at last ``("end", result)`` through ``report``.

    The result holds ``status``, ``reason``, ``seconds``, ``cells`` and, of a failed notebook, ``error``.
    """
    os.setpgrp()  # Ctrl-C in the terminal is the parent's to handle; it stops this process by SIGTERM
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    die_with_parent()
    os.environ.clear()
    os.environ.update(task.environment)
    _redirect(task.log)
    os.chdir(task.home)
    start = time.monotonic()
    result = {"status": "done", "reason": "", "cells": {}}
    try:
        papermill.execute_notebook(
            task.notebook, None, task.parameters, engine_name=NAME, language="python", progress_bar=False,
            kernel_manager_class=WarmKernelManager, save_to=task.executed, timeout=task.timeout,
            on_cell=lambda done, total: report.send(("cell", done, total)),
            clean=hide)
    except PapermillExecutionError:
        pass  # an error that a cell tagged raises-exception may show; the engine raises for all others
    except NotebookFailed as failure:
        result.update(status="failed", reason=failure.reason, error=failure.error)
    except Exception as failure:  # the kernel did not start, or its notebook cannot be read or written
        logging.exception("the notebook could not be run")
        error = {"cell": None, "source": "", "ename": type(failure).__name__,
                 "evalue": hide(str(failure)), "traceback": f"see {task.log.name}"}
        result.update(status="failed", reason="not started", error=error)
    finally:
        end_kernels()
    if task.executed.exists():
        import nbformat

        result["cells"] = count_cells(nbformat.read(task.executed, as_version=4))
    report.send(("end", result | {"seconds": round(time.monotonic() - start, 2)}))


def _redirect(log: Path) -> None:
    """What this process and its kernel print outside of cells goes into the notebook's log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ[LOG] = str(log)
    sys.stdout = sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    logging.basicConfig(level=logging.WARNING)
