import sys
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.behaviour.conftest import EVENTS, ORDERS, PRODUCTS, events_of, orders_of
from workbench import behaviour, sealed
from workbench.behaviour.clock import HOUR, offsets
from workbench.behaviour.logs import table_of
from workbench.behaviour.store import _quantile
from workbench.engine import arrow
from workbench.errors import EngineError, TableError
from workbench.tables import conform, contract


def frame(table, name):
    return conform(arrow(table).to_pandas(), contract(name))


def customers(logs):
    return frame(behaviour.customers(logs, logs.days()), "customers").set_index("customer")


def test_features_of_a_planted_customer(logs):
    table = customers(logs(events=EVENTS, orders=ORDERS))
    assert table.index.tolist() == ["a", "b"], "c acted only after the week"
    a = table.loc["a"]
    assert (a["views"], a["carts"], a["buys"], a["purchases"], a["active_days"]) == (1, 1, 1, 1, 3)
    assert (a["average_basket"], a["revenue"], a["conversion"]) == (25.0, 15.0, 1.0)
    assert a["recency"] == pytest.approx((pd.Timestamp("2026-11-15 16:00") - pd.Timestamp("2026-11-11 09:00"))
                                         / pd.Timedelta(days=1))
    assert table.loc["b", "purchase_frequency"] == 0 and pd.isna(table.loc["b", "average_basket"])
    assert a["first_seen"] == pd.Timestamp("2026-11-09 01:00Z"), "times come back exactly"


def test_orders_alone_and_events_alone_are_enough(logs):
    assert customers(logs(orders=ORDERS)).index.tolist() == ["a"]


def test_events_alone_are_enough(logs):
    alone = customers(logs(events=EVENTS))
    assert alone.loc["a", "purchases"] == 1 and pd.isna(alone.loc["a", "revenue"])


def test_neither_is_not(logs):
    with pytest.raises(TableError, match="neither events nor orders"):
        logs().days()


def test_an_order_over_midnight_is_one_purchase(logs):
    late = orders_of(("o1", "a", "p1", 1, 10.0, "2026-11-09 15:59"), ("o1", "a", "p2", 1, 10.0, "2026-11-09 16:01"))
    table = customers(logs(orders=late)).loc["a"]
    assert (table["purchases"], table["active_days"], table["average_basket"]) == (1, 2, 20.0)


def test_sequences_are_in_time_order_and_lose_nothing(logs):
    made = logs(events=EVENTS.sample(frac=1, random_state=1), products=PRODUCTS)
    table = frame(behaviour.sequences(made), "sequences").set_index(["customer", "item"])
    assert list(table.loc[("a", "p1"), "behaviours"]) == ["view", "cart", "buy"]
    assert table["events"].sum() == 5
    assert table.loc[("a", "p1"), "text"] == "Ceramic mug: view cart buy"
    assert pd.Timestamp(table.loc[("a", "p1"), "times"][2]).tz_localize(None) == pd.Timestamp("2026-11-09 17:00")
    paths = frame(behaviour.paths(made), "paths").set_index("customer")
    assert list(paths.loc["b", "items"]) == ["p1", "p2"]
    assert paths.loc["b", "text"] == "view Ceramic mug; view p2", "a code where the catalogue has no name"


def test_deeds_of_the_same_moment_stand_in_one_order_whatever_the_file_says(logs):
    same = events_of(*[("a", item, deed, "2026-11-09 01:00:00.000001") for deed in ("buy", "cart", "favourite", "view")
                       for item in ("p2", "p1")])
    path = frame(behaviour.paths(logs(events=same)), "paths").iloc[0]
    assert path["text"] == ("view p1; view p2; favourite p1; favourite p2; cart p1; cart p2; buy p1; buy p2")


def test_funnel_counts_customers_once_and_sets_last_week_beside(logs):
    made = logs(events=EVENTS)
    table = behaviour.funnel(made, made.days()).set_index(["week", "stage"])
    assert table.loc[("2026-W46", "view"), "customers"] == 2
    assert table.loc[("2026-W46", "buy"), "rate"] == 0.5
    assert table.loc[("2026-W45", "view"), "customers"] == 1
    assert table.loc[("2026-W46", "buy"), "event_rate"] == 0.5


def test_events_of_one_customer_are_no_independent_draws(logs):
    """One of ten customers makes all carts: by events the interval would be narrow, by customers it holds nearly none."""
    rows = [(f"c{i}", "p1", "view", "2026-11-10 01:00") for i in range(10) for _ in range(20)]
    made = logs(events=events_of(*rows, *[("c0", "p1", "cart", "2026-11-10 02:00")] * 40))
    carts = behaviour.funnel(made, made.days()).set_index(["week", "stage"]).loc[("2026-W46", "cart or favourite")]
    assert carts["event_rate"] == pytest.approx(.2) and carts["event_rate_ci_lower"] == 0
    assert carts["event_rate_ci_upper"] == pytest.approx(.2 + 1.96 * .2, abs=.001), "standard error of a mean of 10: 2/10, 0"


