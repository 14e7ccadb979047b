"""What columns are called in exports (``names.yml``), and how near a name is to that."""

import re
from functools import cache
from importlib.resources import files

import yaml

NONE = float("inf")
#: side of a split -> the words that files and columns have for it
SIDES = {"train": ("train", "training"), "validation": ("validation", "valid", "val", "dev"), "test": ("test", "eval")}


def words_of(name: str) -> str:
    """The words of a column's name in small letters.

    >>> words_of("CustomerID"), words_of("event_time"), words_of("items.item_id"), words_of("Customer ID")
    ('customer id', 'event time', 'item id', 'customer id')
    """
    last = name.rpartition(".")[2] or name
    apart = re.sub(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", last)
    return " ".join(re.sub(r"[\W_]+", " ", apart).lower().split())


@cache
def lexicon() -> dict:
    """``names.yml``."""
    return yaml.safe_load((files("workbench.drafts") / "names.yml").read_text(encoding="utf-8"))


def rank(column: str, name: str) -> float:
    """How far a name is from the most telling one for a column of the contract; infinite where it is none of them."""
    words, known = words_of(name), lexicon()["columns"][column]
    if (bare := words.replace(" ", "")) in (condensed := [each.replace(" ", "") for each in known]):
        return condensed.index(bare)
    ends = [place for place, each in enumerate(known)
            if ((" " in each or column in ("time", "label")) and f" {words} ".endswith(f" {each} "))
            or (len(each) > 1 and not each.isascii() and words.endswith(each))]  # Chinese stands without spaces
    return len(known) + ends[0] if ends else NONE


@cache
def _every_name() -> frozenset[str]:
    return frozenset(each.replace(" ", "") for known in lexicon()["columns"].values() for each in known)


def is_name(text: str) -> bool:
    """Whether a column could be called so.

    >>> is_name("user_id"), is_name("What a lovely day")
    (True, False)
    """
    return words_of(text).replace(" ", "") in _every_name()
