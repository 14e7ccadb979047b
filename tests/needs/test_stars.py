import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from workbench.needs.stars import learn_stars, with_stars

LABELS = ["complaint", "praise"]
GOLD = pd.DataFrame({"rating": [1] * 20 + [5] * 20, "kind": ["complaint"] * 18 + ["praise"] * 20 + ["complaint"] * 2})


def test_stars_turn_what_the_text_leaves_open_and_only_that():
    lift = learn_stars(GOLD)
    open_, sure = np.array([[.5, .5]] * 3), np.array([[.01, .99]])
    told = with_stars(open_, LABELS, pd.Series([1, 5, None]), lift)
    assert told[0, 0] > .8 > .2 > told[1, 0] and told[2].tolist() == [.5, .5]
    assert with_stars(sure, LABELS, pd.Series([1.0]), lift)[0, 1] > .8, "a text that is sure stays"


def test_a_number_of_stars_that_was_never_seen_changes_nothing():
    lift = learn_stars(GOLD)
    assert np.allclose(lift.loc[3], 1) and lift.index.tolist() == [1, 2, 3, 4, 5]
    told = with_stars(np.array([[.3, .7]]), LABELS, pd.Series([3.2]), lift)
    assert np.allclose(told, [[.3, .7]])


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from(LABELS)), min_size=1, max_size=30), st.floats(.01, .99))
def test_rows_stay_probabilities(rows, first):
    lift = learn_stars(pd.DataFrame(rows, columns=["rating", "kind"]))
    told = with_stars(np.array([[first, 1 - first]] * 6), LABELS, pd.Series([0, 1, 2.5, 4, 5, None], dtype="Float64"), lift)
    assert np.allclose(told.sum(axis=1), 1) and (told >= 0).all()


def test_no_text_no_row():
    assert with_stars(np.zeros((0, 2)), LABELS, pd.Series([], dtype="Float64"), learn_stars(GOLD)).shape == (0, 2)
