"""What a week has for its report, and what is missing and why."""

import json

import pytest

from workbench.errors import RunError
from workbench.report import gather


def test_findings_and_absentees_in_the_order_of_their_notebooks(week):
    edition = gather(week)
    assert edition.answers()["notebook"].tolist() == ["10_preprocess", "30_user_needs", "31_attention"]
    assert edition.missing()[["notebook", "status"]].to_numpy().tolist() == [
        ["21_fine_tune", "not run"], ["41_recommend", "switched off"], ["50_ab_conversion", "failed"]]
    assert edition.absent[-1].question == "Did the change work?"
    assert edition.absent[-1].error == "ZeroDivisionError: division by zero"


def test_a_damaged_finding_is_missing_and_says_why(week):
    (week.folder / "findings" / "31_attention.json").write_text('{"notebook": "31_attention", "shoe": 1}')
    (week.folder / "findings" / "30_user_needs.json").write_text("{")
    edition = gather(week)
    assert edition.answers()["notebook"].tolist() == ["10_preprocess"]
    assert edition.missing()["status"].tolist() == ["not run", "not readable", "not readable", "switched off", "failed"]
    assert "tiles" in edition.absent[2].reason


@pytest.mark.parametrize("text", ["", "{", "[]", '{"notebooks": 1}'])
def test_a_damaged_record_is_named_with_the_way_out(week, text):
    (week.folder / "run.json").write_text(text)
    with pytest.raises(RunError, match=r"run\.json is damaged .*; move it away and run again"):
        gather(week)


def test_another_notebook_that_seems_to_run_was_cut_off(week):
    path = week.folder / "run.json"
    run = json.loads(path.read_text())
    run["notebooks"]["21_fine_tune"]["status"] = "running"
    path.write_text(json.dumps(run))
    assert gather(week).missing()["status"].tolist() == ["running", "switched off", "failed"]


def test_a_week_run_by_hand_has_no_record_and_misses_nothing(week):
    (week.folder / "run.json").unlink()
    edition = gather(week)
    assert edition.run == {} and edition.absent == [] and len(edition.findings) == 3
    assert list(edition.missing().columns) == ["notebook", "question", "status", "reason"]


def test_pages_are_of_what_was_executed_or_failed(week):
    edition = gather(week)
    assert {name: edition.has_page(name) for name in edition.notebooks} == {
        "10_preprocess": True, "21_fine_tune": False, "30_user_needs": False, "31_attention": False,
        "41_recommend": False, "50_ab_conversion": True, "90_weekly_report": False}
