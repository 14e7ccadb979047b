import csv

import pytest

from workbench.errors import ModelError, ParameterError
from workbench.models import Reading, move, score_file
from workbench.text import foreign


def rows_of(path):
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return list(csv.reader(file))


def test_rows_order_and_columns_stay_and_bad_rows_are_named(stored, tmp_path):
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(b"\xef\xbb\xbfid,text,stars\n"
                       b"1,a good tent,5\n"
                       b'2,"the lid\nis broken",1\n'
                       b"3,,2\n"
                       b"4,caf\xe9 good,4\n"
                       b"5,short\n"
                       b"\n"
                       b"6,good,5,more\n"
                       b"7,so-so lamp,3")
    scored = score_file(stored, source, "text", target)
    out = rows_of(target)
    assert out[0] == ["id", "text", "stars", "label", "probability", "reason"]
    assert [row[0] for row in out[1:]] == ["1", "2", "3", "4", "5", "", "6", "7"]
    assert [row[3] for row in out[1:]] == ["positive", "negative", "", "", "", "", "", "neutral"]
    assert out[2][1] == "the lid\nis broken" and 0.3 < float(out[1][4]) <= 1
    assert scored.rows == 8 and scored.bad == 5 and scored.kind in ("encoder", "linear")
    assert dict(scored.problems) == {
        5: "empty text", 6: "text cannot be decoded", 7: "2 fields where the header has 3", 8: "empty line",
        9: "4 fields where the header has 3; the surplus is more"}
    assert [row[5] for row in out[3:8]] == [reason for _, reason in scored.problems]
    assert b"caf\xe9" in target.read_bytes()  # the file's own bytes stay


def test_a_column_of_the_file_keeps_its_name(stored, tmp_path):
    (tmp_path / "in.csv").write_text("label,text\n1,good\n")
    assert score_file(stored, tmp_path / "in.csv", "text", tmp_path / "out.csv").columns == (
        "predicted_label", "probability", "reason")
    assert rows_of(tmp_path / "out.csv")[1][:3] == ["1", "good", "positive"]


def test_many_rows_come_back_in_their_order(stored, tmp_path):
    signs = ["good", "broken", "so-so"]
    lines = [f"{i},{'kettle ' * (i % 7)}{signs[i % 3]}" for i in range(9000)]
    (tmp_path / "in.csv").write_text("id,text\n" + "\n".join(lines))
    scored = score_file(stored / "linear", tmp_path / "in.csv", "text", tmp_path / "out.csv")
    out = rows_of(tmp_path / "out.csv")[1:]
    assert scored.rows == 9000 and [row[0] for row in out] == [str(i) for i in range(9000)]
    assert [row[2] for row in out[:3]] == ["positive", "negative", "neutral"]


def test_a_text_that_the_model_cannot_read_is_labelled_and_said_to_be_so(stored, tmp_path):
    (tmp_path / "in.csv").write_text("id,text\n1,good\n2,质量很好\n3,👍 10/10\n4,Очень хорошо\n", encoding="utf-8")
    scored = score_file(stored, tmp_path / "in.csv", "text", tmp_path / "out.csv", Reading(foreign=foreign))
    out = rows_of(tmp_path / "out.csv")[1:]
    assert (scored.foreign, scored.bad, scored.language) == (2, 0, "en") and all(row[2] for row in out)
    assert [row[4] for row in out] == ["", "in Chinese characters, which the model did not learn from", "",
                                       "in letters neither Latin nor Chinese, which the model did not learn from"]


def test_other_encodings_and_tabs(stored, tmp_path):
    (tmp_path / "in.tsv").write_bytes("id\ttext\n1\tgood café\n".encode("latin-1"))
    assert score_file(stored, tmp_path / "in.tsv", "text", tmp_path / "out.tsv", Reading("latin-1")).bad == 0
    assert "café" in (tmp_path / "out.tsv").read_text(encoding="latin-1")


