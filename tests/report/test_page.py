"""The pieces every page is made of: escaping, embedding, the policy."""

import html
import json
import re

from hypothesis import given
from hypothesis import strategies as st

from workbench.report import page

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner)
                    | st.dictionaries(st.text(), inner), max_leaves=8)


@given(JSON)
def test_embedded_values_come_back_and_cannot_end_their_element(value):
    text = str(page.embed(value))
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == value


@given(st.text(alphabet=st.sampled_from("a<>&\"'杯，b c")))
def test_marking_chinese_changes_no_text_and_lets_no_tag_through(text):
    marked = str(page.words(text))
    bare = re.sub(r'<span lang="zh">|</span>', "", marked)
    assert not set(bare) & set("<>\"'") and html.unescape(bare) == text


def test_plotly_is_packed_once_and_the_same_in_every_process():
    packed, digest = page.packed_plotly()
    assert page.packed_plotly()[0] is packed
    assert len(packed) < 2_200_000 and digest.startswith("'sha256-")
