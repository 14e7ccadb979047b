"""What a source knows beside its reviews: the catalogue, what customers spent, the needs of the week before."""

import json
import re
from dataclasses import dataclass, field

import pandas as pd

from workbench.needs.aspects import UNNAMED, WORDED, aspect_of
from workbench.tables import Week

COUNTS = .4  # of a sentence's profile, where it names an attribute of its product
SHORTEST = 3  # characters of an attribute's value that is looked for


@dataclass(frozen=True)
class Background:
    """What is known beside the reviews; every part is empty where the source lacks it.

    Attributes:
        names: readable name by product code.
        attributes: by product code, the words of each aspect that the catalogue gives it.
        orders: ``customer, time, revenue``, a row an order line; None where the source has no orders.
        known: ``need, review, sentence`` of the week before, so that a need keeps its identity.
    """

    names: pd.Series = field(default_factory=lambda: pd.Series(dtype="string"))
    attributes: dict[str, dict[str, re.Pattern]] = field(default_factory=dict)
    orders: pd.DataFrame | None = None
    known: pd.DataFrame | None = None

    def aspects(self, text: str, product: str) -> list[str]:
        """Aspects that the product's catalogue entry names in ``text``."""
        return [aspect for aspect, pattern in self.attributes.get(product, {}).items() if pattern.search(text)]

    def spent(self, end: pd.Timestamp) -> pd.Series | None:
        """What each customer spent up to ``end``, returns taken off; None where the source has no orders."""
        if self.orders is None:
            return None
        past = self.orders[(self.orders["time"] < end).to_numpy(dtype=bool)]
        return past.groupby("customer")["revenue"].sum().astype(float)


def background(week: Week) -> Background:
    """Read it from the week's tables and, where they are there, the needs of the week before."""
    products = week.read("products", ["product", "name", "attributes"]) if week.has("products") else None
    before = Week(week.source, week.previous, week.folder.parent / week.previous)
    orders = None
    if week.has("orders"):
        lines = week.read("orders", ["customer", "quantity", "price", "time"])
        orders = lines.assign(revenue=lines["quantity"] * lines["price"])[["customer", "time", "revenue"]]
    return Background(
        pd.Series(dtype="string") if products is None else products.set_index("product")["name"],
        {} if products is None else {product: words for product, text in zip(
            products["product"], products["attributes"], strict=True) if (words := attribute_words(text))},
        orders, before.read("evidence", ["need", "review", "sentence"]) if before.has("evidence") else None)


def attribute_words(attributes: str | None) -> dict[str, re.Pattern]:
    """The words by which a product's attributes, a JSON object, name an aspect: the attribute's name and its values.

    An attribute whose name the word list does not know is an aspect of its own.

    >>> words = attribute_words('{"colour": ["mint", "navy"], "capacity": "0.8 L", "thread_count": 300}')
    >>> sorted(words), bool(words["capacity"].search("0.8L is too small"))
    (['capacity', 'colour', 'thread count'], True)
    """
    found: dict[str, list[str]] = {}
    for name, value in (json.loads(attributes) if isinstance(attributes, str) and attributes else {}).items():
        name = name.replace("_", " ").replace("/", " ")
        known = name if name in WORDED else aspect_of(name, "en")
        values = [str(one) for one in (value if isinstance(value, list) else [value])]
        words = [name, *(one for one in values if len(one) >= SHORTEST and one.lower() not in ("yes", "true", "false"))]
        found.setdefault(name if known == UNNAMED else known, []).extend(words)
    return {aspect: re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(_spaced, words))})(?![a-z0-9])", re.IGNORECASE)
            for aspect, words in found.items()}


def _spaced(word: str) -> str:
    return r"\s*".join(map(re.escape, word.split()))


def with_catalogue(profiles: pd.DataFrame, sentences: pd.DataFrame, catalogue: Background) -> pd.DataFrame:
    """Profiles that lean to what the catalogue names (:func:`leaning`)."""
    found = [catalogue.aspects(text, product) for text, product in zip(sentences["text"], sentences["product"], strict=True)]
    return leaning(profiles, found, COUNTS)


def leaning(profiles: pd.DataFrame, named: list[list[str]], counts: float) -> pd.DataFrame:
    """Profiles that lean to the aspects each sentence names; new ones come in as columns of their own.

    Args:
        named: aspects of each sentence; a sentence that names none stays as it is.
        counts: share of the profile that goes to them, in equal parts.
    """
    new = sorted({aspect for aspects in named for aspect in aspects} - set(profiles.columns))
    profiles = profiles.assign(**dict.fromkeys(new, 0.0))
    table, place = profiles.to_numpy(copy=True, dtype=float), {aspect: i for i, aspect in enumerate(profiles.columns)}
    for row, aspects in enumerate(named):
        if aspects:
            table[row] *= 1 - counts
            table[row, [place[aspect] for aspect in aspects]] += counts / len(aspects)
    return pd.DataFrame(table, index=profiles.index, columns=profiles.columns)
