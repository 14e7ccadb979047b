"""Behaviour: events and orders of a shop to customers, sequences, the funnel, retention and segments.

Each table has one definition, an Ibis expression, and runs on DuckDB or on Spark (``workbench.engine``). Events or orders
may be missing, not both where a function needs time.
"""

from workbench.behaviour.features import FEATURES, customers
from workbench.behaviour.logs import Logs, open_logs, read_logs
from workbench.behaviour.loyalty import ladder, retention, sales
from workbench.behaviour.scaling import drift, scaler, standardise
from workbench.behaviour.segments import Bounds, bounds, buyers, outliers, segments, sizes, spread
from workbench.behaviour.sequences import paths, sequences
from workbench.behaviour.store import Made, make, peek, store, store_by_customers, store_days, stored
from workbench.behaviour.week import engagement, funnel, rhythm

__all__ = ["FEATURES", "Bounds", "Logs", "Made", "bounds", "buyers", "customers", "drift", "engagement", "funnel",
           "ladder", "make", "open_logs", "outliers", "paths", "peek", "read_logs", "retention", "rhythm", "sales", "scaler",
           "segments", "sequences", "sizes", "spread", "standardise", "store", "store_by_customers", "store_days",
           "stored"]
