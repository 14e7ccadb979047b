"""THE DOOR: after it no table holds a real id, and no text the personal data it can find."""

from workbench.privacy.door import Door
from workbench.privacy.forget import Forgetting, account, forget, prove
from workbench.privacy.forgotten import Forgotten, forgotten_of, listed
from workbench.privacy.masks import MASKS, mask
from workbench.privacy.pseudonyms import Pseudonyms, key_fingerprint
from workbench.privacy.suppress import People, smallest_group, suppress

__all__ = ["MASKS", "Door", "Forgetting", "Forgotten", "People", "Pseudonyms", "account", "forget", "forgotten_of",
           "key_fingerprint", "listed", "mask", "prove", "smallest_group", "suppress"]
