"""The finding of ``31_attention``: which methods may be believed on the models at hand, and what they show."""

import pandas as pd

from workbench import models
from workbench.explain.attribution import ATTENTION, EXACT, METHODS
from workbench.explain.choose import RULES
from workbench.explain.comparison import CHECKED
from workbench.explain.faithfulness import CHANCE, FAITHFUL, RANDOM
from workbench.explain.pages import Views
from workbench.explain.week import Explained
from workbench.figures import explain as charts
from workbench.findings import Exhibit, Finding
from workbench.readable import numeral
from workbench.tables import Week
from workbench.text import LANGUAGE_NAMES

MEASURED = ("A method that tells the truth names words without which the model is less sure: here is how much probability "
            "they carry beyond random words, with 95% intervals.")
QUESTION = "Why does the model say so, and may we believe the picture?"
TASKS = {"sentiment": "sentiment of reviews", "needs": "needs in sentences"}
NO_SAY = "the attention is of the BERT beside it, which has no say."
#: what an encoder that decides alone needs not be told of
DECIDES = {"pooled": "a pool of BERT, plainer models and moods decides. AttnLRP, the gradients of the input and occlusion "
                     "explain the pool, the other methods its BERT alone.",
           "pooled without BERT": f"a pool of plain models and moods decides, explained by leaving words out; {NO_SAY}",
           "linear": f"a linear model decides, whose n-grams are told exactly; {NO_SAY}",
           "latent": f"a model of latent meaning decides, explained by leaving words out; {NO_SAY}"}
FAITHFUL_LABELS = {"language": "Language", "method": "Method", "texts": "Texts | ,.0f", "shown": "Shown first",
                   "comprehensiveness": "Loss when its words go | .3f", "chance": "Loss by chance | .3f",
                   "gain": "Gain | +.3f", "gain_ci_lower": "95% interval | +.3f", "gain_ci_upper": "to | +.3f",
                   "sufficiency": "Loss when only its words stay | .3f", "sufficiency_chance": "The same by chance | .3f",
                   "stability": "Likeness, a word dropped | .2f", "randomised": "Likeness, weights shuffled | .2f",
                   "passes": "Work, passes | .0f", "seconds": "Seconds a text | .3f", "verdict": "Verdict"}
CHOSEN_LABELS = {"id": "Text", "rule": "Why it was chosen", "reason": "In particular", "rating": "Stars | .0f",
                 "label": "The model says", "probability": "Probability | .2f", "text": "What was written"}
TRUTH_LABELS = {"method": "Method", "comprehensiveness": "Loss when its words go | .3f", "chance": "Loss by chance | .3f",
                "p_value": "p | .3f", "sufficiency": "Loss when only its words stay | .3f",
                "sufficiency_chance": "The same by chance | .3f", "stability": "Likeness, a word dropped | .2f",
                "randomised": "Likeness, weights shuffled | .2f", "delta": "Convergence delta | +.3f",
                "verdict": "On this text"}
METHOD_LABELS = {"method": "Method", "paper": "What it does, and where it was proposed"}


def finding(week: Week, explained: Explained, quoted: Explained | None = None, views: Views | None = None) -> Finding:
    """Whether each method is faithful, in one computed sentence, with the chosen texts and pages of their attention.

    Args:
        quoted: of :func:`workbench.explain.week.explain_quotations`.
        views: the pages that were drawn of both, of :func:`workbench.explain.pages.views`.
    """
    every = [explained, *([quoted] if quoted else [])]
    views = views or Views()
    table, said = explained.faithful, [line for part in every for line in _sentences(part)]
    return Finding(
        notebook="31_attention", question=QUESTION, sentence=" ".join([MEASURED] * bool(len(table)) + said),
        table=shown_methods(table) if len(table) else None,
        labels=FAITHFUL_LABELS, figure=charts.faithfulness(table) if len(table) else None,
        caption="Comprehensiveness (DeYoung et al. 2020): the probability a prediction loses when the 10 to 50% most "
                "important words are deleted, here above that of random words. Right of the dotted line a method names "
                "words that matter; an interval that touches the line is no better than chance.",
        sources=["reviews", *filter(week.has, ("needs", "evidence", "labelled_texts")), "explanations"],
        how_sure=[line for part in every for line in _how_sure(part)] + _rule(), caveats=_caveats(every) + views.notes,
        exhibits=[*(exhibit for part in every for exhibit in _exhibits(part)), *views.exhibits(), *_last(every)],
        pages=views.pages)


