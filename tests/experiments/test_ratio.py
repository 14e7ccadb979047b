import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench.experiments.ratio import ratio_p_value, where_it_broke

DUE = {"control": 0.5, "new": 0.5}


def customers(days: int, daily: int, lost) -> pd.DataFrame:
    """Two arms of ``daily`` customers a day; ``lost(day, customer)`` says which of the new arm's never arrive."""
    rows = [(f"c{day}-{arm}-{i}", arm, pd.Timestamp("2026-11-02", tz="UTC") + pd.Timedelta(days=day, minutes=i))
            for day in range(days) for arm in DUE for i in range(daily) if arm == "control" or not lost(day, i)]
    return pd.DataFrame(rows, columns=["customer", "arm", "time"])


def test_p_values_against_scipy():
    assert ratio_p_value([480, 520], [.5, .5]) == pytest.approx(stats.binomtest(520, 1000, .5).pvalue)
    counts = [300, 330, 370]
    assert ratio_p_value(counts, [1 / 3] * 3) == pytest.approx(stats.chisquare(counts).pvalue)


@pytest.mark.parametrize("shares", [[.5, .5], [.8, .1, .1]])
def test_the_alarm_is_rare_without_cause(shares):
    drawn = np.random.default_rng(5).multinomial(5000, shares, 2000)
    alarms = sum(ratio_p_value(list(counts), shares) < 0.001 for counts in drawn)
    assert alarms <= 8  # 2 expected; 9 or more have a chance of 2 in 10,000


def test_a_bad_window_is_found():
    clue = where_it_broke(customers(14, 100, lambda day, i: day in (5, 6, 7) and i < 70), DUE, "UTC", {})
    assert clue.arm == "new" and "It broke on 2026-11-07 to 2026-11-09: 23.1% there, 50.0%" in clue.sentence
    one = where_it_broke(customers(14, 200, lambda day, i: day == 9 and i < 150), DUE, "UTC", {})
    assert "It broke on 2026-11-11: 20.0% there" in one.sentence


def test_an_even_loss_is_not_blamed_on_a_day():
    even = np.random.default_rng(2).random((14, 100)) < .25
    clue = where_it_broke(customers(14, 100, lambda day, i: even[day, i]), DUE, "UTC", {})
    assert "about the same on all 14 days" in clue.sentence
    assert set(clue.days["due"]) == {.5} and len(clue.days) == 14


def test_a_broken_segment_is_named_and_the_others_are_not():
    frame = customers(10, 100, lambda day, i: i % 4 == 0 and day % 2 == 0)
    number = frame["customer"].str.split("-").str[2].astype(int)
    country = pd.Series(np.where(number % 4 == 0, "FR", "DE"), index=frame["customer"])
    half = pd.Series(np.where(number % 3 == 0, "x", "y"), index=frame["customer"])
    clue = where_it_broke(frame, DUE, "UTC", {"country": country, "half": half})
    assert "It differs by country: FR 33.3%, DE 50.0%." in clue.sentence and "half" not in clue.sentence


def test_shares_that_tell_of_a_tiny_arm_are_not_told():
    for kept in (lambda day, i: i < 1 and day < 5, lambda day, i: day == 3 and i < 5):
        frame = customers(14, 100, lambda day, i, kept=kept: not kept(day, i))
        country = pd.Series(np.where(np.arange(len(frame)) < 800, "FR", "DE"), index=frame["customer"])
        sentence = where_it_broke(frame, DUE, "UTC", {"country": country}).sentence
        assert "%" not in sentence.replace("50.0% due", ""), sentence


def test_undated_draws_say_so():
    frame = customers(3, 100, lambda day, i: i < 50).assign(time=pd.Series(pd.NaT, dtype="datetime64[us, UTC]"))
    clue = where_it_broke(frame, DUE, "UTC", {})
    assert "not dated" in clue.sentence and clue.days.empty


def test_of_three_arms_the_one_that_is_off_is_named():
    frame = pd.DataFrame({"customer": [f"c{i}" for i in range(2600)], "arm": ["a"] * 1000 + ["b"] * 600 + ["c"] * 1000,
                          "time": pd.Timestamp("2026-11-02", tz="UTC")})
    clue = where_it_broke(frame, dict.fromkeys("abc", 1 / 3), "UTC", {})
    assert clue.arm == "b" and "“b” lacks about 400 customers" in clue.sentence
