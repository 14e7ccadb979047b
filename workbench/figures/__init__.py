"""Figures: a result table in, a plotly figure out. One file for each answer, one look for all (``look``)."""

from workbench.figures.needs import needs_changed, needs_ranked
from workbench.figures.shop import engagement, funnel

__all__ = ["engagement", "funnel", "needs_changed", "needs_ranked"]
