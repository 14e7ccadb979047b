"""From a need to an improvement measure: who changes what, what that is worth at best, how to test it, on which evidence."""

import math

import pandas as pd

TEAMS = {
    "product": ("appearance", "assembly", "battery", "brightness", "capacity", "charging", "cleaning", "colour", "comfort",
                "compatibility", "connectivity", "durability", "ease_of_use", "fit", "heat", "material", "noise",
                "performance", "portability", "quality", "safety", "size", "smell", "sound", "stability", "variants",
                "waterproof", "weight", "overall"),
    "software": ("app",),
    "logistics": ("delivery", "packaging"),
    "content": ("description", "instructions"),
    "service": ("service", "spare_parts", "warranty"),
    "pricing": ("price",),
}
TEAM = {aspect: team for team, aspects in TEAMS.items() for aspect in aspects}
WORTH = .5  # of a need's share: a fall that a change must bring to be worth having
FEWEST = 30  # reviews an arm: with fewer the normal approximation does not hold
LONGEST = 26  # weeks: a test that takes longer is no plan
EVIDENCE = " Evidence: "
SHOWN = 3  # evidence ids in a measure; all stand in the table evidence


def about(aspect: str, subject: str) -> str:
    """What a need is about, as a reader writes it; an aspect that is not one thing is left out.

    >>> about("ease_of_use", "Drip Mug"), about("overall", "Drip Mug"), about("unnamed", "Drip Mug")
    ('the ease of use of Drip Mug', 'Drip Mug as a whole', 'Drip Mug')
    """
    if aspect in ("unnamed", "any"):
        return subject
    return f"{subject} as a whole" if aspect == "overall" else f"the {aspect.replace('_', ' ')} of {subject}"


def effect(reviews: pd.Series, voicing: pd.Series, subject_reviews: int, weeks: int) -> dict[str, float]:
    """What share of a subject's reviews would still voice the kind if this need went, and how to test a change.

    Args:
        reviews: review of every sentence of the kind about the subject.
        voicing: whether the sentence is of this need.
        subject_reviews: all reviews of the subject in the window.
        weeks: of the window; 0 where the reviews bear no date.

    Returns:
        ``kind_share``, and ``kind_share_without`` with Wilson's 95% interval: at best, since a review that also voices
        another need of the kind stays. ``arm_reviews``: reviews an arm of a test with two arms of equal size needs to see
        the need's own share halved (:data:`WORTH`), with a power of 80% at a level of 5%, two-sided (arcsine
        transformation, Cohen 1988), and no fewer than :data:`FEWEST`; the share of the kind, which other needs keep up,
        would take many times as many. ``test_weeks``: how long that takes at the window's pace of reviews, empty where
        the reviews bear no date.

    >>> said = pd.Series(["a", "a", "b", "c", "d"])
    >>> found = effect(said, pd.Series([True, False, True, True, True]), 10, 4)
    >>> round(found["kind_share"], 2), round(found["kind_share_without"], 2), found["arm_reviews"], found["test_weeks"]
    (0.4, 0.1, 81.0, 65.0)
    """
    from statsmodels.stats.power import normal_sample_size_one_tail
    from statsmodels.stats.proportion import proportion_confint, proportion_effectsize

    share, rest = reviews[voicing].nunique() / subject_reviews, reviews[~voicing].nunique()
    low, high = proportion_confint(rest, subject_reviews, method="wilson")
    size = proportion_effectsize(share, share * (1 - WORTH))
    arm = max(FEWEST, math.ceil(normal_sample_size_one_tail(size, .8, .05 / 2, std_null=2 ** .5)))
    return {"kind_share": reviews.nunique() / subject_reviews, "kind_share_without": rest / subject_reviews,
            "kind_share_without_ci_lower": low, "kind_share_without_ci_upper": high, "arm_reviews": float(arm),
            "test_weeks": float(math.ceil(2 * arm * weeks / subject_reviews)) or math.nan}


def measure(need, reviews: list[str]) -> str:
    """The team, what to change, what it is worth at best, how to test it, and the evidence.

    Args:
        need: a row of table ``needs`` as far as it is made: ``kind, aspect, subject`` and what :func:`effect` returns.
        reviews: numbers of the reviews that voice it.

    >>> from types import SimpleNamespace
    >>> row = SimpleNamespace(kind="wish", aspect="capacity", subject="Gooseneck Kettle", kind_share=.5,
    ...     kind_share_without=.1, kind_share_without_ci_lower=.02, kind_share_without_ci_upper=.4, arm_reviews=37.0,
    ...     test_weeks=3.0)
    >>> print(measure(row, ["HP-101-en-03", "HP-101-zh-07"]).replace(". ", ".\\n"))
    Product team: decide on the wishes about the capacity of Gooseneck Kettle.
    At best, reviews with a wish fall from 50% to 10% (2% to 40%).
    Test old against new: 37 reviews an arm show whether this need is voiced half as often, about 3 weeks at today's pace.
    Evidence: HP-101-en-03, HP-101-zh-07.
    """
    what, team = about(need.aspect, need.subject), TEAM.get(need.aspect, "product")
    if need.kind == "missing_information":
        team = "content"
    todo, kind = {"complaint": (f"find and mend what customers complain of about {what}", "a complaint"),
                  "wish": (f"decide on the wishes about {what}", "a wish"),
                  "missing_information": (f"answer on the product page what customers ask about {what}", "a question"),
                  "praise": (f"keep {what} as it is and say it in copy", "praise")}[need.kind]
    shown = ", ".join(reviews[:SHOWN]) + (f" and {len(reviews) - SHOWN} more" if len(reviews) > SHOWN else "")
    plan = _plan(need, kind) if need.kind != "praise" else []
    return " ".join([f"{team.capitalize()} team: {todo}.", *plan]) + f"{EVIDENCE}{shown}."


def _plan(need, kind: str) -> list[str]:
    fall = (f"At best, reviews with {kind} fall from {need.kind_share:.0%} to {need.kind_share_without:.0%} "
            f"({need.kind_share_without_ci_lower:.0%} to {need.kind_share_without_ci_upper:.0%}).")
    if need.kind_share_without == need.kind_share:
        fall = f"Reviews with {kind} stay at {need.kind_share:.0%} of all: each voices another, too."
    if need.test_weeks > LONGEST:
        return [fall, f"Reviews would take about {need.test_weeks:,.0f} weeks at today's pace to show whether this need is "
                f"voiced half as often: show old and new to buyers and ask {need.arm_reviews:,.0f} an arm."]
    weeks = "" if math.isnan(need.test_weeks) else \
        f", about {need.test_weeks:,.0f} week{'' if need.test_weeks == 1 else 's'} at today's pace"
    return [fall, f"Test old against new: {need.arm_reviews:,.0f} reviews an arm show whether this need is voiced half as "
            f"often{weeks}."]
