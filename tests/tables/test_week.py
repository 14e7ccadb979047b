"""The week of a source: its name, and the weeks that its tables hold."""

import pandas as pd
import pytest

from workbench.errors import ParameterError, TableError
from workbench.tables import conform, contract, week_start


def engagement(week):
    return pd.DataFrame({"week": [week], "day": "2026-11-09", "customers": 1, "events": 1, "buys": 0})


@pytest.mark.parametrize("week", ["２０２６-W46", "2026-W４６", "٢٠٢٦-W46", "2026-46", "2026-W60", "2026-W46 "])
def test_a_week_in_other_digits_or_another_form_is_refused(week):
    with pytest.raises(ParameterError, match="is not an ISO week; write it like 2026-W46"):
        week_start(week)
    with pytest.raises(TableError, match=r"column 'week', row 0: .* is not an ISO week; write it like 2026-W46"):
        conform(engagement(week), contract("engagement"))


def test_a_week_that_is_one_is_kept_and_an_undated_sentence_has_none():
    assert conform(engagement("2026-W46"), contract("engagement"))["week"].tolist() == ["2026-W46"]
    assert contract("sentences")["week"].kind == "week" and not contract("sentences")["week"].required
