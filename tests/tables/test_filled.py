"""Cells left empty below the first line of an order, as Shopify's exports do, take the cell above."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.errors import SourceError
from workbench.tables import records

COLUMNS = {"order": "Name", "customer": "Email", "item": "sku", "quantity": "n", "price": "price", "time": "Created at"}
RULE = {"files": "o*.csv", "columns": COLUMNS, "fill_down": {"of": "Name", "columns": ["Email", "Created at"]},
        "duplicates": "keep"}
HEADER = "Name,Email,Created at,sku,n,price\n"


def orders(shop, **files):
    shop.says({"orders": RULE})
    for name, text in files.items():
        shop.holds(f"{name}.csv", HEADER + text)
    return shop.read()


def test_lines_of_an_order_are_its_customers(shop):
    raw = orders(shop, o1="#1,ann@x.org,2026-11-09 10:00:00 +0800,tent,1,90\n#1,,,lamp,2,15\n#1, ,,bag,1,40\n"
                          "#2,bob@x.org,2026-11-10 11:00:00 +0800,tent,1,90\n")
    kept = raw.frames["orders"].sort_values("item")
    assert kept.groupby("order")["customer"].nunique().tolist() == [1, 1] and raw.quarantine.empty
    assert dict(kept.groupby("order")["time"].nunique()) == {"#1": 1, "#2": 1}
    assert kept.loc[kept["order"] == "#1", "item"].tolist() == ["bag", "lamp", "tent"]


def test_nothing_is_filled_from_another_order_another_file_or_where_the_order_has_no_name(shop):
    raw = orders(shop, o1="#1,ann@x.org,2026-11-09 10:00:00 +0800,tent,1,90\n,,,lamp,2,15\n#2,,,bag,1,40\n"
                          "#3,eve@x.org,2026-11-09 10:00:00 +0800,tent,1,90\n",
                 o2="#3,,,lamp,1,15\n")
    assert raw.frames["orders"]["order"].tolist() == ["#1", "#3"]
    assert sorted(raw.quarantine[["file", "line"]].itertuples(index=False, name=None)) == [
        ("o1.csv", 3), ("o1.csv", 4), ("o2.csv", 2)]


@given(st.lists(st.tuples(st.sampled_from(["a", "b", ""]), st.sampled_from(["x", "y", "", " "])), max_size=30),
       st.integers(1, 7))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_as_line_by_line_wherever_a_batch_ends(shop, monkeypatch, lines, batch):
    monkeypatch.setattr(records.batches, "BATCH", batch)
    monkeypatch.setattr("workbench.tables.records.plain.BLOCK", 12)  # characters: a piece is a line or two
    shop.says({"orders": RULE})
    shop.holds("o.csv", HEADER + "".join(f"{of},{who},2026-11-09,s,{place},1\n" for place, (of, who) in enumerate(lines, 1)))
    expected, above = [], (None, None)
    for of, who in lines:
        who = who.strip() or (above[1] if of and of == above[0] else None)
        above = (of, who)
        expected.append(who)
    found = []
    source = shop.load()
    for part in records.read_batches(source.tables["orders"][0].files, source.tables["orders"][0].rule):
        found += [(cell or "").strip() or None for cell in part.cells["Email"].to_pylist()]
    assert found == expected


def test_a_column_that_fills_nothing_is_refused(shop):
    with pytest.raises(SourceError, match=r"names 'Paid at', which no column is made of; .*that are read are Name"):
        shop.says({"orders": RULE | {"fill_down": {"of": "Name", "columns": "Paid at"}}})
        shop.holds("o.csv", HEADER).read()


def test_times_stay_their_own(shop):
    raw = orders(shop, o="#1,ann@x.org,2026-11-09 10:00:00 +0800,tent,1,90\n#1,,2026-11-10 10:00:00 +0800,lamp,2,15\n"
                         "#1,,,bag,1,1\n")
    assert raw.frames["orders"].set_index("item")["time"].to_dict() == {
        "tent": pd.Timestamp("2026-11-09 02:00Z"), "lamp": pd.Timestamp("2026-11-10 02:00Z"),
        "bag": pd.Timestamp("2026-11-10 02:00Z")}
