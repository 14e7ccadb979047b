"""What the same customers did before they were drawn: no change can have touched it.

Used twice: arms that differ there already are not alike (A/A check), and what customers did before tells much of what
they do after, so taking it off makes the effect sharper (``cuped.py``).
"""

import numpy as np
import pandas as pd

from workbench.experiments.logs import from_logs
from workbench.experiments.metrics import Measured, instants
from workbench.experiments.outcomes import from_outcomes, is_before

PERIOD = 28  # days before the draw that are looked at


def before_the_draw(customers: pd.DataFrame, frames: dict[str, pd.DataFrame], timezone: str,
                    currency: str) -> list[Measured]:
    """The metrics of the 28 days before each customer's own draw, and outcomes named "before …".

    Args:
        customers: ``customer, arm, time`` of a trial, one row a customer; undated: only outcomes named "before …" count.
        frames: tables by name; ``outcomes`` only of this experiment.
    """
    found = []
    outcomes = frames.get("outcomes")
    if outcomes is not None and (early := is_before(outcomes["metric"])).any():
        undated = customers.assign(time=customers["time"].mask(customers["time"].notna()))
        found, _ = from_outcomes(undated, outcomes[early], "zero", currency)
    if customers["time"].isna().all():
        return found
    logs = {name: _cut(frames[name], customers) for name in ("events", "orders") if name in frames}
    start = customers.assign(time=customers["time"] - pd.Timedelta(days=PERIOD))
    return found + from_logs(start, logs, timezone, currency)[0]


def _cut(log: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    row = pd.Index(customers["customer"]).get_indexer(log["customer"])
    mine = log[row >= 0]
    return mine[instants(mine["time"]) < instants(customers["time"])[row[row >= 0]]]


def matrix(before: list[Measured], customers: int) -> np.ndarray:
    """The numbers of each customer from before the draw, those of ratios as two; constant ones left out.

    Shape (customers, k); k may be 0.
    """
    columns = [column for each in before for column in each.values(customers) if column is not None]
    return np.column_stack([column for column in columns if np.ptp(column) > 0] or [np.empty((customers, 0))])
