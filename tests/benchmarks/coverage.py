"""Experiments: false positives and coverage of every interval, 10,000 simulations a method: ``... --help`` lists the parts.

In ``fixed`` whole batches are simulated and tested at once by formulas that are held against the workbench's own functions,
to 1e-9, on every fiftieth simulation: a difference ends the run. All other parts go through those functions alone; with
``--kept`` they go on where they were stopped.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import brentq
from tea_tasting.aggr import Aggregates

from tests.benchmarks._blocks import command, each, simulated
from workbench import uncertainty
from workbench.experiments import draw
from workbench.experiments.before_after import difference_in_differences, interrupted
from workbench.experiments.cuped import without_the_past
from workbench.experiments.effects import Effect, against_control, compare
from workbench.experiments.logs import CONVERSION, LEFT, revenue
from workbench.experiments.metrics import Deeds, Measured
from workbench.experiments.moments import BASE, VALUE, moments
from workbench.experiments.plan import Plan
from workbench.experiments.tails import CAP, bootstrap, capped, quantile_effect
from workbench.experiments.uplift import qini, uplift

MONEY = revenue("")[0]
THOUSAND = 1.14  # deviation of the logarithm of baskets, with which revenue per customer has a kurtosis of 1,000
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


def ratio(rng, runs: int, size: int, kept: float = 2.0) -> Arm:
    """Arms of customers with several carts each, some of which they leave: a customer's carts belong together."""
    columns = []
    for _ in range(runs):
        base = rng.poisson(3, size)
        left = rng.binomial(base, rng.beta(2, kept, size))
        columns.append((left.mean(), left.var(ddof=1), base.mean(), base.var(ddof=1), np.cov(left, base)[0, 1]))
    return Arm(size, *np.array(columns).T)


def tested(metric, left: Arm, right: Arm) -> tuple[np.ndarray, ...]:
    """p, and the absolute and the relative interval, of every run; NaN where the workbench withholds them."""
    effect, errors = right.level - left.level, [arm.error for arm in (left, right)]
    if metric.kind == "proportion":
        errors = [arm.mean * (1 - arm.mean) / arm.size for arm in (left, right)]
    error = np.sqrt(sum(errors))
    logs = [one / arm.level**2 for one, arm in zip(errors, (left, right), strict=True)]
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = near = stats.norm.isf(.025)
        if metric.kind == "proportion":
            pooled = (left.mean * left.size + right.mean * right.size) / (left.size + right.size)
            spread = np.sqrt(pooled * (1 - pooled) * (1 / left.size + 1 / right.size))
            p_value = 2 * stats.norm.sf(np.abs(effect) / spread)
        else:
            degrees, of_logs = (sum(two) ** 2 / (two[0] ** 2 / (left.size - 1) + two[1] ** 2 / (right.size - 1))
                                for two in (errors, logs))
            p_value = 2 * stats.t.sf(np.abs(effect) / error, degrees)
            reach, near = stats.t.isf(.025, degrees), stats.t.isf(.025, of_logs)
        middle, wide = np.log(right.level / left.level), near * np.sqrt(sum(logs))
    found = (p_value, effect - reach * error, effect + reach * error, np.expm1(middle - wide), np.expm1(middle + wide))
    for run in range(0, len(effect), EVERY):
        told = compare(metric, left.one(run), right.one(run))
        if told.withheld:
            found = tuple(np.where(np.arange(len(effect)) == run, np.nan, column) for column in found)
        elif not np.allclose((told.p_value, told.abs_ci_lower, told.abs_ci_upper, told.rel_ci_lower, told.rel_ci_upper),
                             [column[run] for column in found], rtol=1e-9, atol=1e-12):
            raise SystemExit(f"{metric.name}: the formula of this benchmark is not that of compare: {told}")
    return found


