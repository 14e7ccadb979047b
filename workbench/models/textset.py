"""Labelled texts of one task in one language, each on one side of a split."""

import hashlib
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from workbench.errors import ModelError

SIDES = ("train", "validation", "test")
SHARES = {"test": 0.25, "validation": 0.15, "train": 0.60}
ENOUGH = {"test": 4000, "validation": 2000}  # texts: an accuracy to ±1.5 points; more of them teach more than they tell
FEWEST_GROUPS = 10  # with fewer products, holding some out says little: texts are held out instead
FEWEST_OF_A_LABEL = 10  # with fewer texts, a label can be neither learnt nor tested
FEWEST_TEXTS = 100
BALANCE = 0.5  # power of the class weights, unless a recipe says otherwise


@dataclass(frozen=True)
class LabelledTexts:
    """The one object that goes through fitting, choosing and testing.

    Attributes:
        task, language: e.g. ``sentiment`` and ``en``.
        frame: ``text, label, group, side``; no group is on two sides, nor is a training text repeated on another.
        origin: whose labels they are.
        seed: seed of the split.
        held_out_by: ``product``, ``text`` or ``source`` (the source said which side).
        left_out: rows left out, by reason.
    """

    task: str
    language: str
    frame: pd.DataFrame
    origin: str
    seed: int
    held_out_by: str
    left_out: dict[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the model that learns from them."""
        return f"{self.task}_{self.language}"

    @property
    def labels(self) -> list[str]:
        """Labels in alphabetical order: the order of every probability and confusion."""
        return sorted(self.frame["label"].unique())

    @property
    def sizes(self) -> dict[str, int]:
        """Texts on each side."""
        return {side: int((self.frame["side"] == side).sum()) for side in SIDES}

    def texts(self, side: str) -> list[str]:
        """The texts of a side."""
        return self.frame.loc[self.frame["side"] == side, "text"].tolist()

    def codes(self, side: str) -> np.ndarray:
        """Their labels as places in ``labels``."""
        index = {label: i for i, label in enumerate(self.labels)}
        return self.frame.loc[self.frame["side"] == side, "label"].map(index).to_numpy(dtype=np.int64)

    def groups(self, side: str) -> np.ndarray:
        """Their groups."""
        return self.frame.loc[self.frame["side"] == side, "group"].to_numpy()

    @property
    def seen(self) -> set[str]:
        """Hashes of the training texts."""
        return {text_hash(text) for text in self.texts("train")}

    def weights(self, balance: float = BALANCE) -> np.ndarray:
        """(labels,): each label's weight in a loss, by its rarity on the training side to the power of ``balance``: 0 leaves
        labels as frequent as they are, 1 makes all count alike."""
        counts = np.bincount(self.codes("train"), minlength=len(self.labels))
        return (counts.sum() / (len(counts) * counts)) ** balance

    def part(self, share: float) -> "LabelledTexts":
        """The same with only a share of the training groups, in the order of a seeded hash."""
        order = _by_hash(self.frame.loc[self.frame["side"] == "train", "group"].unique(), self.seed + 1)
        return self._learning_from("group", set(order[:max(1, round(len(order) * share))]))

    def at_most(self, texts: int) -> "LabelledTexts":
        """The same with at most so many training texts, in the order of a seeded hash; 0 keeps all."""
        if not texts or self.sizes["train"] <= texts:
            return self
        return self._learning_from("text", set(_by_hash(self.texts("train"), self.seed + 1)[:texts]))

    def joined(self) -> "LabelledTexts":
        """The same with the validation side as a part of the training side."""
        return replace(self, frame=self.frame.assign(side=self.frame["side"].replace("validation", "train")))

    def _learning_from(self, column: str, kept: set[str]) -> "LabelledTexts":
        stays = (self.frame["side"] != "train") | self.frame[column].isin(kept)
        return replace(self, frame=self.frame[stays.to_numpy()].reset_index(drop=True))


def split(frame: pd.DataFrame, task: str, language: str, seed: int = 0, origin: str = "") -> LabelledTexts:
    """Put every text on a side: as the source says, else by product, else by the text itself.

    Products are ordered by a seeded hash and fill test, validation and train in turn, so a product seldom changes its side
    when others come in; so are the texts of each label where texts are held out.

    Args:
        frame: ``text, label`` and, where known, ``product`` and ``split``.
        origin: whose labels they are.

    Raises:
        ModelError: fewer than two labels or than 100 texts are left.

    >>> frame = pd.DataFrame({"text": [f"text {i}" for i in range(200)], "label": ["a", "b"] * 100})
    >>> split(frame, "task", "en").sizes
    {'train': 120, 'validation': 30, 'test': 50}
    """
    frame, left_out = _usable(frame)
    if len(frame) < FEWEST_TEXTS or frame["label"].nunique() < 2:
        raise ModelError(f"{task}_{language}: {len(frame)} texts with {frame['label'].nunique()} labels of at least "
                         f"{FEWEST_OF_A_LABEL} texts each; a model needs {FEWEST_TEXTS} texts and 2 labels")
    frame, held_out_by = _grouped(frame)
    given = frame["split"]
    strata = frame["label"] if held_out_by == "text" else pd.Series("", frame.index)
    frame["side"] = _sides(frame["group"], given, seed, strata)
    if given.notna().any():
        held_out_by = "source"
    texts = frame["text"].map(normal)
    of = {side: (frame["side"] == side).to_numpy() for side in SIDES}
    in_test, in_validation = (texts.isin(texts[of[side]]).to_numpy() for side in ("test", "validation"))
    repeated = ~of["test"] & in_test | of["train"] & in_validation
    if repeated.any():
        left_out["text to learn from that also stands in validation or test"] = int(repeated.sum())
    frame = frame.loc[~repeated, ["text", "label", "group", "side"]].reset_index(drop=True)
    made = LabelledTexts(task, language, frame, origin, seed, held_out_by, left_out)
    for side in SIDES:
        if missing := set(made.labels) - set(frame.loc[frame["side"] == side, "label"]):
            raise ModelError(f"{made.name}: no text of {side} is labelled {', '.join(sorted(missing))}; "
                             f"give more labelled texts or another seed than {seed}")
    return made


def normal(text: str) -> str:
    """What makes two texts the same: letters without case, runs of space as one."""
    return " ".join(str(text).casefold().split())


def text_hash(text: str) -> str:
    """16 hexadecimal characters of the SHA-256 of the normal text.

    >>> text_hash("Good  Kettle") == text_hash("good kettle")
    True
    """
    return hashlib.sha256(normal(text).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _usable(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    frame = pd.DataFrame({name: frame[name].astype("object") if name in frame else None
                          for name in ("text", "label", "product", "split")}, index=frame.index)
    frame = frame.where(frame.notna(), None)
    left_out = {}

    def drop(rows, reason: str) -> None:
        nonlocal frame
        if rows.any():
            left_out[reason] = int(rows.sum())
            frame = frame[~rows.to_numpy()]

    drop(frame["text"].map(lambda text: not str(text or "").strip()), "empty text")
    drop(frame.duplicated(["text", "label", "product", "split"]), "the same text and label twice")
    counts = frame["label"].map(frame["label"].value_counts())
    drop(counts < FEWEST_OF_A_LABEL, f"label with fewer than {FEWEST_OF_A_LABEL} texts")
    return frame.copy(), left_out


def _grouped(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    of_text = frame["text"].map(lambda text: f"text {text_hash(text)}")
    if frame["product"].nunique() < FEWEST_GROUPS:
        return frame.assign(group=of_text), "text"
    return frame.assign(group=frame["product"].where(frame["product"].notna(), of_text)), "product"


def _sides(groups: pd.Series, given: pd.Series, seed: int, strata: pd.Series) -> pd.Series:
    """Sides not given are filled by quota, stratum by stratum; a side that the source gave is never filled up."""
    side = given.copy()
    shares = {name: share for name, share in SHARES.items() if name == "train" or not (given == name).any()}
    open_ = given.isna() | ((given == "train") & (len(shares) > 1))
    total = max(int(open_.sum()), 1)
    shares = {name: min(share, ENOUGH[name] / total) if name in ENOUGH else 1.0 for name, share in shares.items()}
    of_group = {}
    for _, part in groups[open_].groupby(strata[open_], sort=True):
        of_group |= _filled(part, shares, seed)
    return side.where(~open_, groups.map(lambda name: of_group.get(name, "train")))


def _filled(groups: pd.Series, shares: dict[str, float], seed: int) -> dict[str, str]:
    """A side for each group: in the order of a seeded hash they fill the shares."""
    sizes = groups.value_counts()
    order = _by_hash(sizes.index, seed)
    middle = sizes.loc[order].cumsum() - sizes.loc[order] / 2  # a large group goes where most of it falls
    edge, found = 0.0, {}
    for name, share in shares.items():
        inside = (middle >= edge * len(groups)) & (middle < (edge + share) * len(groups))
        found |= dict.fromkeys(middle.index[inside], name)
        edge += share
    return found


def _by_hash(names, seed: int) -> list[str]:
    return sorted(names, key=lambda name: hashlib.sha256(f"{seed} {name}".encode("utf-8", "surrogatepass")).digest())
