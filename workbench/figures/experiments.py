"""Figures of experiments: effects with intervals, day by day, and the split. Tables come ready; nothing is computed."""

from html import escape
from itertools import cycle

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from workbench.figures.look import BLUE, COLOURS, GREEN, GREY, INK, RED

TONES = {"better": GREEN, "worse": RED, "open": GREY}
ABOVE = 26  # pixels of the title of a panel, under the legend
WORDS = {"better": "better beyond chance", "worse": "worse beyond chance", "open": "not beyond chance"}


def forest(table, axis: str) -> go.Figure:
    """Effects with 95% intervals, one line each, the first on top; the labels stand over the lines, so that they fit
    on a phone.

    Table: ``name``, ``under`` (what is compared), ``text`` (the effect in words), ``effect, low, high`` (empty where
    withheld), ``tone`` (better, worse, open, withheld). ``axis`` names the values and their unit.
    """
    figure = go.Figure()
    table = table.assign(place=range(len(table)))
    for tone, colour in TONES.items():
        part = table[(table["tone"] == tone).to_numpy()]
        if len(part):
            figure.add_scatter(
                name=WORDS[tone], x=part["effect"].astype(float), y=part["place"], mode="markers",
                customdata=[escape(text) for text in part["text"]],
                marker=dict(color=colour, size=11, symbol="diamond-open" if tone == "open" else "diamond"),
                error_x=dict(type="data", symmetric=False, array=(part["high"] - part["effect"]).astype(float),
                             arrayminus=(part["effect"] - part["low"]).astype(float), color=colour, thickness=2, width=5),
                hovertemplate="%{customdata} (%{x:+.1f}%)<extra></extra>")
    for row in table.itertuples(index=False):
        told = f"<i>{escape(row.text)}</i>" if row.tone == "withheld" else escape(row.text)
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=row.place - 0.2, yanchor="bottom", showarrow=False, align="left",
            bgcolor="rgba(255,255,255,.85)", borderpad=1,
            text=f"<b>{escape(row.name)}</b> {escape(row.under)}<br>{told}")
    figure.add_vline(x=0, line=dict(color=INK, width=1.5), layer="below")
    figure.update_layout(
        height=130 + 78 * len(table), xaxis_title=axis, xaxis=dict(ticksuffix="%", zeroline=False, nticks=6),
        showlegend=True, margin=dict(l=16, r=16),
        yaxis=dict(visible=False, range=[len(table) - 0.7, -0.85]))
    return figure


def day_by_day(table) -> go.Figure:
    """The cumulative effect at the end of each day, with the 95% interval of a single look (dark) and the 95% confidence
    sequence of any number of looks (light): a panel an experiment, a line an arm.

    Table: ``experiment, axis, day, arm, effect, low, high, any_low, any_high``; ``axis`` names the values of its panel and
    their unit.
    """
    names, arms = list(dict.fromkeys(table["experiment"])), table.groupby("experiment")["arm"].unique()
    titles = [f"<b>{escape(name)}</b>" + f" “{escape(arms[name][0])}”" * (len(arms[name]) == 1) for name in names]
    figure = make_subplots(rows=len(names), cols=1, vertical_spacing=min(0.12, 0.3 / len(names)),
                           subplot_titles=titles)
    for place, name in enumerate(names, start=1):
        mine = table[(table["experiment"] == name).to_numpy()]
        for colour, (arm, part) in zip(cycle(COLOURS), mine.groupby("arm", sort=True), strict=False):
            days, at = part["day"].tolist(), {"row": place, "col": 1}
            for low, high, opacity in (("any_low", "any_high", 0.10), ("low", "high", 0.22)):
                figure.add_scatter(x=days + days[::-1], y=[*part[high], *part[low][::-1]], fill="toself", mode="lines",
                                   line=dict(width=0), fillcolor=colour, opacity=opacity, hoverinfo="skip", showlegend=False,
                                   **at)
            figure.add_scatter(name=escape(arm), x=days, y=part["effect"], mode="lines+markers", showlegend=False,
                               line=dict(color=colour, width=2), marker=dict(size=4),
                               customdata=part[["low", "high", "any_low", "any_high"]],
                               hovertemplate="%{x}: %{y:+.2f}<br>one look %{customdata[0]:+.2f} to %{customdata[1]:+.2f}"
                                             "<br>any look %{customdata[2]:+.2f} to %{customdata[3]:+.2f}"
                                             f"<extra>{escape(arm)}</extra>", **at)
            if len(arms[name]) > 1:
                figure.add_annotation(x=days[-1], y=part["effect"].iloc[-1], text=escape(arm), xanchor="right", yshift=12,
                                      showarrow=False, font=dict(color=colour), **at)
        figure.add_hline(y=0, line=dict(color=INK, width=1), row=place, col=1)
        figure.update_yaxes(title=escape(mine["axis"].iloc[0]).replace("\n", "<br>"), zeroline=False, row=place, col=1)
    figure.update_xaxes(type="date", tickformat="%-d %b", nticks=6)
    figure.update_xaxes(title="end of the day", row=len(names), col=1)
    figure.update_layout(height=90 + 260 * len(names), margin_t=56)
    return figure