def fixed(asked) -> pd.DataFrame:
    """One look: share of A/A runs with p < .05, and of intervals that hold the truth, without an effect and with one."""
    rng, runs, rows = np.random.default_rng(asked.seed + 1), asked.runs, []
    for share, size, other in ((.002, 20_000, 20_000), (.01, 5000, 5000), (.05, 5000, 5000), (.25, 2000, 2000),
                               (.10, 9000, 1000)):
        pair = shares(rng, runs, size, share), shares(rng, runs, other, share)
        better = pair[0], shares(rng, runs, other, share * 1.2)
        rows.append((f"conversion {share:.1%}, {size:,} and {other:,}",
                     *_errs(CONVERSION, pair, better, share, share * 1.2)))
    for sigma, size in ((1.0, 5000), (THOUSAND, 10_000), (THOUSAND, 20_000), (1.5, 20_000)):
        pair = [money(rng, runs, size, sigma) for _ in range(2)]
        better = pair[0], money(rng, runs, size, sigma, more=1.1)
        truth = .2 * np.exp(3 + sigma**2 / 2)
        rows.append((f"revenue, kurtosis {kurtosis(sigma):,.0f}, {size:,} an arm",
                     *_errs(MONEY, pair, better, truth, truth * 1.1)))
    pair = [ratio(rng, runs, 1500) for _ in range(2)]
    better = pair[0], ratio(rng, runs, 1500, kept=1.6)
    rows.append(("ratio of two sums, 1,500 an arm", *_errs(LEFT, pair, better, 1 / 2, 2 / 3.6)))
    return pd.DataFrame(rows, columns=["method", "false positives", "coverage", "with an effect", "relative"])


def sharp(asked) -> pd.DataFrame:
    """CUPED with three covariates, heavy tails: false positives, coverage, and the width against the plain interval."""
    def one(rng) -> tuple:
        past = rng.gamma(1, 1, (1000, 3))
        values = past @ [1.0, .5, .2] + rng.lognormal(0, 1, 1000)
        arm = np.arange(1000) % 2
        told, plain = _told(without_the_past(values, arm, past), arm), _told(values, arm)
        return (told.p_value < .05, told.abs_ci_lower <= 0 <= told.abs_ci_upper,
                (told.abs_ci_upper - told.abs_ci_lower) / (plain.abs_ci_upper - plain.abs_ci_lower))

    return pd.DataFrame([("CUPED, three covariates", *simulated(asked, "sharp", each(one)).mean(0))],
                        columns=["method", "false positives", "coverage", "width / plain width"])


def quantiles(asked) -> pd.DataFrame:
    """Quantiles of lognormal values, and Wilson's interval of a share: false positives, and coverage with an effect."""
    rng, rows = np.random.default_rng(asked.seed + 3), []
    for q, size in ((.5, 1000), (.75, 1000), (.9, 1000), (.9, 500), (.99, 5000)):
        truth = np.exp(stats.norm.ppf(q)) * np.expm1(.2)

        def one(rng, q=q, size=size, truth=truth) -> tuple:
            control = rng.lognormal(0, 1, size)
            same, other = (quantile_effect(control, rng.lognormal(by, 1, size), q, .05) for by in (0, .2))
            return (not _holds(same[3:], 0.0), _holds(other[3:], truth)) if same and other else (np.nan, np.nan)

        found = simulated(asked, f"{q:.0%} quantile of {size}", each(one))
        rows.append((f"{q:.0%} quantile, {size:,} an arm", int((found == found).all(1).sum()), *np.nanmean(found, 0)))
    for share, size in ((.02, 500), (.3, 200)):
        truth = share * rng.uniform(.5, 1.5, 20 * asked.runs)  # counts jump: of one share the coverage is 94 to 97%
        low, high = uncertainty.wilson(rng.binomial(size, truth), size)
        rows.append((f"shares around {share:.0%} of {size}, Wilson", len(truth), np.nan, np.mean(
            (low <= truth) & (truth <= high))))
    return pd.DataFrame(rows, columns=["interval", "simulations", "false positives", "coverage with an effect"])


def tails(asked) -> pd.DataFrame:
    """Revenue of which 20% of 5,000 customers an arm make all: plain, capped; false positives, coverage with an effect."""
    return _heavy(asked, {"plain": _plainly, "capped": _capped})


def bootstraps(asked) -> pd.DataFrame:
    """The same of the bootstrap."""
    return _heavy(asked, {"bootstrap": lambda arms, seed: bootstrap(*arms, .05, seed)[3:]}, (THOUSAND,))


def _heavy(asked, ways: dict, sigmas: tuple = (1.0, THOUSAND)) -> pd.DataFrame:
    rows, size, more = [], 5000, 1.1
    for sigma in sigmas:
        def one(rng, sigma=sigma) -> list[bool]:
            control, same, better = (np.where(rng.random(size) < .2, by * rng.lognormal(3, sigma, size), 0.0)
                                     for by in (1.0, 1.0, more))
            seed, told = int(rng.integers(2**31)), []
            for name, way in ways.items():
                told += [not _holds(way((control, same), seed), 0.0),
                         _holds(way((control, better), seed), _truth(name, sigma, more))]
            return told

        found = simulated(asked, f"{' and '.join(ways)} {sigma}", each(one)).mean(0)
        rows += [(f"{name}, kurtosis {kurtosis(sigma):,.0f}", asked.runs, *found[2 * place:2 * place + 2])
                 for place, name in enumerate(ways)]
    return pd.DataFrame(rows, columns=["mean, 5,000 an arm", "simulations", "false positives", "coverage with an effect"])


