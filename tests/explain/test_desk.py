"""The reviewer's desk: in JupyterLab, in the report, and from one report to the next. Personal data come back nowhere."""

import html
import json
import re
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest

from workbench import explain, privacy, report, verdicts
from workbench.__main__ import main
from workbench.explain.choose import QUOTED
from workbench.explain.reviewers import DIFFER, OLDER, OPEN, SETTLED, sentence
from workbench.models import EncoderClassifier
from workbench.tables import Source, Week, conform, contract
from workbench.training.labels import standing

HOSTILE = "the kettle </script><script>window.hacked = 1</script> is zap"
PLANTED = ("jo.smith@example.com", "13812345678", "11010519491231002X", "4111 1111 1111 1111")
PIECES = re.compile("jo.smith|example|13812345678|11010519491231002|4111")
TEXTS = {"r1": "zap the lid is bad", "r2": "the kettle is good", "r3": "a very blue kettle .", "r4": HOSTILE,
         "r5": "zap the lid 壶 mail {} or {} id {} card {}".format(*PLANTED)}
CHINESE = {"r6": "壶很好", "r7": "很好 zap 壶", "r8": "壶 zap 电话{} 邮箱{}".format(*PLANTED[1::-1]),
           "r9": f"好壶 zap {PLANTED[2]}"}


def reviews():
    """After the door."""
    texts = TEXTS | CHINESE
    frame = pd.DataFrame({"review": list(texts), "text": list(texts.values()), "product": "P1", "rating": 5.0,
                          "language": ["en"] * len(TEXTS) + ["zh"] * len(CHINESE)})
    for column in ("category", "customer", "time", "title"):
        frame[column] = None
    door = privacy.Door(privacy.Pseudonyms(b"k" * 32))
    rows = pa.Table.from_pandas(conform(frame, contract("reviews")), preserve_index=False)
    return conform(door.through("reviews", rows).to_pandas(), contract("reviews"))


@pytest.fixture(scope="module")
def told(shortcut):
    """Classifiers of both languages, and what they explain."""
    classifiers = {"en": shortcut, "zh": shortcut}
    return classifiers, explain.explain(reviews(), (classifiers, {}), each=9, tested=3)


