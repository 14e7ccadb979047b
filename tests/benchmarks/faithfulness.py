"""How true each explanation is of a model fine-tuned on real reviews: ``python -m tests.benchmarks.faithfulness --help``.

A model learns from other texts than it is explained on, or is one that a week has trained (``--task``), which has seen
none of these. ``table``: every method over held-out texts, a few at a time, each lot kept in ``--keep`` so that what was
stopped goes on. ``planted``: the label is tossed, and a word stands in the text where it came down heads; which methods
name that word? ``captum``: ours and Captum's integrated gradients on the same texts. Seconds are of the processor, one
thread. Texts are those that the week would choose from: up to what the model reads whole.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from workbench import explain, models
from workbench.explain import gradients
from workbench.explain.choose import candidates
from workbench.explain.comparison import Measured, compared, measure
from workbench.explain.erase import margin
from workbench.explain.week import CHARACTERS
from workbench.models.encoder import encoder_of

LOT = 20  # texts that are kept together
PLANTED = {"en": "lamp", "zh": "灯"}


def main() -> None:
    """Train what is not there, and print what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.faithfulness", description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["table", "planted", "captum"])
    parser.add_argument("language", choices=list(PLANTED))
    parser.add_argument("--texts", type=int, default=200, help="held-out texts (default 200)")
    parser.add_argument("--train", type=int, default=1000, help="texts to learn from (default 1000)")
    parser.add_argument("--base", help="encoder (default minilm; a folder is asked for where the language is zh)")
    parser.add_argument("--models", type=Path, help="folder in which the trained models are kept")
    parser.add_argument("--task", type=Path, help="a task's trained models, e.g. reports/sample/models/sentiment_en")
    parser.add_argument("--keep", type=Path, help="folder in which the table's lots of texts are kept, so that it goes on")
    parser.add_argument("--minutes", type=float, default=7, help="after so many no lot is begun (default 7)")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if (asked.models is None) == (asked.task is None):
        parser.error("name either --models, to train there, or --task, to take what is trained")
    if asked.what == "table" and asked.keep is None:
        parser.error("name --keep, a folder for what is measured of each lot of texts")
    if not (folder := os.environ.get("WORKBENCH_REAL_DATA")):
        parser.exit(2, "set WORKBENCH_REAL_DATA to the folder of the public data sets\n")
    import torch

    torch.set_num_threads(1)
    frame = reviews(Path(folder), asked.language)
    if asked.what == "planted":
        frame = planted(frame, asked.language, asked.seed)
    model, held_out = (taken if asked.task else trained)(frame, asked)
    told = {"table": table, "planted": hits, "captum": beside_captum}[asked.what](model, held_out, asked)
    print(told.to_string(index=False, float_format=lambda x: f"{x:.4f}"))


def reviews(root: Path, language: str) -> pd.DataFrame:
    """``text, label`` of the reviews that the week would choose from, in the order of their hashes, labels alike often."""
    if language == "en":
        frame = pd.read_csv(next((root / "reviews_en").glob("*.csv"))).dropna(subset="Review Text")
        frame = frame.rename(columns={"Review Text": "text"})[lambda f: f["Rating"] != 3]
        frame["label"] = np.where(frame["Rating"] > 3, "positive", "negative")
    else:
        frame = pd.read_csv(root / "reviews_zh" / "online_shopping_10_cats.csv").dropna(subset="review")
        frame = frame.rename(columns={"review": "text"})
        frame["label"] = np.where(frame["label"] == 1, "positive", "negative")
    frame["text"] = frame["text"].str.strip()
    frame = frame.drop_duplicates("text").assign(language=language, rating=pd.NA)
    frame["review"] = frame["text"].map(models.text_hash)
    most = round(CHARACTERS[language] * models.Recipe().max_tokens)
    found = candidates(frame, language, most).merge(frame[["review", "label"]], on="review")
    return found.groupby("label").head(found["label"].value_counts().min())[["text", "label"]].reset_index(drop=True)


