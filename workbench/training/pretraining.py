"""Can a small encoder learn this shop's own language? The finding of ``20_pretrain``."""

from dataclasses import dataclass

import pandas as pd

from workbench import models
from workbench.figures import training as charts
from workbench.findings import Exhibit, Finding
from workbench.tables import Week
from workbench.text import LANGUAGE_NAMES, language_of

QUESTION = "Can a small encoder learn this shop's own language?"
LABELS = {"model": "Model", "perplexity": "Perplexity | ,.1f", "ci_lower": "95% interval | ,.1f", "ci_upper": "to | ,.1f"}
HISTORY_LABELS = {"epoch": "Passes | .1f", "seconds": "Seconds | ,.0f", "training_perplexity": "On texts learnt from | ,.1f",
                  "held_out_perplexity": "On texts held out | ,.1f"}


@dataclass(frozen=True)
class Learnt:
    """What pre-training gave: an encoder, or ``reason`` why there is none."""

    language: str
    texts: int
    pretrained: models.Pretrained | None = None
    reason: str = ""

    @property
    def table(self) -> pd.DataFrame:
        """``model, perplexity, ci_lower, ci_upper`` on the held-out texts: lower is better."""
        if self.pretrained is None:
            return pd.DataFrame(columns=list(LABELS))
        card = self.pretrained.card
        rows = [("before training", card["perplexity_before"]), ("word frequencies alone", card["baseline_perplexity"]),
                ("after training", card["perplexity"])]
        return pd.DataFrame([{"model": name, "perplexity": p["value"], "ci_lower": p["ci_lower"],
                              "ci_upper": p["ci_upper"]} for name, p in rows])

    @property
    def history(self) -> pd.DataFrame:
        """``epoch, seconds, training_perplexity, held_out_perplexity``, one row a measurement."""
        return pd.DataFrame(self.pretrained.card["history"] if self.pretrained else [], columns=list(HISTORY_LABELS))

    @property
    def baseline(self) -> float:
        """Perplexity of word frequencies alone."""
        return self.pretrained.card["baseline_perplexity"]["value"]

    def save(self, shop: Week) -> None:
        """Write the encoder to ``models/encoder_<language>``; nothing where there is none."""
        if self.pretrained:
            self.pretrained.save(shop.models / f"encoder_{self.language}")


def read_texts(reviews: pd.DataFrame, language: str) -> list[str]:
    """The texts of one language, as the reviews say or, where they don't, as the letters do."""
    return reviews.loc[(languages(reviews) == language).to_numpy(), "text"].tolist()


def languages(frame: pd.DataFrame) -> pd.Series:
    """The language of each row: what ``language`` says, else what its text looks like."""
    return frame["language"].fillna(frame["text"].map(language_of))


def learn(texts: list[str], language: str, base: str, practice: models.Practice) -> Learnt:
    """Pre-train on the texts; an empty ``base`` means from scratch. Too few texts are a result, not an error."""
    if not texts:
        ready = "; English is read by an encoder that comes ready, MiniLM" if language == "zh" else ""
        return Learnt(language, 0, reason=(f"There are no {LANGUAGE_NAMES[language]} texts, so there is nothing to learn "
                                           f"here{ready}."))
    if len(set(texts)) < models.FEWEST_PRETRAINING_TEXTS:
        return Learnt(language, len(texts), reason=(
            f"{len(texts):,} {LANGUAGE_NAMES[language]} texts are too few: pre-training needs "
            f"{models.FEWEST_PRETRAINING_TEXTS} different ones. No encoder was written."))
    made = models.pretrain(texts, language, models.load_base(base) if base else None, practice)
    return Learnt(language, len(texts), made)


def pretraining_finding(learnt: Learnt) -> Finding:
    """The finding of ``20_pretrain``: perplexity before, after, and of word frequencies."""
    if learnt.pretrained is None:
        return Finding("20_pretrain", QUESTION, learnt.reason, sources=["reviews"])
    card = learnt.pretrained.card
    return Finding(
        notebook="20_pretrain", question=QUESTION, sentence=_sentence(learnt), table=learnt.table, labels=LABELS,
        figure=charts.pretraining(learnt.history, learnt.baseline),
        caption="Perplexity: among how many tokens, all equally likely, the model is left to choose for a masked place. "
                "Lower is better.",
        sources=["reviews"], how_sure=_how_sure(card), caveats=_caveats(card),
        exhibits=[Exhibit("The way there", "Measured on the way on the same masked places.", table=learnt.history,
                          labels=HISTORY_LABELS)])


def _sentence(learnt: Learnt) -> str:
    card = learnt.pretrained.card
    after, words, ratio = card["perplexity"], card["baseline_perplexity"], card["ratio"]
    verdict = ("knows more than word frequencies" if ratio["ci_upper"] < 1 else
               "is not clearly better than word frequencies")
    return (f"An encoder of {card['parameters'] / 1e6:.1f} million weights, trained on {card['texts']:,} "
            f"{LANGUAGE_NAMES[learnt.language]} reviews in {card['training_seconds']:,.0f} seconds, {verdict}: "
            f"perplexity {after['value']:,.0f} on held-out reviews (95% interval {after['ci_lower']:,.0f} to "
            f"{after['ci_upper']:,.0f}), {ratio['value']:.2f} times (interval {ratio['ci_lower']:.2f} to "
            f"{ratio['ci_upper']:.2f}) the {words['value']:,.0f} of word frequencies alone.")


def _how_sure(card: dict) -> list[str]:
    start = f"going on from {card['base']}" if card["base"] else "from scratch"
    return [f"{card['held_out_texts']:,} reviews (one in ten, by hash) were held out; {card['held_out_tokens']:,} masked "
            "places of theirs, the same before and after. Intervals: bootstrap of reviews, seed "
            f"{card['practice']['seed']}.",
            f"Trained {start}: {card['history'][-1]['epoch']:.1f} passes over {card['tokens']:,} tokens, vocabulary "
            f"{card['vocabulary']:,}; it ended with {card['ended']}."]


def _caveats(card: dict) -> list[str]:
    found = ["Perplexity depends on the vocabulary: compare it only with numbers of this table.",
             "The encoder has read all reviews' words, never their labels; a classifier's test texts are among them."]
    if card["ended"] != "all epochs":
        found.append(f"Training ended early ({card['ended']}); more may give more."
                     + (" The clock ended it: another run may give other weights." if "minutes" in card["ended"] else ""))
    return found
