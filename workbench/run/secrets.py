"""Hides secrets in what is kept of a run."""

import os
import re

_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
SHORTEST = 6  # characters: a shorter value hides too much


def hide(text: str) -> str:
    """``text`` with the value of each environment variable that is named like a secret replaced."""
    named = [value for name, value in os.environ.items() if _NAMES.search(name)]
    for secret in sorted(named, key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, "[hidden]")
    return text
