"""Needs against the sample shop's gold, and read on real reviews: ``python -m tests.benchmarks.needs --help``.

Kinds are scored on the products that the models did not learn from. Aspects and groups: whatever was chosen was chosen
on 23 products of the sample; aspects are learnt from these and scored on the 17 others.
"""

import argparse
import hashlib
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd

from workbench import models, needs, sample
from workbench.needs.aspects import WORDED, _patterns
from workbench.needs.detect import ASKING, NONE
from workbench.needs.discover import discover, with_discovered
from workbench.needs.join import join
from workbench.needs.measures import about
from workbench.needs.stars import learn_stars, with_stars
from workbench.tables import Source, Week
from workbench.tables.contracts import LANGUAGES, NEED_KINDS
from workbench.text.terms import worded

BIG = 3  # sentences of a gold group, or reviews of a need, from which it is listed
LAST = "2026-W46"
RUNS = 4


def main() -> None:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.needs", description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["kinds", "groups", "discovered", "reviews_en"])
    parser.add_argument("--models", type=Path, help="folder with needs_en and needs_zh; kinds: none trains linear ones")
    parser.add_argument("--reviews", type=int, default=0, help="reviews_en: at most so many, by hash (default 0: all)")
    parser.add_argument("--after", type=int, default=0, help="reviews_en: not the first (rules were read on 4000)")
    asked = parser.parse_args()
    if asked.what == "reviews_en":
        if not asked.models or not os.environ.get("WORKBENCH_REAL_DATA"):
            parser.exit(2, "reviews_en needs --models and WORKBENCH_REAL_DATA, the folder of the public data sets\n")
        most = slice(asked.after, asked.after + asked.reviews if asked.reviews else None)
        print(reviews_en(Path(os.environ["WORKBENCH_REAL_DATA"]), asked.models, most))
        return
    if asked.what == "discovered" and not os.environ.get("WORKBENCH_REAL_DATA"):
        parser.exit(2, "discovered needs WORKBENCH_REAL_DATA, the folder of the public data sets\n")
    table = {"kinds": lambda: kinds(asked.models), "groups": groups,
             "discovered": lambda: discovered(Path(os.environ["WORKBENCH_REAL_DATA"]))}[asked.what]()
    print(table.to_string(float_format=lambda x: f"{x:.3f}"))


def kinds(folder: Path | None) -> pd.DataFrame:
    """Precision, recall and F1 of every kind and language on held-out products, 95% intervals over products.

    Read from the sentence alone, and with the stars of its review, whose meaning is learnt on the other products. Prints
    what the stars win in macro F1.
    """
    texts, gold, rows = sample.labelled_texts(), sample.gold_sentences(), []
    for language in LANGUAGES:
        data = models.split(texts[(texts["task"] == "needs") & (texts["language"] == language)], "needs", language)
        model = (models.load_classifier(folder / data.name) if folder else
                 models.refit_linear(models.fit_linear(data), data))
        test = gold["product"].isin(set(data.groups("test")))
        lift, held_out = learn_stars(gold[~test]), gold[test & (gold["language"] == language)]
        if model.seen(held_out["text"].tolist()).any():
            raise SystemExit(f"{data.name} of {folder} has seen some of the {len(held_out)} held-out sentences")
        alone = model.probabilities(held_out["text"].tolist())
        told = {"text": alone, "text and stars": with_stars(alone, model.labels, held_out["rating"], lift)}
        codes = held_out["kind"].map(model.labels.index).to_numpy()
        print(language, "won by the stars, macro F1:", won(codes, *told.values(), held_out["product"].to_numpy()))
        for read_from, probabilities in told.items():
            scores = models.evaluate(codes, probabilities, model.labels, held_out["product"].to_numpy())
            for kind in (*NEED_KINDS, "macro"):
                row = {"language": language, "model": model.card["kind"], "from": read_from, "kind": kind,
                       "sentences": int((held_out["kind"] == kind).sum()) if kind in NEED_KINDS else len(held_out)}
                for metric in ("precision", "recall", "f1") if kind in NEED_KINDS else ("macro_f1",):
                    value = scores.value(metric, kind) if kind in NEED_KINDS else scores.value(metric)
                    name = metric.removeprefix("macro_")
                    row |= dict(zip((name, f"{name}_lower", f"{name}_upper"), value, strict=True))
                rows.append(row)
    return pd.DataFrame(rows).set_index(["language", "model", "from", "kind"])


def won(codes: np.ndarray, before: np.ndarray, after: np.ndarray, products: np.ndarray) -> str:
    """Macro F1 before and after, and the difference with its 95% interval, bootstrap over products."""
    from sklearn.metrics import f1_score

    def score(rows):
        return [f1_score(codes[rows], told[rows].argmax(axis=1), average="macro") for told in (before, after)]

    rng, names = np.random.default_rng(0), np.unique(products)
    rows_of = {name: np.flatnonzero(products == name) for name in names}
    drawn = [score(np.concatenate([rows_of[name] for name in rng.choice(names, len(names))])) for _ in range(500)]
    low, high = np.percentile(np.diff(drawn).ravel(), [2.5, 97.5])
    one, two = score(np.arange(len(codes)))
    return f"{one:.3f} to {two:.3f}, {two - one:+.3f} ({low:+.3f} to {high:+.3f}), {len(codes)} sentences"


