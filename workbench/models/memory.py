"""What a model said of texts, kept beside it: the next week, or after a stop, only what is new is read."""

import hashlib
import time
from functools import cache
from pathlib import Path

import numpy as np

from workbench import paths, sealed
from workbench.errors import TableError
from workbench.models import card as cards
from workbench.models.classifier import Classifier

MEMORY = ".memory.parquet"  # in the model's folder, so it goes when the model does
BLOCK = 2048  # texts read at once
LATEST = 60.0  # seconds of reading that a stop may lose


class Remembering(Classifier):
    """A classifier that was loaded from ``folder`` and reads no text twice, not even in another process.

    Texts are kept as hashes, encrypted where tables are. What other weights or other code said is thrown away.

    Attributes:
        known: logits (labels,) by the hash of the text.

    >>> import tempfile
    >>> folder, asked = Path(tempfile.mkdtemp()), []
    >>> model = Classifier({"labels": ["no", "yes"]}, lambda texts: asked.extend(texts) or np.eye(2)[:len(texts)], set())
    >>> found = Remembering(model, folder).probabilities(["good", "bad"])
    >>> again = Remembering(model, folder).probabilities(["bad", "good", "bad"])
    >>> bool((again[:2] == found[::-1]).all()), len(asked)
    (True, 2)
    """

    def __init__(self, model: Classifier, folder: Path):
        super().__init__(model.card, self._logits, model.trained_on)
        self.model, self.path = model, Path(folder) / MEMORY
        self.by = f"{cards.identity(folder)} {_code()}"
        self.known = self._recalled()

    def _logits(self, texts: list[str]) -> np.ndarray:
        names = [_hash(text) for text in texts]
        new = {name: text for name, text in zip(names, texts, strict=True) if name not in self.known}
        if new:
            self._read(new)
        return np.array([self.known[name] for name in names]).reshape(len(names), len(self.labels))

    def _read(self, new: dict[bytes, str]) -> None:
        from rich.progress import Progress

        names, saved = list(new), time.monotonic()
        try:
            with Progress(transient=True, disable=len(names) <= BLOCK) as bar:
                for start in bar.track(range(0, len(names), BLOCK), description=f"reading {len(names):,} texts"):
                    block = names[start:start + BLOCK]
                    told = self.model.logits([new[name] for name in block])
                    self.known.update(zip(block, told, strict=True))
                    if time.monotonic() - saved > LATEST:
                        self._keep()
                        saved = time.monotonic()
        finally:
            if self.known:
                self._keep()

    def _keep(self) -> None:
        import pyarrow as pa

        told = np.concatenate(list(self.known.values()))
        table = pa.table({"hash": pa.array(list(self.known), pa.binary(16)),
                          "logits": pa.FixedSizeListArray.from_arrays(told, len(self.labels))})
        with paths.replacing(self.path) as beside:
            sealed.store(table.replace_schema_metadata({"by": self.by}), beside)

    def _recalled(self) -> dict[bytes, np.ndarray]:
        if not self.path.exists():
            return {}
        try:
            table = sealed.load(self.path)
        except (TableError, OSError, ValueError):
            return {}  # damaged, or of another key: it saves no time, the texts are read again
        if (table.schema.metadata or {}).get(b"by") != self.by.encode():
            return {}
        told = table["logits"].combine_chunks().flatten().to_numpy().reshape(-1, len(self.labels))
        return dict(zip(table["hash"].to_pylist(), told, strict=True))


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@cache
def _code() -> str:
    """A hash of the code that reads."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
