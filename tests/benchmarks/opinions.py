"""Who tells praise from complaint, and keywords of real reviews: ``python -m tests.benchmarks.opinions --help``."""

import argparse
import os
from pathlib import Path

import numpy as np
import pandas as pd

from workbench import models, opinions, sample
from workbench.tables.contracts import LANGUAGES

RESAMPLES = 500
REAL = {"en": ("reviews_en/womens_clothing.csv", "Review Text", "Class Name"),
        "zh": ("reviews_zh/online_shopping_10_cats.csv", "review", "cat")}


def main() -> None:
    """Print the table that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.opinions", description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["polarity", "keywords"])
    parser.add_argument("--models", type=Path, help="polarity: folder with sentiment_en, needs_en and so on")
    parser.add_argument("--reviews", type=int, default=6000, help="keywords: of each language, drawn with seed 0")
    asked = parser.parse_args()
    real = os.environ.get("WORKBENCH_REAL_DATA")
    if asked.what == "polarity" and asked.models:
        print(polarity(asked.models).to_string(index=False, float_format=lambda x: f"{x:.3f}"))
    elif asked.what == "keywords" and real:
        print(keywords(Path(real), asked.reviews).to_string(index=False))
    else:
        parser.exit(2, "polarity needs --models; keywords WORKBENCH_REAL_DATA, the folder of the public data sets\n")


def polarity(folder: Path) -> pd.DataFrame:
    """Balanced accuracy of praise against complaint in the sample's sentences, on products that no model learnt from.

    Told by the sentiment of the sentence, of its whole review, by the kind of need, and by the stars (above three: praise);
    95% intervals by a bootstrap over products.
    """
    gold, labelled, rows = sample.gold_sentences(), sample.labelled_texts(), []
    whole = pd.DataFrame(sample.reviews()).set_index("review")
    for language in LANGUAGES:
        both = [models.split(labelled[(labelled["task"] == task) & (labelled["language"] == language)], task, language)
                for task in ("sentiment", "needs")]
        kept = set(both[0].groups("test")) & set(both[1].groups("test"))
        part = gold[(gold["language"] == language) & gold["product"].isin(kept) & gold["kind"].isin(["praise", "complaint"])]
        mood, needs = (models.load_classifier(folder / f"{task}_{language}") for task in ("sentiment", "needs"))
        texts, reviews = part["text"].tolist(), whole.loc[part["review"], "text"].tolist()
        ways = {"sentiment of the sentence": _margin(mood, texts, "positive", "negative"),
                "sentiment of the review": _margin(mood, reviews, "positive", "negative"),
                "kind of need": _margin(needs, texts, "praise", "complaint"),
                "stars of the review": whole.loc[part["review"], "rating"].to_numpy(dtype=float) - 3}
        seen = int(mood.seen(texts + reviews).sum() + needs.seen(texts).sum())
        for way, margin in ways.items():
            value, low, high = _balanced((part["kind"] == "praise").to_numpy(), margin > 0, part["product"].to_numpy())
            rows.append({"language": language, "told by": way, "sentences": len(part), "products": len(kept), "seen": seen,
                         "balanced accuracy": value, "lower": low, "upper": high})
    return pd.DataFrame(rows)


def _margin(model, texts: list[str], above: str, below: str) -> np.ndarray:
    told = model.probabilities(texts)
    return told[:, model.labels.index(above)] - told[:, model.labels.index(below)]


def _balanced(truth: np.ndarray, told: np.ndarray, products: np.ndarray) -> tuple[float, float, float]:
    codes, each = np.unique(products, return_inverse=True)
    counts = np.zeros((len(codes), 4))
    for column, hit in enumerate((truth, truth & told, ~truth, ~truth & ~told)):
        np.add.at(counts[:, column], each, hit)
    drawn = np.random.default_rng(0).multinomial(len(codes), np.full(len(codes), 1 / len(codes)), RESAMPLES) @ counts

    def value(sums: np.ndarray) -> np.ndarray:
        return (sums[..., 1] / sums[..., 0] + sums[..., 3] / sums[..., 2]) / 2

    return float(value(counts.sum(axis=0))), *map(float, np.percentile(value(drawn), [2.5, 97.5]))


def keywords(folder: Path, reviews: int) -> pd.DataFrame:
    """Keywords of the classes and categories of real reviews; shuffled over them, none must be left."""
    parts = []
    for language, (path, text, category) in REAL.items():
        frame = pd.read_csv(folder / path).dropna(subset=[text, category]).sample(reviews, random_state=0)
        parts.append(pd.DataFrame({"review": language + frame.index.astype(str), "text": frame[text], "language": language,
                                   "product": None, "category": frame[category]}))
    terms = opinions.terms(pd.concat(parts, ignore_index=True))
    each = terms[["review", "language", "category"]].drop_duplicates()
    mixed = each.groupby("language")["category"].transform(lambda part: np.random.default_rng(0).permutation(part))
    shuffled = terms.assign(category=terms["review"].map(dict(zip(each["review"], mixed, strict=True))))
    print(f"{len(opinions.keywords(terms, 'category')):,} keywords; {len(opinions.keywords(shuffled, 'category'))} shuffled")
    return opinions.worded(opinions.keywords(terms, "category"), top=8)


if __name__ == "__main__":
    main()
