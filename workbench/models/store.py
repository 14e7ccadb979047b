"""Models on disk: load what serves, save a task's models side by side.

A task's folder holds ``card.json`` that names what serves, and ``encoder/``, ``linear/`` and ``pooled/`` with weights
and cards; the pooled one is made of the two others.
"""

from pathlib import Path

from workbench.errors import ModelError
from workbench.models import card as cards
from workbench.models.classifier import Classifier
from workbench.models.encoder import EncoderClassifier
from workbench.models.linear import LinearClassifier
from workbench.models.pooled import PooledClassifier

KINDS = {"encoder": EncoderClassifier, "linear": LinearClassifier, "pooled": PooledClassifier}


def load_classifier(folder: Path, kind: str = "", attention: bool = False) -> Classifier:
    """Load a stored classifier: of a task's folder what serves, or the ``kind`` asked for.

    Args:
        kind: ``encoder``, ``linear``, ``pooled`` or empty.
        attention: the encoder is to return its attentions (slower).

    Raises:
        ModelError: there is no such model, its files are damaged, or ``attention`` is asked of another than an encoder.
    """
    folder = Path(folder)
    card = cards.read_card(folder)
    if "serves" in card:
        folder = folder / (kind or card["serves"])
        card = cards.read_card(folder)
    found = card.get("kind")
    if found not in KINDS or (kind and kind != found):
        raise ModelError(f"{folder} holds a model of kind {found!r}; asked for {kind or ' or '.join(KINDS)}")
    if attention and found != "encoder":
        raise ModelError(f"{folder} is a {found} model and has no attention; ask for kind='encoder'")
    options = {"attention": attention} if attention else {}
    if found == "pooled":
        options["parts"] = {part: load_classifier(folder.parent / part) for part in card["parts"]}
    return KINDS[found].load(folder, card, **options)


def save_classifier(model: Classifier, folder: Path) -> Path:
    """Write one classifier whole or not at all; an older one in its place goes."""
    with cards.replacing_folder(folder) as beside:
        model.save(beside)
    return Path(folder)


def save_task(models: dict[str, Classifier], card: dict, folder: Path) -> Path:
    """Write a task's models and the card that says which ``serves``, whole or not at all."""
    with cards.replacing_folder(folder) as beside:
        for kind, model in models.items():
            (beside / kind).mkdir()
            model.save(beside / kind)
        cards.write_card(beside, card)
    return Path(folder)
