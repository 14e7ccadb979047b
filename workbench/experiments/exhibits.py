"""What lies behind the effects, as exhibits of the finding: tables in words, figures, and captions that define them."""

import pandas as pd

from workbench.experiments import uplift
from workbench.experiments.depth import UNLIKE
from workbench.experiments.logs import PERIOD
from workbench.experiments.looks import EARLY, PLANNED, UNPLANNED
from workbench.experiments.metrics import Metric
from workbench.experiments.plan import LEVEL
from workbench.experiments.reading import Read, Reading
from workbench.experiments.tables import FOREST, holds, p_text
from workbench.experiments.verdict import better_or_worse
from workbench.experiments.wording import (
    bound_text,
    difference_text,
    digits_of,
    percent,
    scale,
    unit_of_difference,
    value_text,
)
from workbench.figures import experiments as charts
from workbench.findings import Exhibit
from workbench.privacy.suppress import People

SHARP_LABELS = {
    "compared": "Experiment and arm", "metric": "Metric", "sharp": "Sharper difference", "sharp_ci_lower": "95% interval",
    "sharp_ci_upper": "to", "raw": "Plain difference", "raw_ci_lower": "95% interval", "raw_ci_upper": "to",
    "saved": "Variance less | .0%", "days": "Days saved | .1f"}
BALANCE_LABELS = {"compared": "Experiment and arm", "metric": "Metric, before the draw", "abs_effect": "Difference",
                  "abs_ci_lower": "95% interval", "abs_ci_upper": "to", "p_value": "p, adjusted"}
TAIL_LABELS = {"compared": "Experiment and arm", "metric": "Metric", "what": "Read as", "abs_effect": "Difference",
               "abs_ci_lower": "95% interval", "abs_ci_upper": "to", "control": "Control", "treatment": "Arm's value"}
GROUP_LABELS = {"compared": "Experiment and arm", "by": "Customers by", "group": "Group", "abs_effect": "Difference",
                "abs_ci_lower": "95% interval", "abs_ci_upper": "to", "customers": "Customers | ,.0f",
                "p_value": "p, adjusted", "interaction": "Groups alike: p"}
PICK_LABELS = {"compared": "Experiment and arm", "part": "Quarter by uplift foretold", "abs_effect": "Difference",
               "abs_ci_lower": "95% interval", "abs_ci_upper": "to", "control": "Control", "treatment": "Arm's value",
               "customers": "Customers | ,.0f"}
AGE_LABELS = {"compared": "Experiment and arm", "days": "Days since the draw", "abs_effect": "Difference",
              "abs_ci_lower": "95% interval", "abs_ci_upper": "to", "control": "Control", "treatment": "Arm's value",
              "customers": "Customers | ,.0f"}
BELIEF_LABELS = {"compared": "Experiment and arm", "better": "Chance to be better", "mean": "Effect to expect",
                 "mean_ci_lower": "95% credible", "mean_ci_upper": "to", "loss": "Expected loss",
                 "alone": "p, one look, one arm", "p_value": "p that decides", "holds": "Holds for"}
SURE = 0.975  # chance to be better, or worse, from which a reader takes it as settled
SEEN_LABELS = {"experiment": "Experiment", "arm": "Arm", "customers": "Customers drawn | ,.0f", "saw": "Saw it | ,.0f",
               "share": "Share | .1%", "early": "Before their draw | ,.0f", "did_before": "Did what decides before | ,.0f"}
LOOK_LABELS = {"experiment": "Experiment", "look": "Look", "until": "Up to", "customers": "Customers | ,.0f",
               "level": "Level of its test"}
EFFECT = ("abs_effect", "abs_ci_lower", "abs_ci_upper")
AXIS = "change in % of the control's value, 95% interval"
LOOKS = ("The register of looks at the metric that decides: every end of a week since the first draw is one, taken whether "
         "or not anybody looked, so running this again is no new look. At each look a plain p value must be below the level "
         "for a find; the levels of planned looks add up to no more than 5% wrong finds, those of unplanned ones as well.")
SEEN = ("Exposures as they were written down, held against the draw. Every customer drawn counts in the effects, whether or "
        "not they saw the change.")
PAST = f"in the {PERIOD} days before their draw, or recorded as “before …”"
SHARP = (f"Each effect once more, after what is known of the same customers from before ({PAST}) is taken off (CUPED, by "
         "regression). The plain effect decides; the sharper one should lie inside its interval. Days "
         "saved: of the days of the test, those that the smaller variance would have spared.")
