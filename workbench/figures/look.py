"""The look of all figures: the Okabe-Ito colours, which colour-blind readers tell apart
(Okabe & Ito 2008, "Color Universal Design"), no decoration, direct titles, units on the axes.
"""

import plotly.graph_objects as go
import plotly.io as pio

BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442")
GREY, INK = "#6B7280", "#1F2430"
COLOURS = [BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW]

FONT = ("system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', "
        "'Noto Sans CJK SC', sans-serif")

TEMPLATE = go.layout.Template(layout=dict(
    colorway=COLOURS,
    font=dict(family=FONT, size=13, color=INK),
    paper_bgcolor="white", plot_bgcolor="white",
    margin=dict(l=64, r=24, t=36, b=48),
    hovermode="closest", colorscale=dict(sequential="Cividis"),
    legend=dict(orientation="h", y=1.02, yanchor="bottom", x=0, xanchor="left"),
    xaxis=dict(gridcolor="#E6E8EC", zerolinecolor="#B9BEC7", automargin=True, ticklabelstandoff=4, title=dict(standoff=10)),
    yaxis=dict(gridcolor="#E6E8EC", zerolinecolor="#B9BEC7", automargin=True, ticklabelstandoff=4, title=dict(standoff=10)),
))
pio.templates["workbench"] = TEMPLATE
pio.templates.default = "workbench"
