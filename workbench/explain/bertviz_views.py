"""bertviz's head, model and neuron view as a page that works offline.

bertviz's own HTML asks a CDN for require.js, d3 and jQuery. Here d3 and jQuery stand in the page (pinned copies
in ``vendor``) and a two-line stand-in takes require.js's place; bertviz's scripts run unchanged from the
installed package. Tokens come from customers' texts, so nothing of them may end the script they stand in.
"""

import html
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.errors import ModelError, TableError
from workbench.explain.reading import Reading, encode
from workbench.markup import embed

MOST_TOKENS = 48  # the model view draws layers × heads × tokens² lines: more chokes a browser
DECIMALS = 3
_VENDOR = Path(__file__).with_name("vendor")
_SHIM = ("var modules = {jquery: window.jQuery, d3: window.d3};\n"
         "var require = {config: function () {}};\n"
         "function requirejs(names, run) { run.apply(null, names.map(function (name) { return modules[name]; })); }\n")
_STYLE = """
body { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
       color: #1F2430; background: #fff; margin: 24px auto; max-width: 1140px; padding: 0 16px; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 2rem; } p { max-width: 72ch; }
blockquote { border-left: 3px solid #0072B2; margin: 0; padding: .2rem 1rem; background: #F5F7FA; }
select { font: inherit; } .view { overflow-x: auto; } .view svg { max-width: none; } #neuron_view { min-width: 1060px; }
"""
_VIEWS = (
    ("head_view", "Head view", "Pick a layer; hover over a word to see what it attends to, one colour a head. Click a "
                               "colour to switch its head off, double-click to see it alone."),
    ("neuron_view", "Neuron view", "Hover over a word, then click the plus beside it: how the numbers of its query and of "
                                   "every key make the weights. Blue is positive, orange negative."),
    ("model_view", "Model view", "Every head of every layer at a glance; click one to enlarge it."))


@dataclass(frozen=True)
class Neurons:
    """Of each head the query and key of every token: (layers, heads, n, width of a head) each."""

    queries: np.ndarray
    keys: np.ndarray


def neurons(classifier, reading: Reading) -> Neurons:
    """Queries and keys of the model at hand on a text, caught as it computes them.

    ``softmax(queries @ keys.T / sqrt(width))`` is the attention of the reading.

    Raises:
        ModelError: the classifier takes another number of tokens than the reading has: it is not the one that read it.
    """
    import torch

    caught: dict[str, list] = {"query": [], "key": []}
    hooks = [getattr(layer.attention.self, name).register_forward_hook(
        lambda _module, _given, out, name=name: caught[name].append(out[0]))
        for layer in classifier.model.base_model.encoder.layer for name in caught]
    try:
        with torch.inference_mode():
            classifier.model(**encode(classifier, reading.text))
    finally:
        for hook in hooks:
            hook.remove()
    heads, n = reading.attentions.shape[1:3]
    if caught["query"][0].shape[0] != n:
        raise ModelError(f"a reading of {n} tokens, of which this model takes {caught['query'][0].shape[0]}; give the model "
                         "that read it")
    return Neurons(*(torch.stack(caught[name]).reshape(-1, n, heads, caught[name][0].shape[-1] // heads)
                     .transpose(1, 2).numpy() for name in ("query", "key")))


def bertviz_page(reading: Reading, inside: Neurons, title: str, summary: str = "") -> str:
    """A self-contained HTML page: the text, what the model says, head view, neuron view, model view.

    Raises:
        TableError: more than :data:`MOST_TOKENS` tokens.
    """
    if len(reading.tokens) > MOST_TOKENS:
        raise TableError(f"{len(reading.tokens)} tokens; bertviz's views draw at most {MOST_TOKENS}: choose a shorter text, "
                         "or our own view, which draws any")
    made = {"head_view": _view(reading, "head_view"), "model_view": _view(reading, "model_view", display_mode="light"),
            "neuron_view": _neuron_view(reading, inside)}
    views = "".join(f"<h2>{name}</h2><p>{what}</p><div class='view' tabindex='0' role='region' aria-label='{name}'>"
                    f"{made[kind]}</div>" for kind, name, what in _VIEWS)
    scripts = "".join(f"<script>{_vendored(name)}</script>" for name in ("jquery-2.2.4.min.js", "d3-5.7.0.min.js"))
    return (f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{html.escape(title)}</title>"
            "<meta name='viewport' content='width=device-width, initial-scale=1'><link rel='icon' href='data:,'>"
            "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; script-src 'unsafe-inline'; "
            f"style-src 'unsafe-inline'; img-src data:\"><style>{_STYLE}</style>{scripts}<script>{_SHIM}</script></head>"
            f"<body><main><h1>{html.escape(title)}</h1><blockquote lang='{reading.language}'>{html.escape(reading.text)}"
            f"</blockquote><p>{html.escape(summary)} The three views are bertviz's (Vig 2019); it counts layers and heads "
            f"from 0.</p>{views}</main></body></html>")


def _view(reading: Reading, kind: str, **options) -> str:
    import bertviz
    import torch

    weights = [torch.tensor(layer, dtype=torch.float64)[None] for layer in _rounded(reading.attentions)]
    made = getattr(bertviz, kind)(weights, reading.tokens, html_action="return", **options).data
    made = re.sub(r"<script src=\"https?://[^>]*></script>", "", made)
    made = re.sub(r"bertviz-[0-9a-f]{32}", kind, made)  # same text, same bytes
    made = re.sub(r"^\s*console\.log\(.*\);?$", "", made, flags=re.MULTILINE)
    start = made.index("const params = ")
    end = made.index("\n", start)
    return made[:start] + _harmless(made[start:end]) + made[end:]


def _neuron_view(reading: Reading, inside: Neurons) -> str:
    """bertviz's script over this model's own numbers: its Python side only knows models of the transformers of 2019."""
    import bertviz

    values = {"attn": reading.attentions, "queries": inside.queries, "keys": inside.keys}
    given = {"attention": {"all": {"left_text": reading.tokens, "right_text": reading.tokens,
                                   **{name: _rounded(value).tolist() for name, value in values.items()}}},
             "default_filter": "all", "root_div_id": "neuron_view", "bidirectional": True, "display_mode": "light",
             "layer": len(reading.attentions) - 1, "head": 0}
    script = (Path(bertviz.__file__).parent / "neuron_view.js").read_text(encoding="utf-8")
    return ("<div id='neuron_view'><span class='dropdown-label'>Layer: <select id='layer' aria-label='Layer'></select>"
            "</span> <span class='dropdown-label'>Head: <select id='att_head' aria-label='Head'></select></span>"
            f"<div id='vis'></div></div><script>window.bertviz_params = {embed(given)}</script>"
            f"<script>{script}</script>")


def _rounded(values: np.ndarray) -> np.ndarray:
    return np.round(values.astype(np.float64), DECIMALS)


def _harmless(made: str) -> str:
    """``<`` of customers' tokens, all inside JSON, as an escape that JavaScript reads the same."""
    return made.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _vendored(name: str) -> str:
    return (_VENDOR / name).read_text(encoding="utf-8")