def shown_methods(table: pd.DataFrame) -> pd.DataFrame:
    """A table of ``compare_methods`` as a reader sees it: columns of :data:`FAITHFUL_LABELS`."""
    table = table.assign(shown=["yes" if default else "" for default in table["default"]])
    return table.replace({"language": LANGUAGE_NAMES}).reindex(columns=list(FAITHFUL_LABELS))


def shown_chosen(explained: Explained) -> pd.DataFrame:
    """The chosen texts as a reader sees them: columns of :data:`CHOSEN_LABELS`."""
    table = explained.chosen.reindex(columns=list(CHOSEN_LABELS))
    return table.assign(label=table["label"].map(spoken, na_action="ignore"))


def spoken(label: str) -> str:
    """A model's label as a reader says it.

    >>> spoken("missing_information"), spoken("none")
    ('missing information', 'none of these')
    """
    return "none of these" if label == "none" else label.replace("_", " ")


def truth_of(explained: Explained, name: str) -> pd.DataFrame:
    """Whether each method is true of the text ``name``; the one that is shown first stands first."""
    rows = explained.truths[(explained.truths["text"] == name).to_numpy(dtype=bool)]
    first = rows["method"] == explained.default(explained.readings[name].language)
    return pd.concat([rows[first.to_numpy(dtype=bool)], rows[~first.to_numpy(dtype=bool)]])


def _sentences(explained: Explained) -> list[str]:
    task = TASKS.get(explained.task, explained.task)
    if not explained.readings:
        return [f"No text of {task} was explained: " + (" ".join(explained.notes) or "no model of it is there.")]
    lines = []
    for language in dict.fromkeys(explained.faithful["language"]):
        part = explained.faithful[(explained.faithful["language"] == language).to_numpy(dtype=bool)].set_index("method")
        lines.append(f"{_of(explained, language)}: {_believe(explained.default(language), part)}.")
    return lines


def _believe(first: str, part: pd.DataFrame) -> str:
    """``first``: the method that is shown first, if any; ``part``: rows of ``compare_methods``, by method."""
    heat = part.loc[ATTENTION]
    shown, verdict = f"the attention heatmap ({_gain(heat)}", heat["verdict"]
    if not first:
        return f"no method tells why this model decides, nor does {shown})"
    if first == ATTENTION:
        return f"believe {shown}); no method is surely truer"
    best = f"{first} ({_gain(part.loc[first])})"
    if verdict != FAITHFUL:
        return f"believe {best}, not {shown}: {verdict})"
    if part.loc[first, "more_ci_lower"] > 0:
        return f"believe {best} before {shown}), which holds too, but less"
    return f"{best} and {shown}) both hold, neither is surely truer"


def _gain(row: pd.Series, what: str = "gain") -> str:
    gain, low, high = (numeral(row[f"{what}{side}"], "+.2f") for side in ("", "_ci_lower", "_ci_upper"))
    return f"{gain}, {low} to {high}"


def _how_sure(explained: Explained) -> list[str]:
    lines = [f"{LANGUAGE_NAMES[language]}: {models.describe(card)}" for language, card in explained.cards.items()]
    for language, part in explained.faithful.groupby("language", sort=False):
        if not (first := explained.default(language)):
            continue
        row = part.set_index("method").loc[first]
        lines.append(f"{_of(explained, language)}, {row['texts']} texts: with one word dropped the order of the others by "
                     f"{first} stays alike to a rank correlation of {numeral(row['stability'], '.2f')}, under shuffled "
                     f"weights to {numeral(row['randomised'], '.2f')} (difference {_gain(row, 'moved')}, "
                     f"95% interval, {min(CHECKED, row['texts'])} texts).")
    return lines


