"""Figures of why a model says so."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from workbench.figures.look import BLUE, ORANGE, RED
from workbench.text import LANGUAGE_NAMES

#: for a class red, against it blue: ColorBrewer's RdBu, which colour-blind readers tell apart
AGAINST_FOR = [[0, "#2166AC"], [.25, "#92C5DE"], [.5, "#F7F7F7"], [.75, "#F4A582"], [1, "#B2182B"]]
GREY = "rgba(120,120,120,.25)"
HOVER = "%{y} → %{x}: %{z:.2f}<extra></extra>"


def faithfulness(table) -> go.Figure:
    """What each method gains over chance, with its 95 % interval; a table of ``explain.compare_methods``."""
    figure = go.Figure()
    shapes = {"en": (BLUE, "circle"), "zh": (ORANGE, "diamond")}
    for language, part in table.groupby("language"):
        colour, symbol = shapes[language]
        figure.add_scatter(
            name=LANGUAGE_NAMES[language], y=part["method"].str.capitalize(), x=part["gain"], mode="markers",
            orientation="h", marker=dict(color=colour, symbol=symbol, size=11), customdata=part["verdict"],
            error_x=dict(type="data", symmetric=False, array=part["gain_ci_upper"] - part["gain"],
                         arrayminus=part["gain"] - part["gain_ci_lower"], color=colour),
            hovertemplate="%{y}: %{x:+.3f}, %{customdata}<extra></extra>")
    figure.add_vline(x=0, line=dict(color=RED, dash="dot"), annotation_text="chance",
                     annotation_position="bottom right")
    figure.update_layout(xaxis_title="probability lost beyond chance when the named words are deleted", height=330,
                         yaxis_autorange="reversed", scattermode="group")
    return figure


def word_weights(table) -> go.Figure:
    """The words of one text, one row a method, coloured by their score. Table ``explanations`` of one text."""
    methods = list(dict.fromkeys(table["method"]))
    first = table[table["method"] == methods[0]].sort_values("position")
    scores = np.stack([table[table["method"] == method].sort_values("position")["score"].to_numpy(float)
                       for method in methods])
    positions = first["position"].to_numpy()
    figure = go.Figure(go.Heatmap(
        z=scores.round(3), x=positions, y=[method.capitalize() for method in methods], zmin=-1, zmax=1, xgap=1, ygap=2,
        colorscale=AGAINST_FOR, customdata=np.broadcast_to(first["word"].to_numpy(str), scores.shape),
        hovertemplate="%{customdata}: %{z:.2f}<extra>%{y}</extra>",
        colorbar=dict(title="weight", thickness=10, len=.9, tickvals=[-1, 0, 1], ticktext=["against", "none", "for"])))
    longest = max(map(len, first["word"]))
    figure.update_layout(height=130 + 26 * len(methods) + 6 * longest, yaxis_autorange="reversed", margin_b=20, xaxis=dict(
        tickvals=positions, ticktext=first["word"].tolist(), tickangle=-60 if longest > 2 else 0, showgrid=False))
    return figure


def perturbation(table) -> go.Figure:
    """Probability of the label as the words of a method go, one panel a row of ``explain.truth`` with its ``text``."""
    columns = min(3, len(table))
    rows = -(-len(table) // columns)
    titles = [f"{row.text}: {row.verdict}" for row in table.itertuples()]
    figure = make_subplots(rows, columns, subplot_titles=titles, shared_yaxes=True, horizontal_spacing=.04,
                           vertical_spacing=.32 / rows)
    for place, row in enumerate(table.itertuples()):
        where = dict(row=place // columns + 1, col=place % columns + 1)
        band = dict(mode="lines", line=dict(width=0), showlegend=False, hoverinfo="skip")
        figure.add_scatter(x=row.gone, y=row.curve_chance_upper, **band, **where)
        figure.add_scatter(x=row.gone, y=row.curve_chance_lower, fill="tonexty", fillcolor=GREY, **band, **where)
        figure.add_scatter(x=row.gone, y=row.curve_chance, name="random words", line=dict(color="#666", dash="dot"),
                           showlegend=not place, hovertemplate="%{y:.2f}<extra>random words</extra>", **where)
        figure.add_scatter(x=row.gone, y=row.curve, name="the method's words", line=dict(color=BLUE), showlegend=not place,
                           hovertemplate="%{y:.2f}<extra>" + row.method + "</extra>", **where)
    figure.update_xaxes(tickformat=".0%")
    figure.update_yaxes(range=[0, 1.02])
    figure.update_layout(height=90 + 210 * rows, legend=dict(orientation="h", y=-.12), xaxis_title=None)
    return figure


def attention_heads(reading) -> go.Figure:
    """Every head of a layer as a token-to-token heatmap; a slider picks the layer. An ``explain.Reading``."""
    layers, heads = reading.attentions.shape[:2]
    columns = min(4, heads)
    rows = -(-heads // columns)
    figure = make_subplots(rows, columns, subplot_titles=[f"head {head + 1}" for head in range(heads)],
                           horizontal_spacing=.015, vertical_spacing=.06)
    weights, places = reading.attentions.astype(float).round(3), _places(reading)
    for head in range(heads):
        figure.add_trace(go.Heatmap(z=weights[-1, head], x=places, y=places, zmin=0, zmax=1, colorscale="Cividis",
                                    showscale=head == 0, colorbar=dict(title="weight", thickness=10),
                                    hovertemplate=HOVER, name=f"head {head + 1}"),
                         row=head // columns + 1, col=head % columns + 1)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, autorange="reversed")
    steps = [dict(method="restyle", label=str(layer + 1), args=[{"z": [w.tolist() for w in weights[layer]]}])
             for layer in range(layers)]
    figure.update_layout(height=220 * rows + 110, margin=dict(l=10, r=10, t=40, b=10),
                         sliders=[dict(active=layers - 1, steps=steps, currentvalue=dict(prefix="layer "), pad=dict(t=20))])
    return figure


def attention_head(reading, layer: int, head: int) -> go.Figure:
    """One head (or the mean of all, ``head`` 0) of one layer, with its tokens; both count from 1."""
    weights = reading.attentions[layer - 1].astype(float)
    weights = weights.mean(axis=0) if head == 0 else weights[head - 1]
    places, n = _places(reading), len(reading.tokens)
    figure = go.Figure(go.Heatmap(z=weights.round(3), x=places, y=places, colorscale="Cividis", zmin=0,
                                  colorbar=dict(title="weight", thickness=10), hovertemplate=HOVER))
    ticks = dict(tickvals=places, ticktext=reading.tokens, showgrid=False)
    figure.update_layout(height=180 + 17 * n, xaxis=dict(title="is attended to", tickangle=-60, **ticks),
                         yaxis=dict(title="attends", autorange="reversed", **ticks))
    return figure


def _places(reading) -> list[str]:
    return [f"{place} {token}" for place, token in enumerate(reading.tokens)]  # a token may stand twice
