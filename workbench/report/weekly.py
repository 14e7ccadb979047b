"""The weekly report: one HTML file made of the week's findings. It computes nothing."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from markupsafe import Markup

from workbench import paths
from workbench.errors import TableError
from workbench.findings import Finding, Tile
from workbench.report import notebook, page
from workbench.report.edition import Edition, executed, gather, unreadable
from workbench.report.provenance import provenance
from workbench.tables import Week


def build(week: Week) -> Path:
    """Write ``weekly.html`` of the week, whole or not at all: its path.

    It is made of ``findings/*.json`` and ``run.json``; what is missing of them is said, first of all.
    Same inputs, same bytes. Links lead to the pages that ``build_pages`` makes.
    """
    edition, sections = gather(week), {}
    broken = []
    for finding in edition.findings:
        try:
            sections[finding.notebook] = section(edition, finding)
        except TableError as error:  # one finding that breaks its own labels must not hide the others
            broken.append(unreadable(week, finding.notebook, error))
    shown = [finding for finding in edition.findings if finding.notebook in sections]
    edition = replace(edition, findings=shown, absent=[*broken, *edition.absent])
    figures = any(part.figure for finding in shown for part in (finding, *finding.exhibits))
    desk = any(part.desk for finding in shown for part in finding.exhibits)
    text = page.render("weekly.html.jinja", figures, desk=desk, edition=edition, sections=sections, dates=dates(week),
                       arrow=arrow, provenance=provenance(edition))
    target = week.folder / "weekly.html"
    with paths.replacing(target) as beside:
        beside.write_text(text, encoding="utf-8")
    return target


def section(edition: Edition, finding: Finding) -> Markup:
    """One finding as a section of the report.

    Raises:
        TableError: a label does not fit its column.
    """
    path = executed(edition.week, finding.notebook)
    code = notebook.code(path) if path.exists() else []
    return Markup(page.environment().get_template("finding.html.jinja").render(
        edition=edition, finding=finding, code=code, entry=edition.notebooks.get(finding.notebook)))


def dates(week: Week) -> str:
    """First and last day of the week in the shop's time zone.

    >>> from workbench.tables import Source
    >>> dates(Week(Source("shop", Path(), "Asia/Singapore"), "2026-W53", Path()))
    '28 December 2026 – 3 January 2027'
    """
    first = week.start.tz_convert(week.source.timezone)
    last = first + timedelta(days=6)
    if first.year != last.year:
        return f"{first:%-d %B %Y} – {last:%-d %B %Y}"
    return f"{first:%-d %B} – {last:%-d %B %Y}" if first.month != last.month else f"{first.day}–{last:%-d %B %Y}"


def arrow(tile: Tile) -> str:
    """Which way a tile's number went: up, down, level, or nothing to compare with.

    >>> [arrow(Tile("", "", change)) for change in ("+8.1%", "-0.2 points", "+0.0%", "")]
    ['up', 'down', 'level', '']
    """
    digits = [sign for sign in tile.change if sign.isdigit()]
    if digits and set(digits) == {"0"}:
        return "level"
    return {"+": "up", "-": "down", "−": "down"}.get(tile.change[:1], "")
