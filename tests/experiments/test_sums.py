"""Results that come as sums by arm: a yes or no is read from them exactly as from the customers."""

from pathlib import Path

import numpy as np
from statsmodels.stats.proportion import proportions_ztest

from tests.raw import read_source
from workbench.experiments import Plan, draw, read_all
from workbench.tables import Week, conform, contract, load_source

SOURCE = """
name: sums
tables:
  assignments:
    files: s.csv
    counts: visitors
    columns: {experiment: {value: checkout}, customer: {row_number: true}, arm: arm}
  outcomes:
    files: s.csv
    counts: visitors
    columns: {experiment: {value: checkout}, customer: {row_number: true}}
    metrics: {bought: bought}
"""


def test_the_effect_is_that_of_the_sums(tmp_path):
    (tmp_path / "source.yml").write_text(SOURCE)
    (tmp_path / "s.csv").write_text("arm,visitors,bought\ncontrol,5000,400\nnew,5020,470\n")
    source = load_source(str(tmp_path))
    tables = {name: conform(frame, contract(name)) for name, frame in read_source(source).frames.items()}
    trials = draw(tables.pop("assignments"), Plan(), "UTC")
    effects = read_all(trials, tables, Plan(), Week(source, "2026-W46", Path(tmp_path))).effects
    found = effects[effects["metric"] == "bought"].iloc[0]
    assert np.isclose(found["p_value"], proportions_ztest([470, 400], [5020, 5000])[1], rtol=1e-6)
    assert np.isclose(found["abs_effect"], 470 / 5020 - 400 / 5000)
