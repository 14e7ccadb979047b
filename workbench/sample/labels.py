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


def folder() -> Path:
    """Where the shop's catalogue and texts lie."""
    return paths.project() / "data" / "sample"


def reviews() -> list[dict]:
    """Every review: ``review, product, language, rating, title, text, sentiment, needs``.

    ``needs`` is a list of ``span`` (a part of the text, verbatim), ``aspect`` and ``kind``.
    """
    found = []
    for name in FILES:
        path = folder() / name
        if not path.exists():
            raise SourceError(f"{path} is not there; it is part of the project: restore it with git checkout")
        found += [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return found


def labelled_texts() -> pd.DataFrame:
    """Table ``labelled_texts``: whole reviews for the task ``sentiment``, single sentences for ``needs``.

    A sentence's label is the kind of the need whose span it overlaps, or ``none``.
    """
    rows = []
    for review in reviews():
        text, spans = review["text"], _spans(review)
        rows.append((text, review["sentiment"], "sentiment", review["language"], review["product"]))
        for sentence in sentences(text):
            kinds = {kind for start, end, kind in spans if start < sentence.end and end > sentence.start}
            label = next((kind for kind in KINDS if kind in kinds), "none")
            rows.append((sentence.text, label, "needs", review["language"], review["product"]))
    frame = pd.DataFrame(rows, columns=["text", "label", "task", "language", "product"])
    return frame.assign(split=None)


def _spans(review: dict) -> list[tuple[int, int, str]]:
    found = []
    for need in review["needs"]:
        start = review["text"].find(need["span"])
        if start < 0:
            raise SourceError(f"review {review['review']}: the span {need['span']!r} is not in its text")
        found.append((start, start + len(need["span"]), need["kind"]))
    return found
