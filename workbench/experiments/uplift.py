"""Is it worth picking customers? Uplift by what they did before the draw, judged on customers the model has not seen.

Two models (one an arm, ridge regressions; Künzel et al. 2019, PNAS: the T-learner) foretell what each customer would do in
either arm. Half of the customers teach them, the other half is ranked by the difference foretold; the Qini curve (Radcliffe
2007) counts what the arm gained among the first, against picking at random. Its area is judged by a bootstrap.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.experiments.effects import Effect, compare, counted
from workbench.experiments.looks import ONCE, Look
from workbench.experiments.metrics import RATIO, Measured, Metric
from workbench.experiments.moments import moments
from workbench.experiments.plan import LEVEL
from workbench.experiments.tails import stretched
from workbench.experiments.trials import Trial
from workbench.experiments.wording import bound_text, unit_of_difference
from workbench.privacy.suppress import told as people

FEWEST = 1000  # customers each of the two arms needs, half of them to judge by
PARTS = 4  # of equal size, into which the held-out customers are cut by the uplift foretold
DRAWS = 400
STEPS = 20  # of the Qini curve that is drawn: at least 50 customers each
PENALTY = 0.01  # of the ridge, times the number of customers: features are standardised


@dataclass(frozen=True)
class Uplift:
    """What picking by the models is worth, on held-out customers.

    Attributes:
        qini: area between the Qini curve and picking at random, in the metric's unit per customer; with 95% interval.
        curve: the Qini curve: shares picked, and the gain per held-out customer, each from 0 in :data:`STEPS` steps.
        parts: the effect in each quarter of the held-out customers, those with the largest foretold uplift first.
        trained, judged: customers. too_small: why nothing was tried; empty if it was.
    """

    qini: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    curve: tuple[np.ndarray, np.ndarray] = (np.zeros(0), np.zeros(0))
    parts: tuple[Effect, ...] = ()
    trained: int = 0
    judged: int = 0
    too_small: str = ""

    @property
    def pays(self) -> bool:
        """Whether picking beats chance beyond chance."""
        return self.low > 0


def uplift(measured: Measured, past: np.ndarray, trial: Trial, arm: str, look: Look = ONCE) -> Uplift:
    """Uplift of ``arm`` against the control by what customers did before.

    Args:
        past: shape (customers, k), of the trial's customers (``before.matrix``). look: which one this is; its intervals
            are the bootstrap's and the quarters' at 95%, stretched to its level.
    """
    if measured.metric.kind == RATIO or not past.shape[1]:
        return Uplift(too_small="nothing is known of its customers from before the draw")
    names = trial.customers["arm"].to_numpy(dtype=object)
    mine = np.isin(names, [trial.control, arm]) & counted(measured, trial.customers, look.before)
    treated = (names == arm)[mine]
    if (fewest := min(treated.sum(), (~treated).sum())) < FEWEST:
        return Uplift(too_small=f"it needs {FEWEST:,} customers in each arm, and one has {people(fewest)}")
    y, x = measured.values(len(names), look.before)[0][mine], past[mine]
    teach = np.random.default_rng(0).permutation(len(y)) < len(y) // 2
    foretold = _foretold(x, y, treated, teach) * measured.metric.better
    y, treated, rank = y[~teach], treated[~teach], np.argsort(-foretold[~teach], kind="stable")
    y, treated = y[rank], treated[rank]
    rng = np.random.default_rng(1)
    draws = [qini(y[pick], treated[pick]) for pick in (np.sort(rng.integers(0, len(y), len(y))) for _ in range(DRAWS))]
    better = measured.metric.better
    area = better * qini(y, treated)
    low, high = stretched(area, *np.sort(better * np.quantile(draws, [LEVEL / 2, 1 - LEVEL / 2])), look.level)
    parts = [compare(measured.metric, moments(a[~t]), moments(a[t]), look)
             for a, t in zip(np.array_split(y, PARTS), np.array_split(treated, PARTS), strict=True)]
    places = np.linspace(0, len(y), STEPS + 1).round().astype(int)
    line = places / len(y), better * np.r_[0.0, _gained(y, treated)][places]
    return Uplift(area, low, high, line, tuple(parts), int(teach.sum()), len(y))


def qini(values: np.ndarray, treated: np.ndarray) -> float:
    """Area between the Qini curve and picking at random, per customer: customers in the order in which they are picked.

    >>> order = np.tile([True, False], 4)
    >>> qini(np.array([1.0, 0, 1, 0, 0, 0, 0, 0]), order), qini(np.array([1.0, 0, 1, 0, 1, 0, 1, 0]), order)
    (0.15625, 0.0625)
    """
    gained, share = _gained(values, treated), np.arange(1, len(values) + 1) / len(values)
    return float(np.mean(gained - share * gained[-1]))


def _gained(values: np.ndarray, treated: np.ndarray) -> np.ndarray:
    """What is gained per customer of all if the first so many get the change: the Qini curve, shape (customers,); its end
    is the effect.
    """
    n, m = np.cumsum(treated), np.cumsum(~treated)
    return (np.cumsum(values * treated) - np.cumsum(values * ~treated) * n / np.maximum(m, 1)) / max(treated.sum(), 1)


def _foretold(x: np.ndarray, y: np.ndarray, treated: np.ndarray, teach: np.ndarray) -> np.ndarray:
    """The uplift foretold of each customer, by the models of those who teach."""
    level, spread = x[teach].mean(0), x[teach].std(0)
    z = np.column_stack([np.ones(len(x)), (x - level) / np.where(spread > 0, spread, 1)])
    z = np.clip(z, -5, 5)  # a giant among the held-out ones must not be foretold a giant's uplift
    weights = []
    for arm in (treated, ~treated):
        a, b = z[teach & arm], y[teach & arm]
        penalty = PENALTY * len(a) * np.eye(z.shape[1])
        penalty[0, 0] = 0
        weights.append(np.linalg.solve(a.T @ a + penalty, a.T @ b))
    return z @ (weights[0] - weights[1])


def told(found: Uplift, name: str, metric: Metric) -> str:
    """One sentence for readers. ``name``: of the experiment and arm."""
    if found.too_small:
        return f"{name}: not tried, {found.too_small}."
    word = "pays" if found.pays else "does not pay beyond chance, so treat all alike"
    area, low, high = (bound_text(metric, number, 3) for number in (found.qini, found.low, found.high))
    unit = f" {unit_of_difference(metric)}".rstrip()
    return (f"{name}: picking customers {word} (area over random picking {area}{unit}, 95% interval {low} to {high}; "
            f"{found.trained:,} customers taught the models, {found.judged:,} others judge).")


def rows(found: dict[str, Uplift]) -> pd.DataFrame:
    """``arm, part``, and the effect's numbers: one row a quarter of the held-out customers."""
    return pd.DataFrame([{"arm": arm, "part": f"{place} of {PARTS}", **vars(effect)}
                         for arm, each in found.items() for place, effect in enumerate(each.parts, start=1)
                         if not effect.withheld],
                        columns=["arm", "part", *Effect.__dataclass_fields__])
