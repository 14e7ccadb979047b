"""Experiments: did the change work? Guards first, then effects with intervals, then a decision in words."""

from workbench.experiments import changes, exhibits, planner, tables
from workbench.experiments.finding import finding
from workbench.experiments.logs import open_logs
from workbench.experiments.plan import Plan
from workbench.experiments.reading import Reading, read_all
from workbench.experiments.segments import segments
from workbench.experiments.trials import draw

__all__ = ["Plan", "Reading", "changes", "draw", "exhibits", "finding", "open_logs", "planner", "read_all",
           "segments", "tables"]
