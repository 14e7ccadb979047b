"""Figures of what customers did: the funnel, days and hours, who came back, who bought how often and for how much."""

import plotly.graph_objects as go

from workbench.figures.look import BLUE, GREY, INK, ORANGE, PURPLE

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
BARE = 12  # pixels above a figure without a legend
GROUPS = {"new": ORANGE, "returning": BLUE, "no customer named": GREY}


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


def engagement(table, currency: str = "", of: str = "customers", what: str = "active customers") -> go.Figure:
    """Customers (or another count: column ``of``, called ``what``) by day, this week over the week before; days without data
    are gaps. Table ``engagement``.
    """
    figure = go.Figure()
    for colour, dash, (week, part) in zip((GREY, BLUE), ("dot", "solid"), table.groupby("week", sort=True), strict=False):
        money = ["" if value != value else f"<br>{value:,.0f} {currency}" for value in part["revenue"].astype("float64")]
        count = [int(number) if events else None for number, events in zip(part[of], part["events"], strict=True)]
        figure.add_scatter(name=week, x=DAYS, y=count, mode="lines+markers", customdata=money,
                           line=dict(color=colour, dash=dash),
                           hovertemplate="%{x}: %{y:,} " + what + "%{customdata}<extra>" + week + "</extra>")
    figure.update_layout(yaxis_title=what, yaxis_rangemode="tozero", height=300)
    return figure


def events_per_view(table) -> go.Figure:
    """Events of each later stage per 100 views with 95% intervals, this week beside the week before. Table ``funnel``."""
    figure = go.Figure()
    later = table[(table["stage"] != "view").to_numpy() & table["event_rate"].notna().to_numpy()]
    for colour, (week, part) in zip((GREY, BLUE), later.groupby("week", sort=True), strict=False):
        value, low, high = (100 * part[f"event_rate{side}"].astype(float) for side in ("", "_ci_lower", "_ci_upper"))
        figure.add_bar(name=week, y=part["stage"].str.capitalize(), x=value, orientation="h", marker_color=colour,
                       error_x=_whiskers(value, low, high), customdata=list(zip(low, high, strict=True)),
                       hovertemplate="%{y}: %{x:.1f} per 100 views (95% interval %{customdata[0]:.1f} to "
                                     "%{customdata[1]:.1f})<extra>" + week + "</extra>")
    figure.update_layout(xaxis_title="events per 100 views", yaxis_autorange="reversed", bargap=.3, height=250,
                         legend_traceorder="reversed", xaxis_rangemode="tozero")
    return figure


def retention(table) -> go.Figure:
    """Share of the customers first seen in a week who acted in each later week, as a heatmap. Table ``retention``; weeks
    whose customers are withheld for being few are left out.
    """
    table = table[table["customers"].notna().to_numpy()]
    later = table[(table["age"] > 0).to_numpy()]
    cells = later.pivot(index="cohort", columns="age", values="share").sort_index()
    sizes = table.groupby("cohort")["customers"].first()
    shares = [[None if value != value else round(100 * value, 1) for value in row]
              for row in cells.astype("float64").to_numpy()]
    figure = go.Figure(go.Heatmap(
        z=shares, x=[str(age) for age in cells.columns], y=[f"{week} ({sizes[week]:,})" for week in cells.index],
        zmin=0, zmax=max((value for row in shares for value in row if value is not None), default=1), colorscale="Blues",
        texttemplate="%{z:.0f}", xgap=2, ygap=2, hoverongaps=False, showscale=len(cells) > 3,
        colorbar=dict(title="% active", thickness=12),
        hovertemplate="first seen %{y}, %{x} weeks later: %{z:.1f}% active<extra></extra>"))
    figure.update_layout(xaxis_title="weeks since first seen", height=150 + 28 * len(cells), yaxis_autorange="reversed",
                         yaxis_title="", xaxis_type="category", margin_t=BARE)
    figure.update_xaxes(showgrid=False)
    figure.update_yaxes(showgrid=False)
    return figure


