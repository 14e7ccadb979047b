"""A model's card and its folder: written whole or not at all, checked when read."""

import hashlib
import json
import os
import shutil
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from workbench.errors import ModelError

CARD, WEIGHTS, SEEN = "card.json", "model.safetensors", "seen.txt"


@contextmanager
def replacing_folder(folder: Path):
    """Yield an empty folder beside ``folder`` to write to; put it in the place of ``folder`` if the block ends well."""
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside, old = (folder.with_name(f".{folder.name}.{os.getpid()}.{what}") for what in ("part", "old"))
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    try:
        yield beside
        if folder.exists():
            os.replace(folder, old)
        os.replace(beside, folder)
    except BaseException:
        if old.exists() and not folder.exists():
            os.replace(old, folder)
        raise
    finally:
        for rest in (beside, old):
            shutil.rmtree(rest, ignore_errors=True)


def write_card(folder: Path, card: dict) -> None:
    """Write ``card.json``; where weights lie beside it, with their SHA-256."""
    weights = folder / WEIGHTS
    if weights.exists():
        card = {**card, "sha256": sha256(weights)}
    (folder / CARD).write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_card(folder: Path) -> dict:
    """The card of a model's folder.

    Raises:
        ModelError: there is none, or it cannot be read.
    """
    path = Path(folder) / CARD
    if not path.is_file():
        raise ModelError(f"no model in {folder}: {CARD} is not there; train one with the notebook 21_fine_tune, "
                         "or name another folder")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ModelError(f"{path} is damaged ({error}); train the model again") from None


def check_weights(path: Path, expected: str) -> None:
    """Refuse a weight file whose SHA-256 is not ``expected``.

    Raises:
        ModelError: it is missing or another.
    """
    if not path.is_file():
        raise ModelError(f"{path} is not there; train or fetch the model again")
    if (found := sha256(path)) != expected:
        raise ModelError(f"{path} has the SHA-256 {found}, expected {expected}: damaged or exchanged; "
                         "train or fetch the model again")


def sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def identity(folder: Path) -> str:
    """16 characters that tell a task's models from all others: of its cards, which hold the SHA-256 of the weights."""
    found = sorted(Path(folder).rglob(CARD))
    return hashlib.sha256("".join(sha256(path) for path in found).encode()).hexdigest()[:16]


def versions(*packages: str) -> dict[str, str]:
    """Installed versions of packages, for a card."""
    return {name: metadata.version(name) for name in packages}


def describe(card: dict) -> str:
    """A classifier and its held-out score in a sentence, from its card.

    >>> describe({"kind": "linear", "name": "needs_en", "test": {"texts": 50, "groups": 10, "table": [
    ...     {"metric": "macro_f1", "label": "", "value": .61, "ci_lower": .5, "ci_upper": .7}]}})
    'the linear model needs_en: macro F1 0.61 (95% interval 0.50 to 0.70) on 50 held-out texts.'
    """
    kind = {"linear": "linear model", "latent": "model of latent meaning",
            "pooled": f"pool of {' and '.join(card.get('parts', []))} model"}.get(card["kind"])
    kind = kind or f"BERT ({Path(card['base']).name})"
    name = card["name"]
    if card.get("form", card["kind"]) != card["kind"]:
        name += f" ({card['form']})"
    scores = {row["metric"]: row for row in card.get("test", {}).get("table", []) if not row["label"]}
    if "macro_f1" not in scores:
        return f"the {kind} {name}, whose held-out score is not known."
    f1 = scores["macro_f1"]
    return (f"the {kind} {name}: macro F1 {f1['value']:.2f} (95% interval {f1['ci_lower']:.2f} to "
            f"{f1['ci_upper']:.2f}) on {card['test']['texts']:,} held-out texts.")
