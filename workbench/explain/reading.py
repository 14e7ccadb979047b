"""One text as a classifier reads it: its tokens, the words they belong to, and every attention weight."""

from dataclasses import dataclass

import numpy as np

from workbench.errors import ModelError
from workbench.models import Classifier, EncoderClassifier
from workbench.models.encoder import encoder_of

MOST_TOKENS = 512  # the longest that a BERT reads; most models are taught with fewer, and read no more


@dataclass(frozen=True)
class Reading:
    """A text under a model.

    Attributes:
        text, language: what is read.
        label: the class that is explained; ``probability`` the model that labels the texts gives it.
        tokens: n of them, with the special ones at both ends.
        word_of: (n,) place of the word each token belongs to, -1 for special tokens.
        words: the words, as they stand in the text.
        attentions: (layers, heads, n, n), rows sum to 1: how much a token (row) takes from each (column), in the BERT
            that labels the texts, or takes part in it, or stands beside it.
        spans: first character of each word in the text, and the one behind its last.
    """

    text: str
    language: str
    label: str
    probability: float
    tokens: list[str]
    word_of: np.ndarray
    words: list[str]
    attentions: np.ndarray
    spans: tuple[tuple[int, int], ...] = ()

    def by_word(self, scores: np.ndarray) -> np.ndarray:
        """(words,) sums of token scores (n,); special tokens are left out."""
        found = np.zeros(len(self.words))
        inside = self.word_of >= 0
        np.add.at(found, self.word_of[inside], scores[inside])
        return found


def read(model: Classifier, text: str, language: str, label: str = "", beside: EncoderClassifier | None = None) -> Reading:
    """Read ``text`` once with attentions; explain ``label``, or the most probable class where it is empty.

    Args:
        model: what labels the texts; the encoder in it returns attentions (``load_classifier(…, attention=True)``).
        beside: whose tokens and attentions are shown where ``model`` has no encoder.

    Raises:
        ModelError: the label is unknown, no encoder gives attentions, or nothing of the text is left.
    """
    import torch

    encoder = encoder_of(model) or beside
    if encoder is None:
        raise ModelError(f"a {model.card['kind']} model has no words of its own; name the encoder beside it")
    encoded = encode(encoder, text)
    with torch.inference_mode():
        out = encoder.model(**encoded, output_attentions=True)
    if not out.attentions or out.attentions[0] is None:
        raise ModelError("the model returns no attentions; load it with load_classifier(folder, attention=True)")
    if label and label not in model.labels:
        raise ModelError(f"the model knows no label {label!r}; it knows {', '.join(model.labels)}")
    spans, word_of = _words(encoded)
    if not spans:
        raise ModelError(f"nothing of the text {text!r} is left after tokenisation")
    told = model.probabilities([text])[0]
    place = model.labels.index(label) if label else int(told.argmax())
    tokens = encoder.tokenizer.convert_ids_to_tokens(encoded["input_ids"][0].tolist())
    return Reading(text, language, model.labels[place], float(told[place]), tokens, word_of,
                   [text[start:end] for start, end in spans], torch.stack(out.attentions)[:, 0].numpy(), spans)


def encode(encoder: EncoderClassifier, text: str):
    """The text as the model's input: tensors (1, n), at most :data:`MOST_TOKENS` tokens."""
    most = min(MOST_TOKENS, encoder.card.get("max_tokens", MOST_TOKENS))
    return encoder.tokenizer(text, truncation=True, max_length=most, return_tensors="pt")


def _words(encoded) -> tuple[tuple[tuple[int, int], ...], np.ndarray]:
    ids = encoded.word_ids(0)
    order = {word: place for place, word in enumerate(dict.fromkeys(i for i in ids if i is not None))}
    spans = [encoded.word_to_chars(0, word) for word in order]
    word_of = np.array([-1 if i is None else order[i] for i in ids])
    return tuple((span.start, span.end) for span in spans), word_of
