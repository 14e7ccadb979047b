"""The week of a source: its name, and the weeks that its tables hold."""

import pandas as pd
import pytest

from workbench.errors import ParameterError, TableError
from workbench.tables import Source, Week, conform, contract, week_start


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


def test_a_table_is_one_file_or_a_folder_of_them_in_order(tmp_path):
    shop = Week(Source("shop", tmp_path), "2026-W46", tmp_path / "2026-W46")
    with pytest.raises(TableError, match="run the notebook that writes it"):
        shop.scan("engagement")
    days = pd.concat([engagement("2026-W46").assign(day=f"2026-11-{day:02}") for day in range(9, 16)])
    assert [shop.write("engagement", days)] == shop.scan("engagement")
    whole = shop.read("engagement")
    shop.path("engagement").unlink()
    shop.path("engagement").mkdir()
    for place, (_, day) in enumerate(whole.groupby("day")):
        day.to_parquet(shop.path("engagement") / f"part-{place}.parquet", index=False)
    (shop.path("engagement") / ".half.parquet.part").touch()
    assert len(shop.scan("engagement")) == 7 and shop.read("engagement").equals(whole) and shop.has("engagement")
    assert shop.read("engagement", ["day"])["day"].tolist() == sorted(days["day"])
