"""THE DOOR: after it no table holds a real id, and no text the personal data it can find."""

from workbench.privacy.door import Door
from workbench.privacy.masks import MASKS, mask
from workbench.privacy.pseudonyms import Pseudonyms, key_fingerprint

__all__ = ["MASKS", "Door", "Pseudonyms", "key_fingerprint", "mask"]
