"""Which fine-tuning recipes pay on suggestions_en: ``python -m tests.benchmarks.recipes --help``.

MiniLM learns from 1,500 sentences of ``forum_train`` in two passes, each way by the same loop; other posts of
``forum_train`` judge it. The development files are not read: ``tests.benchmarks.texts`` tells of them, for what is kept.
What each way told stays in ``--kept``, so the grid can be made in parts.
"""

import argparse
import os
import time
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import average_precision_score
from transformers import get_linear_schedule_with_warmup

from workbench import models
from workbench.models.device import has_bfloat16
from workbench.models.distil import Study, _alike, distil
from workbench.models.encoder import EncoderClassifier, encoded_batches
from workbench.models.finetune import Recipe, _freeze, _loss, _optimizer
from workbench.models.forms import lost_f1

TEXTS, JUDGES, PASSES, TOKENS = 1500, 2500, 2, 200_000  # texts: about so many, by whole posts; tokens: of pre-training
PLAIN = Recipe(frozen=0)


@dataclass(frozen=True)
class Way:
    """A recipe and what it does beside: the states that are read, terms of the loss, what the base read before."""

    recipe: Recipe = PLAIN
    layers: int = 0  # so many of the last, the means of their tokens mixed as is learnt; 0: the first token of the last
    contrast: float = 0.0  # weight of the supervised contrastive loss (Gunel et al. 2021)
    adversary: float = 0.0  # length of the step against the word embeddings (FGM, Miyato et al. 2017)
    read_before: str = ""  # further pre-training: on "forum" or on "reviews"


AVERAGED, DISTILLED = "three seeds averaged", "averaged, distilled"
WAYS = {name: Way(**beside) for name, beside in {
    "plain": {}, "mean of the tokens": {"layers": 1}, "mix of the layers": {"layers": 7}, "contrastive": {"contrast": .1},
    "adversarial": {"adversary": .5}, "read the forum before": {"read_before": "forum"},
    "read reviews before": {"read_before": "reviews"}}.items()} | {
    name: Way(replace(PLAIN, **recipe)) for name, recipe in {
        "embeddings frozen": {"frozen": 1}, "and two layers": {"frozen": 3}, "and four": {"frozen": 5},
        "layer decay .9": {"layer_decay": .9}, "layer decay .75": {"layer_decay": .75}, "classes alike": {"balance": 1.0},
        "classes not weighted": {"balance": 0.0}, "twice the learning rate": {"learning_rate": 2e-4}}.items()} | {
    AVERAGED: None, DISTILLED: None}


