"""Needs against the sample shop's gold, and read on real reviews: ``python -m tests.benchmarks.needs --help``.

Kinds are scored on the products that the models did not learn from. Aspects and groups: whatever was chosen was chosen
on 23 products of the sample; aspects are learnt from these and scored on the 17 others.
"""

import argparse
import hashlib
import os
from pathlib import Path

import numpy as np
import pandas as pd

from workbench import models, needs, sample
from workbench.needs.detect import NONE
from workbench.needs.join import join
from workbench.needs.measures import about
from workbench.tables import Source, Week
from workbench.tables.contracts import LANGUAGES, NEED_KINDS

BIG = 3  # sentences of a gold group, or reviews of a need, from which it is listed
LAST = "2026-W46"
RUNS = 4


def main() -> None:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.needs", description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["kinds", "groups", "reviews_en"])
    parser.add_argument("--models", type=Path, help="folder with needs_en and needs_zh; kinds: none trains linear ones")
    parser.add_argument("--reviews", type=int, default=0, help="reviews_en: at most so many, by hash (default 0: all)")
    asked = parser.parse_args()
    if asked.what == "reviews_en":
        if not asked.models or not os.environ.get("WORKBENCH_REAL_DATA"):
            parser.exit(2, "reviews_en needs --models and WORKBENCH_REAL_DATA, the folder of the public data sets\n")
        print(reviews_en(Path(os.environ["WORKBENCH_REAL_DATA"]), asked.models, asked.reviews))
        return
    table = kinds(asked.models) if asked.what == "kinds" else groups()
    print(table.to_string(float_format=lambda x: f"{x:.3f}"))


def kinds(folder: Path | None) -> pd.DataFrame:
    """Precision, recall and F1 of every kind and language on held-out products, 95 % intervals over products."""
    texts, rows = sample.labelled_texts(), []
    for language in LANGUAGES:
        data = models.split(texts[(texts["task"] == "needs") & (texts["language"] == language)], "needs", language)
        model = (models.load_classifier(folder / data.name) if folder else
                 models.refit_linear(models.fit_linear(data), data))
        held_out = data.texts("test")
        if model.seen(held_out).any():
            raise SystemExit(f"{data.name} of {folder} has seen {model.seen(held_out).sum()} of the held-out sentences")
        scores = models.evaluate(data.codes("test"), model.probabilities(held_out), data.labels, data.groups("test"))
        for kind in NEED_KINDS:
            row = {"language": language, "model": model.card["kind"], "kind": kind,
                   "sentences": int((data.codes("test") == data.labels.index(kind)).sum())}
            for metric in ("precision", "recall", "f1"):
                row |= dict(zip((metric, f"{metric}_lower", f"{metric}_upper"), scores.value(metric, kind), strict=True))
            rows.append(row)
    return pd.DataFrame(rows).set_index(["language", "model", "kind"])


def groups() -> pd.DataFrame:
    """Aspects and groups of the 17 products: agreement, B-cubed (Bagga & Baldwin 1998), V-measure, and how stable."""
    gold = sample.gold_sentences()
    gold = gold[gold["kind"] != NONE].assign(scope=gold["product"])
    chosen_on = gold["product"].map(lambda product: int(hashlib.sha256(f"half {product}".encode()).hexdigest(), 16) % 2 == 0)
    test = gold[~chosen_on].reset_index(drop=True)
    profiles = _profiles({language: needs.learn_aspects(gold[chosen_on], language) for language in LANGUAGES}, test)
    words = pd.Series([needs.aspect_of(text, language) for text, language in zip(test["text"], test["language"],
                                                                                  strict=True)])
    ways = {"word list": words, "learnt": profiles.idxmax(axis=1), "learnt and joined": join(test, profiles).loc[test.index],
            "each alone": pd.Series(test.index.astype(str)), "one a kind": pd.Series("all", index=test.index)}
    rows = [{"groups": name, "sentences": len(test)} | _scores(test, told) for name, told in ways.items()]
    stable = pd.DataFrame([stability(test, profiles, keep) for keep in (True, False)])
    print(stable.to_string(index=False, float_format=lambda x: f"{x:.3f}"), end="\n\n")
    return pd.DataFrame(rows).set_index("groups").T


def stability(test: pd.DataFrame, profiles: pd.DataFrame, keep: bool, seed: int = 0) -> dict:
    """How often a sentence's need has the same name in runs over consecutive weeks, profiles and reviews perturbed.

    In each run a random fifth of the reviews is missing and every profile is mixed with a fifth of another's.
    """
    rng, known, same, listed = np.random.default_rng(seed), None, [], []
    for _ in range(RUNS):
        reviews = test["review"].unique()
        rows = test[test["review"].isin(rng.choice(reviews, int(len(reviews) * .8), replace=False)).to_numpy()]
        mixed = .8 * profiles.to_numpy() + .2 * profiles.to_numpy()[rng.permutation(len(profiles))]
        told = join(rows, pd.DataFrame(mixed, profiles.index, profiles.columns), known if keep else None).loc[rows.index]
        now = pd.DataFrame({"need": rows["scope"] + "/" + told + "/" + rows["kind"], "review": rows["review"],
                            "sentence": rows["sentence"]})
        if known is not None:
            both = now.merge(known, on=["review", "sentence"])
            same.append((both["need_x"] == both["need_y"]).mean())
            old = _listed(known["need"], known["review"])
            listed.append(len(old & set(now["need"])) / len(old))
        known = now
    return {"identity": "kept from the week before" if keep else "of the run alone", "runs": RUNS,
            "sentences in the same need": np.mean(same), "listed needs found again": np.mean(listed)}


