"""THE DOOR: after it no table holds a real id, and no text the personal data it can find."""

from workbench.privacy.door import Passed, pass_all, pass_door
from workbench.privacy.masks import MASKS, mask
from workbench.privacy.pseudonyms import Pseudonyms, key_fingerprint

__all__ = ["MASKS", "Passed", "Pseudonyms", "key_fingerprint", "mask", "pass_all", "pass_door"]
