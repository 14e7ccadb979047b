"""Figures: a result table in, a plotly figure out. They compute nothing and know no source.

One look for all: the Okabe-Ito colours, which colour-blind readers tell apart
(Okabe & Ito 2008, "Color Universal Design"), no decoration, direct titles, units on the axes.
"""

import plotly.graph_objects as go
import plotly.io as pio

BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442")
GREY, INK = "#8A8F98", "#1F2430"
COLOURS = [BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW]

FONT = ("system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', "
        "'Noto Sans CJK SC', sans-serif")

TEMPLATE = go.layout.Template(layout=dict(
    colorway=COLOURS,
    font=dict(family=FONT, size=13, color=INK),
    paper_bgcolor="white", plot_bgcolor="white",
    margin=dict(l=64, r=24, t=36, b=48),
    hovermode="closest",
    legend=dict(orientation="h", y=1.02, yanchor="bottom", x=0, xanchor="left"),
    xaxis=dict(gridcolor="#E6E8EC", zerolinecolor="#B9BEC7", automargin=True, title=dict(standoff=10)),
    yaxis=dict(gridcolor="#E6E8EC", zerolinecolor="#B9BEC7", automargin=True, title=dict(standoff=10)),
))
pio.templates["workbench"] = TEMPLATE
pio.templates.default = "workbench"


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
