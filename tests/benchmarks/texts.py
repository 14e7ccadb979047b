"""What the text models score on public data, with intervals and seconds: ``python -m tests.benchmarks.texts --help``.

Nothing is tuned on what is reported: choices come from a part of the training files. What was trained stays in ``--kept``,
so a long table can be made in parts: stopped, the same command goes on.
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
from workbench.models.adapt import recalibrated
from workbench.models.linear import UNKNOWN, learn_linear
from workbench.models.metrics import counts, rates
from workbench.models.shift import divide
from workbench.uncertainty import middle

SHARES, DRAWS = (0.1, 0.24, 0.42), 20  # of suggestions: rarer than in training, as there, more frequent


def main() -> None:
    """Run what was asked for and print its table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.texts", description=__doc__.splitlines()[0])
    tables = {"suggestions_en": suggestions_en, "reviews_zh": reviews_zh, "aspects_zh": aspects_zh}
    parser.add_argument("what", choices=list(tables))
    parser.add_argument("--plain", action="store_true", help="suggestions_en: also the plain recipe, which is slow")
    parser.add_argument("--texts", type=int, default=0, help="suggestions_en: training texts of all models (default all)")
    parser.add_argument("--parts", nargs="+", choices=list(PARTS), default=list(PARTS), help="of reviews_zh (default all)")
    parser.add_argument("--tokens", type=int, nargs="+", default=[1, 1_500_000],
                        help="reviews_zh: of pre-training, an encoder for each (default 1 1500000)")
    parser.add_argument("--minutes", type=float, default=5.0, help="reviews_zh: after which pre-training stops (default 5)")
    parser.add_argument("--draws", type=int, default=5, help="reviews_zh: draws of up to 1,000 labels (default 5)")
    parser.add_argument("--max-texts", type=int, default=0, help="texts an encoder learns from (default 8000, of "
                        "reviews_zh 4000)")
    parser.add_argument("--learning-rate", type=float, default=0.0, help="reviews_zh: of encoders (default the recipe's)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kept", type=Path, help="folder of what was trained (default: none is kept)")
    asked = parser.parse_args()
    asked.max_texts = asked.max_texts or (4000 if asked.what == "reviews_zh" else 8000)
    folder = os.environ.get("WORKBENCH_REAL_DATA")
    if not folder:
        parser.exit(2, "set WORKBENCH_REAL_DATA to the folder of the public data sets\n")
    with tempfile.TemporaryDirectory() as scratch:
        asked.kept = asked.kept or Path(scratch)
        asked.kept.mkdir(parents=True, exist_ok=True)
        table = tables[asked.what](Path(folder), asked)
    print(table.to_string(index=False, float_format=lambda x: f"{x:.3f}"))


def suggestions_en(root: Path, asked) -> pd.DataFrame:
    """F1 of the label suggestion on forum posts held out, and on the development files of both domains.

    Only forum texts are learnt from. ``divided``: what the unlabelled texts teach; ``moved``: what ``score --new-domain``
    does, the one recipe for all; ``50 labels``: moved by the labels of 50 texts drawn at random, scored on the others, mean
    of ten draws. A share behind the domain: drawn so that so many are suggestions, mean and middle 95 % of the draws.
    ``seconds``: of the pool and the plain recipe processor seconds of all they need; of the others by the clock.
    """
    folder = root / "suggestions_en"
    forum = pd.read_csv(folder / "forum_train.csv", names=["id", "text", "label"])
    forum["product"] = forum["id"].astype(str).str.split("_").str[0]  # a post stays on one side
    forum["label"] = np.where(forum["label"] == 1, "suggestion", "none")
    data = models.split(forum, "suggestion", "en", asked.seed).at_most(asked.texts)
    print(data.sizes, data.left_out)
    tests = {f"{name}_dev": pd.read_csv(folder / f"{name}_dev.csv", encoding="latin-1").rename(columns={"sentence": "text"})
             for name in ("forum", "hotel")}
    tests["forum_train, held out"] = pd.DataFrame({"text": data.texts("test"), "label": data.codes("test")})
    base, rows = models.load_base("minilm"), []
    some = f"{data.sizes['train']} texts, seed {asked.seed}"
    fitted = kept(asked.kept / f"suggestion_en, {some}", lambda: models.train_task(
        data, base, models.Recipe(seed=asked.seed), asked.max_texts, lambda line: print(line, flush=True)))
    if asked.plain:
        fitted["plain recipe"] = plain(data, base, asked.seed, asked.kept / f"plain recipe, {some}")
    for name, model in fitted.items():
        for domain, test in tests.items():
            texts, truth = test["text"].tolist(), test["label"].to_numpy()
            told, seconds = model.probabilities(texts), model.card.get("processor_seconds", model.card["training_seconds"])
            rows.append(_row(name, domain, told, truth, data.labels, seconds))
            if domain != "forum_train, held out":
                moved = divide(model, texts).probabilities(texts)
                rows.append(_row(f"{name}, divided", domain, moved, truth, data.labels, seconds))
            if domain == "hotel_dev":
                rows.append(_labelled(f"{name}, 50 labels", domain, told, truth, data.labels, seconds))
                rows.append(_labelled(f"{name}, divided, 50 labels", domain, moved, truth, data.labels, seconds))
            if name == "pooled":
                told = models.move(model, texts).probabilities(texts)
                rows.append(_row(f"{name}, moved", domain, told, truth, data.labels, seconds))
                rows += _at_shares(remembering(model), domain, texts, truth, seconds)
    return pd.DataFrame(rows).astype({"texts": int})


