"""Figures of the prepared week: whether its features have moved."""

import plotly.graph_objects as go

from workbench.figures.look import BLUE, GREY, ORANGE, RED

TONES = {"stable": BLUE, "look at it": ORANGE, "moved": RED}


def drift(table) -> go.Figure:
    """Stability index of each feature, coloured by its reading, and what chance alone may give. Table ``drift``."""
    figure = go.Figure()
    for reading, colour in TONES.items():
        part = table[(table["reading"] == reading).to_numpy()]
        if len(part):
            figure.add_bar(name=reading, y=part["feature"], x=part["stability_index"].astype(float), orientation="h",
                           marker_color=colour, hovertemplate="%{y}: %{x:.3f}, " + reading + "<extra></extra>")
    figure.add_scatter(name="by chance", y=table["feature"], x=table["by_chance"].astype(float), mode="markers",
                       marker=dict(symbol="line-ns-open", size=14, color=GREY, line=dict(width=2)),
                       hovertemplate="by chance below %{x:.3f}<extra></extra>")
    for bound in (0.1, 0.25):
        figure.add_vline(x=bound, line=dict(color=GREY, width=1, dash="dot"))
    figure.update_layout(height=150 + 26 * len(table), xaxis_title="population stability index", bargap=.35)
    figure.update_yaxes(categoryorder="array", categoryarray=table["feature"].tolist()[::-1])
    return figure
