from pathlib import Path

import pandas as pd
import pytest

from workbench.experiments import Plan
from workbench.experiments.people import gather
from workbench.sample.labels import folder
from workbench.sample.simulate import simulate
from workbench.tables import Source, Week, conform, contract

ZONE = "Asia/Singapore"


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """A week of a shop, its reports in a temporary folder."""
    place = tmp_path_factory.mktemp("reports")
    return Week(Source("shop", Path("."), ZONE, "SGD"), "2026-W46", place / "shop" / "2026-W46")


@pytest.fixture(scope="session")
def gathered(shop):
    """What is measured of a trial's customers: ``(trial, tables)``."""
    return lambda trial, tables: gather([trial], tables, Plan(), shop)[0]


@pytest.fixture(scope="session")
def products():
    return pd.read_json(folder() / "products.jsonl", lines=True)


@pytest.fixture(scope="session")
def sample_frames(products):
    """``assignments`` and the other tables of a simulated shop, as the contracts have them."""

    def make(customers: int, seed: int) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
        life = simulate(products, customers, seed)
        events = pd.DataFrame({
            "customer": life.events["user_id"], "item": life.events["sku"], "category": life.events["category"],
            "behaviour": life.events["action"].replace({"pv": "view", "fav": "favourite"}),
            "time": pd.to_datetime(life.events["ts"], unit="s", utc=True)})
        orders = life.orders.rename(columns={"order_no": "order", "sku": "item", "qty": "quantity", "unit_price": "price"})
        orders["time"] = pd.to_datetime(orders["ordered_at"]).dt.tz_localize(ZONE)
        assignments = life.assignments.assign(time=pd.to_datetime(life.assignments["time"]).dt.tz_localize(ZONE))
        return (conform(assignments, contract("assignments")),
                {"events": conform(events, contract("events")), "orders": conform(orders, contract("orders"))})

    return make


@pytest.fixture(scope="session")
def drawn():
    """Assignments of one experiment: ``{arm: customers}``, an hour apart from a Monday on, or undated."""

    def make(sizes: dict[str, int], dated: bool = True, name: str = "test", every: str = "1min") -> pd.DataFrame:
        arms = [arm for arm, size in sizes.items() for _ in range(size)]
        start = pd.Timestamp("2026-11-02", tz=ZONE)
        times = pd.date_range(start, periods=max(sizes.values()), freq=every)
        time = pd.Series([times[i] for size in sizes.values() for i in range(size)])
        time = time if dated else time.mask(time.notna())
        return conform(pd.DataFrame({"experiment": name, "customer": [f"c{i}" for i in range(len(arms))], "arm": arms,
                                     "time": time}), contract("assignments"))

    return make


@pytest.fixture(scope="session")
def outcomes():
    """Table ``outcomes`` from ``(customer, metric, value)`` or ``(..., time)`` rows."""

    def make(rows: list[tuple], name: str = "test", base: list | None = None) -> pd.DataFrame:
        frame = pd.DataFrame([(*row, None)[:4] for row in rows], columns=["customer", "metric", "value", "time"])
        frame["time"] = pd.to_datetime(frame["time"], utc=True)
        return conform(frame.assign(experiment=name, base=base), contract("outcomes"))

    return make
