"""What becomes of optional tables of an earlier run."""

import os

from workbench import paths

MAKE = """old = here / 'tables' / 'events.parquet'
if not old.exists():
    old.mkdir(parents=True)
    _ = [(old / f'{part}.parquet').write_text('x') for part in 'ab']"""


def test_an_optional_table_that_a_run_kept_stays_and_one_left_over_goes(project):
    project.notebook("10_a", MAKE, writes_if_there=["events"])
    project.run()
    folder = project.week / "tables" / "events.parquet"
    for path in (*folder.iterdir(), folder):
        os.utime(path, (1_000_000_000, 1_000_000_000))  # an earlier run's
    project.notebook("10_a", MAKE, "from workbench import paths\npaths.kept(old).touch()", writes_if_there=["events"])
    kept = project.run()["10_a"]
    assert kept["status"] == "done" and list(kept["writes"]) == ["events"]
    assert sorted(path.name for path in folder.iterdir()) == ["a.parquet", "b.parquet"]
    os.utime(paths.kept(folder), (1_000_000_000, 1_000_000_000))
    project.notebook("10_a", MAKE, "1", writes_if_there=["events"])
    assert project.run()["10_a"]["writes"] == {} and not folder.exists(), "nobody vouches for it: it goes, and its folder"
