"""How long must a test run? From base rate, effect and traffic to customers, days and the chance to see the effect."""

import html
import math

import pandas as pd
from tea_tasting.aggr import Aggregates
from tea_tasting.metrics import Mean

from workbench.experiments.moments import VALUE
from workbench.experiments.plan import LEVEL, POWER
from workbench.experiments.reading import Reading
from workbench.experiments.settle import LONGEST, size_needed
from workbench.experiments.wording import percent
from workbench.readable import numeral

LIFTS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
LABELS = {"lift": "Relative effect | +.0%", "customers": "Customers needed | ,.0f", "days": "Days | ,.0f"}
MORE_LABELS = {"compared": "Experiment and arm", "lift": "To see a change of | +.0%", "now": "Chance to see it now | .0%",
               "customers": "Customers needed | ,.0f", "so_far": "Customers so far | ,.0f", "days": "More days"}


def customers_needed(base: float, lift: float, arms: int = 2) -> int:
    """Customers in all arms together, so that a test between two of them finds the effect 4 times in 5 at level 5%.

    Args:
        base: share of the control's customers. lift: relative effect, above 0; base x (1 + lift) is below 1.
        arms: of equal size, 2 or more.

    >>> customers_needed(.10, .10), customers_needed(.10, .20)
    (29498, 7678)
    """
    test = Mean(VALUE, alpha=LEVEL, power=POWER, equal_var=True, use_t=False, rel_effect_size=lift)
    return math.ceil(test.solve_power_from_aggregates(_share(base, lift), "n_obs")[0].n_obs / 2) * arms


def chance(base: float, lift: float, customers: int, arms: int = 2) -> float:
    """The chance that a test of so many customers in all finds the effect at level 5%.

    >>> round(chance(.10, .10, 29498), 2)
    0.8
    """
    if customers < 2 * arms:
        return 0.0
    test = Mean(VALUE, alpha=LEVEL, equal_var=True, use_t=False, rel_effect_size=lift, n_obs=2 * customers // arms)
    return float(test.solve_power_from_aggregates(_share(base, lift), "power")[0].power)


def _share(base: float, lift: float) -> Aggregates:
    """A control with this share; its variance is the mean of both arms', as a larger share varies more."""
    other = base * (1 + lift)
    return Aggregates(1000, {VALUE: base}, {VALUE: (base * (1 - base) + other * (1 - other)) / 2})


def lengths(base: float, a_day: float) -> pd.DataFrame:
    """``lift, customers, days`` of two arms for small to large effects. ``a_day``: customers drawn a day, above 0."""
    rows = [(lift, needed := customers_needed(base, lift), math.ceil(needed / a_day))
            for lift in LIFTS if base * (1 + lift) < 1]
    return pd.DataFrame(rows, columns=list(LABELS))


def days_to_go(reading: Reading) -> pd.DataFrame:
    """Of each dated experiment that can be read: how many more days, at its pace, until it sees the change in question.

    The change is the one that was settled as needed, else the plan's ``lift``; the level is that of this look.
    """
    rows = []
    for read in reading.reads:
        if not read.effects or not read.trial.dated:
            continue
        drawn, days = read.trial.drawn(read.calendar.until(reading.week.end))
        lift = reading.plan.design(read.trial.name).needed or reading.plan.lift
        for arm, able in read.power[read.deciding.name].items():
            if able["rel_smallest"] == able["rel_smallest"]:
                needed, more = size_needed(able["rel_smallest"], lift, drawn, days)
                rows.append((f"{read.trial.name}, “{arm}”", lift, able["power"], needed, drawn,
                             numeral(more, ",.0f") if more <= LONGEST else "over a year"))
    return pd.DataFrame(rows, columns=list(MORE_LABELS))


def usual(reading: Reading) -> tuple[float, float]:
    """Base rate and customers drawn a day to start planning from: the largest dated experiment with a share that decides.

    10% and 100 a day where there is none.
    """
    found = [(len(read.trial.customers), read) for read in reading.reads
             if read.effects and read.trial.dated and read.deciding.unit == "share"]
    for _, read in sorted(found, key=lambda pair: -pair[0]):
        base = next(iter(read.effects[read.deciding.name].values())).control
        customers, days = read.trial.drawn(read.calendar.until(reading.week.end))
        if 0 < base < 1 and customers:
            return base, customers / days
    return 0.1, 100.0


def told(base: float, lift: float, a_day: float, arms: int = 2) -> str:
    """A plan in one sentence.

    >>> told(.10, .20, 500)
    'To see 10.0% become 12.0%, the test needs 7,678 customers: 16 days at 500 a day, to find it 4 times in 5.'
    """
    needed = customers_needed(base, lift, arms)
    days = math.ceil(needed / a_day)
    long = ": too long for a plan; test something bolder" if days > LONGEST else ", to find it 4 times in 5"
    return (f"To see {percent(base)} become {percent(base * (1 + lift))}, the test needs {needed:,} customers: "
            f"{numeral(days, ',.0f')} days at {a_day:,.0f} a day{long}.")


def explore(base: float = 0.1, a_day: float = 100.0):
    """Sliders for base rate, effect, traffic and arms over the plan that follows from them (ipywidgets)."""
    import ipywidgets as widgets

    wide = {"layout": {"width": "95%"}, "style": {"description_width": "11em"}, "continuous_update": False}
    rate = widgets.FloatSlider(round(base * 100, 1), min=0.1, max=90, step=0.1, description="Base rate, %", **wide)
    lift = widgets.FloatSlider(10, min=1, max=100, step=1, description="Relative effect, %", **wide)
    most = max(20 * int(a_day), 2000)
    pace = widgets.IntSlider(max(int(a_day), 1), min=1, max=most, description="Customers a day", **wide)
    arms = widgets.IntSlider(2, min=2, max=6, description="Arms", **wide)
    weeks = widgets.IntSlider(4, min=1, max=26, description="Planned weeks", **wide)
    said = widgets.HTML()

    def show(_=None) -> None:
        share, change = rate.value / 100, lift.value / 100
        if share * (1 + change) >= 1:
            said.value = "A share cannot grow beyond 100%: choose a smaller effect."
            return
        sees = chance(share, change, pace.value * 7 * weeks.value, arms.value)
        said.value = (f"<p>{html.escape(told(share, change, pace.value, arms.value))}</p>"
                      f"<p>In {weeks.value} weeks the chance to find it is {sees:.0%}.</p>")

    for slider in (rate, lift, pace, arms, weeks):
        slider.observe(show, names="value")
    show()
    return widgets.VBox([rate, lift, pace, arms, weeks, said])
