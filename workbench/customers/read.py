"""What customers did, asked of the engine: small tables that fit on a page, and two that name customers and stay here."""

from dataclasses import dataclass

import pandas as pd

from workbench import behaviour
from workbench.behaviour.segments import MEASURES
from workbench.tables import Week
from workbench.uncertainty import with_interval


@dataclass(frozen=True)
class Told:
    """What was asked. No table of it names a customer.

    Attributes:
        tables: ``funnel`` (where there are events), ``engagement``, ``rhythm``, ``retention``, ``sales``, ``ladder`` as
            their contracts say; ``segments``: one row a segment.
        bounds: what the words of the segments' rules mean; None where nobody has bought.
        spreads: feature -> bins and figures of :func:`workbench.behaviour.spread`, where somebody has it.
    """

    week: Week
    tables: dict[str, pd.DataFrame]
    bounds: behaviour.Bounds | None
    spreads: dict[str, tuple[pd.DataFrame, dict]]

    @property
    def days(self) -> tuple[int, int]:
        """Days with data in the week and in the week before; two weeks of unlike length are not compared."""
        return tuple(int((self.of("engagement", name)["events"] > 0).sum()) for name in (self.week.week, self.week.previous))

    @property
    def comparable(self) -> bool:
        """Whether both weeks hold data of equally many days."""
        return self.days[0] == self.days[1] > 0

    def customers(self, week: str) -> int:
        """How many customers are known to have been active in a week."""
        return int(self.of("sales", week)["customers"].sum())

    def of(self, table: str, week: str) -> pd.DataFrame:
        """The rows of one week."""
        whole = self.tables[table]
        return whole[(whole["week"] == week).to_numpy()]


def read(shop: Week) -> Told:
    """Ask the engine for every table, and write those that have a contract."""
    with behaviour.open_logs(shop) as logs:
        days, people = (behaviour.stored(logs, name) for name in ("customer_days", "customers"))
        tables = {"sales": behaviour.sales(logs, days), "retention": behaviour.retention(logs, days),
                  "rhythm": behaviour.rhythm(logs), "ladder": behaviour.ladder(people)}
        buyers = behaviour.buyers(logs, days)
        bounds = behaviour.bounds(buyers)
        behaviour.store(logs, "segments", behaviour.segments(buyers, bounds))
        spreads = {measure: behaviour.spread(people, measure) for measure in MEASURES}
        spreads = {measure: found for measure, found in spreads.items() if found[1]["customers"]}
        shop.write_all(tables)
        shop.write("outliers", behaviour.outliers(people, {name: told["fence"] for name, (_, told) in spreads.items()}))
        tables["segments"] = _shares(behaviour.sizes(behaviour.stored(logs, "segments")))
    tables |= {name: shop.read(name) for name in ("engagement", "funnel") if shop.has(name)}
    return Told(shop, tables, bounds, spreads)


def _shares(sizes: pd.DataFrame) -> pd.DataFrame:
    """Each segment's share of customers (with Wilson's interval), of purchases and of revenue, 0 to 1."""
    table = sizes.assign(**with_interval("customers_share", sizes["customers"], sizes["customers"].sum()))
    for name in ("purchases", "revenue"):
        whole = table[name].astype("float64").clip(lower=0).sum()
        table[f"{name}_share"] = table[name].astype("float64").clip(lower=0) / whole if whole > 0 else float("nan")
    return table
