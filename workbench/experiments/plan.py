"""What is settled before the data are looked at: the control arm, the deciding metric, the planned shares."""

import re
from dataclasses import dataclass, field

from workbench.errors import ParameterError

LEVEL = 0.05  # of a test; intervals cover 1 - LEVEL
POWER = 0.8  # a test counts as able to see an effect that it finds with this chance
RATIO_ALARM = 0.001  # sample-ratio check: below this p the split is broken (Fabijan et al. 2019, KDD)

#: arms that are a control by their name, most telling first
CONTROLS = ("control", "ctrl", "control group", "holdout", "hold out", "none", "no", "off", "baseline", "original",
            "default", "current", "old", "placebo", "a", "0", "false", "对照", "对照组", "原版", "无")
CONTROL_BEGINNINGS = ("control ", "ctrl ", "no ", "without ", "对照", "不")
#: metrics that decide by their name, most telling first
DECIDING = ("conversion", "converted", "purchase", "purchased", "bought", "buy", "order", "ordered", "sale", "转化", "购买")
MISSING = ("auto", "zero", "drop")
NAMED, ASKED, GUESSED = "by its name", "as the parameter control says", "only as the first of the alphabet"


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
        lift: relative change that is worth knowing about, for the power table; 0.1 is 10 %.

    Raises:
        ParameterError: ``missing`` is none of the three, ``lift`` is not positive, a share is not positive.
    """

    control: str = ""
    decides: str = ""
    shares: dict[str, dict[str, float]] = field(default_factory=dict)
    missing: str = "auto"
    lift: float = 0.1

    def __post_init__(self):
        if self.missing not in MISSING:
            raise ParameterError(f"missing is {self.missing!r}; it must be one of {', '.join(MISSING)}")
        if not self.lift > 0:
            raise ParameterError(f"lift is {self.lift!r}; it must be a relative change above 0, as 0.1 for 10 %")
        for experiment, shares in self.shares.items():
            for arm, share in shares.items():
                if not share > 0:
                    raise ParameterError(f"shares[{experiment!r}][{arm!r}] is {share!r}; a share must be above 0")

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
