"""The figures and tables of what customers did, each with its numbers defined in the caption."""

import pandas as pd

from workbench.behaviour.segments import FENCE, RULES
from workbench.behaviour.week import RHYTHM_WEEKS
from workbench.customers.read import Told
from workbench.figures import customers as charts
from workbench.findings import Exhibit
from workbench.readable import numeral

FUNNEL_LABELS = {"week": "Week", "stage": "Stage", "customers": "Customers | ,.0f", "events": "Events | ,.0f",
                 "rate": "Of those who viewed | .1%", "rate_ci_lower": "95 % interval | .1%", "rate_ci_upper": "to | .1%",
                 "event_rate": "Events per view | .3f", "event_rate_ci_lower": "95 % interval | .3f",
                 "event_rate_ci_upper": "to | .3f"}
SALES_LABELS = {"week": "Week", "group": "Customers who are", "customers": "Active | ,.0f", "buyers": "Bought | ,.0f",
                "conversion": "Share | .1%", "conversion_ci_lower": "95 % interval | .1%", "conversion_ci_upper": "to | .1%",
                "purchases": "Purchases | ,.0f", "revenue": "Revenue | ,.0f"}
RETENTION_LABELS = {"cohort": "First seen in", "age": "Weeks later | .0f", "customers": "Customers | ,.0f",
                    "active": "Active again | ,.0f", "share": "Share | .1%", "share_ci_lower": "95 % interval | .1%",
                    "share_ci_upper": "to | .1%"}
SEGMENT_LABELS = {"segment": "Segment", "rule": "Who", "customers": "Customers | ,.0f", "customers_share": "Share | .1%",
                  "customers_share_ci_lower": "95 % interval | .1%", "customers_share_ci_upper": "to | .1%",
                  "purchases": "Purchases | ,.0f", "revenue": "Revenue | ,.0f", "revenue_share": "Share of revenue | .1%",
                  "days_since": "Days since the last purchase, half below | ,.0f"}
LADDER_LABELS = {"purchases": "At least so many purchases | .0f", "customers": "Customers | ,.0f",
                 "went_on": "Made one more | ,.0f", "share": "Share | .1%", "share_ci_lower": "95 % interval | .1%",
                 "share_ci_upper": "to | .1%"}
SPREAD_LABELS = {"what": "What", "customers": "Buyers | ,.0f", "p25": "A quarter below | ,.2f", "p50": "Half below | ,.2f",
                 "p75": "Three quarters below | ,.2f", "p95": "95 % below | ,.2f", "fence": "Outlier from | ,.2f",
                 "beyond": "Outliers | ,.0f", "share_beyond": "Their share | .1%"}
HOURS_LABELS = {"weekday": "Day", "busiest": "Busiest hour", "per_day": "Events a day | ,.0f", "days": "Days | .0f"}
FEWEST_IN_A_COHORT = 10  # customers: shares of fewer are not drawn
MEANINGS = {"purchase_frequency": ("Purchases per week since first seen", "their purchases"),
            "average_basket": ("Average basket", "their revenue")}


def funnel_caption() -> str:
    """What the numbers of the funnel mean."""
    return ("A customer counts once a week for a stage. Rates are shares of the customers who viewed something in that "
            "week, "
            "with Wilson's 95 % interval. Events per view: all events of the stage by all views of the week; its interval "
            "takes customers, not events, as independent.")


def exhibits(told: Told) -> list[Exhibit]:
    """All further exhibits, in reading order."""
    found = [_events(told), _days(told), _hours(told), _groups(told), _money(told), _retention(told), _segments(told),
             _ladder(told), *_spreads(told)]
    return [exhibit for exhibit in found if exhibit is not None]


def _events(told: Told) -> Exhibit | None:
    if "funnel" not in told.tables or told.tables["funnel"]["event_rate"].isna().all():
        return None
    return Exhibit("The funnel by event", "Events of the stage per 100 views of the week, the week before in grey; 95 % "
                   "intervals take customers as independent, not their events (linearised ratio).",
                   charts.events_per_view(told.tables["funnel"]))


def _days(told: Told) -> Exhibit | None:
    if "funnel" not in told.tables:
        return None  # then it is the main figure
    return Exhibit("The days of the week", "Customers with at least one action on that day, in the shop's "
                   f"time zone ({told.week.source.timezone}).",
                   charts.engagement(told.tables["engagement"], told.week.source.currency))


def _hours(told: Told) -> Exhibit | None:
    table = told.tables["rhythm"]
    if not table["events"].sum():
        return None
    what = "Events" if "funnel" in told.tables else "Order lines"
    return Exhibit("The hours of the week", f"{what} in the hour, mean over the days of that weekday that have data, in "
                                            "up to "
                   f"{RHYTHM_WEEKS} weeks up to this one; shop's time zone ({told.week.source.timezone}).",
                   charts.rhythm(table), hours(table), HOURS_LABELS)


def hours(table: pd.DataFrame) -> pd.DataFrame:
    """Each weekday of the rhythm: ``weekday, busiest`` hour, events ``per_day``, ``days`` with data."""
    rows = []
    for weekday, part in table.groupby("weekday", sort=True):
        days, most = int(part["days"].iloc[0]), int(part["hour"].iloc[part["events"].astype(int).to_numpy().argmax()])
        busiest = f"{most:02d}:00 to {(most + 1) % 24:02d}:00" if days else None
        rows.append({"weekday": charts.DAYS[weekday], "busiest": busiest,
                     "per_day": part["events"].sum() / days if days else None, "days": days})
    return pd.DataFrame(rows)


