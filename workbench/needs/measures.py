"""From a need to an improvement measure: who should change what, on which evidence. Nothing is invented."""

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
SHOWN = 3  # evidence ids in a measure; all stand in the table evidence


def about(aspect: str, subject: str) -> str:
    """What a need is about, as a reader writes it; an aspect that is not one thing is left out.

    >>> about("ease_of_use", "Drip Mug"), about("overall", "Drip Mug"), about("unnamed", "Drip Mug")
    ('the ease of use of Drip Mug', 'Drip Mug as a whole', 'Drip Mug')
    """
    if aspect in ("unnamed", "any"):
        return subject
    return f"{subject} as a whole" if aspect == "overall" else f"the {aspect.replace('_', ' ')} of {subject}"


def measure(need, subject: str, reviews: list[str]) -> str:
    """One sentence: team, what to change about which aspect of what, how many ask, evidence.

    Args:
        need: a row with ``kind, aspect, reviews, scope_reviews``.
        subject: readable name of the product or category.
        reviews: numbers of the reviews that voice it.

    >>> from types import SimpleNamespace
    >>> row = SimpleNamespace(kind="wish", aspect="capacity", reviews=9, scope_reviews=12)
    >>> measure(row, "Pelican Gooseneck Kettle", ["HP-101-en-03", "HP-101-zh-07"])
    'Product team: decide on the wishes about the capacity of Pelican Gooseneck Kettle (9 of 12 reviews: HP-101-en-03, \
HP-101-zh-07).'
    """
    what, team = about(need.aspect, subject), TEAM.get(need.aspect, "product")
    if need.kind == "missing_information":
        team = "content"
    todo = {"complaint": f"find and mend what customers complain of about {what}",
            "wish": f"decide on the wishes about {what}",
            "missing_information": f"answer on the product page what customers ask about {what}",
            "praise": f"keep {what} as it is and say it in copy"}[need.kind]
    shown = ", ".join(reviews[:SHOWN]) + (f" and {len(reviews) - SHOWN} more" if len(reviews) > SHOWN else "")
    return f"{team.capitalize()} team: {todo} ({need.reviews} of {need.scope_reviews} reviews: {shown})."
