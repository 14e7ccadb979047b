"""Reviews a second, plain and compressed, in one run: ``python -m tests.benchmarks.speed --help``.

Every form reads the same reviews in turns; medians, the slowest and fastest round and their ratio to the plain
``pipeline(...)`` loop are printed, what 60,000 reviews would take at that pace (extrapolated), and the work by which
22_compress orders the forms: megabytes of weights that a token meets, which no clock can change. How fast a form is does
not depend on what it has learnt, so nothing but the linear model is trained, unless ``--models`` names a folder with
trained ones.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from workbench import models, sample
from workbench.models.distil import encoder_of
from workbench.models.forms import interleaved

MANY = 60_000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.speed", description=__doc__.splitlines()[0])
    parser.add_argument("--reviews", type=int, default=400, help="reviews of a turn, by hash (default 400)")
    parser.add_argument("--rounds", type=int, default=3, help="turns after the first, which warms up (default 3)")
    parser.add_argument("--models", type=Path, help="folder of a task's trained models, e.g. reports/sample/models/needs_en")
    parser.add_argument("--threads", type=int, default=0, help="of torch (default: its own choice)")
    asked = parser.parse_args()
    import torch

    if asked.threads:
        torch.set_num_threads(asked.threads)
    texts = reviews(asked.reviews)
    print(f"{len(texts)} reviews of {np.mean([len(text.split()) for text in texts]):.0f} words, {torch.get_num_threads()} "
          f"threads, {torch.backends.cpu.get_cpu_capability()}, other load {os.getloadavg()[0]:.1f}", flush=True)
    made = forms(asked.models)
    told = table(calls(made), texts, asked.rounds, {name: work(model) for name, model in made.items()})
    print(told.to_string(index=False, float_format=lambda x: f"{x:.2f}"))


def reviews(most: int) -> list[str]:
    """Real reviews of a clothes shop where WORKBENCH_REAL_DATA names them, else the sample shop's, repeated if need be."""
    folder = os.environ.get("WORKBENCH_REAL_DATA")
    if folder:
        found = pd.read_csv(next((Path(folder) / "reviews_en").glob("*.csv")))["Review Text"].dropna().tolist()
    else:
        labelled = sample.labelled_texts()
        found = labelled[(labelled["task"] == "sentiment") & (labelled["language"] == "en")]["text"].tolist()
    found = sorted(found, key=models.text_hash)
    return (found * (most // len(found) + 1))[:most]


def forms(folder: Path | None) -> dict:
    """What reads texts, by name."""
    linear, encoder, moods = _trained(folder) if folder else _untrained()
    student = _student(encoder)
    small = models.compress(student, "int8")
    made = {"our batches": encoder, "bfloat16": models.compress(encoder, "bfloat16"),
            "int8": models.compress(encoder, "int8"), "student of 3 layers": student,
            "student, int8": small, "pool": moods, "pool, int8": models.compress(moods, "int8"),
            "pool of the student, int8": type(moods)(moods.card, {**moods.parts, "encoder": small}, moods.learnt, set()),
            "linear": linear}
    return made


def calls(made: dict) -> dict:
    """What is timed, by name: the plain loop first."""
    encoder = made["our batches"]
    return {"pipeline, one by one": _pipeline(encoder, 1), "pipeline, batches of 32": _pipeline(encoder, 32),
            **{name: model.predict for name, model in made.items()}}


def work(model) -> float:
    """Megabytes of weights that each token meets in a form's encoder: of all matrices that it is multiplied with."""
    if (encoder := encoder_of(model)) is None:
        return 0.0
    layers = encoder.model.base_model.encoder.state_dict()
    return sum(weight.nbytes for weight in layers.values() if weight.ndim == 2 and min(weight.shape) > 1) / 1e6


def table(calls: dict, texts: list[str], rounds: int, work: dict[str, float]) -> pd.DataFrame:
    """``form, work, a second, slowest, fastest, times the loop, minutes for 60,000``."""
    began = time.perf_counter()
    seconds = interleaved({name: lambda call=call: call(texts) for name, call in calls.items()}, rounds)
    print(f"measured in {time.perf_counter() - began:.0f} s")
    middle = {name: np.median(rounds) for name, rounds in seconds.items()}
    first = next(iter(middle.values()))
    return pd.DataFrame([{"form": name, "MB a token": work.get(name), "a second": len(texts) / one,
                          "slowest": len(texts) / max(seconds[name]), "fastest": len(texts) / min(seconds[name]),
                          "times the loop": first / one,
                          f"minutes for {MANY:,}, extrapolated": MANY / len(texts) * one / 60}
                         for name, one in middle.items()])


def _pipeline(encoder: models.EncoderClassifier, batch: int):
    from transformers import pipeline

    told = pipeline("text-classification", model=encoder.model, tokenizer=encoder.tokenizer)
    return lambda texts: told(texts, batch_size=batch, truncation=True, max_length=128)


def _trained(folder: Path) -> tuple:
    return tuple(models.load_classifier(folder, kind=kind) for kind in ("linear", "encoder", "pooled"))


def _untrained() -> tuple:
    labelled = sample.labelled_texts()
    data = models.split(labelled[(labelled["task"] == "needs") & (labelled["language"] == "en")], "needs", "en")
    linear, base = models.fit_linear(data), models.load_base("minilm")
    card = {"kind": "encoder", "labels": data.labels, "language": "en", "base": "minilm"}
    encoder = models.EncoderClassifier(card, base.classifier(data.labels), base.tokenizer(), set())
    return linear, encoder, models.fit_pooled(data, {"encoder": encoder, "linear": linear})[0]


def _student(encoder: models.EncoderClassifier) -> models.EncoderClassifier:
    """Every second layer, taught by nobody."""
    import copy

    from torch.nn import ModuleList

    small = copy.deepcopy(encoder.model)
    small.base_model.encoder.layer = ModuleList(small.base_model.encoder.layer[::2])
    small.config.num_hidden_layers = len(small.base_model.encoder.layer)
    return models.EncoderClassifier(dict(encoder.card), small, encoder.tokenizer, set())


if __name__ == "__main__":
    main()
