"""What English texts mean: MiniLM's embeddings."""

from functools import cache

import numpy as np


def meaning(texts: list[str]) -> np.ndarray:
    """(n, 384): MiniLM's embeddings, mean-pooled, each row of length 1."""
    from workbench.models.encoder import mean_states

    return unit(mean_states(*_loaded(), texts))


def unit(rows: np.ndarray) -> np.ndarray:
    """Each row divided by its length."""
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


@cache
def _loaded():
    from workbench.models import load_base

    base = load_base("minilm")
    return base.tokenizer(), base.encoder().eval()
