"""What a week has for its report: the findings that are there, and what is missing and why."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workbench import paths
from workbench.findings import Finding, load_finding
from workbench.run import GOOD, RECORD, load_cells, read_record
from workbench.tables import Week

NOTEBOOK = "90_weekly_report"  # makes the report, so it still runs while the report is made
RUNNING, OFF = "running", "switched off"


@dataclass(frozen=True)
class Absent:
    """A notebook whose answer is missing: its question, what became of it, and the way out."""

    notebook: str
    question: str
    status: str
    reason: str
    command: str = ""
    error: str = ""


@dataclass(frozen=True)
class Edition:
    """A week's findings and absentees in the order of their notebooks, and its ``run.json``.

    Findings about the models (stage 2) come after those about the shop, which rest on them.

    ``run`` is empty where the notebooks were run by hand.
    """

    week: Week
    run: dict
    findings: list[Finding]
    absent: list[Absent]

    @property
    def notebooks(self) -> dict[str, dict]:
        """What ``run.json`` says of each notebook."""
        return self.run.get("notebooks", {})

    @property
    def earlier(self) -> list[str]:
        """Notebooks whose answer is of an earlier run than the last, which was of others only."""
        scope = self.run.get("scope", self.notebooks)
        return [finding.notebook for finding in self.findings
                if finding.notebook in self.notebooks and finding.notebook not in scope]

    def answers(self) -> pd.DataFrame:
        """One row a finding: ``notebook``, ``question``, ``answer``."""
        rows = [(finding.notebook, finding.question, finding.sentence) for finding in self.findings]
        return pd.DataFrame(rows, columns=["notebook", "question", "answer"])

    def missing(self) -> pd.DataFrame:
        """One row a notebook without an answer: ``notebook``, ``question``, ``status``, ``reason``."""
        rows = [(absent.notebook, absent.question, absent.status, absent.reason) for absent in self.absent]
        return pd.DataFrame(rows, columns=["notebook", "question", "status", "reason"])

    @property
    def lost(self) -> list[Absent]:
        """Answers that the source would allow and that are not there."""
        return [absent for absent in self.absent if absent.status != OFF]

    @property
    def off(self) -> dict[str, list[Absent]]:
        """Notebooks that the source gives nothing to read, by the reason."""
        return {reason: [absent for absent in self.absent if absent.status == OFF and absent.reason == reason]
                for reason in dict.fromkeys(absent.reason for absent in self.absent if absent.status == OFF)}

    @property
    def why_off(self) -> str:
        """The reasons in a few words: ``it offers no reviews, no assignments``."""
        offers = "the source offers "
        plain = [reason.removeprefix(offers) for reason in self.off if reason.startswith(offers)]
        more = [reason for reason in self.off if not reason.startswith(offers)]
        return "; ".join([*([f"it offers {', '.join(plain)}"] if plain else []), *more])

    def has_page(self, notebook: str) -> bool:
        """Whether ``build_pages`` makes a page of this notebook, now or when it has ended."""
        status = self.notebooks.get(notebook, {}).get("status")
        return status == "failed" or (executed(self.week, notebook).exists() and status in (None, RUNNING, *GOOD))


def gather(week: Week) -> Edition:
    """Read ``run.json`` and every finding; a finding that cannot be read is missing, and the reason says why.

    Raises:
        RunError: ``run.json`` is damaged.
    """
    run, findings, absent = read_record(week.folder / RECORD), [], {}
    for path in sorted((week.folder / "findings").glob("*.json")):
        try:
            findings.append(load_finding(path))
        except (ValueError, TypeError, KeyError) as error:
            absent[path.stem] = unreadable(week, path.stem, error)
    there = {finding.notebook for finding in findings} | set(absent)
    for name, entry in run.get("notebooks", {}).items():
        fine = (*GOOD, RUNNING) if name == NOTEBOOK else GOOD
        if entry["status"] not in fine and name not in there:
            absent[name] = _absent(week, name, entry)
    findings.sort(key=lambda finding: (finding.notebook.startswith("2"), finding.notebook))
    return Edition(week, run, findings, [absent[name] for name in sorted(absent)])


def unreadable(week: Week, notebook: str, error: Exception) -> Absent:
    """A finding that is there and cannot be shown."""
    return Absent(notebook, question(week, notebook), "not readable", f"its finding cannot be shown: {error}")


def executed(week: Week, notebook: str) -> Path:
    """Where the executed notebook lies."""
    return week.folder / "notebooks" / f"{notebook}.ipynb"


def question(week: Week, notebook: str) -> str:
    """The title of a notebook, as executed or else as the project has it; its name where there is none."""
    for path in (executed(week, notebook), paths.project() / "notebooks" / f"{notebook}.ipynb"):
        if path.exists() and (found := title(load_cells(path))):
            return found
    return notebook


def title(cells: list[dict]) -> str:
    """The first heading of the first order.

    >>> title([{"cell_type": "markdown", "source": "# Did it work?\\n\\nManagers ask."}])
    'Did it work?'
    """
    lines = [line for cell in cells if cell["cell_type"] == "markdown" for line in cell["source"].splitlines()]
    return next((line[2:].strip() for line in lines if line.startswith("# ")), "")


def _absent(week: Week, name: str, entry: dict) -> Absent:
    error = entry.get("error") or {}
    said = ": ".join(filter(None, (error.get("ename"), error.get("evalue"))))
    return Absent(name, question(week, name), entry["status"], entry["reason"], entry["command"], said)
