"""Small students of a trained classifier: they learn what it says of texts that nobody has labelled.

Hinton, Vinyals & Dean 2015, "Distilling the knowledge in a neural network": the student follows the teacher's softened
probabilities. Sanh et al. 2019, "DistilBERT": it starts as every second layer of its teacher.
"""

import copy
import time
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from workbench.errors import ModelError
from workbench.models.classifier import Classifier
from workbench.models.device import has_bfloat16
from workbench.models.encoder import EncoderClassifier, encoder_of
from workbench.models.linear import LinearClassifier, fit_linear
from workbench.models.metrics import softmax, temperature
from workbench.models.prior import SAID, said_by_label
from workbench.models.textset import LabelledTexts

SOFT = 2.0  # what logits are divided by while the student learns
GOLD = 0.5  # weight of people's labels against the teacher's probabilities, on texts that have both


@dataclass(frozen=True)
class Study:
    """How an encoder student learns: every ``step``-th layer of its teacher, so many passes over the texts."""

    step: int = 2
    epochs: int = 5
    learning_rate: float = 2e-4
    batch: int = 32
    seed: int = 0


def distil(teacher: Classifier, data: LabelledTexts, texts: list[str], study: Study | None = None) -> EncoderClassifier:
    """An encoder with a part of the teacher's layers, taught by the teacher on the training side and on ``texts``.

    Args:
        teacher: an encoder, or a classifier with one among its ``parts``; its card's ``max_tokens`` bound the texts.
        data: what the teacher learnt from; the validation side gives the student's temperature.
        texts: unlabelled; none of them should stand on the validation or test side.

    Raises:
        ModelError: the teacher has no encoder.
    """
    import torch

    began, study, origin = time.perf_counter(), study or Study(), encoder_of(teacher)
    if origin is None:
        raise ModelError(f"a {teacher.card['kind']} model has no encoder to take layers from; distil_linear needs none")
    torch.manual_seed(study.seed)
    known = data.texts("train")
    said = torch.tensor(teacher.logits([*known, *texts]) / teacher.card.get("temperature", 1.0), dtype=torch.float32)
    truth = torch.tensor([*data.codes("train"), *[-100] * len(texts)])  # -100: nobody has labelled it
    network = _every(origin.model, study.step)
    _learn(network, origin, [*known, *texts], said, truth, study)
    card = {**origin.card, "base": f"{origin.card['base']}, {network.config.num_hidden_layers} of "
            f"{origin.model.config.num_hidden_layers} layers", "unlabelled_texts": len(texts), "history": [],
            "parameters": network.num_parameters()}
    made = EncoderClassifier(card, network, origin.tokenizer, teacher.trained_on)
    truth, logits = data.codes("validation"), made.logits(data.texts("validation"))
    card["temperature"] = temperature(truth, logits)
    card[SAID] = said_by_label(truth, softmax(logits / card["temperature"]))
    card["training_seconds"] = round(time.perf_counter() - began, 1)
    return made


def distil_linear(teacher: Classifier, data: LabelledTexts, texts: list[str], seed: int) -> LinearClassifier:
    """A linear model that learns the training side, and ``texts`` with a label each drawn from the teacher's probabilities.

    Args: as of :func:`distil`; any classifier may teach.
    """
    began, told = time.perf_counter(), teacher.probabilities(texts)
    drawn = (told.cumsum(axis=1) > np.random.default_rng(seed).random((len(told), 1))).argmax(axis=1)
    more = pd.DataFrame({"text": texts, "label": [data.labels[i] for i in drawn], "group": "unlabelled", "side": "train"})
    made = fit_linear(replace(data, frame=pd.concat([data.frame, more], ignore_index=True)))
    made.trained_on = teacher.trained_on
    made.card |= {"unlabelled_texts": len(texts), "training_seconds": round(time.perf_counter() - began, 1)}
    return made


def _every(model, step: int):
    """A copy with every ``step``-th layer, the first among them; the embeddings stay the teacher's."""
    import torch

    small = copy.deepcopy(model)
    small.base_model.embeddings.requires_grad_(False)  # half the weights: learning them costs more than all the rest
    layers = small.base_model.encoder.layer[::step]
    small.base_model.encoder.layer = torch.nn.ModuleList(layers)
    small.config.num_hidden_layers = len(layers)
    return small


def _learn(network, origin: EncoderClassifier, texts: list[str], said, truth, study: Study) -> None:
    """Fit ``network`` to logits ``said`` (n, labels) and, where it is not -100, to ``truth`` (n,)."""
    import torch
    from torch.nn.functional import cross_entropy, kl_div, log_softmax

    encoded = origin.tokenizer(texts, truncation=True, max_length=origin.card.get("max_tokens", 128))["input_ids"]
    rng, lengths = np.random.default_rng(study.seed), np.array([len(ids) for ids in encoded])
    steps = [rows for _ in range(study.epochs) for rows in _alike(lengths, study.batch, rng)]
    learning = [weight for weight in network.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=study.learning_rate, weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1, 10 * (step + 1) / len(steps)) * (1 - step / len(steps)))
    soft = torch.softmax(said / SOFT, dim=1)
    network.train()
    for rows in steps:
        batch = origin.tokenizer.pad({"input_ids": [encoded[i] for i in rows]}, return_tensors="pt")
        with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16()):
            logits = network(**batch).logits.float()
        loss = kl_div(log_softmax(logits / SOFT, dim=1), soft[rows], reduction="batchmean") * SOFT ** 2
        if (known := truth[rows] >= 0).any():
            loss = loss + GOLD * cross_entropy(logits[known], truth[rows][known]) * known.float().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
    network.eval()


def _alike(lengths: np.ndarray, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Places of the texts in batches of about like length, batches in random order."""
    order = rng.permutation(len(lengths))
    rows = [part for chunk in np.array_split(order, max(1, len(order) // (20 * size)))
            for part in np.array_split(chunk[np.argsort(lengths[chunk], kind="stable")], max(1, len(chunk) // size))]
    return [rows[i] for i in rng.permutation(len(rows))]
