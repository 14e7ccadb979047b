"""What came in: the finding of the preparing notebook, from the tables that it wrote."""

import math
from collections import Counter
from dataclasses import dataclass

import pandas as pd

from workbench.figures import shop as charts
from workbench.findings import Change, Exhibit, Finding, Tile
from workbench.privacy.suppress import People, told, too_few
from workbench.readable import numeral
from workbench.tables import Week, contract
from workbench.text import LANGUAGE_NAMES, vocabulary
from workbench.uncertainty import NORMAL

QUESTION = "What came in this week, and can we build on it?"
FUNNEL_LABELS = {"week": "Week", "stage": "Stage", "customers": "Customers | ,.0f", "events": "Events | ,.0f",
                 "rate": "Of those who viewed | .1%", "rate_ci_lower": "95 % interval | .1%", "rate_ci_upper": "to | .1%"}
INTAKE_LABELS = {"table": "Table", "files": "Files | ,.0f", "rows": "Rows read | ,.0f", "kept": "Kept | ,.0f",
                 "duplicates": "Duplicates | ,.0f", "quarantined": "Quarantined | ,.0f"}
REASON_LABELS = {"table": "Table", "reason": "Why", "rows": "Rows | ,.0f", "file": "First in file",
                 "line": "Line | .0f", "raw": "The line"}
FEATURE_LABELS = {"feature": "Feature", "customers": "Customers | ,.0f", "p5": "5 % below | ,.2f",
                  "median": "Half below | ,.2f", "mean": "Mean | ,.2f", "p95": "95 % below | ,.2f"}
WORD_LABELS = {"language": "Language", "word": "Word", "count": "Times | ,.0f", "texts": "In texts | ,.0f"}


@dataclass(frozen=True)
class Prepared:
    """All that the notebook made: tables by name, what was masked, and what the source lacks and why."""

    week: Week
    tables: dict[str, pd.DataFrame]
    masked: Counter
    notes: list[str]

    @property
    def days(self) -> tuple[int, int]:
        """Days with data in the week and in the week before; two weeks of unlike length are not compared."""
        engagement = self.tables.get("engagement")
        if engagement is None:
            return 0, 0
        return tuple(int((_week(engagement, name)["events"] > 0).sum()) for name in (self.week.week, self.week.previous))

    @property
    def comparable(self) -> bool:
        """Whether both weeks hold data of equally many days."""
        return self.days[0] == self.days[1] > 0

    @property
    def intake(self) -> pd.DataFrame:
        """Rows read, kept, duplicate and quarantined by table."""
        by = self.tables["intake"].groupby("table", sort=False)
        return by.agg(files=("file", "nunique"), rows=("rows", "sum"), kept=("kept", "sum"),
                      duplicates=("duplicates", "sum"), quarantined=("quarantined", "sum")).reset_index()

    @property
    def reasons(self) -> pd.DataFrame:
        """Why rows were quarantined, most frequent first, with the first place each was seen (``Intake.reasons``)."""
        return self.tables["quarantine"]

    @property
    def features(self) -> pd.DataFrame:
        """Quantiles of every customer feature; features that nobody has are left out."""
        values = self.tables["customers"].drop(columns=["customer", "first_seen", "last_seen"]).astype("Float64")
        values = values.loc[:, values.notna().any()]
        return pd.DataFrame({
            "feature": [name.replace("_", " ") for name in values], "customers": values.notna().sum().to_numpy(),
            **{f"p{q}" if q != 50 else "median": values.quantile(q / 100).to_numpy() for q in (5, 50, 95)},
            "mean": values.mean().to_numpy()})


def masked_table(masked: Counter) -> pd.DataFrame:
    """What was masked in texts, for a look in the notebook."""
    found = sorted((kind.lower(), n) for kind, n in masked.items())
    return pd.DataFrame(found, columns=["personal data", "times masked"])


