"""The pieces that a report's pages are made of."""

import html
import re

from hypothesis import given
from hypothesis import strategies as st

from workbench.report import page


@given(st.text(alphabet=st.sampled_from("a<>&\"'杯，b c")))
def test_marking_chinese_changes_no_text_and_lets_no_tag_through(text):
    marked = str(page.words(text))
    bare = re.sub(r'<span lang="zh">|</span>', "", marked)
    assert not set(bare) & set("<>\"'") and html.unescape(bare) == text


def test_plotly_is_packed_once_and_the_same_in_every_process():
    packed, digest = page.packed_plotly()
    assert page.packed_plotly()[0] is packed
    assert len(packed) < 2_200_000 and digest.startswith("'sha256-")
