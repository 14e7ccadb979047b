"""A finding: what one notebook found, in one computed sentence, with all that a reader needs to trust it.

Answers make findings, the report is made of findings and computes nothing.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import plotly.io as pio

from workbench import paths
from workbench.errors import TableError
from workbench.privacy.suppress import People, Withheld, suppress
from workbench.readable import decimals, numeral, with_unit
from workbench.tables.week import Week

EMPTY = "Empty cells: groups of too few customers, or that would let them be computed."
NO_FIGURE = " The figure is withheld for the same reason."


@dataclass
class Tile:
    """One headline number.

    ``change`` is against ``compared_with``; ``good`` says whether it is welcome, and is None where it may be chance.
    ``interval`` is that of the change, or of the value where nothing is compared.
    """

    label: str
    value: str
    change: str = ""
    compared_with: str = ""
    good: bool | None = None
    interval: str = ""


@dataclass(frozen=True)
class Change:
    """A change and its 95% interval, all in ``unit``."""

    value: float
    low: float
    high: float
    unit: str

    @property
    def beyond_chance(self) -> bool:
        """Whether the interval leaves out zero."""
        return bool(self.low > 0 or self.high < 0)

    def tile(self, label: str, value: str, compared_with: str) -> Tile:
        """The tile of a number of which more is better: welcome or not only where it changed beyond chance.

        >>> Change(-0.7, -3.2, 1.9, "points").tile("Viewers who bought", "20.5%", "last week").interval
        '95% interval −3.2 to +1.9 points: within chance'
        """
        form = f"+.{decimals(10 * max(abs(self.low), abs(self.high)))}f"
        low, high = numeral(self.low, form), numeral(self.high, form)
        return Tile(label, value, with_unit(numeral(self.value, form), self.unit), compared_with,
                    bool(self.value > 0) if self.beyond_chance else None,
                    f"95% interval {low} to {with_unit(high, self.unit)}" + ": within chance" * (not self.beyond_chance))


@dataclass
class Exhibit:
    """A further figure and table of a finding, with a caption that defines its numbers.

    The report shows its title and opens it on a click; ``folded=False`` shows it at once. ``people`` says which columns
    count customers: small groups are suppressed when the finding is saved. ``desk`` holds texts that the report's reader
    may judge there (:func:`workbench.explain.reviewers.desk_data`).
    """

    title: str
    caption: str
    figure: go.Figure | dict | None = None
    table: pd.DataFrame | list[dict] | None = None
    labels: dict[str, str] = field(default_factory=dict)
    folded: bool = True
    people: People | dict | None = None
    desk: dict | None = None


@dataclass
class Finding:
    """What a notebook found.

    Attributes:
        notebook: its name without suffix, e.g. ``30_user_needs``.
        question: the question it answers; the section's title in the report.
        sentence: the answer, computed, never typed.
        table, figure: the main exhibit; ``labels`` gives columns a reader's names, and after a ``|`` a
            format: ``{"share": "Share | .1%"}`` (Python format specification).
        caption: defines the numbers of the main figure.
        sources: names of the tables it rests on.
        how_sure: sizes, interval, baseline, split and seed, as sentences.
        caveats: what a reader must know before acting.
        tiles: headline numbers for the top of the report.
        exhibits: further figures and tables, in reading order.
        pages: further pages in ``reports/<source>/<week>/pages``: {title: file name}.
        people: which columns of ``table`` count customers.
    """

    notebook: str
    question: str
    sentence: str
    table: pd.DataFrame | list[dict] | None = None
    figure: go.Figure | dict | None = None
    labels: dict[str, str] = field(default_factory=dict)
    caption: str = ""
    sources: list[str] = field(default_factory=list)
    how_sure: list[str] = field(default_factory=list)
    caveats: list[str] = field(default_factory=list)
    tiles: list[Tile] = field(default_factory=list)
    exhibits: list[Exhibit] = field(default_factory=list)
    pages: dict[str, str] = field(default_factory=dict)
    people: People | dict | None = None

    def save(self, week: Week) -> Path:
        """Write ``findings/<notebook>.json`` whole or not at all; the same finding gives the same bytes."""
        path = finding_path(week, self.notebook)
        with paths.replacing(path) as beside:
            beside.write_text(json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False) + "\n")
        return path

    def to_dict(self) -> dict:
        """The finding as plain JSON values: tables as records, figures as plotly JSON."""
        if not self.sentence.strip():
            raise TableError(f"the finding of {self.notebook!r} has no sentence; compute one")
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        shown, withheld = zip(*(_published(part) for part in (self, *self.exhibits)), strict=True)
        plain |= shown[0]
        plain["tiles"] = [asdict(tile) for tile in self.tiles]
        plain["exhibits"] = [{"title": e.title, "labels": e.labels, "folded": e.folded} | part
                             | ({"desk": e.desk} if e.desk else {})
                             for e, part in zip(self.exhibits, shown[1:], strict=True)]
        if found := [each for each in withheld if each is not None]:
            plain["how_sure"] = [*self.how_sure, sum(found, Withheld()).sentence()]
        return plain

    def _repr_mimebundle_(self, **_) -> dict:
        """In a notebook: the sentence, its caveats, and the figure's table."""
        lines = [f"**{self.sentence}**", ""]
        lines += [f"- {line}" for line in (*self.how_sure, *self.caveats)]
        text = "\n".join(lines)
        return {"text/markdown": text, "text/plain": text}


def _published(part: Finding | Exhibit) -> tuple[dict, Withheld | None]:
    """Caption, table, figure and people as they may leave the house; what was withheld, None where nobody is counted.

    A figure that tells of a small group goes as a whole.
    """
    table, figure, caption, people, withheld = part.table, part.figure, part.caption, part.people, None
    if isinstance(people, People):
        shown, withheld = suppress(pd.DataFrame(table) if people.behind is None else people.behind, people)
        table = shown if people.behind is None else table
        if withheld.any:
            caption = f"{caption} {EMPTY}{NO_FIGURE * (figure is not None)}".strip()
            figure = None
        withheld += people.before
        people = {"counts": list(people.counts)}
    return {"caption": caption, "table": _records(table), "figure": _plotly(figure), "people": people}, withheld


def finding_path(week: Week, notebook: str) -> Path:
    """Where the finding of a notebook lies."""
    return week.folder / "findings" / f"{notebook}.json"


def load_finding(path: Path) -> Finding:
    """Read a finding back; its table is a list of records, its figure plotly JSON."""
    plain = json.loads(Path(path).read_text())
    plain["tiles"] = [Tile(**tile) for tile in plain["tiles"]]
    plain["exhibits"] = [Exhibit(**exhibit) for exhibit in plain["exhibits"]]
    return Finding(**plain)


def _records(table) -> list[dict] | None:
    if isinstance(table, pd.DataFrame):
        return json.loads(table.to_json(orient="records", date_format="iso", force_ascii=False, double_precision=12))
    return table


def _plotly(figure) -> dict | None:
    return json.loads(pio.to_json(figure)) if isinstance(figure, go.Figure) else figure