def rhythm(table, what: str = "events") -> go.Figure:
    """Mean events (or ``what`` else was counted) of each hour of each weekday, as a heatmap. Table ``rhythm``."""
    days = table.groupby("weekday")["days"].first()
    cells = table.pivot(index="weekday", columns="hour", values="events").sort_index().astype("float64")
    mean = cells.div(days.where(days > 0), axis="index")
    figure = go.Figure(go.Heatmap(
        z=[[None if value != value else round(value, 2) for value in row] for row in mean.to_numpy()],
        x=[f"{hour:02d}" for hour in mean.columns], y=[DAYS[day] for day in mean.index], zmin=0,
        zmax=float(mean.max().max()), colorscale="Blues", xgap=1, ygap=1,
        colorbar=dict(title=what, thickness=12),
        hovertemplate="%{y} from %{x}:00: %{z:,.1f} " + what + " in the hour<extra></extra>"))
    figure.update_layout(xaxis_title="hour of the day", height=306, yaxis_autorange="reversed", xaxis_type="category",
                         margin_t=BARE)
    figure.update_xaxes(showgrid=False)
    figure.update_yaxes(showgrid=False)
    return figure


def sales(table, value: str, title: str) -> go.Figure:
    """``value`` of each week, new and returning customers stacked. Table ``sales``."""
    figure = go.Figure()
    for group, colour in GROUPS.items():
        part = table[(table["group"] == group).to_numpy()]
        if len(part):
            figure.add_bar(name=group, x=part["week"], y=part[value].astype(float), marker_color=colour,
                           hovertemplate="%{x}: %{y:,.0f}<extra>" + group + "</extra>")
    figure.update_layout(barmode="relative", yaxis_title=title, xaxis_type="category", height=340, bargap=.25)
    figure.update_xaxes(categoryorder="category ascending")
    return figure


def segments(table) -> go.Figure:
    """Each segment's share of customers, of purchases and of revenue. Columns ``segment`` and shares, 0 to 1."""
    shown = {"customers_share": ("of customers", GREY), "purchases_share": ("of purchases", BLUE),
             "revenue_share": ("of revenue", ORANGE)}
    figure = go.Figure()
    for column, (name, colour) in shown.items():
        if column in table and table[column].notna().any():
            figure.add_bar(name=name, y=table["segment"].str.capitalize(), x=100 * table[column].astype(float),
                           orientation="h", marker_color=colour,
                           hovertemplate="%{y}: %{x:.1f}% " + name + "<extra></extra>")
    figure.update_layout(height=150 + 52 * len(table), xaxis_title="%", yaxis_autorange="reversed", bargap=.25)
    return figure


def spread(bins, told: dict, title: str) -> go.Figure:
    """Buyers by a feature: bars of equal width, the last of all above; half of them lie below the line.

    Args:
        bins: ``low, high, customers``; the last has no ``high``. told: ``p50``.
    """
    width = float(bins["high"].iloc[0] - bins["low"].iloc[0])
    words = [f"{row.low:,.2f} to {row.high:,.2f}" for row in bins[:-1].itertuples()]
    words.append(f"above {bins['low'].iloc[-1]:,.2f}")
    colours = [BLUE] * (len(bins) - 1) + [PURPLE]
    figure = go.Figure(go.Bar(x=bins["low"] + width / 2, y=bins["customers"], width=width * .95, marker_color=colours,
                              customdata=words, hovertemplate="%{customdata}: %{y:,} buyers<extra></extra>"))
    figure.add_vline(x=told["p50"], line=dict(color=INK, width=2, dash="dot"))
    figure.add_annotation(x=told["p50"], y=1, yref="paper", yanchor="bottom", showarrow=False,
                          text=f"half below {told['p50']:,.2f}")
    figure.update_layout(xaxis_title=title, yaxis_title="buyers", height=320, bargap=0)
    return figure


def ladder(table) -> go.Figure:
    """Share of those with at least n purchases who made one more, with 95% intervals. Table ``ladder``."""
    share, low, high = (100 * table[f"share{side}"].astype(float) for side in ("", "_ci_lower", "_ci_upper"))
    names = [f"{n} → {n + 1}" for n in table["purchases"]]
    figure = go.Figure(go.Scatter(
        x=names, y=share, mode="markers", marker=dict(color=BLUE, size=11), error_y=_whiskers(share, low, high),
        customdata=list(zip(low, high, table["customers"], strict=True)),
        hovertemplate="%{x}: %{y:.1f}% of %{customdata[2]:,} (95% interval %{customdata[0]:.1f} to %{customdata[1]:.1f}%)"
                      "<extra></extra>"))
    figure.update_layout(xaxis_title="purchases", yaxis_title="% who made one more", yaxis_rangemode="tozero", height=320)
    return figure


def _whiskers(value, low, high) -> dict:
    return dict(type="data", array=high - value, arrayminus=value - low, color=INK, thickness=1.2, width=4)
