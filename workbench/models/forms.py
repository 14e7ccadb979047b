"""Which form of a trained model should score: each made, told side by side, the one of least work that loses little chosen.

Work decides, not the clock: measured speeds of near forms change places from run to run, and with them would change what
reads the reviews. A form's work is the bytes of weights that a token meets in it, all of which are computed with.
"""

import copy
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.models import card as cards
from workbench.models.classifier import Classifier
from workbench.models.compress import BFLOAT16, INT8, compress
from workbench.models.device import native
from workbench.models.distil import Study, distil, distil_linear
from workbench.models.encoder import encoder_of
from workbench.models.linear import fit_linear
from workbench.models.metrics import Scores, counts, counts_by_group, evaluate, rates
from workbench.models.pooled import fit_pooled
from workbench.models.store import fast_folder, load_classifier, save_task
from workbench.models.textset import LabelledTexts
from workbench.uncertainty import middle, resample

PLAIN, STUDENT, LINEAR_STUDENT, LINEAR = "plain", "student", "linear student", "linear"
STUDENT_INT8, STUDENT_POOL, LINEAR_POOL = f"student, {INT8}", f"student pool, {INT8}", "linear pool"
#: from most work to least; of equal work, what strays least from the trained model stands last. Each figure: DECISIONS.md
ORDER = (PLAIN, STUDENT, BFLOAT16, INT8, STUDENT_POOL, STUDENT_INT8, LINEAR_POOL, LINEAR_STUDENT, LINEAR)
ROUNDS = 5
TIMED = 240  # texts of a round
CLEARLY = 1.1  # times as fast at the median, and faster in every round: then the finding says so


@dataclass(frozen=True)
class Form:
    """One form of a task's model.

    Attributes:
        name: one of ``ORDER``.
        size: bytes on disk.
        seconds: measured, a text, in each of the interleaved rounds; nothing that is chosen or stored depends on them.
        lost_validation: macro F1 that it loses against the plain one on the validation side; below 0 it is better.
        test: scores on the test side. ``lost``: macro F1 that it loses there, and the 95% interval of the pairs.
        agreement: share of test texts that it reads as the plain one does.
    """

    name: str
    model: Classifier
    size: int
    seconds: tuple[float, ...]
    lost_validation: float
    test: Scores
    lost: tuple[float, float, float]
    agreement: float

    @property
    def speed(self) -> float:
        """Texts a second, at the median of the rounds."""
        return 1 / statistics.median(self.seconds)


@dataclass(frozen=True)
class Forms:
    """A task's model in all its forms, from most work to least, the plain one first."""

    data: LabelledTexts
    made: list[Form]
    tolerance: float
    unlabelled: int
    made_from: str

    @property
    def good(self) -> list[Form]:
        """Those that lose at most ``tolerance`` macro F1 on the validation side."""
        return [one for one in self.made if one.name == PLAIN or one.lost_validation <= self.tolerance]

    @property
    def serves(self) -> Form:
        """What scores: of the good ones that of least work, whatever the clock said."""
        return self.good[-1]

    @property
    def faster(self) -> Form | None:
        """The fastest of the good ones, where it was clearly faster than what serves: a word of warning, no choice."""
        one, serves = max(self.good, key=lambda form: form.speed), self.serves
        always = all(mine < other for mine, other in zip(one.seconds, serves.seconds, strict=True))
        return one if always and one.speed >= CLEARLY * serves.speed else None

    def ratio(self, one: Form) -> float:
        """How many times as fast as the plain form it was."""
        return one.speed / self.made[0].speed

    def save(self, models: Path) -> None:
        """Write what serves to ``<task>_<language>_fast``, beside the task's folder; where it is the plain one, nothing."""
        folder, chosen = fast_folder(models / self.data.name), self.serves
        if chosen.name == PLAIN:
            return shutil.rmtree(folder, ignore_errors=True)
        kind = chosen.model.card["kind"]
        told = {"name": self.data.name, "task": self.data.task, "form": chosen.name, "test": chosen.test.to_dict()}
        parts = {part: _unclocked(model) for part, model in getattr(chosen.model, "parts", {}).items()}
        card = {"name": folder.name, "kind": "task", "task": self.data.task, "language": self.data.language,
                "labels": self.data.labels, "serves": kind, "form": chosen.name, "made_from": self.made_from,
                "chosen_by": f"least work of the forms that lose at most {self.tolerance:g} macro F1 on the validation side",
                "machine": native(), "unlabelled_texts": self.unlabelled, "forms": [_row(one) for one in self.made]}
        save_task({kind: _unclocked(chosen.model, told), **parts}, card, folder)


