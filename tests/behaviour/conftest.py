"""A shop of a few rows, written as a week, and its logs on any engine."""

from pathlib import Path

import pandas as pd
import pytest

from workbench import behaviour
from workbench.tables import Source, Week, conform, contract

ZONE = "Asia/Shanghai"


def events_of(*rows):
    frame = pd.DataFrame(rows, columns=["customer", "item", "behaviour", "time"]).assign(category=None)
    frame["time"] = pd.to_datetime(frame["time"], utc=True, format="ISO8601")
    return conform(frame, contract("events"))


def orders_of(*rows):
    frame = pd.DataFrame(rows, columns=["order", "customer", "item", "quantity", "price", "time"])
    frame["time"] = pd.to_datetime(frame["time"], utc=True, format="ISO8601")
    return conform(frame, contract("orders"))


EVENTS = events_of(
    ("a", "p1", "view", "2026-11-09 01:00"), ("a", "p1", "cart", "2026-11-09 01:05"),
    ("a", "p1", "buy", "2026-11-09 17:00"),  # already the 10th in Shanghai
    ("b", "p1", "view", "2026-11-03 10:00"), ("b", "p2", "view", "2026-11-12 10:00"),
    ("c", "p2", "view", "2026-11-20 10:00"))  # after the week
ORDERS = orders_of(
    ("o1", "a", "p1", 2, 10.0, "2026-11-09 17:00"), ("o1", "a", "p2", 1, 5.0, "2026-11-09 17:00"),
    ("o2", "a", "p1", -1, 10.0, "2026-11-11 09:00"), ("o3", None, "p1", 5, 10.0, "2026-11-11 10:00"))
PRODUCTS = conform(pd.DataFrame({"product": ["p1", "p3"], "name": ["Ceramic mug", "Lamp"], "name_zh": ["陶瓷杯", None]}),
                   contract("products"))


def week_of_tables(folder: Path, zone: str = ZONE, **tables) -> Week:
    """A week of 2026-W46 whose tables are these; None is no table."""
    week = Week(Source("shop", folder, timezone=zone, currency="CNY"), "2026-W46", folder / "2026-W46")
    week.write_all({name: frame for name, frame in tables.items() if frame is not None})
    return week


@pytest.fixture
def logs(tmp_path, duckdb_connection):
    """Makes logs of tables on DuckDB."""
    return lambda zone=ZONE, **tables: behaviour.read_logs(week_of_tables(tmp_path, zone, **tables), duckdb_connection)
