"""The sample shop "Harbour & Pine": its own catalogue and reviews, simulated logs, planted truths."""

from workbench.sample.labels import domain_sentences, gold_sentences, labelled_texts, reviews
from workbench.sample.make import make

__all__ = ["domain_sentences", "gold_sentences", "labelled_texts", "make", "reviews"]