BALANCE = (f"An A/A check: differences between the arms in what customers did before ({PAST}), when nothing had been "
           f"changed yet. p is adjusted for the number of rows (Benjamini & Hochberg); below {UNLIKE} the arms "
           "count as unlike. Both hold for the look.")
TAILS = ("Means read in several ways: plain; with each customer counted up to the 99.9th percentile of all arms; with "
         "the plain mean's interval by bootstrap (2,000 draws of customers); and quantiles, where 50 customers of an arm "
         "lie beyond and few share the value. If the capped effect is far from the plain one, a few customers made it.")
GROUPS = ("The metric that decides, by groups known before the draw. p is adjusted for the number of groups (Benjamini "
          "& Hochberg). “Groups alike” is the chance of differences between groups as large as these if all had the "
          "same effect: only below 0.05 is it worth treating them differently.")
PICKS = ("Two models learn from half of the customers what they would do in either arm, from what they did before the "
         "draw. The other half is ranked by the difference foretold; each row is a quarter of it, the most promising first. "
         "The line shows what is gained if so many of them get the change, the dotted one if they are picked at random.")
AGES = ("The metric that decides, from what customers did in the first days after their draw, and later. Each row "
        "counts the customers who had lived through its days.")
BELIEFS = ("The Bayesian reading of the metric that decides. Prior: the effect is normal around zero with a deviation of "
           "30% of the control's value, which is wide. Expected loss: what rolling out costs on average, counting only "
           "the cases in which the arm is worse. It is no decision rule here: it allows neither for several arms nor for "
           "looking often, as the p that decides does; who looks ten times and stops at the first 95% errs in 1 test of 3.")


def deeper(reading: Reading) -> list[Exhibit]:
    """The exhibits that the data allow, in reading order."""
    lines = group_lines(reading)
    found = [
        Exhibit("Sharper, without the past", SHARP, None, sharp(reading), SHARP_LABELS),
        Exhibit("Were the arms alike before?", BALANCE, None, balance(reading), BALANCE_LABELS),
        Exhibit("Does it hang on a few?", TAILS, None, tail(reading), TAIL_LABELS),
        Exhibit("For whom?", " ".join([GROUPS, *differing(reading)]), charts.forest(lines, AXIS) if len(lines) else None,
                group(reading), GROUP_LABELS,
                people=People(("customers",), (*EFFECT, "p_value", "interaction"), within=("compared", "by"))),
        Exhibit("Is it worth picking customers?", " ".join([PICKS, *picked(reading)]),
                charts.qini(curves) if len(curves := qini_lines(reading)) else None, pick(reading), PICK_LABELS,
                people=People(("customers",), (*EFFECT, "control", "treatment"), within=("compared",))),
        Exhibit("Does it last?", " ".join([AGES, *lasting(reading)]), None, age(reading), AGE_LABELS,
                people=People(("customers",), (*EFFECT, "control", "treatment"))),
        Exhibit("How likely is it better?", " ".join([BELIEFS, *unsettled(reading)]), None, beliefs(reading), BELIEF_LABELS)]
    found.append(Exhibit("Who saw the change?", SEEN, None, seen(reading), SEEN_LABELS,
                         people=People(("customers", "saw", "early", "did_before"), ("share",))))
    found.append(Exhibit("Which looks count?", LOOKS, None, looks(reading), LOOK_LABELS,
                         people=People(("customers",), ("level",))))
    return [exhibit for exhibit in found if len(exhibit.table)]


def looks(reading: Reading) -> pd.DataFrame:
    """The register of looks of the dated experiments that can be read."""
    rows = []
    for read in _readable(reading):
        for number, (until, customers, level) in enumerate(read.looked, start=1):
            local = pd.Timestamp(until, tz="UTC").tz_convert(reading.week.source.timezone)
            rows.append((read.trial.name, number, f"{local - pd.Timedelta(seconds=1):%Y-%m-%d}", customers,
                         p_text(level) if level >= 0.001 else f"{level:.0e}"))
    return pd.DataFrame(rows, columns=list(LOOK_LABELS))


def seen(reading: Reading) -> pd.DataFrame:
    """Exposures by arm, of the experiments that have any."""
    parts = [read.seen.arms.assign(experiment=read.trial.name) for read in reading.reads if read.seen]
    return pd.concat(parts, ignore_index=True)[list(SEEN_LABELS)] if parts else pd.DataFrame(columns=list(SEEN_LABELS))


