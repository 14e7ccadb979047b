"""A page that is whole in itself: template, style, script and plotly.js in one file that asks for nothing."""

import base64
import gzip
import math
import re
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup, escape

from workbench import markup, readable
from workbench.figures import look
from workbench.report import charts, notebook

HERE = Path(__file__).parent
_HAN = re.compile(r"[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]+")
_PERCENT = re.compile(r"(?<=\d) %")


def render(template: str, figures: bool, active: bool = False, desk: bool = False, **values) -> str:
    """A template of this room as a whole page.

    ``figures`` says whether plotly.js must be in it, ``active`` whether it holds outputs with scripts of
    their own; those run in sandboxed frames, and the page may then run inline scripts (never load any).
    ``desk`` says whether it holds texts for its reader to judge.
    """
    style = environment().get_template("page.css").render(look=look)
    scripts = [(HERE / name).read_text(encoding="utf-8") for name in ("page.js", *["desk.js"] * desk)]
    library, library_hash = packed_plotly() if figures else ("", "")
    allowed = "'unsafe-inline'" if active else " ".join(filter(None, (*map(markup.hash_of, scripts), library_hash)))
    policy = (f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
              "font-src data:; base-uri 'none'; form-action 'none'")
    return environment().get_template(template).render(
        policy=policy, style=Markup(style), scripts=map(Markup, scripts), library=library, **values)


@cache
def environment() -> jinja2.Environment:
    """The templates of this room, with its filters."""
    made = markup.environment(HERE)
    made.filters.update(words=words, embed=markup.embed, grid=readable.grid, show=readable.show, chart=charts.chart,
                        python=notebook.highlight, shade=shade)
    return made


@cache
def packed_plotly() -> tuple[str, str]:
    """plotly.js as plotly's Python package ships it: gzip in base64, and its hash for the page's policy."""
    from plotly.offline import get_plotlyjs

    source = get_plotlyjs()
    return base64.b64encode(gzip.compress(source.encode(), 9, mtime=0)).decode(), markup.hash_of(source)


def words(text) -> Markup:
    """Text, escaped unless it is ``Markup``, with its Chinese runs marked for the right glyphs and the right voice.

    A number and its % stay on one line.

    >>> words("<b> 很好 5 %")
    Markup('&lt;b&gt; <span lang="zh">很好</span> 5\\xa0%')
    """
    parts = re.split("(<[^>]*>)", str(escape(text)))  # every other part is a tag
    parts[::2] = [_HAN.sub(lambda run: f'<span lang="zh">{run[0]}</span>', _PERCENT.sub("\u00a0%", part))
                  for part in parts[::2]]
    return Markup("".join(parts))


def shade(weight: float | None) -> str:
    """The class that colours a word of this weight, from -1 to 1, in four steps; empty for hardly any and for none.

    >>> shade(0.6), shade(-1), shade(0.05), shade(None)
    ('for-3', 'against-4', '', '')
    """
    step = 0 if weight is None or abs(weight) < .1 else max(1, math.ceil(abs(weight) * 4))
    return f"{'for' if weight > 0 else 'against'}-{step}" if step else ""
