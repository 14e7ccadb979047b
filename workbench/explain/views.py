"""bertviz's head view and model view as a page that works offline, and inside a notebook.

bertviz's own HTML asks a CDN for require.js, d3 and jQuery. Here d3 and jQuery stand in the page (pinned copies
in ``vendor``) and a two-line stand-in takes require.js's place; bertviz's scripts run unchanged from the
installed package. Tokens come from customers' texts, so nothing of them may end the script they stand in.
"""

import html
import re
from pathlib import Path

import numpy as np

from workbench import paths
from workbench.explain.reading import Reading

MOST_TOKENS = 48  # the model view draws layers × heads × tokens² lines: more chokes a browser
DECIMALS = 3
_VENDOR = Path(__file__).with_name("vendor")
_SHIM = ("var modules = {jquery: window.jQuery, d3: window.d3};\n"
         "var require = {config: function () {}};\n"
         "function requirejs(names, run) { run.apply(null, names.map(function (name) { return modules[name]; })); }\n")
_STYLE = """
body { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
       color: #1F2430; background: #fff; margin: 24px auto; max-width: 1040px; padding: 0 16px; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 2rem; } p { max-width: 72ch; }
blockquote { border-left: 3px solid #0072B2; margin: 0; padding: .2rem 1rem; background: #F5F7FA; }
select { font: inherit; } .view { overflow-x: auto; } #model_view svg, #head_view svg { max-width: none; }
"""


def page(reading: Reading, title: str, summary: str = "") -> str:
    """A self-contained HTML page: the text, what the model says, head view, model view.

    Raises:
        ValueError: more than :data:`MOST_TOKENS` tokens.
    """
    if len(reading.tokens) > MOST_TOKENS:
        raise ValueError(f"{len(reading.tokens)} tokens; the views draw at most {MOST_TOKENS}: choose a shorter text")
    said = f"The model says <b>{html.escape(reading.label)}</b> with probability {reading.probability:.2f}. {summary}"
    views = "".join(f"<h2>{name}</h2><p>{what}</p><div class='view'>{_view(reading, kind)}</div>"
                    for kind, name, what in (
        ("head_view", "Head view", "Pick a layer; hover over a word to see what it attends to, one colour a head. Click a "
                                   "colour to switch its head off, double-click to see it alone."),
        ("model_view", "Model view", "Every head of every layer at a glance; click one to enlarge it. bertviz "
                                     "counts layers and heads from 0.")))
    scripts = "".join(f"<script>{_vendored(name)}</script>" for name in ("jquery-2.2.4.min.js", "d3-5.7.0.min.js"))
    return (f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{html.escape(title)}</title>"
            "<meta name='viewport' content='width=device-width, initial-scale=1'><link rel='icon' href='data:,'>"
            "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; script-src 'unsafe-inline'; "
            f"style-src 'unsafe-inline'; img-src data:\"><style>{_STYLE}</style>{scripts}<script>{_SHIM}</script></head>"
            f"<body><main><h1>{html.escape(title)}</h1><blockquote lang='{reading.language}'>{html.escape(reading.text)}"
            f"</blockquote><p>{said}</p>{views}</main></body></html>")


def save_page(path: Path, text: str) -> None:
    """Write a page whole."""
    with paths.replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def show(text: str, height: int = 640):
    """A page inside a notebook: a frame of its own, without access to the notebook around it."""
    from IPython.display import HTML

    return HTML(f"<iframe title='attention views' sandbox='allow-scripts' srcdoc=\"{html.escape(text)}\" "
                f"style='width:100%;height:{height}px;border:1px solid #ccc'></iframe>")


def _view(reading: Reading, kind: str) -> str:
    import bertviz
    import torch

    weights = [torch.tensor(layer, dtype=torch.float64)[None] for layer in np.round(
        reading.attentions.astype(np.float64), DECIMALS)]
    options = {"display_mode": "light"} if kind == "model_view" else {}
    made = getattr(bertviz, kind)(weights, reading.tokens, html_action="return", **options).data
    made = re.sub(r"<script src=\"https?://[^>]*></script>", "", made)
    made = re.sub(r"bertviz-[0-9a-f]{32}", kind, made)  # same text, same bytes
    made = re.sub(r"^\s*console\.log\(.*\);?$", "", made, flags=re.MULTILINE)
    return _harmless(made)


def _harmless(made: str) -> str:
    """``<`` of customers' tokens, all inside the JSON of ``params``, as an escape that JavaScript reads the same."""
    start = made.index("const params = ")
    end = made.index("\n", start)
    return made[:start] + made[start:end].replace("<", "\\u003c").replace("\u2028", "\\u2028") + made[end:]


def _vendored(name: str) -> str:
    return (_VENDOR / name).read_text(encoding="utf-8")
