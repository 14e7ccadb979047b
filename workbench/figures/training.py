"""Figures of training: perplexity on the way, held-out scores, confusions, calibration. Tables come ready."""

from html import escape

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from workbench.figures.look import BLUE, GREEN, GREY, INK, ORANGE, PURPLE
from workbench.figures.look import COLOURS as PALETTE

COLOURS = {"encoder": BLUE, "linear": ORANGE, "latent": PURPLE, "pooled": GREEN, "most frequent label": GREY}


def pretraining(history, baseline: float) -> go.Figure:
    """Perplexity against passes over the texts, learnt from and held out, with the baseline as a line.

    Table: ``epoch, training_perplexity, held_out_perplexity``.
    """
    figure = go.Figure()
    for column, name, colour, dash in (("training_perplexity", "texts learnt from", GREY, "dot"),
                                       ("held_out_perplexity", "texts held out", BLUE, "solid")):
        figure.add_scatter(name=name, x=history["epoch"], y=history[column].astype(float), mode="lines+markers",
                           line=dict(color=colour, dash=dash), connectgaps=True,
                           hovertemplate="%{x:.1f} passes: %{y:,.1f}<extra>" + name + "</extra>")
    figure.add_scatter(name=f"word frequencies alone: {baseline:,.0f}", x=[0, history["epoch"].max()], y=[baseline] * 2,
                       mode="lines", line=dict(color=ORANGE, dash="dash"), hoverinfo="skip")
    figure.update_layout(height=340, xaxis_title="passes over the texts", yaxis_title="perplexity")
    figure.update_yaxes(**_logarithmic(1, 7))
    return figure


def held_out(table) -> go.Figure:
    """Macro F1 on held-out texts with 95% intervals, a line for each task and language, a mark for each model.

    Table: ``name, model, macro_f1, macro_f1_ci_lower, macro_f1_ci_upper, serves``.
    """
    figure, names = go.Figure(), list(dict.fromkeys(table["name"]))
    shift = {"pooled": -0.32, "encoder": -0.16, "latent": 0.0, "linear": 0.16, "most frequent label": 0.32}
    for model, part in table.groupby("model", sort=False):
        places = [names.index(name) + shift[model] for name in part["name"]]
        figure.add_scatter(
            name=model, x=part["macro_f1"], y=places, mode="markers", customdata=[escape(name) for name in part["name"]],
            marker=dict(color=COLOURS[model], size=11, line=dict(color=INK, width=[2 * one for one in part["serves"]])),
            error_x=dict(type="data", symmetric=False, array=part["macro_f1_ci_upper"] - part["macro_f1"],
                         arrayminus=part["macro_f1"] - part["macro_f1_ci_lower"], color=COLOURS[model], thickness=2,
                         width=4),
            hovertemplate="%{customdata}: %{x:.3f}<extra>" + model + "</extra>")
    figure.update_layout(
        height=150 + 70 * len(names), xaxis=dict(title="macro F1 on held-out texts", range=[0, 1]),
        yaxis=dict(tickvals=list(range(len(names))), ticktext=[escape(name) for name in names],
                   range=[len(names) - 0.5, -0.5], zeroline=False))
    return figure


def learning(table) -> go.Figure:
    """Macro F1 on the validation side against training texts: the linear model's line and the encoder's point.

    Table: ``name, model, texts, macro_f1, ci_lower, ci_upper``.
    """
    names = list(dict.fromkeys(table["name"]))
    figure = _panels(names)
    for place, name in enumerate(names):
        for model, part in table[(table["name"] == name).to_numpy()].groupby("model", sort=False):
            figure.add_scatter(
                name=model, legendgroup=model, showlegend=place == 0, x=part["texts"], y=part["macro_f1"],
                mode="lines+markers", line_color=COLOURS[model],
                error_y=dict(type="data", symmetric=False, array=part["ci_upper"] - part["macro_f1"],
                             arrayminus=part["macro_f1"] - part["ci_lower"], thickness=1.2, width=3),
                hovertemplate="%{x:,} texts: %{y:.3f}<extra>" + model + "</extra>", **_where(place))
    figure.update_xaxes(title_text="training texts", rangemode="tozero")
    figure.update_yaxes(title_text="macro F1, validation", range=[0, 1])
    return figure


def labels_won(table) -> go.Figure:
    """Macro F1 on a shop's own texts against the labels that its analysts gave, a line for each task.

    Table: ``name, labels, macro_f1, ci_lower, ci_upper``.
    """
    figure = go.Figure()
    for name, part in table.groupby("name", sort=False):
        figure.add_scatter(
            name=escape(name), x=part["labels"], y=part["macro_f1"], mode="lines+markers",
            error_y=dict(type="data", symmetric=False, array=part["ci_upper"] - part["macro_f1"],
                         arrayminus=part["macro_f1"] - part["ci_lower"], thickness=1.2, width=3),
            hovertemplate="%{x} labels: %{y:.3f}<extra>" + escape(name) + "</extra>")
    figure.update_layout(height=340, showlegend=True, xaxis=dict(title="labels given to teach", rangemode="tozero"),
                         yaxis=dict(title="macro F1, this shop's texts", range=[0, 1]))
    return figure


