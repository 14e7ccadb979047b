import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from workbench.needs.join import join

ASPECTS = ["capacity", "variants", "noise", "smell"]


def sentences(*profiles, scope="mug", kind="wish"):
    n = len(profiles)
    voiced = pd.DataFrame({"scope": scope, "kind": kind, "review": [f"r{i:02d}" for i in range(n)], "sentence": 0})
    return voiced, pd.DataFrame(list(profiles), columns=ASPECTS, dtype=float)


def evidence(told, voiced):
    return pd.DataFrame({"need": voiced["scope"] + "/" + told + "/" + voiced["kind"], "review": voiced["review"],
                         "sentence": voiced["sentence"]})


def test_the_same_under_another_aspect_is_joined_and_something_else_is_not():
    voiced, fits = sentences((.6, .4, 0, 0), (.45, .55, 0, 0), (0, 0, .9, .1), (0, .1, 0, .9))
    assert join(voiced, fits).tolist() == ["capacity", "capacity", "noise", "smell"]


def test_kinds_and_subjects_stay_apart():
    voiced, fits = sentences((1, 0, 0, 0), (1, 0, 0, 0), (.6, .4, 0, 0))
    voiced["kind"] = ["wish", "complaint", "wish"]
    told = evidence(join(voiced, fits), voiced)["need"].tolist()
    assert told == ["mug/capacity/wish", "mug/capacity/complaint", "mug/capacity/wish"]


def test_a_need_keeps_last_weeks_name_when_its_sentences_lean_another_way():
    voiced, fits = sentences((.6, .4, 0, 0), (.6, .4, 0, 0), (.5, .5, 0, 0))
    known = evidence(join(voiced, fits), voiced)
    grown, now = sentences((.45, .55, 0, 0), (.45, .55, 0, 0), (.4, .6, 0, 0), (.3, .7, 0, 0))
    assert set(join(grown, now)) == {"variants"}
    assert set(join(grown, now, known)) == {"capacity"}


def test_a_stranger_does_not_inherit_by_one_shared_sentence():
    voiced, fits = sentences(*[(.9, .1, 0, 0)] * 5)
    known = evidence(join(voiced, fits), voiced)
    now, other = sentences(*[(.9, .1, 0, 0)] * 4, (0, 0, 1, 0), (0, 0, 1, 0))
    assert join(now, other, known).tolist() == ["capacity"] * 4 + ["noise"] * 2


@given(st.integers(0, 10_000), st.integers(2, 25))
def test_every_sentence_has_one_need_whatever_the_order(seed, n):
    rng = np.random.default_rng(seed)
    voiced, fits = sentences(*rng.dirichlet(np.full(4, .3), n))
    told = join(voiced, fits)
    shuffled = rng.permutation(n)
    assert told.notna().all() and set(told) <= set(ASPECTS)
    assert join(voiced.iloc[shuffled], fits).loc[told.index].equals(told)


def test_needs_keep_their_names_over_weeks_of_perturbed_texts():
    """Ten needs of ten sentences, each week a fifth of the reviews missing and the profiles disturbed."""
    rng = np.random.default_rng(3)
    fits = np.repeat(rng.dirichlet(np.full(4, .2), 10), 10, axis=0)
    voiced, _ = sentences(*fits)
    voiced["scope"] = np.repeat([f"mug {i}" for i in range(10)], 10)
    known, same = None, []
    for _ in range(5):
        rows = voiced.iloc[np.sort(rng.choice(100, 80, replace=False))]
        noisy = pd.DataFrame(.7 * fits + .3 * rng.dirichlet(np.ones(4), 100), columns=ASPECTS)
        now = evidence(join(rows, noisy, known).loc[rows.index], rows)
        if known is not None:
            both = now.merge(known, on=["review", "sentence"])
            same.append((both["need_x"] == both["need_y"]).mean())
        known = now
    assert np.mean(same) > .9
