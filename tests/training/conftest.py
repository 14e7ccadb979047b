"""A shop whose reviews have a planted truth, and an analyst who knows it."""

import numpy as np
import pandas as pd
import pytest

from workbench import models
from workbench.tables import Source, Week

PRODUCTS = [f"P{i}" for i in range(12)]
THINGS = ["kettle", "lid", "tent", "lamp", "bag", "strap", "mug", "towel", "rug", "shelf"]


def _truth(text):
    """What the analyst knows: who asks for something wishes."""
    return "wish" if "could" in text or "wish" in text else "none"


def _reviews_of(texts, language="en"):
    """A table of reviews of these texts, on products in turn."""
    return pd.DataFrame({"review": [str(i) for i in range(len(texts))], "text": texts, "language": language,
                         "product": [PRODUCTS[i % len(PRODUCTS)] for i in range(len(texts))]})


def _texts_of(n, wishing="could be", seed=1):
    """Sentences of which a third wish for something, none like another."""
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list("abdefgiklmnoprstu"), 5)) for _ in range(60)]
    return [f"the {THINGS[i % 10]} {wishing if i % 3 == 0 else 'is'} {' '.join(rng.choice(words, 6))} {i}"
            for i in range(n)]


@pytest.fixture
def truth():
    """The label that the analyst gives to a text."""
    return _truth


@pytest.fixture
def texts_of():
    """The maker of texts: ``texts_of(n, wishing="could be")``."""
    return _texts_of


@pytest.fixture
def reviews_of():
    """The maker of reviews: ``reviews_of(texts, language="en")``."""
    return _reviews_of


@pytest.fixture
def shop(tmp_path):
    return Week(Source("shop", tmp_path), "2026-W46", tmp_path / "shop" / "2026-W46")


@pytest.fixture(scope="session")
def forum():
    """Labelled texts of another domain: there a wish says ``wish``, never ``could``."""
    texts = _texts_of(300, wishing="wish i was", seed=2)
    frame = pd.DataFrame({"text": texts, "label": [_truth(text) for text in texts],
                          "product": [f"thread {i // 10}" for i in range(300)]})
    return models.split(frame, "needs", "en", 0, "a forum's labels")


@pytest.fixture(scope="session")
def reader(forum):
    """The linear model that learnt from them."""
    return models.fit_linear(forum)
