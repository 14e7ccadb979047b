"""Intervals and p-values: the same as the libraries', and one home for all of them."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import uncertainty

PACKAGE = Path(uncertainty.__file__).parent
COUNTS = st.lists(st.integers(1, 10_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), min_size=1)


@given(COUNTS)
def test_wilson_is_that_of_statsmodels_to_the_last_digit(counts):
    from statsmodels.stats.proportion import proportion_confint

    hits, of = np.array(counts).T
    np.testing.assert_array_equal(uncertainty.wilson(hits, of), proportion_confint(hits, of, method="wilson"))


def test_a_share_of_nothing_has_no_interval():
    assert np.isnan(uncertainty.wilson(0, 0)).all()


@given(st.lists(st.floats(0, 1), max_size=30))
def test_many_tests_are_adjusted_as_statsmodels_does(p_values):
    from statsmodels.stats.multitest import multipletests

    wanted = multipletests(p_values, method="fdr_bh")[1] if p_values else []
    np.testing.assert_allclose(uncertainty.adjusted(p_values), wanted, rtol=1e-13, atol=1e-300)


@settings(max_examples=20)  # statsmodels collects garbage at each call, which takes long beside torch
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_strict_way_is_that_of_statsmodels(p_values):
    from statsmodels.stats.multitest import multipletests

    np.testing.assert_allclose(uncertainty.holm(p_values), multipletests(p_values, method="holm")[1], rtol=1e-13)


def test_tests_that_could_tell_nothing_are_not_among_the_many():
    could = np.array([True, False, True])
    np.testing.assert_array_equal(uncertainty.adjusted([.01, .5, .04], could), [.02, 1, .04])
    np.testing.assert_array_equal(uncertainty.adjusted([.01, .5], [False, False]), [1, 1])


@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 40))
def test_the_least_p_value_is_reached_by_no_table_of_the_margins(of, hits, drawn):
    from scipy.stats import fisher_exact

    hits, drawn = min(hits, of), min(drawn, of)
    tables = [[[a, drawn - a], [hits - a, of - drawn - hits + a]] for a in range(max(0, drawn + hits - of),
                                                                               min(hits, drawn) + 1)]
    p_values = [fisher_exact(table)[1] for table in tables]
    assert min(p_values) >= uncertainty.least(hits, drawn, of) * (1 - 1e-9)
    assert uncertainty.none_drawn(hits, drawn, of) == pytest.approx(fisher_exact(
        [[0, drawn], [hits, of - drawn - hits]], alternative="less")[1] if drawn + hits <= of else 0, abs=1e-12)


def test_a_bootstrap_covers_the_mean_and_repeats():
    sample = np.random.default_rng(1).normal(size=200)
    drawn = uncertainty.resample(len(sample), 0)
    assert drawn.shape == (2000, 200) and (drawn.sum(axis=1) == 200).all()
    np.testing.assert_array_equal(drawn, uncertainty.resample(200, 0))
    low, high = uncertainty.middle(drawn @ sample / 200)
    error = sample.std() / np.sqrt(200)
    assert low == pytest.approx(sample.mean() - 1.96 * error, abs=0.02)
    assert high == pytest.approx(sample.mean() + 1.96 * error, abs=0.02)


def test_no_room_keeps_its_own_statistics():
    own = re.compile(r"proportion_confint|multipletests|false_discovery_control|\.multinomial\(|1\.9599?6|hypergeom\.pmf")
    waiting = {"needs/measures.py"}  # of its own branch now
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        if name != "uncertainty.py" and not any(name.startswith(one) for one in waiting):
            assert not own.search(path.read_text()), f"{name}: intervals and tests have their home in workbench.uncertainty"


def test_importing_it_brings_no_statistics_package():
    code = "import sys, workbench.uncertainty; print([m for m in ('scipy', 'statsmodels', 'pandas') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
