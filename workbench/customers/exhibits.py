"""The figures and tables of what customers did, each with its numbers defined in the caption."""

from dataclasses import replace

import pandas as pd

from workbench.behaviour.segments import FENCE, RULES
from workbench.behaviour.week import RHYTHM_WEEKS
from workbench.customers.read import Told
from workbench.figures import customers as charts
from workbench.findings import Exhibit
from workbench.privacy.suppress import People, suppress, too_few

FUNNEL_LABELS = {"week": "Week", "stage": "Stage", "customers": "Customers | ,.0f", "events": "Events | ,.0f",
                 "rate": "Of those who viewed | .1%", "rate_ci_lower": "95% interval | .1%", "rate_ci_upper": "to | .1%",
                 "event_rate": "Events per view | .3f", "event_rate_ci_lower": "95% interval | .3f",
                 "event_rate_ci_upper": "to | .3f"}
SALES_LABELS = {"week": "Week", "group": "Customers who are", "customers": "Active | ,.0f", "buyers": "Bought | ,.0f",
                "conversion": "Share | .1%", "conversion_ci_lower": "95% interval | .1%", "conversion_ci_upper": "to | .1%",
                "purchases": "Purchases | ,.0f", "revenue": "Revenue | ,.0f"}
RETENTION_LABELS = {"cohort": "First seen in", "age": "Weeks later | .0f", "customers": "Customers | ,.0f",
                    "active": "Active again | ,.0f", "share": "Share | .1%", "share_ci_lower": "95% interval | .1%",
                    "share_ci_upper": "to | .1%"}
SEGMENT_LABELS = {"segment": "Segment", "rule": "Who", "customers": "Customers | ,.0f", "customers_share": "Share | .1%",
                  "customers_share_ci_lower": "95% interval | .1%", "customers_share_ci_upper": "to | .1%",
                  "purchases": "Purchases | ,.0f", "purchases_share": "Share | .1%", "revenue": "Revenue | ,.0f",
                  "revenue_share": "Share | .1%",
                  "days_since": "Days since, half below | ,.0f"}
LADDER_LABELS = {"purchases": "At least so many purchases | .0f", "customers": "Customers | ,.0f",
                 "went_on": "Made one more | ,.0f", "share": "Share | .1%", "share_ci_lower": "95% interval | .1%",
                 "share_ci_upper": "to | .1%"}
SPREAD_LABELS = {"what": "What", "customers": "Buyers | ,.0f", "p25": "A quarter below | ,.2f", "p50": "Half below | ,.2f",
                 "p75": "Three quarters below | ,.2f", "p95": "95% below | ,.2f", "fence": "Outlier from | ,.2f",
                 "beyond": "Outliers | ,.0f", "share_beyond": "Their share | .1%"}
HOURS_LABELS = {"weekday": "Day", "busiest": "Busiest hour", "per_day": "A day | ,.0f", "days": "Days | .0f"}
MEANINGS = {"purchase_frequency": ("Purchases per week since first seen", "purchases"),
            "average_basket": ("Average basket", "revenue")}
MONEY_LABELS = {"week": "Week", "revenue": "Revenue | ,.0f", "purchases": "Purchases | ,.0f",
                "per_purchase": "Revenue per purchase | ,.2f"}
