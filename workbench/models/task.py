"""Train a task's models on one split; the validation side says which one serves."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.models.classifier import Classifier
from workbench.models.encoder import Base
from workbench.models.finetune import Recipe, fit_encoder
from workbench.models.latent import Meaning, fit_latent, refit_latent
from workbench.models.linear import UNKNOWN, fit_linear, refit_linear
from workbench.models.metrics import Scores, evaluate, log_losses
from workbench.models.pooled import fit_pooled
from workbench.models.prior import SAID, said_by_label
from workbench.models.store import save_task
from workbench.models.textset import LabelledTexts

SCORE = "macro_f1"
CHOSEN_BY = "log loss on the validation side, classes weighted as in training; the plainest within one standard error"
SHARES_OF_CURVE = (0.125, 0.25, 0.5)
REFITS = {"linear": refit_linear, "latent": refit_latent}


@dataclass(frozen=True)
class Trained:
    """A task's models and what they scored.

    Attributes:
        data: the split texts. ``models``: classifier by kind: ``linear``, ``latent`` (where a meaning was given),
            ``encoder`` (where a base was given), and ``pooled``, made of the others.
        validation, test: scores by kind; ``test`` also holds ``majority``, which always says the most frequent label.
        told: what each kind says of the test texts: probabilities (n, labels).
        losses: weighted log loss on the validation side by kind, in nats a text.
        serves: the plainest kind whose ``losses`` is within one standard error of the lowest.
        curve: ``kind, texts, macro_f1, ci_lower, ci_upper`` on the validation side against training texts.
    """

    data: LabelledTexts
    models: dict[str, Classifier]
    validation: dict[str, Scores]
    test: dict[str, Scores]
    told: dict[str, np.ndarray]
    losses: dict[str, float]
    serves: str
    curve: pd.DataFrame

    @property
    def card(self) -> dict:
        """The card of the task's folder."""
        data = self.data
        return {
            "name": data.name, "kind": "task", "task": data.task, "language": data.language, "labels": data.labels,
            "origin": data.origin, "serves": self.serves, "chosen_by": CHOSEN_BY,
            "base": self.models["encoder"].card["base"] if "encoder" in self.models else "",
            "split": {"held_out_by": data.held_out_by, "seed": data.seed, "texts": data.sizes,
                      "groups": data.frame.groupby("side")["group"].nunique().to_dict()},
            "left_out": data.left_out,
            "validation": {kind: _short(scores) | {"weighted_log_loss": round(self.losses[kind], 4)}
                           for kind, scores in self.validation.items()},
            "test": {kind: scores.to_dict() for kind, scores in self.test.items()},
            "training_seconds": {kind: model.card["training_seconds"] for kind, model in self.models.items()}}

    def mistakes(self) -> pd.DataFrame:
        """The five most confident mistakes of the model that serves: ``text, truth, predicted, probability``."""
        data, told = self.data, self.told[self.serves]
        named = np.array(data.labels, dtype=object)
        found = pd.DataFrame({"text": data.texts("test"), "truth": named[data.codes("test")],
                              "predicted": named[told.argmax(axis=1)], "probability": told.max(axis=1)})
        wrong = found[found["truth"] != found["predicted"]]
        return wrong.sort_values("probability", ascending=False, kind="stable").head(5).reset_index(drop=True)

    def save(self, folder: Path) -> Path:
        """Write the models and the card that says which serves."""
        for kind, model in self.models.items():
            model.card |= {"name": self.data.name, "task": self.data.task, "test": self.test[kind].to_dict()}
        return save_task(self.models, self.card, folder)


