"""The weekly report as a file; ``test_browser`` looks at it as a reader does."""

import json
import re

import pytest

from workbench import report
from workbench.findings import Finding, Tile
from workbench.report.weekly import arrow, dates
from workbench.tables import Source, Week


def text_of(path):
    return path.read_text(encoding="utf-8")


def test_the_report_is_one_file_in_its_place_and_the_same_every_time(week):
    path = report.build(week)
    assert path == week.folder / "weekly.html"
    once = path.read_bytes()
    assert report.build(week).read_bytes() == once
    assert len(once) < 2_500_000
    assert not list(week.folder.glob(".*.part"))


def test_the_order_of_the_page(week):
    text = text_of(report.build(week))
    marks = ["The week of 9–15 November 2026</h1>", 'id="missing"', 'id="summary"', 'class="tiles"', 'class="short"',
             'id="10_preprocess"', 'id="30_user_needs"', 'id="31_attention"', 'id="provenance"']
    places = [text.index(mark) for mark in marks]
    assert places == sorted(places)
    assert "3 of 5 notebooks answered" in text and "Asia/Singapore" in text


def test_texts_are_harmless(week):
    text = text_of(report.build(week))
    assert "<script>window.hacked" not in text and "<img" not in text
    assert "&lt;script&gt;window.hacked" in text and "{{ 7 * 7 }}" in text
    assert "Harbour &amp; Pine &lt;Test&gt;" in text
    for data in re.findall(r'<script type="application/json" id="[^"]+">(.*?)</script>', text, re.DOTALL):
        assert not set(data) & set("<>&\u2028") and json.loads(data)["data"]


def test_the_page_may_ask_nothing_of_the_network(week):
    text = text_of(report.build(week))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)[1]
    assert policy.startswith("default-src &#39;none&#39;") and "http" not in policy
    assert "unsafe" not in re.search(r"script-src[^;]+", policy)[0]
    outside_library = re.sub(r'id="library">[^<]+<', "", text)
    assert not re.search(r"(?:src|href)=\"?https?:", outside_library)


def test_what_is_missing_is_said_with_reason_and_way_out(week):
    text = text_of(report.build(week))
    missing = text[text.index('id="missing"'):text.index('id="summary"')]
    for words in ("Did the change work?", "Failed", "ZeroDivisionError: division by zero", "pages/50_ab_conversion.html",
                  "python -m workbench run 50_ab_conversion --data shop --week 2026-W46",
                  "Not run", "needs 10_preprocess"):
        assert words in missing
    assert "41_recommend" not in missing, "what the source cannot offer is not repaired by a command"
    assert "1 notebook was not run for this source: it offers no events" in text
    run = json.loads((week.folder / "run.json").read_text())
    for entry in run["notebooks"].values():
        entry["status"] = "switched off" if entry["status"] in ("failed", "not run") else entry["status"]
    (week.folder / "run.json").write_text(json.dumps(run))
    text = text_of(report.build(week))
    assert 'id="missing"' not in text
    assert "3 notebooks were not run for this source: it offers no events; needs 10_preprocess; exception" in text


def test_changes_carry_a_sign_an_arrow_and_words(week):
    text = re.sub(r"<[^>]+>|\s+", " ", text_of(report.build(week)))
    words = re.sub(r"\s+", " ", text)
    for said in ("▲ +4.1%, better against last week",
                 "▼ −0.5 points against last week 95% interval −2.1 to +1.1: within chance",
                 "= +0.0% against last week", "▼ −3 against last week"):
        assert said in words


def test_a_finding_with_a_label_that_does_not_fit_hides_no_other(week):
    Finding("40_personas", "Who are they?", "They are four.", [{"n": 1.5}], labels={"n": "Size | d"}).save(week)
    text = text_of(report.build(week))
    assert "Not readable" in text and "which does not fit its value 1.5" in text
    assert 'id="30_user_needs"' in text and 'id="40_personas"' not in text


def test_links_lead_only_to_pages_that_are_there(built):
    text = text_of(built.folder / "weekly.html")
    assert '<a href="pages/heads.html">Heads &lt;b&gt;</a>' in text
    assert "Model view (the page is not here: gone.html)" in text
    for page in re.findall(r'href="(pages/[^"]+)"', text):
        assert (built.folder / page).exists()


def test_code_comes_from_the_executed_notebook_and_is_folded(week):
    text = text_of(report.build(week))
    assert text.count('<details class="code">') == 1
    assert 'show</span><span class="p">(</span>' in text


def test_a_finding_made_by_hand_after_a_failed_run_says_so(week):
    Finding("50_ab_conversion", "Did the change work?", "It did.").save(week)
    text = text_of(report.build(week))
    assert "ended with “failed”; what is shown was made by hand" in text


def test_after_a_run_of_a_part_the_report_says_which_answers_are_older(week):
    path = week.folder / "run.json"
    record = json.loads(path.read_text())
    assert "of earlier runs" not in text_of(report.build(week))
    path.write_text(json.dumps(record | {"scope": ["30_user_needs"]}))
    said = "The last run was of 30_user_needs only; the answers of 10_preprocess, 31_attention are of earlier runs."
    assert said in text_of(report.build(week))


@pytest.mark.parametrize("leave", ["run.json", "nothing"])
def test_a_report_is_made_of_whatever_is_there(week, leave):
    for path in (week.folder / "findings").glob("*"):
        path.unlink()
    if leave == "nothing":
        (week.folder / "run.json").unlink()
    text = text_of(report.build(week))
    assert "No notebook of this week has an answer." in text and 'id="library"' not in text
    assert len(text) < 60_000
    assert ("run by hand" in text) == (leave == "nothing")


@pytest.mark.parametrize("name, said", [("2026-W46", "9–15 November 2026"), ("2026-W49", "30 November – 6 December 2026")])
def test_dates(name, said, tmp_path):
    assert dates(Week(Source("s", tmp_path, "America/New_York"), name, tmp_path)) == said


@pytest.mark.parametrize("change, way", [("+4.1%", "up"), ("−2", "down"), ("-0.2", "down"), ("+0.00 points", "level"),
                                         ("", ""), ("twice as many", ""), ("3 more", "")])
def test_arrow(change, way):
    assert arrow(Tile("a", "1", change)) == way