def sharp(reading: Reading) -> pd.DataFrame:
    """Plain and sharper effects of the experiments that can be read."""
    rows = []
    for read in _readable(reading):
        for row in read.depth.adjusted.itertuples():
            metric = next(each for each in read.metrics if each.name == row.metric)
            digits = digits_of(metric, row.abs_ci_lower, row.abs_ci_upper)
            rows.append((_compared(read, row.arm), row.metric, difference_text(metric, row.sharp_effect, digits),
                         bound_text(metric, row.sharp_ci_lower, digits), bound_text(metric, row.sharp_ci_upper, digits),
                         difference_text(metric, row.abs_effect, digits), bound_text(metric, row.abs_ci_lower, digits),
                         bound_text(metric, row.abs_ci_upper, digits), row.saved, row.saved * _days(reading, read)))
    table = pd.DataFrame(rows, columns=list(SHARP_LABELS))
    return table if table["days"].notna().any() else table.drop(columns="days")


def balance(reading: Reading) -> pd.DataFrame:
    """The A/A check of the experiments that can be read."""
    return _effects(reading, "balance", lambda read, row: read.depth.before[row.metric], BALANCE_LABELS)


def tail(reading: Reading) -> pd.DataFrame:
    """Every mean, read in several ways."""
    return _effects(reading, "tails", lambda read, row: next(m for m in read.metrics if m.name == row.metric), TAIL_LABELS)


def group(reading: Reading) -> pd.DataFrame:
    """The deciding metric by group."""
    return _effects(reading, "groups", lambda read, row: read.deciding, GROUP_LABELS)


def pick(reading: Reading) -> pd.DataFrame:
    """The deciding metric in each quarter of the held-out customers, by the uplift foretold of them."""
    return _effects(reading, "picks", lambda read, row: read.deciding, PICK_LABELS)


def qini_lines(reading: Reading) -> pd.DataFrame:
    """The Qini curve of each arm: ``line, axis, share, gained, at_random``, shares in %."""
    parts = []
    for read in _readable(reading):
        by, unit = scale(read.deciding), unit_of_difference(read.deciding)
        axis = f"gain in\n{read.deciding.name}" + f", {unit}" * bool(unit)
        parts += [pd.DataFrame({"line": f"{read.trial.name}\n“{arm}”", "axis": axis, "share": 100 * found.curve[0],
                                "gained": by * found.curve[1], "at_random": by * found.curve[0] * found.curve[1][-1]})
                  for arm, found in read.depth.uplift.items() if len(found.curve[0])]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["line"])


def picked(reading: Reading) -> list[str]:
    """For each arm, whether picking customers pays, or why it was not tried."""
    return [uplift.told(found, _compared(read, arm), read.deciding) for read in _readable(reading)
            for arm, found in read.depth.uplift.items()]


def age(reading: Reading) -> pd.DataFrame:
    """The deciding metric by days since the draw."""
    return _effects(reading, "ages", lambda read, row: read.deciding, AGE_LABELS)


def group_lines(reading: Reading) -> pd.DataFrame:
    """Lines of the forest plot of groups, relative, in %."""
    rows = []
    for read in _readable(reading):
        for row in read.depth.groups.itertuples():
            tone = "better" if row.p_value < LEVEL and row.abs_effect * read.deciding.better > 0 else (
                "worse" if row.p_value < LEVEL else "open")
            if row.rel_effect == row.rel_effect:
                rows.append((f"{row.by}: {row.group}", "", 100 * row.rel_effect, 100 * row.rel_ci_lower,
                             100 * row.rel_ci_upper, tone,
                             f"{_compared(read, row.arm)}: {difference_text(read.deciding, row.abs_effect)}"))
    return pd.DataFrame(rows, columns=FOREST)


def differing(reading: Reading) -> list[str]:
    """For each arm and way of grouping its customers, how the groups differ, where they do beyond chance."""
    said = []
    for read in _readable(reading):
        there = read.depth.groups[(read.depth.groups["interaction"] < LEVEL).to_numpy(dtype=bool)]
        for (by, arm), rows in there.groupby(["by", "arm"], sort=False):
            told = ", ".join(f"{row.group} {difference_text(read.deciding, row.abs_effect)}" for row in rows.itertuples())
            said.append(f"{_compared(read, arm)}: groups differ by {by}: {told} (p {p_text(rows['interaction'].iloc[0])}).")
    return said or ["No groups differ beyond chance."]


