"""A papermill engine that tells the truth: which cell failed, why, and which cells never ran.

papermill 2.7 marks every cell ``completed`` after a timeout or a killed kernel, and writes the whole notebook
after every cell, which is quadratic in the size of its outputs. This engine does neither.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbclient.output_widget import OutputWidget
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines

from workbench import paths
from workbench.errors import RunError

NAME = "workbench"
SAVING = 0.05  # at most this share of the time goes into saving a notebook that is still running
QUIET = 5.0  # seconds: a running notebook is not saved more often
LATE = 120  # seconds the outputs of a finished cell may take to arrive; on a loaded machine papermill's 4 are few

REASONS = {CellExecutionError: "exception", CellTimeoutError: "timeout", DeadKernelError: "kernel died",
           KeyboardInterrupt: "interrupted"}


class NotebookFailed(RunError):
    """A notebook did not reach its end. ``reason`` is one of :data:`REASONS`; ``error`` says where and how."""

    def __init__(self, reason: str, error: dict):
        super().__init__(f"{reason}: {error['ename']}: {error['evalue']}")
        self.reason, self.error = reason, error


class WorkbenchEngine(NBClientEngine):
    """Runs a notebook up to its first failure; afterwards its file says truly how far it came."""

    @classmethod
    def execute_notebook(cls, nb, kernel_name, output_path=None, *, save_to: Path, timeout: float,
                         on_cell: Callable, clean: Callable, **options):
        """Execute ``nb`` in at most ``timeout`` seconds and save it at ``save_to``.

        ``on_cell(done, total)`` is called before each code cell; ``clean(text)`` hides secrets in errors.

        Raises:
            NotebookFailed: an exception, the timeout, a dead kernel or an interrupt; the notebook is saved.
        """
        manager = TrueStatus(nb, save_to, on_cell)
        deadline = time.monotonic() + timeout
        options = {key: options[key] for key in ("kernel_manager_class",) if key in options}
        client = StrictClient(manager, kernel_name=kernel_name, startup_timeout=60, record_timing=False, iopub_timeout=LATE,
                              timeout_func=lambda cell: max(0.1, deadline - time.monotonic()), **options)
        manager.notebook_start()
        try:
            client.execute()
        except tuple(REASONS) as failure:
            reason = next(word for kind, word in REASONS.items() if isinstance(failure, kind))
            error = describe(failure, manager, timeout, clean)
            manager.fail(reason)
            raise NotebookFailed(reason, error) from None
        finally:
            manager.notebook_complete()
        return nb


class QuietOutput(OutputWidget):
    """Keeps an output widget's outputs without telling the kernel.

    nbclient answers every output to the kernel, which reads no answer before the cell ends: a progress bar of ten minutes
    fills the queue, the client blocks in the middle of sending and loses the end of the cell.
    """

    def sync_state(self) -> None:
        """Nobody asks the kernel for it in a headless run."""


class StrictClient(PapermillNotebookClient):
    """Stops at the first cell that does not end well, whatever the cause."""

    def __init__(self, *positional, **options):
        super().__init__(*positional, **options)
        self.widget_registry = {"@jupyter-widgets/output": {"OutputModel": QuietOutput}}

    def papermill_execute_cells(self):
        """Execute the cells in order; whatever stops one stops all."""
        for index, cell in enumerate(self.nb.cells):
            self.nb_man.cell_start(cell, index)
            try:
                self.execute_cell(cell, index)
            except BaseException:
                self.nb_man.cell_exception(cell, index)
                raise
            self.nb_man.cell_complete(cell, index)


class TrueStatus(NotebookExecutionManager):
    """Keeps status and file of a running notebook. Cells that never ran stay ``pending``."""

    def __init__(self, nb, save_to: Path, on_cell: Callable):
        super().__init__(nb, progress_bar=False, autosave_cell_every=0)
        self.save_to, self.on_cell = save_to, on_cell
        self.code = [cell for cell in nb.cells if cell.cell_type == "code"]
        self.running, self.saved, self.cost = None, time.monotonic(), 0.0

    def cell_start(self, cell, cell_index=None, **_):
        """Note that the cell runs, and tell who watches."""
        self.running = cell_index
        if cell.cell_type == "code":
            self.on_cell(sum(map(_completed, self.code)), len(self.code))
        super().cell_start(cell, cell_index)

    def fail(self, reason: str):
        """Note why the notebook stopped."""
        self.nb.metadata.papermill.update(status="failed", reason=reason, exception=True)

    def notebook_complete(self, **_):
        """Note the end; write the notebook whole."""
        self.end_time = self.now()
        self.nb.metadata.papermill.update(end_time=self.end_time.isoformat(),
                                          duration=(self.end_time - self.start_time).total_seconds())
        self.nb.metadata.papermill.setdefault("status", "done")
        self._write()

    def save(self, **_):
        """Write the notebook, unless that was done a moment ago or takes too much of the time."""
        if time.monotonic() - self.saved > max(QUIET, self.cost / SAVING):
            self._write()

    def _write(self):
        start = time.monotonic()
        with paths.replacing(self.save_to) as beside:
            nbformat.write(self.nb, beside)
        self.saved = time.monotonic()
        self.cost = self.saved - start


def count_cells(nb) -> dict[str, int]:
    """How many code cells completed, failed, and never ran."""
    states = [cell.metadata.papermill["status"] for cell in nb.cells if cell.cell_type == "code"]
    return {"completed": states.count("completed"), "failed": states.count("failed"),
            "not run": states.count("pending")}


def describe(failure: BaseException, manager: TrueStatus, timeout: float, clean: Callable) -> dict:
    """The failing cell, and the error's name, value and traceback, without colours and secrets."""
    index = manager.running
    source = manager.nb.cells[index].source if index is not None else ""
    outputs = manager.nb.cells[index].get("outputs", []) if index is not None else []
    raised = next((output for output in outputs if output.output_type == "error"), None)
    if isinstance(failure, CellTimeoutError):
        late = "IOPub" in str(failure)
        raised = {"ename": "Timeout", "evalue": f"the outputs of a finished cell did not arrive in {LATE} seconds" if late
                  else f"the notebook took longer than its {timeout:g} seconds; if it was at work, raise its timeout in "
                  "notebooks/weekly.yml"}
    elif isinstance(failure, DeadKernelError):
        raised = {"ename": "KernelDied", "evalue": "the kernel's process ended; often it ran out of memory"}
    elif raised is None:
        raised = {"ename": type(failure).__name__, "evalue": str(failure)}
    elif isinstance(failure, CellExecutionError):
        raised.update(evalue=clean(raised["evalue"]), traceback=[clean(line) for line in raised["traceback"]])
    trace = _COLOUR.sub("", clean("\n".join(raised.get("traceback", []))))
    return {"cell": index, "source": clean(source), "ename": raised["ename"],
            "evalue": clean(raised["evalue"]), "traceback": trace}


def _completed(cell) -> bool:
    return cell.metadata.papermill["status"] == "completed"


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

papermill_engines.register(NAME, WorkbenchEngine)
