"""Figures: a result table in, a plotly figure out. One file for each answer, one look for all (``look``)."""

from workbench.figures.shop import engagement, funnel

__all__ = ["engagement", "funnel"]
