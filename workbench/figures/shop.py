"""Figures of the prepared week: its funnel and its days."""

import plotly.graph_objects as go

from workbench.figures.look import BLUE, GREY


def funnel(table) -> go.Figure:
    """Customers at each stage, this week beside the week before. Table ``funnel``."""
    figure = go.Figure()
    for colour, (week, part) in zip((GREY, BLUE), table.groupby("week", sort=True), strict=False):
        share = ["" if rate != rate or rate is None else f"{rate:.1%}" for rate in part["rate"].astype("float64")]
        figure.add_bar(name=week, y=part["stage"].str.capitalize(), x=part["customers"].astype(int), orientation="h",
                       marker_color=colour, text=share, textposition="auto", cliponaxis=False,
                       hovertemplate="%{y}: %{x:,} customers<extra>" + week + "</extra>")
    figure.update_layout(xaxis_title="customers", yaxis_autorange="reversed", bargap=0.25, height=300,
                         legend_traceorder="reversed")
    return figure


def engagement(table, currency: str = "") -> go.Figure:
    """Customers by day, this week over the week before. Table ``engagement``."""
    figure = go.Figure()
    days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    for colour, dash, (week, part) in zip((GREY, BLUE), ("dot", "solid"), table.groupby("week", sort=True), strict=False):
        money = ["" if value != value else f"<br>{value:,.0f} {currency}" for value in part["revenue"].astype("float64")]
        figure.add_scatter(name=week, x=days, y=part["customers"].astype(int), mode="lines+markers", customdata=money,
                           line=dict(color=colour, dash=dash),
                           hovertemplate="%{x}: %{y:,} customers%{customdata}<extra>" + week + "</extra>")
    figure.update_layout(yaxis_title="active customers", yaxis_rangemode="tozero", height=300)
    return figure
