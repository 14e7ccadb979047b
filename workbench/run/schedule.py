"""Runs a plan: each notebook as soon as what it waits for is settled, a few at a time, each in a process."""

import multiprocessing
import os
import time
from dataclasses import dataclass, field
from multiprocessing.connection import wait

from workbench import paths
from workbench.run import alone, decide
from workbench.run.closure import libraries
from workbench.run.fingerprint import Hashes
from workbench.run.job import Job
from workbench.run.launch import KERNEL, Task, launch, warm_up
from workbench.run.parameters import check_parameters, code_of, declared_parameters, load_cells
from workbench.run.plan import Plan, Step
from workbench.run.record import GOOD, Record

GRACE = 30.0  # seconds a worker may take beyond its notebook's timeout before it is killed
STOPPING = 10.0  # seconds the workers have to end after Ctrl-C


@dataclass(frozen=True)
class Options:
    """How to run. ``only`` names the steps to run (all, where empty), ``force`` those to run in any case.

    ``parameters`` are those given on the command line, by notebook.
    """

    workers: int = 2
    only: frozenset[str] = frozenset()
    force: frozenset[str] = frozenset()
    parameters: dict[str, dict] = field(default_factory=dict)


def resolve_parameters(job: Job, plan: Plan, given: dict[str, dict]) -> dict[str, dict]:
    """The parameters of every step: its defaults, then the plan's, the job's, and those given.

    Raises:
        ParameterError: a name or a value does not fit; RunError: no such notebook.
    """
    for name in given:
        plan.step(name)
    resolved = {}
    for name, step in plan.steps.items():
        declared = declared_parameters(load_cells(step.notebook))
        asked = {"data": job.data, "week": job.week}
        if "files" in declared:
            asked["files"] = job.files
        asked |= step.parameters | given.get(name, {})
        resolved[name] = declared | check_parameters(name, declared, asked)
    return resolved


def run_plan(job: Job, plan: Plan, options: Options, progress) -> Record:
    """Run what must run; the record says how it went. Nothing but the plan's own outputs is written.

    Raises:
        ParameterError, RunError: the plan, a parameter or a name is wrong; nothing was run.
        KeyboardInterrupt: Ctrl-C; finished work is kept and the record written.
    """
    parameters = resolve_parameters(job, plan, options.parameters)
    for name in (*options.only, *options.force):
        plan.step(name)
    scope = options.only or plan.steps
    source = job.folder.parent
    with alone.running(source, job.source), alone.week(job.folder, f"{job.source} {job.week}"), alone.week(
            source, f"{job.source} and what lasts beyond a week", any(plan.step(n).lasts == "source" for n in scope)):
        hashes = Hashes(source / ".hashes.json")
        try:
            return _Run(job, plan, options, parameters, hashes, progress).to_the_end()
        finally:
            hashes.save()


@dataclass
class _Running:
    step: Step
    decision: decide.Decision
    process: multiprocessing.Process
    events: multiprocessing.connection.Connection
    began: float
    wall: float


