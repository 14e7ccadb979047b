"""The finding of ``31_attention``: which methods may be believed on the model at hand, and what they show."""

import pandas as pd

from workbench import models
from workbench.explain.faithfulness import RANDOM
from workbench.explain.pages import Views
from workbench.explain.week import Explained
from workbench.figures import explain as charts
from workbench.findings import Exhibit, Finding
from workbench.readable import numeral
from workbench.text import LANGUAGE_NAMES

QUESTION = "Why does the model say so, and may we believe the picture?"
FAITHFUL_LABELS = {"language": "Language", "method": "Method", "texts": "Texts | ,.0f",
                   "comprehensiveness": "Loss when its words go | .3f", "chance": "Loss by chance | .3f",
                   "gain": "Gain | +.3f", "gain_ci_lower": "95 % interval | +.3f", "gain_ci_upper": "to | +.3f",
                   "sufficiency": "Loss when only its words stay | .3f", "sufficiency_chance": "The same by chance | .3f",
                   "seconds": "Seconds a text | .3f", "verdict": "Verdict"}
CHOSEN_LABELS = {"id": "Text", "rule": "Why it was chosen", "rating": "Stars | .0f", "label": "The model says",
                 "probability": "Probability | .2f", "text": "What was written"}


def finding(explained: Explained, views: Views, task: str = "sentiment") -> Finding:
    """Whether each method is faithful, in one computed sentence, with the chosen texts and pages of their attention."""
    table = explained.faithful
    return Finding(
        notebook="31_attention", question=QUESTION, sentence=" ".join(_sentences(explained, task)),
        table=table[list(FAITHFUL_LABELS)].replace({"language": LANGUAGE_NAMES}) if len(table) else None,
        labels=FAITHFUL_LABELS,
        figure=charts.faithfulness(table) if len(table) else None,
        caption="Comprehensiveness (DeYoung et al. 2020): the probability a prediction loses when the 10 to 50 % most "
                "important words are deleted, here above that of random words. Right of the dotted line a method names "
                "words that matter; an interval that touches the line is no better than chance.",
        sources=["reviews", "explanations"], how_sure=_how_sure(explained), caveats=_caveats(explained) + views.notes,
        exhibits=_exhibits(explained) + views.exhibits(), pages=views.pages)


def best(table: pd.DataFrame, language: str) -> pd.Series | None:
    """The faithful method with the largest gain for a language, if any."""
    rows = table[((table["language"] == language) & (table["verdict"] == "faithful")).to_numpy(dtype=bool)]
    return rows.loc[rows["gain"].idxmax()] if len(rows) else None


def _sentences(explained: Explained, task: str) -> list[str]:
    if not explained.readings:
        return ["No text was explained: " + (" ".join(explained.notes) or f"no BERT model of {task} is there.")]
    lines = []
    for language in dict.fromkeys(explained.faithful["language"]):
        part = explained.faithful[(explained.faithful["language"] == language).to_numpy(dtype=bool)]
        heat = part.set_index("method").loc["attention"]
        lines.append(f"{LANGUAGE_NAMES[language]}: the attention heatmap is {heat['verdict']} (probability "
                     f"lost beyond chance without its words {_gain(heat)})"
                     + _instead(heat["verdict"], best(explained.faithful, language)))
    return lines


def _instead(verdict: str, top: pd.Series | None) -> str:
    if top is None:
        return "; no method tells why this model decides."
    if top["method"] == "attention":
        return ", and no method is more so."
    if verdict == "faithful":
        more = _gain(top, "more")
        if top["more_ci_lower"] > 0:
            return f", but {top['method']} is more so (by {more})."
        return f"; {top['method']} is not surely more so (by {more})."
    return f"; believe {top['method']} instead ({_gain(top)})."


def _gain(row: pd.Series, what: str = "gain") -> str:
    gain, low, high = (numeral(row[f"{what}{side}"], "+.3f") for side in ("", "_ci_lower", "_ci_upper"))
    return f"{gain}, 95 % interval {low} to {high}"


def _how_sure(explained: Explained) -> list[str]:
    lines = []
    for language, card in explained.cards.items():
        lines.append(f"{LANGUAGE_NAMES[language]}: {models.describe(card)}")
    if len(explained.faithful):
        lines.append(f"Each method is tested on {explained.faithful['texts'].max()} reviews a language, chosen by hash, "
                     f"against {RANDOM} random orderings of the same words; intervals by bootstrap over texts.")
    return lines


def _caveats(explained: Explained) -> list[str]:
    what = {"linear": "a linear model", "pooled": "the pool of BERT, linear model and moods"}
    lines = [f"In {LANGUAGE_NAMES[language]} {what[kind]} is better and labels the reviews; what is explained here is the "
             "BERT model beside or in it." for language, kind in explained.others.items()]
    lines += explained.notes
    lines.append("Words are deleted to test a method; a text with holes is unlike those the model was trained on.")
    return lines


def _exhibits(explained: Explained) -> list[Exhibit]:
    if not explained.readings:
        return []
    found = [Exhibit("What was explained, and why these", "By rule: of each label the text the model is surest of, the "
                     "one it is least sure of, and where it disagrees with the stars.",
                     table=explained.chosen[list(CHOSEN_LABELS)], labels=CHOSEN_LABELS)]
    for name, reading in explained.readings.items():
        rows = explained.words[(explained.words["text"] == name).to_numpy(dtype=bool)]
        found.append(Exhibit(f"Text {name}: {reading.label}", f"“{reading.text}” The model says {reading.label} with "
                             f"probability {reading.probability:.2f}. Red words speak for it, blue ones against; each row "
                             "is one method, its strongest word 1.", charts.word_weights(rows),
                             folded=not name.endswith("-1")))
    return found
