"""THE DOOR: after it no table holds a real id, and no text the personal data it can find."""

from workbench.privacy.door import Passed, pass_all, pass_door
from workbench.privacy.masks import MASKS, mask
from workbench.privacy.pseudonyms import Pseudonyms, key_fingerprint
from workbench.privacy.suppress import People, smallest_group, suppress

__all__ = ["MASKS", "Passed", "People", "Pseudonyms", "key_fingerprint", "mask", "pass_all", "pass_door", "smallest_group",
           "suppress"]
