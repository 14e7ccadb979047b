"""A new domain without labels: the ranking of a classifier may carry over where its dividing line does not."""

import numpy as np

from workbench.errors import ModelError
from workbench.models.classifier import Classifier
from workbench.models.pooled import PooledClassifier

FEWEST = 50  # texts: with fewer, two groups cannot be told
N_GRAMS = "linear"  # the part of a pool that knows a domain's words, and so little of another's
CLEAR = 2.0  # standard deviations between the groups, below which they are hardly two (Ashman et al. 1994)


class Divided(Classifier):
    """A classifier of two labels whose line lies where the texts of a new domain divide themselves.

    Attributes:
        apart: distance of the two groups in standard deviations; below 2 they are hardly two.
        shares: of the texts, by label.
    """

    def __init__(self, model: Classifier, texts: list[str], seed: int = 0):
        from sklearn.mixture import GaussianMixture

        texts = list(dict.fromkeys(texts))
        if len(model.labels) != 2 or len(texts) < FEWEST:
            raise ModelError(f"{len(texts)} different texts and {len(model.labels)} labels: a new domain can be divided "
                             f"without labels only in two, and from {FEWEST} texts on; give some labels in 23_label")
        super().__init__({**model.card, "temperature": 1.0}, self._logits, model.trained_on)
        self.model = model
        views = _log_odds(model, texts)
        self.middle, self.spread = views.mean(axis=0), views.std(axis=0) + 1e-9
        self.mixture = GaussianMixture(2, n_init=3, covariance_type="diag", reg_covar=1e-3, random_state=seed)
        self.mixture.fit((views - self.middle) / self.spread)
        means, variances = self.mixture.means_, self.mixture.covariances_
        self.upper = int(means.sum(axis=1).argmax())
        self.apart = float(np.sqrt(((means[0] - means[1]) ** 2 / variances.mean(axis=0)).sum()))
        upper = float((self.logits(texts).argmax(axis=1) == 1).mean())
        self.shares = dict(zip(model.labels, (1 - upper, upper), strict=True))

    def _logits(self, texts: list[str]) -> np.ndarray:
        views = (_log_odds(self.model, texts) - self.middle) / self.spread
        told = self.mixture.predict_proba(views)[:, [1 - self.upper, self.upper]]
        below = (views < self.mixture.means_[1 - self.upper]).all(axis=1)  # a wide upper group reaches below the lower
        told[below] = [1.0, 0.0]
        return np.log(np.clip(told, 1e-9, 1))


def divide(model: Classifier, texts: list[str], seed: int = 0) -> Divided:
    """Find the line between two labels in the unlabelled texts of a new domain.

    A mixture of two normal distributions (scikit-learn's ``GaussianMixture``) over the log odds of the model; of a pool,
    over those of its parts without the n-grams. Measured in ``tests/benchmarks/texts.py``: it serves a domain that is
    really another, and costs some F1 on the model's own.

    Raises:
        ModelError: more than two labels, or fewer than 50 different texts.

    >>> rng = np.random.default_rng(0)
    >>> at = dict(zip(map(str, range(1000)), np.r_[rng.normal(-6, 0.5, 700), rng.normal(-2, 1.0, 300)]))
    >>> model = Classifier({"labels": ["no", "yes"]}, lambda texts: np.array([[0, at[text]] for text in texts]), set())
    >>> round(divide(model, list(at)).shares["yes"], 1)  # a line at 0 would find almost none
    0.3
    """
    return Divided(model, texts, seed)


def _log_odds(model: Classifier, texts: list[str]) -> np.ndarray:
    """(n, views) log odds of the second label."""
    views = model.views(texts) if isinstance(model, PooledClassifier) else {"": model.logits(texts)}
    kept = {kind: view for kind, view in views.items() if kind != N_GRAMS or len(views) == 2}
    return np.stack([view[:, 1] - view[:, 0] for view in kept.values()], axis=1)