def _rule() -> list[str]:
    return [f"Over the texts of a language, chosen by hash, each method stands against {RANDOM} random orderings of the "
            f"same words, with bootstrap intervals over texts; on one text against {CHANCE}, by a permutation test.",
            "Shown first: of the methods that are faithful the one of least work that none surely beats on the same texts. "
            "Work is passes through the encoder, a backward pass counted twice; seconds stand beside it and decide nothing."]


def _caveats(every: list[Explained]) -> list[str]:
    lines = []
    for part in every:
        for language, rows in part.faithful.groupby("language", sort=False):
            if deaf := rows.loc[(rows["moved_ci_lower"] <= 0).to_numpy(dtype=bool), "method"].tolist():
                lines.append(f"{_of(part, language)}: by {', '.join(deaf)} words keep as much of their order under shuffled "
                             "weights as with one word dropped: not seen to speak of what the model learnt.")
        kinds = {language: card["kind"] + " without BERT" * ("encoder" in card.get("left_out", []))
                 for language, card in part.cards.items() if part.readings}
        lines += [f"{_of(part, language)}: {DECIDES[kind]}" for language, kind in kinds.items() if kind in DECIDES]
        lines += part.notes
    lines.append("Words are deleted to test a method; a text with holes is unlike those the model was trained on, and "
                 "occlusion is judged by what it does itself.")
    return lines


def _of(explained: Explained, language: str) -> str:
    return f"{LANGUAGE_NAMES[language]}, {TASKS.get(explained.task, explained.task)}"


def _exhibits(explained: Explained) -> list[Exhibit]:
    if not explained.readings:
        return []
    task = TASKS.get(explained.task, explained.task)
    rules = " ".join(f"{rule.capitalize()}: {RULES[rule]}" for rule in dict.fromkeys(explained.chosen["rule"]))
    found = [Exhibit(f"What was explained of the {task}, and why these", rules,
                     table=shown_chosen(explained), labels=CHOSEN_LABELS)]
    if explained.task != "sentiment":
        found.append(Exhibit(f"Every method on the {task}", "As the main table.", charts.faithfulness(explained.faithful),
                             shown_methods(explained.faithful), FAITHFUL_LABELS))
    for name, reading in explained.readings.items():
        rows, truths = explained.words[(explained.words["text"] == name).to_numpy(dtype=bool)], truth_of(explained, name)
        found.append(Exhibit(f"Text {name}: {spoken(reading.label)}", f"“{reading.text}” The model gives "
                             f"{spoken(reading.label)} a probability of {reading.probability:.2f}. "
                             f"{_on_this(truths, explained, reading.language)} Red words speak for it, blue ones against; "
                             "each row is one method, its strongest word 1.",
                             charts.word_weights(rows), truths[list(TRUTH_LABELS)], TRUTH_LABELS,
                             folded=not name.endswith("-1")))
    found.append(Exhibit(f"What the {task} lose word by word", "Probability of the label without the most important words "
                         "of the method that is shown first; grey: 95% of random orderings and their mean.",
                         charts.perturbation(pd.concat([truth_of(explained, name).head(1) for name in explained.readings]))))
    return found


def _on_this(truths: pd.DataFrame, explained: Explained, language: str) -> str:
    first = explained.default(language)
    if not first:
        return "No method is faithful to this model, so none is to be believed here."
    row = truths.iloc[0]
    return (f"On this text {first} is {row['verdict']}: without its words the probability falls by "
            f"{numeral(row['comprehensiveness'], '.2f')}, without random ones by {numeral(row['chance'], '.2f')} "
            f"(permutation p {numeral(row['p_value'], '.3f')}).")


def _last(every: list[Explained]) -> list[Exhibit]:
    used = [name for name in (*METHODS, EXACT.name) if any((part.faithful["method"] == name).any() for part in every)]
    if not used:
        return []
    papers = pd.DataFrame({"method": used, "paper": [(METHODS | {EXACT.name: EXACT})[name].paper for name in used]})
    return [Exhibit("The methods", "Each explains the margin of a label: its logit less the mean of the others'.",
                    table=papers, labels=METHOD_LABELS)]
