"""Shows how a run goes: a live table in a terminal, plain lines elsewhere."""

import time

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

STYLE = {"done": "green", "unchanged": "dim", "failed": "bold red", "not run": "yellow", "switched off": "dim",
         "running": "cyan"}
LONGEST = 400  # characters of an error; the page of the notebook has it whole


class Progress:
    """Told by the runner what happens; shows it on ``console``. Use it as a context."""

    def __init__(self, names: list[str], console: Console):
        self.console, self.rows = console, {name: {"status": "waiting"} for name in names}
        self.live = Live(console=console, refresh_per_second=4) if console.is_terminal else None

    def __enter__(self):
        if self.live:
            self.live.start()
        return self

    def __exit__(self, *_):
        if self.live:
            self.tick()
            self.live.stop()

    def started(self, name: str, reason: str) -> None:
        """A notebook begins, because of ``reason``."""
        self.rows[name] = {"status": "running", "reason": reason, "began": time.monotonic()}
        self._say(f"{name}: started ({reason})")

    def cell(self, name: str, done: int, total: int) -> None:
        """A notebook begins the code cell after ``done`` of ``total``."""
        self.rows[name]["cells"] = f"{done + 1}/{total}"
        self.tick()

    def settled(self, name: str, entry: dict) -> None:
        """A notebook is through; ``entry`` is its entry in ``run.json``."""
        cells, error = entry["cells"], entry.get("error")
        reason = entry["reason"] + (f": {error['ename']}: {error['evalue']}"[:LONGEST] if error else "")
        self.rows[name] = {"status": entry["status"], "reason": reason, "seconds": entry["seconds"],
                           "cells": f"{cells['completed']}/{sum(cells.values())}" if cells else ""}
        said = f"{entry['status']} in {entry['seconds']:.1f} s" if entry["status"] == "done" else entry["status"]
        self._say(f"{name}: {said}" + (f" ({reason})" if reason and said[:4] != "done" else ""))

    def tick(self) -> None:
        """Draw the table anew."""
        if self.live:
            self.live.update(self._table())

    def _say(self, line: str) -> None:
        if self.live:
            self.tick()
        else:
            self.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False)
        for title, justify in (("notebook", "left"), ("status", "left"), ("cells", "right"), ("seconds", "right"),
                               ("why", "left")):
            table.add_column(title, justify=justify, no_wrap=title != "why", overflow="ellipsis")
        for name, row in self.rows.items():
            seconds = time.monotonic() - row["began"] if "began" in row else row.get("seconds", 0)
            style = STYLE.get(row["status"], "")
            table.add_row(name, f"[{style}]{row['status']}[/]" if style else row["status"], row.get("cells", ""),
                          f"{seconds:.1f}" if seconds else "", escape(row.get("reason", "")))
        return table
