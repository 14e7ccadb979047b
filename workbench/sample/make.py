"""Write the sample shop's logs, as a real shop's export would look, and what was planted in them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from workbench import paths
from workbench.errors import ParameterError
from workbench.sample.labels import folder as texts_folder
from workbench.sample.labels import labelled_texts, reviews
from workbench.sample.simulate import BUY, CHANGE, EXPERIMENTS, FIRST_DAY, LAST_WEEK, WEEKS, Life, simulate

#: needs that customers voice mostly in the last week, or mostly before the last three
RISING = (("HP-208", "app", "complaint"), ("HP-101", "capacity", "wish"), ("HP-401", "connectivity", "complaint"))
FALLING = (("HP-107", "cleaning", "complaint"), ("HP-302", "durability", "complaint"))
BAD_LINES = {  # how an export breaks, and the row that shows it
    "cut line": "HPC-0000001,HP-101,kitchen,pv",
    "surplus column": "HPC-0000001,HP-101,kitchen,pv,1790000000,extra",
    "unknown behaviour": "HPC-0000001,HP-101,kitchen,hover,1790000000",
    "text where a number belongs": "HPC-0000001,HP-101,kitchen,pv,yesterday",
    "empty customer": ",HP-101,kitchen,pv,1790000000",
    "milliseconds taken for seconds": "HPC-0000001,HP-101,kitchen,pv,1790000000000",
}
TWICE = 25  # events that stand in the log twice


def make(folder: Path | None = None, customers: int = 6000, seed: int = 46) -> dict:
    """Make events, orders, assignments, changes, reviews and labelled texts in ``folder`` (default ``data/sample/logs``).

    Returns what was planted; the same is written to ``truths.json``. The same arguments give the same bytes.

    Raises:
        ParameterError: fewer than 100 customers: too few for the experiments to mean anything.
    """
    if customers < 100:
        raise ParameterError(f"--customers {customers}: the experiments need 100 or more")
    folder = folder or texts_folder() / "logs"
    products = pd.read_json(texts_folder() / "products.jsonl", lines=True)
    life = simulate(products, customers, seed)
    dated, voiced = _date_reviews(life, np.random.default_rng([seed, 1]))
    events = pd.concat([life.events, life.events.iloc[:TWICE]], ignore_index=True)
    truths = {
        "seed": seed, "customers": customers, "last_week": LAST_WEEK, "weeks": WEEKS,
        "rows": {"events": len(life.events), "orders": len(life.orders), "reviews": len(dated),
                 "assignments": len(life.assignments)},
        "bad_events": {"quarantined": BAD_LINES, "duplicates": TWICE},
        "experiments": [
            {"name": e.name, "control": e.arms[0], "treatment": e.arms[1], "truth": e.truth,
             "chance_to_buy_from_cart": {"control": BUY, "treatment": round(BUY * e.lift, 4)},
             "share_of_second_arm_lost": e.lost} for e in EXPERIMENTS],
        "change": CHANGE | {"truth": "a real effect on favourites, without a control group"},
        "needs": voiced,
    }
    _write(folder / "events.csv", events.to_csv(index=False) + "\n".join(BAD_LINES.values()) + "\n")
    _write(folder / "orders.csv", life.orders.to_csv(index=False))
    _write(folder / "assignments.csv", life.assignments.to_csv(index=False))
    _write(folder / "changes.csv", _changes(products).to_csv(index=False))
    _write(folder / "reviews.csv", dated.to_csv(index=False))
    _write(folder / "labelled_texts.csv", labelled_texts().to_csv(index=False))
    _write(folder / "truths.json", json.dumps(truths, ensure_ascii=False, indent=1) + "\n")
    return truths


def _changes(products: pd.DataFrame) -> pd.DataFrame:
    """The change without a control group: one row a product that it came to."""
    skus = products.loc[(products["category"] == CHANGE["category"]).to_numpy(), "product"]
    since = FIRST_DAY + pd.Timedelta(weeks=CHANGE["first_week"])
    return pd.DataFrame({"change": CHANGE["name"], "since": f"{since:%Y-%m-%d}", "by": "item",
                         "behaviour": "favourite", "affected": skus})


def _date_reviews(life: Life, rng) -> tuple[pd.DataFrame, dict]:
    """Give every review a customer of its language, one who bought the product where there is one, and a day."""
    buyers = life.orders[life.orders["qty"] > 0].merge(life.people, on="customer")
    rows, planted = [], {"rising": [], "falling": []}
    for review in reviews():
        candidates = buyers[(buyers["sku"] == review["product"]) & (buyers["language"] == review["language"])]
        pool = candidates["customer"] if len(candidates) else life.people["customer"]
        themes = {(review["product"], need["aspect"], need["kind"]) for need in review["needs"]}
        rows.append((review["review"], review["product"], pool.iloc[rng.integers(len(pool))],
                     _day(themes, rng), review["rating"], review["title"], review["text"], review["language"]))
    for direction, themes in (("rising", RISING), ("falling", FALLING)):
        planted[direction] = [dict(zip(("product", "aspect", "kind"), theme, strict=True)) for theme in themes]
    frame = pd.DataFrame(rows, columns=["id", "sku", "customer", "at", "stars", "title", "text", "lang"])
    return frame.sort_values(["at", "id"], ignore_index=True), planted


def _day(themes: set, rng) -> str:
    week = rng.integers(0, WEEKS)
    if themes & set(RISING):
        week = WEEKS - 1 if rng.random() < .75 else rng.integers(0, WEEKS - 1)
    elif themes & set(FALLING):
        week = rng.integers(WEEKS - 6, WEEKS - 1)
    moment = FIRST_DAY + pd.Timedelta(days=int(week * 7 + rng.integers(0, 7)), seconds=int(rng.integers(25200, 82800)))
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _write(path: Path, text: str) -> None:
    with paths.replacing(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="")
