"""Experiments: did the change work? Guards first, then effects with intervals, then a decision in words."""

from workbench.experiments import exhibits, planner, tables
from workbench.experiments.before_after import difference_in_differences
from workbench.experiments.finding import finding
from workbench.experiments.plan import Plan
from workbench.experiments.reading import Reading, read_all
from workbench.experiments.segments import segments
from workbench.experiments.trials import draw

__all__ = ["Plan", "Reading", "difference_in_differences", "draw", "exhibits", "finding", "planner", "read_all", "segments",
           "tables"]
