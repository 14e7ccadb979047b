"""The reading as tables for readers: numbers with their units, roles apart, ready to draw."""

import math

import pandas as pd

from workbench.experiments.effects import Effect
from workbench.experiments.looks import PLANNED
from workbench.experiments.metrics import DECISION, OUTCOME, Metric
from workbench.experiments.plan import BENJAMINI, HOLM, RATIO_ALARM
from workbench.experiments.reading import Read, Reading
from workbench.experiments.verdict import better_or_worse
from workbench.experiments.wording import bound_text, difference_text, digits_of, scale, unit_of_difference, value_text
from workbench.privacy.suppress import too_few
from workbench.readable import numeral

# What was found stands before what it rests on, so that a narrow page shows it without scrolling.
EFFECT_LABELS = {
    "compared": "Experiment and arm", "metric": "Metric", "abs_effect": "Difference", "abs_ci_lower": "95% interval",
    "abs_ci_upper": "to", "control": "Control", "treatment": "Arm's value", "rel_effect": "Relative | +.1%",
    "rel_ci_lower": "95% interval | +.1%", "rel_ci_upper": "to | +.1%", "p_value": "p", "holds": "Holds for"}
RATIO_LABELS = {"experiment": "Experiment", "arm": "Arm", "held": "Split", "customers": "Customers | ,.0f",
                "due": "Due | ,.0f", "share": "Share | .1%", "due_share": "Share due | .1%", "p_value": "p"}
POWER_LABELS = {"experiment": "Experiment", "metric": "Metric", "arm": "Arm", "control": "Control",
                "smallest": "Smallest difference seen", "rel_smallest": "Relative | .1%", "power": "Chance to see | .0%",
                "then": "At the planned end", "then_power": "Chance then | .0%"}
MEANING_LABELS = {"metric": "Metric", "role": "Role", "words": "What it is", "better": "Better is"}
WAYS = {HOLM: "Holm", BENJAMINI: "BH"}
ROLES = {"decision": "decides", "outcome": "outcome", "engagement": "engagement", "guardrail": "guardrail"}
COLUMNS = list(EFFECT_LABELS)
DAY_LABELS = {"compared": "Experiment and arm", "day": "End of the day",
              "abs_effect": "Difference", "abs_ci_lower": "95% interval, one look", "abs_ci_upper": "to",
              "any_ci_lower": "95% interval, any look", "any_ci_upper": "to"}
SPLIT_LABELS = {"day": "Day of the draw", "inside": "Customers in the arm | ,.0f", "outside": "in the others | ,.0f",
                "share": "Share, % | .1f", "share_ci_lower": "95% interval, % | .1f", "share_ci_upper": "to | .1f",
                "due": "Due, % | .1f"}
DAILY = ["experiment", "axis", "day", "arm", "effect", "low", "high", "any_low", "any_high"]
FOREST = ["name", "under", "effect", "low", "high", "tone", "text"]


def decisive(reading: Reading) -> pd.DataFrame:
    """Effects on the deciding metric and the other outcomes, in words; one row where an experiment is withheld."""
    return _shown(reading, lambda read, metric: metric.role == DECISION or (metric.role == OUTCOME and read.effects))


def of_role(reading: Reading, *roles: str) -> pd.DataFrame:
    """Effects on the metrics of these roles, in words, of the experiments that can be read."""
    return _shown(reading, lambda read, metric: metric.role in roles and read.effects)


def decisions(reading: Reading) -> pd.DataFrame:
    """Lines of the forest plot: the deciding metric of every experiment and arm, relative, in %."""
    return _lines(reading, lambda read, metric: metric.role == DECISION,
                  lambda read, metric, arm: (read.trial.name, f"“{arm}” against “{read.trial.control}”"))


def lines_of_role(reading: Reading, role: str) -> pd.DataFrame:
    """Lines of the forest plot of a role's metrics, of the experiments that can be read."""
    return _lines(reading, lambda read, metric: metric.role == role and read.effects,
                  lambda read, metric, arm: (read.trial.name, f"“{arm}” against “{read.trial.control}”"))


def ratios(reading: Reading) -> pd.DataFrame:
    """The sample-ratio check of every experiment."""
    if not reading.reads:
        return pd.DataFrame(columns=list(RATIO_LABELS))
    table = pd.concat([read.trial.ratio for read in reading.reads], ignore_index=True)
    table["held"] = ["broken" if p < RATIO_ALARM else "held" for p in table["p_value"]]
    return table.assign(p_value=[p_text(p) for p in table["p_value"]])[list(RATIO_LABELS)]


def power(reading: Reading) -> pd.DataFrame:
    """What each test could see, for every metric and arm; and at its planned end, where one has a plan."""
    rows = [(read.trial.name, metric.name, arm, value_text(metric, read.effects[metric.name][arm].control),
             difference_text(metric, able["smallest"]).removeprefix("+"), able["rel_smallest"], able["power"],
             difference_text(metric, able["planned_smallest"]).removeprefix("+"), able["planned_power"])
            for read in reading.reads for metric in read.metrics
            for arm, able in read.power.get(metric.name, {}).items() if not math.isnan(able["power"])]
    table = pd.DataFrame(rows, columns=list(POWER_LABELS))
    return table if table["then_power"].notna().any() else table.drop(columns=["then", "then_power"])


def meanings(reading: Reading) -> pd.DataFrame:
    """Every metric once, with its definition."""
    metrics = {metric.name: metric for read in reading.reads for metric in read.metrics}
    return pd.DataFrame([(m.name, ROLES[m.role], m.words, "more" if m.better > 0 else "less")
                         for m in metrics.values()], columns=list(MEANING_LABELS))


