"""One way in a process of its own, under a limit of memory and of time: what it took, and how it ended."""

import os
import signal
import subprocess
import time
from pathlib import Path

EVERY = 0.05  # seconds between two looks at its memory


def measure(words: list[str], cap: float, limit: float, environment: dict[str, str] | None = None) -> dict:
    """Run a command: ``seconds, processor seconds, peak GiB`` and how it ``ended``, all its processes together.

    Args:
        cap: GiB that it may hold (memory that no file backs); it is killed above, as a smaller machine would.
        limit: seconds that it may take.
    """
    began, peak, why, spent = time.monotonic(), 0.0, "", {}
    process = subprocess.Popen(words, env=os.environ | (environment or {}), start_new_session=True)
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        tree = _tree(process.pid)
        spent |= {pid: seconds for pid, seconds, _, _ in tree}
        resident, own = (sum(one[place] for one in tree) for place in (2, 3))
        peak = max(peak, resident)
        if not why and (own > cap or time.monotonic() - began > limit):
            why = f"died: over {cap:g} GiB" if own > cap else f"stopped at {limit:g} s"
            for pid, *_ in tree:
                os.kill(pid, signal.SIGKILL)
        time.sleep(EVERY)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    ended = why or ("well" if process.returncode == 0 else f"died: exit status {process.returncode}")
    # What its children spent is in ``used`` where it waited for them, else only in what was seen while they ran.
    processor = max(used.ru_utime + used.ru_stime, sum(spent.values()))
    return {"seconds": round(time.monotonic() - began, 1), "processor seconds": round(processor, 1),
            "peak GiB": round(max(peak, used.ru_maxrss / 2**20), 2), "ended": ended}


def _tree(pid: int) -> list[tuple[int, float, float, float]]:
    """A process and its descendants, each ``(pid, processor seconds, GiB in memory, GiB of these that no file backs)``."""
    try:
        told = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        children = [int(child) for task in Path(f"/proc/{pid}/task").iterdir()
                    for child in (task / "children").read_text().split()]
    except OSError:
        return []  # it ended meanwhile
    held = [sum(int(told.get(name, "0").split()[0]) for name in names) / 2**20
            for names in (("VmRSS",), ("RssAnon", "RssShmem"))]
    own = (pid, sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"), *held)
    return [own, *(one for child in children for one in _tree(child))]
