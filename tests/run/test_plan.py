import pytest

from workbench.errors import RunError


def test_who_waits_for_whom_follows_from_reads_and_writes(project):
    project.notebook("90_last", reads=["findings"])
    project.notebook("30_needs", reads=["reviews"], reads_if_there=["models/needs"], writes=["needs"])
    project.notebook("21_tune", writes_if_there=["models/needs"])
    project.notebook("10_first", reads=["raw"], writes=["reviews"])
    plan = project.plan()
    assert list(plan.steps)[-2:] == ["30_needs", "90_last"]
    assert plan.needs["30_needs"] == ("21_tune", "10_first")
    assert set(plan.needs["90_last"]) == {"10_first", "21_tune", "30_needs"}


def test_what_a_source_lacks_switches_off_what_needs_it_and_those_that_follow(project):
    project.notebook("10_first", reads=["raw"], writes=["reviews"])
    project.notebook("50_ab", requires=["assignments"], reads=["reviews"], writes=["effects"])
    project.notebook("51_more", reads=["effects"])
    project.notebook("90_last", reads=["findings"])
    off = project.plan().switched_off({"reviews"})
    assert off == {"50_ab": "the source offers no assignments", "51_more": "needs 50_ab, which is switched off"}


@pytest.mark.parametrize("entries, message", [
    ([("a", {"reads": ["nothing"]})], "reads 'nothing', which no notebook"),
    ([("a", {"writes": ["t"]}), ("b", {"writes": ["t"]})], "written by both 'a' and 'b'"),
    ([("a", {"reads": ["t"], "writes": ["s"]}), ("b", {"reads": ["s"], "writes": ["t"]})], "wait for each other: a, b"),
    ([("a", {"read": ["raw"]})], "has the field 'read'; did you mean 'reads'"),
    ([("a", {"lasts": "month"})], "it must be week or source"),
])
def test_a_plan_that_cannot_be_is_refused(project, entries, message):
    for name, entry in entries:
        project.notebook(name, **entry)
    with pytest.raises(RunError, match=message):
        project.plan()


def test_an_unknown_notebook_gets_a_suggestion(project):
    project.notebook("30_user_needs")
    with pytest.raises(RunError, match="did you mean '30_user_needs'"):
        project.plan().step("30_user_need")


def test_one_of_several_tables_may_be_enough(project):
    project.notebook("10_first", reads=["raw"], writes=["days"])
    project.notebook("11_customers", requires_one=["events", "orders"], reads=["days"])
    assert project.plan().switched_off({"orders"}) == {}
    assert project.plan().switched_off({"reviews"}) == {"11_customers": "the source offers neither events nor orders"}


def test_the_table_of_the_latest_earlier_week_is_an_input(project):
    project.notebook("10_first", reads=["raw"], reads_if_there=["earlier/scaler"], writes=["scaler"])
    job, step = project.job(), project.plan().steps["10_first"]
    assert job.paths("earlier/scaler", step) == []
    for week in ("2026-W40", "2026-W44", "2099-W01", job.week):
        path = job.folder.parent / week / "tables" / "scaler.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert job.paths("earlier/scaler", step) == [job.folder.parent / "2026-W44" / "tables" / "scaler.parquet"]
