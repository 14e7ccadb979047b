"""Two that would write over each other: the second is told so, and a killed one holds nothing."""

import pytest

from workbench.errors import RunError
from workbench.run import alone


def test_runs_of_different_weeks_go_on_together_and_of_one_week_do_not(tmp_path):
    with alone.running(tmp_path, "shop"), alone.running(tmp_path, "shop"), alone.week(tmp_path / "2026-W46", "W46"):
        with alone.week(tmp_path / "2026-W47", "shop 2026-W47"), alone.week(tmp_path / "2026-W46", "none", needed=False):
            pass
        with pytest.raises(RunError, match="another run works on W46"), alone.week(tmp_path / "2026-W46",
                                                                                              "W46"):
            pass


def test_nobody_is_forgotten_while_a_run_goes_on_and_nothing_runs_meanwhile(tmp_path):
    with alone.running(tmp_path, "shop"), pytest.raises(RunError, match="a run works on shop and could"), \
            alone.forgetting(tmp_path, "shop"):
        pass
    with alone.forgetting(tmp_path, "shop"), pytest.raises(RunError, match="a customer of shop is being forgotten"), \
            alone.running(tmp_path, "shop"):
        pass
    with alone.running(tmp_path, "shop"):
        pass
