"""Where a report comes from: all that decides it is named."""

import hashlib

from workbench.report import gather
from workbench.report.provenance import models, provenance


def test_every_part_is_there(week):
    tables = provenance(gather(week))
    assert list(tables) == ["Notebooks", "Models", "Input files", "Tables as they were read", "Versions"]
    first = tables["Notebooks"][0]
    assert (first["Seconds"], first["Parameters"]) == (12.3, "data = 'shop', week = '2026-W46'")
    assert tables["Notebooks"][-1]["Status"] == "making this report"
    assert tables["Input files"] == [{"File": "logs/events.csv", "SHA-256 (first 16)": "89abcdef01234567"}]


def test_a_model_shows_the_hash_of_its_card_and_who_used_it(week):
    card = week.models / "needs_en" / "card.json"
    card.parent.mkdir(parents=True)
    card.write_text("{}")
    assert models(gather(week)) == [
        {"Model": "needs_en", "Card's SHA-256 (first 16)": hashlib.sha256(b"{}").hexdigest()[:16],
         "Files' SHA-256 (first 16)": "feedbeef00000000", "Notebooks": ["30_user_needs"]}]


def test_a_week_run_by_hand_names_the_models_of_its_findings(week):
    (week.folder / "run.json").unlink()
    assert [row["Model"] for row in provenance(gather(week))["Models"]] == ["needs_en"]
