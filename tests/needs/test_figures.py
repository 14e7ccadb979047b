"""Figures of needs: names from data are text in them, never markup that plotly would draw."""

import pandas as pd
import pytest

from workbench.figures import needs as charts

LINK = '<a href="https://evil.example">Lid</a>'


@pytest.mark.parametrize("draw", [charts.needs_ranked, charts.needs_changed])
def test_a_category_or_attribute_that_is_a_link_is_drawn_as_the_text_it_is(draw):
    row = {"subject": LINK, "aspect": LINK, "kind": "wish", "week_reviews": 1, "reviews": 3, "earlier_share": .1,
           "week_share": .2}
    labels = draw(pd.DataFrame([row])).data[-1].y
    assert "<a" not in labels[0] and "&lt;a" in labels[0]
