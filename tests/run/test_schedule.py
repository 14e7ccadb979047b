"""What runs, what need not, and what happens to the rest when something fails."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from workbench.errors import ParameterError, RunError
from workbench.run import Hashes, forecast, refusals, resolve_parameters


@pytest.fixture
def chain(project):
    """10 reads the raw file and writes reviews; 30 reads reviews; 50 stands alone; 90 reads the findings."""
    project.notebook("10_first", project.writes("reviews", "Path('raw.csv').read_text()"), reads=["raw"], writes=["reviews"])
    project.notebook("30_needs", project.writes("needs", "'needs'"), reads=["reviews"], writes=["needs"])
    project.notebook("50_ab", "1 + 1")
    project.notebook("90_last", "'report'", reads=["findings"])
    return project


def statuses(entries):
    return {name: entry["status"] for name, entry in entries.items()}


def test_a_second_run_starts_no_kernel(chain):
    assert set(statuses(chain.run()).values()) == {"done"}
    start = time.monotonic()
    again = chain.run()
    assert set(statuses(again).values()) == {"unchanged"} and chain.started() == []
    assert not any(entry["kernel_started"] for entry in again.values())
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("change, runs", [
    (lambda p: p.raw.write_text("two\n"), ["10_first", "30_needs"]),
    (lambda p: p.notebook("50_ab", "1 + 2"), ["50_ab"]),
    (lambda p: (p.week / "tables" / "needs.parquet").unlink(), ["30_needs"]),
], ids=["raw file", "notebook", "output gone"])
def test_exactly_what_a_change_touches_runs_again(chain, change, runs):
    chain.run()
    change(chain)
    chain.run()
    assert chain.started() == runs


def test_a_table_that_comes_out_the_same_stops_the_wave(chain):
    chain.run()
    chain.notebook("10_first", chain.writes("reviews", "Path('raw.csv').read_text()"), "'more'", reads=["raw"],
                   writes=["reviews"])
    chain.run()
    assert chain.started() == ["10_first"], "reviews did not change, so 30 need not run"


def test_a_parameter_runs_its_notebook_again_and_says_why(chain):
    chain.run()
    entries = chain.run(parameters={"50_ab": {"top_n": 20}})
    assert chain.started() == ["50_ab"]
    assert entries["50_ab"]["reason"] == "parameter top_n was 10, is 20"


def test_explain_tells_before_anything_runs(chain):
    chain.run()
    chain.raw.write_text("two\n")
    job, plan = chain.job(), chain.plan()
    reasons = forecast(job, plan, resolve_parameters(job, plan, {}), Hashes(), set())
    assert reasons["10_first"] == ["raw file raw.csv changed"]
    assert reasons["30_needs"] == ["it reads what 10_first writes, which runs first"]
    assert reasons["50_ab"] == []
    assert list(forecast(job, plan, resolve_parameters(job, plan, {}), Hashes(), set(), {list(plan.steps)[-1]})) == [
        list(plan.steps)[-1]]


def test_a_failure_stops_what_depends_on_it_and_nothing_else(chain):
    chain.notebook("10_first", "1 / 0", reads=["raw"], writes=["reviews"])
    entries = chain.run()
    assert statuses(entries) == {"10_first": "failed", "30_needs": "not run", "50_ab": "done", "90_last": "done"}
    assert entries["30_needs"]["reason"] == "needs 10_first"
    assert entries["10_first"]["command"].startswith("python -m workbench run 10_first --data shop --week 2026-W46")


def test_a_notebook_that_does_not_write_what_it_promised_failed(chain):
    chain.notebook("30_needs", "'nothing'", reads=["reviews"], writes=["needs"])
    entry = chain.run()["30_needs"]
    assert (entry["status"], entry["reason"]) == ("failed", "output missing")


def test_a_failed_run_is_not_remembered_as_good(chain):
    chain.run()
    chain.notebook("50_ab", "1 / 0")
    chain.run()
    chain.notebook("50_ab", "1 + 1")
    chain.run()
    assert chain.started() == ["50_ab", "90_last"], "the report must say that 50 is well again"


def test_an_unknown_parameter_starts_no_kernel_and_writes_nothing(chain):
    with pytest.raises(ParameterError, match="did you mean 'top_n'"):
        chain.run(parameters={"50_ab": {"topn": "3"}})
    assert chain.started() == [] and not (chain.week / "run.json").exists()


def test_only_one_run_works_on_a_week(chain):
    import fcntl

    lock = chain.week / ".runs" / "lock"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(RunError, match="another run works on shop 2026-W46"):
            chain.run()


def test_only_one_run_at_a_time_writes_what_lasts_beyond_its_week(project):
    import fcntl

    project.notebook("21_tune", "1", lasts="source")
    project.notebook("50_ab", "1 + 1")
    lock = project.week.parent / ".runs" / "lock"
    lock.parent.mkdir(parents=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(RunError, match="another run works on shop and what lasts beyond a week"):
            project.run()
        assert statuses(project.run(only=["50_ab"])) == {"50_ab": "done"}


def test_two_notebooks_run_at_a_time(project):
    for name in ("40_a", "41_b"):
        project.notebook(name, "import time\nbegan = time.time()\ntime.sleep(2)\nprint(began, time.time())")
    project.run(workers=2)
    (a0, a1), (b0, b1) = ([float(x) for x in project.executed(n).cells[-1].outputs[0]["text"].split()]
                          for n in ("40_a", "41_b"))
    assert max(a0, b0) < min(a1, b1)


def test_ctrl_c_keeps_what_is_finished_and_says_what_was_not_run(project):
    project.notebook("10_quick", project.writes("reviews"), reads=["raw"], writes=["reviews"])
    project.notebook("30_slow", "import time\ntime.sleep(600)", reads=["reviews"])
    project.notebook("32_after", "1", reads=["slow_table"])
    project.entries["30_slow"]["writes"] = ["slow_table"]
    project.notebook("31_later", "1", reads=["reviews"])
    script = project.folder / "go.py"
    script.write_text(textwrap.dedent(f"""
        import sys
        sys.path.insert(0, {os.path.dirname(__file__)!r})
        from pathlib import Path
        from workbench.run import Job, Options, load_plan, run_plan
        from conftest import Silent
        if __name__ == "__main__":
            folder = Path({str(project.week)!r})
            job = Job("shop", "2026-W46", "shop", folder, frozenset(), (Path({str(project.raw)!r}),))
            run_plan(job, load_plan(Path({str(project.notebooks / 'weekly.yml')!r})), Options(), Silent())
    """))
    process = subprocess.Popen([sys.executable, str(script)], env=dict(os.environ), stderr=subprocess.PIPE,
                               start_new_session=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # nohup ignores it
    record, until = project.week / "run.json", time.monotonic() + 240  # a loaded machine needs a minute
    while time.monotonic() < until:
        entries = json.loads(record.read_text())["notebooks"] if record.exists() else {}
        if entries.get("30_slow", {}).get("status") == "running" and entries.get("31_later", {}).get("status") == "done":
            break
        time.sleep(0.2)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(90) != 0
    entries = project.record()["notebooks"]
    assert statuses(entries) == {"10_quick": "done", "30_slow": "not run", "31_later": "done", "32_after": "not run"}
    assert entries["32_after"]["reason"] == "interrupted"


@pytest.fixture
def found(chain):
    """The chain after a good run in which 30 made a finding."""
    chain.notebook("30_needs", chain.writes("needs", "'needs'"), chain.finds("30_needs"), reads=["reviews"],
                   writes=["needs", "finding"])
    chain.run()
    return chain


def fail_first(chain):
    good = (chain.notebooks / "10_first.ipynb").read_text()
    chain.notebook("10_first", "1 / 0", reads=["raw"], writes=["reviews"])
    chain.run()
    (chain.notebooks / "10_first.ipynb").write_text(good)


def stop_first(chain):
    with pytest.raises(KeyboardInterrupt):
        chain.run(force=["10_first"], stop_at="10_first", workers=1)


@pytest.mark.parametrize("hinder, why", [(fail_first, "needs 10_first"), (stop_first, "interrupted")])
def test_a_notebook_that_only_waited_keeps_its_finding_for_a_later_run_and_from_this_report(found, hinder, why):
    hinder(found)
    assert found.record()["notebooks"]["30_needs"]["reason"] == why
    assert not found.finding("30_needs").exists(), "it is no answer of this run"
    job, plan = found.job(), found.plan()
    foreseen = forecast(job, plan, resolve_parameters(job, plan, {}), Hashes(), set())
    assert foreseen["30_needs"] == ["it reads what 10_first writes, which runs first"]
    assert statuses(found.run())["30_needs"] == "unchanged"
    assert found.finding("30_needs").read_text() == "found" and not found.job().aside("30_needs").exists()


def test_a_finding_made_by_hand_is_not_overwritten_by_one_set_aside(found):
    fail_first(found)
    found.finding("30_needs").write_text("by hand")
    found.run()
    assert found.finding("30_needs").read_text() == "by hand" and not found.job().aside("30_needs").exists()


def test_after_ctrl_c_the_report_is_made_anew_though_nothing_it_reads_changed(found):
    stop_first(found)
    assert found.record()["notebooks"]["90_last"]["status"] == "not run"
    found.run()
    assert found.started() == ["10_first", "90_last"]


@pytest.mark.parametrize("hinder", [fail_first, stop_first])
def test_tables_of_a_notebook_that_did_not_end_well_are_not_used_silently(found, hinder):
    hinder(found)
    entry = found.run(only=["30_needs"], force=["30_needs"])["30_needs"]
    assert entry["status"] == "not run" and found.started() == []
    assert "run 10_first first, or both: weekly --only 10_first 30_needs" in entry["reason"]
    both = found.run(only=["10_first", "30_needs"])
    assert (both["10_first"]["status"], both["30_needs"]["status"]) == ("done", "unchanged")


def test_explain_foresees_the_refusal_after_a_failed_need(found):
    fail_first(found)
    job, plan = found.job(), found.plan()
    found.run(only=["50_ab"])  # what failed before stays failed
    refused = refusals(job, plan, {"30_needs", "90_last"})
    assert list(refused) == ["30_needs"] and "weekly --only 10_first 30_needs" in refused["30_needs"]
    foreseen = forecast(job, plan, resolve_parameters(job, plan, {}), Hashes(), {"30_needs"}, {"30_needs", "90_last"})
    assert list(foreseen) == ["90_last"] and not any("30_needs" in why for why in foreseen["90_last"])
    entry = found.run(only=["30_needs"], force=["30_needs"])["30_needs"]
    assert (entry["status"], entry["reason"]) == ("not run", refused["30_needs"])
    assert refusals(job, plan) == refusals(job, plan, {"10_first", "30_needs"}) == {}


def test_explain_foresees_what_is_not_there(chain):
    job, plan = chain.job(), chain.plan()
    assert refusals(job, plan, {"30_needs", "50_ab"}) == {"30_needs": "reviews is not there"}
    assert refusals(job, plan) == {}, "10 will have written it"


def test_a_run_of_a_part_says_so_and_the_next_makes_the_report_of_the_whole(found):
    found.run(only=["50_ab", "90_last"])
    assert found.record()["scope"] == ["50_ab", "90_last"]
    assert found.record()["notebooks"]["30_needs"]["status"] == "done", "as it ended in the run before"
    found.run()
    assert found.started() == ["90_last"] and len(found.record()["scope"]) == 4


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"notebooks": {"50_ab": 1}}'])
def test_a_damaged_record_is_named(chain, text):
    chain.week.mkdir(parents=True)
    (chain.week / "run.json").write_text(text)
    with pytest.raises(RunError, match=r"run\.json is damaged"):
        chain.run()


def test_damaged_memories_only_cost_time(project):
    project.notebook("50_ab", "1 + 1")
    project.run()
    project.job().remembered(project.plan().steps["50_ab"]).write_text("{")
    (project.week.parent / ".hashes.json").write_text("[1]")
    assert statuses(project.run()) == {"50_ab": "done"}


def test_a_killed_run_is_not_shown_as_running_and_a_notebook_taken_from_the_plan_is_forgotten(project):
    project.notebook("50_ab", "1 + 1")
    project.notebook("51_more", "1 + 1")
    project.week.mkdir(parents=True)
    (project.week / "run.json").write_text(json.dumps({"notebooks": {
        "50_ab": {"status": "running"}, "49_gone": {"status": "failed"}}}))
    entries = project.run(only=["51_more"])
    assert statuses(entries) == {"50_ab": "not run", "51_more": "done"}
    assert entries["50_ab"]["reason"] == "its run was killed"
