"""The table of labels: nothing lost, nothing twice, nothing on two sides."""

import multiprocessing

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from workbench.errors import ParameterError, TableError
from workbench.run import Job
from workbench.run.plan import Step
from workbench.tables import Source, Week
from workbench.training.labels import Given, give, history, measures, standing, take_back

CHOICES = ["none", "wish"]


def one(text, label="wish", **more):
    return Given(text, label, **{"task": "needs", "language": "en", "picked": "random", **more})


def test_a_label_is_stored_beside_the_weeks_and_read_in_the_next(shop):
    assert history(shop).empty and standing(history(shop)).empty
    give(shop, one("a lid, please", product="P1", who="ab", guess="none", probability=0.6), CHOICES)
    later = Week(shop.source, "2026-W47", shop.folder.parent / "2026-W47")
    row = history(later).iloc[0]
    assert (row["text"], row["label"], row["who"], row["guess"], row["probability"]) == (
        "a lid, please", "wish", "ab", "none", 0.6)
    assert shop.path("labels") == shop.folder.parent / "labels.parquet"


def test_the_last_label_of_a_text_stands_and_the_history_stays(shop):
    for text, label in (("A lid", "wish"), ("a tent", "none"), ("a  lid", "none")):
        give(shop, one(text, label), CHOICES)
    give(shop, one("a lid", "positive", task="sentiment"), ["positive", "negative"])
    now = standing(history(shop))
    assert now[["task", "label"]].to_numpy().tolist() == [["needs", "none"], ["needs", "none"], ["sentiment", "positive"]]
    assert now["text"].tolist()[0] == "a  lid" and len(history(shop)) == 4


def test_an_undone_label_leaves_the_table_as_it_was(shop):
    give(shop, one("a lid"), CHOICES)
    before = shop.path("labels").read_bytes()
    entry = give(shop, one("a lid", "none"), CHOICES)
    take_back(shop, entry)
    assert shop.path("labels").read_bytes() == before  # so nothing runs again for it
    take_back(shop, history(shop)["entry"][0])
    assert not shop.has("labels")


def test_an_unknown_label_is_refused_and_nothing_is_written(shop):
    with pytest.raises(ParameterError, match=r"label 'wihs' is none of needs: none, wish; did you mean 'wish'\?"):
        give(shop, one("a lid", "wihs"), CHOICES)
    with pytest.raises(TableError, match="'fr' is not one of en, zh"):
        give(shop, one("a lid", language="fr"), CHOICES)
    assert not shop.has("labels")


def _labels_twenty(folder, who):
    shop = Week(Source("shop", folder), "2026-W46", folder / "shop" / "2026-W46")
    for i in range(20):
        entry = give(shop, one(f"{who} {i}", who=who), CHOICES)
        if i % 5 == 4:
            take_back(shop, entry)


def test_two_notebooks_that_write_at_once_lose_nothing(tmp_path, shop):
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_labels_twenty, args=(tmp_path, who)) for who in ("ab", "cd", "ef")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    rows = history(shop)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert rows["who"].value_counts().to_dict() == {"ab": 16, "cd": 16, "ef": 16}


@drawn(st.text(min_size=1, max_size=30))
def test_the_side_of_a_text_does_not_hang_on_case_or_spaces(text):
    assert measures(text) == measures(f"  {text} ") and measures(text.upper()) == measures(text.upper().casefold())


def test_the_runner_sees_them(shop):
    job, step = Job("shop", shop.week, "shop", shop.folder), Step("21_fine_tune", shop.folder)
    assert not job.there("labels", step)
    give(shop, one("a lid"), CHOICES)
    assert job.paths("labels", step) == [shop.path("labels")] and job.there("labels", step)
