"""Whole sources to the tables of a week: nothing lost, nothing shown that may not be, nothing read twice."""

import gzip
import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from tests.benchmarks.behaviour import generate
from tests.benchmarks.corrupt import WAYS, compared, corrupt
from tests.benchmarks.intake import NAMES
from tests.raw import Open, read_source
from workbench import sealed
from workbench.errors import ParameterError, SourceError
from workbench.privacy import Door, Pseudonyms
from workbench.tables import Week, staging, survey, take_in
from workbench.tables import settle as settling
from workbench.tables.read import Reader
from workbench.tables.records import EMPTY_FILE

LOG = {"files": "*.csv", "header": "false", "names": NAMES, "timezone": "Asia/Shanghai",
       "window": {"first": "2017-11-25", "last": "2017-12-03"},
       "columns": {"customer": "user_id", "item": "item_id", "category": "category_id",
                   "behaviour": {"from": "behavior_type", "values": {"pv": "view", "fav": "favourite", "cart": "cart",
                                                                     "buy": "buy"}},
                   "time": {"from": "timestamp", "unit": "seconds"}}}
REVIEWS = {"files": "r.jsonl", "columns": {"review": "id", "text": "text"}}


class Hashed(Open):
    """A door that only turns ids round and shouts."""

    def through(self, table, rows):
        for name in ("customer", "order"):
            if name in rows.column_names:
                turned = [value and f"c-{int(value) * 2654435761 % 2**32:08x}" for value in rows[name].to_pylist()]
                rows = rows.set_column(rows.column_names.index(name), name, [pd.array(turned, "str").__arrow_array__()])
        return rows


@pytest.fixture
def log(shop):
    """A shop with a log of 20,000 lines, and the week that it is read for."""
    shop.says({"events": LOG}, timezone="Asia/Shanghai")
    generate(shop.folder / "log.csv", 20_000)
    return shop, Week(shop.load(), "2017-W48", shop.folder / "reports" / "2017-W48")


def test_every_way_of_breaking_a_line_is_counted_exactly_and_shows_nobody(log):
    shop, week = log
    customers = {line.split(",")[0] for line in (shop.folder / "log.csv").read_text().splitlines()}
    planted = corrupt(shop.folder / "log.csv")
    found = take_in(week, Hashed())
    table = compared(found.reasons, planted)
    assert table["planted"].tolist() == table["found"].tolist() and len(table) >= 16
    sums = found.rows[["rows", "kept", "duplicates", "quarantined"]].iloc[0].tolist()
    assert sums[0] == sum(sums[1:]) and sums[1:] == [planted["kept"], planted["duplicates"], table["planted"].sum()]
    refused = week.read("quarantine")
    assert len(refused) == sums[3] and len(week.read("events")) == sums[1]
    lines = (shop.folder / "log.csv").read_bytes().split(b"\n")
    for row in refused[~refused["reason"].str.contains("empty line")].itertuples():
        assert len(row.raw) > 0 and row.raw.count(",") >= lines[row.line - 1].count(b",") - 4
    shown = {word for text in refused["raw"] for word in re.findall(r"\w+", text)}
    assert not shown & customers, "an id is shown by its shape"
    assert "hover" in shown and "yesterday" in shown and set(WAYS) and shown & {"pv"}


def test_a_table_is_sorted_and_one_customer_or_week_is_found_without_the_rest(log, monkeypatch):
    shop, week = log
    take_in(week, Hashed())
    whole = week.read("events")
    assert whole.equals(whole.sort_values(["customer", "time"], kind="stable", ignore_index=True))
    assert len(week.scan("events")) == 1 and len(whole) == 20_000
    monkeypatch.setattr(settling, "SMALL", 1_000)
    monkeypatch.setattr(staging, "HELD", 400_000)
    monkeypatch.setattr("workbench.tables.intake._ranges", lambda connection, files: 3)
    parted = Week(week.source, "2017-W48", shop.folder / "reports" / "parted")
    take_in(parted, Hashed())
    names = [path.name for path in parted.scan("events")]
    assert names == [f"2017-W{number}-{part:03}.parquet" for number in (47, 48) for part in range(3)]
    parts = [pd.read_parquet(path) for path in parted.scan("events")]
    assert all(part["customer"].max() < other["customer"].min() for part, other in pairwise(parts[:3]))
    assert parts[2]["time"].max() < pd.Timestamp("2017-11-27", tz="Asia/Shanghai") <= parts[3]["time"].min()
    assert whole.equals(parted.read("events").sort_values(["customer", "time"], kind="stable", ignore_index=True))
    assert not [path for path in parted.folder.rglob("*") if ".part" in path.name or path.name in ("staged", "spill")]


