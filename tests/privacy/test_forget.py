"""A customer leaves: planted in every kind of file, looked for in every kind of file."""

import base64
import gzip
import json
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from workbench import sealed
from workbench.__main__ import main
from workbench.errors import TableError
from workbench.findings import Exhibit, Finding
from workbench.models.classifier import write_seen
from workbench.models.memory import MEMORY
from workbench.models.textset import text_hash
from workbench.privacy import Door, Pseudonyms, forgotten_of, prove
from workbench.privacy.forget import gather
from workbench.privacy.traces import Traces, holds, normal, own_parts, rows_of
from workbench.tables import contract, open_week, take_in
from workbench.tables.read import FORGOTTEN

SOURCE = """
name: shop
tables:
  reviews:
    files: reviews.csv
    columns: {review: id, customer: who, text: said, time: at}
"""
MINE = "The lid of my kettle sings & hums like a bird. 盖子每天早上都唱歌，挺好玩的。"
SHARED = "Good kettle, would buy it again."
WHO, OTHER = "HPC-0001234", "HPC-0009999"


def frame():
    rows = [("rv-mine-1", WHO, MINE), ("rv-mine-2", WHO, SHARED), ("rv-other", OTHER, SHARED)]
    made = pd.DataFrame(rows, columns=["review", "customer", "text"]).astype("string")
    return made.reindex(columns=contract("reviews").names).assign(language="en", time=pd.Timestamp("2026-11-10", tz="UTC"))