class _Run:
    """One run of a plan. Every step goes from ``waiting`` through ``running``, or at once, to the record."""

    def __init__(self, job: Job, plan: Plan, options: Options, parameters: dict, hashes: Hashes, progress):
        self.job, self.plan, self.options, self.parameters = job, plan, options, parameters
        self.waiting = [name for name in plan.steps if name in (options.only or plan.steps)]
        self.hashes, self.progress, self.record = hashes, progress, Record(job, hashes, self.waiting)
        self.scope, self.running, self.warm, self.stopping = set(self.waiting), {}, False, False
        for name in set(self.record.notebooks) - set(plan.steps):
            del self.record.notebooks[name]

    def to_the_end(self) -> Record:
        off = self.plan.switched_off(self.job.offered)
        for name in [name for name in self.waiting if name in off]:
            self._settle(name, status="switched off", reason=off[name])
        try:
            while self.waiting or self.running:
                self._start_what_is_ready()
                if self.running:
                    self._listen()
        except KeyboardInterrupt:
            self._stop()
            raise
        finally:
            for worker in multiprocessing.active_children():
                if worker.name in self.plan.steps:
                    worker.kill()  # its kernel ends with it
            for name in filter(self.plan.forgives, self.plan.steps if len(self.scope) < len(self.plan.steps) else ()):
                decide.forget(self.job, self.plan.steps[name])  # a report of a part of the week; the next is of the whole
            self.record.write()
        return self.record

    def _start_what_is_ready(self) -> None:
        for name in list(self.waiting):
            unsettled = {*self.waiting, *self.running}
            if len(self.running) < self.options.workers and not unsettled & set(self.plan.needs[name]):
                self._take(self.plan.steps[name])

    def _take(self, step: Step) -> None:
        states = {name: entry["status"] for name, entry in self.record.notebooks.items()
                  if entry["status"] not in (*GOOD, "running") and name != step.name}
        hindered = decide.hindrance(self.job, self.plan, step, self.record.notebooks, self.scope)
        if hindered and not self.plan.forgives(step.name):
            return self._settle(step.name, status="not run", reason=hindered)
        decision = decide.decide(self.job, step, self.parameters[step.name], self.hashes, states)
        if decision.reasons or step.name in self.options.force:
            self._start(step, decision)
        else:
            decide.adopt(self.job, step)
            self._settle(step.name, **decision.last | {
                "status": "unchanged", "kernel_started": False, "reason": "nothing changed since its last run"})

    def _start(self, step: Step, decision: decide.Decision) -> None:
        self.waiting.remove(step.name)
        decide.forget(self.job, step)
        reason = "; ".join(decision.reasons) or "asked for"
        self.record.note(step.name, status="running", reason=reason)
        process, events = self._launch(step)
        self.running[step.name] = _Running(step, decision, process, events, time.monotonic(), time.time())
        self.progress.started(step.name, reason)

    def _listen(self) -> None:
        ready = wait([running.events for running in self.running.values()], timeout=0.5)
        for running in list(self.running.values()):
            if running.events in ready:
                self._hear(running)
            elif time.monotonic() - running.began > running.step.timeout + GRACE:
                running.process.kill()
        self.progress.tick()

    def _hear(self, running: _Running) -> None:
        try:
            kind, *rest = running.events.recv()
        except EOFError:
            late = time.monotonic() - running.began > running.step.timeout
            reason = "interrupted" if self.stopping else "timeout" if late else "worker died"
            error = {"cell": None, "source": "", "ename": "WorkerDied", "traceback": "",
                     "evalue": f"the process that ran the notebook ended; see logs/{running.step.name}.log"}
            kind, rest = "end", [{"status": "failed", "reason": reason, "cells": {},
                                  "error": error, "seconds": round(time.monotonic() - running.began, 2)}]
        if kind == "cell":
            self.progress.cell(running.step.name, *rest)
        else:
            self._finish(running, rest[0])

    def _finish(self, running: _Running, result: dict) -> None:
        step = running.step
        del self.running[step.name]
        running.process.join(5)
        running.process.kill()
        since = running.wall - 1.0  # file systems round their time stamps
        forgotten = decide.unwritten(self.job, step, since)
        if result["status"] == "done" and forgotten:
            error = {"cell": None, "source": "", "ename": "OutputMissing", "traceback": "",
                     "evalue": f"the plan says it writes {', '.join(forgotten)}; it did not"}
            result |= {"status": "failed", "reason": "output missing", "error": error}
        if result["reason"] == "interrupted":
            result["status"] = "not run"
        if result["status"] == "done":
            result["reason"] = "; ".join(running.decision.reasons) or "asked for"
        writes = decide.written(self.job, step, self.hashes, since) if result["status"] == "done" else {}
        entry = self._settle(step.name, kernel_started=True, reads=running.decision.fingerprint["reads"],
                             writes=writes, **result)
        if result["status"] == "done":
            decide.remember(self.job, step, running.decision.fingerprint, entry)

    def _settle(self, name: str, **fields) -> dict:
        """The step is through: put it into the record, and no finding of an earlier run in its place."""
        if fields["status"] not in GOOD:
            if name in self.waiting:
                decide.set_aside(self.job, self.plan.steps[name])
            self.job.finding(name).unlink(missing_ok=True)
            if self.plan.forgives(name):
                decide.forget(self.job, self.plan.steps[name])  # the report is then made without its notebook
        if name in self.waiting:
            self.waiting.remove(name)
        fields.setdefault("parameters", self.parameters[name])
        fields.pop("command", None)
        entry = self.record.note(name, self.options.parameters.get(name), **fields)
        self.progress.settled(name, entry)
        return entry

    def _stop(self) -> None:
        """Ctrl-C: end what runs, keep what is finished, note what was not run."""
        self.stopping = True
        for running in self.running.values():
            running.process.terminate()
        end = time.monotonic() + STOPPING
        while self.running and time.monotonic() < end:
            self._listen()
        for name in list(self.waiting):
            self._settle(name, status="not run", reason="interrupted")
        for name in [name for name, entry in self.record.notebooks.items() if entry["status"] == "running"]:
            self._settle(name, status="not run", reason="interrupted", kernel_started=True)

    def _launch(self, step: Step):
        if not self.warm:
            due = decide.forecast(self.job, self.plan, self.parameters, self.hashes, self.options.force, self.scope)
            warm_up({library for name in self.scope if due.get(name)
                     for library in libraries(code_of(load_cells(self.plan.steps[name].notebook)))})
            self.warm = True
        return launch(Task(
            step.name, step.notebook, self.job.executed(step.name), self.job.log(step.name), paths.project(),
            self.parameters[step.name], step.timeout, dict(os.environ) | KERNEL))