def test_with_a_key_rows_on_their_way_are_encrypted_too(log, monkeypatch):
    shop, week = log
    take_in(week, Hashed())
    whole, seen, view = week.read("events"), [], staging.Staged.view
    monkeypatch.setattr(staging, "HELD", 400_000)
    monkeypatch.setattr(settling, "SMALL", 1_000)

    def watched(self, connection, part):
        seen.extend(path for path in self.folder.glob("*") if not sealed.is_sealed(path))
        return view(self, connection, part)

    monkeypatch.setattr(staging.Staged, "view", watched)
    take_in(Week(week.source, week.week, shop.folder / "reports" / "plain"), Hashed())
    assert [path.name for path in seen] == ["000.parquet"]
    monkeypatch.setenv(sealed.VARIABLE, "ab" * 32)
    again = Week(week.source, week.week, shop.folder / "reports" / "it's sealed")
    take_in(again, Hashed())
    assert len(seen) == 1 and all(map(sealed.is_sealed, again.scan("events")))
    assert again.read("events").sort_values(["customer", "time"], kind="stable", ignore_index=True).equals(whole)


def test_finished_tables_are_not_read_again_and_changed_ones_are(log, monkeypatch):
    shop, week = log
    shop.says({"events": LOG, "reviews": REVIEWS}, timezone="Asia/Shanghai").holds("r.jsonl", '{"id": 1, "text": "fine"}\n')
    week = Week(shop.load(), week.week, week.folder)
    read, stage = [], Reader._stage

    def watched(self, how, *rest):
        read.append(how.table.name)
        if how.table.name == "reviews" and len(read) == 2:
            raise KeyboardInterrupt
        return stage(self, how, *rest)

    monkeypatch.setattr(Reader, "_stage", watched)
    with pytest.raises(KeyboardInterrupt):
        take_in(week, Hashed())
    assert week.has("events") and not week.has("reviews") and not week.has("intake")
    first = take_in(week, Hashed())
    assert read == ["events", "reviews", "reviews"], "the events were finished"
    assert (week.folder / "tables" / ".events.kept").exists(), "and are vouched for: the runner removes what is left over"
    again = take_in(week, Hashed())
    assert len(read) == 3 and again.rows.equals(first.rows) and again.reasons.equals(first.reasons)
    shop.holds("r.jsonl", '{"id": 1, "text": "fine"}\n{"id": 2, "text": "better"}\n')
    assert take_in(week, Hashed()).rows["kept"].tolist() == [20_000, 2] and read[3:] == ["reviews"]
    take_in(Week(shop.load(), "2017-W47", week.folder), Hashed())
    assert read[4:] == ["events", "reviews"], "another week ends elsewhere"


def test_what_lies_after_the_week_is_kept_and_set_aside(log):
    shop, week = log
    found = take_in(Week(shop.load(), "2017-W47", week.folder), Hashed())
    there = week.read("events")
    assert found.rows["kept"].tolist() == [20_000] and there["time"].max() < pd.Timestamp("2017-11-27", tz="Asia/Shanghai")
    assert found.notes == [f"{20_000 - len(there):,} rows of events lie after week 2017-W47 and were set aside."]


def test_a_week_before_all_data_is_refused(log):
    shop, week = log
    with pytest.raises(SourceError, match=r"week 2016-W48 lies before all that shop holds: its 20,000 rows of events"):
        take_in(Week(shop.load(), "2016-W48", week.folder), Hashed())


def test_too_many_refused_stop_the_run_with_the_sum_and_the_lines_that_tell(shop):
    shop.says({"events": LOG}).holds("log.csv", "1,2,3,pv,1511600000\n" * 8 + "1,2,3,hover,1511600000\n" * 12 + "1,2\n")
    week = Week(shop.load(), "2017-W48", shop.folder / "reports" / "2017-W48")
    with pytest.raises(SourceError) as error:
        take_in(week, Hashed())
    said = str(error.value)
    assert "13 of 21 rows (61.9%)" in said and "21 read = 1 kept + 7 duplicates + 13 quarantined" in said
    lines = said.splitlines()[1:]
    assert len(lines) == 10 and "line 9: behaviour: a code" in lines[0] and "9,2,3,hover" in lines[0]
    assert "line 21: too few columns" in lines[1] and lines[1].endswith("9,9") and not week.has("events")
    assert take_in(week, Hashed(), max_quarantined=.7).rows["kept"].tolist() == [1]
    with pytest.raises(ParameterError, match="from 0 to 1"):
        take_in(week, Hashed(), max_quarantined=5)
    with pytest.raises(ParameterError, match="4GiB"):
        take_in(week, Hashed(), memory="much")


