"""How much each word adds to a prediction, by several methods, each with its paper and its work.

Which methods there are depends on the model: an encoder has them all; of a linear model the parts of each word are
exact; a pool of both adds what its parts say, in the same unit. Work is counted in passes of the text through the
encoder (a backward pass is worth two, Kaplan et al. 2020), so that no clock decides which method is believed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from workbench.explain import contributions, gradients
from workbench.explain.erase import margins, without_each
from workbench.explain.reading import Reading
from workbench.models import Classifier, PooledClassifier
from workbench.models.encoder import encoder_of

FORWARD, BOTH = 1, 3  # passes


@dataclass(frozen=True)
class Method:
    """A way to score the words of a reading.

    Attributes:
        name: as the reader sees it; ``paper`` where it was proposed, and what is done here.
        scores: (words,) of a model and a reading; higher speaks more for the label.
        passes: of one text of so many words through the encoder.
    """

    name: str
    paper: str
    scores: Callable[[Classifier, Reading], np.ndarray]
    passes: Callable[[int], int]


def methods_of(model: Classifier) -> dict[str, Method]:
    """The methods that can explain ``model``, by name, in the order in which they are shown."""
    if encoder_of(model) is not None:
        return METHODS
    return {name: METHODS[name] for name in (ATTENTION, OCCLUSION)} | {EXACT.name: EXACT}


def occlusion(model: Classifier, reading: Reading) -> np.ndarray:
    """(words,) what the margin loses without each word: erased, not masked (Li, Monroe & Jurafsky 2016)."""
    found = margins(model, reading, without_each(len(reading.words)))
    return found[0] - found[1:]


def _shown(tokens: Callable) -> Callable:
    """Scores of the encoder's tokens, by word; what they say is of no unit, so nothing of other parts is added."""
    return lambda model, reading: reading.by_word(tokens(encoder_of(model), reading))


def _added(tokens: Callable) -> Callable:
    """Scores of the encoder's tokens, by word, that are parts of its margin: in a pool the other parts' are added."""
    def scores(model, reading):
        found = reading.by_word(tokens(encoder_of(model), reading))
        return contributions.pooled(model, reading, found) if isinstance(model, PooledClassifier) else found
    return scores


def _last_layer(model: Classifier, reading: Reading) -> np.ndarray:
    """Needs the reading alone, so it is there for a linear model too: the attention of the BERT beside it."""
    return reading.by_word(gradients.attention(None, reading))


ATTENTION, INTEGRATED, OCCLUSION = "attention", "integrated gradients", "occlusion"
METHODS: dict[str, Method] = {method.name: method for method in (
    Method(ATTENTION, "Last layer, mean over heads, from [CLS] to each token: what the heatmap shows (Vaswani et al. 2017).",
           _last_layer, lambda words: FORWARD),
    Method("attention rollout", "Attention through all layers, residuals counted (Abnar & Zuidema 2020, equation 1).",
           _shown(gradients.attention_rollout), lambda words: FORWARD),
    Method("attention × gradient", "Attention times its gradient, positive part, all layers and heads, summed over the rows "
           "(Grad-SAM: Barkan et al. 2021, equation 4, summed instead of averaged).",
           _shown(gradients.attention_gradient), lambda words: BOTH),
    Method("Chefer's relevance", "The same, handed on from layer to layer, from [CLS] (Chefer, Gur & Wolf 2021, equations 5 "
           "and 6).", _shown(gradients.chefer), lambda words: BOTH),
    Method("AttnLRP", "Relevance handed back through every step of the model (Achtibat et al. 2024). Its authors say that "
           "relevance propagation is patented: a shop should ask before it relies on it.",
           _added(gradients.attn_lrp), lambda words: BOTH),
    Method("input × gradient", "Embedding of a token times its gradient (Denil et al. 2014; Shrikumar et al. 2017).",
           _added(gradients.input_gradient), lambda words: BOTH),
    Method(INTEGRATED, f"The gradient along the way from an empty text, {gradients.STEPS} steps "
           "(Sundararajan et al. 2017).", _added(gradients.integrated_gradients), lambda words: BOTH * gradients.STEPS + 2),
    Method(OCCLUSION, "What the prediction loses when the word alone is left out (Li, Monroe & Jurafsky 2016).",
           occlusion, lambda words: FORWARD * (words + 1)))}
EXACT = Method("n-grams", "The weights of a linear model's n-grams, in equal parts on their characters: exact "
               "(Wang & Manning 2012 for the model).", contributions.linear, lambda words: FORWARD)
