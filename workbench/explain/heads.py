"""Where each head looks: measures of every layer and head, of one text and over a whole corpus.

After Clark et al. (2019), "What Does BERT Look At?", sections 3.1 to 3.3. Rows of special tokens do not count, so that a
measure tells where the text's own tokens look.
"""

import numpy as np
import pandas as pd

from workbench.errors import ParameterError
from workbench.explain.reading import Reading
from workbench.uncertainty import middle, resample

#: a measure's column and what it is to a reader
MEASURES = {
    "entropy": "entropy, bits",
    "distance": "distance, tokens",
    "first": "share on [CLS]",
    "last": "share on [SEP]",
    "same": "share on its own word",
    "before": "share on the token before",
    "after": "share on the token after",
}


def measures(reading: Reading) -> pd.DataFrame:
    """One row a layer and head of one text, means over its own tokens.

    Returns:
        ``layer, head`` from 1; ``entropy`` in bits, 0 to log2 of the tokens; ``distance`` in tokens between who looks and
        what it looks at; and shares of attention, 0 to 1: ``first`` and ``last`` special token, ``same`` word (itself and
        the other pieces of it), the token ``before`` and ``after``.
    """
    weights, n = reading.attentions, len(reading.tokens)
    own = reading.word_of >= 0
    place = np.arange(n)
    apart = place[None, :] - place[:, None]
    same = (reading.word_of[:, None] == reading.word_of[None, :]) & own[:, None]
    bits = -(weights * np.log2(np.maximum(weights, 1e-12))).sum(axis=-1)  # (layers, heads, n)
    found = {"entropy": bits, "distance": (weights * abs(apart)).sum(axis=-1), "first": weights[..., 0],
             "last": weights[..., -1], "same": (weights * same).sum(axis=-1),
             "before": (weights * (apart == -1)).sum(axis=-1), "after": (weights * (apart == 1)).sum(axis=-1)}
    layers, heads = weights.shape[:2]
    return pd.DataFrame({"layer": np.repeat(np.arange(layers) + 1, heads), "head": np.tile(np.arange(heads) + 1, layers),
                         **{name: values[..., own].mean(axis=-1).ravel() for name, values in found.items()}})


def over_corpus(readings: list[Reading]) -> pd.DataFrame:
    """The same measures as means over texts, each with a 95% bootstrap interval over texts.

    Args:
        readings: of one model; at least two.

    Raises:
        ParameterError: one text or none.

    Returns:
        ``layer, head, texts``, and of each measure ``name, name_ci_lower, name_ci_upper``.
    """
    if len(readings) < 2:
        raise ParameterError(f"{len(readings)} texts; an interval over texts needs at least 2: raise 'tested'")
    tables = [measures(reading) for reading in readings]
    found = tables[0][["layer", "head"]].assign(texts=len(tables))
    drawn = resample(len(tables), seed=0) / len(tables)  # (draws, texts)
    for name in MEASURES:
        values = np.stack([table[name].to_numpy() for table in tables])  # (texts, layers × heads)
        found[name] = values.mean(axis=0)
        bounds = np.array([middle(column) for column in (drawn @ values).T])
        found[f"{name}_ci_lower"], found[f"{name}_ci_upper"] = bounds.T
    return found


def moved(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(layers, heads) how far two sets of weights (layers, heads, n, n), rows of sum 1, are apart: the share of attention
    that looks elsewhere (total variation distance), mean over rows; 0 the same, 1 nothing in common.

    >>> moved(np.array([[[[1., 0], [0, 1]]]]), np.array([[[[1., 0], [1, 0]]]])).tolist()
    [[0.5]]
    """
    return np.abs(one - other).sum(axis=-1).mean(axis=-1) / 2