def train_task(data: LabelledTexts, base: Base | None, recipe: Recipe | None = None, most: int = 0,
               tell: Callable[[str], None] = lambda line: None, meaning: Meaning | None = None) -> Trained:
    """Fit every kind, choose on the validation side, score on the test side.

    Once chosen, the linear and the latent model learn from the validation side too; their validation scores are from
    before.

    Args:
        base: what the encoder stands on; None trains no encoder.
        most: the encoder learns from at most so many texts (the linear model from all); 0 means all.
        tell: is called with a line of progress now and then.
        meaning: of n-grams, learnt from texts that need no labels; None trains no latent model.
    """
    models: dict[str, Classifier] = {"linear": fit_linear(data)}
    tell(f"{data.name}: linear model, {models['linear'].card['training_seconds']:.0f} s")
    if meaning:
        models["latent"] = fit_latent(data, meaning)
        tell(f"{data.name}: latent model of {meaning.texts:,} texts, {models['latent'].card['training_seconds']:.0f} s")
    if base:
        models["encoder"] = fit_encoder(data.at_most(most), base, recipe)
        tell(f"{data.name}: encoder on {base.name}, {models['encoder'].card['training_seconds']:.0f} s")
    told = {kind: model.probabilities(data.texts("validation")) for kind, model in models.items()}
    validation = {kind: _judged(data, each, "validation") for kind, each in told.items()}
    curve = _curve(data, validation, models)
    models["pooled"], told["pooled"] = fit_pooled(data, dict(models), told)
    validation["pooled"] = _judged(data, told["pooled"], "validation")
    losses, serves = choose(data, told)
    for kind, again in REFITS.items():  # all is chosen; the encoder stops by the validation side
        if kind in models:
            models[kind] = again(models[kind], data)
    for kind, model in models.items():
        model.card[SAID] = said_by_label(data.codes("validation"), told[kind])
    models["linear"].card[UNKNOWN] = round(models["linear"].unknown(data.texts("test")), 4)
    models["pooled"].parts = {kind: models[kind] for kind in models["pooled"].parts}
    told = {kind: model.probabilities(data.texts("test")) for kind, model in models.items() if kind != "pooled"}
    told["pooled"] = models["pooled"].pooled(data.texts("test"), told)
    test = {kind: _judged(data, each, "test") for kind, each in told.items()} | {"majority": _majority(data)}
    return Trained(data, models, validation, test, told, losses, serves, curve)


def choose(data: LabelledTexts, told: dict[str, np.ndarray]) -> tuple[dict[str, float], str]:
    """The loss of each kind, from the plainest to the least plain, and which serves.

    Few validation texts tell log losses apart better than F1, which moves by whole texts (Gneiting & Raftery 2007), and
    the plainest within one standard error of the best is not better by luck (Breiman et al. 1984). The error is that of the
    paired difference, clustered by group where there are several.
    """
    truth = data.codes("validation")
    weight = data.weights()[truth]
    loss = {kind: log_losses(truth, each) for kind, each in told.items()}
    losses = {kind: float(np.average(each, weights=weight)) for kind, each in loss.items()}
    best, (names, group) = min(losses, key=losses.get), np.unique(data.groups("validation"), return_inverse=True)
    group = group if len(names) > 1 else np.arange(len(truth))
    for kind in losses:
        gap = losses[kind] - losses[best]
        by_group = np.bincount(group, weight * (loss[kind] - loss[best] - gap)) / weight.sum()
        if gap <= np.sqrt((by_group ** 2).sum() * len(by_group) / max(1, len(by_group) - 1)):
            return losses, kind


def _judged(data: LabelledTexts, told: np.ndarray, side: str) -> Scores:
    return evaluate(data.codes(side), told, data.labels, data.groups(side), data.seed)


def _majority(data: LabelledTexts) -> Scores:
    shares = np.bincount(data.codes("train"), minlength=len(data.labels)) / data.sizes["train"]
    return _judged(data, np.tile(shares, (data.sizes["test"], 1)), "test")


def _curve(data: LabelledTexts, validation: dict[str, Scores], models: dict[str, Classifier]) -> pd.DataFrame:
    """Does the linear model still gain from more labels? The encoder is trained once and is one point."""
    rows = []
    for share in SHARES_OF_CURVE:
        part = data.part(share)
        if part.labels == data.labels and set(part.codes("train")) == set(data.codes("train")):
            card = models["linear"].card
            model = fit_linear(part, (card["strength"],), (card["rarity"],))
            scores = _judged(part, model.probabilities(part.texts("validation")), "validation")
            rows.append(("linear", part.sizes["train"], *scores.value(SCORE)))
    rows += [(kind, models[kind].card["training_texts"], *scores.value(SCORE)) for kind, scores in validation.items()]
    return pd.DataFrame(rows, columns=["kind", "texts", "macro_f1", "ci_lower", "ci_upper"])


def _short(scores: Scores) -> dict[str, float]:
    return {metric: round(scores.value(metric)[0], 4) for metric in ("accuracy", SCORE)}
