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
SHOWN = 5  # evidence ids in a measure; all stand in the table evidence


def readable(aspect: str) -> str:
    """An aspect as a reader writes it.

    >>> readable("ease_of_use"), readable("overall")
    ('ease of use', 'the whole')
    """
    return "the whole" if aspect == "overall" else aspect.replace("_", " ")


def measure(need, subject: str, reviews: list[str]) -> str:
    """One sentence: team, what to change about which aspect of what, how many ask, evidence.

    Args:
        need: a row with ``kind, aspect, reviews, scope_reviews``.
        subject: readable name of the product or category.
        reviews: numbers of the reviews that voice it.

    >>> from types import SimpleNamespace
    >>> row = SimpleNamespace(kind="wish", aspect="capacity", reviews=9, scope_reviews=12)
    >>> measure(row, "Pelican Gooseneck Kettle", ["HP-101-en-03", "HP-101-zh-07"])
    'Product team: decide on what customers wish for in the capacity of Pelican Gooseneck Kettle (9 of 12 reviews; \
HP-101-en-03, HP-101-zh-07).'
    """
    aspect, team = readable(need.aspect), TEAM.get(need.aspect, "product")
    what = {
        "complaint": f"find and mend the cause of the complaints about the {aspect} of {subject}",
        "wish": f"decide on what customers wish for in the {aspect} of {subject}",
        "missing_information": f"answer on the product page what customers ask about the {aspect} of {subject}",
        "praise": f"keep the {aspect} of {subject} as it is and say it in copy",
    }[need.kind].replace("the the whole", "the whole")
    if need.kind == "missing_information":
        team = "content"
    shown = ", ".join(reviews[:SHOWN]) + (f" and {len(reviews) - SHOWN} more" if len(reviews) > SHOWN else "")
    return f"{team.capitalize()} team: {what} ({need.reviews} of {need.scope_reviews} reviews; {shown})."
