"""Small groups stay in the house, and cannot be computed from what leaves it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ParameterError
from workbench.findings import Exhibit, Finding, load_finding
from workbench.privacy import People, smallest_group, suppress
from workbench.privacy.suppress import VARIABLE, Withheld, told
from workbench.tables import Source, Week

ARMS = pd.DataFrame({"experiment": ["a", "a", "a", "b", "b"], "arm": list("xyzxy"), "customers": [4, 40, 30, 50, 60],
                     "share": [.1, .2, .3, .4, .5]})
PEOPLE = People(("customers",), ("share",), within=("experiment",))


def test_a_small_group_goes_and_one_more_so_that_it_cannot_be_computed():
    shown, withheld = suppress(ARMS, PEOPLE)
    assert shown["customers"].isna().tolist() == [True, False, True, False, False]  # z is the smaller of the others
    assert shown["share"].isna().equals(shown["customers"].isna()) and shown["arm"].tolist() == ARMS["arm"].tolist()
    assert withheld == Withheld(1, 1) and ARMS["customers"].notna().all()


def test_where_nothing_adds_up_only_the_small_group_goes():
    shown, withheld = suppress(ARMS, People(("customers",), ("share",)))
    assert shown["customers"].isna().tolist() == [True, False, False, False, False] and withheld == Withheld(1, 0)


def test_nobody_at_all_may_be_told_and_ten_may(monkeypatch):
    frame = pd.DataFrame({"customers": [0, 10, 9, None]})
    assert suppress(frame, People(("customers",)))[0]["customers"].isna().tolist() == [False, False, True, True]
    monkeypatch.setenv(VARIABLE, "5")
    assert smallest_group() == 5 and told(9) == "9" and suppress(frame, People(("customers",)))[1] == Withheld()


@pytest.mark.parametrize("given_", ["0", "-1", "ten", "1.5"])
def test_a_smallest_group_that_is_none_is_refused(monkeypatch, given_):
    monkeypatch.setenv(VARIABLE, given_)
    with pytest.raises(ParameterError, match="whole number from 1"):
        smallest_group()


@given(st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=6))
def test_no_line_with_a_total_lets_a_small_group_be_computed(cells):
    frame = pd.DataFrame(cells, columns=list("abc"))
    shown, withheld = suppress(frame, People(("a", "b", "c"), within=()))
    hidden, counts = shown.isna().to_numpy(), frame.to_numpy()
    assert hidden[(counts > 0) & (counts < 10)].all()
    assert hidden.sum() == withheld.primary + withheld.secondary
    for column in range(3):
        gone, there = counts[hidden[:, column], column], counts[~hidden[:, column], column]
        if len(gone):  # two at least, k together; or nothing of the line is left to take off the total
            assert (len(gone) >= 2 and gone.sum() >= 10) or not (there > 0).any()


def save(finding: Finding, folder: Path) -> dict:
    return json.loads(finding.save(Week(Source("shop", folder, "UTC"), "2026-W46", folder)).read_text())


def test_what_is_saved_has_no_small_group_in_table_or_figure(tmp_path):
    made = Finding("50_ab_conversion", "Did it work?", "It did.", table=ARMS, people=PEOPLE, figure=go.Figure(go.Bar(y=[4])),
                   exhibits=[Exhibit("Days", "Active.", figure=go.Figure(go.Bar(y=[7])),
                                     people=People(("customers",), behind=pd.DataFrame({"customers": [7, 30]})))])
    saved = save(made, tmp_path)
    assert [row["customers"] for row in saved["table"]] == [None, 40, None, 50, 60]
    assert saved["figure"] is None and saved["exhibits"][0]["figure"] is None
    assert "Empty cells" in saved["caption"] and "figure is withheld" in saved["exhibits"][0]["caption"]
    assert saved["how_sure"][-1].endswith("2 counts withheld, and 1 more so that none can be computed.")
    again = load_finding(tmp_path / "findings" / "50_ab_conversion.json")
    assert again.to_dict() == saved  # read back and saved again nothing changes


def test_the_smallest_of_equals_is_chosen_once():
    shown, _ = suppress(pd.DataFrame({"n": [3, 20, 20, 20]}), People(("n",), within=()))
    assert np.count_nonzero(shown["n"].isna()) == 2
