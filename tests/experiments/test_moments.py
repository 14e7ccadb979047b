import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import TableError
from workbench.experiments.moments import BASE, VALUE, moments

numbers = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40)


@given(numbers, numbers)
def test_parts_add_up(left, right):
    both = moments(np.array(left), np.array(left)[::-1]) + moments(np.array(right), np.array(right)[::-1])
    whole = moments(np.array(left + right), np.array(left[::-1] + right[::-1]))
    assert both.count() == whole.count()
    scale = 1 + max(map(abs, left + right))
    assert both.mean(VALUE) == pytest.approx(whole.mean(VALUE), abs=1e-9 * scale)
    assert both.var(VALUE) == pytest.approx(whole.var(VALUE), rel=1e-9, abs=1e-9 * scale**2)
    assert both.cov(VALUE, BASE) == pytest.approx(whole.cov(VALUE, BASE), rel=1e-9, abs=1e-9 * scale**2)


def test_a_large_mean_with_a_small_deviation_keeps_its_digits():
    values = 1e9 + np.random.default_rng(0).normal(0, 1, 100_000)
    exact = np.var(values.astype(np.longdouble) - 10**9, ddof=1)
    assert moments(values).var(VALUE) == pytest.approx(float(exact), rel=1e-9)


def test_integers_do_not_overflow():
    values = np.full(10, 2**31 - 1, dtype=np.int32)
    assert moments(values).mean(VALUE) == 2**31 - 1 and moments(values).var(VALUE) == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_empty_value_is_refused(bad):
    with pytest.raises(TableError, match="customer 1 is"):
        moments(np.array([1.0, bad]))