_SHARE = ("share", "share_ci_lower", "share_ci_upper")
#: which columns count customers; small groups go before a figure is drawn
PEOPLE = {
    "funnel": People(("customers",), ("events", "rate", "rate_ci_lower", "rate_ci_upper", "event_rate",
                                      "event_rate_ci_lower", "event_rate_ci_upper")),
    "engagement": People(("customers",)),
    "sales": People(("customers", "buyers"), ("conversion", "conversion_ci_lower", "conversion_ci_upper", "purchases",
                                              "revenue"), within=("week",)),
    "retention": People(("customers", "active"), _SHARE),
    "segments": People(("customers",), ("customers_share", "customers_share_ci_lower", "customers_share_ci_upper",
                                        "purchases", "purchases_share", "revenue", "revenue_share", "days_since"),
                       within=()),
    "ladder": People(("customers", "went_on"), _SHARE),
    "spread": People(("customers", "beyond"), ("share_beyond",)),
    "bins": People(("customers",), within=()),
}
#: what the numbers of each figure mean
CAPTIONS = {
    "funnel": (
        "A customer counts once a week for a stage. Rates are shares of the customers who viewed something in that "
        "week, with Wilson's 95% interval. Events per view: all events of the stage by all views of the week; its "
        "interval takes customers, not events, as independent."),
    "events": (
        "Events of the stage per 100 views of the week, the week before in grey; 95% intervals take customers as "
        "independent, not their events (linearised ratio)."),
    "days": (
        "Customers with at least one action on that day, in the shop's time zone ({zone}); days without data are left out."),
    "hours": (
        "{what} in the hour, mean over the days of that weekday that have data, in up to {weeks} weeks up to this "
        "one; shop's time zone ({zone})."),
    "groups": (
        "A customer is new in the week of the first action since the data begin (so all are new in their first week), "
        "and returning in later ones. Share: with a purchase in that week, of those with any action; Wilson's 95% "
        "interval."),
    "money": (
        "Pieces × price of all order lines of the week, returns taken off, {currency}; by who ordered. The running "
        "week may be short. Weeks of too few customers are empty."),
    "retention": (
        "Customers by the week of their first action since the data begin (how many in brackets); a cell is the "
        "share of them with at least one action so many weeks later. The first row also holds those who were "
        "customers before the data begin. Cells of too few customers are empty. The table has Wilson's 95% interval."),
    "rules": (
        "Recently: the last purchase at most {recent:,.0f} days ago; long ago: more than {long_ago:,.0f} days; often: "
        "{often:,.3g} purchases or more{much}. Each bound cuts off a third of the buyers (often: at least two). The "
        "first rule that fits counts."),
    "segments": (
        "{rules} Up to the end of the week; shares of customers with Wilson's 95% interval. Who is in which stands "
        "in the table segments."),
    "ladder": (
        "Of all with at least so many purchases up to the end of the week, the share who made one more; Wilson's 95% "
        "interval. Who bought yesterday had little time to: the shares are of the customers as they stand, not of a "
        "lifetime."),
    "spread": (
        "{name}{unit}, of all with a purchase; the last bar holds all above the 99% point; bars of too few are "
        "empty. Outliers lie more than {fence:.0f} interquartile ranges of the logarithms above their third quartile "
        "(Tukey's outer fence); their share is of all buyers' {share}. They are named, by pseudonym, in the table "
        "outliers."),
}


def exhibits(told: Told) -> list[Exhibit]:
    """All further exhibits, in reading order."""
    found = [_events(told), _days(told), _hours(told), _groups(told), _money(told), _retention(told), _segments(told),
             _ladder(told), *_spreads(told)]
    return [exhibit for exhibit in found if exhibit is not None]


def unlike(told: Told) -> str:
    """What stands before a caption where the two weeks drawn beside each other do not hold equally many days of data."""
    now, before = told.days
    return "" if told.comparable else (f"Not to be compared: the week has {now} days of data, the week before {before}. ")


def _events(told: Told) -> Exhibit | None:
    if "funnel" not in told.tables or told.tables["funnel"]["event_rate"].isna().all():
        return None
    return Exhibit("The funnel by event", unlike(told) + CAPTIONS["events"], charts.events_per_view(told.tables["funnel"]),
                   people=replace(PEOPLE["funnel"], behind=told.tables["funnel"]))


def _days(told: Told) -> Exhibit | None:
    if "funnel" not in told.tables:
        return None  # then it is the main figure
    return Exhibit("The days of the week", CAPTIONS["days"].format(zone=told.week.source.timezone),
                   charts.engagement(told.tables["engagement"], told.week.source.currency),
                   people=replace(PEOPLE["engagement"], behind=told.tables["engagement"]))


def _hours(told: Told) -> Exhibit | None:
    table = told.tables["rhythm"]
    if not table["events"].sum():
        return None
    what = "Events" if "funnel" in told.tables else "Order lines"
    caption = CAPTIONS["hours"].format(what=what, weeks=RHYTHM_WEEKS, zone=told.week.source.timezone)
    labels = HOURS_LABELS | {"per_day": f"{what} a day | ,.0f"}
    return Exhibit("The hours of the week", caption, charts.rhythm(table, what.lower()), hours(table), labels)


def hours(table: pd.DataFrame) -> pd.DataFrame:
    """Each weekday of the rhythm: ``weekday, busiest`` hour, events ``per_day``, ``days`` with data."""
    rows = []
    for weekday, part in table.groupby("weekday", sort=True):
        days, most = int(part["days"].iloc[0]), int(part["hour"].iloc[part["events"].astype(int).to_numpy().argmax()])
        busiest = f"{most:02d}:00 to {(most + 1) % 24:02d}:00" if days else None
        rows.append({"weekday": charts.DAYS[weekday], "busiest": busiest,
                     "per_day": part["events"].sum() / days if days else None, "days": days})
    return pd.DataFrame(rows)


