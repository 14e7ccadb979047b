"""Verdicts kept as one table beside the weeks, written by several notebooks and imports at once, none lost."""

import hashlib
import json
import re
import uuid
from dataclasses import dataclass, replace

import pandas as pd

from workbench import paths
from workbench.errors import ParameterError, did_you_mean
from workbench.privacy import mask
from workbench.tables import Week, conform, contract
from workbench.tables.contracts import VERDICTS
from workbench.text import clean
from workbench.verdicts.objections import OBJECTED, corrections

TABLE, LABELS = "verdicts", "labels"
WRONG_WORDS = VERDICTS[-1]
LONGEST_NAME, LONGEST_NOTE = 40, 1000  # characters
EXPLAINED = ["task", "language", "text", "product", "rule", "card", "label", "probability"]  # taken from the explained text
_NAME = re.compile(rf"\w(?:[\w .'·-]{{0,{LONGEST_NAME - 2}}}\w)?")
_PER_RUN = ("training_seconds",)  # what two trainings of the same model differ in


@dataclass(frozen=True)
class Verdict:
    """What one reviewer says of one text.

    Attributes:
        verdict: of :data:`workbench.tables.contracts.VERDICTS`; ``right_label`` belongs to ``disagree``, and only there.
        time: when; None is now.
        words: which words are wrong, where the verdict says that some are: first character in the text, and the one behind
            the last, in the order of the text.
    """

    reviewer: str
    verdict: str
    right_label: str | None = None
    note: str = ""
    time: pd.Timestamp | None = None
    words: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Merged:
    """What became of verdicts: how many are new, how many were there already, how many texts the new ones correct."""

    new: int
    duplicates: int
    corrected: int


def card_hash(card: dict) -> str:
    """16 characters that tell a model from all others: of its card, which holds the SHA-256 of its weights.

    How long it trained does not count: the same training gives the same hash.
    """
    lasting = {name: value for name, value in card.items() if name not in _PER_RUN}
    return hashlib.sha256(json.dumps(lasting, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def history(shop: Week) -> pd.DataFrame:
    """Table ``verdicts``: every verdict ever given, in the order in which they came; no rows where there is none."""
    if shop.has(TABLE):
        return shop.read(TABLE)
    return conform(pd.DataFrame(columns=contract(TABLE).names), contract(TABLE))


def checked(given: Verdict, text: pd.Series) -> Verdict:
    """The verdict with its note cleaned and masked.

    Args:
        text: row of the table ``explained_texts``.

    Raises:
        ParameterError: the reviewer is no name or holds personal data, the verdict is none, a right label is missing,
            superfluous, unknown or the model's own, words are marked that the text does not have or that nobody called
            wrong, the note is too long.
    """
    reviewer = given.reviewer.strip()
    if not _NAME.fullmatch(reviewer) or mask(reviewer)[0] != reviewer:
        raise ParameterError(f"reviewer {given.reviewer[:60]!r} must be initials or a pseudonym of 1 to {LONGEST_NAME} "
                             "letters, digits, spaces, dots or hyphens, and no address or number of a person")
    if given.verdict not in VERDICTS:
        raise ParameterError(f"verdict {given.verdict[:60]!r} is none of {', '.join(VERDICTS)};"
                             f"{did_you_mean(given.verdict[:60], VERDICTS)} Give one of these")
    if (given.verdict == "disagree") != (given.right_label is not None):
        raise ParameterError(f"verdict {given.verdict!r} has the right label {given.right_label!r}; who disagrees must name "
                             "one, and nobody else may")
    predicted = text["label"]
    others = [label for label in text["labels"] if label != predicted]
    if given.right_label is not None and given.right_label not in others:
        raise ParameterError(f"right label {given.right_label[:60]!r} is none of {', '.join(others)}; the model says "
                             f"{predicted}. Name one of these")
    if given.words and given.verdict != WRONG_WORDS:
        raise ParameterError(f"verdict {given.verdict!r} marks words; only {WRONG_WORDS!r} may")
    end = 0
    for span in given.words:
        if not end <= span[0] < span[1] <= len(text["text"]) or not text["text"][slice(*span)].strip():
            raise ParameterError(f"marked words {str(given.words)[:60]} must be places of words, one behind the other, in "
                                 f"the {len(text['text']):,} characters of the text; mark them anew")
        end = span[1]
    if len(given.note) > LONGEST_NOTE:
        raise ParameterError(f"the note has {len(given.note):,} characters, {LONGEST_NOTE:,} are allowed; shorten it")
    return replace(given, reviewer=reviewer, note=mask(clean(given.note))[0])


def give(shop: Week, text: pd.Series, given: Verdict) -> str:
    """Append one verdict; its identity is returned.

    Args:
        text: row of the table ``explained_texts``.

    Raises:
        ParameterError: of :func:`checked`. TableError: a field breaks the contract.
    """
    entry = uuid.uuid4().hex
    merge(shop, pd.DataFrame([row_of(shop.week, text, given) | {"entry": entry}]))
    return entry


def row_of(week: str, text: pd.Series, given: Verdict) -> dict:
    """A row of the table ``verdicts`` but for its ``entry``. Raises ParameterError, of :func:`checked`."""
    given = checked(given, text)
    time = pd.Timestamp.now("UTC") if given.time is None else given.time
    return {"reviewer": given.reviewer, "time": time.floor("us"), "week": week, **{name: text[name] for name in EXPLAINED},
            "verdict": given.verdict, "right_label": given.right_label, "note": given.note or None,
            "words": [list(span) for span in given.words]}


def merge(shop: Week, rows: pd.DataFrame) -> Merged:
    """Add rows whose ``entry`` is not there yet, all or none; corrected texts become labels."""
    rows = conform(rows, contract(TABLE))
    with paths.alone(shop.path(TABLE)):
        before = history(shop)
        new = rows[~rows["entry"].isin(before["entry"]).to_numpy(dtype=bool)]
        after = pd.concat([before, new], ignore_index=True) if len(before) and len(new) else new if len(new) else before
        if len(new):
            _replace(shop, after)
        return Merged(len(new), len(rows) - len(new), int(corrections(after)["entry"].isin(new["entry"]).sum()))


def take_back(shop: Week, entry: str) -> None:
    """Undo one verdict, as if it had never been given: what stood before stands again."""
    with paths.alone(shop.path(TABLE)):
        rows = history(shop)
        _replace(shop, rows[(rows["entry"] != entry).to_numpy(dtype=bool)])


def _replace(shop: Week, rows: pd.DataFrame) -> None:
    """Write all verdicts, and the labels that follow from them; these first, since they can be made again."""
    with paths.alone(shop.path(LABELS)):
        given = shop.read(LABELS) if shop.has(LABELS) else conform(pd.DataFrame(columns=contract(LABELS).names),
                                                                   contract(LABELS))
        own = given[(given["picked"] != OBJECTED).to_numpy(dtype=bool)]
        parts = [part for part in (own, conform(corrections(rows), contract(LABELS))) if len(part)]
        wanted = pd.concat(parts).sort_values("time", kind="stable", ignore_index=True) if parts else own
        if not wanted.equals(given):  # models learn anew from labels, so these are left alone where nothing changed
            _write(shop, LABELS, wanted)
    _write(shop, TABLE, rows)


def _write(shop: Week, table: str, rows: pd.DataFrame) -> None:
    if len(rows):
        shop.write(table, rows)
    else:
        shop.path(table).unlink(missing_ok=True)
