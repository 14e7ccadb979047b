"""Changes without a control group, from the log of orders to the sentence."""

import numpy as np
import pandas as pd
import pytest

from workbench.experiments.changes import finding_of_changes, read_changes, sentence, table
from workbench.tables import conform, contract

ZONE = "Asia/Singapore"
WEEKS = pd.date_range("2026-08-24", periods=12, freq="7D", tz=ZONE)
ITEMS = [f"i{k:02d}" for k in range(14)]


def orders(effect: float, seed: int = 0) -> pd.DataFrame:
    """Fourteen products with a demand that rises for all; the first four change from the tenth week on."""
    rng, rows = np.random.default_rng(seed), []
    for k, item in enumerate(ITEMS):
        for w, monday in enumerate(WEEKS):
            buyers = rng.poisson(rng.gamma(40, .5) * 1.08 ** w * (1 + effect * (k < 4 and w >= 9)))
            rows += [(f"o{k}-{w}-{b}", f"c{k}-{w}-{b}", item, 1, 9.0, monday + pd.Timedelta(hours=10 + b % 150))
                     for b in range(buyers)]
    columns = ["order", "customer", "item", "quantity", "price", "time"]
    return conform(pd.DataFrame(rows, columns=columns), contract("orders"))


def declared(affected, since=WEEKS[9], by="item", name="new pictures") -> pd.DataFrame:
    return conform(pd.DataFrame({"change": name, "time": since, "by": by, "affected": affected}), contract("changes"))


@pytest.fixture(scope="module")
def log(duckdb_connection):
    return duckdb_connection.create_table("changed_orders", orders(.6), overwrite=True)


def test_a_planted_change_is_found_and_told(log, shop):
    change, = read_changes(declared(ITEMS[:4]), {"orders": log}, shop)
    row, = table([change]).itertuples()
    assert row.ci_lower < .6 < row.ci_upper and row.ci_lower > .2 and (row.affected, row.others) == (4, 10)
    assert row.naive > row.effect and change.weeks == (9, 3), "rising demand is in the bare difference only"
    finding = finding_of_changes([change], ["orders"])
    assert finding.sentence.startswith("Since “new pictures” ") and "% more customers bought" in finding.sentence
    assert "Nobody was drawn" in finding.caveats[0]
    assert finding.to_dict()["figure"] and len(finding.exhibits[0].table) == 14


def test_a_change_within_a_week_leaves_that_week_out(log, shop):
    change, = read_changes(declared(ITEMS[:4], WEEKS[9] + pd.Timedelta(days=3)), {"orders": log}, shop)
    assert change.weeks == (9, 2) and f"{WEEKS[9]:%Y-%m-%d}" not in set(change.weekly["week"])


def test_a_bare_before_after_is_refused_and_the_others_are_read(log, shop):
    everywhere = declared([None], name="all new")
    bare, fine = read_changes(pd.concat([everywhere, declared(ITEMS[:4])]), {"orders": log}, shop)
    assert "bare before/after comparison is refused" in sentence(bare) and bare.told is None and fine.told
    assert len(table([bare, fine])) == 1


def test_groups_that_drift_apart_are_no_effect(shop, duckdb_connection):
    drifting = orders(0)
    late = drifting["item"].isin(ITEMS[:4]) & (drifting["time"] > WEEKS[4])
    more = drifting[late.to_numpy()].assign(customer=drifting["customer"] + "x", order=drifting["order"] + "x")
    log = duckdb_connection.create_table("drifting", pd.concat([drifting, more], ignore_index=True), overwrite=True)
    change, = read_changes(declared(ITEMS[:4]), {"orders": log}, shop)
    assert sentence(change).startswith("Do not read “new pictures” as an effect")


@pytest.mark.parametrize("wrong, says", [
    (declared(["nowhere"]), "it came to the item 'nowhere', which no customer"),
    (declared(ITEMS[:4], by="category"), "groups are told apart by category, and what is counted"),
    (declared(ITEMS[:4]).assign(behaviour="cart"), "groups are told apart by item, and what is counted is 'cart'"),
    (pd.concat([declared(ITEMS[:2]), declared(ITEMS[2:3], WEEKS[8])]), "it has several dates: 2026")])
def test_a_mistake_is_told_and_the_others_are_read(log, shop, wrong, says):
    found = read_changes(pd.concat([wrong, declared(ITEMS[:4], name="other pictures")]), {"orders": log}, shop)
    assert [change.told is None for change in found] == [True, False]
    finding = finding_of_changes(found, ["orders"])
    assert f"“new pictures” cannot be read: {says}" in finding.sentence and len(finding.table) == 1
