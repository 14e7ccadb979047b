import json
from dataclasses import replace

import pytest

from workbench.experiments import Plan, draw, finding, read_all, segments
from workbench.findings import load_finding


@pytest.fixture(scope="module")
def made(sample_frames, shop):
    assignments, frames = sample_frames(6000, 46)
    plan = Plan()
    reading = read_all(draw(assignments, plan, "Asia/Singapore", segments(assignments, frames)), frames, plan, shop)
    return reading, finding(reading)


def test_one_sentence_an_experiment(made):
    reading, found = made
    assert found.sentence == " ".join(read.verdict.sentence for read in reading.reads)
    assert "Roll out “bar” (free shipping bar): of 100 customers 9.4 more bought" in found.sentence


def test_every_column_has_a_readers_name(made):
    for part in (made[1], *made[1].exhibits):
        if part.table is not None:
            assert set(part.table.columns) <= set(part.labels), part.labels


def test_the_figure_shows_every_decision_and_hides_the_broken_one(made):
    _, found = made
    told = " ".join(note.text for note in found.figure.layout.annotations)
    assert "conversion: +9.37 points" in told and "conversion: not shown, the split is broken" in told
    assert sum(len(trace.x) for trace in found.figure.data) == 2


def test_exhibits_and_tiles(made):
    _, found = made
    titles = [exhibit.title for exhibit in found.exhibits]
    assert titles == ["Did the splits hold?", "Where the split of “new checkout” broke", "Day by day",
                      "Guardrails: what must not get worse", "Engagement", "Sharper, without the past",
                      "Were the arms alike before?", "Does it hang on a few?", "For whom?",
                      "Is it worth picking customers?", "Does it last?", "How likely is it better?", "Which looks count?",
                      "What each test could see", "How many more days?", "What the metrics mean"]
    assert [(tile.label, tile.value) for tile in found.tiles] == [
        ("Experiments that can be read", "2 of 3"), ("Buyers gained with “bar”", "+170"),
        ("Revenue gained a year with “bar”", "+662,000 SGD")]
    assert found.tiles[1].interval == "95% interval +86 to +253"  # no end was planned: a confidence sequence
    assert found.sources == ["assignments", "events", "orders"]
    assert any("about the same on all 14 days" in line for line in found.caveats)


def test_groups_are_told_by_what_they_are_groups_of(made):
    exhibit = next(each for each in made[1].exhibits if each.title == "For whom?")
    assert "No groups differ beyond chance." in exhibit.caption
    texts = [note.text for note in exhibit.figure.layout.annotations]
    by = exhibit.table["by"].iloc[0]
    assert any(f"{by}: " in text for text in texts)


def test_a_plan_for_an_experiment_to_come_waits(made):
    waits = finding(replace(made[0], plan=Plan(designs={"spring prices": {"weeks": 4}})))
    assert any(line.startswith("spring prices: it was settled how to read it, and nobody") for line in waits.caveats)


def test_it_is_saved_the_same_twice_and_read_back(made, shop):
    _, found = made
    path = found.save(shop)
    first = path.read_bytes()
    found.save(shop)
    assert path.read_bytes() == first
    assert load_finding(path).sentence == found.sentence and len(json.loads(first)["table"]) == 7


def test_names_from_the_data_are_escaped(drawn, outcomes, shop):
    plan, evil = Plan(), "<img src=x>"
    assignments = drawn({"control": 400, evil: 400}, name="<b>x</b>")
    rows = outcomes([(f"c{i}", "visit", float(i % 4 == 0)) for i in range(800)], name="<b>x</b>")
    found = finding(read_all(draw(assignments, plan), {"outcomes": rows}, plan, shop))
    drawn_text = json.dumps(found.to_dict()["figure"])
    assert evil not in drawn_text and "<b>x</b>" not in drawn_text


def test_what_was_not_tried_is_said(drawn, outcomes, shop):
    plan = Plan()
    rows = outcomes([(f"c{i}", "visit", float(i % 4 == 0)) for i in range(800)])
    found = finding(read_all(draw(drawn({"control": 400, "new": 400}), plan), {"outcomes": rows}, plan, shop))
    assert any("whether picking customers pays was not tried: nothing is known" in line for line in found.how_sure)


def test_a_chance_that_allows_for_nothing_is_told_beside_the_p_that_allows_for_all(drawn, outcomes, shop):
    assignments = drawn({"control": 3000, "mild": 3000, "good": 3000})
    customers = assignments.groupby("arm")["customer"].agg(list)
    rows = [(who, "bought", float(place < {"control": 300, "mild": 310, "good": 362}[arm]))
            for arm, those in customers.items() for place, who in enumerate(those)]
    trials = draw(assignments, Plan(), "Asia/Singapore")
    reading = read_all(trials, {"outcomes": outcomes([(*row, "2026-11-10") for row in rows])}, Plan(), shop)
    exhibit = next(each for each in finding(reading).exhibits if each.title == "How likely is it better?")
    table = exhibit.table.set_index("compared").loc["test, “good”"]
    assert table["better"] == "99.3%" and table["alone"] == "0.011"
    assert float(table["p_value"]) > .05 and table["holds"] == "any look, Holm"
    assert "“good”: 99.3% likely to be better, were it the only arm and looked at once (p 0.011); allowing for 2 arms and " \
        "looking at any time p is" in exhibit.caption and "“mild”" not in exhibit.caption


def test_a_week_before_the_first_experiment_is_no_failure(drawn, shop):
    plan = Plan(control="old", decides="spend", designs={"test": {"weeks": 4}})  # settled before it begins
    reading = read_all(draw(drawn({"control": 1}).head(0), plan), {}, plan, shop)
    found = finding(reading)
    assert found.sentence == "No experiment had begun by the end of 2026-W46." and reading.effects.empty
    found.save(shop)
