"""A new domain with a few labels: where its threshold lies, and a model that goes on learning from them.

Measured on suggestions_en, forum to hotel (``python -m tests.benchmarks.labels``, figures in DECISIONS.md).
"""

import copy
import time
from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.errors import ModelError
from workbench.models.classifier import Classifier
from workbench.models.encoder import EncoderClassifier
from workbench.models.latent import LatentClassifier, refit_latent
from workbench.models.linear import LinearClassifier, refit_linear
from workbench.models.metrics import log_of, softmax
from workbench.models.pooled import PooledClassifier
from workbench.models.prior import SAID
from workbench.models.textset import LabelledTexts, text_hash

PASSES = 6  # over the labels of the domain
REPLAY = 1.0  # texts of the training side beside each label, drawn anew in every pass: without them it forgets
WEIGHT = 5  # how often the linear and the latent model read each of them, among all the texts that it learnt from
LOOSE = 0.05  # penalty on the squares of slope - 1 and of the offsets: a handful of labels moves the threshold little


def recalibrated(told: np.ndarray, truth: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Probabilities of ``others`` (m, labels) after ``told`` (n, labels) turned out to be ``truth`` (n,).

    Multinomial Platt scaling with one slope (Platt 1999; "vector scaling" of Guo et al. 2017): it moves thresholds,
    hardly the ranking, so it needs few labels. It is right for texts picked by their probabilities as well, since it
    models what a text's label is, given its probabilities.

    >>> told, truth = np.array([[.9, .1], [.8, .2], [.7, .3], [.6, .4]] * 5), np.array([0, 0, 1, 1] * 5)
    >>> recalibrated(told, truth, np.array([[.85, .15], [.65, .35]])).argmax(axis=1)
    array([0, 1])
    """
    from scipy.optimize import minimize

    def logits(found: np.ndarray, moves: np.ndarray) -> np.ndarray:
        return moves[0] * log_of(found) + moves[1:]

    def loss(moves: np.ndarray) -> float:
        right = softmax(logits(told, moves))[np.arange(len(truth)), truth]
        return -np.log(np.clip(right, 1e-12, 1)).sum() + LOOSE * ((moves[0] - 1) ** 2 + (moves[1:] ** 2).sum())

    moves = minimize(loss, np.r_[1.0, np.zeros(told.shape[1])], method="L-BFGS-B").x
    return softmax(logits(others, moves))


def adapt(model: Classifier, data: LabelledTexts, texts: list[str], labels: list[str], seed: int = 0) -> Classifier:
    """A model of the same kind that has also learnt from a few texts of the domain it will be used on.

    An encoder goes on training on them, beside as many of the texts it knows; the linear and the latent model are fitted
    again to all they learnt from, with these among them several times; of a pooled model each part does so. The given
    model stays as it is.

    Args:
        data: what the model learnt from. None of ``texts`` should stand on its test side.
        labels: of the texts, among the model's.

    Raises:
        ModelError: a label the model does not know.
    """
    if unknown := sorted(set(labels) - set(model.labels)):
        raise ModelError(f"{data.name}: the model does not know the label {unknown[0]!r}, only {', '.join(model.labels)}; "
                         "take the texts out or train with labelled texts of it")
    began = time.perf_counter()
    if isinstance(model, PooledClassifier):
        parts = {kind: adapt(part, data, texts, labels, seed) for kind, part in model.parts.items()}
        made = PooledClassifier(dict(model.card), parts, model.learnt, set())
    else:
        refits = isinstance(model, (LinearClassifier, LatentClassifier))
        made = (_refitted if refits else _encoder)(model, data, texts, labels, seed)
    seconds = model.card.get("training_seconds", 0.0) + time.perf_counter() - began
    made.card |= {"training_seconds": round(seconds, 1), "adapted_to": len(texts)}
    made.card.pop(SAID, None)  # it says something else of its texts now
    made.trained_on = model.trained_on | {text_hash(text) for text in texts}
    return made


def _refitted(model: Classifier, data: LabelledTexts, texts: list[str], labels: list[str], seed: int) -> Classifier:
    more = pd.DataFrame({"text": texts, "label": labels, "group": "adapted to", "side": "train"})
    again = refit_linear if isinstance(model, LinearClassifier) else refit_latent
    return again(model, replace(data, frame=pd.concat([data.frame, *[more] * WEIGHT], ignore_index=True)))


def _encoder(model: EncoderClassifier, data: LabelledTexts, texts: list[str], labels: list[str], seed: int) -> Classifier:
    import torch

    torch.manual_seed(seed)
    rng, recipe = np.random.default_rng(seed), model.card["recipe"]
    index = {label: i for i, label in enumerate(model.labels)}
    known, codes = data.texts("train"), data.codes("train")
    network, batch = copy.deepcopy(model.model).train(), recipe["batch"]
    passes = []
    for _ in range(PASSES):
        old = rng.choice(len(known), min(len(known), round(REPLAY * len(texts))), replace=False)
        pairs = [*zip(texts, map(index.get, labels), strict=True), *((known[i], int(codes[i])) for i in old)]
        order = rng.permutation(len(pairs))
        passes += [[pairs[i] for i in rows] for rows in np.array_split(order, -(-len(order) // batch))]
    optimizer = torch.optim.AdamW(network.parameters(), lr=recipe["learning_rate"], weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, 10 * (step + 1) / len(passes)) * (1 - step / len(passes)))
    for pairs in passes:
        encoded = model.tokenizer([text for text, _ in pairs], truncation=True, max_length=recipe["max_tokens"],
                                  padding=True, return_tensors="pt").to(network.device)
        truth = torch.tensor([code for _, code in pairs], device=network.device)
        torch.nn.functional.cross_entropy(network(**encoded).logits, truth).backward()
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
    return EncoderClassifier(dict(model.card), network, model.tokenizer, set())