def _labelled(name: str, domain: str, told: np.ndarray, truth: np.ndarray, labels: list[str], seconds: float) -> dict:
    found = []
    for seed in range(10):
        order = np.random.default_rng(seed).permutation(len(truth))
        given, rest = order[:50], order[50:]
        found.append(_row(name, domain, recalibrated(told[given], truth[given], told[rest]), truth[rest], labels, seconds))
    table = pd.DataFrame(found)
    return found[0] | table.select_dtypes("number").mean().to_dict()


def _at_shares(model: models.Classifier, domain: str, texts: list[str], truth: np.ndarray, seconds: float) -> list[dict]:
    """Draws of at most 800 texts, a share of them suggestions: as they are, and moved."""
    rows, sides = [], [np.flatnonzero(truth == code) for code in (0, 1)]
    for share in SHARES:
        most = min(800, *(int(len(side) / part) for side, part in zip(sides, (1 - share, share), strict=True)))
        sizes, found = (most - round(most * share), round(most * share)), {"": [], ", moved": []}
        for draw in range(DRAWS):
            rng = np.random.default_rng(draw)
            places = np.concatenate([rng.choice(side, size, replace=False) for side, size in zip(sides, sizes, strict=True)])
            some = [texts[i] for i in places]
            for way, reader in zip(found, (model, models.move(model, some)), strict=True):
                told = reader.probabilities(some)
                of = rates(counts(truth[places], told.argmax(axis=1), 2))
                found[way].append([of[name][1] for name in ("f1", "precision", "recall")])
        for way, drawn in found.items():
            f1, precision, recall = np.mean(drawn, axis=0)
            low, high = middle(np.array(drawn)[:, 0])
            rows.append({"model": f"pooled{way}", "domain": f"{domain}, {share:.0%}", "texts": most, "f1": f1,
                         "ci_lower": low, "ci_upper": high, "precision": precision, "recall": recall, "seconds": seconds})
    return rows


def remembering(model: models.Classifier) -> models.Classifier:
    """The same model, that reads no text twice."""
    def by_text(tell: Callable[[list[str]], np.ndarray]) -> Callable[[list[str]], np.ndarray]:
        known = {}

        def told(texts: list[str]) -> np.ndarray:
            new = [text for text in dict.fromkeys(texts) if text not in known]
            known.update(zip(new, tell(new), strict=True) if new else ())
            return np.array([known[text] for text in texts])
        return told

    for one in (model, *getattr(model, "parts", {}).values()):
        one.logits = by_text(one.logits)
        if isinstance(one, models.EncoderClassifier):
            one.states = by_text(one.states)
    return model


def kept(folder: Path, train: Callable[[], models.Trained]) -> dict[str, models.Classifier]:
    """A task's models by kind, trained unless they lie in the folder; the card of the pool, which needs them all, holds
    the ``processor_seconds`` of all."""
    if not folder.is_dir():
        began, trained = time.process_time(), train()
        trained.models["pooled"].card["processor_seconds"] = round(time.process_time() - began, 1)
        trained.save(folder)
    card = models.read_card(folder)
    found = {kind: models.load_classifier(folder, kind) for kind in card["training_seconds"]}
    print("serves:", card["serves"], found["pooled"].card["weights"], flush=True)
    return found


