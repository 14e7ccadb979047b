import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from workbench.errors import SourceError
from workbench.tables import load_source
from workbench.tables.settings import load_settings

EXAMPLES = Path(__file__).parents[2] / "data"
EVENTS = {"files": "events.csv", "columns": {"customer": "who", "item": "sku", "behaviour": "what", "time": "when"}}
NAMELESS = {**EVENTS, "header": "false", "names": ["who", "sku", "what", "when"]}


def column(**says):
    return {"tables": {"events": {**EVENTS, "columns": {**EVENTS["columns"], **says}}}}


def table(**says):
    return {"tables": {"events": {**EVENTS, **says}}}


@pytest.mark.parametrize(("says", "words"), [
    ({"tables": {}}, "'tables' is empty"),
    ({}, "'tables' is missing"),
    ({"timezon": "UTC", "tables": {}}, "did you mean 'timezone'?"),
    ({"name": "../up", "tables": {}}, "becomes a folder's name"),
    ({"name": "a b", "tables": {}}, "name: my_shop"),
    ({"name": [1], "tables": {}}, "must be one value"),
    ({"timezone": "Asia/Shangai", "tables": {}}, "did you mean 'Asia/Shanghai'?"),
    ({"timezone": "../../etc/passwd", "tables": {}}, "IANA"),
    ({"timezone": "asia/shanghai", "tables": {}}, "did you mean 'Asia/Shanghai'?"),
    ({"timezone": "UTC+8", "tables": {}}, "is 'UTC+8'; Write an IANA name"),
    (column(time={"from": "when", "format": "DD.MM.YYYY"}), "in the words of Python's strptime"),
    (column(time={"from": "when", "format": "%d.%Q.%Y"}), "in the words of Python's strptime"),
    ({"currency": "yuan", "tables": {}}, "ISO 4217"),
    ({"engine": "spark", "tables": {"events": EVENTS}}, "did you mean 'pyspark'?"),
    ({"spark": "local[2]", "tables": {"events": EVENTS}}, "write 'engine: pyspark'"),
    ({"tables": {"event": EVENTS}}, "did you mean 'events'?"),
    ({"tables": {"events": "events.csv"}}, "events: 'events.csv' is not a mapping"),
    (table(file="x"), "did you mean 'files'?"),
    (table(files=[]), "'files' is missing"),
    (table(files="/etc/passwd"), "relative"),
    (table(files="../x.csv"), "without '..'"),
    (table(format="xls"), "csv, jsonl, json, xlsx"),
    (table(header="false"), "names of all columns"),
    (table(header="no"), "true, false"),
    (table(names=["who"]), "header: false"),
    ({"tables": {"events": {**NAMELESS, "names": ["who", "who", "sku", "what", "when"]}}}, "a name twice"),
    ({"tables": {"events": {**NAMELESS, "names": ["who", "skuu", "what", "when"]}}}, "did you mean 'skuu'?"),
    (table(separator="::"), "one character"),
    (table(quote=","), "other than the separator"),
    (table(encoding="utf-9"), "gb18030"),
    (table(encoding="base64"), "gb18030"),
    (table(decimal=",", thousands=","), "can't be both"),
    (table(timezone="Mars"), "IANA"),
    (table(signs=["1."]), "like $, EUR or %"),
    (table(signs=" "), "like $, EUR or %"),
    (table(skip="two"), "how many lines stand above the header"),
    (column(item={"value": "x", "otherwise": "sku"}), "goes with 'from' only"),
    (column(item={"from": "sku", "per": "n"}), "for a price and for metrics"),
    (table(metrics={"visit": "visit"}), "outcomes only"),
    (table(window={"from": "2026-01-01"}), "There are first, last"),
    (table(window={"first": "yesterday morning"}), "write a date"),
    (table(window={"first": "2026-02-01", "last": "2026-01-01"}), "before 'first'"),
    (table(refuse={"column": "sku"}), "a list of rules"),
    (table(refuse=[{"column": "sku", "values": ["A"], "except": ["B"], "reason": "test"}]), "exactly one"),
    (table(refuse=[{"column": "sku", "values": ["TEST"]}]), "refuse: rule 1: 'reason' is missing"),
    (table(refuse=[{"column": "sku", "values": [], "reason": "test"}]), "must not be empty"),
    (table(duplicates="yes"), "drop, across files, keep"),
    (table(columns={"customer": "who", "item": "sku", "time": "when"}), "'behaviour' is missing"),
    (column(custmer="who"), "did you mean 'customer'?"),
    (column(item={"fro": "sku"}), "did you mean 'from'?"),
    (column(item={"values": {"a": "b"}}), "exactly one"),
    (column(item={"from": "sku", "value": "x"}), "exactly one"),
    (column(item={"value": ""}), "must not be empty"),
    (column(item={"from": []}), "must not be empty"),
    (column(item={"from": "sku", "unit": "seconds"}), "'unit' is 'seconds'"),
    (column(item={"from": "sku", "format": "%Y"}), "is for times"),
    (column(time={"from": "ts", "format": "%Y", "unit": "seconds"}), "without 'unit'"),
    (column(time={"from": "ts", "unit": "minutes"}), "seconds, milliseconds, microseconds"),
    (column(behaviour={"from": "what", "values": {"pv": "look"}}), "one of view, favourite"),
    (column(behaviour={"value": "views"}), "did you mean 'view'?"),
    (column(item=["sku"]), "not a mapping"),
    ({"tables": {"outcomes": {"files": "x", "metrics": {"a": "a"}, "columns": {
        "experiment": "e", "customer": "c", "metric": "m"}}}}, "one or the other"),
])
def test_every_word_is_checked(tmp_path, says, words):
    path = tmp_path / "source.yml"
    path.write_text(yaml.safe_dump({"name": "shop", **says}), "utf-8")
    with pytest.raises(SourceError) as caught:
        load_settings(path)
    assert words in str(caught.value) and str(path) in str(caught.value)


