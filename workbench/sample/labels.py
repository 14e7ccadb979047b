"""The shop's reviews with their gold labels, and the training texts made of them."""

import json
from pathlib import Path

import pandas as pd

from workbench import paths
from workbench.errors import SourceError
from workbench.text import sentences

#: where one sentence expresses several needs, the rarer and more telling kind labels it
KINDS = ("wish", "missing_information", "complaint", "praise")
FILES = ("reviews_en.jsonl", "reviews_zh.jsonl")
#: sentences as customers of other shops write them, by language
OTHERS = {"en": "sentences_en.jsonl", "zh": "sentences_zh.jsonl"}


def folder() -> Path:
    """Where the shop's catalogue and texts lie."""
    return paths.project() / "data" / "sample"


def reviews() -> list[dict]:
    """Every review: ``review, product, language, rating, title, text, sentiment, needs``.

    ``needs`` is a list of ``span`` (a part of the text, verbatim), ``aspect`` and ``kind``.
    """
    return [review for name in FILES for review in _lines(name)]


def domain_sentences() -> pd.DataFrame:
    """Sentences about what this shop does not sell, ten domains: ``id, text, kind, phenomenon, domain, language``."""
    found = [pd.DataFrame(_lines(name)).assign(language=language) for language, name in OTHERS.items()]
    return pd.concat(found, ignore_index=True)


def gold_sentences() -> pd.DataFrame:
    """Every sentence of every review and what it really expresses.

    ``review, sentence`` (place, from 0), ``text, language, product, rating, sentiment`` (of the review),
    ``kind`` (that of the needs whose spans it overlaps, the most telling of several, or ``none``) and ``aspects`` (list of
    those of that kind, in reading order).
    """
    rows, whole = [], ("language", "product", "rating", "sentiment")
    for review in reviews():
        spans = _spans(review)
        for place, sentence in enumerate(sentences(review["text"])):
            inside = [need for start, end, need in spans if start < sentence.end and end > sentence.start]
            kind = next((kind for kind in KINDS if kind in {need["kind"] for need in inside}), "none")
            rows.append((review["review"], place, sentence.text, *(review[name] for name in whole), kind,
                         [need["aspect"] for need in inside if need["kind"] == kind]))
    return pd.DataFrame(rows, columns=["review", "sentence", "text", *whole, "kind", "aspects"])


def labelled_texts() -> pd.DataFrame:
    """Table ``labelled_texts``: whole reviews for the task ``sentiment``, single sentences for ``needs``.

    A sentence's label is the kind of the need whose span it overlaps, or ``none``. After those of the reviews come those
    of :func:`domain_sentences`; their product is ``sentences: <domain>``, so that a domain stays on one side of a split.
    """
    whole = pd.DataFrame(reviews()).rename(columns={"sentiment": "label"}).assign(task="sentiment")
    single = gold_sentences().rename(columns={"kind": "label"}).assign(task="needs")
    both = pd.concat([whole, single], ignore_index=True)
    order = both["review"].map({review: place for place, review in enumerate(whole["review"])})
    both = both.loc[order.sort_values(kind="stable").index]
    others = domain_sentences().rename(columns={"kind": "label"}).assign(task="needs")
    others["product"] = "sentences: " + others["domain"]
    found = pd.concat([both, others], ignore_index=True)[["text", "label", "task", "language", "product"]]
    return found.assign(split=None)


def _lines(name: str) -> list[dict]:
    path = folder() / name
    if not path.exists():
        raise SourceError(f"{path} is not there; it is part of the project: restore it with git checkout")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _spans(review: dict) -> list[tuple[int, int, dict]]:
    found = []
    for need in review["needs"]:
        start = review["text"].find(need["span"])
        if start < 0:
            raise SourceError(f"review {review['review']}: the span {need['span']!r} is not in its text")
        found.append((start, start + len(need["span"]), need))
    return found
