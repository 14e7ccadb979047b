"""Pages of the executed notebooks, and of those that failed."""

from pathlib import Path

from workbench import paths
from workbench.report import notebook, page
from workbench.report.edition import RUNNING, Edition, executed, gather, question
from workbench.tables import Week


def build_pages(week: Week) -> list[Path]:
    """Write ``pages/<notebook>.html`` for every notebook that was executed or failed: their paths.

    The page of an earlier run is removed where the notebook was not run in this one.
    """
    edition = gather(week)
    names = sorted({*edition.notebooks, *(path.stem for path in (week.folder / "notebooks").glob("*.ipynb"))})
    written = []
    for name in names:
        target = week.pages / f"{name}.html"
        if not edition.has_page(name):
            target.unlink(missing_ok=True)
        elif edition.notebooks.get(name, {}).get("status") != RUNNING:
            written.append(_write(edition, name, target))
    return written


def _write(edition: Edition, name: str, target: Path) -> Path:
    path = executed(edition.week, name)
    cells = notebook.cells(path) if path.exists() else []
    kinds = {output.kind for cell in cells for output in cell.outputs}
    text = page.render("notebook.html.jinja", "chart" in kinds, "frame" in kinds, edition=edition, name=name,
                       question=question(edition.week, name), cells=cells, entry=edition.notebooks.get(name))
    with paths.replacing(target) as beside:
        beside.write_text(text, encoding="utf-8")
    return target
