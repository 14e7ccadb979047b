"""Figures made ready for a page, and what they draw as a table."""

import json

import numpy as np
import plotly.graph_objects as go

from workbench.report.charts import HEIGHT, MOST, chart, points, values


def plain(figure):
    return json.loads(figure.to_json())


def test_packed_numbers_are_read():
    packed = plain(go.Figure(go.Heatmap(z=np.arange(6.0).reshape(2, 3))))["data"][0]["z"]
    assert "bdata" in packed
    assert values(packed) == [[0, 1, 2], [3, 4, 5]]


def test_a_chart_is_as_wide_as_its_page_and_drawn_as_svg():
    figure = go.Figure(go.Scattergl(x=[1], y=[2]))
    figure.update_layout(width=900, height=300)
    made = chart(plain(figure))
    assert made.figure["data"][0]["type"] == "scatter" and "width" not in made.figure["layout"]
    assert made.height == 300
    assert chart(plain(go.Figure())).height == HEIGHT


def test_points_carry_series_axis_titles_and_errors():
    figure = go.Figure(go.Bar(name="men", x=["visit"], y=[7.66], error_y=dict(array=[0.7], arrayminus=[0.6])))
    figure.update_layout(yaxis_title="points")
    assert points(plain(figure)) == [
        {"Series": "men", "x": "visit", "points": 7.66, "points, above": 0.7, "points, below": 0.6}]


def test_points_of_a_second_axis_and_of_a_heatmap():
    two = go.Figure([go.Scatter(x=[1], y=[2], yaxis="y2")])
    two.update_layout(xaxis_title="day", yaxis2=dict(title="revenue"))
    assert points(plain(two)) == [{"day": 1, "revenue": 2}]
    heat = go.Figure(go.Heatmap(z=[[0.5, 1]], x=["good", "cup"], y=["head 0"], colorbar_title="attention"))
    assert points(plain(heat)) == [{"x": "good", "y": "head 0", "attention": 0.5},
                                   {"x": "cup", "y": "head 0", "attention": 1}]


def test_axes_of_one_title_are_told_apart():
    figure = go.Figure(go.Scatter(x=[1], y=[2]))
    figure.update_layout(xaxis_title="score", yaxis_title="score")
    assert points(plain(figure)) == [{"score (across)": 1, "score (up)": 2}]


def test_many_points_are_cut_and_counted():
    made = chart(plain(go.Figure(go.Histogram(x=list(range(MOST + 7))))))
    assert (len(made.points.rows), made.points.total) == (MOST, MOST + 7)


def test_a_kind_of_figure_without_points_has_none():
    assert points(plain(go.Figure(go.Pie(labels=["a"], values=[1])))) == []
