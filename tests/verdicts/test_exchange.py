"""Files that pages export: nothing in them is trusted, one wrong word and nothing of them is taken."""

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import verdicts
from workbench.__main__ import main
from workbench.errors import ParameterError, WorkbenchError
from workbench.tables import Week
from workbench.tables.week import week_start
from workbench.verdicts import Merged


def take(shop, *paths):
    return verdicts.accept([(verdicts.read_file(path), shop) for path in paths])


def test_a_file_is_merged_and_a_second_time_all_is_there_already(shop, sent):
    assert take(shop, sent()) == Merged(3, 0, 1)
    rows = verdicts.history(shop)
    assert rows["verdict"].tolist() == ["agree", "disagree", "wrong words"] and rows["reviewer"].unique().tolist() == ["ab"]
    assert [verdicts.marked(row.text, row.words) for row in rows.itertuples()] == [[], [], ["很好"]]
    assert rows["time"].dt.second.tolist() == [0, 1, 2] and rows["product"].tolist() == ["P1"] * 3
    assert shop.read("labels")[["text", "label", "who", "picked"]].to_numpy().tolist() == [
        ["It is a kettle.", "neutral", "ab", "objected"]]
    before = shop.path("verdicts").read_bytes()
    assert take(shop, sent()) == Merged(0, 3, 0) and shop.path("verdicts").read_bytes() == before
    assert take(shop, sent(), sent("other.json", reviewer="cd")) == Merged(3, 3, 1)


def test_a_second_thought_in_a_later_file_stands(shop, sent):
    take(shop, sent())
    second = {"verdict": "wrong words", "words": [[4, 7]], "time": "2026-11-18T09:00:00Z"}
    assert take(shop, sent(first=second)) == Merged(1, 2, 0)
    assert sorted(verdicts.latest(verdicts.history(shop))["verdict"]) == ["disagree", "wrong words", "wrong words"]


WRONG = [
    ({"format": "other"}, "has the format 'other'"), ({"version": 1}, "version 1, this workbench reads 2"),
    ({"version": True}, "'version' must be a whole number"), ({"version": "1"}, "'version' must be a whole number"),
    ({"week": "2026-W99"}, "is not an ISO week"), ({"week": "2026-W45"}, "where none was explained"),
    ({"week": "../../x"}, "is not an ISO week"), ({"task": "needs"}, "which nobody knows"),
    ({"reviewer": ""}, "reviewer '' must be initials"), ({"reviewer": "jo@example.com"}, "must be initials"),
    ({"verdicts": []}, "0 verdicts; 1 to 5,000"), ({"verdicts": [1]}, "verdict 1 is no JSON object"),
    ({"extra": 1}, "has the field 'extra', which nobody knows"),
    ({"first": {"text": "0" * 16}}, "is none that the week explained"), ({"first": {"card": "b" * 16}}, "explained no text"),
    ({"first": {"label": "negative"}}, "the model said positive of this text"),
    ({"first": {"verdict": "maybe"}}, "verdict 1: verdict 'maybe' is none of"),
    ({"first": {"verdict": "disagree", "right_label": "happy"}}, "right label 'happy' is none of negative, neutral"),
    ({"first": {"verdict": "disagree"}}, "must name one"), ({"first": {"note": "x" * 1001}}, "1,001 characters"),
    ({"first": {"note": None}}, "'note' must be a text"), ({"first": {"note": "\ud800"}}, "half a character"),
    ({"first": {"time": "yesterday"}}, "time 'yesterday' is none"), ({"first": {"time": "2026-11-17T09:30:00"}}, "is none"),
    ({"first": {"time": "2999-01-01T00:00:00Z"}}, "to come"), ({"first": {"time": "1999-01-01T00:00:00Z"}}, "before 2020"),
    ({"first": {"words": [[0, 3]]}}, "'agree' marks words"), ({"first": {"words": [7]}}, "must be two whole numbers"),
    ({"first": {"words": [[True, 3]]}}, "must be two whole numbers"), ({"first": {"words": {}}}, "'words' must be a list"),
    *(({"first": {"verdict": "wrong words", "words": words}}, "must be places of words") for words in (
        [[3, 3]], [[3, 4]], [[4, 7], [6, 9]], [[4, 7], [0, 3]], [[28, 31]])),
    ({"first": {"time": "9" * 41}}, "is none"), ({"first": {"sql": "'; drop"}}, "which nobody knows"),
]


