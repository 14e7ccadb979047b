"""A kernel never outlives its notebook, nor keeps the process that started it from ending."""

import os
import subprocess
import sys
import textwrap
import time

import nbformat


def test_a_worker_interrupted_while_its_kernel_starts_ends_it_and_itself(project, tmp_path):
    project.notebook("10_one", "1")
    script = tmp_path / "go.py"
    script.write_text(textwrap.dedent(f"""
        import multiprocessing, os
        from pathlib import Path
        from workbench.run.kernel import ForkingProvisioner
        from workbench.run.launch import Task
        from workbench.run.worker import work

        launch_kernel = ForkingProvisioner.launch_kernel

        async def interrupted(self, cmd, **options):
            await launch_kernel(self, cmd, **options)
            Path("kernel.pid").write_text(str(self.pid))
            raise KeyboardInterrupt

        def worker(report):
            ForkingProvisioner.launch_kernel = interrupted
            here = Path({str(tmp_path)!r})
            work(Task("10_one", Path({str(project.notebooks)!r}) / "10_one.ipynb", here / "done.ipynb", here / "log",
                      here, {{}}, 60.0, dict(os.environ)), report)

        if __name__ == "__main__":
            events, report = multiprocessing.Pipe(duplex=False)
            process = multiprocessing.get_context("fork").Process(target=worker, args=(report,))
            process.start()
            report.close()
            process.join()
    """))
    subprocess.run([sys.executable, script], cwd=tmp_path, timeout=90, check=True, capture_output=True)
    kernel = int((tmp_path / "kernel.pid").read_text())
    until = time.monotonic() + 30
    while os.path.exists(f"/proc/{kernel}") and time.monotonic() < until:
        time.sleep(0.1)
    assert not os.path.exists(f"/proc/{kernel}")


def test_nothing_is_lost_while_the_reader_of_outputs_is_late(project):
    """ZeroMQ would keep 1,000 messages and drop the rest: outputs, and that the cell has ended."""
    project.notebook("10_flood", "import multiprocessing, os, signal, time\nreader = multiprocessing.parent_process().pid",
                     "os.kill(reader, signal.SIGSTOP)\nfor i in range(5000):\n    display(i)\ntime.sleep(1)\n"
                     "os.kill(reader, signal.SIGCONT)", timeout=300)
    entry = project.run()["10_flood"]
    assert entry["status"] == "done", entry
    shown = nbformat.read(project.week / "notebooks" / "10_flood.ipynb", as_version=4).cells[-1].outputs
    assert [output["data"]["text/plain"] for output in shown] == [str(i) for i in range(5000)]
