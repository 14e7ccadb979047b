"""Whether a notebook must run, and why: what decides its outputs now, against its last good run."""

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from workbench import paths
from workbench.run.fingerprint import Hashes, differences, fingerprint
from workbench.run.job import Job
from workbench.run.plan import FINDING, FINDINGS, RAW, Plan, Step
from workbench.run.record import GOOD, RECORD, read_record

TABLE = ".parquet"  # of a table's file, or of a folder of files


@dataclass(frozen=True)
class Decision:
    """``reasons`` say in words why the step must run; without any it need not. ``last`` is its last record."""

    fingerprint: dict
    reasons: list[str]
    last: dict


def decide(job: Job, step: Step, parameters: dict, hashes: Hashes, states: dict) -> Decision:
    """Compare the step's fingerprint now with that of its last good run."""
    now = fingerprint(job, step, parameters, hashes, states)
    last = recall(job, step)
    if not last:
        return Decision(now, ["no good run of it is remembered"], {})
    place = _place(job, step, last)
    missing = [f"output {name} is missing" for name in last["record"]["writes"]
               if not place.there(name, step) and not (name == FINDING and place.aside(step.name).exists())]
    return Decision(now, differences(last["fingerprint"], now) + missing, last["record"])


def forecast(job: Job, plan: Plan, parameters: dict, hashes: Hashes, forced: set[str],
             only: set[str] = frozenset()) -> dict[str, list[str]]:
    """For each step of ``only`` (all, where empty) that is neither switched off nor refused (:func:`refusals`), why it will,
    or may, run; none: it will not."""
    reasons = {}
    off = dict.fromkeys(plan.switched_off(job.offered), "switched off") | dict.fromkeys(refusals(job, plan, only), "not run")
    for name, step in plan.steps.items():
        if name in off or (only and name not in only):
            continue
        reasons[name] = ["asked for"] if name in forced else []
        reasons[name] += decide(job, step, parameters[name], hashes, off).reasons
        reasons[name] += [f"it reads what {need} writes, which runs first"
                          for need in plan.needs[name] if reasons.get(need)]
    return reasons


def refusals(job: Job, plan: Plan, only: set[str] = frozenset()) -> dict[str, str]:
    """Steps of ``only`` (all, where empty) that will not be run whatever else happens, each with the reason.

    Raises:
        RunError: the record of the last run is damaged.
    """
    scope, off, found = only or set(plan.steps), plan.switched_off(job.offered), {}
    entries = read_record(job.folder / RECORD).get("notebooks", {})
    entries |= {name: {"status": "switched off" if name in off else GOOD[0]} for name in scope}
    coming = set()
    for name, step in plan.steps.items():
        if name not in scope or name in off:
            continue
        if not plan.forgives(name) and (why := hindrance(job, plan, step, entries, scope, coming)):
            found[name], entries[name] = why, {"status": "not run"}
        else:
            coming |= set(step.makes)
    return found


def hindrance(job: Job, plan: Plan, step: Step, entries: dict, scope: set[str], coming: Iterable[str] = ()) -> str:
    """Why the step cannot run, if so: what it needs did not end well, now or when it last ran, or is not there.

    ``entries`` are those of the record, ``scope`` the steps of this run; what is ``coming`` of it need not be there yet.
    """
    for need in plan.needs[step.name]:
        entry = entries.get(need, {"status": "switched off"})
        if entry["status"] in (*GOOD, "switched off"):
            continue
        if need in scope:
            return f"needs {need}"
        if entry["kernel_started"]:  # its tables may be mixed, or older than what it failed on
            return (f"needs {need}, which did not end well when it last ran; run {need} first, or both: "
                    f"weekly --only {need} {step.name}")
    return next((f"{name} is not there" for name in lacking(job, step) if name not in coming), "")


def recall(job: Job, step: Step) -> dict:
    """Fingerprint, record and week of the step's last good run; empty if there is none that can be read."""
    try:
        last = json.loads(job.remembered(step).read_text(encoding="utf-8"))
        return last if last["fingerprint"] and last["record"]["writes"] is not None else {}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}  # none, or it is damaged: the step runs again


def remember(job: Job, step: Step, now: dict, record: dict) -> None:
    """Keep a good run for the next decision."""
    with paths.replacing(job.remembered(step)) as beside:
        text = json.dumps({"week": job.week, "fingerprint": now, "record": record}, ensure_ascii=False, indent=1)
        beside.write_text(text, encoding="utf-8")


def forget(job: Job, step: Step) -> None:
    """From here on the step's outputs may be mixed, until it has run to its end."""
    job.remembered(step).unlink(missing_ok=True)
    job.aside(step.name).unlink(missing_ok=True)


def set_aside(job: Job, step: Step) -> None:
    """This run did not come to the step: its earlier finding is no answer of this run, but may be one of the next."""
    if (finding := job.finding(step.name)).exists():
        job.aside(step.name).parent.mkdir(parents=True, exist_ok=True)
        finding.replace(job.aside(step.name))


def adopt(job: Job, step: Step) -> None:
    """Show the finding and the notebook of an unchanged step: as set aside, or of the other week it lasts from."""
    if job.aside(step.name).exists() and not job.finding(step.name).exists():  # else one was made by hand since
        job.finding(step.name).parent.mkdir(exist_ok=True)
        job.aside(step.name).replace(job.finding(step.name))
    job.aside(step.name).unlink(missing_ok=True)
    place = _place(job, step, recall(job, step))
    finding = next((path for path in (place.finding(step.name), place.aside(step.name)) if path.exists()), None)
    for old, new in ((finding, job.finding(step.name)), (place.executed(step.name), job.executed(step.name))):
        if old and old.exists() and old != new:
            with paths.replacing(new) as beside:
                shutil.copyfile(old, beside)


def written(job: Job, step: Step, hashes: Hashes, since: float) -> dict[str, str]:
    """Hash of each output the step wrote or kept; an optional output older than ``since`` is left over and removed.

    ``since`` is in seconds since 1970.
    """
    for name in step.writes_if_there:
        for path in job.paths(name, step):
            if path.exists() and not _fresh(path, since):
                path.unlink()
                if path.parent.suffix == TABLE and not any(path.parent.iterdir()):
                    path.parent.rmdir()
    return {name: hashes.files(job.paths(name, step)) for name in step.makes if job.there(name, step)}


def _fresh(path: Path, since: float) -> bool:
    """Whether a file was written since then, or its table was found finished and kept."""
    mark = paths.kept(path.parent if path.parent.suffix == TABLE else path)
    return max(one.stat().st_mtime for one in (path, mark) if one.exists()) >= since


def lacking(job: Job, step: Step) -> list[str]:
    """What the step reads and cannot do without, and is not there."""
    return [name for name in step.reads if name not in (RAW, FINDINGS) and not job.there(name, step)]


def unwritten(job: Job, step: Step, since: float) -> list[str]:
    """Outputs the step should have written since then, and did not."""
    def fresh(name: str) -> bool:
        return job.there(name, step) and any(_fresh(path, since) for path in job.paths(name, step))

    return [name for name in step.writes if not fresh(name)]


def _place(job: Job, step: Step, last: dict) -> Job:
    week = last.get("week", job.week)
    folder: Path = job.folder.parent / week
    return Job(job.source, week, job.data, folder) if step.lasts == "source" else job
