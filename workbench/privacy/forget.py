"""One customer leaves: out of every table, finding, notebook and page of a source; what cannot be unlearnt is said."""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench import paths, sealed
from workbench.errors import ParameterError, SourceError
from workbench.privacy import forgotten
from workbench.privacy.pseudonyms import Pseudonyms
from workbench.privacy.traces import SHORTEST, WORDS, Traces, holds, name_of, normal, own_parts, pieces, rows_of
from workbench.tables import Source
from workbench.tables.records import lines_of

MODELS, LEARN = "models", ("20_pretrain", "21_fine_tune", "22_compress")
SAID = {"products": ("name", "name_zh", "description", "description_zh"), "orders": ("name",),
        **dict.fromkeys(("labelled_texts", "labels", "verdicts", "explained_texts"), ("text",))}
GONE = "a customer was forgotten; the next weekly run makes it again"


@dataclass
class Forgetting:
    """What was done, by path below the source's reports.

    Attributes:
        rows: rows removed from each table file.
        removed: files that held traces and went as a whole.
        weeks: folders of the weeks of which something went.
        saw: models whose list of training texts holds one of the customer's.
        may: models without such a list that learnt from all reviews.
        raw: raw files that hold the real id, with the number of lines or rows.
        unread: what was wrong with raw files that could not be searched.
    """

    traces: Traces
    rows: dict[str, int] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    weeks: list[Path] = field(default_factory=list)
    saw: list[str] = field(default_factory=list)
    may: list[str] = field(default_factory=list)
    raw: dict[str, int] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


def forget(identity: str, source: Source) -> Forgetting:
    """Remove the customer with this real id from all that was made of the source, and have the door drop them from now on.

    Raises:
        ParameterError: no table and no raw file knows the id. TableError: a table cannot be read.
    """
    folder = paths.reports() / source.name
    _clear(folder)
    made = Forgetting(gather(identity, folder))
    made.raw, made.unread = in_raw_files(identity, source)
    known = made.raw or any(holds(path, made.traces) for path in tables(folder))
    if not known:
        raise ParameterError(f"no customer {identity!r} in the {len(tables(folder)):,} tables under {folder} and in "
                             f"{len(source.raw_files):,} raw files of {source.name}; give the id as it stands in the raw "
                             "files, and the key (WORKBENCH_KEY) that the tables were made with")
    forgotten.add(folder, made.traces.customer, list(made.traces.texts))
    _models(folder, made)
    for path in files(folder):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".parquet":
            if gone := _without(path, made.traces):
                made.rows[name] = gone
        elif holds(path, made.traces):
            path.unlink()
            made.removed.append(name)
    _remember(folder, made)
    return made


def _clear(folder: Path) -> None:
    """Remove what a run that was killed left on its way, rows in files that end in the middle, and what models remember of
    texts: as hashes, which do not tell whose they are."""
    from workbench.models.memory import MEMORY

    for left in [path for what in (".intake/staged", ".intake/spill", ".intake/*.whole", ".intake/.*.part", "tables/.*.part",
                                   f"*/{MEMORY}") for path in folder.glob(f"*/{what}")]:
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def prove(folder: Path, traces: Traces) -> tuple[Counter, list[str]]:
    """How many files of each kind were searched, and the paths of those that still tell of the customer."""
    searched, left = Counter(), []
    for path in files(folder):
        searched[path.suffix or "without suffix"] += 1
        if holds(path, traces):
            left.append(path.relative_to(folder).as_posix())
    return searched, left


def gather(identity: str, folder: Path) -> Traces:
    """The customer's pseudonym, and from the tables of all weeks what they alone wrote."""
    customer = Pseudonyms().of(pd.Series([identity], dtype="string"), "customer").iloc[0]
    reviews, own, shared = set(), {}, set()
    for rows in _reviews(folder):
        mine = rows.filter(pc.equal(rows["customer"], customer))
        reviews |= set(mine["review"].drop_null().to_pylist())
        own |= dict.fromkeys(mine["text"].drop_null().to_pylist())

    def others() -> Iterator[str]:
        for rows in _reviews(folder):
            texts = rows.filter(pc.fill_null(pc.not_equal(rows["customer"], customer), True))["text"].unique()
            for text in texts.drop_null().to_pylist():
                if text in own:
                    shared.add(text)
                yield text
        yield from _elsewhere(folder, list(own))

    parts = own_parts(list(own), others())
    return Traces(customer, identity, frozenset(reviews), tuple(text for text in own if text not in shared), parts)


def _reviews(folder: Path) -> Iterator[pa.Table]:
    """The reviews of all weeks, a row group at a time."""
    for path in tables(folder):
        if name_of(path) == "reviews":
            yield from sealed.groups(path)


