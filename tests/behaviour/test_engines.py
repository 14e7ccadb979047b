"""One definition, two engines: every table is the same on Spark, empty cells and time zones included.

Two are compared in every run of the tests where pyspark and Java are; WORKBENCH_SPARK=all compares all (minutes).
"""

import os

import numpy as np
import pandas as pd
import pytest

from tests.behaviour.conftest import EVENTS, ORDERS, PRODUCTS, events_of, orders_of, week_of_tables
from workbench import behaviour
from workbench.behaviour.logs import by_customers
from workbench.engine import arrow

# The hours around the end of summer time in London, a name that needs care, an order that only returns, an empty name.
TRICKY = events_of(
    ("d", "p1", "view", "2026-10-25 00:59:59.999999"), ("d", "p1", "view", "2026-10-25 01:00"),
    ("d", "p3", "buy", "2026-10-25 01:00"), ("d", "p3", "view", "2026-10-25 01:00"),
    ("e'; --", "茶\"", "cart", "2026-11-08 23:59"), ("e'; --", "茶\"", "favourite", "2026-11-09 00:00"))
RETURNS = orders_of(("o9", "f", "p1", -2, 9.99, "2026-11-10 10:00"), ("o8", "a", "p1", 1, .1, "2026-10-25 00:30"))


def people(logs):
    return behaviour.buyers(logs, logs.days())


def scaler(logs):
    return behaviour.scaler(behaviour.customers(logs, logs.days()), "2026-W46")


TABLES = {
    "customer_days": lambda logs: logs.days(),
    "customers": lambda logs: behaviour.customers(logs, logs.days()),
    "sequences": behaviour.sequences,
    "paths": behaviour.paths,
    "engagement": lambda logs: behaviour.engagement(logs, logs.days()),
    "funnel": lambda logs: behaviour.funnel(logs, logs.days()),
    "rhythm": behaviour.rhythm,
    "retention": lambda logs: behaviour.retention(logs, logs.days()),
    "sales": lambda logs: behaviour.sales(logs, logs.days()),
    "segments": lambda logs: behaviour.segments(people(logs), behaviour.bounds(people(logs))),
    "sizes": lambda logs: behaviour.sizes(behaviour.segments(people(logs), behaviour.bounds(people(logs)))),
    "spread": lambda logs: behaviour.spread(behaviour.customers(logs, logs.days()), "purchase_frequency")[0],
    "outliers": lambda logs: behaviour.outliers(behaviour.customers(logs, logs.days()), {"purchase_frequency": 0.0}),
    "ladder": lambda logs: behaviour.ladder(behaviour.customers(logs, logs.days())),
    "scaler": scaler,
    "drift": lambda logs: behaviour.drift(behaviour.customers(logs, logs.days()), scaler(logs)),
    "customers_standardised": lambda logs: behaviour.standardise(behaviour.customers(logs, logs.days()), scaler(logs)),
}
ALWAYS = ("customers", "paths")
ALL = os.environ.get("WORKBENCH_SPARK") == "all"


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    return week_of_tables(tmp_path_factory.mktemp("engines"), "Europe/London", events=pd.concat([EVENTS, TRICKY]),
                          orders=pd.concat([ORDERS, RETURNS]), products=PRODUCTS)


@pytest.fixture(scope="module")
def on_spark(week, spark_connection):
    """Without generated code: for a few rows compiling it is all the time."""
    spark_connection._session.conf.set("spark.sql.codegen.wholeStage", "false")
    spark_connection._session.conf.set("spark.sql.codegen.factoryMode", "NO_CODEGEN")
    return behaviour.read_logs(week, spark_connection)


def rows(table):
    frame = table if isinstance(table, pd.DataFrame) else arrow(table).to_pandas()
    frame = frame.sort_index(axis="columns").map(lambda cell: list(cell) if isinstance(cell, np.ndarray) else cell)
    by = [name for name in frame if not isinstance(frame[name].iloc[0], list)]
    return frame.sort_values(by, ignore_index=True, key=lambda values: values.astype(str))


@pytest.mark.spark
@pytest.mark.parametrize("name", [*ALWAYS, *(pytest.param(name, marks=pytest.mark.skipif(
    not ALL, reason="WORKBENCH_SPARK=all compares it")) for name in TABLES if name not in ALWAYS)])
def test_spark_says_what_duckdb_says(name, week, on_spark, duckdb_connection):
    here = rows(TABLES[name](behaviour.read_logs(week, duckdb_connection)))
    assert len(here)
    pd.testing.assert_frame_equal(here, rows(TABLES[name](on_spark)), check_dtype=False, rtol=1e-12)


@pytest.mark.spark
@pytest.mark.skipif(not ALL, reason="WORKBENCH_SPARK=all compares it")
def test_ranges_of_customers_are_the_same_on_spark(tmp_path, monkeypatch, on_spark, duckdb_connection):
    monkeypatch.setattr("workbench.behaviour.logs.RANGE", 2)
    week = week_of_tables(tmp_path, events=EVENTS)
    EVENTS.sort_values(["customer", "time"]).to_parquet(week.path("events"), index=False, row_group_size=1)
    made = [[arrow(behaviour.sequences(part)).to_pandas() for part in by_customers(behaviour.read_logs(week, connection))]
            for connection in (duckdb_connection, on_spark.connection)]
    assert len(made[0]) == len(made[1]) > 1
    here, there = (rows(pd.concat(each, ignore_index=True)) for each in made)
    pd.testing.assert_frame_equal(here, there, check_dtype=False)
