"""What is finished is not made again: a run that was stopped goes on where it was."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from workbench import engine, sealed
from workbench.behaviour.logs import Logs

INPUTS = ("events", "orders", "products")


class Finished:
    """The receipts of the tables of a week's logs, in ``.behaviour`` beside its tables.

    Each tells from what logs, settings and code its table was made, and which file that is.
    """

    def __init__(self, logs: Logs):
        week, code = logs.week, hashlib.sha256()
        for path in sorted([*Path(__file__).parent.glob("*.py"), Path(engine.__file__)]):
            code.update(path.read_bytes())
        self.week, self.folder = week, week.folder / ".behaviour"
        self._from = (code.hexdigest(), {name: _files(week.scan(name)) for name in INPUTS if week.has(name)}, week.week,
                      week.source.timezone, week.source.engine.name, sealed.fingerprint())

    def once(self, name: str, write: Callable[[], object], *besides: object) -> None:
        """Call ``write``, which writes the table ``name``, unless that was done. ``besides``: what it depends on further."""
        receipt, wanted = self.folder / name, hashlib.sha256(repr((self._from, besides)).encode()).hexdigest()
        if receipt.exists() and self.week.has(name) and receipt.read_text() == self._receipt(name, wanted):
            self.week.keep(name)
            return
        receipt.unlink(missing_ok=True)
        write()
        self.folder.mkdir(exist_ok=True)
        receipt.write_text(self._receipt(name, wanted))

    def _receipt(self, name: str, wanted: str) -> str:
        return f"{wanted} {_files(self.week.scan(name))}"


def _files(paths: list[Path]) -> list[tuple[str, int, int]]:
    return [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
