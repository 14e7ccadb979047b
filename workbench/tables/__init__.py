"""Tables: their contracts, the sources that fill them, and the week that holds them."""

from workbench.tables.bar import watched
from workbench.tables.contracts import contract
from workbench.tables.intake import MOST, Intake, survey, take_in
from workbench.tables.read import last_week
from workbench.tables.source import Source, load_source
from workbench.tables.week import Week, conform, open_week, shift_week, week_of, week_start

__all__ = ["MOST", "Intake", "Source", "Week", "conform", "contract", "last_week", "load_source", "open_week",
           "shift_week", "survey", "take_in", "watched", "week_of", "week_start"]
