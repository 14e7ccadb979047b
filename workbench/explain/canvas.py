"""Our own view of attention as one HTML page that needs nothing but a browser: any length a model reads, one or two panes.

The weights stand in the page as bytes, deflated; the script unpacks them with the browser's own ``DecompressionStream`` and
draws on canvas only what is in sight. Every picture has its numbers as a table. Texts and tokens reach the page as JSON in
an element that is no script, and are put into it as text, never as markup.
"""

import html
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from workbench import markup, paths
from workbench.errors import TableError
from workbench.explain.colours import STOPS
from workbench.explain.drawing import script
from workbench.explain.heads import MEASURES, measures, moved
from workbench.explain.pane import Pane, packed
from workbench.readable import Grid, grid

HERE = Path(__file__).parent
HEAD_LABELS = {"layer": "Layer | .0f", "head": "Head | .0f", "moved": "Attention that moved | .0%",
               "entropy": "Entropy, bits | .2f", "distance": "Distance, tokens | .1f",
               **{name: f"{title[0].upper()}{title[1:]} | .0%" for name, title in MEASURES.items()
                  if title.startswith("share")}}


def page(panes: Pane | list[Pane], title: str, said: list[str] | None = None, also: dict[str, str] | None = None) -> str:
    """A self-contained page: overview of every layer and head, heatmap, coloured text, tables.

    Args:
        panes: one, or two side by side: two checkpoints, or two classes, on one text.
        said: paragraphs under the title, as plain text.
        also: other pages of the same text: {what: file name in the same folder}.

    Raises:
        TableError: no pane, more than two, or two of different layers, heads or ways to join.
    """
    panes = [panes] if isinstance(panes, Pane) else panes
    _check(panes)
    data = {"panes": [_with_special(pane) for pane in panes], "stops": STOPS, "measures": MEASURES}
    weights = [(f"weights-{number}-{layer}", Markup(part))
               for number, pane in enumerate(panes) for layer, part in enumerate(packed(pane.weights))]
    return _template().render(
        title=title, said=said or [], also=also or {}, single=len(panes) == 1,
        sums=panes[0].what == "attention", heads=_heads(panes), packed=weights, data=markup.embed(data),
        hash=markup.hash_of(script()),
        style=Markup((HERE / "canvas.css").read_text(encoding="utf-8")), script=Markup(script()))


def save_page(path: Path, text: str) -> None:
    """Write a page whole."""
    with paths.replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Frame:
    """A page inside a notebook: in a frame of its own, without access to the notebook around it."""

    page: str
    height: int = 900

    def _repr_html_(self) -> str:
        style = f"width:100%;height:{self.height}px;border:1px solid #ccc"
        return (f"<iframe title='attention views' sandbox='allow-scripts allow-downloads' style='{style}' "
                f"srcdoc=\"{html.escape(self.page)}\"></iframe>")


def _check(panes: list[Pane]) -> None:
    if not 1 <= len(panes) <= 2:
        raise TableError(f"{len(panes)} panes; a page shows one, or two side by side")
    shapes, levels = ({tuple(what) for what in found} for found in (
        (pane.shape[:2] for pane in panes), ([level.name for level in pane.groups] for pane in panes)))
    if len(shapes) > 1:
        raise TableError("panes of " + " and ".join(f"{layers} layers × {heads} heads" for layers, heads in sorted(shapes))
                         + " cannot stand side by side, head by head; make a page of each")
    if len(levels) > 1:
        raise TableError(f"panes joined by {' and '.join(', '.join(names) for names in sorted(levels))} do not compare; "
                         "give both the same groups")


def _with_special(pane: Pane) -> dict:
    plain = pane.plain()
    for level, grouping in zip(plain["levels"], pane.groups, strict=True):
        level["special"] = [group for group, (start, _) in enumerate(grouping.spans) if start < 0]
    return plain


def _heads(panes: list[Pane]) -> Grid | None:
    """Measures of the first pane, and of two how far they are apart."""
    if panes[0].what != "attention":
        return None
    table = measures(panes[0].reading)
    if len(panes) == 2 and panes[0].shape == panes[1].shape:
        table.insert(2, "moved", moved(panes[0].weights, panes[1].weights).ravel())
    return grid(table.to_dict("records"), HEAD_LABELS)


@cache
def _template() -> jinja2.Template:
    return markup.environment(HERE).get_template("canvas.html.jinja")