def reviews_en(folder: Path, trained: Path, most: int) -> str:
    """The ten heaviest needs of every class of the clothes shop's reviews, three quotations each."""
    raw = pd.read_csv(next((folder / "reviews_en").glob("*.csv")))
    raw = raw.dropna(subset="Review Text")
    raw = raw.rename(columns={"Review Text": "text", "Class Name": "category", "Rating": "rating"})
    raw["review"] = raw.index.astype(str)
    raw = raw.loc[sorted(raw.index, key=lambda i: hashlib.sha256(str(i).encode()).digest())[:most or None]]
    frame = raw[["review", "text", "category", "rating"]].assign(product=None, customer=None, language="en",
                                                               time=pd.Series(pd.NaT, raw.index, "datetime64[us, UTC]"))
    week = Week(Source("reviews_en", folder), LAST, folder)
    readers, known = {"en": models.load_classifier(trained / "needs_en")}, needs.Background()
    read = needs.read_reviews(frame.reset_index(drop=True), week, readers, needs.load_aspects(readers), known)
    found, lines = needs.group(read, week, known, by="category", at_least=5), []
    for subject, part in found.needs[found.needs["kind"] != "praise"].groupby("subject", sort=False):
        lines.append(f"\n== {subject}")
        for row in part.head(10).itertuples():
            lines.append(f"{row.kind.replace('_', ' ')} · {about(row.aspect, subject)}: {row.reviews} of "
                         f"{row.scope_reviews} reviews ({row.share_ci_lower:.1%} to {row.share_ci_upper:.1%}), "
                         f"held back {row.strength:.0%} of the stars")
            quoted = found.evidence[found.evidence["need"] == row.need].head(3)
            lines += [f"    – {quotation}" for quotation in quoted["quotation"]]
    return "\n".join(lines)


def _profiles(readers: dict, test: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for language, reader in readers.items():
        rows = test[test["language"] == language]
        parts.append(pd.DataFrame(reader.profiles(rows["text"].tolist()), rows.index, reader.labels))
    return pd.concat(parts).fillna(0.0).sort_index()


def _scores(test: pd.DataFrame, told: pd.Series) -> dict:
    """Agreement with the gold by language (95 % interval, bootstrap over products); B-cubed of all and of big groups."""
    from sklearn.metrics import v_measure_score

    right = pd.Series([aspect in gold for aspect, gold in zip(told, test["aspects"], strict=True)], index=test.index)
    found = {}
    for language, rows in right.groupby(test["language"]):
        by_product = rows.groupby(test["product"]).agg(["sum", "size"]).to_numpy()
        drawn = np.random.default_rng(0).integers(0, len(by_product), (2000, len(by_product)))
        low, high = np.percentile(by_product[drawn, 0].sum(axis=1) / by_product[drawn, 1].sum(axis=1), [2.5, 97.5])
        found |= {f"agree_{language}": rows.mean(), f"{language}_lower": low, f"{language}_upper": high}
    scope = test["scope"] + "/" + test["kind"]
    gold, groups = scope + "/" + test["aspects"].str[0], scope + "/" + told
    for name, least in (("", 1), ("big_", BIG)):
        values = bcubed(gold, groups, least)
        found |= {name + key: value for key, value in zip(("precision", "recall", "f1"), values, strict=True)}
    listed, there = _listed(groups, test["review"]), _listed(gold, test["review"])
    shown = groups.isin(listed)
    most = pd.DataFrame({"group": groups, "gold": gold})[shown].value_counts().groupby("group").max().sum()
    found |= {"listed": len(listed), "listed_in_gold": len(there), "listed_named_right": len(listed & there),
              "listed_purity": most / max(1, shown.sum())}
    return found | {"v_measure": v_measure_score(gold, groups)}


def _listed(needs_of: pd.Series, reviews: pd.Series) -> set[str]:
    """Needs of enough reviews to be listed."""
    counts = reviews.groupby(needs_of).nunique()
    return set(counts.index[counts >= BIG])


def bcubed(gold: pd.Series, groups: pd.Series, least: int = 1) -> tuple[float, float, float]:
    """Precision, recall and F1, B-cubed, of the items whose gold group has at least ``least``.

    >>> bcubed(pd.Series(list("aab")), pd.Series(list("xxx")))[1]
    1.0
    """
    frame = pd.DataFrame({"gold": gold, "group": groups})
    size = {name: frame.groupby(name)["gold"].transform("size") for name in ("gold", "group")}
    both = frame.groupby(["gold", "group"])["gold"].transform("size")
    inside = size["gold"] >= least
    precision, recall = float((both / size["group"])[inside].mean()), float((both / size["gold"])[inside].mean())
    return precision, recall, 2 * precision * recall / (precision + recall)


if __name__ == "__main__":
    main()
