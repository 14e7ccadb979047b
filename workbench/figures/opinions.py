"""Figures of what customers talk about and how they like it."""

from html import escape

import plotly.graph_objects as go

from workbench.figures.look import GREEN, GREY, INK, RED

SIDES = {"negative": ("complain", RED, -1), "positive": ("praise", GREEN, 1)}


def aspects_judged(table) -> go.Figure:
    """Share of the reviews of each aspect that complain (to the left) and praise (to the right), with 95% intervals.

    Args:
        table: rows of table ``aspect_sentiment``, at most about 20, in reading order; their aspects are unlike.
    """
    labels = [f"{_cut(aspect.replace('_', ' '))} ({reviews:,})"
              for aspect, reviews in zip(table["aspect"], table["reviews"], strict=True)]
    figure = go.Figure()
    for side, (verb, colour, way) in SIDES.items():
        share, low, high = (100 * table[f"{side}_share{part}"].astype(float) for part in ("", "_ci_lower", "_ci_upper"))
        out, back = high - share, share - low
        figure.add_bar(
            y=labels, x=way * share, orientation="h", name=verb, marker_color=colour, opacity=.75,
            error_x=dict(type="data", array=out if way > 0 else back, arrayminus=back if way > 0 else out, color=INK,
                         thickness=1.2, width=3),
            customdata=list(zip(share, low, high, strict=True)),
            hovertemplate="%{y}<br>%{customdata[0]:.0f}% " + verb + " (95% interval %{customdata[1]:.0f} to "
                          "%{customdata[2]:.0f}%)<extra></extra>")
    figure.update_layout(barmode="relative", bargap=.35, height=130 + 30 * len(table), yaxis_autorange="reversed")
    figure.update_xaxes(title="% of the reviews that speak of it", range=[-105, 105], tickvals=[-100, -50, 0, 50, 100],
                        ticktext=["100", "50", "0", "50", "100"], zerolinecolor=GREY)
    return figure


def complaints_of_products(table) -> go.Figure:
    """Share of the reviews of one aspect of one product that complain, with its 95% interval, and elsewhere.

    Args:
        table: rows of table ``aspect_sentiment`` of products or categories, at most about 20, in reading order.
    """
    labels = [f"{_cut(name)}<br>{_cut(aspect.replace('_', ' '))} ({reviews:,})" for name, aspect, reviews in zip(
        table["name"], table["aspect"], table["reviews"], strict=True)]
    share, low, high, elsewhere = (100 * table[name].astype(float) for name in (
        "negative_share", "negative_share_ci_lower", "negative_share_ci_upper", "negative_elsewhere"))
    figure = go.Figure()
    figure.add_scatter(
        y=labels, x=share, mode="markers", name="here", marker=dict(color=RED, size=11),
        error_x=dict(type="data", array=high - share, arrayminus=share - low, color=INK, thickness=1.2, width=3),
        customdata=list(zip(low, high, strict=True)),
        hovertemplate="%{y}<br>%{x:.0f}% complain (95% interval %{customdata[0]:.0f} to %{customdata[1]:.0f}%)"
                      "<extra></extra>")
    figure.add_scatter(y=labels, x=elsewhere, mode="markers", name="the same aspect elsewhere",
                       marker=dict(color="white", size=10, line=dict(color=GREY, width=2)),
                       hovertemplate="%{y}<br>%{x:.0f}% elsewhere<extra></extra>")
    figure.update_layout(height=130 + 58 * len(table), yaxis_autorange="reversed", xaxis_range=[-3, 103],
                         xaxis_title="% of the reviews that speak of it")
    return figure


def _cut(text: str, length: int = 24) -> str:
    return escape(text if len(text) <= length else text[:length - 1].rstrip() + "…")