def main() -> None:
    """Train what was asked for and is not kept yet; print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.recipes", description=__doc__)
    parser.add_argument("--kept", type=Path, required=True)
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    asked = parser.parse_args()
    if not (root := os.environ.get("WORKBENCH_REAL_DATA")):
        parser.exit(2, "set WORKBENCH_REAL_DATA to the folder of the public data sets\n")
    asked.kept.mkdir(parents=True, exist_ok=True)
    grid = Grid(Path(root), asked.kept)
    print(grid.data.sizes, flush=True)
    seeds = {name: asked.seeds if WAYS[name] else [0] for name in dict.fromkeys(["plain", *asked.ways])}
    for name, some in seeds.items():
        print(name, [f"{grid.told(name, seed)['seconds']:.0f} s" for seed in some], flush=True)
    print(grid.table(seeds).to_string(index=False, float_format=lambda x: f"{x:.3f}"))


class Grid:
    """The posts that teach, those that judge, and what each way told of these."""

    def __init__(self, root: Path, kept: Path):
        forum = pd.read_csv(root / "suggestions_en" / "forum_train.csv", names=["id", "text", "label"])
        posts = forum["id"].astype(str).str.split("_").str[0]  # a post stays on one side
        order = np.random.default_rng(0).permutation(posts.unique())
        ends = posts.value_counts()[order].cumsum()
        sides = pd.cut(ends, np.cumsum([0, TEXTS, JUDGES, TEXTS]), labels=["train", "test", "validation"]).astype(object)
        forum["label"] = np.where(forum["label"] == 1, "suggestion", "none")
        forum = forum.assign(product=posts, split=posts.map(sides)).dropna(subset="split")
        self.data = models.split(forum, "suggestion", "en")  # validation: unlabelled, but for a temperature
        self.root, self.kept = root, kept

    def told(self, name: str, seed: int) -> dict[str, np.ndarray]:
        """Probabilities (n, labels) of the judging texts, and processor seconds of training; kept once told."""
        path = self.kept / f"{name} {seed}.npz"
        if not path.exists():
            began = time.process_time()
            model = self._model(name, seed)
            np.savez(path, seconds=time.process_time() - began, judges=model.probabilities(self.data.texts("test")))
        return dict(np.load(path))

    def _model(self, name: str, seed: int) -> models.Classifier:
        if way := WAYS[name]:
            return taught(self.data, self._base(way.read_before), way, seed)
        return self.averaged if name == AVERAGED else distil(
            self.averaged, self.data, self.data.texts("validation"), Study(step=1, epochs=PASSES))

    @cached_property
    def averaged(self) -> models.Classifier:
        """What three seeds of the plain one say, probabilities averaged."""
        three = [taught(self.data, models.load_base("minilm"), Way(), seed) for seed in range(3)]
        made = models.Classifier({"labels": self.data.labels}, lambda texts: np.log(np.mean(
            [one.probabilities(texts) for one in three], axis=0)), self.data.seen)
        made.parts = {"encoder": three[0]}  # whose layers a student begins with
        return made

    def _base(self, read: str) -> models.Base:
        folder = self.kept / f"base {read}"
        if read and not folder.exists():
            texts = (pd.read_csv(self.root / "reviews_en" / "womens_clothing.csv")["Review Text"].dropna().tolist()
                     if read == "reviews" else self.data.texts("train") + self.data.texts("validation"))
            practice = models.Practice(max_tokens=TOKENS, max_minutes=60)
            models.pretrain(texts, "en", models.load_base("minilm"), practice, print).save(folder)
        return models.load_base(folder if read else "minilm")

    def table(self, seeds: dict[str, list[int]]) -> pd.DataFrame:
        """Means over the seeds of each way: F1 and average precision of the label suggestion; ``won``, macro F1 more than
        the plain one with the same seed, and its interval (:func:`lost_f1`)."""
        means = {way: pd.DataFrame([self._scores(way, seed) for seed in some]).mean() for way, some in seeds.items()}
        return pd.DataFrame(means).T.rename_axis("way").reset_index()

    def _scores(self, way: str, seed: int) -> dict[str, float]:
        told, truth = self.told(way, seed), self.data.codes("test")
        f1 = models.evaluate(truth, told["judges"], self.data.labels, self.data.groups("test")).value("f1", "suggestion")
        won = lost_f1(self.data, told["judges"], self.told("plain", seed)["judges"])
        return {**dict(zip(("f1", "ci_lower", "ci_upper"), f1, strict=True)),
                "average_precision": average_precision_score(truth, told["judges"][:, 1]),
                **dict(zip(("won", "won_lower", "won_upper"), won, strict=True)), "seconds": float(told["seconds"])}


def taught(data: models.LabelledTexts, base: models.Base, way: Way, seed: int) -> EncoderClassifier:
    """Fine-tune so many passes, whatever the validation side says: AdamW, linear schedule, texts of like length together."""
    torch.manual_seed(seed)
    tokenizer, model = base.tokenizer(), base.classifier(data.labels)
    recipe = way.recipe.fitted(model.num_parameters(), model.config.num_hidden_layers, data.sizes["train"])
    _freeze(model, recipe.frozen)
    model.mix = torch.nn.Parameter(torch.zeros(way.layers))
    optimizer, weighed = _optimizer(model, recipe), _loss(data, recipe.balance)
    ids = tokenizer(data.texts("train"), truncation=True, max_length=128)["input_ids"]
    truth, rng = torch.tensor(data.codes("train")), np.random.default_rng(seed)
    steps = [rows for _ in range(PASSES) for rows in _alike(np.array([len(one) for one in ids]), recipe.batch, rng)]
    schedule = get_linear_schedule_with_warmup(optimizer, len(steps) // 10, len(steps))
    words = model.base_model.embeddings.word_embeddings.weight

    def learn(rows) -> None:
        batch = tokenizer.pad({"input_ids": [ids[i] for i in rows]}, return_tensors="pt")
        with torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16()):
            states, logits = read(model, batch)
        loss = (1 - way.contrast) * weighed({"logits": logits.float()}, truth[rows])
        (loss + way.contrast * contrastive(states.float(), truth[rows]) if way.contrast else loss).backward()

    model.train()
    for rows in steps:
        learn(rows)
        if way.adversary:
            words.data += (step := way.adversary * words.grad / (words.grad.norm() + 1e-12))
            learn(rows)
            words.data -= step
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()

    def logits(texts: list[str]) -> np.ndarray:
        found = np.empty((len(texts), len(data.labels)))
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=has_bfloat16()):
            for rows, batch in encoded_batches(tokenizer, texts):
                found[rows] = read(model, batch)[1].float().numpy()
        return found

    made = EncoderClassifier({"labels": data.labels, "base": base.name}, model, tokenizer, data.seen)
    made.logits = logits  # of these states, and in bfloat16
    return made


def read(model, batch):
    """What a text's states are (n, width), and its logits (n, labels)."""
    found, mask = model.base_model(**batch, output_hidden_states=True), batch["attention_mask"][..., None]
    states, mixed = found.pooler_output, found.hidden_states[-len(model.mix):]
    if len(model.mix):
        states = sum(share * (layer * mask).sum(1) / mask.sum(1)
                     for share, layer in zip(model.mix.softmax(0), mixed, strict=True))
    return states, model.classifier(model.dropout(states))


def contrastive(states, truth, warmth: float = 0.3):
    """Supervised contrastive loss of a batch (Khosla et al. 2020, eq. 2), at the temperature of Gunel et al. 2021."""
    unit, alone = torch.nn.functional.normalize(states, dim=1), torch.eye(len(truth), dtype=torch.bool)
    alike = (truth[:, None] == truth) & ~alone
    near = (unit @ unit.T / warmth).masked_fill(alone, -1e9).log_softmax(dim=1)
    return -((near * alike).sum(1) / alike.sum(1).clamp(min=1))[alike.any(1)].mean()


if __name__ == "__main__":
    main()