def lasting(reading: Reading) -> list[str]:
    """For each arm that can be read, whether the effect of the second week differs from that of the first."""
    said = []
    for read in _readable(reading):
        for arm, effect in read.depth.novelty.items():
            if not effect.withheld:
                sure = "beyond chance" if better_or_worse(read.deciding, effect) else "within chance"
                said.append(f"{_compared(read, arm)}: the effect of a customer's second week differs from that of the "
                            f"first by {difference_text(read.deciding, effect.abs_effect)} (95% interval "
                            f"{bound_text(read.deciding, effect.abs_ci_lower)} to "
                            f"{bound_text(read.deciding, effect.abs_ci_upper)}), {sure}.")
    return said


def beliefs(reading: Reading) -> pd.DataFrame:
    """The Bayesian reading of each arm, beside the p values that allow for nothing and for all."""
    rows = [(_compared(read, arm), _chance(told.better), difference_text(read.deciding, told.mean, digits),
             bound_text(read.deciding, told.low, digits), bound_text(read.deciding, told.high, digits),
             _loss(read.deciding, told.loss), p_text(read.depth.alone[arm]),
             p_text(read.effects[read.deciding.name][arm].p_value), holds(read))
            for read in _readable(reading) for arm, told in read.depth.beliefs.items()
            for digits in [digits_of(read.deciding, told.low, told.high)]]
    return pd.DataFrame(rows, columns=list(BELIEF_LABELS))


def unsettled(reading: Reading) -> list[str]:
    """For each arm that is all but certain to be better, or worse, by itself and yet is no find: what stands between."""
    said = []
    for read in _readable(reading):
        for arm, told in read.depth.beliefs.items():
            effect = read.effects[read.deciding.name][arm]
            allowed = [f"{len(read.trial.arms) - 1} arms"] * (len(read.trial.arms) > 2)
            allowed += ["looking at any time"] * (read.calendar.kind in (UNPLANNED, EARLY))
            allowed += ["all planned looks"] * (read.calendar.kind == PLANNED)
            if allowed and max(told.better, 1 - told.better) >= SURE and not better_or_worse(read.deciding, effect):
                said.append(f"{_compared(read, arm)}: {_chance(told.better)} likely to be better, were it the only arm and "
                            f"looked at once (p {p_text(read.depth.alone[arm])}); allowing for {' and '.join(allowed)} p is "
                            f"{p_text(effect.p_value)}, so it is no find.")
    return said


def _loss(metric: Metric, loss: float) -> str:
    """An expected loss: never told as nothing."""
    text, least = difference_text(metric, loss).removeprefix("+"), 0.01 / scale(metric)
    return text if loss >= least else f"< {difference_text(metric, least).removeprefix('+')}"


def _chance(share: float) -> str:
    """A chance as it is read: never certain.

    >>> _chance(.9999), _chance(.0002), _chance(.123)
    ('> 99.9%', '< 0.1%', '12.3%')
    """
    return "> 99.9%" if share > .999 else "< 0.1%" if share < .001 else percent(share)


def _readable(reading: Reading) -> list[Read]:
    return [read for read in reading.reads if read.depth]


def _compared(read: Read, arm: str) -> str:
    return f"{read.trial.name}, “{arm}”"


def _days(reading: Reading, read: Read) -> float:
    if not read.trial.dated:
        return float("nan")
    return read.trial.drawn(read.calendar.until(reading.week.end))[1]


def _effects(reading: Reading, name: str, metric_of, labels: dict[str, str]) -> pd.DataFrame:
    """A table of effects with its numbers in words; ``metric_of`` gives the metric of a row."""
    rows = []
    for read in _readable(reading):
        for row in getattr(read.depth, name).itertuples():
            metric = metric_of(read, row)
            digits = digits_of(metric, row.abs_ci_lower, row.abs_ci_upper)
            words = {"compared": _compared(read, row.arm), "abs_effect": difference_text(metric, row.abs_effect, digits)}
            words |= {name: bound_text(metric, getattr(row, name), digits) for name in ("abs_ci_lower", "abs_ci_upper")}
            words |= {name: value_text(metric, getattr(row, name), digits) for name in ("control", "treatment")}
            words |= {p: p_text(getattr(row, p)) for p in ("p_value", "interaction") if hasattr(row, p)}
            rows.append([words.get(column, getattr(row, column, None)) for column in labels])
    return pd.DataFrame(rows, columns=list(labels))
