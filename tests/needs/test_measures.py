"""Measures: a plan that nobody can carry out is not given as one."""

from types import SimpleNamespace

import pandas as pd
import pytest

from workbench.needs.measures import LONGEST, effect, measure


def need(**other):
    return SimpleNamespace(**{"kind": "wish", "aspect": "capacity", "subject": "Kettle", "kind_share": .2,
                              "kind_share_without": .1, "kind_share_without_ci_lower": .02,
                              "kind_share_without_ci_upper": .4, "arm_reviews": 165.0, "test_weeks": 102.0} | other)


def test_a_test_that_takes_years_is_a_survey_instead():
    assert "ask 165 an arm" in measure(need(), ["r"]) and "about 102 weeks" in measure(need(), ["r"])
    assert "Test old against new: 165 reviews an arm" in measure(need(test_weeks=float(LONGEST)), ["r"])
    assert "weeks" not in measure(need(test_weeks=float("nan")), ["r"])


@pytest.mark.parametrize("share", [.1, .3, .6])
def test_the_planned_size_finds_the_halved_share_four_times_in_five(share):
    from scipy.stats import norm

    reviews = pd.Series([f"r{i}" for i in range(int(200 * share))])
    arm = effect(reviews, pd.Series(True, reviews.index), 200, 4)["arm_reviews"]
    if arm > 30:
        error = ((share * (1 - share) + share / 2 * (1 - share / 2)) / arm) ** .5
        assert norm.sf(1.96 - share / 2 / error) == pytest.approx(.8, abs=.06)
