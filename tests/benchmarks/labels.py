"""What 20, 50 and 100 labels of a new domain win: ``python -m tests.benchmarks.labels --help``.

A model of suggestions in a forum (suggestions_en) meets hotel reviews. Half of these may be labelled, the other half
tells: F1 of the label suggestion, averaged over seeds that halve anew. Nothing is chosen on what is reported. Models and
rows stay in ``--kept``, so the table can be made in parts: stopped, the same command goes on.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from workbench import models
from workbench.models.adapt import adapt, recalibrated
from workbench.training.queue import FIRST, margins

QUICK_SEEDS = 20  # halvings for the ways that train no model: they take a tenth of a second


def main() -> None:
    """Compare ways to pick texts and ways to use their labels; print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.labels", description=__doc__.splitlines()[0])
    parser.add_argument("--labels", type=int, nargs="+", default=[20, 50, 100], help="how many (default 20 50 100)")
    parser.add_argument("--seeds", type=int, default=1, help="halvings to train models on (default 1; without training 20)")
    parser.add_argument("--max-texts", type=int, default=1000, help="forum texts the encoder learns from (default 1000)")
    parser.add_argument("--kept", type=Path, help="folder of models and rows (default: none is kept)")
    asked = parser.parse_args()
    folder = os.environ.get("WORKBENCH_REAL_DATA")
    if not folder:
        parser.exit(2, "set WORKBENCH_REAL_DATA to the folder of the public data sets\n")
    with tempfile.TemporaryDirectory() as scratch:
        asked.kept = (asked.kept or Path(scratch)) / f"labels, {asked.max_texts} texts"
        asked.kept.mkdir(parents=True, exist_ok=True)
        table = suggestions(Path(folder) / "suggestions_en", asked)
    print(table.to_string(index=False, float_format=lambda x: f"{x:.3f}"))


def suggestions(folder: Path, asked) -> pd.DataFrame:
    """``way, picked, labels, f1, f1_ci_lower, f1_ci_upper, seeds, seconds``: means over the seeds."""
    forum = pd.read_csv(folder / "forum_train.csv", names=["id", "text", "label"])
    forum["product"] = forum["id"].astype(str).str.split("_").str[0]  # a post stays on one side
    hotel = pd.read_csv(folder / "hotel_dev.csv", encoding="latin-1").rename(columns={"sentence": "text"})
    data = models.split(forum.assign(label=np.where(forum["label"] == 1, "suggestion", "none")), "suggestion", "en")
    began = time.perf_counter()
    fitted = {
        "linear": _kept(asked.kept / "linear", lambda: models.refit_linear(models.fit_linear(data), data)),
        "encoder": _kept(asked.kept / "encoder",
                         lambda: models.fit_encoder(data.at_most(asked.max_texts), models.load_base("minilm")))}
    print(f"{data.sizes}, encoder of {asked.max_texts} texts: {time.perf_counter() - began:.0f} s", flush=True)
    domain = Domain(data, hotel["text"].tolist(), hotel["label"].to_numpy(), fitted, asked.kept / "rows.jsonl")
    rows = []
    for seed in range(max(QUICK_SEEDS, asked.seeds)):
        rows += domain.rows(seed, asked.labels, trained=seed < asked.seeds)
        if seed < asked.seeds:
            print(f"seed {seed} done after {time.perf_counter() - began:.0f} s", flush=True)
    by = pd.DataFrame(rows).groupby(["way", "picked", "labels"], sort=False)
    return by.mean().assign(seeds=by.size()).reset_index()


def _kept(folder: Path, fit: Callable[[], models.Classifier]) -> models.Classifier:
    if not folder.is_dir():
        models.save_classifier(fit(), folder)
    return models.load_classifier(folder)


