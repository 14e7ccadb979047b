"""Who works on what: files that are held (flock) for as long as a run or a forgetting lasts; a killed process holds none."""

import fcntl
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import RunError


@contextmanager
def week(folder: Path, what: str, needed: bool = True):
    """Hold a week, or the source whose models are written: two runs of one at once would mix their outputs.

    Raises:
        RunError: another run holds it.
    """
    if needed:
        with _held(folder / ".runs" / "lock", fcntl.LOCK_EX, f"another run works on {what}; wait for it or stop it"):
            yield
    else:
        yield


@contextmanager
def running(source: Path, name: str):
    """Let nobody be forgotten meanwhile; other runs may go on.

    Raises:
        RunError: a customer of the source is being forgotten.
    """
    with _held(source / ".runs" / "forget.lock", fcntl.LOCK_SH,
               f"a customer of {name} is being forgotten, and what a run writes now could hold them; run again afterwards"):
        yield


@contextmanager
def forgetting(source: Path, name: str):
    """Let nothing run meanwhile on any week of the source.

    Raises:
        RunError: a run works on the source.
    """
    with _held(source / ".runs" / "forget.lock", fcntl.LOCK_EX,
               f"a run works on {name} and could write anew what is removed; wait for it or stop it, then forget"):
        yield


@contextmanager
def _held(path: Path, how: int, refusal: str):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(refusal) from None
        yield