def plain(data: models.LabelledTexts, base: models.Base, seed: int, folder: Path) -> models.EncoderClassifier:
    """What a tutorial does: Trainer, padding to the maximum, batches of 8, 3 passes, nothing else. It goes on from the last
    whole checkpoint of the folder."""
    import torch
    from transformers import Trainer, TrainerCallback, TrainingArguments

    torch.manual_seed(seed)
    tokenizer, model = base.tokenizer(), base.classifier(data.labels)
    encoded = tokenizer(data.texts("train"), truncation=True, max_length=128, padding="max_length")
    rows = [{"input_ids": ids, "attention_mask": mask, "labels": int(code)} for ids, mask, code in
            zip(encoded["input_ids"], encoded["attention_mask"], data.codes("train"), strict=True)]
    clocks = sorted(folder.glob("*/processor_seconds"), key=lambda path: int(path.parent.name.split("-")[1]))
    spent, began = float(clocks[-1].read_text()) if clocks else 0.0, time.process_time()

    class Clock(TrainerCallback):
        def on_save(self, args, state, control, **_):
            clock = folder / f"checkpoint-{state.global_step}" / "processor_seconds"
            clock.write_text(str(spent + time.process_time() - began))
            print(f"plain recipe: {state.global_step} of {state.max_steps} steps", flush=True)

    arguments = TrainingArguments(output_dir=str(folder), per_device_train_batch_size=8, num_train_epochs=3,
                                  report_to="none", save_steps=100, save_total_limit=2, disable_tqdm=True)
    trainer = Trainer(model=model, args=arguments, train_dataset=rows, callbacks=[Clock()])
    trainer.train(resume_from_checkpoint=str(clocks[-1].parent) if clocks else None)
    card = {"labels": data.labels, "kind": "encoder", "training_seconds": spent + time.process_time() - began}
    return models.EncoderClassifier(card, model, tokenizer, data.seen)


def reviews_zh(root: Path, asked) -> pd.DataFrame:
    """Accuracy on the fifth of the texts whose hash is divisible by five, of which nothing learns, not even unlabelled:
    by number of labels, with and without a pre-trained encoder, and leaving one category out."""
    frame = _reviews_zh(root)
    meaning = models.learn_meaning(frame.loc[frame["split"] == "train", "text"].tolist(), "zh", asked.seed)
    print(f"meaning by {meaning.texts:,} texts: {meaning.seconds:.0f} s", flush=True)
    return pd.concat([PARTS[part](frame, meaning, asked) for part in asked.parts], ignore_index=True)


def _by_labels(frame: pd.DataFrame, meaning: models.Meaning, asked) -> pd.DataFrame:
    """Means over draws of the labels, the least of them in ``lowest``; a fifth of the labels chooses, then all teach."""
    rows = []
    for labels in (200, 500, 1000, 5000, int((frame["split"] == "train").sum())):
        for draw in range(asked.draws if labels < 5000 else 1):
            rows += _once(asked.kept / f"{labels} labels, draw {draw}, seed {asked.seed}.json",
                          lambda labels=labels, draw=draw: _drawn(frame, labels, draw, meaning, asked.seed))
    table, by = pd.DataFrame(rows), ["what", "model"]
    means = table.groupby(by, sort=False).mean().reset_index()
    means["lowest"] = table.groupby(by, sort=False)["accuracy"].min().to_numpy()
    return _shown(means)


def _drawn(frame: pd.DataFrame, labels: int, draw: int, meaning: models.Meaning, seed: int) -> list[dict]:
    learning = frame[frame["split"] == "train"]
    drawn = learning.iloc[np.random.default_rng(draw).permutation(len(learning))[:labels]]
    sides = np.where(np.arange(labels) % 5 == 0, "validation", "train")
    some = pd.concat([drawn.assign(split=sides), frame[frame["split"] == "test"]])
    data = models.split(some[["text", "label", "split"]], "sentiment", "zh", seed)
    trained = models.train_task(data, None, meaning=meaning)
    rows = _told(trained, f"{labels:,} labels")
    serves = rows[list(trained.models).index(trained.serves)]
    return [*rows, serves | {"model": "what serves"}]


