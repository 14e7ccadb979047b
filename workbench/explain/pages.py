"""The pages of a week's explained texts, and where each head looks over many of them."""

from dataclasses import dataclass, field

import pandas as pd

from workbench.errors import ModelError
from workbench.explain.bertviz_views import MOST_TOKENS, bertviz_page, neurons
from workbench.explain.canvas import page, save_page
from workbench.explain.choose import sample
from workbench.explain.compare import Origin, before, for_classes, origin
from workbench.explain.heads import MEASURES, over_corpus
from workbench.explain.pane import Pane
from workbench.explain.picture import svg
from workbench.explain.reading import Reading, read
from workbench.explain.week import Explained
from workbench.figures import explain as charts
from workbench.findings import Exhibit
from workbench.models import EncoderClassifier
from workbench.models.encoder import encoder_of
from workbench.readable import numeral
from workbench.tables import Week
from workbench.text import LANGUAGE_NAMES

NOT_WHY = "Attention shows where the model looks, not why it decides."
HEADS_LABELS = {"layer": "Layer | .0f", "head": "Head | .0f", "texts": "Texts | ,.0f"} | {
    f"{name}{side}": f"{what} | {'.1%' if title.startswith('share') else '.2f'}"
    for name, title in MEASURES.items()
    for side, what in (("", f"{title[0].upper()}{title[1:]}"), ("_ci_lower", "95% interval"), ("_ci_upper", "to"))}


@dataclass
class Views:
    """What was drawn: ``pages`` {title: file name}, ``heads`` by language as of ``over_corpus``, ``notes`` what was not."""

    pages: dict[str, str] = field(default_factory=dict)
    heads: dict[str, pd.DataFrame] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def exhibits(self) -> list[Exhibit]:
        """Where each head looks, a figure and a table a language."""
        return [Exhibit(f"Where each head looks, {LANGUAGE_NAMES[language]}",
                        f"Means over the texts' own tokens, then over {table['texts'].iloc[0]} texts, with 95% bootstrap "
                        "intervals over texts (after Clark et al. 2019). Entropy 0: all attention on one token; distance "
                        "counts tokens; the shares need not sum to 1.", charts.heads(table), table, HEADS_LABELS)
                for language, table in self.heads.items()]


def views(week: Week, reviews: pd.DataFrame, parts: list[tuple[Explained, tuple[dict, dict]]], tested: int = 24) -> Views:
    """Draw every explained text; and describe the heads of each language's first encoder over ``tested`` of its reviews.

    Args:
        parts: what was explained of each task, with its models of ``load_models``: by language the model that labels, and
            what stands beside it.
    """
    made = Views()
    for explained, models in parts:
        for language in models[0]:
            encoder = encoder_in(models, language)
            readings = {name: one for name, one in explained.readings.items() if one.language == language}
            if encoder is None or not readings:
                continue
            made_from = _origin(encoder, language, made.notes)
            for name, reading in readings.items():
                made.pages |= save_views(week, name, reading, encoder, made_from, [told(explained, language)])
            if language not in made.heads:
                rows = reviews[(reviews["language"] == language).to_numpy(dtype=bool)]
                texts = sample(rows[(rows["text"].str.len() > 1).to_numpy(dtype=bool)], tested)["text"]
                made.heads[language] = over_corpus([read(encoder, text, language) for text in texts])
    return made


def save_views(week: Week, name: str, reading: Reading, encoder: EncoderClassifier,
               made_from: Origin | None = None, said: list[str] | None = None) -> dict[str, str]:
    """Every view of one text as files in the week's ``pages``: {title: file name} of the one that links to the others."""
    stem, also = f"31_attention_{name}", {}
    said = [f"The model says {reading.label} with probability {reading.probability:.2f}.", *(said or [NOT_WHY])]

    def save(ending: str, what: str, text: str) -> None:
        save_page(week.pages / f"{stem}{ending}", text)
        also[what] = f"{stem}{ending}"

    pane = Pane.of(reading)
    save(".svg", "as a picture (SVG)", svg(pane, len(reading.attentions), title=f"Text {name}"))
    two = tuple(sorted(encoder.labels, key=lambda label: label != reading.label))[:2]
    save("_classes.html", f"for {two[0]} and for {two[1]}", page(
        for_classes(encoder, reading, two), f"Text {name}, class beside class",
        ["Attention × its gradient towards each class, positive part (Barkan et al. 2021): what of the attention speaks for "
         "it. After the last layer only [CLS] is read, so the other rows of that layer are empty."]))
    if made_from is not None:
        save("_before.html", "beside the encoder before fine-tuning", page(
            [Pane.of(reading, "as it serves"), before(made_from, encoder, reading)],
            f"Text {name}, before and after fine-tuning", [NOT_WHY]))
    if len(reading.tokens) <= MOST_TOKENS:
        save("_bertviz.html", "in bertviz's views", bertviz_page(
            reading, neurons(encoder, reading), f"bertviz of text {name}", said[0]))
    save_page(week.pages / f"{stem}.html", page(pane, f"Attention of text {name}", said, also))
    return {f"Attention of text {name}": f"{stem}.html"}


def told(explained: Explained, language: str) -> str:
    """Whether attention may be believed as an explanation, as measured on the texts of a language."""
    part = explained.faithful
    rows = part[((part["language"] == language) & (part["method"] == "attention")).to_numpy(dtype=bool)]
    if not len(rows):
        return NOT_WHY
    row = rows.iloc[0]
    gain, low, high = (numeral(row[f"gain{side}"], "+.3f") for side in ("", "_ci_lower", "_ci_upper"))
    beside = " of the BERT beside it" if explained.cards[language]["kind"] == "linear" else ""
    return (f"{NOT_WHY} On {row['texts']} texts of this language the attention of the last layer{beside} is "
            f"{row['verdict']} as an explanation: gain over chance {gain}, 95% interval {low} to {high}.")


def encoder_in(models: tuple[dict, dict], language: str) -> EncoderClassifier | None:
    """The encoder whose attention is drawn: in the model that labels, or beside it."""
    for found in (encoder_of(models[0][language]), models[1].get(language)):
        if isinstance(found, EncoderClassifier):
            return found
    return None


def _origin(encoder: EncoderClassifier, language: str, notes: list[str]) -> Origin | None:
    """What the encoder was made from; where it cannot be loaded a note says so."""
    try:
        return origin(encoder)
    except ModelError as error:
        notes.append(f"{LANGUAGE_NAMES[language]}: no view beside the encoder before fine-tuning: {error}.")
        return None
