"""The command line: what it says and the code it ends with."""

import json
import os
from pathlib import Path

import pytest

from workbench.__main__ import main

SOURCE = """
title: A test shop
timezone: UTC
tables:
  events:
    files: events.csv
    columns:
      customer: who
      item: what
      behaviour: {from: did, values: {pv: view, buy: buy}}
      time: {from: at, unit: seconds}
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_REPORTS", str(tmp_path / "reports"))
    monkeypatch.setenv("WORKBENCH_KEY", "a key of this test only")
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "source.yml").write_text(SOURCE)
    (folder / "events.csv").write_text("who,what,did,at\nann,p1,pv,1794441600\nann,p1,hover,1794441600\n")
    return folder


def test_check_tells_what_is_refused_and_writes_nothing(shop, tmp_path, capsys):
    assert main(["check", "--data", str(shop)]) == 0
    said = capsys.readouterr().out
    assert "events.csv" in said and "hover" in said and "line 3" in said
    assert not (tmp_path / "reports").exists()


def test_a_table_without_its_file_is_named_before_the_run(shop, capsys):
    (shop / "source.yml").write_text(SOURCE + "  reviews:\n    files: said/*.csv\n    columns: {review: id, text: t}\n")
    assert main(["weekly", "--data", str(shop), "--week", "2026-W46", "--explain"]) == 0
    assert f"No table reviews: no file said/*.csv lies in {shop}." in capsys.readouterr().out.replace("\n", " ")


def test_a_sample_shop_without_its_logs_says_how_they_are_made(shop, monkeypatch, capsys):
    (shop / "source.yml").write_text(SOURCE + "  reviews:\n    files: said/*.csv\n    columns: {review: id, text: t}\n")
    monkeypatch.setattr("workbench.sample.labels.folder", lambda: shop)
    for words in (["check"], ["weekly", "--week", "2026-W46", "--explain"]):
        assert main([*words, "--data", str(shop)]) == 0
        assert "made by: workbench sample" in capsys.readouterr().out.replace("\n", " ")


def test_an_unknown_parameter_ends_with_2_and_a_suggestion(shop, tmp_path, capsys):
    assert main(["run", "10_preprocess", "--data", str(shop), "--week", "2026-W46", "-p", "weak", "2026-W45"]) == 2
    assert "did you mean 'week'" in capsys.readouterr().err
    assert main(["weekly", "--data", str(shop), "--week", "2026-W46", "-p", "dta", "x"]) == 2
    assert not (tmp_path / "reports" / "shop" / "2026-W46" / "run.json").exists()


@pytest.mark.parametrize("words, said", [
    (["weekly", "--data", "nowhere", "--week", "2026-W46"], "no source 'nowhere'"),
    (["run", "30_user_need", "--data", "{shop}", "--week", "2026-W46"], "did you mean '30_user_needs'"),
    (["weekly", "--data", "{shop}", "--week", "2026-46"], "is not an ISO week"),
    (["weekly", "--data", "{shop}", "--week", "２０２６-W46"], "'２０２６-W46' is not an ISO week; write it like 2026-W46"),
    (["run", "50_ab", "--data", "{shop}", "--week", "2026-W46"], "did you mean '50_ab_conversion'"),
    (["weekly", "--data", "{shop}", "--week", "2026-W46", "--only", "3"], "'30_user_needs' or '31_attention'"),
    (["weekly", "--data", "{shop}", "--week", "2026-W46", "--only", "10_preprocess", "--force", "30_user_needs"],
     "is not among those of --only"),
    (["sample", "--customers", "5"], "100 or more"),
    (["run", "10_preprocess", "--data", "{shop}", "--week", "2026-W46", "-p", "week", "2026-W45"], "set by --week"),
])
def test_what_cannot_be_done_is_said_in_a_line(shop, words, said, capsys):
    assert main([word.replace("{shop}", str(shop)) for word in words]) == 2
    error = capsys.readouterr().err
    assert said in error and "Traceback" not in error


def test_reports_that_cannot_be_written_are_said_in_a_line(shop, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WORKBENCH_REPORTS", str(tmp_path / "file"))
    assert main(["run", "10_preprocess", "--data", str(shop), "--week", "2026-W46"]) == 2
    assert "cannot be read or written: Not a directory; reports are written below" in capsys.readouterr().err


@pytest.mark.parametrize("workers", ["0", "-1", "two"])
def test_at_least_one_notebook_runs_at_a_time(shop, workers, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["weekly", "--data", str(shop), "--week", "2026-W46", "--workers", workers])
    assert ended.value.code == 2 and "a number from 1" in capsys.readouterr().err


def test_explain_runs_nothing(shop, tmp_path, capsys):
    assert main(["weekly", "--data", str(shop), "--explain"]) == 0
    said = capsys.readouterr().out
    assert "week 2026-W46: the last in the data" in said
    assert "no good run of it is remembered" in said and "the source offers no reviews" in said
    assert not list((tmp_path / "reports").rglob("*.ipynb"))


def test_explain_foresees_what_will_be_refused(shop, tmp_path, capsys):
    (shop / "source.yml").write_text(SOURCE + """
  reviews:
    files: reviews.csv
    columns: {review: id, text: said}
""")
    (shop / "reviews.csv").write_text("id,said\n1,good\n")
    words = ["--data", str(shop), "--week", "2026-W46", "--explain"]
    assert main(["run", "30_user_needs", *words]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "30_user_needs be refused reviews is not there" in said and "10_preprocess" not in said
    assert main(["weekly", *words]) == 0
    assert "be refused" not in capsys.readouterr().out


@pytest.mark.slow
def test_a_failed_notebook_gets_a_page_and_the_code_1(shop, tmp_path, capsys):
    (shop / "events.csv").write_text("who,what,did\nann,p1,pv\n")
    assert main(["run", "10_preprocess", "--data", str(shop), "--week", "2026-W46"]) == 1
    folder = tmp_path / "reports" / "shop" / "2026-W46"
    entry = json.loads((folder / "run.json").read_text())["notebooks"]["10_preprocess"]
    assert entry["status"] == "failed" and "time" in entry["error"]["evalue"]
    page = (folder / "pages" / "10_preprocess.html").read_text()
    assert "SourceError" in page and "python -m workbench run 10_preprocess" in page
    assert str(folder / "pages" / "10_preprocess.html") in capsys.readouterr().out


def test_jupyterlab_asks_nobody_for_news(monkeypatch):
    """The settings that ``workbench lab`` brings are ones that this JupyterLab knows; what its user set stays in reach."""
    from jupyter_core.paths import ENV_JUPYTER_PATH

    ran = []
    monkeypatch.setattr("os.execv", lambda program, words: ran.extend(words))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/own")
    main(["lab", "--", "--no-browser"])
    brought, own = os.environ["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    assert own == "/own" and ran[2:5] == ["jupyter", "lab", "--ip=127.0.0.1"] and ran[-1] == "--no-browser"
    for plugin, values in json.loads((Path(brought) / "labconfig" / "default_setting_overrides.json").read_text()).items():
        folder, name = plugin.split(":")
        schema = json.loads((Path(ENV_JUPYTER_PATH[0]) / "lab" / "schemas" / folder / f"{name}.json").read_text())
        assert set(values) == {"fetchNews", "checkForUpdates"} <= set(schema["properties"])
