import numpy as np
import pandas as pd

from workbench.needs.weigh import weigh, weight


def told(n, rating=1, customer=True):
    return pd.DataFrame({"review": [f"r{i}" for i in range(n)], "rating": rating,
                         "customer": [f"c{i}" if customer else None for i in range(n)]})


def test_a_customer_counts_once_and_intervals_hold_the_value():
    both = pd.concat([told(30), told(1).assign(review="again")])
    found = weigh(both, pd.Series({f"c{i}": 10.0 for i in range(30)}))
    assert (found["customers"], found["revenue"]) == (30, 300)
    assert found["revenue_ci_lower"] < 300 < found["revenue_ci_upper"] and abs(found["strength"] - .8) < 1e-9


def test_the_interval_covers_what_is_true():
    rng, hits = np.random.default_rng(1), 0
    for _ in range(60):
        voicing = np.flatnonzero(rng.random(400) < .2)
        spent = pd.Series(rng.gamma(2, 25, len(voicing)), [f"c{i}" for i in range(len(voicing))])
        found = weigh(told(len(voicing)), spent)
        hits += found["revenue_ci_lower"] < 400 * .2 * 50 < found["revenue_ci_upper"]
    assert hits >= 52


def test_what_is_missing_stays_empty_and_counts_as_one():
    found = weigh(told(4, rating=None, customer=False).assign(rating=pd.NA), None)
    assert found["customers"] == 4 and found[["strength", "revenue", "revenue_ci_lower"]].isna().all()
    table = pd.DataFrame([found, weigh(told(4, customer=False), None)])
    assert weight(table).round(6).tolist() == [4, 4 * 1.8]