def test_engagement_is_in_the_shops_time_zone(logs):
    made = logs(events=EVENTS, orders=ORDERS)
    table = behaviour.engagement(made, made.days()).set_index("day")
    assert len(table) == 14 and table.loc["2026-11-10", "buys"] == 1, "17:00 UTC is the next day in Shanghai"
    assert table.loc["2026-11-10", "revenue"] == 25.0
    assert table["revenue"].sum() == 65.0, "orders without a customer are revenue too"


def test_lines_that_name_no_customer_count_in_the_days_and_are_spoken_of(logs):
    made = logs(orders=ORDERS)
    table = behaviour.engagement(made, made.days())
    assert table["events"].sum() == len(ORDERS) and table["customers"].sum() == 2
    assert behaviour.make(made.week).notes[0].startswith("1 of 4 order lines name no customer")


def test_hours_are_those_of_the_clock_on_the_wall(logs):
    table = behaviour.rhythm(logs(events=EVENTS)).set_index(["weekday", "hour"])
    assert len(table) == 168 and table["events"].sum() == 5
    assert table.loc[(1, 1), "buys"] == 1, "17:00 UTC on Monday is 01:00 on Tuesday in Shanghai"


@given(st.integers(631152000, 1794700800), st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe",
                                                              "Asia/Shanghai", "Asia/Kathmandu", "America/Sao_Paulo"]))
def test_offsets_are_pythons(seconds, zone):
    end = pd.Timestamp("2026-11-15 16:00", tz="UTC")
    moment = pd.Timestamp(seconds, unit="s", tz="UTC")
    shift = next(shift for start, shift in offsets(zone, end) if seconds * 1_000_000 >= start)
    assert shift == moment.astimezone(ZoneInfo(zone)).utcoffset() / pd.Timedelta(microseconds=1)


def test_days_change_with_the_clock(logs):
    """London: summer time ends on 2026-10-25 at 01:00 UTC."""
    times = ["2026-10-24 22:59", "2026-10-24 23:00", "2026-10-25 23:59", "2026-10-26 00:00"]
    made = logs("Europe/London", events=events_of(*[("a", f"p{i}", "view", time) for i, time in enumerate(times)]))
    events = arrow(made.events.select("item", "day", hour=made.events.clock // HOUR % 24)).to_pandas().set_index("item")
    assert (events["day"] - events["day"].min()).tolist() == [0, 1, 1, 2] and events["hour"].tolist() == [23, 0, 23, 0]


@settings(max_examples=4)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["view", "cart", "favourite", "buy"]),
                          st.integers(0, 20 * 86400)), min_size=1, max_size=40))
def test_nothing_is_counted_twice_or_lost(tmp_path_factory, rows):
    from tests.behaviour.conftest import week_of_tables

    start = pd.Timestamp("2026-10-26", tz="UTC")
    events = events_of(*[(who, "p1", deed, str(start + pd.Timedelta(seconds=at))) for who, deed, at in rows])
    week = week_of_tables(tmp_path_factory.mktemp("law"), events=events)
    with behaviour.open_logs(week) as logs:
        behaviour.store(logs, "customer_days", logs.days())
        days = behaviour.stored(logs, "customer_days")
        before = int((events["time"] < week.end).sum())
        sums = arrow(days.aggregate(events=days.events.sum())).to_pylist()[0]["events"]
        assert (sums or 0) == before
        assert behaviour.sales(logs, days)["events"].sum() == before
        retention = behaviour.retention(logs, days)
        assert (retention[retention["age"] == 0]["active"] == retention[retention["age"] == 0]["customers"]).all()
        assert (retention["active"] <= retention["customers"]).all()
        assert np.isclose(behaviour.sizes(behaviour.segments(people := behaviour.buyers(logs, days),
                                                             behaviour.bounds(people)))["customers"].sum(),
                          events.loc[(events["time"] < week.end).to_numpy(), "customer"].nunique())


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path, monkeypatch):
    from tests.behaviour.conftest import week_of_tables

    week, written = week_of_tables(tmp_path, events=EVENTS), []
    module = sys.modules["workbench.behaviour.store"]  # the room gives its function this name
    write = module.store

    def watched(logs, name, table):
        if name == "sequences" and "sequences" not in written:
            written.append(name)
            raise KeyboardInterrupt
        written.append(name)
        write(logs, name, table)

    monkeypatch.setattr(module, "store", watched)
    with pytest.raises(KeyboardInterrupt):
        behaviour.make(week)
    first = ["customer_days", "customers", "customers_standardised"]
    assert written == [*first, "sequences"]
    behaviour.make(week)
    assert written == [*first, "sequences", "sequences", "paths"]
    behaviour.make(week)
    assert len(written) == 6 and week.read("paths")["events"].sum() == 5
    week.write("customers", week.read("customers").head(1))
    behaviour.make(week)
    assert written[6:] == ["customers"] and len(week.read("customers")) == 2, "somebody else wrote it"
    week.write("events", EVENTS.head(3))
    behaviour.make(week)
    assert written[7:] == [*first, "sequences", "paths"]