def split(table, axis: str) -> go.Figure:
    """The share of an arm among the customers drawn on each day, with 95% intervals and the share that was due.

    Table: ``day, customers, share, share_ci_lower, share_ci_upper, due``, shares in %.
    """
    figure = go.Figure()
    figure.add_scatter(name="due", x=table["day"], y=table["due"], mode="lines", line=dict(color=INK, dash="dot"),
                       hoverinfo="skip")
    figure.add_scatter(
        name="drawn", x=table["day"], y=table["share"], mode="markers", marker=dict(color=BLUE, size=9),
        error_y=dict(type="data", symmetric=False, array=table["share_ci_upper"] - table["share"],
                     arrayminus=table["share"] - table["share_ci_lower"], color=BLUE, thickness=1.5, width=4),
        customdata=table["customers"], hovertemplate="%{x}: %{y:.1f}% of %{customdata:,} customers<extra></extra>")
    figure.update_layout(height=320, yaxis_title=axis, yaxis=dict(ticksuffix="%", rangemode="tozero"),
                         xaxis=dict(title="day of the draw", type="date", tickformat="%-d %b", nticks=6))
    return figure


def qini(table) -> go.Figure:
    """What picking customers gains, against picking at random: a panel an arm.

    Table: ``line`` (the experiment and, below, the arm), ``axis`` (names the gain and its unit), ``share`` picked in %,
    ``gained``, ``at_random``.
    """
    lines = list(dict.fromkeys(table["line"]))
    figure = make_subplots(rows=len(lines), cols=1, vertical_spacing=min(0.18, 0.4 / len(lines)),
                           subplot_titles=["<b>" + escape(line).replace("\n", "</b><br>") for line in lines])
    for place, line in enumerate(lines, start=1):
        part = table[(table["line"] == line).to_numpy()]
        for name, column, look in (("picked by the models", "gained", dict(color=BLUE, width=2)),
                                   ("picked at random", "at_random", dict(color=INK, dash="dot", width=1.5))):
            figure.add_scatter(name=name, x=part["share"], y=part[column], mode="lines", line=look, legendgroup=name,
                               showlegend=place == 1, row=place, col=1,
                               hovertemplate="%{x:.0f}% picked: %{y:+.2f}<extra>" + name + "</extra>")
        figure.update_yaxes(title=escape(part["axis"].iloc[0]).replace("\n", "<br>"), zeroline=False, row=place, col=1)
    figure.update_annotations(font_size=13)
    figure.update_xaxes(ticksuffix="%", range=[0, 100])
    figure.update_xaxes(title="customers who get the change", row=len(lines), col=1)
    figure.update_layout(height=140 + 240 * len(lines), margin_t=110, legend_y=1 + (ABOVE + 20) / (240 * len(lines)))
    return figure


def before_after(lines) -> go.Figure:
    """Groups with a change and without it, week by week: a panel a change.

    Args:
        lines: name of the change and its table ``line, week, value, with_it`` (100: the mean before; whether the week has
            the change).
    """
    figure = make_subplots(rows=len(lines), cols=1, vertical_spacing=min(0.12, 0.3 / len(lines)),
                           subplot_titles=[f"<b>{escape(name)}</b>" for name, _ in lines])
    for place, (_, table) in enumerate(lines, start=1):
        for colour, (line, part) in zip((BLUE, GREY), table.groupby("line", sort=True), strict=False):
            figure.add_scatter(name=line, x=part["week"], y=part["value"], mode="lines+markers", row=place, col=1,
                               line=dict(color=colour, width=2), legendgroup=line, showlegend=place == 1,
                               hovertemplate="week of %{x}: %{y:.0f}<extra>" + line + "</extra>")
        since = table.loc[table["with_it"].to_numpy(dtype=bool), "week"].min()
        figure.add_vline(x=since, line=dict(color=INK, dash="dot", width=1.5), row=place, col=1)
    figure.update_yaxes(title="customers, 100 = before", rangemode="tozero", zeroline=False)
    figure.update_xaxes(type="date", tickformat="%-d %b", nticks=7)
    figure.update_xaxes(title="week, by its Monday", row=len(lines), col=1)
    figure.update_layout(height=120 + 280 * len(lines), margin_t=90, legend_y=1 + ABOVE / (280 * len(lines)))
    return figure
