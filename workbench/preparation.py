"""What came in: the finding of the preparing notebook, from the tables that it wrote."""

from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from workbench.behaviour import Made
from workbench.figures import shop as charts
from workbench.findings import Exhibit, Finding
from workbench.privacy.suppress import People, told
from workbench.tables import Week, contract
from workbench.text import LANGUAGE_NAMES, foreign, vocabulary

QUESTION = "What came in this week, and can we build on it?"
INTAKE_LABELS = {"table": "Table", "files": "Files | ,.0f", "rows": "Rows read | ,.0f", "kept": "Kept | ,.0f",
                 "duplicates": "Duplicates | ,.0f", "quarantined": "Quarantined | ,.0f"}
REASON_LABELS = {"table": "Table", "reason": "Why", "rows": "Rows | ,.0f", "file": "First in file",
                 "line": "Line | .0f", "raw": "The line"}
FEATURE_LABELS = {"feature": "Feature", "customers": "Customers | ,.0f", "p5": "5% below | ,.2f",
                  "median": "Half below | ,.2f", "mean": "Mean | ,.2f", "p95": "95% below | ,.2f"}
DRIFT_LABELS = {"feature": "Feature", "stability_index": "Stability index | .3f", "by_chance": "By chance below | .3f",
                "reading": "Reading", "customers_then": "Customers then | ,.0f", "customers": "Customers now | ,.0f"}
LENGTH_LABELS = {"kind": "Of", "texts": "Texts | ,.0f", "events": "Events | ,.0f", "median": "Half hold up to | ,.0f",
                 "p95": "95% hold up to | ,.0f", "longest": "The longest | ,.0f", "characters": "Characters in all | ,.0f"}
WORD_LABELS = {"language": "Language", "word": "Word", "count": "Times | ,.0f", "texts": "In texts | ,.0f"}


@dataclass(frozen=True)
class Prepared:
    """All that the notebook made: small tables by name, what was masked, what is not there and why, and behaviour."""

    week: Week
    tables: dict[str, pd.DataFrame]
    masked: Counter
    notes: list[str]
    behaviour: Made = field(default_factory=Made)

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


def unreadable(frames: dict[str, pd.DataFrame]) -> list[str]:
    """In words, how many reviews are in a language that no model of the workbench reads."""
    reviews = frames.get("reviews")
    if reviews is None:
        return []
    found = Counter(foreign(text, language) for text, language in zip(reviews["text"], reviews["language"], strict=True))
    return [f"{count:,} of {len(reviews):,} reviews are in {language}, and models read English and Chinese: no needs are "
            "read from them, and what a model says of one means little."
            for language, count in found.most_common() if language]


def finding(made: Prepared) -> Finding:
    """The finding of ``10_preprocess``: what came in, what was refused, and what was made of it."""
    return Finding(
        notebook="10_preprocess", question=QUESTION, sentence=" ".join(_sentences(made)), table=made.intake,
        labels=INTAKE_LABELS, caption="Rows read = kept + duplicates + quarantined, for every table of the source.",
        sources=sorted({*made.tables, *made.behaviour.tables}), how_sure=_how_sure(made),
        caveats=[*made.notes, *made.behaviour.notes], exhibits=_exhibits(made))


def _exhibits(made: Prepared) -> list[Exhibit]:
    found = []
    if len(made.reasons):
        found.append(Exhibit("Why rows were quarantined", "Each row stands in the table quarantine with its file, line "
                             "and column. What may be personal in a line is shown by its shape: digits as 9, letters as "
                             "a, Chinese signs as 字.", table=made.reasons, labels=REASON_LABELS))
    found += _of_behaviour(made)
    words = made.tables.get("vocabulary")
    if words is not None and len(words):
        telling = words[words["word"].str.len() > words["language"].map({"en": 3, "zh": 1})]
        found.append(Exhibit("The words of the texts", "Most frequent words of more than three letters or one character.",
                             table=telling.groupby("language").head(10).replace({"language": LANGUAGE_NAMES}),
                             labels=WORD_LABELS))
    return found