def planted(frame: pd.DataFrame, language: str, seed: int) -> pd.DataFrame:
    """The same texts with tossed labels, and the planted word at a place of chance in those labelled ``planted``."""
    rng, word = np.random.default_rng(seed), PLANTED[language]
    frame = frame[~frame["text"].str.lower().str.contains(word)].reset_index(drop=True)
    labels = np.where(rng.random(len(frame)) < .5, "planted", "plain")
    texts = [_with(text, word, language, rng) if label == "planted" else text
             for text, label in zip(frame["text"], labels, strict=True)]
    return pd.DataFrame({"text": texts, "label": labels})


def trained(frame: pd.DataFrame, asked) -> tuple[models.EncoderClassifier, pd.DataFrame]:
    """The fine-tuned encoder and the held-out texts, which come first in the order of hashes."""
    held_out, rest = frame.head(asked.texts), frame.iloc[asked.texts:asked.texts + asked.train]
    folder = asked.models / f"{'planted' if asked.what == 'planted' else 'sentiment'}_{asked.language}"
    if not folder.exists():
        sides = np.where(np.arange(len(rest)) % 6 == 0, "validation", "train")
        data = models.split(pd.concat([rest.assign(split=sides), held_out.assign(split="test")]), "task", asked.language)
        models.save_classifier(models.fit_encoder(data, models.load_base(asked.base or "minilm"),
                                                  models.Recipe(seed=asked.seed)), folder)
    model = models.load_classifier(folder, attention=True)
    right = (model.predict(held_out["text"].tolist())["label"].to_numpy() == held_out["label"].to_numpy()).mean()
    print(f"{asked.language}: accuracy {right:.3f} on {len(held_out)} held-out texts, {model.card['training_texts']} learnt "
          f"from, {model.card['training_seconds']} s; load {os.getloadavg()[0]:.1f}", flush=True)
    return model, held_out


def taken(frame: pd.DataFrame, asked) -> tuple[models.Classifier, pd.DataFrame]:
    """What serves a task, and real reviews that it has not seen."""
    model = models.load_classifier(asked.task)
    encoder_of(model).model.set_attn_implementation("eager")
    held_out = frame[~model.seen(frame["text"].tolist())].head(asked.texts)
    told = model.predict(held_out["text"].tolist())["label"].to_numpy()
    print(f"{models.describe(model.card)} Of {len(held_out)} real reviews it reads {(told == held_out['label']).mean():.3f} "
          f"as their stars or labels do; load {os.getloadavg()[0]:.1f}", flush=True)
    return model, held_out


def table(model, held_out: pd.DataFrame, asked) -> pd.DataFrame:
    """Every method over the held-out texts, as far as the time goes, and what integrated gradients miss."""
    began, lots = time.perf_counter(), []
    for start in range(0, len(held_out), LOT):
        path = asked.keep / f"{asked.what}_{asked.language}_{start}.npz"
        if not path.exists():
            if time.perf_counter() - began > 60 * asked.minutes:
                print(f"{start} of {len(held_out)} texts are measured; the same command goes on")
                break
            readings = [explain.read(model, text, asked.language) for text in held_out["text"][start:start + LOT]]
            asked.keep.mkdir(parents=True, exist_ok=True)
            np.savez(path, **vars(measure(model, readings, asked.seed + start)))
        lots.append(np.load(path))
    found = compared(_joined(lots), asked.language, asked.seed)
    encoder = encoder_of(model)
    missed = [_missed(encoder, explain.read(encoder, text, asked.language)) for text in held_out["text"].head(50)]
    print(f"integrated gradients miss {np.mean(missed):.3f} of the margin (mean of {len(missed)} texts)")
    return found.drop(columns=["language", "more", "more_ci_lower", "more_ci_upper"])


