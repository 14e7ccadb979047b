"""A view for JupyterLab: pick a need, read the reviews that stand behind it."""

import html

import pandas as pd

from workbench.needs.group import Groups
from workbench.needs.measures import about

SHOWN = 50  # reviews at a time


def explore(groups: Groups, reviews: pd.DataFrame):
    """A drop-down of the needs over the reviews behind the one chosen (ipywidgets).

    Args:
        reviews: table ``reviews``.
    """
    import ipywidgets

    options = [(f"{row.rank}. {row.kind.replace('_', ' ')}: {about(row.aspect, row.subject)} ({row.reviews})", row.need)
               for row in groups.needs.itertuples()]
    if not options:
        return ipywidgets.HTML("no need was voiced often enough to be listed")
    texts = reviews.set_index("review")["text"]
    chosen = ipywidgets.Dropdown(options=options, description="Need", layout={"width": "70%"})
    shown = ipywidgets.HTML(behind(groups, options[0][1], texts))
    chosen.observe(lambda change: setattr(shown, "value", behind(groups, change["new"], texts)), names="value")
    return ipywidgets.VBox([chosen, shown])


def behind(groups: Groups, need: str, texts: pd.Series) -> str:
    """The reviews behind a need as an HTML list, escaped, with the sentences that voice it marked; the measure first.

    Args:
        texts: of the reviews, by number.
    """
    row = groups.needs.set_index("need").loc[need]
    voiced = groups.evidence[(groups.evidence["need"] == need).to_numpy(dtype=bool)]
    items = "".join(f"<li lang='{spans['language'].iloc[0]}'>{_marked(texts[review], spans)} "
                    f"<small>({html.escape(review)})</small></li>"
                    for review, spans in list(voiced.groupby("review", sort=False))[:SHOWN])
    return f"<p><b>{html.escape(row['measure'])}</b></p><ul>{items}</ul>"


def _marked(text: str, spans: pd.DataFrame) -> str:
    """The text, escaped, with its spans in ``<mark>``."""
    found, at = [], 0
    for start, end in spans[["start", "end"]].sort_values("start").itertuples(index=False):
        found += [html.escape(text[at:start]), "<mark>", html.escape(text[start:end]), "</mark>"]
        at = end
    return "".join(found) + html.escape(text[at:])
