"""What is settled before the data are looked at: the control arm, the deciding metric, the planned shares."""

import math
import re
from dataclasses import dataclass, field, fields

from workbench.errors import ParameterError, did_you_mean

LEVEL = 0.05  # of a test; intervals cover 1 - LEVEL
POWER = 0.8  # a test counts as able to see an effect that it finds with this chance
RATIO_ALARM = 0.001  # sample-ratio check: below this p the split is broken (Fabijan et al. 2019, KDD)

#: arms that are a control by their name, most telling first
CONTROLS = ("control", "ctrl", "control group", "holdout", "hold out", "none", "no", "off", "baseline", "original",
            "default", "current", "old", "placebo", "psa", "a", "0", "false",
            "对照", "对照组", "控制", "控制组", "原版", "无")
CONTROL_BEGINNINGS = ("control ", "ctrl ", "no ", "without ", "对照", "控制", "不")
#: metrics that decide by their name, most telling first
DECIDING = ("conversion", "converted", "purchase", "purchased", "bought", "buy", "order", "ordered", "sale", "转化",
            "购买", "下单", "成交")
MISSING = ("auto", "zero", "drop")
NAMED, ASKED, GUESSED = "by its name", "as the parameter control says", "only as the first of the alphabet"


WEEKLY, AT_THE_END = "weekly", "end"
HOLM, BENJAMINI = "holm", "benjamini-hochberg"
MOST_NEEDED = 2  # three times the control's value; beyond, per cent were written for a share


@dataclass(frozen=True)
class Design:
    """What was settled on one experiment before its data.

    Attributes:
        weeks: how many ISO weeks it runs, that of the first draw included; 0: nobody said.
        customers: how many are drawn, in all arms together: it ends with the ISO week in which 95% of them are reached, as
            a week more for a handful costs more than it tells; 0: nobody said. Either weeks or customers.
        looks: ``weekly`` (it may be stopped at the end of any week) or ``end`` (it is read at its end only).
        needed: relative effect on the deciding metric from which the change pays; 0.05 is 5%, 0: any.
        guards: names of metrics that must not get worse: if one does, beyond chance, the change is not rolled out. Of
            guardrails that are not named here a worsening is only told.
        adjust: how p values of several arms are adjusted: ``holm`` (no false find at all) or ``benjamini-hochberg`` (few
            among the finds; for many arms of which several may go on).

    Raises:
        ParameterError: one of them is out of its range.
    """

    weeks: int = 0
    looks: str = WEEKLY
    needed: float = 0.0
    guards: tuple[str, ...] | list[str] = ()
    adjust: str = HOLM
    customers: int = 0

    def __post_init__(self):
        if not (isinstance(self.guards, list | tuple) and all(isinstance(name, str) for name in self.guards)):
            raise ParameterError(f"guards is {self.guards!r}; it must be a list of metric names, as [\"pieces returned\"]")
        if type(self.weeks) is not int or not 0 <= self.weeks <= 104:
            raise ParameterError(f"weeks is {self.weeks!r}; it must be a whole number from 0 (not planned) to 104")
        if type(self.customers) is not int or self.customers < 0:
            raise ParameterError(f"customers is {self.customers!r}; it must be a whole number from 0 (not planned), of all "
                                 "arms together")
        if self.weeks and self.customers:
            raise ParameterError(f"weeks is {self.weeks} and customers {self.customers:,}; a plan has one end: give one of "
                                 "them")
        if self.adjust not in (HOLM, BENJAMINI):
            raise ParameterError(f"adjust is {self.adjust!r}; it must be {HOLM} or {BENJAMINI}")
        if self.looks not in (WEEKLY, AT_THE_END):
            raise ParameterError(f"looks is {self.looks!r}; it must be {WEEKLY} or {AT_THE_END}")
        if type(self.needed) not in (int, float) or not 0 <= self.needed < math.inf:
            raise ParameterError(f"needed is {self.needed!r}; it must be a relative effect of 0 or more, as 0.05 for 5%")
        if self.needed > MOST_NEEDED:
            raise ParameterError(f"needed is {self.needed!r}, which is {self.needed:.0%} and would stop every change; it "
                                 f"must be a relative effect of at most {MOST_NEEDED}: 5% is 0.05")


