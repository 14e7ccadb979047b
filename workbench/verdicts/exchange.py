"""Files of verdicts that a page exported: read strictly, merged whole or not at all. Nothing in them is trusted."""

import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from workbench.errors import ParameterError
from workbench.models import text_hash
from workbench.tables import Week
from workbench.verdicts.store import Merged, Verdict, merge, row_of

FORMAT, VERSION = "workbench-verdicts", 2
LARGEST = 1 << 20  # bytes
MOST = 5000  # verdicts
AHEAD = pd.Timedelta(days=1)  # by how much a reviewer's clock may be fast
FIELDS = {"format": str, "version": int, "source": str, "week": str, "reviewer": str, "verdicts": list}
VERDICT = {"text": str, "card": str, "label": str, "verdict": str, "right_label": (str, type(None)), "words": list,
           "note": str, "time": str}
_HALVES = re.compile("[\ud800-\udfff]")
KINDS = {str: "a text", int: "a whole number", list: "a list", (str, type(None)): "a text or null"}
WAY_OUT = "export it anew from the report, and do not edit it"


@dataclass(frozen=True)
class Sent:
    """What a file says: which week's texts, and the verdicts as plain values with the fields of :data:`VERDICT`."""

    name: str
    source: str
    week: str
    reviewer: str
    verdicts: list[dict]


