"""The sample-ratio check: did the arms get the customers they were due, and if not, when and where did it break?

A split that misses its shares has lost customers of a kind, so its arms differ by more than the change under test
(Fabijan et al. 2019, "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments").
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from workbench.experiments.wording import percent
from workbench.privacy.suppress import too_few
from workbench.uncertainty import wilson

HOMOGENEOUS = 0.01  # above this p the share is taken as the same on all days
PARTS = (3, 4, 5, 10, 20, 25, 50, 100)  # into how many a plan may have divided the customers
SMALLEST = 20  # customers a day or a segment must have to be looked at


@dataclass(frozen=True)
class Clue:
    """Where a split broke. ``days`` holds the share of ``arm`` day by day: ``day, customers, inside, outside, share, low,
    high, due``; ``inside`` are the arm's, ``outside`` the others'.
    """

    sentence: str
    arm: str
    days: pd.DataFrame


def ratio_p_value(counts: list[int], due: list[float]) -> float:
    """Chance of shares as far off as these, or further: exact for two arms, chi-squared for more.

    >>> round(ratio_p_value([480, 520], [.5, .5]), 3)
    0.217
    >>> ratio_p_value([1421, 1088], [.5, .5]) < 1e-9
    True
    """
    total = sum(counts)
    if not total:
        return 1.0
    if len(counts) == 2:
        return float(stats.binomtest(int(counts[1]), total, due[1]).pvalue)
    return float(stats.chisquare(counts, np.array(due) * total).pvalue)


def likely_parts(counts: list[int]) -> list[int]:
    """Parts that a plan of unequal arms may have had: small numbers that the customers fit, one of them at least half as
    large again as another, since faults seldom lose so many; empty where there are none.

    >>> likely_parts([2_096_292, 11_883_300]), likely_parts([23_524, 564_577]), likely_parts([1000, 750])
    ([3, 17], [1, 24], [])
    """
    total = sum(counts)
    for whole in PARTS if max(counts) >= 1.5 * min(counts) else ():
        parts = [round(whole * count / total) for count in counts]
        if sum(parts) == whole and min(parts) and ratio_p_value(counts, [part / whole for part in parts]) >= HOMOGENEOUS:
            return parts
    return []


def same_share(inside: np.ndarray, of: np.ndarray) -> float:
    """Chance that groups with ``inside`` of ``of`` customers come from one share: chi-squared, groups of 20 or more."""
    inside, of = inside[of >= SMALLEST], of[of >= SMALLEST]
    table = np.array([inside, of - inside])
    if table.shape[1] < 2 or (table.sum(axis=1) == 0).any():
        return 1.0
    return float(stats.chi2_contingency(table, correction=False).pvalue)


def where_it_broke(customers: pd.DataFrame, due: dict[str, float], timezone: str,
                   segments: dict[str, pd.Series]) -> Clue:
    """Look for the days and the segments in which the arm that is furthest off lost, or gained, its customers.

    Args:
        customers: ``customer, arm, time`` of a trial whose split is broken.
        due: planned share of each arm.
        segments: by name, the segment of each customer (index: customer) as known before the draw.
    """
    arm, sentence = _furthest_off(customers["arm"].value_counts(), due)
    inside = (customers["arm"] == arm).to_numpy(dtype=bool)
    days, sentences = pd.DataFrame(), [sentence]
    if customers["time"].notna().all():
        day = customers["time"].dt.tz_convert(timezone).dt.strftime("%Y-%m-%d").to_numpy()
        days = _shares(day, inside).assign(due=due[arm])
        sentences.append(_when(days, due[arm]))
    else:
        sentences.append("The draw is not dated, so the days cannot be searched.")
    found = [line for name, of in segments.items() if (line := _segment(name, of, customers["customer"], inside))]
    looked = " or ".join(segments)
    sentences += found or ([f"It does not differ by {looked}."] if segments else [])
    return Clue(" ".join(sentences), arm, days)


def _furthest_off(counts: pd.Series, due: dict[str, float]) -> tuple[str, str]:
    """The arm that is furthest off its share, of two the one that lacks customers; and by how many."""
    counts = counts.reindex(list(due), fill_value=0)
    total, shares = int(counts.sum()), pd.Series(due)
    off = (counts - shares * total) / np.sqrt(shares * total)
    arm = off.idxmin() if len(due) == 2 else off.abs().idxmax()
    expected = (total - counts[arm]) / (1 - shares[arm]) * shares[arm]
    verb = "lacks" if counts[arm] < expected else "has a surplus of"
    many = "" if any(map(too_few, counts)) else f"about {abs(expected - counts[arm]):,.0f} "
    return str(arm), f"Measured against the other arms, “{arm}” {verb} {many}customers."


def _shares(group: np.ndarray, inside: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame({"day": group, "inside": inside}).groupby("day")["inside"].agg(["size", "sum"])
    table = table[table["size"] >= SMALLEST]
    low, high = wilson(table["sum"], table["size"])
    return pd.DataFrame({
        "day": table.index, "customers": table["size"].to_numpy(), "inside": table["sum"].to_numpy(),
        "outside": (table["size"] - table["sum"]).to_numpy(),
        "share": (table["sum"] / table["size"]).to_numpy(), "low": low, "high": high})


def _when(days: pd.DataFrame, due: float) -> str:
    inside, of = days["inside"].to_numpy(), days["customers"].to_numpy()
    if len(days) < 2:
        return "There are too few days to say when."
    if same_share(inside, of) >= HOMOGENEOUS:
        share = f" ({percent(inside.sum() / of.sum())} where {percent(due)} was due)" * _tellable([inside.sum()], [of.sum()])
        return (f"Its share was about the same on all {len(days)} days{share}, so it was so "
                "from the first day on: look at how customers get into the arm and at what is logged there, not for a "
                "single bad day.")
    first, last = _window(inside, of)
    within = slice(first, last + 1)
    some = np.array([inside[within].sum(), inside.sum() - inside[within].sum()])
    whole = np.array([of[within].sum(), of.sum() - of[within].sum()])
    span = days["day"].iloc[first] if first == last else f"{days['day'].iloc[first]} to {days['day'].iloc[last]}"
    if not _tellable(some, whole):
        return f"It broke on {span}."
    there, rest = map(percent, some / whole)
    return f"It broke on {span}: {there} there, {rest} on the other days, {percent(due)} due."


def _tellable(inside, of) -> bool:
    """Whether shares may be told: not where one would let the customers of a small group be computed."""
    return not any(too_few(count) or too_few(whole - count) for count, whole in zip(inside, of, strict=True))


def _window(inside: np.ndarray, of: np.ndarray) -> tuple[int, int]:
    """The run of days whose share differs most from the rest: the scan statistic of Kulldorff (1997)."""
    k, n = np.concatenate([[0], np.cumsum(inside)]), np.concatenate([[0], np.cumsum(of)])
    best, found = -np.inf, (0, 0)
    for first in range(len(of)):
        for last in range(first, len(of)):
            a, m = k[last + 1] - k[first], n[last + 1] - n[first]
            if m == n[-1]:
                continue
            gain = _likelihood(a, m) + _likelihood(k[-1] - a, n[-1] - m)
            if gain > best + 1e-9:
                best, found = gain, (first, last)
    return found


def _likelihood(inside: float, of: float) -> float:
    share = inside / of
    return sum(count * np.log(p) for count, p in ((inside, share), (of - inside, 1 - share)) if count)


def _segment(name: str, of: pd.Series, customers: pd.Series, inside: np.ndarray) -> str:
    group = customers.map(of).astype("string").fillna("not known").to_numpy(dtype=object)
    table = _shares(group, inside)
    if same_share(table["inside"].to_numpy(), table["customers"].to_numpy()) >= HOMOGENEOUS:
        return ""
    if not _tellable(table["inside"], table["customers"]):
        return f"It differs by {name}."
    shares = ", ".join(f"{row.day} {percent(row.share)}" for row in table.sort_values("share").head(6).itertuples())
    return f"It differs by {name}: {shares}."