@pytest.fixture(params=["", "ab" * 32], ids=["plain", "sealed"])
def shop(request, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_REPORTS", str(tmp_path / "reports"))
    monkeypatch.setenv("WORKBENCH_KEY", "a key of this test only")
    monkeypatch.setenv(sealed.VARIABLE, request.param)
    data = tmp_path / "data"
    data.mkdir()
    (data / "source.yml").write_text(SOURCE)
    (data / "reviews.csv").write_text("id,who,said,at\n" + "".join(
        f'{row.review},{who},"{row.text}",2026-11-10\n' for row, who in zip(frame().itertuples(), (WHO, WHO, OTHER),
                                                                           strict=True)))
    week = open_week(str(data), "2026-W46")
    week.write("reviews", Door().through("reviews", pa.Table.from_pandas(frame(), preserve_index=False)).to_pandas())
    week.write("sentences", pd.DataFrame({
        "review": ["rv-mine-1", "rv-other"], "sentence": 0, "start": 0, "end": 1, "kind": "praise", "probability": .9,
        "text": [MINE.split(". ")[0] + ".", SHARED], "language": "en"}))
    words = ["my", "kettle", "sings", "& hums", "like a", "bird."]
    week.write("explanations", pd.DataFrame({
        "text": ["A"] * 8 + ["B"], "method": "attention", "position": [*range(8), 0], "score": .1,
        "word": ["The lid", "of", *words, "Good"]}))
    Finding("30_user_needs", "What?", "They sing.", exhibits=[Exhibit("Words", "Quoted.", table=[
        {"quotation": MINE.split(". ")[0], "review": "1"}])]).save(week)
    Finding("50_ab_conversion", "Did it?", "No.").save(week)
    plant(week.folder)
    return week


def plant(folder):
    page = '<html><p>The lid of <b>my kettle</b> sings &amp; hums like a bird.</p></html>'
    packed = base64.b64encode(gzip.compress(json.dumps({"t": MINE}).encode(), mtime=0)).decode()
    for name, text in {
            "pages/30_user_needs.html": page, "pages/31_attention.html": f"<script>unpack('{packed}')</script>",
            "pages/50_ab_conversion.html": "<p>nobody</p>", "logs/10_preprocess.log": f"read {WHO}\n",
            "notebooks/32_keywords.ipynb": json.dumps({"cells": [{"outputs": [{"data": {"text/html": [
                '<td><span lang="zh">盖子每天早上</span>', "都唱歌，挺好玩的。</td>"]}}]}]}),
            "weekly.html": page}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    entry = {"status": "done", "reason": "", "seconds": 1, "cells": {}, "kernel_started": True, "parameters": {},
             "reads": {}, "writes": {}, "command": "python -m workbench run"}
    names = ["30_user_needs", "50_ab_conversion"]
    (folder / "run.json").write_text(json.dumps({
        "source": "shop", "week": "2026-W46", "started": "2026-11-16T08:00:00+00:00", "seconds": 1.0, "scope": names,
        "git_commit": None, "dirty": None, "versions": {"python": "3.11", "workbench": "0"}, "inputs": {},
        "notebooks": {name: entry for name in names}}))
    for name in ("10_preprocess", "30_user_needs", "50_ab_conversion"):
        (folder / ".runs").mkdir(exist_ok=True)
        (folder / ".runs" / f"{name}.json").write_text("{}")
    model = folder.parent / "models" / "sentiment_en" / "linear"
    model.mkdir(parents=True)
    (model / "card.json").write_text("{}")
    write_seen(model, {text_hash(MINE)})
    (folder.parent / ".runs").mkdir()
    (folder.parent / ".runs" / "21_fine_tune.json").write_text("{}")


def test_a_customer_leaves_and_it_is_proved(shop, capsys):
    traces = gather(WHO, shop.folder.parent)
    assert traces.texts == (MINE,), "a text that another customer wrote too is nobody's own"
    assert len(prove(shop.folder.parent, traces)[1]) == 9
    assert main(["forget", WHO, "--data", str(shop.source.folder)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert prove(shop.folder.parent, traces)[1] == []
    assert shop.read("reviews")["review"].tolist() == ["rv-other"]
    assert shop.read("sentences")["review"].tolist() == ["rv-other"] and shop.read("explanations")["text"].tolist() == ["B"]
    assert not (shop.folder / "findings" / "30_user_needs.json").exists()
    assert (shop.folder / "findings" / "50_ab_conversion.json").exists() and (shop.folder / "weekly.html").exists()
    assert "nothing of the customer is left" in said and "2 rows removed from 2026-W46/tables/reviews.parquet" in said
    assert "model sentiment_en/linear learnt from texts of the customer" in said
    assert "holds the id in 2 lines: it is the shop's to change" in said and WHO in (
        shop.source.folder / "reviews.csv").read_text()
    assert not list((shop.folder.parent / ".runs").glob("*.json")), "the models train again"
    assert [path.stem for path in (shop.folder / ".runs").iterdir()] == ["50_ab_conversion"]
    assert json.loads((shop.folder / "run.json").read_text())["notebooks"]["30_user_needs"]["status"] == "not run"


def test_the_door_drops_who_was_forgotten_and_counts(shop):
    assert main(["forget", WHO, "--data", str(shop.source.folder)]) == 0
    taken = take_in(open_week(str(shop.source.folder), "2026-W46", ""), Door(forgotten=forgotten_of(shop)), 1)
    assert shop.read("reviews")["review"].tolist() == ["rv-other"]
    assert taken.rows[["rows", "kept", "quarantined"]].values.tolist() == [[3, 1, 2]]
    refused = shop.read("quarantine")
    assert refused["reason"].tolist() == [FORGOTTEN] * 2 and refused["line"].tolist() == [2, 3]
    assert refused[["column", "value", "raw"]].isna().all(axis=None)
    assert prove(shop.folder.parent, gather(WHO, shop.folder.parent))[1] == []
    listed = (shop.folder.parent / "forgotten.json").read_text()
    assert WHO not in listed and Pseudonyms().of(pd.Series([WHO]), "customer")[0] not in listed
    labelled = pa.table({"text": [MINE, SHARED, None]})
    assert Door(forgotten=forgotten_of(shop)).gone(labelled).tolist() == [True, False, False], "known by its text alone"


def test_a_list_of_another_key_is_told(shop, monkeypatch):
    assert main(["forget", WHO, "--data", str(shop.source.folder)]) == 0
    monkeypatch.setenv("WORKBENCH_KEY", "another key of this test")
    with pytest.raises(TableError, match="forget each of them again"):
        forgotten_of(shop)


def test_raw_files_are_searched_whatever_they_are_packed_in(shop, capsys):
    data = shop.source.folder
    rows = pa.table({"id": [1, 2], "who": [WHO, f"{WHO}5"], "said": ["x", "y"], "other": [[WHO], []]})
    csv = f"id,who,said,at\n1,{WHO},x,2026-11-10\n2,{WHO}5,y,2026-11-10\n"
    with zipfile.ZipFile(data / "a.csv.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", csv)
    (data / "b.csv.gz").write_bytes(gzip.compress(csv.encode(), mtime=0))
    (data / "c.csv").write_text(csv, "utf-16")
    pq.write_table(rows, data / "d.parquet", compression="zstd")
    with xlsxwriter.Workbook(data / "e.xlsx") as book:
        book.add_worksheet("reviews").write_row(0, 0, ["id", "who", "said"])
        book.add_worksheet("more").write_row(0, 0, [1, WHO, "x"])
    (data / "f.xlsx").write_bytes(b"PK\x03\x04 half of it")
    tables = "".join(f"  {table}:\n    files: {name}\n    encoding: {encoding}\n    columns: {columns}\n"
                     for table, name, encoding, columns in (
        ("reviews", "['*.zip', '*.gz', '*.parquet', '*.xlsx']", "utf-8", "{review: id, customer: who, text: said}"),
        ("labelled_texts", "c.csv", "utf-16", "{text: said, label: id, task: {value: t}}")))
    (data / "source.yml").write_text(f"name: shop\ntables:\n{tables}")
    assert main(["forget", WHO, "--data", str(data)]) == 0
    said = capsys.readouterr().out
    assert [f"{name} holds the id in 1 lines" in said for name in (
        "a.csv.zip", "b.csv.gz", "c.csv", "d.parquet", "e.xlsx")] == [True] * 5
    assert "a raw file was not searched: " in said and "f.xlsx cannot be read as a workbook" in said


def test_an_unknown_customer_changes_nothing(shop, capsys):
    before = {path: path.read_bytes() for path in shop.folder.parent.rglob("*") if path.is_file()}
    assert main(["forget", "HPC-0000000", "--data", str(shop.source.folder)]) == 2
    assert "no customer 'HPC-0000000'" in capsys.readouterr().err
    lock = shop.folder.parent / ".runs" / "forget.lock"
    assert before == {path: path.read_bytes() for path in shop.folder.parent.rglob("*") if path.is_file() and path != lock}


def test_mark_up_escapes_and_blanks_hide_nothing(tmp_path):
    traces = Traces("c-0123456789abcdef", WHO, frozenset({"rv-mine-1"}), (MINE,), own_parts([MINE, SHARED], [SHARED]))
    page = '<script>{"t":"The \\u003cb\\u003elid of my kettle sings \\u0026 hums like a bird."}</script>'
    for name, text in {"a.html": page, "b.json": json.dumps({"x": ["盖子每天", "早上都唱歌，挺好玩的。"]}),
                       "c.txt": "see rv-mine-1"}.items():
        (tmp_path / name).write_text(text)
        assert holds(tmp_path / name, traces), name
    (tmp_path / "d.txt").write_text(f"rv-mine-12 x{WHO} {SHARED}")
    numbered = Traces("c-0123456789abcdef", "17850")
    assert numbered.in_text("bought by 17850.") and not numbered.in_text("a share of 0.17850")
    assert not holds(tmp_path / "d.txt", traces) and normal(" A\nb!") == "ab"


def test_what_others_wrote_and_what_the_shop_sells_stays(shop):
    (shop.folder / "notebooks" / "32_keywords.ipynb").unlink()
    number, said = "10482", "Highly recommended! My copper kettle."
    (shop.source.folder / "reviews.csv").write_text(f"id,who,said,at\nrv-1,{number},{said},2026-11-10\n")
    rows = frame().iloc[:1].assign(review="rv-1", customer=number, text=said)
    shop.write("reviews", Door().through("reviews", pa.Table.from_pandas(rows, preserve_index=False)).to_pandas())
    shop.write("products", pd.DataFrame({"product": [number, "B-1"], "name": ["Mug", "My copper kettle, 2 l"]}))
    shop.write("events", pd.DataFrame({"customer": "c-another", "item": [number], "behaviour": "view",
                                       "time": pd.Timestamp("2026-11-10", tz="UTC")}, index=[0]))
    shop.write("labels", pd.DataFrame({
        "entry": ["a", "b"], "text": ["Arrived cracked. Highly recommended!", said], "label": "x", "task": "needs",
        "language": "en", "time": pd.Timestamp("2026-11-10", tz="UTC"), "picked": "random"}))
    assert main(["forget", number, "--data", str(shop.source.folder)]) == 0
    assert len(shop.read("reviews")) == 0 and shop.read("labels")["entry"].tolist() == ["a"]
    assert len(shop.read("products")) == 2, "a product is no customer, whatever its number and its name"
    assert len(shop.read("events")) == 1


def test_what_a_killed_run_left_and_what_models_remember_goes_too(shop):
    left = [shop.folder / ".intake" / "staged" / "reviews" / "000.parquet",
            shop.folder / "tables" / ".sequences.parquet.part" / ".000.parquet.7.part",
            shop.folder.parent / "models" / "needs_en" / MEMORY]
    for path in left:
        path.parent.mkdir(parents=True)
        path.write_bytes(b"PAR1 cut off")
    (shop.folder / "notebooks" / "32_keywords.ipynb").unlink()
    assert main(["forget", WHO, "--data", str(shop.source.folder)]) == 0 and not any(path.exists() for path in left)


def test_tables_of_before_the_key_are_sealed(shop, monkeypatch, capsys):
    monkeypatch.setenv(sealed.VARIABLE, "cd" * 32)
    plain = [path for path in shop.folder.parent.rglob("*.parquet") if not sealed.is_sealed(path)]
    assert main(["seal", "--data", str(shop.source.folder)]) == 0
    assert f"{len(plain)} tables under" in capsys.readouterr().out
    assert all(sealed.is_sealed(path) for path in shop.folder.parent.rglob("*.parquet"))
    assert not plain or shop.read("reviews")["review"].nunique() == 3
    monkeypatch.delenv(sealed.VARIABLE)
    assert main(["seal", "--data", str(shop.source.folder)]) == 2


def test_large_tables_pass_through_memory_a_row_group_at_a_time(shop, monkeypatch):
    who = Pseudonyms().of(pd.Series([WHO], dtype="string"), "customer").iloc[0]
    folder = shop.path("events")
    folder.mkdir()
    for part in ("2026-W45-000", "2026-W46-000"):
        events = pd.DataFrame({"customer": [f"c-{i:016x}" for i in range(300)], "item": "k-1", "category": None,
                               "behaviour": "view", "time": pd.Timestamp("2026-11-10", tz="UTC")})
        events.loc[150, "customer"] = who
        events.to_parquet(folder / f"{part}.parquet", row_group_size=100, compression="zstd", **sealed.options())
    loaded = []
    monkeypatch.setattr(sealed, "load", lambda path, load=sealed.load: loaded.append(path.stem) or load(path))
    assert main(["forget", WHO, "--data", str(shop.source.folder)]) == 0
    assert set(loaded) == {"explanations"}
    for path in shop.scan("events"):
        assert [len(rows) for rows in sealed.groups(path)] == [100, 99, 100]
        assert sealed.is_sealed(path) == bool(sealed.table_key())
    assert prove(shop.folder.parent, gather(WHO, shop.folder.parent))[1] == []


def test_a_customer_is_seen_in_columns_of_every_kind():
    traces = Traces("c-0123456789abcdef", WHO)
    told = f"see {WHO}"
    columns = {"customer": pa.array([traces.customer, "c-1", None]), "note": pa.array(["x", told, None]),
               "kind": pa.array(["x", told, None]).dictionary_encode(), "words": pa.array([["x"], ["y", told], None]),
               "n": pa.array([1, 2, 3])}
    found = {name: rows_of(pa.table({name: column}), traces).tolist() for name, column in columns.items()}
    assert found == {"customer": [True, False, False], "n": [False] * 3,
                     **{name: [False, True, False] for name in ("note", "kind", "words")}}
