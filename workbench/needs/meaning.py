"""What English texts mean: MiniLM's embeddings."""

from functools import cache

import numpy as np


def meaning(texts: list[str]) -> np.ndarray:
    """(n, 384): MiniLM's embeddings, mean-pooled, each row of length 1."""
    import torch

    from workbench.models.encoder import encoded_batches

    tokenizer, encoder = _loaded()
    found = np.empty((len(texts), encoder.config.hidden_size))
    with torch.inference_mode():
        for rows, batch in encoded_batches(tokenizer, texts):
            shown = batch["attention_mask"][..., None]
            hidden = encoder(**batch).last_hidden_state
            found[rows] = ((hidden * shown).sum(1) / shown.sum(1)).numpy()
    return unit(found)


def unit(rows: np.ndarray) -> np.ndarray:
    """Each row divided by its length."""
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


@cache
def _loaded():
    from workbench.models import load_base

    base = load_base("minilm")
    return base.tokenizer(), base.encoder().eval()
