"""What did customers do this week? The funnel, who came back, when, who buys how often and for how much."""

from workbench.customers.exhibits import (
    FUNNEL_LABELS,
    HOURS_LABELS,
    LADDER_LABELS,
    SALES_LABELS,
    SEGMENT_LABELS,
    exhibits,
    hours,
    published,
    rules,
    segment_table,
    steps,
)
from workbench.customers.finding import finding
from workbench.customers.read import Told, read

__all__ = ["FUNNEL_LABELS", "HOURS_LABELS", "LADDER_LABELS", "SALES_LABELS", "SEGMENT_LABELS", "Told", "exhibits", "finding",
           "hours", "published", "read", "rules", "segment_table", "steps"]
