"""A metric: what is measured of each customer, in words; and the dated deeds it adds up."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

PROPORTION, MEAN, RATIO = "proportion", "mean", "ratio"
DECISION, OUTCOME, ENGAGEMENT, GUARDRAIL = "decision", "outcome", "engagement", "guardrail"
SHARE = "share"  # the unit of a metric between 0 and 1, told as so many of 100


@dataclass(frozen=True)
class Metric:
    """What is measured.

    Attributes:
        name: its name, as readers see it.
        words: its definition, in a sentence.
        kind: ``proportion`` (of customers), ``mean`` (per customer), ``ratio`` (of two sums; customers are drawn,
            so its error comes from the delta method).
        role: ``decision``, ``outcome``, ``engagement`` or ``guardrail``.
        unit: ``share``, a currency, ``days``, or empty for a count.
        of, did: for shares, "of 100 <of> so many <did>".
        better: 1 if more is better, -1 if less is.
    """

    name: str
    words: str
    kind: str
    role: str
    unit: str = ""
    of: str = "customers"
    did: str = ""
    better: int = 1


@dataclass(frozen=True)
class Deeds:
    """Dated amounts that add up to one number for each customer.

    Attributes:
        row: whose deed: place in the trial's customers, from 0; shape (deeds,).
        time: when, datetime64 in UTC; NaT where undated; shape (deeds,).
        amount: how much; shape (deeds,).
        once: a customer counts 1 with any deed above 0, however many.
        cap: a customer counts up to this number.
        pace: moments (UTC, rising) and how many deeds were done at each, where a row here stands for many; None: one a row.
    """

    row: np.ndarray
    time: np.ndarray
    amount: np.ndarray
    once: bool = False
    cap: float | None = None
    pace: tuple[np.ndarray, np.ndarray] | None = None

    def done(self, ends: tuple[np.datetime64, ...]) -> np.ndarray:
        """How many deeds were done before each of these moments; shape (ends,), zeros where nothing is dated.

        >>> Deeds(np.zeros(2, int), np.array(["2026-11-01", "2026-11-03"], "datetime64[us]"), np.ones(2)).done(
        ...     (np.datetime64("2026-11-02"), np.datetime64("2026-11-04"))).tolist()
        [1.0, 2.0]
        """
        times, counts = (self.time, np.ones(len(self.time))) if self.pace is None else self.pace
        order = np.argsort(times[~np.isnat(times)], kind="stable")
        so_far = np.r_[0.0, np.cumsum(counts[~np.isnat(times)][order])]
        return so_far[np.searchsorted(times[~np.isnat(times)][order], ends)]

    def total(self, customers: int, before: np.datetime64 | None = None) -> np.ndarray:
        """The number of each customer, from the deeds before a moment or from all; shape (customers,), float64.

        >>> Deeds(np.array([0, 0, 2]), np.zeros(3, "datetime64[us]"), np.array([1.0, 1.0, 5.0])).total(3)
        array([2., 0., 5.])
        """
        row, amount = self.row, self.amount
        if before is not None:
            row, amount = row[self.time < before], amount[self.time < before]
        sums = np.bincount(row, weights=amount, minlength=customers).astype(float)
        if self.once:
            return (sums > 0).astype(float)
        return sums if self.cap is None else np.minimum(sums, self.cap)


@dataclass(frozen=True)
class Measured:
    """A metric with its deeds in one trial.

    ``known`` marks the customers who have a value, shape (customers,), None: all. ``withheld`` says why the metric
    must not be read in this trial. ``moments`` are those of this look, by arm, week of the draw and segment, from the
    engine's scan (``scan.scan``); None: they are made from the deeds.
    """

    metric: Metric
    numerator: Deeds
    denominator: Deeds | None = None
    known: np.ndarray | None = None
    withheld: str = ""
    moments: pd.DataFrame | None = None

    def values(self, customers: int, before: np.datetime64 | None = None) -> tuple[np.ndarray, np.ndarray | None]:
        """Numerator and denominator of every customer, shape (customers,) each; no denominator: None."""
        below = None if self.denominator is None else self.denominator.total(customers, before)
        return self.numerator.total(customers, before), below

    def changed(self, **what) -> "Measured":
        """The same of other deeds or customers: the moments of the scan do not hold for them."""
        return replace(self, moments=None, **what)

    def as_role(self, role: str) -> "Measured":
        """The same in another role."""
        return replace(self, metric=replace(self.metric, role=role))


def instants(times: pd.Series) -> np.ndarray:
    """Times with a zone as datetime64 in UTC; empty ones as NaT."""
    return times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(dtype="datetime64[us]")


def instant(time: pd.Timestamp) -> np.datetime64:
    """One of them.

    >>> instant(pd.Timestamp("2026-11-16", tz="Asia/Singapore"))
    np.datetime64('2026-11-15T16:00:00.000000')
    """
    return time.tz_convert("UTC").tz_localize(None).as_unit("us").to_datetime64()
