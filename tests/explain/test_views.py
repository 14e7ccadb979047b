"""The pages of one text: whole, harmless, masked, and drawn without a network."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from workbench import explain
from workbench.errors import ModelError, TableError
from workbench.explain.bertviz_views import MOST_TOKENS
from workbench.explain.explore import read_masked
from workbench.explain.joining import joined
from workbench.privacy import Door
from workbench.report import notebook
from workbench.tables import Source, Week, conform, contract

HOSTILE = "the kettle </script><script>alert(1)</script> is zap"
PERSONAL = ("li.wei@example.com", "13800138000", "4111 1111 1111 1111", "20261101123456")


def pane(shortcut, text, language="en"):
    return explain.Pane.of(explain.read(shortcut, text, language))


def long_reading(reading, n):
    """A reading of ``n`` tokens with attention made up: a long text without a large model."""
    rng = np.random.default_rng(0)
    weights = np.exp(8 * rng.random((2, 3, n, n), dtype=np.float32))
    weights /= weights.sum(-1, keepdims=True)
    words = [f"w{i % 97}" for i in range(n - 2)]
    return replace(reading, text=" ".join(words), tokens=["[CLS]", *words, "[SEP]"], words=words, attentions=weights,
                   word_of=np.array([-1, *range(n - 2), -1]))


def test_a_page_is_self_contained_harmless_and_the_same_every_time(shortcut):
    page = explain.page(pane(shortcut, HOSTILE), "A <b>title</b>", ["<i>said</i>"], {"<u>": 'x".html'})
    assert "<script>alert" not in page and "A &lt;b&gt;title" in page and "<i>" not in page and "<u>" not in page
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)
    assert page == explain.page(pane(shortcut, HOSTILE), "A <b>title</b>", ["<i>said</i>"], {"<u>": 'x".html'})


def test_a_page_in_a_notebook_is_one_frame_in_its_report(shortcut):
    made = explain.page(pane(shortcut, HOSTILE), "A \"title\"")
    shown = {"output_type": "display_data", "data": {"text/html": explain.Frame(made)._repr_html_()}}
    assert notebook.output(shown) == notebook.Output("frame", made)


def test_bertviz_pages_are_harmless_and_the_same_every_time(shortcut):
    reading = explain.read(shortcut, HOSTILE, "en")
    page = explain.bertviz_page(reading, explain.neurons(shortcut, reading), "A <b>title</b>")
    assert "<script>alert" not in page and "A &lt;b&gt;title" in page
    assert "cdnjs" not in page.replace("cdnjs.cloudflare.com/ajax/libs/d3/5.7.0/d3.min", "").replace(
        "cdnjs.cloudflare.com/ajax/libs/jquery/2.0.0/jquery.min", ""), "only require.config names it, and does nothing"
    assert page == explain.bertviz_page(reading, explain.neurons(shortcut, reading), "A <b>title</b>")


def test_neurons_make_the_attention(shortcut):
    reading = explain.read(shortcut, "the kettle is zap .", "en")
    inside = explain.neurons(shortcut, reading)
    scores = inside.queries @ inside.keys.swapaxes(-1, -2) / np.sqrt(inside.queries.shape[-1])
    found = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    assert np.allclose(found, reading.attentions, atol=1e-5)


def test_a_text_too_long_for_bertviz_is_refused_and_drawn_by_our_own(shortcut):
    reading = explain.read(shortcut, "kettle " * MOST_TOKENS, "en")
    with pytest.raises(TableError, match=f"at most {MOST_TOKENS}"):
        explain.bertviz_page(reading, explain.neurons(shortcut, reading), "long")
    assert "weights-0-1" in explain.page(explain.Pane.of(reading), "long")


def test_what_the_model_does_not_read_is_told(shortcut):
    assert [part for part in pane(shortcut, "kettle " * 80).plain()["levels"][0]["text"] if part[1] == -2]


def test_two_panes_must_compare(shortcut):
    one = pane(shortcut, "the kettle is zap")
    with pytest.raises(TableError, match="3 panes"):
        explain.page([one] * 3, "three")
    with pytest.raises(TableError, match="1 layers × 2 heads and 2 layers × 2 heads"):
        explain.page([one, replace(one, weights=one.weights[:1])], "two")


def test_classes_stand_side_by_side_and_the_cause_speaks_for_its_own(shortcut):
    reading = explain.read(shortcut, "the kettle is zap very blue a lid", "en")
    plain, zapped = explain.for_classes(shortcut, reading, ("plain", "zapped"))
    assert (plain.weights >= 0).all() and plain.weights.shape == reading.attentions.shape
    told = reading.by_word(zapped.weights.sum(axis=(0, 1, 2)))
    assert reading.words[int(told.argmax())] == "zap"
    with pytest.raises(ModelError, match="no label 'zip'"):
        explain.for_classes(shortcut, reading, ("plain", "zip"))


def test_what_fine_tuning_moved_is_seen(shortcut, tmp_path):
    """Beside itself nothing has moved; a model without a base says so."""
    shortcut.save(tmp_path)
    itself = type(shortcut)({**shortcut.card, "base": str(tmp_path)}, shortcut.model, shortcut.tokenizer, set())
    reading = explain.read(shortcut, "the unhear kettle is zap", "en")
    found = explain.before(explain.origin(itself), itself, reading)
    assert explain.moved(found.weights, reading.attentions).max() < 1e-6
    assert ">0%<" in explain.page([pane(shortcut, reading.text), found], "two"), "the table says how much moved"
    with pytest.raises(ModelError, match="names no base"):
        explain.origin(type(shortcut)({"name": "x", "labels": []}, shortcut.model, shortcut.tokenizer, set()))


def test_nothing_that_the_door_masks_comes_back(shortcut, tmp_path):
    """Through the door, then every file of the week's pages, the finding and the table: no number, no address."""
    mail, phone, card, order = PERSONAL
    texts = [f"{said} write {mail} call {phone} card {card} 订单号{order}" for said in (
        "the kettle is zap", "bad lid", "good lid zap", "blue kettle")]
    frame = pd.DataFrame({"review": [f"r{i}" for i in range(len(texts))], "text": texts, "rating": 5.0, "language": "en"})
    for column in ("product", "category", "customer", "time", "title"):
        frame[column] = None
    rows = pa.Table.from_pandas(conform(frame, contract("reviews")), preserve_index=False)
    reviews = conform(Door().through("reviews", rows).to_pandas(), contract("reviews"))
    week, models = Week(Source("shop", Path("shop")), "2026-W46", tmp_path), ({"en": shortcut}, {})
    explained = explain.explain(reviews, models, tested=3)
    views = explain.views(week, reviews, [(explained, models)], tested=3)
    finding = explain.finding(week, explained, views=views)
    written = [path.read_text(encoding="utf-8") for path in week.pages.iterdir()]
    assert len(written) >= 3 * len(explained.readings) > 0
    everything = "".join([*written, json.dumps(finding.to_dict(), ensure_ascii=False), explained.words.to_csv()])
    assert all(mark in everything for mark in ("[EMAIL]", "[PHONE]", "[CARD]", "[ORDER]"))
    for secret in PERSONAL:
        assert secret not in everything and secret.replace(" ", "") not in everything
        assert secret not in read_masked(shortcut, f"kettle 订单号{secret}", "en").text


