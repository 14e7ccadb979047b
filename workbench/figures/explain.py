"""Figures of why a model says so."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from workbench.figures.look import BLUE, ORANGE, RED
from workbench.text import LANGUAGE_NAMES

#: for a class red, against it blue: ColorBrewer's RdBu, which colour-blind readers tell apart
AGAINST_FOR = [[0, "#2166AC"], [.25, "#92C5DE"], [.5, "#F7F7F7"], [.75, "#F4A582"], [1, "#B2182B"]]
GREY = "rgba(120,120,120,.25)"
HEAD_MEASURES = {"entropy": "Entropy, bits", "distance": "Distance, tokens", "first": "Share on [CLS]",
                 "last": "Share on [SEP]", "same": "Share on its own word", "before": "Share on the token before",
                 "after": "Share on the token after"}
MOST_NAMED = 50  # words with a name below them; of a longer text those that weigh most


def _named(method: str) -> str:
    return method[:1].upper() + method[1:]  # AttnLRP keeps its letters


def faithfulness(table) -> go.Figure:
    """What each method gains over chance, with its 95% interval; a table of ``explain.compare_methods``."""
    figure = go.Figure()
    shapes = {"en": (BLUE, "circle"), "zh": (ORANGE, "diamond")}
    for language, part in table.groupby("language"):
        colour, symbol = shapes[language]
        figure.add_scatter(
            name=LANGUAGE_NAMES[language], y=[_named(method) for method in part["method"]], x=part["gain"], mode="markers",
            orientation="h", marker=dict(color=colour, symbol=symbol, size=11), customdata=part["verdict"],
            error_x=dict(type="data", symmetric=False, array=part["gain_ci_upper"] - part["gain"],
                         arrayminus=part["gain"] - part["gain_ci_lower"], color=colour),
            hovertemplate="%{y}: %{x:+.3f}, %{customdata}<extra></extra>")
    figure.add_vline(x=0, line=dict(color=RED, dash="dot"), annotation_text="chance",
                     annotation_position="bottom right")
    figure.update_layout(xaxis_title="probability lost beyond chance without the named words", height=330,
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
        z=scores.round(3), x=positions, y=[_named(method) for method in methods], zmin=-1, zmax=1, xgap=1, ygap=2,
        colorscale=AGAINST_FOR, customdata=np.broadcast_to(first["word"].to_numpy(str), scores.shape),
        hovertemplate="%{customdata}: %{z:.2f}<extra>%{y}</extra>",
        colorbar=dict(title="weight", thickness=10, len=.9, tickvals=[-1, 0, 1], ticktext=["against", "none", "for"])))
    named = np.sort(np.argsort(-abs(scores).max(axis=0), kind="stable")[:MOST_NAMED])
    words = first["word"].to_numpy()[named].tolist()
    longest = max(map(len, words))
    figure.update_layout(height=130 + 26 * len(methods) + 6 * longest, yaxis_autorange="reversed", margin_b=20, xaxis=dict(
        tickvals=positions[named], ticktext=words, tickangle=-60 if longest > 2 else 0, showgrid=False))
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


def heads(table) -> go.Figure:
    """Where each head looks: layers × heads, one panel a measure; a table of ``explain.over_corpus``."""
    layers, count = int(table["layer"].max()), int(table["head"].max())
    figure = make_subplots(len(HEAD_MEASURES), 1, subplot_titles=list(HEAD_MEASURES.values()), vertical_spacing=.035)
    for row, (name, title) in enumerate(HEAD_MEASURES.items(), 1):
        values = table.sort_values(["layer", "head"])[name].to_numpy(float).reshape(layers, count)
        figure.add_trace(go.Heatmap(
            z=values.round(3), x=list(range(1, count + 1)), y=list(range(1, layers + 1)), colorscale="Cividis", zmin=0,
            showscale=False, xgap=1, ygap=1, texttemplate="%{z:.2f}" if values.max() < 10 else "%{z:.0f}",
            textfont=dict(size=10), colorbar=dict(title=title), name=title,
            hovertemplate=f"layer %{{y}}, head %{{x}}: %{{z:.3f}}<extra>{title}</extra>"), row=row, col=1)
    figure.update_xaxes(dtick=1, showgrid=False)
    figure.update_yaxes(dtick=1, showgrid=False, autorange="reversed", title="layer")
    figure.update_xaxes(title="head", row=len(HEAD_MEASURES), col=1)
    figure.update_layout(height=(70 + 24 * layers) * len(HEAD_MEASURES), margin=dict(t=40, b=40))
    return figure
