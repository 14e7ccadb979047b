"""Hillstrom's e-mail experiment: 64,000 customers, the six known effects."""

import os
from pathlib import Path

import pytest

from tests.raw import read_source
from workbench.experiments import Plan, draw, finding, read_all
from workbench.tables import open_week

KNOWN = {  # points of 100 customers; dollars
    ("visit", "Mens E-Mail"): .0766, ("conversion", "Mens E-Mail"): .0068, ("spend", "Mens E-Mail"): .77,
    ("visit", "Womens E-Mail"): .0452, ("conversion", "Womens E-Mail"): .0031, ("spend", "Womens E-Mail"): .42}


@pytest.fixture(scope="module")
def reading(tmp_path_factory):
    if not (place := os.environ.get("WORKBENCH_REAL_DATA")):
        pytest.skip("WORKBENCH_REAL_DATA is not set: no real data to read")
    shop = open_week("email_test", "2008-W12", str(Path(place) / "email_test"))
    raw, plan = read_source(shop.source), Plan()
    return read_all(draw(raw.frames["assignments"], plan), {"outcomes": raw.frames["outcomes"]}, plan, shop)


@pytest.mark.real_data
def test_the_six_known_effects(reading):
    effects = reading.effects.set_index(["metric", "arm"])
    assert effects["withheld"].isna().all() and len(effects) == 6
    for key, known in KNOWN.items():
        row = effects.loc[key]
        assert row["abs_effect"] == pytest.approx(known, abs=.005 if key[0] == "spend" else .00005), key
        assert 0 < row["abs_ci_lower"] < row["abs_effect"] < row["abs_ci_upper"] and row["p_value"] < .01


@pytest.mark.real_data
def test_what_was_known_before_sharpens_them_a_little(reading):
    read, = reading.reads
    saved = read.depth.adjusted.groupby("metric")["saved"].mean()
    assert read.depth.unlike == [] and 0 < saved["spend"] < .01 and .01 < saved["visit"] < .05


@pytest.mark.real_data
def test_the_decision(reading):
    found = finding(reading)
    assert found.sentence.startswith("Roll out “Mens E-Mail” (e-mail campaign): of 100 customers 0.68 more bought")
    assert "Day by day" not in [exhibit.title for exhibit in found.exhibits]
    assert any("not dated" in line for line in found.how_sure)