def test_a_picture_stands_alone(shortcut):
    from xml.etree import ElementTree

    for text in (HOSTILE, "kettle " * 50):
        made = explain.svg(pane(shortcut, text), 2, 1, "A & <b>")
        root = ElementTree.fromstring(made)
        assert root.tag.endswith("svg") and "<script" not in made and "A &amp; &lt;b&gt;" in made
        assert all(value.startswith("data:image/png") for node in root.iter() for name, value in node.attrib.items()
                   if name.endswith("href"))
    assert "<desc>壶很好</desc>" in explain.svg(pane(shortcut, "壶很好", "zh"), 1), "whoever looks for a text finds it whole"


@pytest.mark.browser
def test_bertvizs_views_draw_with_the_network_off(shortcut, tmp_path, browser_page):
    reading = explain.read(shortcut, "the kettle is zap .", "en")
    path = tmp_path / "page.html"
    path.write_text(explain.bertviz_page(reading, explain.neurons(shortcut, reading), "Attention"))
    page, requests, errors = browser_page
    page.goto(path.as_uri())
    page.locator("#model_view svg line").first.wait_for(state="attached")
    assert page.locator("#head_view svg text, #head_view svg tspan").count() > 2 * len(reading.tokens) - 1
    assert page.locator("#model_view svg line").count() >= 4 * len(reading.tokens)
    assert page.locator("#neuron_view #queries .vector").count() == len(reading.tokens)
    assert (requests, errors) == ([], [])


@pytest.fixture
def opened(browser_page, tmp_path):
    page, requests, errors = browser_page

    def open_(text, width=1280):
        path = tmp_path / "page.html"
        path.write_text(text)
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(path.as_uri())
        page.locator("html[data-drawn]").wait_for(state="attached")
        return page

    yield open_
    assert (requests, errors) == ([], [])


@pytest.mark.browser
def test_our_own_view_tells_the_same_numbers_as_the_model(shortcut, opened):
    one = pane(shortcut, "the unhear kettle is zap [PHONE]")
    page = opened(explain.page(one, "Attention"))
    page.locator("#head").select_option(index=1)
    page.locator("#chosen > summary").click()
    page.get_by_role("option", name="unhear").click()
    shown = [float(text) for text in page.locator("#rows td.number").all_text_contents()]
    true = joined(one.weights[-1, 1], one.groups[0].group_of)[2]
    assert np.allclose(shown, true, atol=one.weights[-1, 1].max() / 200 + 6e-4)
    page.locator(".plot").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#told").text_content().startswith("“unhear” looks at “the”: ")
    page.locator(".grid button[tabindex='0']").focus()
    page.keyboard.press("ArrowUp")
    assert page.locator("#layer").input_value() == "0"
    for button, ending in (("Save as SVG", "layer1_head2.svg"), ("Save as CSV", "layer1_head2.csv")):
        with page.expect_download() as download:
            page.get_by_role("button", name=button).click()
        assert download.value.suggested_filename.endswith(ending)
        assert "unhear" in Path(download.value.path()).read_text()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 360])
def test_our_own_view_is_open_to_all_at_any_width(shortcut, opened, width):
    from axe_playwright_python.sync_playwright import Axe

    one = pane(shortcut, "zap </script>")
    both = [replace(one, title="one"), replace(one, title="other")]
    page = opened(explain.page(both, "Two", also={"more": "b.html"}), width)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.locator(".grid").count() == 2 and page.locator(".plot canvas").count() == 2
    page.locator("#whole > summary").click()
    page.locator("#showing").select_option("entropy")
    if width < 500:
        assert Axe().run(page).generate_snapshot() == ""


@pytest.mark.browser
def test_a_text_of_512_tokens_is_drawn_whole(shortcut, opened):
    reading = long_reading(explain.read(shortcut, "the kettle", "en"), 512)
    text = explain.page(explain.Pane.of(reading), "long")
    assert len(text) < 8_000_000
    page = opened(text)
    page.get_by_role("button", name="Larger cells").click()
    page.locator(".plot").focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    assert page.locator("#told").text_content().startswith("“w2” looks at “[CLS]”")
    assert page.locator(".plot canvas").evaluate("canvas => canvas.width") <= 1280