def discovered(folder: Path) -> pd.DataFrame:
    """Aspect terms of ``aspects_zh``: what people marked, found by the words that the texts discover and by the word list.

    Rules were chosen on camera and notebook; phone and car only tell. Precision: share of found places that touch a
    term marked in that sentence (people marked not all); recall: share of marked terms touched. Without labels.
    """
    rows = []
    for product in ("camera", "notebook", "phone", "car"):
        lines = (folder / "aspects_zh" / f"{product}.train.txt").read_text(encoding="utf-8").splitlines()
        marked: dict[str, set[str]] = {}
        for text, term in zip(lines[::3], lines[1::3], strict=False):
            text, term = (one.replace(" ", "") for one in (text, term))
            marked.setdefault(text.replace("$T$", term), set()).add(term)
        table = pd.DataFrame({"text": list(marked), "language": "zh", "product": None, "category": None})
        table["review"] = table.index.astype(str)
        for least in (3, 10):
            found = discover(table, np.ones(len(table), dtype=bool), at_least=least).terms["term"].tolist()
            claimed = [_places(text, [term for term in found if term in set(words)])
                       for text, words in zip(marked, worded(table, "zh"), strict=True)]
            rows.append({"product": product, "way": f"texts, from {least} sentences", "terms": len(found)}
                        | _touching(marked, claimed))
        listed = [[hit.span() for aspect in WORDED if aspect != "overall" for hit in _patterns("zh")[aspect].finditer(text)]
                  for text in marked]
        rows.append({"product": product, "way": "word list", "terms": pd.NA} | _touching(marked, listed))
    return pd.DataFrame(rows).set_index(["product", "way"])


def _places(text: str, terms) -> list[tuple[int, int]]:
    return [hit.span() for term in terms for hit in re.finditer(re.escape(term), text)]


def _touching(marked: dict[str, set[str]], claimed: list[list[tuple[int, int]]]) -> dict:
    from statsmodels.stats.proportion import proportion_confint

    def touch(one, others):
        return any(one[0] < end and start < one[1] for start, end in others)

    right = [touch(one, _places(text, terms)) for (text, terms), found in zip(marked.items(), claimed, strict=True)
             for one in found]
    met = [any(touch(place, found) for place in _places(text, [term]))
           for (text, terms), found in zip(marked.items(), claimed, strict=True) for term in sorted(terms)]
    scores = {"sentences": len(marked), "found": len(right), "marked": len(met)}
    for name, hits in (("precision", right), ("recall", met)):
        low, high = proportion_confint(sum(hits), len(hits), method="wilson")
        scores |= {name: sum(hits) / len(hits), f"{name}_lower": low, f"{name}_upper": high}
    return scores | {"f1": 2 * scores["precision"] * scores["recall"] / (scores["precision"] + scores["recall"])}


def groups() -> pd.DataFrame:
    """Aspects and groups of the 17 products: agreement, B-cubed (Bagga & Baldwin 1998), V-measure, and how stable."""
    gold = sample.gold_sentences()
    gold = gold[gold["kind"] != NONE].assign(scope=gold["product"])
    chosen_on = gold["product"].map(lambda product: int(hashlib.sha256(f"half {product}".encode()).hexdigest(), 16) % 2 == 0)
    test = gold[~chosen_on].reset_index(drop=True)
    profiles = _profiles({language: needs.learn_aspects(gold[chosen_on], language) for language in LANGUAGES}, test)
    words = pd.Series([needs.aspect_of(text, language) for text, language in zip(test["text"], test["language"],
                                                                                  strict=True)])
    asked = gold[~chosen_on].assign(category=None).reset_index(drop=True)
    found = with_discovered(profiles, discover(asked, asked["kind"].isin(ASKING).to_numpy()))
    ways = {"word list": words, "learnt": profiles.idxmax(axis=1), "learnt and discovered": found.idxmax(axis=1),
            "learnt and joined": join(test, profiles).loc[test.index],
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


def reviews_en(folder: Path, trained: Path, taken: slice) -> str:
    """The ten heaviest needs of every class of the clothes shop's reviews, three quotations each, read by what serves.

    Args:
        taken: which of the reviews, in the order of their hashes.
    """
    raw = pd.read_csv(next((folder / "reviews_en").glob("*.csv")))
    raw = raw.dropna(subset="Review Text")
    raw = raw.rename(columns={"Review Text": "text", "Class Name": "category", "Rating": "rating"})
    raw["review"] = raw.index.astype(str)
    raw = raw.loc[sorted(raw.index, key=lambda i: hashlib.sha256(str(i).encode()).digest())[taken]]
    frame = raw[["review", "text", "category", "rating"]].assign(product=None, customer=None, language="en",
                                                               time=pd.Series(pd.NaT, raw.index, "datetime64[us, UTC]"))
    week = Week(Source("reviews_en", folder), LAST, folder)
    readers, known = {"en": models.load_fast(trained / "needs_en")}, needs.Background()
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
    """Agreement with the gold by language (95% interval, bootstrap over products); B-cubed of all and of big groups."""
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