@pytest.fixture
def week(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_REPORTS", str(tmp_path / "reports"))
    return Week(Source("shop", tmp_path), "2026-W46", tmp_path / "reports" / "shop" / "2026-W46")


def make(week, told, later=None):
    """What 31_attention and 90_weekly_report do: the offer, the answers, the report."""
    classifiers, explained = told
    offered = explain.offer(week, [explained], reviews())
    given = week.read("verdicts") if week.has("verdicts") else None
    answers = explain.answers(offered, given, {"sentiment": later or classifiers})
    explain.with_answers(explain.finding(week, explained), offered, answers).save(week)
    week.write("explanations", explained.words)
    report.build(week)
    return offered, answers


def test_the_offer_keeps_texts_of_earlier_models(week, told):
    explained = told[1]
    offered = explain.offer(week, [explained], reviews())
    assert set(offered.texts["language"]) == {"en", "zh"} and set(offered.texts["product"]) == {"P1"}
    for row in offered.texts.itertuples():
        assert "".join(piece for piece, _ in row.parts) == row.text and max(abs(w or 0) for _, w in row.parts) <= 1
    before = week.path("explained_texts").read_bytes()
    explain.offer(week, [explained], reviews())
    assert week.path("explained_texts").read_bytes() == before, "same inputs, same bytes"
    table = week.read("explained_texts")
    week.write("explained_texts", table.assign(card="b" * 16))
    explain.offer(week, [explained], reviews())
    assert len(week.read("explained_texts")) == 2 * len(table)


def test_sentences_that_needs_rest_on_are_judged_and_teach_the_model_of_needs(week, told, shortcut):
    reader = EncoderClassifier({**shortcut.card, "task": "needs"}, shortcut.model, shortcut.tokenizer, set())
    texts = reviews().head(3).assign(text=["the zap lid is bad", "a kettle zap .", TEXTS["r3"]])
    quoted = explain.explain(texts, ({"en": reader}, {}), task="needs", each=3, tested=3)
    quoted = replace(quoted, chosen=quoted.chosen.assign(rule=QUOTED))
    offered = explain.offer(week, [quoted, told[1]], reviews())
    assert offered.texts["number"].head(3).tolist() == ["need-en-1", "need-en-2", "need-en-3"]
    assert len(offered.texts) == 3 + len(told[1].readings), "one text may be read by two models"
    desk = explain.Desk(offered, "ab")
    assert "takes it for <b>" in desk.page() and "; the model gives that" in desk.page()
    first, right = desk.texts.iloc[0], desk.others[0]
    desk.key("1")
    desk.key("w", "", [desk.words[0][1], desk.words[1][1]])
    assert week.read("labels")[["task", "text", "label", "product", "picked"]].to_numpy().tolist() == [
        ["needs", first["text"], right, "P1", "objected"]]
    assert standing(week.read("labels"))["task"].tolist() == ["needs"]
    models = {"sentiment": told[0], "needs": {"en": reader}}
    found = explain.answers(offered, week.read("verdicts"), models)
    assert found.rates[["task", "texts"]].to_numpy().tolist() == [["needs", 2]]
    words = " ".join(word for word, _ in explain.Desk(replace(offered, texts=offered.texts[1:])).words[:2])
    assert sorted(found.objections["right_label"]) == sorted([right, f"wrong words: {words}"])
    assert explain.answers(offered, week.read("verdicts"), {"sentiment": told[0]}).objections.empty
    learnt = explain.answers(offered, week.read("verdicts"), {"needs": {"en": Learnt(right)}})
    assert learnt.objections["status"].tolist() == [OPEN, OPEN], "the report still quotes it as it did"


def test_the_desk_in_jupyterlab_stores_at_once_skips_undoes_and_escapes(week, told):
    desk = explain.Desk(explain.offer(week, [told[1]], reviews()))
    hostile = desk.texts.index[desk.texts["text"].str.contains("kettle /script|hacked", regex=True)]
    who, text, note, marking, buttons, more, said = desk.view.children
    buttons.children[0].click()
    assert "must be initials" in said.value and not week.has("verdicts")
    who.value = "ab"
    note.value = "mail jo.smith@example.com"
    first, right = desk.texts.iloc[0], desk.others[0]
    assert [button.description for button in buttons.children] == ["a agree", f"1 it is {right}", "w wrong words"]
    buttons.children[1].click()
    row = verdicts.history(week).iloc[0]
    assert row[["text", "verdict", "right_label", "note"]].tolist() == [first["text"], "disagree", right, "mail [EMAIL]"]
    assert note.value == "" and "1 of" in text.value and said.value == ""
    words, keys = marking.children[0], more.children[-1]
    words.index = (1, 2)
    marked = " ".join(label for label, _ in desk.words[1:3])
    for key in "wsaX9":
        keys.value = key
    assert verdicts.history(week)["verdict"].tolist() == ["disagree", "wrong words", "agree"] and desk.place == 4
    kept = [verdicts.marked(row.text, row.words) for row in verdicts.history(week).itertuples()]
    assert kept[::2] == [[], []] and " ".join(kept[1]) == marked and words.index == (), "marks are of one text"
    for _ in range(9):
        keys.value = "u"
    assert desk.place == 0 and not week.has("verdicts") and not week.has("labels")
    for place in hostile:
        desk.place = place
        assert "<script" not in desk.page()
    desk.place = 0
    keys.value = "a"
    desk.place = 0
    assert "You said: agree." in desk.page()
    desk.place = len(desk.texts)
    keys.value = "a"
    assert "That was the last one" in desk.page() and "explained texts are waiting" in desk.invitation()


def test_objections_are_open_until_the_model_says_so_and_marked_where_it_was_trained_anew(week, told):
    offered = explain.offer(week, [told[1]], reviews())
    zapped = offered.texts[(offered.texts["label"] == "zapped").to_numpy()].reset_index(drop=True)

    def say(place, reviewer, *verdict, card=None):
        text = zapped.iloc[place].copy()
        text["card"] = card or text["card"]
        verdicts.give(week, text, verdicts.Verdict(reviewer, *verdict))

    def statuses(classifiers):
        return explain.answers(offered, week.read("verdicts"), {"sentiment": classifiers}).objections["status"].tolist()

    say(0, "ab", "disagree", "plain")
    say(1, "ab", "wrong words", None, card="b" * 16)
    assert sorted(statuses(told[0])) == [OPEN, OLDER]
    say(0, "cd", "agree")
    assert sorted(statuses(told[0])) == [OLDER, DIFFER]

    assert sorted(statuses({"en": Learnt("plain"), "zh": Learnt("plain")})) == [OLDER, SETTLED]
    answers = explain.answers(offered, week.read("verdicts"), {"sentiment": told[0]})
    assert answers.open == 2 and "2 objections are open" in sentence(answers)
    assert "Reviewers agree with 50% of 1 text judged" in sentence(answers)
    assert answers.pairs["pair"].tolist() == ["ab and cd"]


def test_nobody_judged_and_nothing_to_judge(week, told, shortcut):
    offered, answers = make(week, told)
    assert sentence(answers) == "" and answers.rates.empty
    nothing = explain.explain(reviews().head(2), ({"en": shortcut}, {}))
    offered = explain.offer(week, [nothing], reviews())
    made = explain.with_answers(explain.finding(week, nothing), offered, explain.answers(offered, None, {}))
    assert not [exhibit for exhibit in made.exhibits if exhibit.desk] and explain.Desk(offered).page()


def test_nothing_the_door_masks_comes_back(week, told, tmp_path):
    """E-mail, phone, id and card number in reviews, and in a reviewer's note: in no page, finding or table after that."""
    offered, _ = make(week, told)
    assert sum("[EMAIL]" in text for text in offered.texts["text"]) == 2, "the planted reviews are explained"
    text = offered.texts.iloc[0]
    verdicts.give(week, text, verdicts.Verdict("ab", "wrong words", None, "call {1}, {0}, {2}, {3}".format(*PLANTED),
                                                words=((0, len(text["text"])),)))
    make(week, told)
    explain.explore(told[1], (told[0], {}))
    desk = explain.Desk(offered)
    pages = []
    for place in range(len(offered.texts)):
        desk.place = place
        pages.append(desk.page())
    files = [path for path in tmp_path.rglob("*") if path.suffix in (".html", ".json")]
    assert {path.name for path in files} == {"weekly.html", "31_attention.json"}  # pages of attention: test_views.py
    for path in files:
        words = path.read_text(encoding="utf-8")
        own = re.sub(r'id="library">[^<]+<|<script>.*?</script>|data-[a-z]+="[0-9a-f]{16}"', "", words, flags=re.DOTALL)
        assert not PIECES.search(html.unescape(own)), path
        assert not any(planted in words for planted in PLANTED), path
    tables = [pd.read_parquet(path) for path in tmp_path.rglob("*.parquet")]
    assert len(tables) == 3
    told_of = [table.drop(columns=["card", "entry"], errors="ignore") for table in tables]
    text = "".join(table.to_json(force_ascii=False, date_format="iso") for table in told_of)
    assert not PIECES.search(text + "".join(pages)) and "[PHONE]" in text


@pytest.mark.browser
def test_click_export_import_and_the_next_report_shows_it(week, told, tmp_path, chromium, capsys):
    make(week, told)
    (tmp_path / "source.yml").write_text("name: shop\ntimezone: UTC\ntables:\n  reviews:\n    files: reviews.csv\n"
                                         "    columns: {review: id, text: text}\n")
    with Reader(chromium, week) as reader:
        texts, page = reader.texts, reader.page
        page.get_by_role("button", name="Export").click()
        assert "Nothing is answered" in reader.status
        texts.nth(0).focus()
        page.keyboard.press("a")
        page.keyboard.press("1")
        words = texts.nth(2).get_by_role("option")
        words.nth(1).click()
        words.nth(1).click()
        words.nth(2).click()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Space")
        marked = [words.nth(at).text_content() for at in (2, 3)]
        assert texts.nth(2).locator(".marked").text_content() == "Wrong: " + ", ".join(marked)
        texts.nth(2).get_by_label("Note").fill("a note of “1aw” 很好 < 5 & \"so\"")
        texts.nth(3).get_by_role("button", name="Agree").click()
        texts.nth(3).get_by_role("button", name="Agree").click()
        assert "3 of" in reader.status and "not exported" in reader.status
        page.get_by_role("button", name="Export").click()
        assert "initials" in reader.status
        page.keyboard.type("AB")
        path = reader.export(tmp_path)
        page.set_viewport_size({"width": 360, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == 360 and reader.said == []
        assert page.evaluate("window.hacked") is None and reader.violations() == ""
        assert reader.warns() is False
        texts.nth(2).get_by_role("button", name="Agree").click()
        assert words.nth(2).get_attribute("aria-selected") == "false", "who agrees marks nothing"
        assert reader.warns() is True, "answers that no file holds are not lost without a word"
    sent = json.loads(path.read_text())["verdicts"]
    assert [row["verdict"] for row in sent] == ["agree", "disagree", "wrong words"]
    assert [len(row["words"]) for row in sent] == [0, 0, 2]
    assert main(["review", "import", str(path), "--data", str(tmp_path)]) == 0
    assert "3 verdicts taken, 0 were there already; 1 text is corrected" in capsys.readouterr().out.replace("\n", " ")
    make(week, told)
    with Reader(chromium, week) as reader:
        section = reader.page.locator("#\\33 1_attention").text_content()
        assert f"wrong words: {' '.join(marked)}" in section
        assert "objections are open" in section and "a note of “1aw” 很好 < 5 & \"so\"" in section
        assert reader.page.locator(".tiles li", has_text="Open objections").locator(".value").text_content() == "2"
    assert week.read("labels")["picked"].tolist() == ["objected"]


class Learnt:
    """A model that has learnt to say one thing."""

    def __init__(self, label):
        self.label = label

    def predict(self, texts):
        return pd.DataFrame({"label": [self.label] * len(texts)})


class Reader:
    """The weekly report opened from disk with the network off, at the reviewer's desk."""

    def __init__(self, browser, week):
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True, accept_downloads=True)
        self.page, self.said = self.context.new_page(), []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto((week.folder / "weekly.html").as_uri())
        self.page.locator("summary", has_text="The reviewer's desk").click()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    @property
    def texts(self):
        return self.page.locator(".judged")

    @property
    def status(self):
        return self.page.locator(".handing [role=status]").text_content()

    def export(self, folder):
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name="Export").click()
        assert download.value.suggested_filename == "verdicts-shop-2026-W46-AB.json"
        download.value.save_as(folder / "file.json")
        return folder / "file.json"

    def warns(self):
        return self.page.evaluate("!dispatchEvent(new Event('beforeunload', {cancelable: true}))")

    def violations(self):
        from axe_playwright_python.sync_playwright import Axe

        return Axe().run(self.page).generate_snapshot()
