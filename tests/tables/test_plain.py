"""Lines cut by Arrow and rows read one by one say the same, whatever stands where."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.tables.records import plain
from workbench.tables.records.pieces import MARK

NAMES = ["who", "sku", "what", "when"]
CELLS = st.sampled_from(["a", "17", "", " ", "好", '"a"', '"', '"x,y"', '"two\nlines"', "\ufeff", "\r", MARK, "who", "\0"])
ROWS = st.one_of(st.lists(CELLS, min_size=4, max_size=4).map(",".join), st.lists(CELLS, max_size=6).map(",".join),
                 st.just("who,sku,what,when"), st.just("1,2,pv,3"), st.just("1,2,pv,3"), st.just("1,2,pv,3"))
FILES = st.lists(st.tuples(ROWS, st.sampled_from(["\n", "\n", "\r\n"])), max_size=14).map(
    lambda rows: "".join(row + end for row, end in rows))


def said(text, fast, quote, single=frozenset()):
    """Every record: (line, number, cells, text), and the broken ones."""
    reader = plain.Separated(io.StringIO(text, newline="\n"), NAMES, ["who", "when"], ",", quote, single)
    if not fast:
        reader._piece = reader._one_by_one
    good, broken = [], []
    for piece in reader.pieces():
        cells = [piece.cells[name].to_pylist() for name in ("who", "when")]
        good += [(line, number, who, when, piece.text(i)) for i, (line, number, who, when) in enumerate(zip(
            piece.lines.tolist(), piece.numbers.tolist(), *cells, strict=True))]
        broken += piece.broken
    return good, broken


@settings(max_examples=300)
@given(text=FILES, cut=st.booleans(), quote=st.sampled_from(['"', '"', None]), block=st.sampled_from([1, 9, 40, 1 << 22]),
       single=st.sampled_from([frozenset(), frozenset({"sku"})]))
def test_both_ways_of_cutting_say_the_same(text, cut, quote, block, single):
    text = text.rstrip("\r\n") if cut else text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plain, "BLOCK", block)
        patch.setattr(plain, "MANY", 1)
        assert said(text, True, quote, single) == said(text, False, quote, single)


def test_two_stray_marks_far_apart_swallow_nothing_where_a_line_break_cannot_be_meant():
    text = '1,"x,pv,3\n' + "1,2,pv,3\n" * 5 + '1,y",pv,3\n'
    good, broken = said(text, True, '"')
    assert len(good) == 1 and "\n" in good[0][4], "it can be meant in an address"
    good, broken = said(text, True, '"', frozenset({"sku"}))
    assert len(good) == 6 and [line for line, _, _ in broken] == [1], "not in a product code; the last row holds a mark"