@dataclass(frozen=True)
class Plan:
    """What is settled before the data.

    Attributes:
        control: name of the control arm; empty: by its name (:data:`CONTROLS`).
        decides: name of the metric that decides; empty: by its name (:data:`DECIDING`), else the first.
        shares: planned shares of the arms where they are not equal: ``{experiment: {arm: share}}``; any
            positive numbers, only their proportions count.
        missing: what an assigned customer without a row in ``outcomes`` means. ``zero``: nothing happened;
            ``drop``: not known, left out if the arms miss about the same share; ``auto``: ``drop`` for a metric
            that records zeros too, ``zero`` for one that records only what happened.
        lift: relative change that is worth knowing about, for the power table; 0.1 is 10%.
        designs: by experiment, the words of a :class:`Design`: ``{experiment: {"weeks": 4, "needed": 0.05}}``.

    Raises:
        ParameterError: ``missing`` is none of the three, ``lift`` is not positive, a share is not positive, a design
            has an unknown word or a value out of its range.
    """

    control: str = ""
    decides: str = ""
    shares: dict[str, dict[str, float]] = field(default_factory=dict)
    missing: str = "auto"
    lift: float = 0.1
    designs: dict[str, dict] = field(default_factory=dict)

    def __post_init__(self):
        if self.missing not in MISSING:
            raise ParameterError(f"missing is {self.missing!r}; it must be one of {', '.join(MISSING)}")
        if not self.lift > 0:
            raise ParameterError(f"lift is {self.lift!r}; it must be a relative change above 0, as 0.1 for 10%")
        _words("shares", self.shares, 'arms and their shares, as {"new checkout": {"control": 9, "new": 1}}')
        _words("designs", self.designs, 'words of its design, as {"new checkout": {"weeks": 4}}')
        for experiment, shares in self.shares.items():
            for arm, share in shares.items():
                if type(share) not in (int, float) or not 0 < share < math.inf:
                    raise ParameterError(f"shares[{experiment!r}][{arm!r}] is {share!r}; a share must be above 0")
        for experiment in self.designs:
            self.design(experiment)

    def design(self, experiment: str) -> Design:
        """What was settled on an experiment; where nothing was, a design without an end."""
        words, known = self.designs.get(experiment, {}), [each.name for each in fields(Design)]
        if unknown := sorted(set(words) - set(known)):
            raise ParameterError(f"designs[{experiment!r}] has the word {unknown[0]!r};{did_you_mean(unknown[0], known)} "
                                 f"It may have {', '.join(known)}")
        try:
            return Design(**words)
        except ParameterError as error:
            raise ParameterError(f"designs[{experiment!r}]: {error}") from None

    def due(self, experiment: str, arms: list[str]) -> dict[str, float]:
        """Planned shares of the arms, adding up to 1.

        >>> Plan(shares={"x": {"a": 9, "b": 1}}).due("x", ["a", "b"])
        {'a': 0.9, 'b': 0.1}

        Raises:
            ParameterError: the plan names other arms than the table does.
        """
        planned = self.shares.get(experiment) or dict.fromkeys(arms, 1.0)
        if not set(arms) <= set(planned):
            raise ParameterError(f"shares[{experiment!r}] names {', '.join(planned)}, and the table has the arms "
                                 f"{', '.join(arms)}; give a share for each arm")
        total = sum(planned.values())
        return {arm: share / total for arm, share in planned.items()}

    def control_of(self, arms: list[str]) -> tuple[str, str]:
        """The control among ``arms``, and how it was chosen.

        >>> Plan().control_of(["Mens E-Mail", "No E-Mail", "Womens E-Mail"])
        ('No E-Mail', 'by its name')
        >>> Plan(control="blue").control_of(["blue", "green"])
        ('blue', 'as the parameter control says')
        >>> Plan().control_of(["green", "blue"])
        ('blue', 'only as the first of the alphabet')
        """
        if self.control in arms:
            return self.control, ASKED
        plain = {arm: " ".join(re.split(r"[\s_\-]+", arm.strip().casefold())) for arm in sorted(arms)}
        for name in CONTROLS:
            for arm in plain:
                if plain[arm] == name:
                    return arm, NAMED
        beginning = [arm for arm in plain if plain[arm].startswith(CONTROL_BEGINNINGS)]
        if len(beginning) == 1:
            return beginning[0], NAMED
        return sorted(arms)[0], GUESSED

    def deciding(self, metrics: list[str]) -> str:
        """The metric that decides, of ``metrics`` in the order of their importance.

        >>> Plan().deciding(["visit", "conversion", "spend"])
        'conversion'
        """
        if self.decides in metrics:
            return self.decides
        plain = {metric.casefold(): metric for metric in reversed(metrics)}
        return next((plain[name] for name in DECIDING if name in plain), metrics[0])


def _words(name: str, given: dict, rule: str) -> None:
    """Refuse a parameter that is no ``{experiment: {word: value}}`` of texts."""
    if not isinstance(given, dict):
        raise ParameterError(f"{name} is {given!r}; it must give for each experiment the {rule}")
    for experiment, words in given.items():
        if not (isinstance(words, dict) and all(isinstance(word, str) for word in (experiment, *words))):
            raise ParameterError(f"{name}[{experiment!r}] is {words!r}; it must give for each experiment the {rule}")
