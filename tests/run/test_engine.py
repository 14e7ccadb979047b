"""The engine: true statuses after an exception, a timeout and a killed kernel; saving that is not quadratic."""

import ast
import os
import time

import nbformat
import pytest

from workbench.run.engine import TrueStatus


def statuses(book):
    return [cell.metadata.papermill.status for cell in book.cells if cell.cell_type == "code"]


def test_all_is_well(project):
    project.notebook("10_good", "top_n * 2", "print(sku)")
    entry = project.run()["10_good"]
    assert (entry["status"], entry["kernel_started"]) == ("done", True)
    assert entry["cells"] == {"completed": 5, "failed": 0, "not run": 0}  # with the injected parameters
    book = project.executed("10_good")
    assert book.metadata.papermill.status == "done"
    assert book.cells[3].outputs[0]["data"]["text/plain"] == "20"


@pytest.mark.parametrize("cell, timeout, reason, ename", [
    ("1 / 0", 60, "exception", "ZeroDivisionError"),
    ("import time\ntime.sleep(60)", 4, "timeout", "Timeout"),
    ("import os\nos.kill(os.getpid(), 9)", 60, "kernel died", "KernelDied"),
])
def test_the_failing_cell_failed_and_the_rest_never_ran(project, cell, timeout, reason, ename):
    project.notebook("10_bad", "fine = 1", cell, "never = 1", "never = 2", timeout=timeout)
    entry = project.run()["10_bad"]
    assert (entry["status"], entry["reason"]) == ("failed", reason)
    assert entry["cells"] == {"completed": 4, "failed": 1, "not run": 2}
    assert (entry["error"]["cell"], entry["error"]["source"]) == (4, cell)
    assert entry["error"]["ename"] == ename
    book = project.executed("10_bad")
    assert statuses(book) == ["completed"] * 4 + ["failed"] + ["pending"] * 2
    assert (book.metadata.papermill.status, book.metadata.papermill.reason) == ("failed", reason)
    assert len(book.cells) == 7, "no error marker is put among the cells"


def test_the_timeout_is_of_the_whole_notebook(project):
    project.notebook("10_slow", *["import time\ntime.sleep(1.5)"] * 6, timeout=5)
    start = time.monotonic()
    assert project.run()["10_slow"]["reason"] == "timeout"
    assert time.monotonic() - start < 20


def test_a_traceback_shows_no_secret(project, monkeypatch):
    monkeypatch.setenv("SHOP_TOKEN", "tok-1234567")
    project.notebook("10_leak", "import os\nraise ValueError(os.environ['SHOP_TOKEN'] + ' and more')")
    entry = project.run()["10_leak"]
    assert entry["error"]["evalue"] == "[hidden] and more"
    for text in (str(project.record()), (project.week / "notebooks" / "10_leak.ipynb").read_text()):
        assert "tok-1234567" not in text
    assert "\x1b[" not in entry["error"]["traceback"]


def test_a_string_stays_a_string(project):
    project.notebook("10_types", "assert sku == '00123', sku", "assert top_n == 20, top_n")
    entry = project.run(parameters={"10_types": {"sku": "00123", "top_n": "20"}})["10_types"]
    assert entry["status"] == "done"
    assert entry["command"].endswith("-p sku 00123 -p top_n 20")


def test_the_kernel_stands_in_the_project_and_listens_to_no_network(project):
    project.notebook("10_place", "import os\nfrom ipykernel.kernelapp import IPKernelApp",
                     "(os.getcwd(), IPKernelApp.instance().transport)")
    project.run()
    said = project.executed("10_place").cells[-1].outputs[0]["data"]["text/plain"]
    assert ast.literal_eval(said) == (str(project.folder), "ipc")


def test_a_cell_that_may_raise_does_not_fail_the_notebook(project):
    project.notebook("10_shown", "1 / 0")
    path = project.notebooks / "10_shown.ipynb"
    book = nbformat.read(path, as_version=4)
    book.cells[-1].metadata.tags = ["raises-exception"]
    nbformat.write(book, path)
    assert project.run()["10_shown"]["status"] == "done"


def test_saving_takes_a_small_share_of_the_time(tmp_path, monkeypatch):
    clock, writes = [0.0], []
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(nbformat, "write", lambda _, path: (path.touch(), writes.append(clock[0]),
                                                            clock.__setitem__(0, clock[0] + 1.0)))
    status = TrueStatus(nbformat.v4.new_notebook(metadata={"papermill": {}}), tmp_path / "n.ipynb", print)
    for _ in range(1000):  # a save that takes a second is asked for every tenth of a second
        clock[0] += 0.1
        status.save()
    assert 4 <= len(writes) <= 7
    assert os.listdir(tmp_path) == ["n.ipynb"]


def test_outputs_that_never_arrive_are_told_from_a_slow_notebook(tmp_path):
    """papermill gives a finished cell 4 seconds for its outputs; a loaded machine needs more, and the words must be true."""
    from nbclient.exceptions import CellTimeoutError

    from workbench.run.engine import LATE, TrueStatus, describe

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    manager = TrueStatus(notebook, tmp_path / "x.ipynb", lambda *_: None)
    manager.running = 0
    late, slow = (describe(CellTimeoutError.error_from_timeout_and_cell(words, 9, notebook.cells[0]), manager, 9, str)
                  for words in ("Timeout waiting for IOPub output", "Cell execution timed out"))
    assert late["evalue"] == f"the outputs of a finished cell did not arrive in {LATE} seconds"
    assert slow["evalue"] == ("the notebook took longer than its 9 seconds; if it was at work, raise its timeout in "
                              "notebooks/weekly.yml")


def test_a_long_progress_bar_does_not_block_its_notebook(project):
    """8,000 outputs in a widget are ten minutes of rich's bar; answered one by one they blocked the client."""
    project.notebook("10_bar", "import ipywidgets\nshown = ipywidgets.Output()\nshown",
                     "with shown:\n    for i in range(8000):\n        shown.clear_output(wait=True)\n        print(i)",
                     timeout=900)
    entry = project.run()["10_bar"]
    assert entry["status"] == "done", entry
