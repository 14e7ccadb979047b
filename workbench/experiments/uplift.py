"""Is it worth picking customers? Uplift by what they did before the draw, judged on customers the model has not seen.

Two models (one an arm, ridge regressions; Künzel et al. 2019, PNAS: the T-learner) foretell what each customer would do in
either arm. Half of the customers teach them, the other half is ranked by the difference foretold; the Qini curve (Radcliffe
2007) counts what the arm gained among the first, against picking at random. The area between them is a difference of two
means, of the arms' outcomes weighted by rank, so it is judged by the same test as every other mean.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.experiments.effects import Effect, compare, counted
from workbench.experiments.looks import ONCE, Look
from workbench.experiments.metrics import MEAN, OUTCOME, RATIO, Measured, Metric
from workbench.experiments.moments import moments
from workbench.experiments.trials import Trial
from workbench.experiments.wording import bound_text, unit_of_difference
from workbench.privacy.suppress import told as people

FEWEST = 1000  # customers each of the two arms needs, half of them to judge by
PARTS = 4  # of equal size, into which the held-out customers are cut by the uplift foretold
STEPS = 20  # of the Qini curve that is drawn: at least 50 customers each
AREA = Metric("area over random picking", "Outcome weighted by place in the order of picking.", MEAN, OUTCOME)
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
        past: shape (customers, k), of the trial's customers (``before.matrix``). look: which one this is, and what its
            intervals hold for.
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
    better = measured.metric.better
    if (area := qini(better * y, treated, look)).withheld:
        return Uplift(too_small=area.withheld)
    parts = [compare(measured.metric, moments(a[~t]), moments(a[t]), look)
             for a, t in zip(np.array_split(y, PARTS), np.array_split(treated, PARTS), strict=True)]
    places = np.linspace(0, len(y), STEPS + 1).round().astype(int)
    return Uplift(area.abs_effect, area.abs_ci_lower, area.abs_ci_upper,
                  (places / len(y), gained(better * y, treated)[places]), tuple(parts), int(teach.sum()), len(y))


def qini(values: np.ndarray, treated: np.ndarray, look: Look = ONCE) -> Effect:
    """Area between the Qini curve and picking at random, per customer, as a difference of the arms' means (Welch).

    Args:
        values, treated: shape (customers,), in the order in which they are picked.

    >>> order = np.tile([True, False], 4)
    >>> qini(np.array([1.0, 0, 1, 0, 0, 0, 0, 0]), order).abs_effect
    0.125
    """
    n = len(values)
    weighted = (n - 1 - 2 * np.arange(n)) / (2 * n) * _apart(values, treated)  # the first stays in for longest
    return compare(AREA, moments(weighted[~treated]), moments(weighted[treated]), look)


def gained(values: np.ndarray, treated: np.ndarray) -> np.ndarray:
    """The Qini curve: what is gained per customer of all if the first 0, 1, ... get the change; shape (customers + 1,).

    From 0 to the effect; what customers bring is held against the mean of their arm, so that an arm that happens to have
    more of the first ones gains nothing by it.

    >>> gained(np.array([3.0, 0, 1, 0]), np.array([True, False, True, False])).tolist()
    [0.0, 1.0, 1.5, 1.5, 2.0]
    """
    apart = _apart(values, treated) * np.where(treated, 1 / treated.sum(), -1 / (~treated).sum())
    effect = values[treated].mean() - values[~treated].mean()
    return np.linspace(0, effect, len(values) + 1) + np.r_[0.0, np.cumsum(apart)]


def _apart(values: np.ndarray, treated: np.ndarray) -> np.ndarray:
    """How far each customer is from the mean of their arm."""
    return values - np.where(treated, values[treated].mean(), values[~treated].mean())


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
