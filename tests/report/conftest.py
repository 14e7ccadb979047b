"""A week with findings of every kind, hostile texts among them, a failed notebook and executed ones."""

import json

import nbformat
import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from workbench import report
from workbench.figures import look  # sets the template of all figures
from workbench.findings import Exhibit, Finding, Tile
from workbench.tables import Source, Week

HOSTILE = ("</script><script>window.hacked = true</script><img src=x onerror='window.hacked = true'> \"quoted\" 'too' "
           "& more\u2028line {{ 7 * 7 }} " + "verylongword" * 20)
PIXEL = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
QUOTATION = "杯盖有点漏水，希望能配一个备用的密封圈。"


@pytest.fixture
def week(tmp_path):
    """A week's folder with everything a run leaves behind, and nothing of the report."""
    return make_week(tmp_path)


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The same with its report and pages; tests only look at it."""
    week = make_week(tmp_path_factory.mktemp("reports"))
    week.pages.mkdir()
    (week.pages / "heads.html").write_text("<!doctype html><title>Heads</title>")
    report.build_pages(week)
    report.build(week)
    return week


def make_week(folder):
    week = Week(Source("shop", folder, "Asia/Singapore", "SGD", "Harbour & Pine <Test>"), "2026-W46",
                folder / "shop" / "2026-W46")
    for finding in (preprocess(), needs(), attention()):
        finding.save(week)
    (week.folder / "notebooks").mkdir()
    for name, book in (("10_preprocess", book_of_outputs()), ("50_ab_conversion", broken_book())):
        nbformat.write(book, week.folder / "notebooks" / f"{name}.ipynb")
    (week.folder / "run.json").write_text(json.dumps(run()))
    return week


def preprocess():
    days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    lines = go.Figure()
    lines.add_scatter(name="2026-W45", x=days, y=[310, 295, 288, 301, 322, 341, 330], mode="lines+markers",
                      line=dict(color=look.GREY, dash="dot"))
    lines.add_scatter(name="2026-W46", x=days, y=np.array([318, 311, 290, 309, 351, 380, 342]), mode="lines+markers")
    lines.update_layout(yaxis_title="active customers", yaxis_rangemode="tozero", height=300)
    histogram = go.Figure(go.Histogram(x=np.random.default_rng(1).gamma(2, 20, 300).round(2), nbinsx=30))
    histogram.update_layout(xaxis_title="basket, SGD", yaxis_title="orders")
    stages = go.Figure(go.Bar(y=["Viewed", "Put in the cart", "Bought"], x=[1520, 540, 214], orientation="h"))
    stages.update_layout(xaxis_title="customers", yaxis_autorange="reversed", height=260)
    table = pd.DataFrame({"week": "2026-W46", "stage": ["Viewed", "Put in the cart", "Bought"],
                          "customers": [1520, 540, 214], "rate": [None, 0.355, 0.1408]})
    return Finding(
        "10_preprocess", "What came in this week, and can we build on it?",
        "The week brought 12,431 events (+4.1% against the week before) on 7 of 7 days. Of 100 customers who viewed "
        "something 14.1 bought (95% interval 12.4 to 15.9; 13.6 the week before).",
        table, stages, {"week": "Week", "stage": "Stage", "customers": "Customers | ,.0f",
                        "rate": "Of those who viewed | .1%"},
        "A customer counts once a week for a stage.", ["events", "orders", "customers"],
        ["Features rest on 5,871 customers seen up to the end of the week."], ["2 rows lie after the week."],
        [Tile("Customers who viewed", "1,520", "+4.1%", "last week", True),
         Tile("Viewers who bought", "14.1%", "−0.5 points", "last week", None, "95% interval −2.1 to +1.1: within chance"),
         Tile("Revenue, SGD", "48,212", "+0.0%", "last week", True), Tile("Reviews", "61")],
        [Exhibit("The days of the week", "Customers with at least one action on that day.", lines),
         Exhibit("Baskets", "Value of an order, returns taken off.", histogram)])


def needs():
    names = ["leaks in the bag (Steel Travel Mug)", "wants a bigger size (Linen Apron)", "lid is hard to open",
             "no care instructions for the wooden board", HOSTILE]
    share = np.array([0.08, 0.05, 0.04, 0.02, 0.01])
    figure = go.Figure(go.Scatter(x=share, y=[name[:60] for name in names], mode="markers",
                                  error_x=dict(array=share / 3, arrayminus=share / 4)))
    figure.update_layout(xaxis_title="share of reviews", xaxis_tickformat=".0%", yaxis_autorange="reversed")
    table = pd.DataFrame({
        "rank": range(1, 31), "need": (names * 6), "kind": ["complaint", "wish", None] * 10,
        "share": np.linspace(0.08, 0.001, 30), "change": np.linspace(0.01, -0.01, 30),
        "quotation": [QUOTATION, HOSTILE, "It leaks."] * 10,
        "measure": ["Steel Travel Mug: check the seal of the lid and pack a spare; 14 of 181 reviews say that it leaks "
                    "in the bag, 6 more than last week."] * 30})
    return Finding(
        "30_user_needs", "What do customers ask for, and what should we change?",
        f"Most asked for: {HOSTILE} in 8.0% of 181 reviews; in Chinese: {QUOTATION}", table, figure,
        {"rank": "Rank", "need": "Need", "kind": "Kind", "share": "Share of reviews | .1%", "change": "Change | +.1%",
         "quotation": "In their words", "measure": "What to do"},
        f"Share of the week's reviews. {HOSTILE}", ["reviews", "models/needs_en"], ["181 reviews; Wilson's interval."],
        [HOSTILE], [Tile("Reviews with a need", "61 of 181", "−3", "last week", None)],
        pages={"Heads <b>": "heads.html", "Model view": "gone.html"})


def attention():
    tokens = [f"w{i}" for i in range(512)]
    heat = go.Figure(go.Heatmap(z=np.random.default_rng(2).random((12, 512)), x=tokens,
                                y=[f"head {i}" for i in range(12)], colorbar_title="attention"))
    dots = go.Figure(go.Scattergl(x=np.arange(2000), y=np.random.default_rng(3).normal(size=2000), mode="markers"))
    boxes = go.Figure([go.Box(y=[1, 2, 3, 9], name="one"), go.Box(y=[2, 2, 4], name="two")])
    return Finding("31_attention", "Why does the model say so, and may we believe the picture?",
                   "Attributions are 2.1 times as faithful as chance (95% interval 1.7 to 2.6, 40 texts).",
                   figure=heat, caption="Attention of each head to each word.", sources=["explanations"],
                   exhibits=[Exhibit("Scores", "Each text is one point.", dots), Exhibit("By kind", "Boxes.", boxes)])


def book_of_outputs():
    """An executed notebook with one output of every kind."""
    out, v4 = nbformat.v4.new_output, nbformat.v4
    plotly = json.loads(go.Figure(go.Bar(x=["a", "b"], y=[1, 2])).to_json())
    frame = pd.DataFrame({"stage": ["Viewed", HOSTILE], "customers": [1520, 214]})
    outputs = [
        out("stream", name="stdout", text="read 3 files\n"), out("stream", name="stderr", text="a warning\n"),
        out("display_data", {"application/vnd.plotly.v1+json": plotly, "text/plain": "Figure"}),
        out("execute_result", {"text/html": frame.to_html(), "text/plain": "…"}),
        out("display_data", {"text/html": "<p id=p>still</p><script>document.getElementById('p').textContent = 'alive'"
                                          "</script>"}),
        out("display_data", {"text/markdown": f"**{HOSTILE}**"}),
        out("display_data", {"image/png": PIXEL}),
        out("display_data", {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "Dropdown()"})]
    code = [v4.new_code_cell('data = "shop"  # source', metadata={"tags": ["parameters"]}, id="p"),
            v4.new_code_cell("show(everything)", id="c", outputs=outputs)]
    for cell in code:
        cell.metadata["papermill"] = {"status": "completed"}
    text = v4.new_markdown_cell("# What came in this week, and can we build on it?\n\nFor all. <script>1</script>", id="m")
    return v4.new_notebook(cells=[text, code[0], v4.new_markdown_cell("## Data\n\nOne row an event.", id="d"), code[1]])


def broken_book():
    """An executed notebook that failed in its second cell."""
    v4 = nbformat.v4
    error = v4.new_output("error", ename="ZeroDivisionError", evalue="division by zero",
                          traceback=["\x1b[31mZeroDivisionError\x1b[0m: division by zero <b>"])
    cells = [v4.new_markdown_cell("# Did the change work?", id="m"), v4.new_code_cell("fine = 1", id="a"),
             v4.new_code_cell("fine / 0", id="b", outputs=[error]), v4.new_code_cell("never = 1", id="c")]
    for cell, status in zip(cells[1:], ("completed", "failed", "pending"), strict=True):
        cell.metadata["papermill"] = {"status": status}
    return v4.new_notebook(cells=cells)


def run():
    def entry(name, status="done", reason="", **more):
        return {"status": status, "reason": reason, "seconds": 12.3, "cells": {}, "kernel_started": True,
                "parameters": {"data": "shop", "week": "2026-W46"}, "reads": {}, "writes": {},
                "command": f"python -m workbench run {name} --data shop --week 2026-W46", **more}

    error = {"cell": 2, "source": "fine / 0", "ename": "ZeroDivisionError", "evalue": "division by zero",
             "traceback": "ZeroDivisionError: division by zero <b>"}
    return {
        "source": "shop", "week": "2026-W46", "started": "2026-11-16T01:02:03+00:00", "seconds": 61.2,
        "git_commit": "0123456789abcdef0123456789abcdef01234567", "dirty": True,
        "versions": {"python": "3.11.2", "pandas": "3.1.1"}, "inputs": {"logs/events.csv": "89abcdef01234567"},
        "notebooks": {
            "10_preprocess": entry("10_preprocess", reads={"raw": "aa"}, writes={"events": "bb"}),
            "21_fine_tune": entry("21_fine_tune", "not run", "needs 10_preprocess"),
            "30_user_needs": entry("30_user_needs", "unchanged", reads={"models/needs_en": "feedbeef00000000"}),
            "31_attention": entry("31_attention"),
            "41_recommend": entry("41_recommend", "switched off", "the source offers no events"),
            "50_ab_conversion": entry("50_ab_conversion", "failed", "exception", error=error,
                                      cells={"completed": 1, "failed": 1, "not run": 1}),
            "90_weekly_report": entry("90_weekly_report", "running", seconds=0.0)}}
