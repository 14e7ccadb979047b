"""The sources that are shipped: the sample's planted bad lines, public data sets, and every example as it was published."""

import gzip
import json
import os
import shutil
from pathlib import Path

import pytest

from tests.raw import read_source
from workbench import sample
from workbench.sample.labels import FILES, OTHERS
from workbench.sample.make import BAD_LINES, TWICE
from workbench.tables import cells, last_week, load_source, records
from workbench.tables.settings import load_settings

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


@pytest.mark.parametrize("name", sorted(path.name for path in (PROJECT / "data" / "examples").iterdir()))
def test_every_example_is_a_source_that_the_readme_names(name):
    settings = load_settings(PROJECT / "data" / "examples" / name / "source.yml")
    assert settings.name == name and settings.title
    assert f"| `{name}` |" in (PROJECT / "data" / "README.md").read_text(encoding="utf-8")


#: the first lines of public data sets that are not here, as they were published, and the rows that are kept of them
HEADS = {
    "cookie_cats": ("cookie_cats.csv", """
userid,version,sum_gamerounds,retention_1,retention_7
116,gate_30,3,False,True
""", {"assignments": 1, "outcomes": 3}),
    "landing_page": ("ab_data.csv", """
user_id,timestamp,group,landing_page,converted
851104,2017-01-21 22:11:48.556739,control,old_page,0
804228,2017-01-12 08:01:45.159739,control,new_page,0
""", {"assignments": 1, "outcomes": 1}),
    "criteo_uplift": ("criteo-uplift-v2.1.csv.gz", """
f0,f1,treatment,conversion,visit,exposure
12.616364906986,10.059654477,1,0,1,0
""", {"assignments": 1, "outcomes": 2}),
    "rees46": ("2019-Oct.csv", """
event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session
2019-10-01 00:00:00 UTC,purchase,44600062,2103807459595387724,,,35.79,541312140,72d76fde
2019-10-01 00:00:00 UTC,view,3900821,2053013552326770905,appliances.kitchen,aqua,33.20,554748717,9333dfbd
""", {"events": 2, "orders": 1}),
    "retailrocket": ("events.csv", """
timestamp,visitorid,event,itemid,transactionid
1433221332117,257597,view,355908,
""", {"events": 1}),
    "retail_orders_2": ("online_retail_II.csv", """
Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country
489434,85048,LIGHTS,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom
A506401,B,Adjust bad debt,1,2010-04-29 13:36:00,-53594.36,,United Kingdom
489434,85048,LIGHTS,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom
""", {"orders": 1}),
}


@pytest.mark.parametrize("name", HEADS)
def test_an_example_reads_its_file_as_it_was_published(tmp_path, name):
    file, text, kept = HEADS[name]
    text = text.lstrip()
    (tmp_path / file).write_bytes(gzip.compress(text.encode()) if file.endswith(".gz") else text.encode())
    raw = read_source(load_source(name, str(tmp_path)))
    assert {table: len(frame) for table, frame in raw.frames.items()} == kept
    assert raw.quarantine["reason"].str.contains("a code other than|no purchase|bad debt").all()


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
