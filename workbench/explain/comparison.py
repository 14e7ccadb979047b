"""Every method on the same texts of one model: how true, how stable, how dear; and which of them is shown first."""

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.explain.attribution import ATTENTION, Method, methods_of
from workbench.explain.checks import shuffled, stability, under_shuffled_weights
from workbench.explain.faithfulness import FAITHFUL, faithfulness, interval, ordered, random_orders, verdict
from workbench.explain.reading import Reading, read
from workbench.models import Classifier, EncoderClassifier

CHECKED = 6  # texts on which stability and shuffled weights are seen
MEASURES = ("comprehensiveness", "sufficiency")


@dataclass(frozen=True)
class Measured:
    """What was measured of methods m on texts n.

    Attributes:
        names: of the methods.
        own: (2, m, n) comprehensiveness and sufficiency; ``chance``: (2, n) those of random orderings.
        stable, noisy: (m, n) rank correlations with one word dropped, and under shuffled weights; NaN where not seen.
        seconds: (m,) of the processor a text, which nothing depends on; ``passes``: (m,) mean of a text.
    """

    names: list[str]
    own: np.ndarray
    chance: np.ndarray
    stable: np.ndarray
    noisy: np.ndarray
    seconds: np.ndarray
    passes: np.ndarray


def compare_methods(model: Classifier, table: pd.DataFrame, language: str, seed: int = 0,
                    beside: EncoderClassifier | None = None) -> pd.DataFrame:
    """Every method against chance on the same texts.

    Returns:
        ``language, method, texts, comprehensiveness, chance, gain, gain_ci_lower, gain_ci_upper, more, more_ci_lower,
        more_ci_upper, sufficiency, sufficiency_chance, kept, kept_ci_lower, kept_ci_upper, stability, randomised, moved,
        moved_ci_lower, moved_ci_upper, passes, seconds, verdict, default``: probabilities, means over texts. ``gain`` is
        comprehensiveness minus that of random orderings, ``kept`` the sufficiency of random orderings minus its own,
        ``more`` the gain minus attention's on the same texts, ``moved`` the rank correlation under a small change minus
        that under shuffled weights; each with a 95% bootstrap interval over texts. ``default``: the method that
        :func:`default` chooses.
    """
    readings = [read(model, text, language, beside=beside) for text in table["text"]]
    return compared(measure(model, readings, seed, beside), language, seed)


def compared(measured: Measured, language: str, seed: int = 0) -> pd.DataFrame:
    """The table of :func:`compare_methods` from what was measured."""
    gains = measured.own[0] - measured.chance[0]
    place = measured.names.index(ATTENTION)
    rows = []
    for m, name in enumerate(measured.names):
        moved = measured.stable[m] - measured.noisy[m]
        rows.append({
            "language": language, "method": name, "texts": gains.shape[1], "comprehensiveness": measured.own[0, m].mean(),
            "chance": measured.chance[0].mean(), **_with_interval("gain", gains[m], seed),
            **_with_interval("more", gains[m] - gains[place], seed), "sufficiency": measured.own[1, m].mean(),
            "sufficiency_chance": measured.chance[1].mean(),
            **_with_interval("kept", measured.chance[1] - measured.own[1, m], seed),
            "stability": _mean(measured.stable[m]), "randomised": _mean(measured.noisy[m]),
            **_with_interval("moved", moved[np.isfinite(moved)], seed), "passes": measured.passes[m],
            "seconds": measured.seconds[m]})
    found = pd.DataFrame(rows)
    found["verdict"] = [verdict(low, high) for low, high in zip(found["gain_ci_lower"], found["gain_ci_upper"], strict=True)]
    chosen = default(measured.names, gains, measured.passes, seed)
    return found.assign(default=[name == chosen for name in measured.names])


def default(names: list[str], gains: np.ndarray, passes: np.ndarray, seed: int = 0) -> str:
    """The method that is shown first: of those that are faithful, the one of least work that none surely beats.

    Surely beaten is a method whose gain the best one exceeds on the same texts with a 95% interval above zero. Of equal
    work the larger gain wins. Passes are counted, so the same texts and weights give the same answer on any machine.

    Args:
        gains: (methods, texts) over chance; passes: (methods,) of a text.

    Returns:
        Its name, empty where no method is faithful.

    >>> gains = np.array([[.1, .12, .11, .1], [.11, .11, .12, .1], [.02, .03, .02, .02]])
    >>> default(["dear", "cheap", "poor"], gains, np.array([30, 3, 1]))
    'cheap'
    """
    means = gains.mean(axis=1)
    faithful = [m for m in range(len(names)) if verdict(*interval(gains[m], seed)) == FAITHFUL]
    if not faithful:
        return ""
    best = max(faithful, key=lambda m: means[m])
    unbeaten = [m for m in faithful if m == best or interval(gains[best] - gains[m], seed)[0] <= 0]
    return names[min(unbeaten, key=lambda m: (passes[m], -means[m]))]


def measure(model: Classifier, readings: list[Reading], seed: int, beside: EncoderClassifier | None = None) -> Measured:
    """Measure every method that can explain ``model`` on the texts; the first :data:`CHECKED` of them also for soundness."""
    methods = methods_of(model)
    shape = (len(methods), len(readings))
    own, chance = np.empty((2, *shape)), np.empty((2, len(readings)))
    stable, noisy, seconds = np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(len(methods))
    noise, noise_beside = shuffled(model, seed), shuffled(beside, seed) if beside else None
    for n, reading in enumerate(readings):
        scores = {}
        for m, (name, method) in enumerate(methods.items()):
            began = time.process_time()
            scores[name] = method.scores(model, reading)
            seconds[m] += time.process_time() - began
        orders = [ordered(values) for values in scores.values()]
        found = faithfulness(model, reading, orders + random_orders(len(reading.words), seed + n))
        for place, measured in enumerate(MEASURES):
            values = getattr(found, measured)
            own[place, :, n], chance[place, n] = values[:len(orders)], values[len(orders):].mean()
        if n < CHECKED:
            stable[:, n] = list(stability(model, reading, methods, scores, seed + n, beside).values())
            noisy[:, n] = list(under_shuffled_weights(noise, reading, methods, scores, noise_beside).values())
    return Measured(list(methods), own, chance, stable, noisy, seconds / len(readings), _passes(methods, readings))


def _passes(methods: dict[str, Method], readings: list[Reading]) -> np.ndarray:
    return np.array([np.mean([method.passes(len(reading.words)) for reading in readings]) for method in methods.values()])


def _with_interval(name: str, values: np.ndarray, seed: int) -> dict[str, float]:
    low, high = interval(values, seed) if len(values) else (np.nan, np.nan)
    return {name: _mean(values), f"{name}_ci_lower": low, f"{name}_ci_upper": high}


def _mean(values: np.ndarray) -> float:
    found = values[np.isfinite(values)]
    return float(found.mean()) if len(found) else np.nan
