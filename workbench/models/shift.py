"""A new domain without labels: the ranking of a classifier may carry over where its dividing line does not.

Where the domain is not new, its labels may still have other shares: :mod:`workbench.models.prior`.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from workbench.errors import ModelError
from workbench.models.classifier import Classifier, Taught, part_of
from workbench.models.encoder import encoder_of
from workbench.models.linear import UNKNOWN, LinearClassifier, learn_linear
from workbench.models.metrics import log_of
from workbench.models.pooled import PooledClassifier
from workbench.models.prior import reweigh
from workbench.models.textset import LabelledTexts

FEWEST = 50  # texts: with fewer, two groups cannot be told
N_GRAMS = "linear"  # the part of a pool that knows a domain's words, and so little of another's
CLEAR = 2.0  # standard deviations between the groups, below which they are hardly two (Ashman et al. 1994)
CERTAIN = 0.6  # of each group, the surest teach; 0.5 to 0.8 give the same within 0.02 of F1 (DECISIONS.md)
NEW = 1.5  # times the n-grams of held-out texts that are not known, from which on texts are of another domain
WORDS, STATES = 1.0, 0.003  # inverse regularisation of what is taught


class Divided(Taught):
    """A classifier of two labels whose line lies where the texts of a new domain divide themselves.

    Attributes:
        apart: distance of the two groups in standard deviations, before anything is taught; below 2 they are hardly two.
        shares: of the texts, by label.
    """

    def __init__(self, model: Classifier, texts: list[str], seed: int = 0):
        texts = list(dict.fromkeys(texts))
        if len(model.labels) != 2 or len(texts) < FEWEST:
            raise ModelError(f"{len(texts)} different texts and {len(model.labels)} labels: a new domain can be divided "
                             f"without labels only in two, and from {FEWEST} texts on; give some labels in 23_label")
        super().__init__(model)
        views = _log_odds(model, texts)
        self.view, self.groups = lambda some: _log_odds(model, some), _Groups(views, seed)
        self.apart = self.groups.apart
        if taught := _pupils(model, texts, *self.groups.surest(views)):
            scaled = [(pupil, told / (told.std() + 1e-9), told.std() + 1e-9) for pupil, told in taught]
            self.view = lambda some: sum(pupil(some) / wide for pupil, _, wide in scaled)[:, None]
            views = sum(told for _, told, _ in scaled)[:, None]
            self.groups = _Groups(views, seed)
        said = self._told(views)
        self.read = dict(zip(texts, said, strict=True))
        upper = float((said.argmax(axis=1) == 1).mean())
        self.shares = dict(zip(model.labels, (1 - upper, upper), strict=True))
        found = ", ".join(f"{share:.0%} {label}" for label, share in self.shares.items())
        doubt = "" if self.apart >= CLEAR else ", so hardly two: read some rows before you rely on it"
        self.account = (f"the line between the labels was found in the file itself: {found}; the two groups are "
                        f"{self.apart:.1f} standard deviations apart{doubt}")

    def _unread(self, texts: list[str]) -> np.ndarray:
        return self._told(self.view(texts))

    def _told(self, views: np.ndarray) -> np.ndarray:
        upper = self.groups.upper(views)
        return log_of(np.stack([1 - upper, upper], axis=1))


def move(model: Classifier, texts: list[str], seed: int = 0) -> Taught:
    """Carry a classifier over to unlabelled texts of which nobody knows how far they are from those it learnt from.

    Words tell another domain: where the median text has half as many again of n-grams that the model never met as a held-out
    text, the texts divide themselves (:func:`divide`); otherwise only the shares of the labels may be others
    (:func:`workbench.models.prior.reweigh`). A model without n-grams is told by whether any shares explain what it says.

    Raises:
        ModelError: as of these two.
    """
    if words := new_words(model, texts):
        unknown, usual = words
        new = unknown > NEW * usual
        found = (divide if new else reweigh)(model, texts, seed)
        found.account = (f"{unknown:.1%} of a text's n-grams are new to the model, of a text held out {usual:.1%}, so "
                         f"it is {'another' if new else 'the same'} domain; {found.account}")
        return found
    reweighed = reweigh(model, texts, seed)
    return reweighed if reweighed.shares.explains else divide(model, texts, seed)


def new_words(model: Classifier, texts: list[str]) -> tuple[float, float] | None:
    """Share of a text's n-grams that the model never met, and of a held-out text's; None where it has no n-grams or its card
    does not tell."""
    linear = part_of(model, LinearClassifier)
    return (linear.unknown(texts), linear.card[UNKNOWN]) if linear and UNKNOWN in linear.card else None


def divide(model: Classifier, texts: list[str], seed: int = 0) -> Divided:
    """Find the line between two labels in the unlabelled texts of a new domain.

    A mixture of two normal distributions (scikit-learn's ``GaussianMixture``) over the log odds of the model; of a pool,
    over those of its parts without the n-grams. The surest texts of both groups then teach the domain's own words, and
    the middle layer of the model's encoder (self-training, Scudder 1965; as many of each group as it is large: Zou et al.
    2018, "class-balanced self-training"); what both say of all texts is divided again. Measured in
    ``tests/benchmarks/texts.py``: it serves a domain that is really another, and costs some F1 on the model's own.

    Raises:
        ModelError: more than two labels, or fewer than 50 different texts.

    >>> rng = np.random.default_rng(0)
    >>> at = dict(zip(map(str, range(1000)), np.r_[rng.normal(-6, 0.5, 700), rng.normal(-2, 1.0, 300)]))
    >>> model = Classifier({"labels": ["no", "yes"]}, lambda texts: np.array([[0, at[text]] for text in texts]), set())
    >>> round(divide(model, list(at)).shares["yes"], 1)  # a line at 0 would find almost none
    0.3
    """
    return Divided(model, texts, seed)


class _Groups:
    """Two groups in (n, views) log odds."""

    def __init__(self, views: np.ndarray, seed: int):
        from sklearn.mixture import GaussianMixture

        self.middle, self.spread = views.mean(axis=0), views.std(axis=0) + 1e-9
        self.mixture = GaussianMixture(2, n_init=3, covariance_type="diag", reg_covar=1e-3, random_state=seed)
        self.mixture.fit(self.scaled(views))
        means, variances = self.mixture.means_, self.mixture.covariances_
        self.which = int(means.sum(axis=1).argmax())
        self.apart = float(np.sqrt(((means[0] - means[1]) ** 2 / variances.mean(axis=0)).sum()))

    def scaled(self, views: np.ndarray) -> np.ndarray:
        return (views - self.middle) / self.spread

    def upper(self, views: np.ndarray) -> np.ndarray:
        """(n,) probability of the upper group."""
        scaled = self.scaled(views)
        told = self.mixture.predict_proba(scaled)[:, self.which]
        told[(scaled < self.mixture.means_[1 - self.which]).all(axis=1)] = 0.0  # a wide upper group reaches below the lower
        return told

    def surest(self, views: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places of the surest texts of both groups, as many of each as it is large, and which of them are of the upper."""
        order, share = np.argsort(self.scaled(views).sum(axis=1), kind="stable"), self.upper(views).mean()
        above, below = (max(1, round(CERTAIN * part * len(order))) for part in (share, 1 - share))
        return np.r_[order[:below], order[len(order) - above:]], np.arange(below + above) >= below