def words(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Table ``vocabulary`` of the reviews; Chinese names of the catalogue are kept whole."""
    reviews, products = frames.get("reviews"), frames.get("products")
    if reviews is None:
        return pd.DataFrame(columns=contract("vocabulary").names)
    names = [] if products is None else products["name_zh"].dropna().tolist()
    return vocabulary(reviews["text"], reviews["language"], names)


def finding(made: Prepared) -> Finding:
    """The finding of ``10_preprocess``: what came in, what was refused, the funnel and the days of the week."""
    funnel, engagement = made.tables.get("funnel"), made.tables.get("engagement")
    main = {"table": made.intake, "labels": INTAKE_LABELS, "figure": None,
            "caption": "Rows read = kept + duplicates + quarantined, for every table of the source."}
    if funnel is not None:
        main = {"table": funnel, "labels": FUNNEL_LABELS, "figure": charts.funnel(funnel),
                "people": People(("customers",), ("events", "rate", "rate_ci_lower", "rate_ci_upper")),
                "caption": "A customer counts once a week for a stage. Rates are shares of the customers who viewed "
                           "something in that week, with Wilson's 95 % interval."}
    elif engagement is not None:
        main |= {"figure": charts.engagement(engagement, made.week.source.currency),
                 "people": People(("customers",), behind=engagement)}
    return Finding(
        notebook="10_preprocess", question=QUESTION, sentence=" ".join(_sentences(made)), **main,
        sources=sorted(made.tables), how_sure=_how_sure(made), caveats=[*made.notes, *_short_weeks(made)],
        tiles=_tiles(made), exhibits=_exhibits(made, funnel, engagement))


def _exhibits(made: Prepared, funnel, engagement) -> list[Exhibit]:
    found = []
    if engagement is not None and funnel is not None:
        found.append(Exhibit("The days of the week", "Customers with at least one action on that day, in the shop's "
                             f"time zone ({made.week.source.timezone}).",
                             charts.engagement(engagement, made.week.source.currency),
                             people=People(("customers",), behind=engagement)))
    if funnel is not None:
        found.append(Exhibit("What became of every row", "Rows read = kept + duplicates + quarantined.",
                             table=made.intake, labels=INTAKE_LABELS))
    if len(made.reasons):
        found.append(Exhibit("Why rows were quarantined", "Each row stands in the table quarantine with its file, line "
                             "and column. What may be personal in a line is shown by its shape: digits as 9, letters as "
                             "a, Chinese signs as 字.", table=made.reasons, labels=REASON_LABELS))
    if "customers" in made.tables:
        found.append(Exhibit("Customers in figures", "Recency in days, purchase frequency per week since first seen, "
                             f"average basket and revenue in {made.week.source.currency or 'the shop currency'}, "
                             "conversion in buys per view. All up to the end of the week.",
                             table=made.features, labels=FEATURE_LABELS,
                             people=People(("customers",), ("p5", "median", "mean", "p95"))))
    words = made.tables.get("vocabulary")
    if words is not None and len(words):
        telling = words[words["word"].str.len() > words["language"].map({"en": 3, "zh": 1})]
        found.append(Exhibit("The words of the texts", "Most frequent words of more than three letters or one character.",
                             table=telling.groupby("language").head(10).replace({"language": LANGUAGE_NAMES}),
                             labels=WORD_LABELS))
    return found


def _sentences(made: Prepared) -> list[str]:
    rows, intake = [], made.intake
    engagement, funnel = made.tables.get("engagement"), made.tables.get("funnel")
    if engagement is not None:
        now, before = _week(engagement, made.week.week), _week(engagement, made.week.previous)
        what = "events" if funnel is not None else "order lines"
        change = ""
        if made.comparable:
            percent = numeral((now["events"].sum() / before["events"].sum() - 1) * 100, "+.1f")
            change = f" ({percent} % against the week before)"
        rows.append(f"The week brought {now['events'].sum():,} {what}{change}"
                    f" on {made.days[0]} of 7 days.")
    if funnel is not None:
        now, before = _week(funnel, made.week.week).iloc[-1], _week(funnel, made.week.previous).iloc[-1]
        told_before = made.comparable and not too_few(before["customers"])
        if pd.notna(now["rate"]) and not too_few(now["customers"]):
            rows.append(f"Of 100 customers who viewed something {now['rate'] * 100:.1f} bought "
                        f"(95 % interval {now['rate_ci_lower'] * 100:.1f} to {now['rate_ci_upper'] * 100:.1f}"
                        + (f"; {before['rate'] * 100:.1f} the week before)." if told_before else ")."))
            if told_before and pd.notna(before["rate"]) and not rate_change(now, before).beyond_chance:
                rows.append("That is no change beyond chance.")
    read = ", ".join(f"{row.rows:,} of {row.table.replace('_', ' ')}" for row in intake.itertuples())
    duplicates, quarantined = intake["duplicates"].sum(), intake["quarantined"].sum()
    rows.append(f"Rows read: {read}; {duplicates:,} were duplicates and {quarantined:,} did not keep to the contract.")
    return rows


def _how_sure(made: Prepared) -> list[str]:
    masked = ", ".join(f"{n:,} × {kind.lower()}" for kind, n in sorted(made.masked.items())) or "none found"
    lines = [f"Personal data masked in texts: {masked}. Customers and orders carry keyed pseudonyms."]
    if made.comparable:
        lines.append("Changes against last week, 95 % intervals: counts as Poisson counts; shares by Newcombe's method; "
                     "revenue by a t interval of the seven days, each less the same day of the week before. A customer of "
                     "both weeks counts as two.")
    if "customers" in made.tables:
        lines.append(f"Features rest on {told(len(made.tables['customers']))} customers seen up to the end of the week; the "
                     "scaler (mean and deviation of each) is stored beside the standardised table.")
    return lines


def _short_weeks(made: Prepared) -> list[str]:
    now, before = made.days
    if now == before:
        return []
    return [f"Days with data: {now} in this week, {before} in the week before. The two weeks are not compared."]


def _tiles(made: Prepared) -> list[Tile]:
    tiles = []
    engagement, funnel = made.tables.get("engagement"), made.tables.get("funnel")
    if funnel is not None:
        now, before = (_week(funnel, name) for name in (made.week.week, made.week.previous))
        viewed = int(now["customers"].iloc[0]), int(before["customers"].iloc[0])
        tiles.append(Tile("Customers who viewed", told(viewed[0])) if any(map(too_few, viewed)) else
                     _tile(made, "Customers who viewed", f"{viewed[0]:,}", count_change, *viewed))
        if pd.notna(now["rate"].iloc[-1]) and not any(too_few(part["customers"].iloc[-1]) for part in (now, before)):
            tiles.append(_tile(made, "Viewers who bought", f"{now['rate'].iloc[-1]:.1%}", rate_change,
                               now.iloc[-1], before.iloc[-1]))
    if engagement is not None and engagement["revenue"].notna().any():
        now, before = (_week(engagement, name)["revenue"].astype(float) for name in (made.week.week, made.week.previous))
        tiles.append(_tile(made, f"Revenue, {made.week.source.currency}".rstrip(", "), f"{now.sum():,.0f}", sum_change,
                           now, before))
    return tiles


def _tile(made: Prepared, label: str, value: str, compare, now, before) -> Tile:
    change = compare(now, before) if made.comparable else None
    return change.tile(label, value, "last week") if change else Tile(label, value)


def count_change(now: int, before: int) -> Change | None:
    """A count against that of the week before, in %; the interval of the ratio of two Poisson counts on the logarithm.

    >>> count_change(110, 100)
    Change(value=10.0, low=-16.1, high=44.2, unit='%')
    """
    if not now or not before:
        return None
    middle, margin = math.log(now / before), NORMAL * math.sqrt(1 / now + 1 / before)
    return Change(*(round((math.exp(bound) - 1) * 100, 1) for bound in (middle, middle - margin, middle + margin)), "%")


def rate_change(now: pd.Series, before: pd.Series) -> Change | None:
    """Two rows of the funnel, in points; from their Wilson intervals (Newcombe 1998, Stat. Med. 17:873, method 10)."""
    if pd.isna(now["rate"]) or pd.isna(before["rate"]):
        return None
    change = now["rate"] - before["rate"]
    below = math.hypot(now["rate"] - now["rate_ci_lower"], before["rate_ci_upper"] - before["rate"])
    above = math.hypot(now["rate_ci_upper"] - now["rate"], before["rate"] - before["rate_ci_lower"])
    return Change(change * 100, (change - below) * 100, (change + above) * 100, "points")


def sum_change(now: pd.Series, before: pd.Series) -> Change | None:
    """A sum over the seven days against that of the week before, in %: t interval of the seven differences, each day
    less the same day of the week before; the sum of the week before counts as given.
    """
    from scipy.stats import t

    total = before.sum()
    if total <= 0:
        return None
    differences = now.to_numpy() - before.to_numpy()
    change, days = differences.sum(), len(differences)
    margin = t.ppf(0.975, days - 1) * differences.std(ddof=1) * math.sqrt(days)
    return Change(*(value / total * 100 for value in (change, change - margin, change + margin)), "%")


def _week(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table[(table["week"] == name).to_numpy()]
