"""Segmenters of Chinese side by side: ``python -m tests.benchmarks.segment``.

Word F1 on 80 sentences of the sample shop segmented by hand (tests/text/segmented_zh.txt), speed on its 552 Chinese
reviews, and how far the segmenters agree on these. Those that are not installed are named and left out; none but rjieba
is a dependency: ``pip install --no-deps --target FOLDER jieba thulac cjieba snownlp PyICU`` and PYTHONPATH=FOLDER.
"""

import importlib
import itertools
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from workbench import sample
from workbench.text import Segmenter, catalogue_words

GOLD = Path(__file__).parents[1] / "text" / "segmented_zh.txt"
PASSES = 5
RESAMPLES = 2000
Cut = Callable[[str], list[str]]


def main() -> None:
    """Print scores and speed, then agreement."""
    texts = [review["text"] for review in sample.reviews() if review["language"] == "zh"]
    cuts, missing = segmenters(texts)
    found = {name: [spans(cut(text)) for text in texts] for name, cut in cuts.items()}
    rows = [scores(name, cut) | {"texts per second": speed(cut, texts)} for name, cut in cuts.items()]
    print(pd.DataFrame(rows).set_index("segmenter").to_string(float_format=lambda x: f"{x:,.3f}" if x < 2 else f"{x:,.0f}"))
    table = pd.DataFrame({a: {b: f1(found[a], found[b]) for b in found} for a in found})
    print("\nagreement (word F1 of one against the other)\n" + table.to_string(float_format=lambda x: f"{x:.2f}"))
    for name, why in missing.items():
        print(f"left out: {name} ({why})")


def gold() -> list[list[str]]:
    """The sentences segmented by hand."""
    return [line.split() for line in GOLD.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def spans(words: list[str]) -> frozenset[tuple[int, int]]:
    """Places of the words that hold a letter, a digit or a Chinese character; blanks do not count."""
    found, place = set(), 0
    for word in ("".join(word.split()) for word in words):
        if any(sign.isalnum() for sign in word):
            found.add((place, place + len(word)))
        place += len(word)
    return frozenset(found)


def f1(told: list[frozenset], true: list[frozenset]) -> float:
    """Word F1 as in the SIGHAN bake-offs (Sproat & Emerson 2003), over all texts together."""
    hits = sum(len(a & b) for a, b in zip(told, true, strict=True))
    return 2 * hits / (sum(map(len, told)) + sum(map(len, true)))


def scores(name: str, cut: Cut) -> dict:
    """Precision, recall and F1 with a 95% interval: percentiles of a bootstrap over sentences."""
    true = [spans(words) for words in gold()]
    told = [spans(cut("".join(words))) for words in gold()]
    counts = np.array([(len(a & b), len(a), len(b)) for a, b in zip(told, true, strict=True)])
    hits, ours, theirs = counts.sum(axis=0)
    drawn = np.random.default_rng(0).multinomial(len(counts), np.full(len(counts), 1 / len(counts)), RESAMPLES) @ counts
    low, high = np.percentile(2 * drawn[:, 0] / (drawn[:, 1] + drawn[:, 2]), [2.5, 97.5])
    return {"segmenter": name, "precision": hits / ours, "recall": hits / theirs, "F1": 2 * hits / (ours + theirs),
            "lower": low, "upper": high}


def speed(cut: Cut, texts: list[str]) -> float:
    """Texts per second of processor time, median of :data:`PASSES`."""
    took = []
    for _ in range(PASSES):
        start = time.process_time()
        for text in texts:
            cut(text)
        took.append(time.process_time() - start)
    return len(texts) / statistics.median(took)


def segmenters(texts: list[str]) -> tuple[dict[str, Cut], dict[str, str]]:
    """Those that are installed, and why others are not there."""
    import rjieba

    plain = rjieba.Jieba()
    names = [json.loads(line)["name_zh"] for line in (sample.labels.folder() / "products.jsonl").open(encoding="utf-8")]
    found: dict[str, Cut] = {
        "workbench": Segmenter(catalogue_words(names)).pieces, "rjieba": lambda text: plain.cut(text, False),
        "rjieba with HMM": lambda text: plain.cut(text, True), "unigrams of own texts": unigrams(texts),
        "every character": list}
    others = {"jieba": lambda module: module.lcut, "cjieba": lambda module: lambda text: list(module.cut(text)),
              "thulac": _thulac, "snownlp": lambda module: lambda text: module.SnowNLP(text).words, "icu": _icu}
    missing = {}
    for name, make in others.items():
        try:
            found[name] = make(importlib.import_module(name))
        except ImportError as error:
            missing[name] = str(error)
    return found, missing


def unigrams(texts: list[str]) -> Cut:
    """Our own: a unigram language model (Kudo 2018) over the texts themselves, without any dictionary."""
    from tokenizers import Tokenizer, models, trainers

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.train_from_iterator(texts, trainers.UnigramTrainer(
        vocab_size=8000, unk_token="?", special_tokens=["?"], max_piece_length=4, show_progress=False))
    return lambda text: [text[start:end] for start, end in tokenizer.encode(text).offsets]


def _thulac(module) -> Cut:
    model = module.thulac(seg_only=True)
    return lambda text: [word for word, _ in model.cut(text)] if text.strip() else []


def _icu(module) -> Cut:
    breaks = module.BreakIterator.createWordInstance(module.Locale("zh"))

    def cut(text: str) -> list[str]:
        breaks.setText(text)
        places = [0, *breaks]
        coded = text.encode("utf-16-le")  # ICU counts UTF-16 units
        return [coded[2 * a:2 * b].decode("utf-16-le") for a, b in itertools.pairwise(places)]

    return cut


if __name__ == "__main__":
    main()
