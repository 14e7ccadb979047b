"""Tables for readers: names, formats, kinds of columns, and nothing left out without being counted."""

import pandas as pd
import pytest

from workbench.errors import TableError
from workbench.readable import LONGEST, grid, numeral, readable, show


def test_labels_name_and_format_columns_in_their_order():
    made = grid([{"share": 0.123, "change": -0.02, "n": 1234}, {"share": None, "change": 0.0, "n": 5}],
                {"share": "Share of reviews | .1%", "change": "Change | +.1%", "n": "Reviews | ,.0f"})
    assert [heading.name for heading in made.headings] == ["Share of reviews", "Change", "Reviews"]
    assert made.rows == [["12.3%", "−2.0%", "1,234"], ["–", "+0.0%", "5"]]


def test_a_column_without_a_label_keeps_its_name():
    assert grid([{"first_seen": "x"}], {}).headings[0].name == "first seen"


@pytest.mark.parametrize("values, kind", [
    ([1, None, 2.5], "number"), ([None, None], "label"), (["wish", "praise"], "label"), ([True, False], "label"),
    (["a" * 40], "text"), (["杯" * 15], "text"), (["a" * 200, "b"], "prose"), ([1, "a"], "label"),
    (["0.57%", "+0.68 points", "<0.001", "−1.2e-05", None], "number"), (["2026-W46", "10_preprocess"], "label")])
def test_the_kind_of_a_column_is_that_of_its_values(values, kind):
    assert grid([{"x": value} for value in values], {}).headings[0].kind == kind


def test_rows_may_lack_columns():
    assert grid([{"a": 1}, {"b": 2}], {}).rows == [["1", "–"], ["–", "2"]]


def test_a_long_table_is_cut_and_counted():
    made = grid([{"n": n} for n in range(LONGEST + 20)], {})
    assert (len(made.rows), made.total) == (LONGEST, LONGEST + 20)


def test_a_format_that_does_not_fit_names_column_value_and_way_out():
    with pytest.raises(TableError, match=r"'n'.*'Rows'.*'d'.*12\.5.*,\.0f"):
        grid([{"n": 12.5}], {"n": "Rows | d"})


def test_words_in_a_column_with_a_format_stay_words():
    assert grid([{"n": 1200}, {"n": "withheld"}], {"n": "Effect | ,.1f"}).rows == [["1,200.0"], ["withheld"]]


@pytest.mark.parametrize("value, shown", [
    ("", "–"), (float("nan"), "–"), (0, "0"), (2026, "2026"), (1e6, "1,000,000"), (0.123456, "0.1235"), (False, "no"),
    ({"a": 1}, '{"a": 1}'), (-3, "−3")])
def test_values_without_a_format(value, shown):
    assert show(value) == shown


def test_an_interval_is_one_column_and_a_half_known_one_says_so():
    made = grid([{"f1": 0.5, "f1_ci_lower": 0.4, "f1_ci_upper": 0.61}, {"f1": 0.5, "f1_ci_lower": None, "f1_ci_upper": 1.0},
                 {"f1": 0.5, "f1_ci_lower": None, "f1_ci_upper": None}],
                {"f1": "F1", "f1_ci_lower": "95% interval | .2f", "f1_ci_upper": "to | .2f"})
    assert [heading.name for heading in made.headings] == ["F1", "95% interval"]
    assert [row[1] for row in made.rows] == ["0.40 to\xa00.61", "– to\xa01.00", "–"]


def test_a_bound_without_its_partner_stands_alone():
    assert grid([{"ci_upper": 2}], {}).rows == [["2"]]
    assert grid([{"ci_lower": 2}], {}).rows == [["2"]]


@pytest.mark.parametrize("records, wide", [
    ([{"word": "cup", "times": 12}], False), ([{"word": "cup", "text": "x" * 200}], False),
    ([{name: "x" * 10 for name in "abcd"}], True), ([{name: "杯杯杯杯杯" for name in "abcd"}], True), ([], False)])
def test_a_table_that_a_phone_cannot_show_side_by_side_is_wide(records, wide):
    assert grid(records, {}).wide == wide


@pytest.mark.parametrize("value, form, shown", [
    (-1.26, "+.1f", "−1.3"), (-0.01, "+.1f", "+0.0"), (-0.01, ".1f", "0.0"), (-3, "d", "−3"), (1e-7, ".1e", "1.0e−07"),
    (-0.00012, ".2g", "−0.00012")])
def test_numerals(value, form, shown):
    assert numeral(value, form) == shown


def test_a_look_in_a_notebook_has_readers_names_local_times_and_text_as_text():
    frame = pd.DataFrame({"customer": ["<b>", None], "last_seen": pd.to_datetime(["2026-11-15 20:00Z", None]),
                          "share": pd.array([0.5, None], "Float64")})
    shown = readable(frame, {"share": "Share | .0%"}, "Asia/Singapore")
    assert shown.columns.tolist() == ["Customer", "Last seen", "Share"]
    assert shown.to_numpy().tolist() == [["<b>", "2026-11-16 04:00", "50%"], ["–", "–", "–"]]
    assert "&lt;b&gt;" in shown.to_html()