def _groups(told: Told) -> Exhibit:
    """New and returning customers."""
    shown = told.tables["sales"].drop(columns="events")
    shown = shown.drop(columns="revenue") if shown["revenue"].isna().all() else shown
    named = shown[(shown["group"] != "no customer named").to_numpy()]
    return Exhibit("New and returning customers", "A customer is new in the week of the first action since the data begin "
                                                  "(so "
                   "all are new in their first week), and returning in later ones. Share: with a purchase in that week, of "
                   "those with any action; Wilson's 95 % interval.", charts.sales(named, "customers", "active customers"),
                   shown.tail(6), SALES_LABELS)


def _money(told: Told) -> Exhibit | None:
    table, currency = told.tables["sales"], told.week.source.currency
    if table["revenue"].isna().all():
        return None
    by = table.assign(revenue=table["revenue"].astype(float)).groupby("week")
    weeks = pd.DataFrame({"revenue": by["revenue"].sum(), "purchases": by["purchases"].sum()}).reset_index()
    weeks["per_purchase"] = weeks["revenue"] / weeks["purchases"].where(weeks["purchases"] > 0)
    return Exhibit("Revenue", f"Pieces × price of all order lines of the week, returns taken off, {currency}; by who "
                              "ordered. "
                   "The running week may be short.", charts.sales(table, "revenue", f"revenue, {currency}".rstrip(", ")),
                   weeks, {"week": "Week", "revenue": "Revenue | ,.0f", "purchases": "Purchases | ,.0f",
                           "per_purchase": "Revenue per purchase | ,.2f"})


def _retention(told: Told) -> Exhibit | None:
    table = told.tables["retention"]
    drawn = table[(table["customers"] >= FEWEST_IN_A_COHORT).to_numpy()]
    if not (drawn["age"] > 0).any():
        return None
    return Exhibit("Who comes back", "Customers by the week of their first action since the data begin (how many in "
                                     "brackets); "
                   "a cell is the share of them with at least one action so many weeks later. The first row also holds "
                   "those "
                   "who were customers before the data begin. Cohorts of fewer than "
                   f"{FEWEST_IN_A_COHORT} are not drawn. The table has Wilson's 95 % interval.", charts.retention(drawn),
                   drawn[(drawn["age"] > 0).to_numpy()], RETENTION_LABELS, folded=True)


def rules(told: Told) -> str:
    """The rules of the segments with the figures that their words stand for."""
    by, currency = told.bounds, told.week.source.currency
    if by is None:
        return "Nobody has bought yet."
    much = "" if by.much is None else f"; much: {by.much:,.0f} {currency} or more in all".replace("  ", " ")
    return (f"Recently: the last purchase at most {by.recent:,.0f} days ago; long ago: more than {by.long_ago:,.0f} days; "
            "often: "
            f"{numeral(by.often, ',.3g')} purchases or more{much}. Each bound cuts off a third of the buyers (often: at "
            "least "
            "two). The first rule that fits counts.")


def _segments(told: Told) -> Exhibit:
    table = told.tables["segments"]
    shown = table.assign(rule=table["segment"].map(RULES))[list(SEGMENT_LABELS)]
    shown = shown.drop(columns=["revenue", "revenue_share"]) if table["revenue"].isna().all() else shown
    return Exhibit("Segments by recency, frequency and money", f"{rules(told)} Up to the end of the week; shares of "
                                                               "customers "
                   "with Wilson's 95 % interval. Who is in which stands in the table segments.", charts.segments(table),
                   shown.assign(segment=shown["segment"].str.capitalize()), SEGMENT_LABELS)


def _ladder(told: Told) -> Exhibit | None:
    table = told.tables["ladder"]
    if table["purchases"].max() < 1:
        return None
    return Exhibit("Who buys again", "Of all with at least so many purchases up to the end of the week, the share who "
                                     "made one "
                   "more; Wilson's 95 % interval. Who bought yesterday had little time to: the shares are of the "
                   "customers as "
                   "they stand, not of a lifetime.", charts.ladder(table), table, LADDER_LABELS)


def _spreads(told: Told) -> list[Exhibit]:
    found = []
    for measure, (bins, figures) in told.spreads.items():
        name, share = MEANINGS[measure]
        unit = f", {told.week.source.currency}".rstrip(", ") if measure == "average_basket" else ""
        row = pd.DataFrame([{"what": name, **{key: figures[key] for key in SPREAD_LABELS if key != "what"}}])
        found.append(Exhibit(
            f"{name}: how it is spread", f"{name}{unit}, of all with a purchase; the last bar holds all above the 99 % "
                                         "point. "
            f"Outliers lie more than {FENCE:.0f} interquartile ranges of the logarithms above their third quartile (Tukey's "
            f"outer fence); their share is of all buyers' {share.removeprefix('their ')}. They are named, by pseudonym, in "
            "the table outliers.", charts.spread(bins, figures, name.lower() + unit), row, SPREAD_LABELS))
    return found
