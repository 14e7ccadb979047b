"""What every page of ours rests on: nothing that a customer wrote ends the element it stands in."""

import json

from hypothesis import given
from hypothesis import strategies as st

from workbench.markup import embed

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner)
                    | st.dictionaries(st.text(), inner), max_leaves=8)


@given(JSON)
def test_embedded_values_come_back_and_cannot_end_their_element(value):
    text = str(embed(value))
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == value
