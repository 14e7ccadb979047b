"""Kernels that start warm: forked from a server process that has already imported what notebooks import.

Importing torch and transformers' Trainer takes 7 seconds of a core; a forked kernel shares them at once. The
server is multiprocessing's own; kernels talk through files only this user can open (ipc). ipykernel besides listens on
127.0.0.1 for what processes started in a cell print; nothing listens on the network.
"""

import multiprocessing
import os
import signal
import tempfile
import threading
from pathlib import Path

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner

LOG = "WORKBENCH_KERNEL_LOG"  # the file that takes what a kernel prints outside of cells


class WarmKernelManager(AsyncKernelManager):
    """Starts its kernel through :class:`ForkingProvisioner`, listening on ipc sockets."""

    def __init__(self, **options):
        super().__init__(**options)
        self.context.rcvhwm = 0  # of its clients' sockets: see serve
        self._folder = tempfile.TemporaryDirectory(prefix="workbench-")
        self.transport = "ipc"
        self.connection_file = str(Path(self._folder.name) / "kernel.json")
        self.ip = str(Path(self._folder.name) / "kernel")

    async def _async_pre_start_kernel(self, **options):
        self.kernel_id = self.kernel_id or "workbench"
        self.provisioner = ForkingProvisioner(parent=self, kernel_id=self.kernel_id, kernel_spec=self.kernel_spec)
        return await super()._async_pre_start_kernel(**options)


class ForkingProvisioner(LocalProvisioner):
    """A local provisioner whose process is forked from the warm server instead of started anew."""

    async def launch_kernel(self, cmd, **options):
        """Fork the kernel; ``cmd`` is the command that would have started it cold."""
        process = multiprocessing.get_context("forkserver").Process(
            target=serve, args=(cmd[cmd.index("-f"):], options.get("env", {}), os.getcwd()), daemon=False)
        process.start()
        self.process, self.pid, self.pgid = Popened(process), process.pid, None
        return self.connection_info


class Popened:
    """A ``multiprocessing`` process with the methods of ``subprocess.Popen`` that a provisioner calls."""

    stdin = stdout = stderr = None

    def __init__(self, process):
        self._process, self.pid = process, process.pid

    def poll(self):
        """Exit code, or None while it runs."""
        return self._process.exitcode

    def wait(self):
        """Exit code, once it has ended."""
        self._process.join()
        return self._process.exitcode

    def send_signal(self, signum: int):
        """Signal the kernel and the processes it started: it leads a group of its own."""
        try:
            os.killpg(self.pid, signum)
        except ProcessLookupError:
            if self.poll() is None:  # forked a moment ago, not yet the leader of its group
                os.kill(self.pid, signum)

    def terminate(self):
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self):
        """End the kernel."""
        self.send_signal(signal.SIGKILL)


def serve(arguments: list[str], environment: dict, folder: str) -> None:
    """Become a kernel; runs in the forked process."""
    if log := environment.get(LOG):
        with open(log, "a") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
    os.setsid()  # Ctrl-C in the terminal is the runner's to handle
    die_with_parent()
    os.environ.update(environment)
    os.chdir(folder)
    from ipykernel.kernelapp import IPKernelApp

    class LosslessKernel(IPKernelApp):
        """ZeroMQ drops what a reader that is late has not taken after 1,000 messages, the end of the cell among them."""

        def init_iopub(self, context):
            context.sndhwm = 0  # no limit
            super().init_iopub(context)

    LosslessKernel.launch_instance(argv=arguments)


def end_kernels() -> None:
    """End the kernels of this process that still run: one interrupted while it started has no client that would end it.

    multiprocessing waits for them before this process may end.
    """
    for process in multiprocessing.active_children():
        Popened(process).kill()


def die_with_parent() -> None:
    """End this process group as soon as the process that asked for it is gone."""
    def watch():
        multiprocessing.parent_process().join()
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