def _plainly(arms, seed) -> tuple[float, float]:
    told = compare(MONEY, *map(moments, arms))
    return told.abs_ci_lower, told.abs_ci_upper


def _capped(arms, seed) -> tuple[float, float]:
    values, names = np.concatenate(arms), np.repeat(["control", "new"], [len(arm) for arm in arms])
    deeds = Deeds(np.arange(len(values)), np.full(len(values), np.datetime64("NaT", "us")), values)
    told = against_control(capped(Measured(MONEY, deeds), len(values)), pd.DataFrame({"arm": names.astype(object)}),
                           ["control", "new"])["new"]
    return told.abs_ci_lower, told.abs_ci_upper


def _truth(way: str, sigma: float, more: float) -> float:
    """The difference of the means; capped: of customers counted up to the quantile of both arms together."""
    def mean(by: float, cap: float = np.inf) -> float:
        z = (np.log(cap / by) - 3) / sigma
        above = cap * stats.norm.sf(z) if cap < np.inf else 0.0
        return .2 * (by * np.exp(3 + sigma**2 / 2) * stats.norm.cdf(z - sigma) + above)

    def beyond(log_cap: float) -> float:
        return .1 * sum(stats.norm.sf((log_cap - np.log(by) - 3) / sigma) for by in (1.0, more)) - (1 - CAP)

    cap = np.exp(brentq(beyond, 0, 30)) if way == "capped" else np.inf
    return mean(more, cap) - mean(1.0, cap)


def picking(asked) -> pd.DataFrame:
    """The area over random picking, 1,200 an arm: coverage, and false claims where all have one effect.

    There picking by the models is worth nothing; where the effect hangs on what is known, customers are ranked by that.
    """
    n = 2400
    frame = pd.DataFrame({"experiment": "test", "customer": [f"c{i:04d}" for i in range(n)], "time": pd.NaT,
                          "arm": np.where(np.arange(n) % 2, "new", "control"), "platform": pd.NA})
    trial = draw(frame.assign(time=pd.to_datetime(frame["time"], utc=True)), Plan())[0]
    rows = []
    for what, metric, uneven in (("buyers, one effect", CONVERSION, False), ("revenue, one effect", MONEY, False),
                                 ("buyers, uneven", CONVERSION, True), ("revenue, uneven", MONEY, True)):
        def life(rng, size, money=metric is MONEY, uneven=uneven) -> tuple:
            past, new = rng.gamma(1, 1, (size, 3)), np.arange(size) % 2
            gain = .1 * np.tanh(past[:, 1]) - .02 if uneven else np.full(size, .03)
            bought = rng.random(size) < .1 + .05 * np.tanh(past[:, 0]) + gain * new
            baskets = rng.lognormal(3, THOUSAND, size) if money else 1.0
            return past, bought * baskets, gain * (np.exp(3 + THOUSAND**2 / 2) if money else 1)

        past, _, gain = life(np.random.default_rng(asked.seed + 5), 2_000_000)
        truth = np.mean((.5 - stats.rankdata(-past[:, 1]) / len(past)) * gain) if uneven else 0.0

        def one(rng, metric=metric, uneven=uneven, life=life, truth=truth) -> tuple:
            past, values, _ = life(rng, n)
            if uneven:
                order = np.argsort(-past[:, 1])
                found = qini(values[order], order % 2 == 1)
                return found.abs_ci_lower > 0, _holds((found.abs_ci_lower, found.abs_ci_upper), truth)
            deeds = Deeds(np.arange(n), np.full(n, np.datetime64("NaT", "us")), values, once=metric is CONVERSION)
            found = uplift(Measured(metric, deeds), past, trial, "new")
            return found.pays, _holds((found.low, found.high), truth)

        rows.append((what, asked.runs, *simulated(asked, f"picking {what}", each(one)).mean(0)))
    return pd.DataFrame(rows, columns=["area over random picking", "simulations", "claims that picking pays", "coverage"])