def _encoders(frame: pd.DataFrame, meaning: models.Meaning, asked) -> pd.DataFrame:
    """Encoders after more or less pre-training on the texts of the training side, beside the others."""
    data, rows = models.split(frame[["text", "label", "split"]], "sentiment", "zh", asked.seed), []
    print(data.sizes, data.left_out)
    for tokens in asked.tokens:
        practice = models.Practice(max_tokens=tokens, max_minutes=asked.minutes, seed=asked.seed)
        rows += _once(asked.kept / f"{_named(practice)}, {_learning(asked)}.json",
                      lambda practice=practice: _encoder(data, practice, meaning, asked))
    return _shown(pd.DataFrame(rows))


def _encoder(data: models.LabelledTexts, practice: models.Practice, meaning: models.Meaning, asked) -> list[dict]:
    folder, tokens = asked.kept / _named(practice), practice.max_tokens
    if not folder.is_dir():
        models.pretrain(data.texts("train"), "zh", None, practice, lambda line: print(line, flush=True)).save(folder)
    card = models.read_card(folder)
    print({name: card[name] for name in ("perplexity", "baseline_perplexity", "ratio", "ended")}, flush=True)
    recipe = models.Recipe(learning_rate=asked.learning_rate, seed=asked.seed)
    trained = models.train_task(data, models.load_base(folder), recipe, asked.max_texts,
                                lambda line: print(line, flush=True), meaning)
    trained.save(asked.kept / f"models on {folder.name}, {_learning(asked)}")
    print(trained.models["encoder"].card["history"], flush=True)
    print(trained.models["pooled"].card["weights"], "serves:", trained.serves, flush=True)
    return _told(trained, f"encoder, {f'{tokens:,} tokens' if tokens > 1 else 'not pre-trained'}")


def _named(practice: models.Practice) -> str:
    return f"encoder of {practice.max_tokens} tokens, {practice.max_minutes:g} minutes, seed {practice.seed}"


def _learning(asked) -> str:
    return f"{asked.max_texts} texts" + (f", rate {asked.learning_rate:g}" if asked.learning_rate else "")


def _left_out(frame: pd.DataFrame, meaning: models.Meaning, asked) -> pd.DataFrame:
    """A category that no label is known of, as when a shop takes it in; ``settled``: its own texts taught, unlabelled.

    The interval of the mean is that of these categories, whose errors are independent; others may lie elsewhere.
    """
    rows = []
    for name in frame["cat"].unique():
        rows += _once(asked.kept / f"without {name}, seed {asked.seed}.json",
                      lambda name=name: _without(frame, name, meaning, asked.seed))
        print(f"without {name}: done", flush=True)
    table = pd.DataFrame(rows)
    by = table.assign(half=(table["ci_upper"] - table["ci_lower"]) / 2).groupby("model", sort=False)
    mean, half = by.mean(numeric_only=True), by["half"].agg(lambda found: np.sqrt((found ** 2).sum()) / len(found))
    mean = mean.assign(what="mean of the categories left out", ci_lower=mean["accuracy"] - half,
                       ci_upper=mean["accuracy"] + half).reset_index()
    return _shown(pd.concat([table, mean[table.columns]], ignore_index=True))


def _without(frame: pd.DataFrame, name: str, meaning: models.Meaning, seed: int) -> list[dict]:
    side = np.where(frame["text"].map(lambda text: int(models.text_hash(text), 16) % 10 == 0), "validation", "train")
    some = frame.assign(split=np.where(frame["cat"] == name, "test", side))
    data = models.split(some[["text", "label", "split"]], "sentiment", "zh", seed)
    trained = models.train_task(data, None, meaning=meaning)
    trained.models["linear"].card[UNKNOWN] = learn_linear(data, 10.0).unknown(data.texts("validation"))  # not the category's
    rows = []
    for kind, model in trained.models.items():
        began, texts = time.process_time(), data.texts("test")
        told = models.settle(model, texts).probabilities(texts)
        settled = models.evaluate(data.codes("test"), told, data.labels, data.groups("test"))
        seconds = np.cumsum([model.card["training_seconds"], time.process_time() - began])
        for way, scores, spent in zip((kind, f"{kind}, settled"), (trained.test[kind], settled), seconds, strict=True):
            rows.append({"what": f"without {name}", "model": way} | _columns(scores) | {"seconds": float(spent)})
    return rows


