"""A view for JupyterLab: pick a need, read the sentences that stand behind it."""

import html

from workbench.needs.group import Groups
from workbench.needs.measures import about

SHOWN = 50  # sentences at a time


def explore(groups: Groups):
    """A drop-down of the needs over the quotations of the one chosen (ipywidgets)."""
    import ipywidgets

    options = [(f"{row.rank}. {row.kind.replace('_', ' ')}: {about(row.aspect, row.subject)} ({row.reviews})", row.need)
               for row in groups.needs.itertuples()]
    if not options:
        return ipywidgets.HTML("no need was voiced often enough to be listed")
    chosen = ipywidgets.Dropdown(options=options, description="Need", layout={"width": "70%"})
    shown = ipywidgets.HTML(quotations(groups, options[0][1]))
    chosen.observe(lambda change: setattr(shown, "value", quotations(groups, change["new"])), names="value")
    return ipywidgets.VBox([chosen, shown])


def quotations(groups: Groups, need: str) -> str:
    """The sentences behind a need as an HTML list, texts escaped; the measure first."""
    row = groups.needs.set_index("need").loc[need]
    behind = groups.evidence[(groups.evidence["need"] == need).to_numpy(dtype=bool)].head(SHOWN)
    items = "".join(f"<li lang='{one.language}'>{html.escape(one.quotation)} <small>({html.escape(one.review)})</small></li>"
                    for one in behind.itertuples())
    return f"<p><b>{html.escape(row['measure'])}</b></p><ul>{items}</ul>"
