"""The finding of ``11_customers``: its sentence, its tiles and how sure they are."""

import pandas as pd

from workbench.customers.changes import count_change, rate_change, sum_change
from workbench.customers.exhibits import CAPTIONS, FUNNEL_LABELS, PEOPLE, exhibits, published, steps, unlike
from workbench.customers.read import Told
from workbench.figures import customers as charts
from workbench.findings import Finding, Tile
from workbench.privacy.suppress import People, told, too_few
from workbench.readable import decimals, numeral

QUESTION = "What did customers do this week?"
DAY_LABELS = {"week": "Week", "day": "Day", "customers": "Active customers | ,.0f", "events": "Events | ,.0f",
              "buys": "Buy events | ,.0f", "revenue": "Revenue | ,.0f"}


def finding(read: Told) -> Finding:
    """The finding: the funnel first, or the days where the source has no events."""
    if "funnel" in read.tables:
        funnel = read.tables["funnel"]
        main = {"table": funnel, "labels": FUNNEL_LABELS, "figure": charts.funnel(funnel),
                "caption": unlike(read) + CAPTIONS["funnel"], "people": PEOPLE["funnel"]}
    else:
        main = _of_days(read)
    return Finding(notebook="11_customers", question=QUESTION, sentence=" ".join(_sentences(read)), **main,
                   sources=sorted({*read.tables, "customer_days", "customers", "outliers"}), how_sure=_how_sure(read),
                   caveats=_short_weeks(read), tiles=_tiles(read), exhibits=exhibits(read))


def _of_days(read: Told) -> dict:
    """Table and figure of a source without events: its customers by day, or its order lines where they name nobody."""
    days, currency = read.tables["engagement"].drop(columns="buys"), read.week.source.currency
    main = {"labels": DAY_LABELS | {"events": "Order lines | ,.0f"}}
    when = f"on that day, in the shop's time zone ({read.week.source.timezone}); days without data are left out."
    there = days[(days["events"] > 0).to_numpy()]
    if days["customers"].sum():
        return main | {"table": there, "caption": f"Customers with at least one order line {when}",
                       "figure": charts.engagement(days, currency), "people": People(("customers",), ("events", "revenue"))}
    return main | {"table": there.drop(columns="customers"), "caption": f"Order lines {when} They name no customer.",
                   "figure": charts.engagement(days, currency, "events", "order lines")}


def _sentences(read: Told) -> list[str]:
    rows = []
    now, before = (read.of("engagement", name)["events"].sum() for name in (read.week.week, read.week.previous))
    what = "events" if "funnel" in read.tables else "order lines"
    change = f" ({numeral((now / before - 1) * 100, '+.1f')}% against the week before)" if read.comparable else ""
    rows.append(f"The week brought {now:,} {what}{change} on {read.days[0]} of 7 days.")
    return rows + _of_the_funnel(read) + _of_the_groups(read) + _of_repeats(read)


def _of_the_funnel(read: Told) -> list[str]:
    if "funnel" not in read.tables:
        return []
    now, before = (read.of("funnel", name).iloc[-1] for name in (read.week.week, read.week.previous))
    if pd.isna(now["rate"]) or too_few(now["customers"]):
        return []
    told_before = read.comparable and not too_few(before["customers"])
    form = f".{decimals(now['rate'] * 100)}f"
    rate, low, high, was = (format(share * 100, form) for share in (
        now["rate"], now["rate_ci_lower"], now["rate_ci_upper"], before["rate"]))
    rows = [f"Of 100 customers who viewed something {rate} bought (95% interval {low} to {high}"
            + (f"; {was} the week before)." if told_before else ").")]
    if told_before and pd.notna(before["rate"]) and not rate_change(now, before).beyond_chance:
        rows.append("That is no change beyond chance.")
    return rows


def _of_the_groups(read: Told) -> list[str]:
    whole = published(read, "sales")
    now = whole[(whole["week"] == read.week.week).to_numpy()].set_index("group")
    there = [group for group in ("new", "returning") if group in now.index and pd.notna(now.loc[group, "customers"])]
    if len(there) < 2:
        return []
    words = []
    for group in there:
        row = now.loc[group]
        words.append(f"{int(row['customers']):,} {group}")
        if "funnel" in read.tables and pd.notna(row["conversion"]):  # without events all that is known are orders
            rate, low, high = (format(row[name], f".{decimals(row['conversion'] * 100)}%")
                               for name in ("conversion", "conversion_ci_lower", "conversion_ci_upper"))
            words[-1] += f" ({rate} of them bought, {low} to {high})"
    return [f"Active were {' and '.join(words)} customers."]


def _of_repeats(read: Told) -> list[str]:
    ladder = steps(read).set_index("purchases")
    if 1 not in ladder.index:
        return []
    once = ladder.loc[1]
    return [f"Of {int(once['customers']):,} customers who ever bought {once['share']:.1%} bought again (95% interval "
            f"{once['share_ci_lower']:.1%} to {once['share_ci_upper']:.1%})."]


def _how_sure(read: Told) -> list[str]:
    customers = read.tables["segments"]["customers"].sum()
    lines = [f"All rests on {told(customers)} customers seen up to the end of the week, on the shop's calendar. "
             "Shares of customers have Wilson's 95% intervals, events per view those of a ratio over customers."
             if customers else "The orders name no customer: nothing here counts customers."]
    if read.comparable:
        lines.append("Changes against last week, 95% intervals: counts as Poisson counts; shares by Newcombe's method; "
                     "revenue by a t interval of the seven days, each less the same day of the week before. A customer of "
                     "both weeks counts as two.")
    return lines


def _short_weeks(read: Told) -> list[str]:
    now, before = read.days
    if now == before:
        return []
    return [f"Days with data: {now} in this week, {before} in the week before. The two weeks are not "
            "compared."]


def _tiles(read: Told) -> list[Tile]:
    tiles = []
    if "funnel" in read.tables:
        now, before = (read.of("funnel", name) for name in (read.week.week, read.week.previous))
        viewed = int(now["customers"].iloc[0]), int(before["customers"].iloc[0])
        tiles.append(Tile("Customers who viewed", told(viewed[0])) if any(map(too_few, viewed)) else
                     _tile(read, "Customers who viewed", f"{viewed[0]:,}", count_change, *viewed))
        rate = now["rate"].iloc[-1]
        if pd.notna(rate) and not any(too_few(part["customers"].iloc[-1]) for part in (now, before)):
            tiles.append(_tile(read, "Viewers who bought", f"{rate:.{decimals(rate * 100)}%}", rate_change, now.iloc[-1],
                               before.iloc[-1]))
    few = any(too_few(read.customers(name)) for name in (read.week.week, read.week.previous))
    if read.tables["engagement"]["revenue"].notna().any() and not few:
        now, before = (read.of("engagement", name)["revenue"].astype(float)
                       for name in (read.week.week, read.week.previous))
        label = f"Revenue, {read.week.source.currency}".rstrip(", ")
        tiles.append(_tile(read, label, f"{now.sum():,.0f}", sum_change, now, before))
    return tiles


def _tile(read: Told, label: str, value: str, compare, now, before) -> Tile:
    change = compare(now, before) if read.comparable else None
    return change.tile(label, value, "last week") if change else Tile(label, value)