class Domain:
    """The hotel reviews, what both models say of them before any label, and the frozen states of the encoder.

    Rows of ways that train a model are written to a file, and taken from it when they are asked for again.
    """

    def __init__(self, data, texts: list[str], truth: np.ndarray, fitted: dict[str, models.Classifier], rows: Path):
        self.data, self.texts, self.truth, self.fitted, self.file = data, texts, truth, fitted, rows
        lines = rows.read_text().splitlines() if rows.exists() else []
        self.known = {tuple(key): row for key, row in map(json.loads, lines)}
        self.told = {kind: model.probabilities(texts) for kind, model in fitted.items()}
        self.states = _states(fitted["encoder"], texts)

    def rows(self, seed: int, counts: list[int], trained: bool):
        """A row for each way, pick and number of labels, on one halving; ``trained``: also ways that train a model."""
        order = np.random.default_rng(seed).permutation(len(self.texts))
        pool, rest = order[:len(order) // 2], order[len(order) // 2:]
        for kind, told in self.told.items():
            yield self._row(f"{kind} as it is", "", 0, rest, told[rest], 0.0)
        for picked, drawn in self._picks(pool).items():
            for k in counts:
                for way, use in self._ways(drawn[:k], rest, seed, trained).items():
                    yield self._told(way, picked, k, seed, rest, use)

    def _told(self, way: str, picked: str, k: int, seed: int, rest: np.ndarray, use: Callable[[], np.ndarray]) -> dict:
        key = (way, picked, k, seed)
        if key not in self.known:
            began = time.process_time()
            told = use()
            self.known[key] = self._row(way, picked, k, rest, told, time.process_time() - began)
            if "adapted" in way:
                with self.file.open("a") as file:
                    file.write(json.dumps([key, self.known[key]]) + "\n")
        return self.known[key]

    def _picks(self, pool: np.ndarray) -> dict[str, np.ndarray]:
        told = self.told["encoder"]
        first, others = pool[:FIRST], pool[FIRST:]
        moved = recalibrated(told[first], self.truth[first], told[others])
        return {"random": pool, "uncertain": pool[np.argsort(margins(told[pool]), kind="stable")],
                "random, then uncertain": np.r_[first, others[np.argsort(margins(moved), kind="stable")]]}

    def _ways(self, given: np.ndarray, rest: np.ndarray, seed: int, trained: bool) -> dict:
        texts, truth = [self.texts[i] for i in given], self.truth[given]
        named, others = [self.data.labels[i] for i in truth], [self.texts[i] for i in rest]

        def moved(kind):
            return lambda: recalibrated(self.told[kind][given], truth, self.told[kind][rest])

        def adapted(kind):
            return lambda: adapt(self.fitted[kind], self.data, texts, named, seed).probabilities(others)

        quick = {"linear, thresholds moved": moved("linear"), "encoder, thresholds moved": moved("encoder"),
                 "regression on the middle layer": lambda: self._regression(given, rest)}
        return quick | ({"linear, adapted": adapted("linear"), "encoder, adapted": adapted("encoder")} if trained else {})

    def _regression(self, given: np.ndarray, rest: np.ndarray) -> np.ndarray:
        from sklearn.linear_model import LogisticRegression

        odds = np.log(self.told["encoder"][:, 1:] / self.told["encoder"][:, :1])
        seen = np.hstack([odds / odds.std(), self.states])
        if len(set(self.truth[given])) < 2:
            return np.eye(2)[np.full(len(rest), self.truth[given][0])]
        return LogisticRegression(C=10.0, max_iter=2000).fit(seen[given], self.truth[given]).predict_proba(seen[rest])

    def _row(self, way: str, picked: str, k: int, rest: np.ndarray, told: np.ndarray, seconds: float) -> dict:
        scores = models.evaluate(self.truth[rest], told, self.data.labels, np.arange(len(rest)))
        f1, low, high = scores.value("f1", "suggestion")
        return {"way": way, "picked": picked, "labels": k, "f1": f1, "f1_ci_lower": low, "f1_ci_upper": high,
                "seconds": seconds}


def _states(model: models.EncoderClassifier, texts: list[str]) -> np.ndarray:
    """(n, width) states of the middle layer, brought to mean 0 and mean square length 1."""
    states = model.states(texts)
    states -= states.mean(axis=0)
    return states / np.sqrt((states ** 2).sum(axis=1).mean())


if __name__ == "__main__":
    main()
