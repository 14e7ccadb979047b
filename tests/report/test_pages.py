"""Pages of executed and failed notebooks."""

import json

from workbench import report


def build(week):
    return {path.stem: path.read_text(encoding="utf-8") for path in report.build_pages(week)}


def edit(week, notebook, **fields):
    path = week.folder / "run.json"
    run = json.loads(path.read_text())
    run["notebooks"][notebook] |= fields
    path.write_text(json.dumps(run))


def test_a_page_for_every_notebook_that_was_executed(week):
    pages = build(week)
    assert list(pages) == ["10_preprocess", "50_ab_conversion"]
    assert pages == build(week), "same inputs, same bytes"


def test_a_page_without_figures_is_small(week):
    pages = build(week)
    assert 'id="library"' in pages["10_preprocess"]
    assert 'id="library"' not in pages["50_ab_conversion"] and len(pages["50_ab_conversion"]) < 40_000


def test_only_a_page_with_outputs_that_act_may_run_inline_scripts(week):
    pages = build(week)
    assert "script-src &#39;unsafe-inline&#39;" in pages["10_preprocess"]
    assert "script-src &#39;sha256-" in pages["50_ab_conversion"]
    assert '<iframe sandbox="allow-scripts allow-downloads"' in pages["10_preprocess"]
    assert "<script>window.hacked" not in pages["10_preprocess"]


def test_a_failed_notebook_shows_cell_traceback_parameters_and_command(week):
    page = build(week)["50_ab_conversion"]
    for words in ("<h1>Did the change work?</h1>", "What went wrong", "ZeroDivisionError: division by zero &lt;b&gt;",
                  "<dt>week</dt><dd>2026-W46</dd>", "python -m workbench run 50_ab_conversion --data shop --week 2026-W46",
                  "How far it came", "Code: this cell failed", "Code: never ran", "1 failed"):
        assert words in page
    assert page.index("What went wrong") < page.index("How far it came")


def test_a_notebook_that_failed_before_it_started_has_a_page_too(week):
    edit(week, "21_fine_tune", status="failed", reason="not started",
         error={"cell": None, "source": "", "ename": "NoSuchKernel", "evalue": "python9", "traceback": ""})
    page = build(week)["21_fine_tune"]
    assert "NoSuchKernel: python9" in page and "How far it came" not in page


def test_the_page_of_an_earlier_run_goes_when_its_notebook_was_not_run(week):
    build(week)
    edit(week, "10_preprocess", status="not run", reason="interrupted")
    assert list(build(week)) == ["50_ab_conversion"]
    assert not (week.pages / "10_preprocess.html").exists()


def test_pages_that_notebooks_made_themselves_stay(week):
    week.pages.mkdir()
    (week.pages / "heads.html").write_text("heads")
    build(week)
    assert (week.pages / "heads.html").read_text() == "heads"


def test_a_notebook_that_still_runs_is_left_alone(week):
    edit(week, "10_preprocess", status="running")
    assert list(build(week)) == ["50_ab_conversion"]


def test_notebooks_executed_by_hand_have_pages(week):
    (week.folder / "run.json").unlink()
    assert list(build(week)) == ["10_preprocess", "50_ab_conversion"]