def days(reading: Reading) -> pd.DataFrame:
    """The daily effect on the deciding metric of every dated experiment that can be read, in the unit that is read."""
    parts = []
    for read in reading.reads:
        if len(read.days):
            by, unit = scale(read.deciding), unit_of_difference(read.deciding)
            parts.append(pd.DataFrame({
                "experiment": read.trial.name, "axis": f"difference in\n{read.deciding.name}" + f", {unit}" * bool(unit),
                "day": read.days["day"], "arm": read.days["arm"], "effect": read.days["abs_effect"] * by,
                "low": read.days["abs_ci_lower"] * by, "high": read.days["abs_ci_upper"] * by,
                "any_low": read.days["any_lower"] * by, "any_high": read.days["any_upper"] * by}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=DAILY)


def day_rows(reading: Reading) -> pd.DataFrame:
    """The same in words, the latest day first."""
    rows = [(f"{read.trial.name}, “{row.arm}”", row.day, difference_text(read.deciding, row.abs_effect), *(
                bound_text(read.deciding, bound)
                for bound in (row.abs_ci_lower, row.abs_ci_upper, row.any_lower, row.any_upper)))
            for read in reading.reads for row in read.days[::-1].itertuples()]
    return pd.DataFrame(rows, columns=list(DAY_LABELS))


def split_days(read: Read) -> pd.DataFrame:
    """The share of the arm that is off, day by day, in %; without the days on which a side had too few customers."""
    table = read.trial.clue.days
    small = table[["inside", "outside"]].map(too_few).any(axis=1) if len(table) else pd.Series(dtype=bool)
    table = table[~small.to_numpy(dtype=bool)]
    return pd.DataFrame({"day": table["day"], "customers": table["customers"], "inside": table["inside"],
                         "outside": table["outside"], **{name: table[of] * 100 for name, of in (
                             ("share", "share"), ("share_ci_lower", "low"), ("share_ci_upper", "high"), ("due", "due"))}})


def gained(read: Read) -> tuple[float, float, float]:
    """Buyers that the winning arm had more than the control would have had: lower bound, estimate, upper bound."""
    effect = read.effects[read.deciding.name][read.verdict.arm]
    size = int((read.trial.customers["arm"] == read.verdict.arm).sum())
    return effect.abs_ci_lower * size, effect.abs_effect * size, effect.abs_ci_upper * size


def holds(read: Read) -> str:
    """What the p values of an experiment allow for: one look, a planned one, any; and several arms."""
    when = read.calendar
    told = when.kind
    if when.kind == PLANNED:
        of = f" of {when.design.weeks}" if when.design.weeks else f", {when.passed[-1]:.0%} of the plan"
        told = f"look {when.number}{of}"
    return told + f", {WAYS[when.design.adjust]}" * (len(read.trial.arms) > 2)


def p_text(p_value: float) -> str:
    """A p value as it is read.

    >>> p_text(0.1790), p_text(2e-9), p_text(float("nan"))
    ('0.179', '< 0.001', '')
    """
    if p_value is None or math.isnan(p_value):
        return ""
    return numeral(p_value, "p")


def _effects(read: Read, wanted) -> list[tuple[Metric, str, Effect]]:
    """Metric, arm and effect, as wanted; of a withheld experiment with empty effects."""
    arms = read.trial.arms[1:]
    return [(metric, arm, read.effects[metric.name][arm] if read.effects else Effect(0, withheld=read.trial.withheld))
            for metric in read.metrics if wanted(read, metric) for arm in arms]


def _shown(reading: Reading, wanted) -> pd.DataFrame:
    rows = []
    for read in reading.reads:
        for metric, arm, e in _effects(read, wanted):
            reason = f" (not shown: {e.withheld.split(':')[0]})" * bool(e.withheld)
            digits = digits_of(metric, e.abs_ci_lower, e.abs_ci_upper)
            rows.append((
                f"{read.trial.name}, “{arm}”{reason}", metric.name, difference_text(metric, e.abs_effect, digits),
                *(bound_text(metric, bound, digits) for bound in (e.abs_ci_lower, e.abs_ci_upper)),
                *(value_text(metric, value, digits) for value in (e.control, e.treatment)),
                e.rel_effect, e.rel_ci_lower, e.rel_ci_upper,
                *(("", "") if e.withheld else (p_text(e.p_value), holds(read)))))
    return pd.DataFrame(rows, columns=COLUMNS)


def _lines(reading: Reading, wanted, named) -> pd.DataFrame:
    rows = []
    for read in reading.reads:
        for metric, arm, effect in _effects(read, wanted):
            relative = [100 * value for value in (effect.rel_effect, effect.rel_ci_lower, effect.rel_ci_upper)]
            told = difference_text(metric, effect.abs_effect, digits_of(metric, effect.abs_ci_lower, effect.abs_ci_upper))
            tone, said = {1: "better", -1: "worse", 0: "open"}[better_or_worse(metric, effect)], ""
            if effect.withheld:
                tone, said = "withheld", f"not shown, {effect.withheld.split(':')[0]}"
            elif any(map(math.isnan, relative)):
                tone, said = "withheld", f"{told}; no relative change can be given"
            rows.append((*named(read, metric, arm), *relative, tone, f"{metric.name}: {said or told}"))
    return pd.DataFrame(rows, columns=FOREST)