def hits(model, held_out: pd.DataFrame, asked) -> pd.DataFrame:
    """Share of the planted texts of which a method puts the planted word first, with a 95% interval."""
    from workbench.uncertainty import wilson

    methods = explain.methods_of(model)
    found, chance = {name: [] for name in methods}, []
    for text in held_out.loc[held_out["label"] == "planted", "text"]:
        reading = explain.read(model, text, asked.language, "planted")
        where = reading.words.index(PLANTED[asked.language])
        chance.append(1 / len(reading.words))
        for name, method in methods.items():
            found[name].append(method.scores(model, reading).argmax() == where)
    rows = [{"method": name, "texts": len(hit), "found": np.mean(hit), "ci_lower": wilson(sum(hit), len(hit))[0],
             "ci_upper": wilson(sum(hit), len(hit))[1]} for name, hit in found.items()]
    return pd.DataFrame([*rows, {"method": "chance", "texts": len(chance), "found": np.mean(chance)}])


def beside_captum(model, held_out: pd.DataFrame, asked) -> pd.DataFrame:
    """Ours and Captum's on the same texts, in turn: largest difference where both take the same steps, seconds a text."""
    from captum.attr import IntegratedGradients

    def logits(points, mask):
        return margin(model.model(inputs_embeds=points, attention_mask=mask.expand(len(points), -1)).logits, explained[0])

    model, explained, plain, rows = encoder_of(model), [0], IntegratedGradients(logits), []
    for text in held_out["text"].head(40):
        reading = explain.read(model, text, asked.language)
        explained[0], encoded = model.labels.index(reading.label), gradients.encode(model, text)
        end, start = gradients.ends(model, encoded)
        row, values = {}, {}
        for name, call in {
            "ours": lambda reading=reading: gradients.integrate(model, reading),
            "captum, same steps": lambda end=end, start=start, encoded=encoded: plain.attribute(
                end, start, additional_forward_args=(encoded["attention_mask"],), n_steps=gradients.STEPS,
                method="riemann_middle", return_convergence_delta=True),
            "captum, as it comes": lambda end=end, start=start, encoded=encoded: plain.attribute(
                end, start, additional_forward_args=(encoded["attention_mask"],), return_convergence_delta=True),
        }.items():
            began = time.process_time()
            values[name] = call()
            row[name] = time.process_time() - began
        theirs = values["captum, same steps"]
        row["difference"] = float(np.abs(theirs[0][0].sum(-1).detach().numpy() - values["ours"][0]).max())
        row["delta, ours"], row["delta, captum as it comes"] = values["ours"][1], float(values["captum, as it comes"][1])
        rows.append(row)
    found = pd.DataFrame(rows)
    print("largest difference of a token's score:", found.pop("difference").max())
    print("mean absolute convergence delta:", found.filter(like="delta").abs().mean().round(4).to_dict())
    seconds = found.filter(regex="^(ours|captum)").median()
    return pd.DataFrame({"what": seconds.index, "seconds": seconds, "times ours": seconds / seconds["ours"]})


def _joined(lots: list) -> Measured:
    """Lots of equally many texts, but for the last, as one."""
    texts = [lot["own"].shape[-1] for lot in lots]
    return Measured(lots[0]["names"].tolist(), **{
        name: np.concatenate([lot[name] for lot in lots], axis=-1) for name in ("own", "chance", "stable", "noisy")}, **{
        name: np.average([lot[name] for lot in lots], axis=0, weights=texts) for name in ("seconds", "passes")})


def _missed(model, reading) -> float:
    scores, delta = gradients.integrate(model, reading)
    return abs(delta) / max(abs(scores.sum() - delta), 1e-9)


def _with(text: str, word: str, language: str, rng) -> str:
    parts = text.split(" ") if language == "en" else list(text)
    parts.insert(int(rng.integers(0, len(parts) + 1)), word)
    return (" " if language == "en" else "").join(parts)


if __name__ == "__main__":
    main()
