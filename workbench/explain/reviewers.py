"""What is put before reviewers, and what they answered: texts to judge, agreement, open objections, for the finding."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from workbench import verdicts
from workbench.explain.choose import QUOTED
from workbench.explain.finding import TASKS, spoken
from workbench.explain.week import Explained
from workbench.findings import Exhibit, Finding, Tile
from workbench.models import Classifier, text_hash
from workbench.tables import Week, conform, contract
from workbench.text import LANGUAGE_NAMES
from workbench.uncertainty import wilson

RATE_LABELS = {"task": "Of what", "language": "Language", "model": "Model", "reviewers": "Reviewers | .0f",
               "texts": "Texts | ,.0f", "verdicts": "Verdicts | ,.0f",
               "agree": "Agree | .0%", "agree_ci_lower": "95% interval | .0%",
               "agree_ci_upper": "to | .0%", "disagree": "Disagree | ,.0f", "wrong_words": "Wrong words | ,.0f"}
PAIR_LABELS = {"pair": "Reviewers", "texts": "Texts both judged | ,.0f", "same": "Said the same | .0%",
               "same_ci_lower": "95% interval | .0%", "same_ci_upper": "to | .0%", "kappa": "Kappa | .2f",
               "kappa_ci_lower": "95% interval | .2f", "kappa_ci_upper": "to | .2f"}
OBJECTION_LABELS = {"status": "Status", "text": "What was written", "label": "The model said",
                    "right_label": "Reviewer says", "note": "Note", "reviewer": "Reviewer", "week": "Week"}
OPEN, OLDER, DIFFER, SETTLED = ("open", "open, of an earlier model", "open, reviewers differ",
                                "settled: the model says so now")


@dataclass(frozen=True)
class Offer:
    """Texts that reviewers may judge.

    Attributes:
        week: of which they are.
        texts: table ``explained_texts`` as the models at hand read them, with ``of``, the hash of the text, and ``parts``:
            the text cut into ``[piece, weight]``, weight None between the words and from -1 (against the label) to 1.
        cards: hashes of the cards of the models at hand.
        methods: by task and language, whose weights are shown: the most faithful method.
    """

    week: Week
    texts: pd.DataFrame
    cards: frozenset[str]
    methods: dict[tuple[str, str], str]


@dataclass(frozen=True)
class Answers:
    """What reviewers answered: agreement with the models (``rates``), with each other (``pairs``), and ``objections``.

    ``objections`` has a row for each standing verdict that does not agree, the open ones first: ``status, text, label,
    right_label`` (or which words are wrong), ``note, reviewer, week``.
    """

    rates: pd.DataFrame
    pairs: pd.DataFrame
    objections: pd.DataFrame

    @property
    def open(self) -> int:
        """Objections that are not settled."""
        return int((self.objections["status"] != SETTLED).sum())


def offer(week: Week, every: list[Explained], reviews: pd.DataFrame) -> Offer:
    """Put the explained texts of all tasks before reviewers: write table ``explained_texts``.

    Rows of earlier models of the week stay: a file of verdicts may come when the model has been trained anew.
    """
    methods = {(explained.task, reading.language): explained.default(reading.language)
               or _best(explained.faithful, reading.language)
               for explained in every for reading in explained.readings.values()}
    products = reviews.set_index("review")["product"]
    rows = [row for explained in every for row in _rows(explained, methods, products)]
    now = pd.DataFrame(rows, columns=[*contract("explained_texts").names, "parts"])
    now["of"] = now["text"].map(text_hash)
    now = now.drop_duplicates(["task", "of"], ignore_index=True)
    table = conform(now, contract("explained_texts"))
    if week.has("explained_texts"):
        table = pd.concat([table, week.read("explained_texts")], ignore_index=True)
    key = table["text"].map(text_hash).rename("of")
    table = table[~pd.concat([table[["task", "card"]], key], axis=1).duplicated()].sort_values(
        ["task", "card", "number", "text"], ignore_index=True)
    week.write("explained_texts", table)
    cards = frozenset(verdicts.card_hash(card) for explained in every for card in explained.cards.values())
    return Offer(week, now, cards, methods)


def parts(text: str, words: pd.DataFrame, number: str, method: str) -> list[list]:
    """The text cut into ``[piece, weight]``: each word with its weight, what stands between words with None.

    >>> table = pd.DataFrame({"text": "t", "method": "m", "position": [0, 1], "word": ["a", "lid"], "score": [0.5, -1]})
    >>> parts("a lid.", table, "t", "m")
    [['a', 0.5], [' ', None], ['lid', -1.0], ['.', None]]
    """
    rows = words[((words["text"] == number) & (words["method"] == method)).to_numpy(dtype=bool)].sort_values("position")
    made, end = [], 0
    for word, score in zip(rows["word"], rows["score"], strict=True):
        start = text.index(word, end)
        made += [[text[end:start], None]] * (start > end) + [[word, round(float(score), 2)]]
        end = start + len(word)
    return made + [[text[end:], None]] * (end < len(text))


def answers(offered: Offer, given: pd.DataFrame | None, classifiers: dict[str, dict[str, Classifier]]) -> Answers:
    """What reviewers said so far.

    Args:
        given: table ``verdicts``; None where nobody judged.
        classifiers: models at hand by task and language: what they say now settles an objection, or does not.
    """
    rows = given if given is not None else verdicts.history(offered.week).head(0)
    rows = rows[rows["task"].isin(list(classifiers)).to_numpy(dtype=bool)]
    now = verdicts.latest(rows)
    now = now.assign(status=_status(now, offered, _read_again(now, classifiers)))
    against = now[(now["verdict"] != "agree").to_numpy(dtype=bool)]
    against = against.assign(right_label=[said(row) for row in against.itertuples()],
                             label=against["label"].map(spoken), settled=against["status"] == SETTLED)
    table = against.sort_values(["settled", "time"], ascending=[True, False], kind="stable", ignore_index=True)
    return Answers(verdicts.rates(rows, offered.cards), verdicts.pairs(rows), table[list(OBJECTION_LABELS)])


def with_answers(finding: Finding, offered: Offer, told: Answers) -> Finding:
    """The finding with what reviewers said, their open objections, and the texts for them to judge."""
    rates, exhibits = told.rates, []
    if len(rates):
        exhibits.append(Exhibit(
            "Do reviewers agree?", "Agree: the mean over texts of the share of its reviewers who agree, with Wilson's 95% "
            "interval. The texts are chosen, not drawn: this is not how often the model is right.",
            table=rates.replace({"language": LANGUAGE_NAMES, "task": TASKS}), labels=RATE_LABELS))
    if len(told.pairs):
        exhibits.append(Exhibit(
            "Do reviewers agree with each other?", "Kappa (Cohen 1960) is agreement beyond chance: 0 is chance, 1 always, "
            "none where both say one and the same of every text. 95% intervals by Wilson's method.", table=told.pairs,
            labels=PAIR_LABELS))
    if len(told.objections):
        exhibits.append(Exhibit(
            "What reviewers object to", "Open until the model at hand says what they say; of an earlier model: judged "
            "before it was trained anew. Words named wrong stay open until their reviewer agrees.", table=told.objections,
            labels=OBJECTION_LABELS, folded=not told.open))
    if len(offered.texts):
        exhibits.append(Exhibit("The reviewer's desk", _invitation(offered), desk=desk_data(offered)))
    return replace(finding, sentence=" ".join(filter(None, (finding.sentence, sentence(told)))),
                   tiles=[*finding.tiles, *_tiles(told)], exhibits=[*exhibits, *finding.exhibits],
                   sources=[*finding.sources, *["verdicts"] * bool(len(rates))])


def sentence(told: Answers) -> str:
    """What reviewers said, in words; empty where nobody judged."""
    at_hand = told.rates[(told.rates["model"] == "the model at hand").to_numpy(dtype=bool)]
    said = ""
    if len(at_hand):
        hits, n = (at_hand["agree"] * at_hand["texts"]).sum(), int(at_hand["texts"].sum())
        low, high = wilson(hits, n)
        texts = f"{n:,} text{'s' * (n != 1)}"
        said = f"Reviewers agree with {hits / n:.0%} of {texts} judged (95% interval {low:.0%} to {high:.0%})."
    elif len(told.rates):
        said = "Nobody has judged the model at hand yet, only earlier ones."
    many = f"{told.open:,} objections are" if told.open != 1 else "1 objection is"
    return " ".join(filter(None, (said, f"{many} open." if told.open else "")))


def desk_data(offered: Offer) -> dict:
    """What a page needs so that its reader can judge the texts; plain JSON values."""
    rows = [{"text": row.of, "number": row.number, "language": row.language, "rule": row.rule, "card": row.card,
             "label": row.label, "others": {label: spoken(label) for label in row.labels if label != row.label},
             "says": says(row), "parts": placed(row.parts), "words": strongest(row.parts)}
            for row in offered.texts.itertuples()]
    return {"format": verdicts.FORMAT, "version": verdicts.VERSION, "source": offered.week.source.name,
            "week": offered.week.week, "longest_name": verdicts.LONGEST_NAME,
            "longest_note": verdicts.LONGEST_NOTE, "texts": rows}


def says(row) -> tuple[str, str, str]:
    """What the model says of an explained text, as words before the label, the label, and words behind it."""
    label, probability = spoken(row.label), f"{row.probability:.0%}"
    if row.rule == QUOTED:  # its need may rest on more than the model: stars tell kinds, too
        return "The report quotes it for a need and takes it for", label, f"; the model gives that {probability}"
    return "The model says", label, f" ({probability})"


def said(row) -> str:
    """What a reviewer says, of a row of ``verdicts``: agree, the right label, or which words are wrong."""
    if row.verdict == "disagree":
        return spoken(row.right_label)
    return ": ".join(filter(None, (row.verdict, ", ".join(verdicts.marked(row.text, row.words)))))


def placed(pieces: list[list]) -> list[list]:
    """``[piece, weight, start, end]``: pieces with their places in the text.

    >>> placed([["a", 0.5], [" ", None], ["lid", -1.0]])
    [['a', 0.5, 0, 1], [' ', None, 1, 2], ['lid', -1.0, 2, 5]]
    """
    found, at = [], 0
    for piece, weight in pieces:
        found.append([piece, weight, at, at := at + len(piece)])
    return found


def strongest(pieces: list[list], most: int = 5, least: float = .1) -> dict[str, list[str]]:
    """The words ``for`` and ``against`` the label that weigh most, for those who do not see colours.

    >>> strongest([["bad", -1.0], [" ", None], ["lid", .05]])
    {'for': [], 'against': ['bad']}
    """
    words = [one for one in pieces if one[1] is not None and any(map(str.isalnum, one[0]))]
    words.sort(key=lambda one: -abs(one[1]))
    return {"for": list(dict.fromkeys(word for word, weight in words if weight >= least))[:most],
            "against": list(dict.fromkeys(word for word, weight in words if weight <= -least))[:most]}


def _best(faithful: pd.DataFrame, language: str) -> str:
    """The method of the largest gain over chance, where no interval leaves chance out."""
    rows = faithful[(faithful["language"] == language).to_numpy(dtype=bool)]
    return str(rows.loc[rows["gain"].idxmax(), "method"])


def _invitation(offered: Offer) -> str:
    shown = "; ".join(f"{TASKS.get(task, task)} in {LANGUAGE_NAMES[language]}: {method}"
                      for (task, language), method in offered.methods.items())
    return (f"Do you think as the model does? Underlined words speak for its label, dotted ones against ({shown}). Where "
            "the label is right but words are marked that should not count, or not marked that should, click them. Answers "
            "stay in this page until you export them.")


def _rows(explained: Explained, methods: dict[tuple[str, str], str], products: pd.Series) -> list[dict]:
    """Rows of the table ``explained_texts`` of one task, with their ``parts``."""
    rows = []
    for row in explained.chosen.itertuples():
        reading = explained.readings[row.id]
        card = explained.cards[reading.language]
        rows.append({
            "number": row.id, "task": explained.task, "language": reading.language, "text": reading.text,
            "product": products.get(row.review), "rule": row.rule, "card": verdicts.card_hash(card), "label": reading.label,
            "probability": reading.probability, "labels": list(card["labels"]),
            "parts": parts(reading.text, explained.words, row.id, methods[explained.task, reading.language])})
    return rows


def _read_again(rows: pd.DataFrame, classifiers: dict[str, dict[str, Classifier]]) -> np.ndarray:
    """What the models at hand say of the texts of ``rows`` now; None without a model of the task and language."""
    said = np.full(len(rows), None, dtype=object)
    for (task, language), part in rows.reset_index(drop=True).groupby(["task", "language"]):
        if classifier := classifiers[task].get(language):
            said[part.index] = classifier.predict(part["text"].tolist())["label"].to_numpy(dtype=object)
    return said


def _status(rows: pd.DataFrame, offered: Offer, said: np.ndarray) -> list[str]:
    """Settled is what the model says now, but for quoted texts that the report still takes for something else."""
    quoted = offered.texts[(offered.texts["rule"] == QUOTED).to_numpy(dtype=bool)]
    taken = quoted.set_index(["task", "of"])["label"].to_dict()
    right = verdicts.implied(rows)
    differ = right.groupby([rows["task"], rows["of"]]).transform("nunique").to_numpy() > 1
    found = []
    for place, row in enumerate(rows.itertuples()):
        if row.verdict == "disagree" and said[place] == row.right_label == taken.get((row.task, row.of), row.right_label):
            found.append(SETTLED)
        elif differ[place]:
            found.append(DIFFER)
        else:
            found.append(OPEN if row.card in offered.cards else OLDER)
    return found


def _tiles(told: Answers) -> list[Tile]:
    if told.rates.empty:
        return []
    return [Tile("Open objections of reviewers", f"{told.open:,}",
                 compared_with=f"of {told.rates['verdicts'].sum():,} verdicts")]
