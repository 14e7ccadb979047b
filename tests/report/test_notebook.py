"""Executed notebooks as cells: the best form of every output, and nothing in it that acts."""

import nbformat
import pandas as pd
import pytest

from workbench.report import notebook
from workbench.report.edition import executed


def test_every_kind_of_output_has_its_form(week):
    cells = notebook.cells(executed(week, "10_preprocess"))
    assert [output.kind for output in cells[-1].outputs] == [
        "text", "messages", "chart", "html", "frame", "html", "image", "widget"]
    assert [cell.status for cell in cells if cell.code] == ["completed", "completed"]


def test_the_title_stands_in_the_masthead_only(week):
    first = notebook.cells(executed(week, "10_preprocess"))[0]
    assert first.text == "<p>For all. &lt;script&gt;1&lt;/script&gt;</p>"


def test_code_that_puts_nothing_out_goes_with_the_code_after_it(tmp_path):
    v4 = nbformat.v4
    said = [v4.new_output("stream", name="stdout", text="x")]
    cells = [v4.new_code_cell("a = 1"), v4.new_code_cell("print(a)", outputs=said), v4.new_code_cell("b = 2"),
             v4.new_markdown_cell("text"), v4.new_code_cell("c = 3")]
    nbformat.write(v4.new_notebook(cells=cells), tmp_path / "n.ipynb")
    assert [len(cell.code) for cell in notebook.cells(tmp_path / "n.ipynb")] == [2, 1, 0, 1]


def test_neighbouring_prints_are_one_output(tmp_path):
    outputs = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in ("a\n", "b\n")]
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=outputs)]), tmp_path / "n.ipynb")
    assert [output.content for output in notebook.cells(tmp_path / "n.ipynb")[0].outputs] == ["a\nb"]


@pytest.mark.parametrize("html", [
    "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>x</a>", "<form action=//a><input></form>",
    "<svg onload=alert(1)>", "<div onclick='alert(1)'>x</div>", "<base href=//a>", "<style>@import '//a'</style>",
    "<p style='background: url(//a)'>x</p>", "<meta http-equiv=refresh content='0; url=//a'>"])
def test_html_that_acts_is_taken_apart(html):
    clean = notebook.clean(html)
    for sign in ("alert", "//a", "<img", "<svg", "<form", "<base", "<meta", "onclick"):
        assert sign not in clean


def test_numbers_of_a_pandas_table_stand_on_the_right():
    clean = notebook.clean(pd.DataFrame({"n": [1.5, None], "word": ["<b>", "x1"]}).to_html())
    assert clean.count('<td class="number">') == 2
    assert '<td class="label">&lt;b&gt;</td>' in clean and '<td class="label">x1</td>' in clean


def test_markdown_loads_nothing_and_runs_nothing():
    assert "<img" not in notebook.markdown("![x](https://example.org/x.png)")
    assert "href" not in notebook.markdown("[x](javascript:alert(1))")
    assert "<td>1</td>" in notebook.markdown("| a |\n|---|\n| 1 |")


def test_code_is_marked_and_escaped():
    marked = notebook.highlight("x = '<b>'  # why")
    assert '<span class="c1"># why</span>' in marked and "<b>" not in marked and "&lt;b&gt;" in marked
