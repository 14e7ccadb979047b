"""Rows that stand for many customers become a row a customer, exactly as many as they say."""

import pytest

from workbench.errors import SourceError
from workbench.tables import cells, rows

SUMS = "arm,day,visitors,bought,signed\ncontrol,2026-11-02,3,1,0\nnew,2026-11-02,\"1,002\",501,2\nnew,2026-11-03,0,0,0\n"
WHERE = {"experiment": {"value": "checkout"}, "customer": {"row_number": "true"}}


def read(shop, content, **rule):
    shop.says({"assignments": {"files": "s.csv", "thousands": ",", "counts": "visitors",
                               "columns": {**WHERE, "arm": "arm", "time": "day"}, **rule},
               "outcomes": {"files": "s.csv", "thousands": ",", "counts": "visitors", "columns": WHERE,
                            "metrics": {"bought": "bought", "signed": "signed"}, **rule}})
    return shop.holds("s.csv", content).read()


@pytest.mark.parametrize("most", [1, 7, 200_000])
def test_each_customer_of_a_sum_is_a_row_with_a_yes_or_a_no(shop, monkeypatch, most):
    monkeypatch.setattr(rows.unfolded, "__defaults__", (most,))
    raw = read(shop, SUMS)
    drawn, did = raw.frames["assignments"], raw.frames["outcomes"]
    assert drawn.groupby("arm")["customer"].nunique().to_dict() == {"control": 3, "new": 1002} and raw.quarantine.empty
    both = did.merge(drawn[["customer", "arm"]], on="customer")
    assert len(did) == 2 * 1005 and set(did["value"]) == {0, 1}
    assert both.groupby(["arm", "metric"])["value"].agg(["sum", "size"]).to_numpy().tolist() == [
        [1, 3], [0, 3], [501, 1002], [2, 1002]]
    assert raw.intake["kept"].tolist() == [1005, 2010]


def test_sums_that_cannot_be_are_refused_once(shop):
    raw = read(shop, "arm,day,visitors,bought,signed\na,2026-11-02,many,1,0\nb,2026-11-02,3,4,0\nb,2026-11-02,3,1.5,\n"
                     "b,2026-11-02,2,-1,1\n")
    assert raw.frames["assignments"].groupby("arm").size().to_dict() == {"b": 8}
    told = raw.quarantine[raw.quarantine["table"] == "outcomes"]
    no_count, never = f"visitors: {cells.NO_CUSTOMERS}", f"value: {cells.NOT_THEIRS}"
    assert sorted(zip(told["line"], told["reason"], strict=True)) == [
        (2, no_count), (2, no_count), (3, never), (4, f"value: {cells.EMPTY}"), (4, never), (5, never)]


@pytest.mark.parametrize(("change", "words"), [
    ({"columns": {**WHERE, "customer": "day"}, "counts": "visitors"}, "row_number: true"),
    ({"metrics": {"rate": {"from": "bought", "per": "signed"}}}, "'per' don't go together")])
def test_what_counts_cannot_do_is_said(shop, change, words):
    shop.says({"outcomes": {"files": "s.csv", "counts": "visitors", "columns": WHERE, "metrics": {"b": "bought"}, **change}})
    with pytest.raises(SourceError, match=words):
        shop.holds("s.csv", SUMS).load()


def test_too_many_customers_are_refused(shop):
    with pytest.raises(SourceError, match="stand for 999,999,999 customers"):
        read(shop, SUMS.replace(",3,", ",999999999,").replace('"1,002"', "0"))
