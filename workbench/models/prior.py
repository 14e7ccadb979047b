"""Other shares of the labels than a model learnt from: its line moves as far as the file's own texts make sure.

Where a label is rarer or more frequent and its texts look as before (label shift; Saerens, Latinne & Decaestecker 2002),
what a model says of a file is a mixture of what it says of each label's held-out texts. The shares in the mixture are
found by maximum likelihood over the cells *label said × confidence*: the confusion matrix of Lipton et al. 2018
("black box shift estimation"), finer by the confidence, so that probabilities need not be calibrated and
something is left to tell whether the file is such a mixture at all.
"""

from dataclasses import dataclass

import numpy as np

from workbench.errors import ModelError
from workbench.models.classifier import Classifier, Taught
from workbench.models.metrics import log_of
from workbench.uncertainty import drawn_again, middle

BINS = 4  # of the confidence, of about as many held-out texts each; 8 find the same shares (DECISIONS.md)
DRAWS, ROUNDS = 400, 200
EXPLAINED = 0.05  # p-value below which no shares explain what the model says of the file
SAID = "said"  # its place in the card


def said_by_label(truth: np.ndarray, told: np.ndarray) -> dict:
    """What a model says of each label's held-out texts, for its card.

    Args:
        truth: (n,) places of the labels. told: (n, labels) probabilities by a model that has not learnt from these texts.

    Returns:
        ``edges`` of the confidence by label said, (labels, bins - 1), and ``texts``, counts (labels, labels × bins).
    """
    labels = told.shape[1]
    confidence, best = told.max(axis=1), told.argmax(axis=1)
    quantiles = np.arange(1, BINS) / BINS
    edges = [np.quantile(confidence[best == one], quantiles) if (best == one).any() else quantiles for one in range(labels)]
    cells = _cells(told, np.array(edges))
    return {"edges": np.round(edges, 6).tolist(),
            "texts": [np.bincount(cells[truth == one], minlength=labels * BINS).tolist() for one in range(labels)]}


def mixed_shares(found: np.ndarray, each: np.ndarray) -> np.ndarray:
    """Shares (..., labels) of a mixture, by maximum likelihood (EM; concave, so its start does not matter).

    Args:
        found: counts (..., cells) of what was drawn from it. each: probabilities (labels, cells) of the parts.

    >>> mixed_shares(np.array([42, 58]), np.array([[.9, .1], [.1, .9]])).round(2).tolist()
    [0.4, 0.6]
    """
    shares = np.full((*found.shape[:-1], len(each)), 1 / len(each))
    for _ in range(ROUNDS):
        shares = shares * ((found / (shares @ each)) @ each.T) / found.sum(axis=-1, keepdims=True)
    return shares


@dataclass(frozen=True)
class Shares:
    """The shares of the labels in a file, by what a model says of its texts; each by label.

    Attributes:
        known: where the model learnt.
        said: as the model labels the texts, its mistakes and all.
        found: with its mistakes on held-out texts allowed for; ``intervals``: 95% of each, of the texts drawn and of what
            is known of the mistakes.
        explained: p-value that any shares explain what the model says: small where its mistakes are others here.
    """

    known: dict[str, float]
    said: dict[str, float]
    found: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    explained: float

    @property
    def explains(self) -> bool:
        """Whether the model's mistakes on held-out texts can be those it makes here."""
        return self.explained >= EXPLAINED


def shares_in(model: Classifier, told: np.ndarray, seed: int = 0) -> Shares:
    """The shares of the labels in texts that the model has not learnt from.

    Counting what a classifier says pulls every share towards those it learnt from (Forman 2008, "Quantifying counts and
    costs via classification"); the mixture of what it says of each label's held-out texts does not.

    Args:
        told: probabilities (n, labels) of the texts, by the model.

    Raises:
        ModelError: no texts, or the model was trained before its card told what it says of each label.
    """
    said = _said(model)
    if not len(told):
        raise ModelError("there is no text to learn the shares of the labels from")
    counts = np.array(said["texts"])
    found = np.bincount(_cells(told, np.array(said["edges"])), minlength=counts.shape[1])
    shares, drawn, explained = _estimate(found, counts + 0.5, seed)
    labelled = found.reshape(len(model.labels), BINS).sum(axis=1) / found.sum()
    by_label = (counts.sum(axis=1) / counts.sum(), labelled, shares)
    return Shares(*(dict(zip(model.labels, values.tolist(), strict=True)) for values in by_label),
                  dict(zip(model.labels, (middle(one) for one in drawn.T), strict=True)), explained)


