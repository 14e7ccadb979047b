"""What reads like a wish but is meant for other customers: advice, what one could wear it with, warnings."""

import re
from functools import cache
from pathlib import Path

import yaml

ADVICE, WARNING = "advice", "warning"


def meant(text: str, language: str) -> str | None:
    """What a sentence that reads as a wish really is: ``advice`` or ``warning`` to other customers, or None, a wish.

    >>> [meant(text, "en") for text in ("I wish it came in red.", "You may want to size down.", "Don't buy it.")]
    [None, 'advice', 'warning']
    >>> [meant(text, "zh") for text in ("希望能有大号", "建议大家拍大一码", "大家千万别买")]
    [None, 'advice', 'warning']
    """
    patterns = _patterns(language)
    if patterns[WARNING].search(text):
        return WARNING
    return ADVICE if patterns[ADVICE].search(text) and not patterns["asked"].search(text) else None


@cache
def _patterns(language: str) -> dict[str, re.Pattern]:
    lists = yaml.safe_load(Path(__file__).with_name("advice.yml").read_text(encoding="utf-8"))[language]
    return {name: re.compile("|".join(parts), re.IGNORECASE) for name, parts in lists.items()}
