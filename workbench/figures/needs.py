"""Figures of what customers ask for."""

from html import escape

import plotly.graph_objects as go

from workbench.figures.look import BLUE, GREEN, GREY, ORANGE, PURPLE, RED

KINDS = {"complaint": RED, "wish": BLUE, "missing_information": PURPLE, "praise": GREEN}


def needs_ranked(table) -> go.Figure:
    """Needs by the reviews that voice them, this week's apart from those of the weeks before. Table ``needs``.

    Args:
        table: at most about 20 rows, most important first.
    """
    labels = [f"{_about(subject, aspect)}<br>{kind.replace('_', ' ')}"
              for subject, aspect, kind in zip(table["subject"], table["aspect"], table["kind"], strict=True)]
    week, reviews = table["week_reviews"].astype(int), table["reviews"].astype(int)
    colours = [KINDS[kind] for kind in table["kind"]]
    figure = go.Figure()
    dated = bool(week.sum())
    figure.add_bar(y=labels, x=week if dated else reviews, orientation="h", marker_color=colours,
                   name="this week" if dated else "reviews", hovertemplate="%{y}<br>%{x:,} reviews<extra></extra>")
    if dated:
        figure.add_bar(y=labels, x=reviews - week, orientation="h", marker_color=colours, opacity=.35, name="weeks before",
                       hovertemplate="%{y}<br>%{x:,} reviews in the weeks before<extra></extra>")
    figure.update_layout(barmode="stack", xaxis_title="reviews that voice the need", yaxis_autorange="reversed",
                         height=90 + 44 * len(table), bargap=.3, showlegend=dated, margin_l=12)
    return figure


def needs_changed(table) -> go.Figure:
    """Share of all reviews that voice a need, this week and in the weeks before. ``Groups.moved``."""
    labels = [f"{_about(subject, aspect)} ({kind.replace('_', ' ')})"
              for subject, aspect, kind in zip(table["subject"], table["aspect"], table["kind"], strict=True)]
    before, now = (table[name].astype(float) * 100 for name in ("earlier_share", "week_share"))
    figure = go.Figure()
    for label, a, b in zip(labels, before, now, strict=True):
        figure.add_scatter(y=[label, label], x=[a, b], mode="lines", line=dict(color=GREY, width=2), showlegend=False,
                           hoverinfo="skip")
    figure.add_scatter(y=labels, x=before, mode="markers", name="weeks before",
                       marker=dict(color="white", size=11, line=dict(color=GREY, width=2)),
                       hovertemplate="%{y}<br>%{x:.1f}% in the weeks before<extra></extra>")
    figure.add_scatter(y=labels, x=now, mode="markers", name="this week", marker=dict(color=ORANGE, size=12),
                       hovertemplate="%{y}<br>%{x:.1f}% this week<extra></extra>")
    figure.update_layout(xaxis_title="% of the shop's reviews", yaxis_autorange="reversed", xaxis_rangemode="tozero",
                         height=120 + 34 * len(table))
    return figure


def _about(subject: str, aspect: str) -> str:
    about = _cut(subject, 34) + ("" if aspect in ("unnamed", "any") else f" · {aspect.replace('_', ' ')}")
    return escape(about)  # plotly draws links and other tags


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[:length - 1].rstrip() + "…"