def _groups(told: Told) -> Exhibit | None:
    shown, gone = suppress(told.tables["sales"], PEOPLE["sales"])
    shown = shown.drop(columns="events")
    shown = shown.drop(columns="revenue") if shown["revenue"].isna().all() else shown
    named = shown[(shown["group"] != "no customer named").to_numpy()]
    if not len(named):
        return None
    return Exhibit("New and returning customers", CAPTIONS["groups"],
                   charts.sales(named, "customers", "active customers"), shown.tail(6), SALES_LABELS,
                   people=People(("customers", "buyers"), before=gone))


def _money(told: Told) -> Exhibit | None:
    table, currency = told.tables["sales"], told.week.source.currency
    if table["revenue"].isna().all():
        return None
    by = table.assign(revenue=table["revenue"].astype(float)).groupby("week")
    weeks = pd.DataFrame({"revenue": by["revenue"].sum(), "purchases": by["purchases"].sum()})
    weeks["per_purchase"] = weeks["revenue"] / weeks["purchases"].where(weeks["purchases"] > 0)
    weeks = weeks.mask(by["customers"].sum().map(too_few)).reset_index()  # the revenue of three customers tells of them
    return Exhibit("Revenue", CAPTIONS["money"].format(currency=currency or "in the shop's currency"),
                   charts.sales(published(told, "sales"), "revenue", f"revenue, {currency}".rstrip(", ")), weeks,
                   MONEY_LABELS)


def _retention(told: Told) -> Exhibit | None:
    table, gone = suppress(told.tables["retention"], PEOPLE["retention"])
    later = table[table["customers"].notna().to_numpy() & (table["age"] > 0).to_numpy()]
    if later["share"].isna().all():
        return None
    return Exhibit("Who comes back", CAPTIONS["retention"], charts.retention(table), later, RETENTION_LABELS,
                   people=People(("customers", "active"), before=gone))


def rules(told: Told) -> str:
    """The rules of the segments with the figures that their words stand for."""
    by, currency = told.bounds, told.week.source.currency
    if by is None:
        return "Nobody has bought yet."
    much = "" if by.much is None else f"; much: {by.much:,.0f} {currency} or more in all".replace("  ", " ")
    return CAPTIONS["rules"].format(recent=by.recent, long_ago=by.long_ago, often=by.often, much=much)


def _segments(told: Told) -> Exhibit | None:
    if not told.tables["segments"]["customers"].sum():
        return None
    shown, gone = suppress(told.tables["segments"], PEOPLE["segments"])
    return Exhibit("Segments by recency, frequency and money", CAPTIONS["segments"].format(rules=rules(told)),
                   charts.segments(shown), segment_table(told), SEGMENT_LABELS,
                   people=People(("customers",), before=gone))


def segment_table(told: Told) -> pd.DataFrame:
    """The segments with who is in each, in the order of :data:`SEGMENT_LABELS`; no money where there are no orders."""
    table = published(told, "segments")
    shown = table.assign(rule=table["segment"].map(RULES), segment=table["segment"].str.capitalize())[list(SEGMENT_LABELS)]
    return shown.drop(columns=["revenue", "revenue_share"]) if table["revenue"].isna().all() else shown


def _ladder(told: Told) -> Exhibit | None:
    table = steps(told)
    if len(table) < 2:
        return None
    return Exhibit("Who buys again", CAPTIONS["ladder"], charts.ladder(table), table, LADDER_LABELS, people=PEOPLE["ladder"])


def steps(told: Told) -> pd.DataFrame:
    """The ladder up to where a step, or those who did not take it, would be a small group: differences tell too."""
    table = told.tables["ladder"]
    small = [any(map(too_few, (row.customers, row.went_on, row.customers - row.went_on))) for row in table.itertuples()]
    return table[:small.index(True)] if True in small else table


def published(told: Told, name: str) -> pd.DataFrame:
    """A table as figures and readers get it: what tells of a small group of customers is empty."""
    return suppress(told.tables[name], PEOPLE[name])[0]


def _spreads(told: Told) -> list[Exhibit]:
    found = []
    for measure, (bins, figures) in told.spreads.items():
        if too_few(figures["customers"]):
            continue  # the median of three buyers is one buyer's
        name, share = MEANINGS[measure]
        unit = f", {told.week.source.currency}".rstrip(", ") if measure == "average_basket" else ""
        row = pd.DataFrame([{"what": name, **{key: figures[key] for key in SPREAD_LABELS if key != "what"}}])
        (bars, few), (row, fewer) = suppress(bins, PEOPLE["bins"]), suppress(row, PEOPLE["spread"])
        found.append(Exhibit(f"{name}: how it is spread",
                             CAPTIONS["spread"].format(name=name, unit=unit, fence=FENCE, share=share),
                             charts.spread(bars, figures, name.lower() + unit), row, SPREAD_LABELS,
                             people=replace(PEOPLE["spread"], before=few + fewer)))
    return found