class Reweighed(Taught):
    """A classifier whose line lies where the shares of the labels in a file put it.

    Attributes:
        shares: those of the labels in the file.
        moved: the shares its line moved to: of each interval what is nearest to the known share; None where it stays.
    """

    def __init__(self, model: Classifier, texts: list[str], seed: int = 0):
        _said(model)  # before the texts are read, which may take long
        texts = list(dict.fromkeys(texts))
        super().__init__(model)
        told = model.probabilities(texts)
        self.model, self.shares = model, shares_in(model, told, seed)
        known = np.array(list(self.shares.known.values()))
        near = np.clip(known, *np.transpose(list(self.shares.intervals.values())))
        sure, to = self.shares.explains and (near != known).any(), np.maximum(near, 1 / (1 + len(texts)))
        to /= to.sum()
        self.offsets = np.log(to / known) if sure else np.zeros(len(known))
        self.read = dict(zip(texts, log_of(told) + self.offsets, strict=True))
        self.moved = dict(zip(self.labels, to.tolist(), strict=True)) if sure else None
        self.account = self._told()

    def _told(self) -> str:
        shares = self.shares
        if not shares.explains:
            return (f"what the model says of the file is explained by no shares of the labels (p = {shares.explained:.3f}), "
                    "so its line stays")
        found = ", ".join(f"{share:.0%} {label} ({shares.intervals[label][0]:.0%} to {shares.intervals[label][1]:.0%}; "
                          f"{shares.known[label]:.0%} where it learnt)" for label, share in shares.found.items())
        if not self.moved:
            return f"the shares of the labels cannot be told from those it learnt from, so its line stays: {found}"
        to = ", ".join(f"{share:.0%} {label}" for label, share in self.moved.items())
        return f"the shares of the labels were found in the file itself: {found}; the line moved as far as is sure, to {to}"

    def _unread(self, texts: list[str]) -> np.ndarray:
        return log_of(self.model.probabilities(texts)) + self.offsets


def reweigh(model: Classifier, texts: list[str], seed: int = 0) -> Reweighed:
    """Move a classifier's line to the shares of the labels in unlabelled texts of the kind it knows.

    Each label's odds are multiplied by its new share over the known one (Saerens et al. 2002, equation 4). Not the share
    found but, of its 95% interval, what lies nearest to the known share: few texts move little, and what cannot be told
    from the known shares moves nothing. Measured by ``tests/benchmarks/texts.py`` at several shares.

    Raises:
        ModelError: no texts, or the model was trained before its card told what it says of each label.

    >>> rng = np.random.default_rng(0)
    >>> odds = dict(zip(map(str, range(1000)), np.r_[rng.normal(-2, 1.5, 900), rng.normal(2, 1.5, 100)]))
    >>> truth, held_out = np.arange(2000) % 2, rng.normal(0, 1.5, 2000)
    >>> told = 1 / (1 + np.exp(-(held_out + 4 * truth - 2)))
    >>> card = {"labels": ["no", "yes"], "said": said_by_label(truth, np.stack([1 - told, told], axis=1))}
    >>> model = Classifier(card, lambda texts: np.array([[0, odds[text]] for text in texts]), set())
    >>> round(reweigh(model, list(odds)).shares.found["yes"], 1)
    0.1
    """
    return Reweighed(model, texts, seed)


def _said(model: Classifier) -> dict:
    if SAID not in model.card:
        raise ModelError("the model's card does not tell what it says of each label's texts, so their shares in a file "
                         "cannot be found; train it again")
    return model.card[SAID]


def _estimate(found: np.ndarray, counts: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Shares (labels,), a parametric bootstrap of them (draws, labels) of texts and of what is known of the labels, and the
    p-value of the likelihood ratio against counts without any law (Wilks' G²), by the same draws."""
    rng, each = np.random.default_rng(seed), counts / counts.sum(axis=1, keepdims=True)
    shares = mixed_shares(found, each)
    parts = np.stack([rng.dirichlet(one, DRAWS) for one in counts], axis=1)
    again = drawn_again(found.sum(), np.einsum("l,dlc->dc", shares, parts), rng)
    drawn = mixed_shares(again, each)
    return shares, drawn, float((_misfit(again, drawn @ each) >= _misfit(found, shares @ each)).mean())


def _misfit(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    total = found.sum(axis=-1, keepdims=True)
    return 2 * (found * np.log(np.maximum(found, 1e-9) / (total * expected))).sum(axis=-1)


def _cells(told: np.ndarray, edges: np.ndarray) -> np.ndarray:
    best = told.argmax(axis=1)
    return best * BINS + (told.max(axis=1)[:, None] >= edges[best]).sum(axis=1)