def test_what_is_refused_on_purpose_is_counted_and_stops_nothing(shop):
    class Forgetting(Hashed):
        def gone(self, rows):
            return np.array([customer == f"c-{2 * 2654435761 % 2**32:08x}" for customer in rows["customer"].to_pylist()])

    rule = LOG | {"refuse": [{"column": "item_id", "values": ["9"], "reason": "a test"}]}
    lines = ["1,9"] * 40 + ["2,8"] * 30 + ["1,8"] * 29 + [",8"]
    shop.says({"events": rule}).holds("log.csv", "".join(f"{line},3,pv,{1511600000 + n}\n" for n, line in enumerate(lines)))
    week = Week(shop.load(), "2017-W48", shop.folder / "reports" / "2017-W48")
    assert take_in(week, Forgetting()).rows[["rows", "kept", "quarantined"]].to_numpy().tolist() == [[100, 29, 71]]
    assert survey(shop.load(), Forgetting()).broken == {"events": 1 / 30}
    with pytest.raises(SourceError, match=r"1 of 30 rows \(3.3%\) break its contract \(70 more are refused on purpose"):
        take_in(Week(shop.load(), "2017-W48", shop.folder / "again"), Forgetting(), max_quarantined=.03)


def test_an_empty_file_counts_as_one_refused_row(shop):
    shop.says({"events": LOG}).holds("only.csv", "")
    found = survey(shop.load(), Open())
    assert found.rows[["rows", "kept", "quarantined"]].to_numpy().tolist() == [[1, 0, 1]] and found.broken == {"events": 1}
    (shop.folder / "only.csv").unlink()
    shop.says({"events": LOG}).holds("a.csv", "1,2,3,pv,1511600000\n").holds("b.csv", "")
    found = survey(shop.load(), Open())
    assert found.rows[["rows", "kept", "quarantined"]].to_numpy().tolist() == [[1, 1, 0], [1, 0, 1]]
    assert found.reasons[["file", "line", "reason"]].to_numpy().tolist() == [["b.csv", 1, EMPTY_FILE]]


class Masking(Open):
    def through(self, table, rows):
        if table == "reviews":
            texts = [re.sub(r"\d", "#", text) for text in rows["text"].to_pylist()]
            rows = rows.set_column(rows.column_names.index("text"), "text", [pd.array(texts, "str").__arrow_array__()])
        return rows


def test_a_table_of_a_header_alone_is_told(shop):
    columns = {"order": "no", "item": "sku", "quantity": "n", "price": "p", "time": "at"}
    shop.says({"orders": {"files": "o.csv", "columns": columns}}).holds("o.csv", "no,sku,n,p,at\n")
    note = "The table orders is empty: o.csv holds no row below its header."
    assert survey(shop.load(), Open()).notes == [note]
    week = Week(shop.load(), "2026-W46", shop.folder / "week")
    assert take_in(week, Open()).notes == [note]


def test_texts_that_differ_in_what_is_masked_stay_two(shop):
    rule = {"files": "r.csv", "columns": {"review": {"row_number": "true"}, "text": "text"}}
    shop.says({"reviews": rule}).holds("r.csv", "text\nring 1\nring 2\nring 1\n")
    found = take_in(Week(shop.load(), "2026-W46", shop.folder / "week"), Masking())
    assert found.rows[["kept", "duplicates"]].iloc[0].tolist() == [2, 1]


def test_a_text_of_markup_alone_is_no_text(shop):
    shop.says({"reviews": REVIEWS}).holds("r.jsonl", '{"id": 1, "text": "good"}\n{"id": 2, "text": "<br>&nbsp;"}\n')
    week = Week(shop.load(), "2026-W46", shop.folder / "reports" / "2026-W46")
    found = take_in(week, Door(Pseudonyms(b"k" * 32)), max_quarantined=.5)
    assert found.rows[["rows", "kept", "quarantined"]].to_numpy().tolist() == [[2, 1, 1]]
    assert found.reasons[["reason", "line", "raw"]].to_numpy().tolist() == [
        ["text: a text without words, markup alone", 2, ""]]


def test_packed_files_and_many_small_ones_read_the_same(log):
    shop, _ = log
    lines = (shop.folder / "log.csv").read_text().splitlines(keepends=True)[:900]
    counts = {}
    for name, files in (("one", {"log.csv": lines}), ("many", {f"{i}.csv": lines[i * 300:i * 300 + 300] for i in range(3)})):
        (shop.folder / "log.csv").unlink(missing_ok=True)
        for file, part in files.items():
            shop.holds(file, "".join(part))
        counts[name] = read_source(shop.load()).frames["events"]
    for i in range(3):
        packed = gzip.compress((shop.folder / f"{i}.csv").read_bytes())
        (shop.folder / f"{i}.csv").unlink()
        shop.holds(f"{i}.csv.gz", packed)
    shop.says({"events": {**LOG, "files": "*.csv.gz"}}, timezone="Asia/Shanghai")
    counts["packed"] = read_source(shop.load()).frames["events"]
    assert counts["one"].equals(counts["many"]) and counts["one"].equals(counts["packed"]) and len(counts["one"]) == 900
    assert Counter(counts["one"]["behaviour"])["view"] > 750
