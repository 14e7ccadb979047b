"""Experiments: false positives and coverage of every interval, 10,000 simulations a method: ``... --help`` lists the parts.

Whole batches are simulated and tested at once by formulas that are held against the workbench's own functions, to 1e-9, on
every fiftieth simulation: a difference ends the run. Quantiles, bootstrap and regression go through those functions alone.
"""

import argparse
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from tea_tasting.aggr import Aggregates

from workbench import uncertainty
from workbench.experiments.cuped import without_the_past
from workbench.experiments.effects import Effect, compare
from workbench.experiments.logs import CONVERSION, LEFT, revenue
from workbench.experiments.moments import BASE, VALUE, moments
from workbench.experiments.tails import bootstrap, quantile_effect

MONEY = revenue("")[0]
EVERY = 50  # simulations between two that are held against the workbench's own functions


@dataclass
class Arm:
    """Sufficient statistics of many simulated arms at once; every array has shape (runs,)."""

    size: int
    mean: np.ndarray
    var: np.ndarray
    base: np.ndarray | None = None
    base_var: np.ndarray | None = None
    cov: np.ndarray | None = None

    def one(self, run: int) -> Aggregates:
        """One of them as the workbench takes it."""
        if self.base is None:
            return Aggregates(self.size, {VALUE: self.mean[run]}, {VALUE: self.var[run]})
        return Aggregates(self.size, {VALUE: self.mean[run], BASE: self.base[run]},
                          {VALUE: self.var[run], BASE: self.base_var[run]}, {(VALUE, BASE): self.cov[run]})

    @property
    def level(self) -> np.ndarray:
        """The value that is compared."""
        return self.mean if self.base is None else self.mean / self.base

    @property
    def error(self) -> np.ndarray:
        """The squared standard error of it."""
        if self.base is None:
            return self.var / self.size
        spread = self.var - 2 * self.level * self.cov + self.level**2 * self.base_var
        return spread / self.base**2 / self.size


def shares(rng, runs: int, size: int, share: float) -> Arm:
    """Arms of customers of whom this share says yes."""
    found = rng.binomial(size, share, runs) / size
    return Arm(size, found, found * (1 - found) * size / (size - 1))


def money(rng, runs: int, size: int, sigma: float, buyers: float = .2, more: float = 1.0) -> Arm:
    """Arms of customers of whom a share buys, baskets lognormal; only baskets are drawn."""
    counts = rng.binomial(size, buyers, runs)
    total, square = np.empty(runs), np.empty(runs)
    for run, count in enumerate(counts):
        baskets = more * np.exp(3 + sigma * rng.standard_normal(count, dtype=np.float32).astype(float))
        total[run], square[run] = baskets.sum(), baskets @ baskets
    mean = total / size
    return Arm(size, mean, (square - size * mean**2) / (size - 1))


def ratio(rng, runs: int, size: int) -> Arm:
    """Arms of customers with several carts each, some of which they leave: a customer's carts belong together."""
    columns = []
    for _ in range(runs):
        base = rng.poisson(3, size)
        left = rng.binomial(base, rng.beta(2, 2, size))
        columns.append((left.mean(), left.var(ddof=1), base.mean(), base.var(ddof=1), np.cov(left, base)[0, 1]))
    return Arm(size, *np.array(columns).T)


def tested(metric, left: Arm, right: Arm) -> tuple[np.ndarray, ...]:
    """p, and the absolute and the relative interval, of every run; NaN where the workbench withholds."""
    effect, errors = right.level - left.level, [arm.error for arm in (left, right)]
    if metric.kind == "proportion":
        errors = [arm.mean * (1 - arm.mean) / arm.size for arm in (left, right)]
    error = np.sqrt(sum(errors))
    with np.errstate(divide="ignore", invalid="ignore"):
        if metric.kind == "proportion":
            pooled = (left.mean * left.size + right.mean * right.size) / (left.size + right.size)
            spread = np.sqrt(pooled * (1 - pooled) * (1 / left.size + 1 / right.size))
            p_value, reach = 2 * stats.norm.sf(np.abs(effect) / spread), stats.norm.isf(.025)
        else:
            degrees = error**4 / (errors[0] ** 2 / (left.size - 1) + errors[1] ** 2 / (right.size - 1))
            p_value, reach = 2 * stats.t.sf(np.abs(effect) / error, degrees), stats.t.isf(.025, degrees)
        for run in range(0, len(effect), EVERY):
            told = compare(metric, left.one(run), right.one(run))
            if told.withheld:
                effect[run] = np.nan
            elif not np.allclose((told.p_value, told.abs_ci_lower, told.abs_ci_upper), (
                    p_value[run], effect[run] - _at(reach, run) * error[run], effect[run] + _at(reach, run) * error[run]),
                    rtol=1e-9, atol=1e-12):
                raise SystemExit(f"{metric.name}: the formula of this benchmark is not that of compare: {told}")
    return p_value, effect - reach * error, effect + reach * error