def read_file(path: Path) -> Sent:
    """Read a file and check all that can be told from it alone.

    Raises:
        ParameterError: not a file, too large, no JSON, another format or version, a field missing, unknown or of another
            kind, no verdict or too many.
    """
    path = Path(path)
    if not path.is_file():
        raise ParameterError(f"{path} is no file; name a file that a report exported")
    if (size := path.stat().st_size) > LARGEST:
        raise ParameterError(f"{path.name} has {size:,} bytes, at most {LARGEST:,} are read; it is no export of a report")
    try:
        plain = json.loads(path.read_bytes().decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are of these
        raise ParameterError(f"{path.name} is not readable as JSON ({str(error)[:120]}); {WAY_OUT}") from None
    _fields(plain, FIELDS, path.name)
    if plain["format"] != FORMAT:
        raise ParameterError(f"{path.name} has the format {plain['format'][:60]!r}, expected {FORMAT!r}; name a file that a "
                             "report exported")
    if plain["version"] != VERSION:
        raise ParameterError(f"{path.name} has version {plain['version']}, this workbench reads {VERSION}; use the "
                             "workbench that made the report")
    if not 1 <= len(plain["verdicts"]) <= MOST:
        raise ParameterError(f"{path.name} holds {len(plain['verdicts']):,} verdicts; 1 to {MOST:,} can be read")
    for number, verdict in enumerate(plain["verdicts"], 1):
        _fields(verdict, VERDICT, where := f"{path.name}, verdict {number}")
        if wrong := [span for span in verdict["words"] if not _is_span(span)]:
            raise ParameterError(f"{where}: the marked word {str(wrong[0])[:40]} must be two whole numbers; {WAY_OUT}")
    return Sent(path.name, *(plain[name] for name in ("source", "week", "reviewer", "verdicts")))


def accept(files: list[tuple[Sent, Week]]) -> Merged:
    """Check files against the texts that their weeks explained, then merge them at once; one that is wrong stops all.

    Args:
        files: each with the week it names, all of one source.

    Raises:
        ParameterError: the week explained no text, or a verdict does not fit what it explained.
    """
    rows = pd.concat([rows_of(sent, week) for sent, week in files]).drop_duplicates("entry", ignore_index=True)
    made = merge(files[0][1], rows)
    return replace(made, duplicates=sum(len(sent.verdicts) for sent, _ in files) - made.new)


def rows_of(sent: Sent, week: Week) -> pd.DataFrame:
    """Rows of the table ``verdicts``; the entry of a row is a hash of what it says, so the same twice is a duplicate."""
    texts = _explained(sent, week)
    rows, told = [], {}
    for number, plain in enumerate(sent.verdicts, 1):
        where = f"{sent.name}, verdict {number}"
        text = _text(plain, texts, where)
        time = _time(plain["time"], where)
        try:
            row = row_of(week.week, text, Verdict(sent.reviewer, plain["verdict"], plain["right_label"], plain["note"],
                                                  time, tuple(map(tuple, plain["words"]))))
        except ParameterError as error:
            raise ParameterError(f"{where}: {error}") from None
        row["entry"] = hashlib.sha256(json.dumps([sent.source, *map(str, row.values())]).encode()).hexdigest()[:32]
        if told.setdefault(key := (plain["text"], plain["card"]), row["entry"]) != row["entry"]:
            raise ParameterError(f"{where}: text {key[0][:20]!r} was judged before in this file, and otherwise; {WAY_OUT}")
        rows.append(row)
    return pd.DataFrame(rows).drop_duplicates("entry", ignore_index=True)


def _explained(sent: Sent, week: Week) -> dict[tuple[str, str], pd.Series]:
    """Explained texts by hash of the text and card; a card is of one task."""
    if not week.has("explained_texts"):
        raise ParameterError(f"{sent.name} judges texts of {sent.source[:40]} {week.week}, where none was explained; run "
                             "31_attention of that week first, or bring its tables back")
    return {(text_hash(row["text"]), row["card"]): row for _, row in week.read("explained_texts").iterrows()}


def _text(plain: dict, texts: dict, where: str) -> pd.Series:
    found = texts.get((plain["text"], plain["card"]))
    if found is not None and plain["label"] == found["label"]:
        return found
    if found is not None:
        raise ParameterError(f"{where}: the model said {found['label']} of this text, the file says "
                             f"{plain['label'][:40]!r}; {WAY_OUT}")
    if plain["card"] in (cards := {card for _, card in texts}):
        raise ParameterError(f"{where}: text {plain['text'][:20]!r} is none that the week explained; {WAY_OUT}")
    raise ParameterError(f"{where}: model {plain['card'][:20]!r} explained no text of the week; known are "
                         f"{', '.join(sorted(cards))}. {WAY_OUT[0].upper()}{WAY_OUT[1:]}")


def _time(text: str, where: str) -> pd.Timestamp:
    try:
        time = pd.Timestamp(text if len(text) <= 40 else "")
    except ValueError:
        time = pd.NaT
    if time is pd.NaT or time.tzinfo is None:
        raise ParameterError(f"{where}: time {text[:40]!r} is none; it must be like 2026-11-16T09:30:00Z")
    time = time.tz_convert("UTC")
    if not pd.Timestamp("2020-01-01", tz="UTC") <= time <= pd.Timestamp.now("UTC") + AHEAD:
        raise ParameterError(f"{where}: time {text[:40]!r} is before 2020 or to come; set the clock right and export anew")
    return time


def _fields(plain, fields: dict, where: str) -> None:
    if not isinstance(plain, dict):
        raise ParameterError(f"{where} is no JSON object; {WAY_OUT}")
    if missing := [name for name in fields if name not in plain]:
        raise ParameterError(f"{where} lacks the field {missing[0]!r}; {WAY_OUT}")
    if unknown := [name for name in plain if name not in fields]:
        raise ParameterError(f"{where} has the field {unknown[0][:40]!r}, which nobody knows; {WAY_OUT}")
    for name, kind in fields.items():
        if not isinstance(plain[name], kind) or isinstance(plain[name], bool):
            raise ParameterError(f"{where}: field {name!r} must be {KINDS[kind]}, is {str(plain[name])[:40]!r}; {WAY_OUT}")
        if isinstance(plain[name], str) and not plain[name].isascii() and _HALVES.search(plain[name]):
            raise ParameterError(f"{where}: field {name!r} holds half a character (a lone surrogate); {WAY_OUT}")


def _is_span(value) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(at) is int and 0 <= at < LARGEST for at in value)


def _once(pairs: list[tuple]) -> dict:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a field stands twice")
    return made


def _refuse_constant(name: str):
    raise ValueError(f"{name} is no JSON")
