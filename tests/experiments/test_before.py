import numpy as np
import pandas as pd

from workbench.experiments import Plan, draw
from workbench.experiments.people import matrix
from workbench.tables import conform, contract


def test_only_what_lies_in_the_28_days_before_the_own_draw_counts(drawn, gathered):
    trial = draw(drawn({"control": 2, "new": 2}, every="10D"), Plan())[0]
    drawn_at = trial.customers.set_index("customer")["time"]
    rows = [("c0", -1), ("c0", -27), ("c0", -29), ("c0", 1), ("c1", -1), ("c1", 3), ("stranger", -1)]
    events = pd.DataFrame({
        "customer": [who for who, _ in rows], "item": "x", "category": None, "behaviour": "view",
        "time": [drawn_at.get(who, drawn_at.iloc[0]) + pd.Timedelta(days=day) for who, day in rows]})
    before = {each.metric.name: each.values(4)[0].tolist()
              for each in gathered(trial, {"events": conform(events, contract("events"))}).before}
    assert before["views per customer"] == [2, 1, 0, 0] and before["active days"] == [2, 1, 0, 0]


def test_the_sample_s_customers_have_a_past(sample_frames, gathered):
    assignments, frames = sample_frames(1500, 3)
    trial = draw(assignments, Plan())[0]
    before = gathered(trial, frames).before
    past = matrix(before, len(trial.customers))
    assert past.shape[0] == len(trial.customers) and past.shape[1] >= 6
    assert np.isfinite(past).all() and (past.std(0) > 0).all()
