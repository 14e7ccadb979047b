"""THE DOOR: after it no table holds a real id, and no text the personal data it can find."""

from workbench.privacy.door import Passed, pass_all, pass_door
from workbench.privacy.forget import Forgetting, account, forget, prove
from workbench.privacy.forgotten import Forgotten, listed, without_forgotten
from workbench.privacy.masks import MASKS, mask
from workbench.privacy.pseudonyms import Pseudonyms, key_fingerprint
from workbench.privacy.suppress import People, smallest_group, suppress

__all__ = ["MASKS", "Forgetting", "Forgotten", "Passed", "People", "Pseudonyms", "account", "forget", "key_fingerprint",
           "listed", "mask", "pass_all", "pass_door", "prove", "smallest_group", "suppress", "without_forgotten"]
