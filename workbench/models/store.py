"""Models on disk: load what serves, save a task's models side by side.

A task's folder holds ``card.json`` that names what serves, and ``encoder/``, ``linear/``, ``latent/`` and ``pooled/``
with weights and cards; the pooled one is made of the others. Beside it, ``<task>_<language>_fast/`` holds what
22_compress made of what serves, where a form of less work loses little.
"""

from pathlib import Path

from workbench.errors import ModelError
from workbench.models import card as cards
from workbench.models.classifier import Classifier
from workbench.models.compress import CompressedEncoder
from workbench.models.encoder import EncoderClassifier
from workbench.models.latent import LatentClassifier
from workbench.models.linear import LinearClassifier
from workbench.models.memory import Remembering
from workbench.models.pooled import PooledClassifier

KINDS = {"encoder": EncoderClassifier, "linear": LinearClassifier, "latent": LatentClassifier,
         "pooled": PooledClassifier, "compressed": CompressedEncoder}


def load_classifier(folder: Path, kind: str = "", attention: bool = False) -> Classifier:
    """Load a stored classifier: of a task's folder what serves, or the ``kind`` asked for.

    Args:
        kind: ``encoder``, ``linear``, ``latent``, ``pooled`` or empty.
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


def load_fast(folder: Path) -> Remembering:
    """What scores many texts: what 22_compress made of a task's model, and where it made nothing the model itself; either
    keeps what it says of them.

    Raises:
        ModelError: as of :func:`load_classifier`, or the lighter one was made of an earlier model.
    """
    fast = fast_folder(folder)
    if not fast.is_dir():
        return load_remembering(folder)
    if cards.read_card(fast).get("made_from") != cards.identity(folder):
        raise ModelError(f"{fast} was made of an earlier {Path(folder).name}; run 22_compress again, or delete the folder "
                         "to use the model as it is")
    return load_remembering(fast)


def load_remembering(folder: Path) -> Remembering:
    """What serves of a stored task, or a stored classifier, with a memory of what it said in its folder.

    Raises:
        ModelError: as of :func:`load_classifier`.
    """
    return Remembering(load_classifier(folder), folder)


def fast_folder(folder: Path) -> Path:
    """Where the lighter form of a task's model lies."""
    return Path(folder).with_name(f"{Path(folder).name}_fast")


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
