import numpy as np
import pandas as pd

from workbench.needs.change import gone, new


def ages(*rows):
    return pd.DataFrame([(need, age, voiced, reviews) for need, counts in rows for age, (voiced, reviews) in
                         enumerate(counts)], columns=["need", "age", "voiced", "reviews"])


def test_a_need_never_voiced_before_is_new_and_an_old_one_is_not():
    found = new(ages(("fresh", [(6, 20), (0, 20), (0, 20), (0, 20)]), ("old", [(6, 20), (1, 20), (0, 20), (0, 20)])))
    assert found["need"].tolist() == ["fresh"] and found["p_value"].iloc[0] < .05


def test_without_reviews_of_the_product_before_nothing_is_new():
    assert new(ages(("launched", [(6, 20)]))).empty
    assert new(ages(("launched", [(6, 20), (0, 1)]))).empty, "one review before proves nothing"


def test_a_need_that_fell_silent_is_gone_only_if_its_product_was_reviewed():
    found = gone(ages(("mended", [(0, 20), (0, 20), (8, 20), (9, 20)]), ("not sold", [(0, 1), (0, 0), (8, 20), (9, 20)]),
                      ("still there", [(1, 20), (2, 20), (8, 20), (9, 20)])))
    assert found["need"].tolist() == ["mended"]
    assert found[["weeks", "silent_reviews", "voiced", "reviews"]].to_numpy().tolist() == [[2, 40, 17, 40]]


def test_few_false_alarms_where_nothing_changes():
    rng = np.random.default_rng(0)
    alarms = 0
    for trial in range(40):
        steady = [(f"{trial}-{i}", [(rng.binomial(12, .15), 12) for _ in range(8)]) for i in range(25)]
        alarms += len(gone(ages(*steady))) + len(new(ages(*steady)))
    assert alarms <= 4, "of 1,000 needs; the rate is held at 5% of the weeks with any"
