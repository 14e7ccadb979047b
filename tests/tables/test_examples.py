"""The sources that are shipped: the sample's planted bad lines, and five public data sets where they lie."""

import json
import os
import shutil
from pathlib import Path

import pytest

from workbench import sample
from workbench.sample.labels import FILES, OTHERS
from workbench.sample.make import BAD_LINES, TWICE
from workbench.tables import cells, last_week, load_source, read_source, records

PROJECT = Path(__file__).parents[2]
REAL = os.environ.get("WORKBENCH_REAL_DATA", "")
REASONS = {
    "cut line": records.CUT, "surplus column": records.SURPLUS,
    "unknown behaviour": "behaviour: a code other than pv, fav, cart, buy",
    "text where a number belongs": f"time: {cells.NO_NUMBER}", "empty customer": f"customer: {cells.EMPTY}",
    "milliseconds taken for seconds": f"time: {cells.TAKEN.format('milliseconds', 'seconds')}"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """The sample shop with two reviews of our own, made in a copy of the project's folders."""
    home = tmp_path_factory.mktemp("home")
    for folder in ("notebooks", "workbench", "data/sample"):
        (home / folder).mkdir(parents=True)
    (home / "workbench" / "__init__.py").touch()
    for name in ("source.yml", "products.jsonl", *OTHERS.values()):
        shutil.copy(PROJECT / "data" / "sample" / name, home / "data" / "sample")
    for name, text in zip(FILES, ("A \"fine\" kettle,\nreally.", "很好用，\n下次再买"), strict=True):
        review = {"review": name[8:10], "product": "HP-101", "language": name[8:10], "rating": 5, "title": "", "text": text,
                  "sentiment": "positive", "needs": [{"span": text[:4], "aspect": "quality", "kind": "praise"}]}
        (home / "data" / "sample" / name).write_text(json.dumps(review) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(home))
        return sample.make(customers=300), read_source(load_source("sample")), last_week(load_source("sample"))


def test_the_sample_is_read_as_it_was_planted(shop):
    truths, raw, last = shop
    by = raw.intake.groupby("table")[["kept", "duplicates", "quarantined"]].sum()
    for table, rows in truths["rows"].items():
        assert by.loc[table].tolist() == ([rows, TWICE, len(BAD_LINES)] if table == "events" else [rows, 0, 0])
    assert by["quarantined"].sum() == len(BAD_LINES) and last == truths["last_week"]
    assert by.loc["products", "kept"] == len(raw.frames["products"]) >= 40
    assert set(raw.frames["labelled_texts"]["task"]) == {"sentiment", "needs"}


def test_the_planted_bad_lines_are_refused_for_what_they_are(shop):
    truths, raw, _ = shop
    lines = truths["rows"]["events"] + TWICE + 2
    assert raw.quarantine["line"].tolist() == list(range(lines, lines + len(BAD_LINES)))
    assert raw.quarantine["reason"].tolist() == [REASONS[name] for name in BAD_LINES]


#: per table: rows, kept, duplicates, quarantined
SUMS = {
    "behaviour_zh": {"events": [84476, 84440, 0, 36]},
    "retail_orders": {"orders": [541909, 541906, 0, 3]},
    "reviews_zh": {"reviews": [50085, 50074, 10, 1], "labelled_texts": [50085, 50083, 1, 1]},
    "reviews_en": {"reviews": [23486, 22640, 1, 845], "labelled_texts": [23486, 22639, 2, 845]},
    "email_test": {"assignments": [64000, 64000, 0, 0], "outcomes": [512000, 512000, 0, 0]},
}
WHY = {
    "behaviour_zh": {records.CUT: 1, "time: outside the window 2017-11-25 to 2017-12-03": 35},
    "retail_orders": {"an adjustment of bad debt, no order": 3},
    "reviews_zh": {f"text: {cells.EMPTY}": 2}, "reviews_en": {f"text: {cells.EMPTY}": 2 * 845}, "email_test": {},
}
WEEKS = {"behaviour_zh": "2017-W48", "retail_orders": "2011-W49"}


@pytest.fixture(scope="module")
def real():
    if not REAL:
        pytest.skip("WORKBENCH_REAL_DATA names no folder of the public data sets")
    return {name: read_source(load_source(name, f"{REAL}/{name}")) for name in SUMS}


@pytest.mark.real_data
@pytest.mark.parametrize("name", SUMS)
def test_every_row_of_the_public_data_is_accounted_for(real, name):
    raw = real[name]
    by = raw.intake.groupby("table")[["rows", "kept", "duplicates", "quarantined"]].sum()
    assert {table: by.loc[table].tolist() for table in by.index} == SUMS[name]
    assert raw.quarantine["reason"].value_counts().to_dict() == WHY[name]
    assert last_week(load_source(name, f"{REAL}/{name}")) == WEEKS.get(name)
    assert all(len(raw.frames[table]) == sums[1] for table, sums in SUMS[name].items())


@pytest.mark.real_data
def test_the_traps_of_the_public_data(real):
    orders = real["retail_orders"].frames["orders"]
    assert orders["customer"].isna().sum() == 135_080 - 3 and "17850" in set(orders["customer"])
    cancelled = orders[orders["order"].str.startswith("C")]
    assert len(cancelled) == 9288 and (cancelled["quantity"] < 0).all()
    assert (orders["price"] == 0).sum() == 2515
    cut = real["behaviour_zh"].quarantine.query("column.isna()")
    assert cut["line"].tolist() == [84476]
    arms = real["email_test"].frames["assignments"]["arm"].value_counts()
    assert arms.to_dict() == {"Womens E-Mail": 21387, "Mens E-Mail": 21307, "No E-Mail": 21306}
    reviews = real["reviews_en"].frames["reviews"]
    assert reviews["text"].str.contains("\n").any() and reviews["review"].iloc[-1] == "23486"