def fixed(asked) -> pd.DataFrame:
    """One look: share of A/A runs with p < .05, and of intervals that hold the truth, without an effect and with one."""
    rng, runs, rows = np.random.default_rng(1), asked.runs, []
    for share, size, other in ((.002, 20_000, 20_000), (.01, 5000, 5000), (.05, 5000, 5000), (.25, 2000, 2000),
                               (.10, 9000, 1000)):
        pair = shares(rng, runs, size, share), shares(rng, runs, other, share)
        better = pair[0], shares(rng, runs, other, share * 1.2)
        rows.append((f"conversion {share:.1%}, {size:,} and {other:,}", *_errs(CONVERSION, pair, 0.0),
                     _errs(CONVERSION, better, share * .2)[1]))
    for sigma, size in ((1.0, 5000), (1.5, 20_000)):
        baskets = np.where(rng.random(2_000_000) < .2, rng.lognormal(3, sigma, 2_000_000), 0.0)
        pair = [money(rng, runs, size, sigma) for _ in range(2)]
        better = pair[0], money(rng, runs, size, sigma, more=1.1)
        truth = .2 * .1 * np.exp(3 + sigma**2 / 2)
        rows.append((f"revenue, kurtosis {stats.kurtosis(baskets):,.0f}, {size:,} an arm", *_errs(MONEY, pair, 0.0),
                     _errs(MONEY, better, truth)[1]))
    pair = [ratio(rng, runs, 1500) for _ in range(2)]
    rows.append(("ratio of two sums, 1,500 an arm", *_errs(LEFT, pair, 0.0), np.nan))
    return pd.DataFrame(rows, columns=["method", "false positives", "coverage", "coverage with an effect"])


def sharp(asked) -> pd.DataFrame:
    """CUPED with three covariates, heavy tails: false positives, coverage, and the width against the plain interval."""
    rng, found, widths = np.random.default_rng(2), [], []
    for _ in range(asked.runs):
        past = rng.gamma(1, 1, (1000, 3))
        values = past @ [1.0, .5, .2] + rng.lognormal(0, 1, 1000)
        arm = np.arange(1000) % 2
        told, plain = _told(without_the_past(values, arm, past), arm), _told(values, arm)
        found.append((told.p_value < .05, told.abs_ci_lower <= 0 <= told.abs_ci_upper))
        widths.append((told.abs_ci_upper - told.abs_ci_lower) / (plain.abs_ci_upper - plain.abs_ci_lower))
    return pd.DataFrame([("CUPED, three covariates", *np.mean(found, 0), np.mean(widths))],
                        columns=["method", "false positives", "coverage", "width / plain width"])


def tails(asked) -> pd.DataFrame:
    """Quantiles and the bootstrap on lognormal values with an effect, and Wilson's interval of a share: coverage."""
    rng, rows = np.random.default_rng(3), []
    for q in (.5, .75, .9, .99):
        truth, held, told = np.exp(stats.norm.ppf(q)) * np.expm1(.2), 0, 0
        for _ in range(asked.runs):
            found = quantile_effect(rng.lognormal(0, 1, 1000), rng.lognormal(.2, 1, 1000), q, .05)
            told, held = told + bool(found), held + bool(found and found[3] <= truth <= found[4])
        rows.append((f"{q:.0%} quantile, 1,000 an arm", asked.runs, held / max(told, 1)))
    runs, truth, held = asked.runs // 20, np.exp(.5) * np.expm1(.2), 0
    for seed in range(runs):
        _, _, _, low, high = bootstrap(rng.lognormal(0, 1, 1000), rng.lognormal(.2, 1, 1000), .05, seed)
        held += low <= truth <= high
    rows.append(("mean by bootstrap, 1,000 an arm", runs, held / runs))
    for share, size in ((.02, 500), (.3, 200)):
        low, high = uncertainty.wilson(rng.binomial(size, share, 20 * asked.runs), size)
        rows.append((f"share {share:.0%} of {size}, Wilson", 20 * asked.runs, np.mean((low <= share) & (share <= high))))
    return pd.DataFrame(rows, columns=["interval", "simulations", "coverage"])


def _at(reach, run: int) -> float:
    return reach[run] if np.ndim(reach) else reach


def _errs(metric, pair, truth: float) -> tuple[float, float]:
    p_value, low, high = tested(metric, *pair)
    there = ~np.isnan(low)
    return np.mean(p_value[there] < .05), np.mean((low[there] <= truth) & (truth <= high[there]))


def _told(values: np.ndarray, arm: np.ndarray) -> Effect:
    return compare(MONEY, moments(values[arm == 0]), moments(values[arm == 1]))


PARTS = {"fixed": fixed, "sharp": sharp, "tails": tails}


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.coverage", description=__doc__.splitlines()[0])
    parser.add_argument("part", nargs="+", choices=[*PARTS])
    parser.add_argument("--runs", type=int, default=10_000, help="simulations a method (default 10000)")
    asked = parser.parse_args()
    print(f"At {asked.runs:,} simulations a share of 5 % is known to ± {2 * (.05 * .95 / asked.runs) ** .5:.2%}.")
    for part in asked.part:
        began = time.process_time()
        print(f"\n{part}: {(PARTS[part].__doc__ or '').splitlines()[0]}")
        print(PARTS[part](asked).to_string(index=False, float_format=lambda x: f"{x:.4g}"))
        print(f"measured in {time.process_time() - began:.0f} processor seconds", flush=True)


if __name__ == "__main__":
    main()