def _of_behaviour(made: Prepared) -> list[Exhibit]:
    behaved, found = made.behaviour, []
    if behaved.features is not None:
        found.append(Exhibit("Customers in figures", "Recency in days, purchase frequency per week since first seen, "
                             f"average basket and revenue in {made.week.source.currency or 'the shop currency'}, "
                             "conversion in buys per view. All up to the end of the week.",
                             table=_spoken(behaved.features), labels=FEATURE_LABELS,
                             people=People(("customers",), ("p5", "median", "mean", "p95"))))
        drift = _spoken(behaved.drift[behaved.drift["feature"].isin(behaved.features["feature"])])
        if drift["fitted"].iloc[0] != made.week.week:
            found.append(Exhibit("Are these still the customers that features were scaled on?", _drift_caption(drift),
                                 charts.drift(drift), drift, DRIFT_LABELS, people=People(
                                     ("customers", "customers_then"), ("stability_index", "by_chance", "reading"))))
    if behaved.lengths is not None:
        found.append(Exhibit(
            "Sequences as training text", "One text a customer and item (“Ceramic mug: view view cart buy”) and one a "
            "customer, in time order (“view Ceramic mug; cart Ceramic mug; buy Ceramic mug”), with names where the "
            "catalogue "
            "has them, else codes. Lengths in events. They stand in the tables sequences and paths, column text.",
            table=behaved.lengths, labels=LENGTH_LABELS))
    return found


def _drift_caption(drift: pd.DataFrame) -> str:
    fitted = drift["fitted"].iloc[0]
    return (f"Population stability index of each feature against the scaler of {fitted}: sum over the tenths of that week "
            "of (share now − share then) × ln(share now / share then). Usual reading: below 0.1 stable, up to 0.25 look at "
            "it, above it moved (Siddiqi 2006). Two draws of one population stay below the grey mark 19 times in 20 "
            "(Yurdakul and Naranjo 2020). Features count all since the data begin, so they move as the data grow.")


def _spoken(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(feature=table["feature"].str.replace("_", " "))


def _sentences(made: Prepared) -> list[str]:
    intake = made.intake
    read = ", ".join(f"{row.rows:,} of {row.table.replace('_', ' ')}" for row in intake.itertuples()
                     if " beside " not in row.table)  # what is looked up stands in the table below
    duplicates, quarantined = intake["duplicates"].sum(), intake["quarantined"].sum()
    meant = _refused_on_purpose(made)
    asked = f", {'all' if meant == quarantined else f'{meant:,} of them'} as source.yml asks for" if meant else ""
    rows = [f"Rows read: {read}; {duplicates:,} were duplicates and {quarantined:,} were quarantined{asked}."]
    drift = made.behaviour.drift
    if drift is not None and drift["fitted"].iloc[0] != made.week.week:
        moved = drift.loc[(drift["reading"] != "stable").to_numpy(), "feature"].str.replace("_", " ").tolist()
        rows.append(f"Against the scaler of {drift['fitted'].iloc[0]} " + (
            f"these features have moved or should be looked at: {', '.join(moved)}." if moved else "no feature has moved."))
    return rows


def _refused_on_purpose(made: Prepared) -> int:
    """How many rows were quarantined as ``refuse`` of source.yml names them: nothing is wrong with these."""
    asked = {(table, refusal.reason) for table, parts in made.week.source.tables.items() for part in parts
             for refusal in part.rule.refuse}
    return int(sum(row.rows for row in made.reasons.itertuples() if (row.table, row.reason) in asked))


def _how_sure(made: Prepared) -> list[str]:
    masked = ", ".join(f"{n:,} × {kind.lower()}" for kind, n in sorted(made.masked.items())) or "none found"
    lines = [f"Personal data masked in texts: {masked}. Customers and orders carry keyed pseudonyms."]
    if made.behaviour.drift is not None and len(made.behaviour.drift):
        first = made.behaviour.drift.iloc[0]
        lines.append(f"Features rest on {told(first['customers'])} customers seen up to the end of the week; the scaler "
                     f"(mean and deviation of each) is that of {first['fitted']}, fitted on "
                     f"{told(first['customers_then'])} customers. Later weeks keep it until it is fitted anew (refit).")
    return lines
