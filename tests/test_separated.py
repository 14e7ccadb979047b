import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from workbench import separated


@given(st.lists(st.lists(st.text(st.sampled_from('ab ,"\n好'), max_size=6), min_size=2, max_size=2), max_size=6),
       st.text(st.sampled_from('ab,"\n'), max_size=30))
def test_no_line_of_a_file_is_lost(whole, torn):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(whole)
    lines = (out.getvalue() + torn).splitlines(keepends=True)
    found = list(separated.rows(lines))
    assert "".join(text for _, _, text, _ in found) == "".join(lines)
    assert [cells for _, cells, _, _ in found][:len(whole)] == whole
    assert [line for line, *_ in found] == [1 + sum(text.count("\n") for _, _, text, _ in found[:i])
                                            for i in range(len(found))]