@pytest.mark.parametrize(("content", "words"), [
    ("id,text\n1,质量很好\n2,很差\n".encode("gb18030"), "no text of .* can be decoded as utf-8: name its encoding"),
    ("编号,text\n1,很好\n".encode("utf-16"), "the header of .* cannot be decoded"),
    (b"id;text\n1;good\n", "separated by ';': save it with commas"), (b"id\ttext\n1\tgood\n", r"separated by '\\t'")])
def test_another_encoding_or_separator_is_named_and_nothing_written(stored, tmp_path, content, words):
    (tmp_path / "in.csv").write_bytes(content)
    with pytest.raises(ParameterError, match=words):
        score_file(stored / "linear", tmp_path / "in.csv", "text", tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_errors_say_the_way_out_and_write_nothing(stored, tmp_path):
    source = tmp_path / "in.csv"
    source.write_text("id,text\n1,good\n")
    for call, error, words in (
            (lambda: score_file(stored, source, "review", tmp_path / "o.csv"), ParameterError, "its columns are id, text"),
            (lambda: score_file(stored, tmp_path / "no.csv", "text", tmp_path / "o.csv"), ParameterError, "not a file"),
            (lambda: score_file(stored, source, "text", source), ParameterError, "name another file"),
            (lambda: score_file(tmp_path, source, "text", tmp_path / "o.csv"), ModelError, "no model in")):
        with pytest.raises(error, match=words):
            call()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv"]


def test_what_the_model_was_trained_on_is_counted(trained, stored, tmp_path):
    (tmp_path / "in.csv").write_text("text\n" + trained.data.texts("train")[0] + "\nnew words\n")
    assert score_file(stored, tmp_path / "in.csv", "text", tmp_path / "out.csv").seen == 1


def test_an_open_quotation_mark_swallows_no_line(stored, tmp_path):
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(b'id,text,stars\r\n'
                       b'1,"a good\r\n\r\ntent, really",5\r\n'
                       b'2,"never closed,1\r\n'
                       b'3,good tent,4\r\n'
                       b'4,"good" tent,4\r\n'
                       b'5,"open again,2\r\n'
                       + b"".join(b"%d,broken lid,1\r\n" % i for i in range(6, 3000)) + b'3000,"so-so lamp",3\r\n')
    scored = score_file(stored / "linear", source, "text", target)
    out = rows_of(target)[1:]
    assert [row[0] for row in out] == [str(i) for i in range(1, 3001)]
    assert scored.problems == [(5, "quote opened in line 5 is never closed"), (8, "quote opened in line 8 is never closed")]
    assert [out[i][5] for i in (1, 4)] == [reason for _, reason in scored.problems]
    assert (out[0][1], out[1][1], out[3][1]) == ("a good\r\n\r\ntent, really", "never closed,1", "good tent")
    assert [row[3] for row in out[:6]] == ["positive", "", "positive", "positive", "", "negative"]
    assert scored.rows == 3000 and scored.several == 1 and scored.longest == (2, 3)


def test_a_header_with_an_open_quotation_mark_is_refused(stored, tmp_path):
    (tmp_path / "in.csv").write_text('id,"text\n1,good\n')
    with pytest.raises(ParameterError, match="quote opened in line 1 is never closed"):
        score_file(stored, tmp_path / "in.csv", "text", tmp_path / "out.csv")


def test_a_file_of_few_texts_is_scored_as_it_is_and_the_notes_say_why(trained, stored, tmp_path):
    texts = trained.data.texts("test")[:9]
    (tmp_path / "in.csv").write_text("text\n" + "\n".join(texts))
    moved = score_file(stored / "linear", tmp_path / "in.csv", "text", tmp_path / "moved.csv", learn=move)
    plain = score_file(stored / "linear", tmp_path / "in.csv", "text", tmp_path / "plain.csv")
    assert rows_of(tmp_path / "moved.csv") == rows_of(tmp_path / "plain.csv") and not plain.notes
    assert "the same domain" in moved.notes[0] and "its line stays" in moved.notes[0]