def _pupils(model: Classifier, texts: list[str], surest: np.ndarray, upper: np.ndarray) -> list[tuple[Callable, np.ndarray]]:
    """Log odds by the words of the domain, and by the states of the model's encoder, where it has one: what tells them of
    any texts, and (n,) those of ``texts``."""
    pupils = []
    if language := model.card.get("language"):
        frame = pd.DataFrame({"text": [texts[i] for i in surest], "label": np.where(upper, *model.labels[::-1])})
        own = LabelledTexts("taught", language, frame.assign(group="", side="train"), "the surest texts", 0, "text")
        words = learn_linear(own, WORDS)
        pupils.append((lambda some: _log_odds(words, some)[:, 0], _log_odds(words, texts)[:, 0]))
    if encoder := encoder_of(model):
        states = encoder.states(texts)
        tell = _regression(states, surest, upper).decision_function
        pupils.append((lambda some: tell(encoder.states(some)), tell(states)))
    return pupils


def _regression(states: np.ndarray, surest: np.ndarray, upper: np.ndarray):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    pupil = make_pipeline(StandardScaler().fit(states), LogisticRegression(C=STATES, max_iter=2000))
    pupil[-1].fit(pupil[0].transform(states[surest]), upper)
    return pupil


def _log_odds(model: Classifier, texts: list[str]) -> np.ndarray:
    """(n, views) log odds of the second label."""
    views = model.views(texts) if isinstance(model, PooledClassifier) else {"": model.logits(texts)}
    kept = {kind: view for kind, view in views.items() if kind != N_GRAMS or len(views) == 2}
    return np.stack([view[:, 1] - view[:, 0] for view in kept.values()], axis=1)