def _elsewhere(folder: Path, own: list[str]) -> Iterator[str]:
    """Texts besides the reviews that are not the customer's: the shop's own, and those of labels and verdicts."""
    whole = "\n".join(map(normal, own))
    long = [one for one in map(normal, own) if len(one) >= SHORTEST]
    for path in tables(folder):
        for rows in sealed.groups(path) if name_of(path) in SAID else ():
            for column in SAID[name_of(path)]:
                for text in rows[column].unique().drop_null().to_pylist() if column in rows.column_names else ():
                    if normal(text) not in whole and not any(one in normal(text) for one in long):
                        yield text


def in_raw_files(identity: str, source: Source) -> tuple[dict[str, int], list[str]]:
    """Raw files that hold the id as a word of its own, with the number of lines or rows, and what could not be searched.

    They are the shop's to change.
    """
    told = re.compile(r"(?<![0-9A-Za-z_-])" + re.escape(identity) + r"(?![0-9A-Za-z_-])")
    found, unread = {}, []
    for path, rule in source.rules.items():
        try:
            if lines := sum(bool(told.search(line)) for line in lines_of(path, rule)):
                found[str(path)] = lines
        except SourceError as error:
            unread.append(str(error))
    return found, unread


def files(folder: Path) -> list[Path]:
    """Every file of the source's reports."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def tables(folder: Path) -> list[Path]:
    """Every Parquet file of the source's reports."""
    return [path for path in files(folder) if path.suffix == ".parquet"]


def _without(path: Path, traces: Traces) -> int:
    """Take the customer's rows out of a table; how many they were. It passes through memory a row group at a time."""
    name = name_of(path)
    gone = sum(int(rows_of(rows, traces, name).sum()) for rows in pieces(path))
    if gone and name == WORDS:
        table = sealed.load(path)
        with paths.replacing(path) as beside:
            sealed.store(table.filter(pa.array(~rows_of(table, traces, name))), beside)
    elif gone:
        sealed.rewrite(path, lambda rows: rows.filter(pa.array(~rows_of(rows, traces, name))))
    return gone


def _models(folder: Path, made: Forgetting) -> None:
    if not made.traces.texts:
        return
    from workbench.models import text_hash
    from workbench.models.classifier import read_seen

    hashes = set(map(text_hash, made.traces.texts))
    for card in sorted((folder / MODELS).rglob("card.json")):
        name, seen = card.parent.relative_to(folder / MODELS).as_posix(), read_seen(card.parent)
        if seen & hashes:
            made.saw.append(name)
        elif not seen and name.startswith("encoder_"):
            made.may.append(name)


def _remember(folder: Path, made: Forgetting) -> None:
    """Let the runner make again what went: its memory of good runs, and what ``run.json`` says of them."""
    touched = {name.split("/")[0] for name in (*made.rows, *made.removed)}
    made.weeks = [path.parent for path in sorted(folder.glob("*/run.json")) if path.parent.name in touched]
    if made.saw or made.may:
        for notebook in LEARN:
            (folder / ".runs" / f"{notebook}.json").unlink(missing_ok=True)
    for week in made.weeks:
        (week / ".runs" / "10_preprocess.json").unlink(missing_ok=True)
        run = json.loads((week / "run.json").read_text(encoding="utf-8"))
        for name, entry in run["notebooks"].items():
            if f"{week.name}/findings/{name}.json" in made.removed:
                entry |= {"status": "not run", "reason": GONE, "kernel_started": False}
                (week / ".runs" / f"{name}.json").unlink(missing_ok=True)
        with paths.replacing(week / "run.json") as beside:
            beside.write_text(json.dumps(run, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def account(made: Forgetting, folder: Path) -> list[str]:
    """What was done, in words, a line each."""
    lines = [f"{rows:,} rows removed from {name}" for name, rows in made.rows.items()]
    lines += [f"removed, and made again by the next weekly run: {name}" for name in made.removed]
    lines += [f"the door drops the customer from now on: {folder / forgotten.FILE} (hashes only)"]
    lines += [f"model {name} learnt from texts of the customer; it trains again in the next weekly run, and until then its "
              "weights are as they were" for name in made.saw]
    lines += [f"model {name} learnt from all reviews, so from the customer's too; it trains again in the next weekly run"
              for name in made.may]
    lines += [f"raw file {name} holds the id in {count:,} lines: it is the shop's to change, nothing was changed in it"
              for name, count in made.raw.items()]
    lines += [f"a raw file was not searched: {error}" for error in made.unread]
    return lines