def test_what_does_not_fit_is_refused_whole(shop, sent):
    for changed, says in WRONG:
        with pytest.raises(WorkbenchError) as caught:
            path = sent("bad.json", **changed)
            told = verdicts.read_file(path)
            week_start(told.week)
            good = verdicts.read_file(sent("good.json", reviewer="cd"))
            verdicts.accept([(good, shop), (told, Week(shop.source, told.week, shop.folder.parent / told.week))])
        assert says in str(caught.value) and ("bad.json" in str(caught.value) or "ISO week" in says), changed
    assert not shop.has("verdicts")


def test_the_command_takes_files_whole_or_not_at_all(shop, sent, capsys, monkeypatch, tmp_path):
    (tmp_path / "source.yml").write_text("name: shop\ntimezone: UTC\ntables:\n  reviews:\n    files: reviews.csv\n"
                                         "    columns: {review: id, text: text}\n")
    monkeypatch.setenv("WORKBENCH_REPORTS", str(tmp_path))
    assert main(["review", "import", str(sent()), "--data", str(tmp_path)]) == 0
    assert "3 verdicts taken, 0 were there already; 1 text is corrected" in capsys.readouterr().out
    before = shop.path("verdicts").read_bytes()
    good, bad = sent("good.json", reviewer="cd"), sent("bad.json", source="othershop")
    assert main(["review", "import", str(good), str(bad), "--data", str(tmp_path)]) == 2
    assert "bad.json is of the source 'othershop'" in capsys.readouterr().err
    assert main(["review", "import", str(good), str(sent("bad.json", first={"card": "b"})), "--data", str(tmp_path)]) == 2
    assert shop.path("verdicts").read_bytes() == before


@pytest.mark.parametrize(("content", "says"), [
    (b"\xff\xfe", "not readable as JSON"), (b"", "not readable as JSON"), (b"[" * 100_000, "not readable as JSON"),
    (b'{"version": NaN}', "NaN is no JSON"), (b'{"format": 1, "format": 2}', "a field stands twice"),
    (b"[]", "no JSON object"), (b"9" * 5000, "not readable as JSON"), (b" " * (1 << 20) + b"{}", "at most 1,048,576")])
def test_what_is_no_export_is_refused(tmp_path, content, says):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(ParameterError, match=says):
        verdicts.read_file(path)
    with pytest.raises(ParameterError, match="is no file"):
        verdicts.read_file(tmp_path)


def test_the_same_text_twice_and_otherwise_is_refused_and_alike_is_counted(shop, sent):
    plain = json.loads(sent().read_text())
    twice = plain["verdicts"] + [plain["verdicts"][0]]
    assert take(shop, sent(verdicts=twice)) == Merged(3, 1, 1)
    with pytest.raises(ParameterError, match=r"verdict 4: text .* was judged before in this file"):
        take(shop, sent(verdicts=[*plain["verdicts"], plain["verdicts"][0] | {"verdict": "wrong words"}]))


def test_a_file_against_an_earlier_model_of_the_week_is_taken(shop, sent):
    table = shop.read("explained_texts")
    shop.write("explained_texts", pd.concat([table.assign(card="b" * 16, label="neutral"), table], ignore_index=True))
    assert take(shop, sent()).new == 3


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3))


@settings(max_examples=50)
@given(where=st.sampled_from(["format", "version", "source", "week", "reviewer", "verdicts", "text", "card", "label",
                              "verdict", "right_label", "words", "note", "time"]), value=JSON)
def test_no_value_anywhere_breaks_the_reader(tmp_path_factory, where, value):
    """Whatever stands in a field: it is taken, or refused in words."""
    plain = {"format": verdicts.FORMAT, "version": verdicts.VERSION, "source": "s", "week": "2026-W46", "reviewer": "ab",
             "verdicts": [{"text": "a", "card": "b", "label": "c", "verdict": "agree", "right_label": None, "words": [],
                           "note": "", "time": "2026-11-17T09:30:00Z"}]}
    (plain if where in plain else plain["verdicts"][0])[where] = value
    path = Path(tmp_path_factory.getbasetemp()) / "fuzz.json"
    path.write_text(json.dumps(plain))
    try:
        sent = verdicts.read_file(path)
    except WorkbenchError as error:
        assert "fuzz.json" in str(error)
    else:
        assert sent.verdicts[0].keys() == {"text", "card", "label", "verdict", "right_label", "words", "note", "time"}