def compare_forms(folder: Path, data: LabelledTexts, texts: list[str], tolerance: float,
                  study: Study | None = None, tell: Callable[[str], None] = lambda line: None) -> Forms:
    """Make every form of the model that serves a task, and tell them side by side.

    int8 and bfloat16 are made where this machine computes with them (:func:`workbench.models.device.native`).

    Forms with the plain model's own weights are compared with it on the validation side as it is now. The others learnt
    from no validation text, the plain one may have: these are compared with its score from before it did. Pools are weighed
    on the validation side and told there by folds, as in :func:`workbench.models.fit_pooled`.

    Args:
        folder: of the task, as 21_fine_tune writes it.
        data: the labelled texts it learnt from, on the same sides.
        texts: unlabelled texts of the same kind for students to learn from; none of the validation or test side.
        tolerance: macro F1, 0 to 1.
        tell: is called with a line of progress now and then.
    """
    forms, by_folds = _forms(folder, data, texts, study, tell)
    timed = (data.texts("test") * (TIMED // max(1, data.sizes["test"]) + 1))[:TIMED]
    seconds = interleaved({name: lambda model=model: model.probabilities(timed) for name, model in forms.items()})
    told = {name: model.probabilities(data.texts("test")) for name, model in forms.items()}
    lost, plain = _lost_validation(cards.read_card(folder), data, forms, by_folds), told[PLAIN]
    made = [Form(name, model, _size(model), tuple(one / len(timed) for one in seconds[name]), lost[name],
                 evaluate(data.codes("test"), told[name], data.labels, data.groups("test"), data.seed),
                 lost_f1(data, plain, told[name]), float((plain.argmax(axis=1) == told[name].argmax(axis=1)).mean()))
            for name, model in forms.items()]
    tell(f"{data.name}, measured: " + ", ".join(f"{one.name} {one.speed:,.0f}/s" for one in made))
    return Forms(data, made, tolerance, len(texts), cards.identity(folder))


def _forms(folder: Path, data: LabelledTexts, texts: list[str], study: Study | None, tell) -> tuple:
    """Classifier by name, the plain one first; and of pools what they say (n, labels) of the validation side, by folds."""
    plain, by_folds = load_classifier(folder), {}
    forms = {PLAIN: plain}
    if plain.card["kind"] == LINEAR:
        return forms, by_folds
    linear = load_classifier(folder, kind=LINEAR)
    forms |= {LINEAR_STUDENT: distil_linear(plain, data, texts, (study or Study()).seed), LINEAR: linear}
    pools = {LINEAR_POOL: {}}
    if encoder_of(plain):
        forms |= {precision: compress(plain, precision) for precision in native()}
        forms[STUDENT] = distil(plain, data, texts, study)
        tell(f"{data.name}: student of {forms[STUDENT].card['base']}, {forms[STUDENT].card['training_seconds']:.0f} s")
        if INT8 in native():
            forms[STUDENT_INT8] = compress(forms[STUDENT], INT8)
            pools[STUDENT_POOL] = {"encoder": forms[STUDENT_INT8]}
    chosen = (linear.card["strength"],), (linear.card["rarity"],)
    before = fit_linear(data, *chosen)  # what is stored has learnt from the validation side since
    for name, parts in pools.items():
        forms[name], by_folds[name] = fit_pooled(data, parts | {LINEAR: before})
        if LINEAR in forms[name].parts:
            forms[name].parts[LINEAR] = linear
    return {name: forms[name] for name in ORDER if name in forms}, by_folds


def interleaved(calls: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Seconds of each call in each round. All take turns, so what else the machine does meets them alike; a first turn
    warms up.

    >>> list(interleaved({"nothing": lambda: None, "sum": lambda: sum(range(9))}, rounds=1))
    ['nothing', 'sum']
    """
    found = {name: [] for name in calls}
    for _ in range(rounds + 1):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            found[name].append(time.perf_counter() - began)
    return {name: seconds[1:] for name, seconds in found.items()}


def lost_f1(data: LabelledTexts, plain: np.ndarray, other: np.ndarray) -> tuple[float, float, float]:
    """Macro F1 of ``plain`` (n, labels) less that of ``other`` on the test side, and its 95% interval.

    Both are resampled together by group (paired bootstrap), so what is hard for both does not widen the interval.
    """
    truth, unit = data.codes("test"), np.unique(data.groups("test"), return_inverse=True)[1]
    counted = [counts_by_group(truth, told.argmax(axis=1), unit, len(data.labels)) for told in (plain, other)]
    drawn = resample(int(unit.max()) + 1, data.seed).astype(float)
    whole, resampled = ([rates(weighed)["macro_f1"] for weighed in found] for found in (
        [one.sum(axis=1) for one in counted], [drawn @ one for one in counted]))
    return float(whole[0] - whole[1]), *middle(resampled[0] - resampled[1])


def _lost_validation(card: dict, data: LabelledTexts, forms: dict[str, Classifier], by_folds: dict) -> dict[str, float]:
    def f1(told) -> float:
        return float(rates(counts(data.codes("validation"), told.argmax(axis=1), len(data.labels)))["macro_f1"])

    now = {name: f1(by_folds[name] if name in by_folds else model.probabilities(data.texts("validation")))
           for name, model in forms.items()}
    before = {kind: scores["macro_f1"] for kind, scores in card["validation"].items()}
    found = {name: (now[PLAIN] if name in (PLAIN, BFLOAT16, INT8) else before[card["serves"]]) - one
             for name, one in now.items()}
    return found | ({LINEAR: before[card["serves"]] - before[LINEAR]} if LINEAR in forms else {})


def _unclocked(model: Classifier, told: dict | None = None) -> Classifier:
    """The model with a card that says ``told`` and no seconds, so that the same inputs make the same files."""
    one = copy.copy(model)
    one.card = {name: value for name, value in model.card.items() if name != "training_seconds"} | (told or {})
    return one


def _size(model: Classifier) -> int:
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        save_task({model.card["kind"]: model, **getattr(model, "parts", {})}, {}, Path(folder) / "model")
        return sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())


def _row(one: Form) -> dict:
    f1, low, high = one.test.value("macro_f1")
    return {"form": one.name, "bytes": one.size, "lost_on_validation": round(one.lost_validation, 4),
            "macro_f1": round(f1, 4), "ci_lower": round(low, 4), "ci_upper": round(high, 4),
            "lost": round(one.lost[0], 4), "agreement": round(one.agreement, 4)}
