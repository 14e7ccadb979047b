"""Small groups: what counts fewer customers than the smallest group allowed does not leave the house.

Primary suppression withholds the counts from 1 to k - 1 and what is told of such a group; secondary (complementary)
suppression withholds further counts where groups add up to a total that readers know, so that nothing can be computed by
taking the rest off it (Hundepool et al., Statistical Disclosure Control, Wiley 2012, chapter 4). Of every such line at least
two counts stay away, and together they hold at least k customers; no linear programme bounds what several lines together
leave open, as tau-ARGUS does.

Quotations and counts of reviews are not people here: a review is a public text of the shop, masked at the door.
"""

import os
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.errors import ParameterError

VARIABLE, SMALLEST = "WORKBENCH_SMALLEST_GROUP", 10


def smallest_group() -> int:
    """Fewest customers a published group may have: ``WORKBENCH_SMALLEST_GROUP``, else 10.

    Raises:
        ParameterError: it is no whole number from 1.
    """
    given = os.environ.get(VARIABLE, "").strip() or str(SMALLEST)
    if not (given.isascii() and given.isdigit() and int(given)):
        raise ParameterError(f"{VARIABLE} is {given!r}; it must be a whole number from 1, the fewest customers of a group "
                             "that a report may show")
    return int(given)


def too_few(customers: float) -> bool:
    """Whether a group of so many customers must not be told; nobody at all may be."""
    return bool(0 < customers < smallest_group())


def told(customers: float) -> str:
    """A number of customers as it may be told.

    >>> told(1234), told(3), told(0)
    ('1,234', 'fewer than 10', '0')
    """
    return f"fewer than {smallest_group()}" if too_few(customers) else f"{customers:,.0f}"


@dataclass(frozen=True)
class Withheld:
    """How many counts were suppressed: ``primary`` for being small, ``secondary`` so that those cannot be computed."""

    primary: int = 0
    secondary: int = 0

    def __add__(self, other: "Withheld") -> "Withheld":
        return Withheld(self.primary + other.primary, self.secondary + other.secondary)

    @property
    def any(self) -> bool:
        """Whether anything was."""
        return bool(self.primary or self.secondary)

    def sentence(self) -> str:
        """For readers of a finding.

        >>> Withheld(2, 1).sentence()
        'Groups of fewer than 10 customers are not shown: 2 counts withheld, and 1 more so that none can be computed.'
        """
        k = smallest_group()
        if not self.any:
            return f"Groups of fewer than {k} customers would not be shown; there were none."
        more = f", and {self.secondary:,} more so that none can be computed" * bool(self.secondary)
        return (f"Groups of fewer than {k} customers are not shown: {self.primary:,} count{'s' * (self.primary != 1)} "
                f"withheld{more}.")


@dataclass(frozen=True)
class People:
    """Which columns of a published table count customers, and what goes with them.

    Attributes:
        counts: columns that count the customers of a row's group.
        told: columns that tell more of the same group (rates, values): withheld with its count.
        within: columns that name sets of groups which add up to a total that readers know or may learn; None: they do not.
        behind: the table behind a figure that stands without one.
        before: what was withheld already, of a figure or table that was made of what is left.
    """

    counts: tuple[str, ...]
    told: tuple[str, ...] = ()
    within: tuple[str, ...] | None = None
    behind: pd.DataFrame | None = field(default=None, compare=False)
    before: Withheld = Withheld()


def suppress(table: pd.DataFrame, people: People) -> tuple[pd.DataFrame, Withheld]:
    """The table without what tells of small groups: empty in their place; and how many counts went.

    >>> table = pd.DataFrame({"arm": ["A", "B", "C"], "customers": [3, 40, 50], "share": [.1, .2, .3]})
    >>> suppress(table, People(("customers",), ("share",), within=()))[0]["customers"].isna().tolist()
    [True, True, False]
    """
    if not len(table):
        return table, Withheld()
    counts = table[list(people.counts)].apply(pd.to_numeric).astype(float).fillna(0).to_numpy()
    small = (counts > 0) & (counts < smallest_group())
    hidden = _complemented(counts, small, _sets(table, people))
    if not hidden.any():
        return table, Withheld()
    table = table.astype({name: object for name in (*people.counts, *people.told)})
    for place, name in enumerate(people.counts):
        table.loc[hidden[:, place], name] = None
    for name in people.told:
        table.loc[hidden.any(axis=1), name] = None
    return table, Withheld(int(small.sum()), int(hidden.sum() - small.sum()))


def _sets(table: pd.DataFrame, people: People) -> list[np.ndarray]:
    """The rows of every set of groups that adds up to a total."""
    if people.within is None:
        return []
    keys = list(people.within)
    return list(table.groupby(keys, dropna=False, sort=False).indices.values()) if keys else [np.arange(len(table))]


def _complemented(counts: np.ndarray, small: np.ndarray, sets: list[np.ndarray]) -> np.ndarray:
    hidden = small.copy()
    for rows in sets:
        for column in range(counts.shape[1]):
            line, gone = counts[rows, column], hidden[rows, column]
            while gone.any() and (gone.sum() < 2 or line[gone].sum() < smallest_group()):
                open_ = ~gone & (line > 0)
                if not open_.any():
                    break
                gone[np.flatnonzero(open_)[line[open_].argmin()]] = True
            hidden[rows, column] = gone
    return hidden
