"""Tables: their contracts, the sources that fill them, and the week that holds them."""

from workbench.tables.contracts import contract
from workbench.tables.source import Source, load_source
from workbench.tables.week import Week, conform, open_week, shift_week, week_of, week_start

__all__ = ["Source", "Week", "conform", "contract", "load_source", "open_week", "shift_week", "week_of",
           "week_start"]
