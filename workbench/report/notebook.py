"""An executed notebook as cells that a page can show. Its outputs hold texts of customers: nothing is trusted."""

import re
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from pathlib import Path

from markupsafe import Markup

from workbench.readable import kind_of
from workbench.run import load_cells
from workbench.run.parameters import code_of

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_SCRIPT = re.compile(r"<(script|iframe|object|embed)\b", re.IGNORECASE)
_FRAME = re.compile(r"""\s*<iframe\b[^>]*?\bsrcdoc=(["'])(.*?)\1[^>]*>\s*</iframe>\s*""", re.IGNORECASE | re.DOTALL)
_DROPPED = re.compile(r"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_CELL = re.compile(r"<td>([^<]*)</td>")
_EMPTY = ("", "NaN", "NaT", "None", "<NA>")  # as pandas prints them; its numbers are columns of these too
_TAGS = {"a", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "details", "div", "dl", "dt", "em",
         "h2", "h3", "h4", "h5", "h6", "hr", "i", "kbd", "li", "mark", "ol", "p", "pre", "s", "small", "span", "strong",
         "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul"}
_ATTRIBUTES = {"*": ["title", "lang", "dir", "style"], "a": ["href"], "td": ["colspan", "rowspan"],
               "th": ["colspan", "rowspan", "scope"]}
_PROPERTIES = {"background-color", "border", "border-bottom", "border-radius", "color", "display", "font-family",
               "font-size", "font-style", "font-weight", "line-height", "margin", "opacity", "padding",
               "text-decoration", "white-space"}


@dataclass(frozen=True)
class Output:
    """One output: ``kind`` is ``chart``, ``frame``, ``html``, ``image``, ``text``, ``messages``, ``error`` or ``widget``."""

    kind: str
    content: object = None


@dataclass(frozen=True)
class Cell:
    """Rendered Markdown in ``text``, or ``code`` and what it put out; ``status`` is papermill's."""

    text: Markup | None = None
    code: list[Markup] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    status: str = ""


def cells(path: Path) -> list[Cell]:
    """The cells of an executed notebook without its title; code that puts nothing out goes with the code after it."""
    found, titled = [], False
    for cell in load_cells(path):
        source = cell["source"]
        if cell["cell_type"] == "markdown":
            if not titled and source.startswith("# "):
                titled, source = True, source.partition("\n")[2]
            found.append(Cell(text=markdown(source)))
        elif cell["cell_type"] == "code" and source.strip():
            state = cell["metadata"].get("papermill", {}).get("status", "")
            before = found[-1] if found else Cell()
            goes_on = before.code and not before.outputs and before.status == state
            found[-1 if goes_on else len(found):] = [Cell(
                code=[*(before.code if goes_on else []), highlight(source)],
                outputs=_joined(map(output, cell["outputs"])), status=state)]
    return [cell for cell in found if cell.text or cell.code]


def code(path: Path) -> list[Markup]:
    """The code of each cell, with its syntax marked."""
    return [highlight(source) for source in code_of(load_cells(path)) if source.strip()]


def output(made: dict) -> Output:
    """An output in the best form that a page can show offline."""
    if made["output_type"] == "stream":
        return Output("messages" if made["name"] == "stderr" else "text", plain(made["text"]))
    if made["output_type"] == "error":
        return Output("error", plain("\n".join(made["traceback"]) or f"{made['ename']}: {made['evalue']}"))
    data = {kind: "".join(value) if isinstance(value, list) else value for kind, value in made["data"].items()}
    if "application/vnd.plotly.v1+json" in data:
        return Output("chart", data["application/vnd.plotly.v1+json"])
    if "application/vnd.jupyter.widget-view+json" in data:
        return Output("widget")
    if "text/html" in data:
        if frame := _FRAME.fullmatch(data["text/html"]):
            return Output("frame", unescape(frame[2]))  # the page puts it into a frame of its own: one is enough
        acts = _SCRIPT.search(data["text/html"])
        return Output("frame", data["text/html"]) if acts else Output("html", clean(data["text/html"]))
    if "text/markdown" in data:
        return Output("html", markdown(data["text/markdown"]))
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            return Output("image", f"data:{kind};base64,{data[kind].strip()}")
    return Output("text", plain(data.get("text/plain", "")))


def highlight(source: str) -> Markup:
    """Python code as HTML, its syntax marked by classes."""
    import pygments
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return Markup(pygments.highlight(source, PythonLexer(), HtmlFormatter(nowrap=True)).rstrip())


def markdown(text: str) -> Markup:
    """Markdown as HTML; HTML inside it shows as the text it is, and nothing is loaded.

    >>> markdown("**a** <b>c</b>")
    Markup('<p><strong>a</strong> &lt;b&gt;c&lt;/b&gt;</p>')
    """
    from markdown_it import MarkdownIt

    return Markup(MarkdownIt("commonmark", {"html": False}).enable("table").disable("image").render(text).strip())


def clean(html: str) -> Markup:
    """HTML with nothing left but harmless tags; cells of tables get the kind of their text as a class.

    >>> clean('<table><tbody><tr><td onclick="x()">1.5</td></tr></tbody></table><style>p {}</style>')
    Markup('<table><tbody><tr><td class="number">1.5</td></tr></tbody></table>')
    """
    kept = _CELL.sub(_with_kind, _cleaner().clean(_DROPPED.sub("", html)))
    return Markup(kept.replace("<th></th>", "<td></td>"))  # an empty heading would name nothing


def plain(text: str | list[str]) -> str:
    """Terminal text, also as a list of its lines, without colours."""
    return _COLOUR.sub("", "".join(text)).rstrip()


def _with_kind(cell: re.Match) -> str:
    text = unescape(cell[1]).strip()
    return f'<td class="{"number" if text in _EMPTY else kind_of([text])}">{cell[1]}</td>'


@cache
def _cleaner():
    from bleach.css_sanitizer import CSSSanitizer
    from bleach.sanitizer import Cleaner

    return Cleaner(_TAGS, _ATTRIBUTES, strip=True, css_sanitizer=CSSSanitizer(allowed_css_properties=_PROPERTIES))


def _joined(outputs) -> list[Output]:
    """Outputs without empty ones; neighbouring streams of one kind as one."""
    joined: list[Output] = []
    for made in outputs:
        if joined and made.kind == joined[-1].kind and made.kind in ("text", "messages"):
            joined[-1] = Output(made.kind, f"{joined[-1].content}\n{made.content}")
        elif made.content or made.kind == "widget":
            joined.append(made)
    return joined
