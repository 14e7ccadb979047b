from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.tables import Source, Week, conform, contract

WORDS = {"en": ["lid", "handle", "cord", "box", "gift", "kitchen", "sister", "weekend", "morning", "colour", "corner"],
         "zh": ["盖子", "手柄", "电线", "盒子", "礼物", "厨房", "姐姐", "周末", "早上", "颜色", "角落"]}


@pytest.fixture
def week(tmp_path):
    return Week(Source("shop", Path("shop"), timezone="Asia/Singapore"), "2026-W46", tmp_path / "2026-W46")


def sentences(rows):
    """Table ``sentences`` of rows ``review, product, language, text`` and, where given, ``kind, aspect, week``."""
    frame = pd.DataFrame([(*row, *("none", None, None)[len(row) - 4:]) for row in rows],
                         columns=["review", "product", "language", "text", "kind", "aspect", "week"])
    frame["sentence"] = frame.groupby("review").cumcount()
    return conform(frame.assign(category=None, probability=.9, start=0, end=1), contract("sentences"))


def noise(language, reviews=240, products=8, seed=0):
    """Reviews whose words have nothing to do with their product."""
    rng = np.random.default_rng(seed)
    return [(f"{language}{i}", f"p{i % products}", language, ", ".join(rng.choice(WORDS[language], 6)))
            for i in range(reviews)]
