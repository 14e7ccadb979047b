"""The report: the findings of a week, and its executed notebooks, as pages that need nothing but a browser."""

from workbench.report.edition import gather
from workbench.report.pages import build_pages
from workbench.report.weekly import build

__all__ = ["build", "build_pages", "gather"]