def test_ranges_of_customers_one_after_the_other_make_the_same_sequences(tmp_path):
    from tests.behaviour.conftest import week_of_tables

    whole, parted = (week_of_tables(tmp_path / name, events=EVENTS, products=PRODUCTS) for name in ("whole", "parted"))
    path = parted.path("events")
    path.unlink()
    path.mkdir()
    for place, names in enumerate((["a"], ["b", "c"])):
        part = EVENTS[EVENTS["customer"].isin(names)]
        early = part["time"] < pd.Timestamp("2026-11-10", tz="UTC")
        for week, rows in (("2026-W45", part[early]), ("2026-W46", part[~early])):
            rows.to_parquet(path / f"{week}-{place:03}.parquet", index=False)
    for week in (whole, parted, parted):
        behaviour.make(week)
    assert [file.name for file in parted.scan("sequences")] == ["000.parquet", "001.parquet"]
    for name in ("sequences", "paths", "customers"):
        assert whole.read(name).astype(str).equals(parted.read(name).astype(str))
    path.joinpath("2026-W46-001.parquet").unlink()
    path.joinpath("2026-W45-001.parquet").unlink()
    behaviour.make(parted)
    assert len(parted.scan("sequences")) == 1 and parted.path("sequences").is_file()


@pytest.mark.parametrize("key", ["", "ab" * 32], ids=["plain", "sealed"])
def test_files_hold_the_types_of_their_contracts(tmp_path, monkeypatch, key):
    from tests.behaviour.conftest import week_of_tables

    monkeypatch.setenv("WORKBENCH_TABLE_KEY", key)
    week = week_of_tables(tmp_path, events=EVENTS, orders=ORDERS, products=PRODUCTS)
    behaviour.make(week)
    wanted = {"text": "string", "week": "string", "integer": "int64", "number": "double", "time": "timestamp[us, tz=UTC]"}
    for name in ("customer_days", "customers", "customers_standardised", "sequences", "paths"):
        found = {field.name: str(field.type) for field in sealed.load(week.path(name)).schema}
        columns = [column for column in contract(name).columns if column.kind != "list"]
        assert {column.name: found[column.name] for column in columns} == {
            column.name: wanted[column.kind] for column in columns}, name


def test_times_are_exact_to_the_microsecond_up_to_2099(tmp_path, duckdb_connection):
    from dataclasses import replace

    from tests.behaviour.conftest import week_of_tables

    times = [f"2098-03-05 00:00:00.00000{i}" for i in (1, 2, 3, 5, 7)]
    week = week_of_tables(tmp_path, events=events_of(*(("a", "p", "buy", time) for time in times)))
    made = arrow(behaviour.sequences(behaviour.read_logs(replace(week, week="2098-W10"), duckdb_connection))).to_pylist()
    assert [str(time)[:26] for time in made[0]["times"]] == times and set(made[0]["behaviours"]) == {"buy"}


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=30), q=st.sampled_from([0, .5, .95, 1]))
def test_quantiles_of_counted_lengths_are_those_of_the_lengths(lengths, q):
    values, times = np.unique(lengths, return_counts=True)
    assert _quantile(q, values, times) == pytest.approx(np.quantile(lengths, q))


@pytest.mark.parametrize("key", ["", "ab" * 32], ids=["plain", "sealed"])
def test_a_large_file_is_cut_where_row_groups_begin(tmp_path, monkeypatch, key):
    from tests.behaviour.conftest import week_of_tables

    monkeypatch.setenv("WORKBENCH_TABLE_KEY", key)
    whole, parted = (week_of_tables(tmp_path / name, events=EVENTS, products=PRODUCTS) for name in ("whole", "parted"))
    behaviour.make(whole)
    rows = EVENTS.sort_values(["customer", "time"])
    rows.to_parquet(parted.path("events"), index=False, row_group_size=1, **sealed.options())
    monkeypatch.setattr("workbench.behaviour.logs.RANGE", 2)
    behaviour.make(parted)
    assert len(parted.scan("sequences")) == len(parted.scan("customer_days")) > 2
    for name in ("sequences", "paths", "customers", "customer_days"):
        columns = ["customer", *(["day"] if name == "customer_days" else [])]
        one, other = (week.read(name).sort_values(columns, kind="stable", ignore_index=True) for week in (whole, parted))
        assert one.astype(str).equals(other.astype(str)), name


def test_spark_refuses_encrypted_tables_and_says_why(tmp_path, monkeypatch):
    from tests.behaviour.conftest import week_of_tables

    monkeypatch.setenv("WORKBENCH_TABLE_KEY", "ab" * 32)
    week = week_of_tables(tmp_path, events=EVENTS)
    with pytest.raises(EngineError, match="is encrypted, and Spark is not given the key: compute on duckdb"):
        table_of(week, "events", SimpleNamespace(name="pyspark"))