PARTS = {"labels": _by_labels, "encoders": _encoders, "left_out": _left_out}


def _once(path: Path, rows: Callable[[], list[dict]]) -> list[dict]:
    """Rows of a table, made unless they lie in the file."""
    if not path.exists():
        made = json.dumps(rows())
        path.write_text(made, encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def _told(trained: models.Trained, what: str) -> list[dict]:
    return [{"what": what, "model": kind} | _columns(trained.test[kind]) | {"seconds": model.card["training_seconds"]}
            for kind, model in trained.models.items()]


def _columns(scores: models.Scores) -> dict:
    accuracy, low, high = scores.value("accuracy")
    return {"texts": scores.texts, "accuracy": accuracy, "ci_lower": low, "ci_upper": high,
            "macro_f1": scores.value("macro_f1")[0]}


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    print(table.to_string(index=False, float_format=lambda x: f"{x:.3f}"), flush=True)
    return table


def aspects_zh(root: Path, asked) -> pd.DataFrame:
    """What is said of an aspect, on a product that nothing was learnt of; the aspect stands in its place in brackets."""
    found = []
    for path in sorted((root / "aspects_zh").glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for text, aspect, sign in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
            found.append((path.name.split(".")[0], text.replace("$T$", f"[{aspect}]").replace(" ", ""),
                          "positive" if sign.strip() == "1" else "negative"))
    return _one_left_out(pd.DataFrame(found, columns=["product", "text", "label"]), "product", "sentiment", asked.seed)


def _reviews_zh(root: Path) -> pd.DataFrame:
    """``text, label, cat, split``, each text once."""
    frame = pd.read_csv(root / "reviews_zh" / "online_shopping_10_cats.csv").dropna(subset="review")
    frame = frame.drop_duplicates("review").rename(columns={"review": "text"})
    held_out = frame["text"].map(lambda text: int(models.text_hash(text), 16) % 5 == 0)
    return frame.assign(label=np.where(frame["label"] == 1, "positive", "negative"),
                        split=np.where(held_out, "test", "train"))


def _one_left_out(frame: pd.DataFrame, by: str, task: str, seed: int) -> pd.DataFrame:
    rows = []
    for name, part in frame.groupby(by, sort=False):
        others = frame[frame[by] != name]
        side = np.where(others["text"].map(lambda text: int(models.text_hash(text), 16) % 10 == 0), "validation", "train")
        some = pd.concat([others.assign(split=side), part.assign(split="test")])
        data = models.split(some[["text", "label", "split"]], task, "zh", seed)
        model = models.refit_linear(models.fit_linear(data), data)
        row = {by: name} | _accuracy(name, data, model, model.card["training_seconds"])
        moved = divide(model, data.texts("test"))
        told = models.evaluate(data.codes("test"), moved.probabilities(data.texts("test")), data.labels, data.groups("test"))
        largest = np.bincount(data.codes("test")).max() / data.sizes["test"]
        rows.append(row | {"divided": told.value("accuracy")[0], "apart": moved.apart, "majority": largest})
    table = pd.DataFrame(rows).drop(columns="model")
    return pd.concat([table, table.select_dtypes("number").mean().to_frame().T.assign(**{by: "mean"})], ignore_index=True)


def _row(name: str, domain: str, told: np.ndarray, truth: np.ndarray, labels: list[str], seconds: float) -> dict:
    scores = models.evaluate(truth, told, labels, np.arange(len(truth)))
    f1, low, high = scores.value("f1", "suggestion")
    return {"model": name, "domain": domain, "texts": scores.texts, "f1": f1, "ci_lower": low, "ci_upper": high,
            "precision": scores.value("precision", "suggestion")[0], "recall": scores.value("recall", "suggestion")[0],
            "seconds": seconds}


def _accuracy(name: str, data: models.LabelledTexts, model: models.Classifier, seconds: float) -> dict:
    scores = models.evaluate(data.codes("test"), model.probabilities(data.texts("test")), data.labels, data.groups("test"))
    accuracy, low, high = scores.value("accuracy")
    row = {"model": name, "texts": scores.texts, "accuracy": accuracy, "ci_lower": low, "ci_upper": high,
           "macro_f1": scores.value("macro_f1")[0], "ece": scores.value("ece")[0], "seconds": seconds}
    print(row, flush=True)
    return row


if __name__ == "__main__":
    main()