def confusions(table) -> go.Figure:
    """True label against predicted label, a panel for each task and language; shares of the true label as colour.

    Table: ``name, truth, predicted, texts, share``.
    """
    names = list(dict.fromkeys(table["name"]))
    labels = table.groupby("name")["truth"].nunique().max() if len(table) else 0
    figure = _panels(names, max(360, int(labels) * 42))  # a label may take three lines
    for place, name in enumerate(names):
        part = table[(table["name"] == name).to_numpy()]
        figure.add_heatmap(
            x=[_label(one) for one in part["predicted"]], y=[_label(one) for one in part["truth"]], z=part["share"],
            text=part["texts"], texttemplate="%{text}", zmin=0, zmax=1, showscale=False,
            colorscale=[[0, "#FFFFFF"], [1, BLUE]],
            hovertemplate="truly %{y}, read as %{x}: %{text} texts (%{z:.0%})<extra></extra>", **_where(place))
    figure.update_xaxes(title_text="read as", showgrid=False, tickangle=0, tickfont_size=9)
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont_size=11)
    figure.update_yaxes(title_text="truly", col=1)
    return figure


def calibration(table) -> go.Figure:
    """How often the model is right against how sure it says it is; on the diagonal it is honest.

    Table: ``name, model, confidence, accuracy, ci_lower, ci_upper, texts``.
    """
    names = list(dict.fromkeys(table["name"]))
    figure = _panels(names)
    for place, name in enumerate(names):
        figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=dict(color=GREY, dash="dot"), showlegend=False,
                           hoverinfo="skip", **_where(place))
        for model, part in table[(table["name"] == name).to_numpy()].groupby("model", sort=False):
            figure.add_scatter(
                name=model, legendgroup=model, showlegend=place == 0, x=part["confidence"], y=part["accuracy"],
                mode="lines+markers", line_color=COLOURS[model], customdata=part["texts"],
                error_y=dict(type="data", symmetric=False, array=part["ci_upper"] - part["accuracy"],
                             arrayminus=part["accuracy"] - part["ci_lower"], thickness=1.2, width=3),
                hovertemplate="says %{x:.0%}, is right %{y:.0%} (%{customdata} texts)<extra>" + model + "</extra>",
                **_where(place))
    figure.update_xaxes(title_text="says", range=[0, 1.02], tickformat=".0%")
    figure.update_yaxes(title_text="is right", range=[0, 1.02], tickformat=".0%")
    return figure


def fast_forms(table) -> go.Figure:
    """Macro F1 on held-out texts against texts a second, a panel for each task, a mark for each form of its model.

    Table: ``name, form, serves, speed, ratio, macro_f1, macro_f1_ci_lower, macro_f1_ci_upper``.
    """
    names, forms = list(dict.fromkeys(table["name"])), list(dict.fromkeys(table["form"]))
    figure = _panels(names)
    for place, name in enumerate(names):
        for form, part in table[(table["name"] == name).to_numpy()].groupby("form", sort=False):
            colour = [*PALETTE, GREY, INK][forms.index(form)]
            figure.add_scatter(
                name=form, legendgroup=form, showlegend=place == 0, x=part["speed"], y=part["macro_f1"], mode="markers",
                marker=dict(color=colour, size=12, line=dict(color=INK, width=[3 * one for one in part["serves"]])),
                error_y=dict(type="data", symmetric=False, array=part["macro_f1_ci_upper"] - part["macro_f1"],
                             arrayminus=part["macro_f1"] - part["macro_f1_ci_lower"], thickness=1.5, width=4),
                customdata=part["ratio"], **_where(place),
                hovertemplate="%{x:,.0f} texts a second (× %{customdata:.1f}): %{y:.3f}<extra>" + escape(form) + "</extra>")
    figure.update_xaxes(title_text="texts a second, measured", **_logarithmic(1, 6))
    figure.update_yaxes(title_text="macro F1", range=[0, 1])
    figure.update_layout(height=figure.layout.height + 60, legend_y=1 + 90 / figure.layout.height, margin_t=130)
    return figure


def _logarithmic(low: int, high: int) -> dict:
    """A logarithmic axis with whole numbers at 1, 2 and 5 of each power of ten from ``low`` to ``high``."""
    ticks = [digit * 10 ** power for power in range(low, high) for digit in (1, 2, 5)]
    return {"type": "log", "tickvals": ticks, "ticktext": [f"{tick:,}" for tick in ticks]}


def _panels(names: list[str], height: int = 300) -> go.Figure:
    """A panel of the height (pixels) for each task."""
    columns = 2 if len(names) > 1 else 1
    rows = -(-len(names) // columns)
    figure = make_subplots(rows=max(rows, 1), cols=columns, subplot_titles=[escape(name) for name in names],
                           vertical_spacing=0.28 / max(rows, 1), horizontal_spacing=0.16)
    height = 90 + height * rows
    figure.update_layout(height=height, margin_t=70, legend=dict(y=1 + 36 / height))
    return figure


def _where(place: int) -> dict:
    return {"row": place // 2 + 1, "col": place % 2 + 1}


def _label(name: str) -> str:
    return escape(name).replace("_", "<br>")
