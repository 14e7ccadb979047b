"""Hides secrets in what is kept of a run."""

import os
import re

_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
SHORTEST = 6  # characters: a shorter value hides too much


def hide(text: str, secrets: tuple[str, ...] = ()) -> str:
    """``text`` with each secret, and each value of an environment variable named like one, replaced.

    >>> hide("cannot log in with hunter22", ("hunter22",))
    'cannot log in with [hidden]'
    """
    named = [value for name, value in os.environ.items() if _NAMES.search(name)]
    for secret in sorted({*secrets, *named}, key=len, reverse=True):
        if len(secret) >= SHORTEST:
            text = text.replace(secret, "[hidden]")
    return text
