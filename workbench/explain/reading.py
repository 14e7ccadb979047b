"""One text as a classifier reads it: its tokens, the words they belong to, and every attention weight."""

from dataclasses import dataclass

import numpy as np

from workbench.errors import ModelError

MOST_TOKENS = 512  # the longest that a BERT reads; most models are taught with fewer, and read no more


@dataclass(frozen=True)
class Reading:
    """A text under a model.

    Attributes:
        text, language: what is read.
        label: the class that is explained; ``probability`` the model gives it.
        tokens: n of them, with the special ones at both ends.
        word_of: (n,) place of the word each token belongs to, -1 for special tokens.
        words: the words, as they stand in the text.
        attentions: (layers, heads, n, n), rows sum to 1: how much a token (row) takes from each (column).
    """

    text: str
    language: str
    label: str
    probability: float
    tokens: list[str]
    word_of: np.ndarray
    words: list[str]
    attentions: np.ndarray

    def by_word(self, scores: np.ndarray) -> np.ndarray:
        """(words,) sums of token scores (n,); special tokens are left out."""
        found = np.zeros(len(self.words))
        inside = self.word_of >= 0
        np.add.at(found, self.word_of[inside], scores[inside])
        return found


def read(classifier, text: str, language: str, label: str = "") -> Reading:
    """Read ``text`` once with attentions; explain ``label``, or the most probable class where it is empty.

    Args:
        classifier: an ``EncoderClassifier`` loaded with ``attention=True``.

    Raises:
        ModelError: the label is unknown, the model gives no attentions, or nothing of the text is left.
    """
    import torch

    encoded = encode(classifier, text)
    with torch.inference_mode():
        out = classifier.model(**encoded, output_attentions=True)
    if not out.attentions or out.attentions[0] is None:
        raise ModelError("the model returns no attentions; load it with load_classifier(folder, attention=True)")
    probabilities = torch.softmax(out.logits[0] / classifier.card.get("temperature", 1.0), -1).numpy()
    if label and label not in classifier.labels:
        raise ModelError(f"the model knows no label {label!r}; it knows {', '.join(classifier.labels)}")
    place = classifier.labels.index(label) if label else int(probabilities.argmax())
    words, word_of = _words(encoded, text)
    if not words:
        raise ModelError(f"nothing of the text {text!r} is left after tokenisation")
    tokens = classifier.tokenizer.convert_ids_to_tokens(encoded["input_ids"][0].tolist())
    return Reading(text, language, classifier.labels[place], float(probabilities[place]), tokens, word_of, words,
                   torch.stack(out.attentions)[:, 0].numpy())


def encode(classifier, text: str):
    """The text as the model's input: tensors (1, n), at most :data:`MOST_TOKENS` tokens."""
    most = min(MOST_TOKENS, classifier.card.get("max_tokens", MOST_TOKENS))
    return classifier.tokenizer(text, truncation=True, max_length=most, return_tensors="pt")


def _words(encoded, text: str) -> tuple[list[str], np.ndarray]:
    ids = encoded.word_ids(0)
    order = {word: place for place, word in enumerate(dict.fromkeys(i for i in ids if i is not None))}
    spans = [encoded.word_to_chars(0, word) for word in order]
    word_of = np.array([-1 if i is None else order[i] for i in ids])
    return [text[span.start:span.end] for span in spans], word_of
