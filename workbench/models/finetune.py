"""Fine-tune a BERT for one task with transformers' Trainer: dynamic padding, texts of like length together, early stop."""

import tempfile
import time
from dataclasses import asdict, dataclass, replace

import numpy as np

from workbench.models import card as cards
from workbench.models.device import best_device, has_bfloat16
from workbench.models.encoder import MOST_TOKENS, Base, EncoderClassifier, is_small
from workbench.models.metrics import counts, log_loss, rates, softmax, temperature
from workbench.models.textset import BALANCE, LabelledTexts, text_hash

FEW = 2000  # texts
FROZEN = 3  # blocks: the embeddings and two layers, at most half of them; the same F1 in 0.7 of the time (DECISIONS.md)
JUDGES = 600  # validation texts that choose pass and temperature, by hash: all of a large source would cost too much


@dataclass(frozen=True)
class Recipe:
    """How to fine-tune. What is 0 of the first three, or None, is chosen by :meth:`fitted` to the size of the encoder.

    Attributes:
        epochs: at most so many passes; it stops sooner when validation macro F1 has not risen for ``patience`` passes.
        learning_rate: peak of the linear schedule, for the head; each layer below gets ``layer_decay`` of the one above.
        frozen: how many of the lowest blocks stay as they are: 0 none, 1 the embeddings, 2 the first layer too, ...
        balance: of the class weights (:meth:`LabelledTexts.weights`).
    """

    epochs: int = 0
    learning_rate: float = 0.0
    patience: int = 0
    layer_decay: float = 1.0
    batch: int = 16
    frozen: int | None = None
    balance: float = BALANCE
    max_tokens: int = MOST_TOKENS
    seed: int = 0

    def fitted(self, weights: int, layers: int, texts: int) -> "Recipe":
        """Few texts need more passes; a small encoder made here bears larger steps than a hub's, and needs the most.

        Of a hub's the lowest blocks stay as they are, but never more than half of its layers.

        >>> [Recipe().fitted(weights, 4, texts).epochs for weights in (2_000_000, 22_000_000) for texts in (300, 3000)]
        [10, 4, 8, 4]
        >>> Recipe(epochs=3).fitted(2_000_000, 4, 300).epochs
        3
        >>> [Recipe().fitted(22_000_000, layers, 300).frozen for layers in (1, 2, 6, 12)]
        [1, 2, 3, 3]
        """
        small = is_small(weights)
        epochs = self.epochs or (4 if texts >= FEW else 10 if small else 8)
        return replace(self, epochs=epochs, learning_rate=self.learning_rate or (5e-4 if small else 1e-4),
                       patience=self.patience or (4 if epochs > 4 else 2),
                       frozen=(0 if small else min(FROZEN, 1 + layers // 2)) if self.frozen is None else self.frozen)


def fit_encoder(data: LabelledTexts, base: Base, recipe: Recipe | None = None) -> EncoderClassifier:
    """Fine-tune on the training side; pass and temperature come from the validation side, nothing from the test side.

    The mean of the weights after each pass often ranks texts better than any pass and costs nothing ("stochastic weight
    averaging", Izmailov et al. 2018); where few texts teach, the first passes know nothing and spoil it. Of it and the
    pass of the best macro F1 the one of the lower log loss is taken, classes weighted as in training. The passes of a
    small encoder, whose steps are larger, lie too far apart for a mean (DECISIONS.md).

    Returns:
        The classifier. Its card holds ``passes`` (``best`` or ``mean``) and ``history``: one record a pass with
        ``epoch, training_loss, validation_loss, validation_macro_f1``.
    """
    from torch.optim.swa_utils import AveragedModel
    from transformers import DataCollatorWithPadding, EarlyStoppingCallback, PrinterCallback, Trainer, set_seed

    recipe, began = recipe or Recipe(), time.perf_counter()
    set_seed(recipe.seed)
    tokenizer, model = base.tokenizer(), base.classifier(data.labels)
    recipe = recipe.fitted(model.num_parameters(), model.config.num_hidden_layers, data.sizes["train"])
    _freeze(model, recipe.frozen)
    averaged = None if is_small(model.num_parameters()) else AveragedModel(model)
    sides = {side: _encoded(data, side, tokenizer, recipe.max_tokens) for side in ("train", "validation")}
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        trainer = Trainer(
            model=model, args=_arguments(folder, recipe), train_dataset=sides["train"],
            eval_dataset=sides["validation"], data_collator=DataCollatorWithPadding(tokenizer),
            compute_metrics=_metrics(len(data.labels)), compute_loss_func=_loss(data, recipe.balance),
            optimizers=(_optimizer(model, recipe), None),
            callbacks=[EarlyStoppingCallback(recipe.patience), *([_after_each_pass(averaged)] if averaged else [])])
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        history = _history(trainer.state.log_history)
        # Training in bfloat16 leaves a cast around the model; what is stored and scored must be the plain one.
        model = trainer.accelerator.unwrap_model(trainer.model, keep_fp32_wrapper=False).to("cpu")
    card = {"kind": "encoder", "labels": data.labels, "language": data.language, "base": base.name,
            "max_tokens": recipe.max_tokens, "recipe": asdict(recipe), "history": history,
            "training_texts": len(sides["train"]), "parameters": model.num_parameters(),
            "versions": cards.versions("torch", "transformers")}
    judges = _judges(data)
    truth, tried = np.array([code for _, code in judges]), []
    networks = {"best": model} | ({"mean": averaged.module} if averaged else {})
    for passes, network in networks.items():
        network.requires_grad_(True)  # what was frozen here is free to learn elsewhere
        made = EncoderClassifier({**card, "passes": passes}, network, tokenizer, data.seen)
        logits = made.logits([text for text, _ in judges])
        made.card["temperature"] = heat = temperature(truth, logits)
        tried.append((log_loss(truth, softmax(logits / heat), data.weights(recipe.balance)), made))
    _, made = min(tried, key=lambda one: one[0])
    made.card["training_seconds"] = round(time.perf_counter() - began, 1)
    return made


def _after_each_pass(averaged):
    """A callback of the Trainer that takes the weights after each pass into the mean of ``averaged``."""
    from transformers import TrainerCallback

    class Averaging(TrainerCallback):
        def on_epoch_end(self, args, state, control, model, **others):
            averaged.update_parameters(model)

    return Averaging()


def _arguments(folder: str, recipe: Recipe):
    from transformers import TrainingArguments

    return TrainingArguments(
        output_dir=folder, num_train_epochs=recipe.epochs, learning_rate=recipe.learning_rate,
        per_device_train_batch_size=recipe.batch, per_device_eval_batch_size=64, warmup_steps=0.1,
        train_sampling_strategy="group_by_length", eval_strategy="epoch", save_strategy="epoch",
        logging_strategy="epoch", save_only_model=True, save_total_limit=1, load_best_model_at_end=True,
        metric_for_best_model="macro_f1", greater_is_better=True, seed=recipe.seed, report_to="none",
        disable_tqdm=True, dataloader_pin_memory=False,
        bf16=has_bfloat16(), use_cpu=best_device() == "cpu")


def _encoded(data: LabelledTexts, side: str, tokenizer, most: int) -> list[dict]:
    pairs = _judges(data) if side == "validation" else list(zip(data.texts(side), data.codes(side), strict=True))
    ids = tokenizer([text for text, _ in pairs], truncation=True, max_length=most)["input_ids"]
    return [{"input_ids": one, "labels": int(code)} for one, (_, code) in zip(ids, pairs, strict=True)]


def _judges(data: LabelledTexts) -> list[tuple[str, int]]:
    pairs = zip(data.texts("validation"), data.codes("validation"), strict=True)
    return sorted(pairs, key=lambda pair: text_hash(pair[0]))[:JUDGES]


def _freeze(model, blocks: int) -> None:
    for part in [model.base_model.embeddings, *model.base_model.encoder.layer][:blocks]:
        part.requires_grad_(False)


def _optimizer(model, recipe: Recipe):
    """AdamW; each layer's learning rate is ``layer_decay`` of the one above it (Howard & Ruder 2018)."""
    import torch

    depth = model.config.num_hidden_layers
    groups: dict[tuple, list] = {}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            layer = depth + 1
            if ".embeddings." in name:
                layer = 0
            elif ".layer." in name:
                layer = int(name.split(".layer.")[1].split(".")[0]) + 1
            plain = weight.ndim < 2  # biases and norms are not decayed
            groups.setdefault((layer, plain), []).append(weight)
    return torch.optim.AdamW([
        {"params": weights, "lr": recipe.learning_rate * recipe.layer_decay ** (depth + 1 - layer),
         "weight_decay": 0.0 if plain else 0.01} for (layer, plain), weights in groups.items()], fused=True)


def _loss(data: LabelledTexts, balance: float):
    """Cross-entropy with the classes weighted by their rarity to the power of ``balance``."""
    import torch

    weights = torch.tensor(data.weights(balance), dtype=torch.float32)

    def loss(outputs, labels, num_items_in_batch=None):
        logits = outputs["logits"] if isinstance(outputs, dict) else outputs[1]
        return torch.nn.functional.cross_entropy(logits, labels, weight=weights.to(logits.device))

    return loss


def _metrics(labels: int):
    def metrics(found) -> dict[str, float]:
        return {"macro_f1": float(rates(counts(found.label_ids, found.predictions.argmax(axis=1), labels))["macro_f1"]),
                "log_loss": log_loss(found.label_ids, softmax(found.predictions))}

    return metrics


def _history(log: list[dict]) -> list[dict]:
    """One record an epoch out of the Trainer's log."""
    found: dict[float, dict] = {}
    for entry in log:
        record = found.setdefault(round(entry["epoch"], 2), {"epoch": round(entry["epoch"], 2)})
        if "loss" in entry:
            record["training_loss"] = round(entry["loss"], 4)
        if "eval_macro_f1" in entry:
            record["validation_loss"] = round(entry["eval_log_loss"], 4)
            record["validation_macro_f1"] = round(entry["eval_macro_f1"], 4)
    return [record for record in found.values() if "validation_macro_f1" in record]