def changes(asked) -> pd.DataFrame:
    """Without a control group, weeks that resemble their neighbours (rho .6): false positives, coverage with an effect.

    Sizes: customers a week of the groups with the change, and of those without; all drift by the same.
    """
    weeks, groups, effect = 24, 20, .1
    monday = pd.date_range("2024-01-01", periods=130, freq="7D")
    names = [f"g{i:02d}" for i in range(groups)]
    index = pd.MultiIndex.from_product([names, monday[:weeks]], names=["group", "period"])

    def one(rng) -> tuple:
        walk = _drifting(rng, groups + 1, weeks, .6)
        values = walk[1:] * .1 + walk[0] * .1  # all groups share a drift
        panel = pd.Series(values.ravel(), index).rename("value").reset_index()
        found = difference_in_differences(panel, names[:6], monday[weeks // 2])
        after, before = values[:6, weeks // 2:].mean(0), values[:6, :weeks // 2].mean(0)
        series = pd.Series(_drifting(rng, 1, 130, .6)[0] * .1 + np.sin(np.arange(130) / 52 * 2 * np.pi), monday)
        year = interrupted(series + effect * (np.arange(130) >= 118), monday[118])
        return (stats.ttest_ind(after, before).pvalue < .05, np.nan, found.p_value < .05,
                _holds((found.low, found.high), 0.0), np.nan, _holds((year.low, year.high), effect))

    found = simulated(asked, "changes", each(one)).mean(0)
    rows = [(name, asked.runs, *found[2 * place:2 * place + 2])
            for place, name in enumerate(("naive before/after", "difference in differences", "a year before"))]
    for sizes, drift in itertools.product(SIZES, (.0, .05, .2)):
        def counted(rng, sizes=sizes, drift=drift) -> tuple:
            here, whole = [f"g{i:02d}" for i in range(len(sizes[0]))], np.concatenate(sizes)[:, None]
            counts = rng.poisson(whole * np.exp(drift * _drifting(rng, len(whole), 12, .6))) + .5
            counts = pd.DataFrame(counts, [f"g{i:02d}" for i in range(len(whole))], monday[:12])
            panel = np.log(counts).rename_axis(index="group", columns="period").stack().rename("value").reset_index()
            told = [difference_in_differences(panel, here, monday[8], noise) for noise in (1 / counts.mean(axis=1), None)]
            return told[0].p_value < .05, _holds((told[0].low, told[0].high), 0.0), told[1].p_value < .05

        name = f"{' '.join(map(str, sizes[0]))} | {' '.join(map(str, sizes[1]))}, drift {drift}"
        wrong, held, plainly = simulated(asked, f"changes {name}", each(counted)).mean(0)
        rows += [(name, asked.runs, wrong, held), ("  one error for all groups", asked.runs, plainly, np.nan)]
    return pd.DataFrame(rows, columns=["method", "simulations", "false positives", "coverage"])


SIZES = (([50] * 4, [50] * 10), ([5], [1000] * 9), ([1000], [5] * 9), ([5] * 4, [500] * 10), ([500] * 4, [5] * 10),
         ([4, 20, 150], [3, 9, 20, 50, 150, 400, 1000]))


def _drifting(rng, rows: int, periods: int, rho: float) -> np.ndarray:
    steps = rng.normal(0, 1, (rows, periods))
    for k in range(1, periods):
        steps[:, k] = rho * steps[:, k - 1] + (1 - rho**2) ** .5 * steps[:, k]
    return steps


def _holds(interval, truth: float) -> bool:
    return bool(interval[0] <= truth <= interval[1])


def kurtosis(sigma: float, buyers: float = .2) -> float:
    """Excess kurtosis of revenue per customer, of whom this share buys for a lognormal amount."""
    raw = [buyers * np.exp(k * k * sigma**2 / 2) for k in range(5)]
    mean, spread = raw[1], raw[2] - raw[1] ** 2
    return (raw[4] - 4 * mean * raw[3] + 6 * mean**2 * raw[2] - 3 * mean**4) / spread**2 - 3


def _errs(metric, pair, better, left: float, right: float) -> tuple[float, ...]:
    p_value, low, high = (column[~np.isnan(column)] for column in tested(metric, *pair)[:3])
    _, *there = tested(metric, *better)
    held = [np.mean((low <= truth) & (truth <= high)) for low, high, truth in (
        (low, high, 0.0), (*there[:2], right - left), (*there[2:], right / left - 1))]
    return np.mean(p_value < .05), *held


def _told(values: np.ndarray, arm: np.ndarray) -> Effect:
    return compare(MONEY, moments(values[arm == 0]), moments(values[arm == 1]))


PARTS = {"fixed": fixed, "sharp": sharp, "quantiles": quantiles, "tails": tails, "bootstrap": bootstraps, "picking": picking,
         "changes": changes}


if __name__ == "__main__":
    command("coverage", __doc__, PARTS, "a method")
