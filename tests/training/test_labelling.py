"""The view: buttons and keys store labels, hostile texts stay texts, without hands it says how many there are."""

import pandas as pd
import pytest

from workbench.training.labelling import Labelling
from workbench.training.labels import history, standing
from workbench.training.queue import Queue

HOSTILE = "<script>alert(1)</script> & <img src=x onerror=alert(2)>"


@pytest.fixture
def labelling(shop):
    texts = pd.DataFrame({"text": [HOSTILE, "a lid, please", "fine"], "product": ["P1", None, "P3"],
                          "context": [f"{HOSTILE} And more.", "a lid, please", "fine"],
                          "subject": ["<b>Mug</b>", None, "Tent"], "guess": ["missing_information", "none", "none"],
                          "probability": [0.62, 0.5, 0.9], "margin": [0.3, 0.0, 0.8], "picked": "uncertain",
                          "measures": [False, True, False]})
    return Labelling(shop, Queue("needs", "en", ["missing_information", "none"], texts, 3, "sentences"), " ab ")


def test_texts_names_and_guesses_are_escaped(labelling):
    page = labelling.view.children[0].value
    assert "<script" not in page and "<img" not in page and "&lt;script&gt;" in page and "&lt;b&gt;Mug" in page
    assert page.count("&lt;img") == 2 and "And more." in page  # the text, and the review it is of
    assert "0 of 3" in page and "missing information (62%)" in page


def test_buttons_label_skip_and_undo(labelling, shop):
    labels, (skip, undo, _) = (labelling.view.children[i].children for i in (1, 2))
    labels[0].click()
    assert history(shop).iloc[0][["text", "label", "who", "guess"]].tolist() == [
        HOSTILE, "missing_information", "ab", "missing_information"]
    assert "is hidden" in labelling.view.children[0].value  # the second text measures
    skip.click()
    labels[1].click()
    assert labelling.progress == "3 of 3, 1 skipped" and "the last one" in labelling.view.children[0].value
    labels[1].click()
    skip.click()
    assert labelling.given == 2
    for _ in range(5):
        undo.click()
    assert labelling.progress == "0 of 3" and history(shop).empty


def test_keys_do_the_same_and_leave_the_cursor_where_it_is(labelling, shop):
    keys = labelling.view.children[2].children[2]
    for key in ("2", "s", "x", "9", "0", "²", "u", "1"):
        keys.value = key
        assert keys.value == ""
    assert standing(history(shop))["label"].tolist() == ["none", "missing_information"] and labelling.progress == "2 of 3"


def test_where_nobody_can_click_it_says_what_waits(labelling):
    bundle = labelling._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"].endswith("3 of 3 unlabelled English sentences are waiting; 0 labels so far.")
