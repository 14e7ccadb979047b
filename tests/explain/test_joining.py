import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench import explain
from workbench.errors import ParameterError
from workbench.explain.colours import palette
from workbench.explain.heads import measures, moved, over_corpus
from workbench.explain.joining import groupings, joined, spans
from workbench.explain.pane import packed, quantised
from workbench.explain.picture import png, pooled


@given(arrays(float, (2, 2, 6, 6), elements=st.floats(.01, 1)), st.lists(st.integers(0, 1), min_size=5, max_size=5))
def test_joined_rows_still_sum_to_one(raw, steps):
    """What is looked at is summed, who looks is averaged: nothing is lost and nothing counted twice."""
    group_of = np.concatenate([[0], np.cumsum(steps)])
    found = joined(raw / raw.sum(-1, keepdims=True), group_of)
    assert found.shape[-1] == group_of[-1] + 1 and np.allclose(found.sum(-1), 1)


@given(arrays(float, (1, 2, 5, 5), elements=st.floats(0, 1)))
def test_a_weight_is_right_to_half_a_step(weights):
    steps, scales = quantised(weights)
    assert (abs(steps / 255 * scales[..., None, None] - weights) <= scales[..., None, None] / 510 + 1e-9).all()


def test_weights_are_packed_column_by_column():
    import base64
    import zlib

    weights = np.random.default_rng(0).random((2, 3, 4, 4))
    back = np.frombuffer(zlib.decompress(base64.b64decode(packed(weights)[1])), np.uint8).reshape(3, 4, 4)
    assert (back.transpose(0, 2, 1) == quantised(weights)[0][1]).all()


def test_split_words_and_masks_are_one_word(shortcut):
    reading = explain.read(shortcut, "the unhear kettle [PHONE].", "en")
    words, pieces = groupings(reading)
    assert words.labels == ["[CLS]", "the", "unhear", "kettle", "[PHONE]", ".", "[SEP]"]
    assert pieces.name == "pieces" and pieces.labels == reading.tokens
    assert [reading.text[start:end] for start, end in words.spans[1:-1]] == words.labels[1:-1]


def test_chinese_is_joined_by_word_or_seen_by_character(shortcut):
    words, characters = groupings(explain.read(shortcut, "这个水壶很好", "zh"))
    assert words.labels == ["[CLS]", "这个", "水壶", "很", "好", "[SEP]"]
    assert characters.labels == ["[CLS]", *"这个水壶很好", "[SEP]"]


@given(st.text("ab ，壶", min_size=1, max_size=30))
def test_words_are_found_where_they_stand(text):
    words = text.split()
    assert [text[start:end] for start, end in spans(text, words)] == words


def test_heads_that_were_planted_are_described(shortcut):
    """One head looks at itself, one at the token before, one everywhere, one at [CLS]."""
    from dataclasses import replace

    reading = explain.read(shortcut, "the kettle is zap", "en")
    n = len(reading.tokens)
    before = np.eye(n, k=-1)
    before[0, 0] = 1
    planted = np.stack([np.eye(n), before, np.full((n, n), 1 / n), np.eye(n)[np.zeros(n, int)]])[None]
    table = measures(replace(reading, attentions=planted)).set_index("head")
    assert table["same"].round(3).tolist() == [1, 0, round(1 / n, 3), 0]
    assert table.loc[2, "before"] == 1 and table.loc[2, "distance"] == 1 and table.loc[4, "first"] == 1
    assert table["entropy"].round(6).tolist() == [0, 0, round(np.log2(n), 6), 0]
    corpus = over_corpus([replace(reading, attentions=planted)] * 3)
    assert (corpus["same_ci_lower"] == corpus["same"]).all() and corpus["texts"].eq(3).all()
    with pytest.raises(ParameterError, match="1 texts"):
        over_corpus([reading])


@given(arrays(float, (1, 1, 4, 4), elements=st.floats(.01, 1)), arrays(float, (1, 1, 4, 4), elements=st.floats(.01, 1)))
def test_what_moved_is_a_share_and_the_same_both_ways(one, other):
    one, other = (raw / raw.sum(-1, keepdims=True) for raw in (one, other))
    assert np.allclose(moved(one, other), moved(other, one)) and not moved(one, one).any()
    assert 0 <= moved(one, other).item() <= 1


#: severity 1 of Machado, Oliveira & Fernandes (2009), on linear RGB
BLIND = {"protanopia": [[.152286, 1.052583, -.204868], [.114503, .786281, .099216], [-.003882, -.048116, 1.051998]],
         "deuteranopia": [[.367322, .860646, -.227968], [.280085, .672501, .047413], [-.011820, .042940, .968881]],
         "tritanopia": [[1.255528, -.076749, -.178779], [-.078411, .930809, .147602], [.004733, .691367, .303900]]}


@pytest.mark.parametrize("matrix", [np.eye(3), *BLIND.values()], ids=["none", *BLIND])
def test_the_scale_darkens_all_the_way_for_every_eye(matrix):
    linear = (palette(33) / 255) ** 2.2 @ np.array(matrix).T
    luminance = np.clip(linear, 0, 1) @ [.2126, .7152, .0722]
    lightness = 116 * np.cbrt(luminance) - 16
    assert (np.diff(lightness) < -.5).all()


def test_a_png_is_what_it_says():
    import zlib

    body = png(np.array([[0, 1.], [.5, 0]]))
    assert body[16:24] == bytes([0, 0, 0, 2, 0, 0, 0, 2])
    start = body.index(b"IDAT")
    size = int.from_bytes(body[start - 4:start], "big")
    assert list(zlib.decompress(body[start + 4:start + 4 + size])) == [0, 0, 255, 0, 128, 0]


def test_pooling_keeps_the_largest():
    values = np.random.default_rng(1).random((9, 9))
    assert pooled(values, 4).max() == values.max() and (pooled(values, 20) == values).all()
