"""A week that put texts of two languages before reviewers."""

import json

import pandas as pd
import pytest

from workbench import verdicts
from workbench.models import text_hash
from workbench.tables import Source, Week, conform, contract

LABELS = ["negative", "neutral", "positive"]
TEXTS = [("en-1", "en", "The lid leaks. Lovely colour!", "positive", .91), ("en-2", "en", "It is a kettle.", "negative", .4),
         ("zh-1", "zh", "壶很好，就是盖子漏水。", "positive", .88), ("zh-2", "zh", "一般", "neutral", .5)]
CARD = "aaaaaaaaaaaaaaaa"


@pytest.fixture
def shop(tmp_path):
    week = Week(Source("shop", tmp_path), "2026-W46", tmp_path / "shop" / "2026-W46")
    rows = [{"number": number, "task": "sentiment", "language": language, "text": text, "product": "P1",
             "rule": "most certain", "card": CARD, "label": label, "probability": probability, "labels": LABELS}
            for number, language, text, label, probability in TEXTS]
    week.write("explained_texts", conform(pd.DataFrame(rows), contract("explained_texts")))
    return week


@pytest.fixture
def say(shop):
    """``say(number, reviewer, verdict, right_label, note, words)`` gives one verdict; its identity."""
    texts = shop.read("explained_texts").set_index("number", drop=False)

    def said(number, reviewer="ab", verdict="agree", right_label=None, note="", words=(), **changed):
        text = texts.loc[number].copy()
        for name, value in changed.items():
            text[name] = value
        return verdicts.give(shop, text, verdicts.Verdict(reviewer, verdict, right_label, note, words=words))

    return said


@pytest.fixture
def sent(tmp_path):
    """``sent(**changed)`` writes the file of a page: three verdicts; ``first`` changes the first of them."""
    def write(name="verdicts.json", first=None, **changed):
        told = [("agree", None, [], ""), ("disagree", "neutral", [], "only says what it is"),
                ("wrong words", None, [[1, 2], [2, 3]], "“很好” counts")]
        rows = [{"text": text_hash(text), "card": CARD, "label": label, "verdict": verdict, "right_label": right,
                 "words": words, "note": note, "time": f"2026-11-17T09:30:0{i}.123Z"}
                for i, ((_, _, text, label, _), (verdict, right, words, note)) in enumerate(zip(TEXTS, told, strict=False))]
        rows[0] |= first or {}
        plain = {"format": verdicts.FORMAT, "version": verdicts.VERSION, "source": "shop", "week": "2026-W46",
                 "reviewer": "ab", "verdicts": rows} | changed
        path = tmp_path / name
        path.write_text(json.dumps(plain), encoding="utf-8")
        return path

    return write
