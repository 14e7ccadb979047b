"""Who saw the change: exposures held against the draw. Counted and shown; every customer drawn counts all the same."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.experiments.metrics import Measured, instants
from workbench.experiments.plan import RATIO_ALARM
from workbench.experiments.ratio import same_share
from workbench.experiments.trials import Trial
from workbench.privacy.suppress import told

ARMS = ["arm", "customers", "saw", "share", "early", "did_before"]


@dataclass(frozen=True)
class Exposure:
    """Who saw the change.

    Attributes:
        arms: one row an arm: ``customers`` drawn, how many ``saw`` it and what ``share``, how many ``early``, before their
            draw, and how many did what decides between their draw and seeing it (``did_before``).
        strangers: customers who saw it and were never drawn, or were left out. p_value: of equal shares in all arms.
        dated: whether it is known when; else nobody is ``early`` and nobody did anything before.
    """

    arms: pd.DataFrame
    strangers: int
    p_value: float
    dated: bool = True

    def caveats(self) -> list[str]:
        """What a reader must know of it, as sentences without the name of the experiment."""
        early, before = int(self.arms["early"].sum()), int(self.arms["did_before"].sum())
        said = []
        if not self.dated:
            said.append("it is not known when customers saw the change: whether before their draw, or after they did what "
                        "decides.")
        if early:
            said.append(f"{told(early)} customers saw the change before they were drawn: their draw was written down late, "
                        "or the change reached them in another way.")
        if before:
            said.append(f"{told(before)} customers did what decides after their draw but before they saw the change: that "
                        "cannot be its effect, and makes the difference smaller than among those who saw it.")
        if self.strangers:
            said.append(f"{told(self.strangers)} customers saw the change and are not among those drawn.")
        if self.p_value < RATIO_ALARM:
            said.append("the arms saw it in unlike shares: do not compare only those who saw it.")
        return said


def exposure(trial: Trial, exposures: pd.DataFrame | None, main: Measured) -> Exposure | None:
    """Exposures of one experiment held against its draws; None where none were written down.

    Args:
        exposures: table of that name, of all experiments. main: the metric that decides.
    """
    if exposures is None or not (mine := (exposures["experiment"] == trial.name).to_numpy(dtype=bool)).any():
        return None
    first = exposures[mine].groupby("customer")["time"].min()
    customers = trial.customers
    seen = instants(customers["customer"].map(first).astype("datetime64[us, UTC]"))
    saw = customers["customer"].isin(first.index).to_numpy(dtype=bool)  # an exposure need not be dated
    early = ~np.isnat(seen) & (seen < instants(customers["time"]))
    deeds = main.numerator
    hasty = np.bincount(deeds.row[deeds.time < seen[deeds.row]], minlength=len(customers)) > 0
    table = pd.DataFrame({"arm": customers["arm"], "saw": saw, "early": early, "did_before": hasty}).groupby("arm")
    arms = table.sum().assign(customers=table.size()).reindex(trial.arms).reset_index()
    arms["share"] = arms["saw"] / arms["customers"]
    strangers = int((~first.index.isin(customers["customer"])).sum())
    return Exposure(arms[ARMS], strangers, same_share(arms["saw"].to_numpy(), arms["customers"].to_numpy()),
                    bool(first.notna().any()))
