"""The whole week on the sample shop, as a newcomer runs it, held against what was planted."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from workbench.sample.labels import FILES
from workbench.sample.labels import folder as texts

WEEK = "2026-W46"
#: a week of tests: enough for every truth, small enough for two cores
QUICK = ["-p", "epochs", "2", "-p", "max_texts", "300", "-p", "tested", "8"]


class Shop:
    """The sample shop and its week in a temporary folder, run through the command line."""

    def __init__(self, folder: Path):
        self.data, self.reports = folder / "sample", folder / "reports"
        self.data.mkdir()
        for name in ("source.yml", "products.jsonl", *FILES):
            shutil.copy(texts() / name, self.data / name)
        self.environment = os.environ | {"WORKBENCH_REPORTS": str(self.reports), "WORKBENCH_KEY": "a key of the tests only"}
        self.made = self.call("sample", "--folder", str(self.data / "logs"))
        self.truths = json.loads((self.data / "logs" / "truths.json").read_text())
        self.first = self.weekly()

    def call(self, *words):
        return subprocess.run([sys.executable, "-m", "workbench", *words], env=self.environment, capture_output=True,
                              text=True)

    def weekly(self, *words):
        return self.call("weekly", "--data", str(self.data), "--week", WEEK, *QUICK, *words)

    @property
    def folder(self):
        return self.reports / "sample" / WEEK

    def record(self):
        return json.loads((self.folder / "run.json").read_text())

    def table(self, name):
        return pd.read_parquet(self.folder / "tables" / f"{name}.parquet")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return Shop(tmp_path_factory.mktemp("week"))


pytestmark = pytest.mark.slow


def test_every_notebook_ran_to_its_end(shop):
    statuses = {name: entry["status"] for name, entry in shop.record()["notebooks"].items()}
    assert set(statuses.values()) == {"done"}, (statuses, shop.first.stderr)
    assert shop.first.returncode == 0
    assert str(shop.folder / "weekly.html") in shop.first.stdout.replace("\n", "")


def test_every_row_is_accounted_for(shop):
    intake = shop.table("intake").set_index("table")
    assert (intake["rows"] == intake["kept"] + intake["duplicates"] + intake["quarantined"]).all()
    truths = shop.truths
    assert intake.loc["events", "duplicates"] == truths["bad_events"]["duplicates"]
    assert intake.loc["events", "kept"] == truths["rows"]["events"]
    assert intake.loc["events", "quarantined"] == len(truths["bad_events"]["quarantined"]) == len(
        shop.table("quarantine").query("table == 'events'"))


def test_the_experiments_come_out_as_planted(shop):
    effects = shop.table("effects")
    conversion = effects[effects["metric"].str.contains("conver")].set_index("experiment")
    real, same, broken = (conversion.loc[name] for name in ("free shipping bar", "renamed menu", "new checkout"))
    assert real["abs_ci_lower"] > 0 and real["p_value"] < .05
    assert same["abs_ci_lower"] < 0 < same["abs_ci_upper"]
    assert pd.isna(broken["abs_effect"]) and broken["withheld"]
    assert effects.loc[effects["experiment"] == "new checkout", "p_value"].isna().all()


def test_needs_that_were_made_to_grow_are_seen_to_grow(shop):
    finding = json.loads((shop.folder / "findings" / "30_user_needs.json").read_text())
    changed = next(exhibit["table"] for exhibit in finding["exhibits"] if exhibit["title"] == "What changed")
    names = pd.read_json(shop.data / "products.jsonl", lines=True).set_index("product")["name"]
    grown = [row["need"] for row in changed if row["week_share"] > row["earlier_share"]]
    planted = {names[theme["product"]]: f"{theme['kind']}{'e' * (theme['kind'] == 'wish')}s"
               for theme in shop.truths["needs"]["rising"]}
    found = [name for name, kind in planted.items()
             if any(need.lower().startswith(kind) and need.endswith(name) for need in grown)]
    assert len(found) >= 2, (found, grown)
    assert sum(not need.endswith(tuple(planted)) for need in grown) <= 1, f"of products where nothing was planted: {grown}"


def test_no_id_and_no_address_is_left_anywhere(shop):
    raw = (shop.data / "logs" / "reviews.csv").read_text()
    assert "@example." in raw and "13800138000" in raw, "the reviews hold what must be masked"
    customers = {line.split(",")[0].encode() for line in (shop.data / "logs" / "events.csv").read_text().splitlines()[1:400]}
    for path in shop.reports.rglob("*"):
        if path.is_file() and path.suffix in (".html", ".json", ".ipynb", ".log", ".txt"):
            written = path.read_bytes()
            assert b"@example." not in written and b"13800138000" not in written, path
            assert not any(customer in written for customer in customers if customer.startswith(b"HPC-")), path
    for path in (shop.folder / "tables").glob("*.parquet"):
        text = pd.read_parquet(path).astype(str)
        if path.stem != "quarantine":
            assert not text.apply(lambda column: column.str.contains("HPC-|@example\\.")).any().any(), path


def test_a_second_run_starts_no_kernel(shop):
    start = time.monotonic()
    again = shop.weekly()
    assert again.returncode == 0
    entries = shop.record()["notebooks"]
    assert {entry["status"] for entry in entries.values()} == {"unchanged"}
    assert not any(entry["kernel_started"] for entry in entries.values())
    assert time.monotonic() - start < 30, "a machine may be slow; a kernel or a model would take longer"
    assert "nothing changed since its last run" in shop.weekly("--explain").stdout


def test_scoring_a_file_keeps_its_rows(shop, tmp_path):
    said = ["Broke in a week, never again", "Love it!", "", "It is ok", "best kettle"]
    rows = pd.DataFrame({"id": range(5), "said": said})
    rows.to_csv(tmp_path / "in.csv", index=False)
    done = shop.call("score", "--model", "sample/sentiment_en", "--input", str(tmp_path / "in.csv"), "--text-column", "said",
                     "--output", str(tmp_path / "out.csv"))
    assert done.returncode == 0, done.stderr
    scored = pd.read_csv(tmp_path / "out.csv")
    assert scored["id"].tolist() == rows["id"].tolist() and scored["label"].isna().tolist() == [i == 2 for i in range(5)]
    assert "line 4" in done.stdout


@pytest.mark.browser
def test_the_report_opens_offline_draws_all_and_asks_for_nothing(shop, browser_page):
    page, requests, said = browser_page
    for path in (shop.folder / "weekly.html", *sorted((shop.folder / "pages").glob("*.html"))):
        page.goto(path.as_uri())
        page.wait_for_timeout(500)
        page.evaluate("document.querySelectorAll('details.exhibit').forEach((fold) => { fold.open = true; })")
        for chart in page.locator(".chart").all():
            chart.scroll_into_view_if_needed()
            chart.locator(".main-svg").first.wait_for(timeout=20_000)
    assert (requests, said) == ([], [])


@pytest.mark.browser
def test_the_report_passes_axe(shop, browser_page):
    from axe_playwright_python.sync_playwright import Axe

    page, _, _ = browser_page
    page.goto((shop.folder / "weekly.html").as_uri())
    page.wait_for_timeout(1500)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_no_small_group_of_customers_is_published(shop):
    """Every published column that speaks of customers is declared, and holds none of 1 to 9."""
    seen = 0
    for path in (shop.folder / "findings").glob("*.json"):
        finding = json.loads(path.read_text())
        for part in (finding, *finding["exhibits"]):
            people = part["people"] or {"counts": []}
            for row in part["table"] or []:
                counted = {name for name, label in part["labels"].items() if name in row and re.search(
                    r"customers? (\||$|so far)|buyers|people", label, re.IGNORECASE) and isinstance(row[name], int | float)}
                assert counted <= set(people["counts"]), (path.stem, part.get("title"), counted)
                small = {name: row[name] for name in people["counts"] if row.get(name) and row[name] < 10}
                assert not small, (path.stem, part.get("title"), small)
                seen += len(counted)
        counts = [int(number) for text in json.dumps(finding["table"]).split('"')
                  for number in re.findall(r"\b(\d+) customers? who", text)]
        assert all(number >= 10 for number in counts), path.stem
    assert seen > 20