@pytest.mark.parametrize(("text", "words"), [
    (b"name: [", "not YAML"), (b"a: {b: why?, c: d}", "comma or a '?'"),
    (b"files: *.csv", r"at line 1, column 8.*quotation marks"),
    (b"name: a\nname: b\n", "twice"), (b"\xff\xfe", "not UTF-8"), (b"- a\n", "not a mapping"),
    (b"", "'tables' is missing"), (b"{[a]: b}", "not YAML"), (b"a: !!python/object/apply:os.system ['true']", "not known"),
])
def test_a_file_that_is_no_mapping_is_refused(tmp_path, text, words):
    (tmp_path / "source.yml").write_bytes(text)
    with pytest.raises(SourceError, match=words):
        load_settings(tmp_path / "source.yml")


def test_words_stay_what_they_are(shop):
    rule = {**EVENTS, "columns": {**EVENTS["columns"], "category": {"from": "c", "values": {"no": "off", "1": "one"}}}}
    shop.says({"events": rule}).holds("events.csv", "")
    (shop.folder / "source.yml").write_text((shop.folder / "source.yml").read_text().replace("'", ""))
    assert shop.load().tables["events"][0].rule.columns["category"].values == {"no": "off", "1": "one"}


def test_no_process_says_the_rules_in_another_order(shop):
    """Finished tables are known again by what their rules say."""
    shop.says({"events": EVENTS}).holds("events.csv", "")
    code = f"from workbench.tables import load_source; print(load_source({str(shop.folder)!r}).tables)"
    said = {subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, check=True,
                           capture_output=True).stdout for seed in "123"}
    assert len(said) == 1 and b"events.csv" in said.pop()


def test_a_source_knows_its_files_and_what_it_offers(shop):
    shop.says({"events": {**EVENTS, "files": "**/*e-*.csv"}, "orders": {"files": "orders.csv", "columns": {
        "order": "o", "item": "i", "quantity": "q", "price": "p", "time": "t"}}}, title="My shop", currency="SGD")
    shop.holds("2026/e-2.csv", "").holds("e-1.csv", "").holds("other.csv", "").holds("._e-1.csv", "")
    shop.holds("2026/._e-3.csv", "")
    source = shop.load()
    assert source.offered == {"events"} and [source.short(path) for path in source.raw_files] == ["2026/e-2.csv", "e-1.csv"]
    assert (source.name, source.title, source.currency, source.timezone) == ("shop", "My shop", "SGD", "UTC")
    assert source.settings == shop.folder / "source.yml" and source.absent == {"orders": ("orders.csv",)}
    assert source.notes == [f"No table orders: no file orders.csv lies in {shop.folder}."]


def test_files_may_lie_elsewhere(shop, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shop.says({"events": EVENTS})
    with pytest.raises(SourceError, match=r"looks for events.csv, and there lie source.yml\. .*--files"):
        shop.load()
    with pytest.raises(SourceError, match=r"no folder .*--files"):
        load_source(str(shop.folder), str(elsewhere / "not there"))
    (elsewhere / "events.csv").write_text("")
    assert load_source(str(shop.folder), str(elsewhere)).raw_files == [elsewhere / "events.csv"]
    shop.says({"events": EVENTS}, folder=str(elsewhere))
    assert shop.load().raw_files == [elsewhere / "events.csv"]


def test_half_a_table_is_an_error(shop):
    shop.says({"events": {**EVENTS, "files": ["events.csv", "more-*.csv"]}}).holds("events.csv", "")
    with pytest.raises(SourceError, match=r"more-\*.csv"):
        shop.load()


def test_a_name_that_is_none_lists_those_there_are():
    with pytest.raises(SourceError, match=r"did you mean 'sample'.*behaviour_zh"):
        load_source("smaple")


def test_a_path_that_is_no_source_is_named_once(shop):
    shop.says({"events": EVENTS})
    with pytest.raises(SourceError, match=r"is a file; give the folder"):
        load_source(str(shop.folder / "source.yml"))
    with pytest.raises(SourceError) as caught:
        load_source(str(shop.folder / "nobody"))
    assert str(caught.value).count("nobody") == 2


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("**/source.yml")), ids=lambda path: path.parent.name)
def test_what_is_shipped_is_valid_and_named_like_its_folder(path):
    assert load_settings(path).name == path.parent.name
