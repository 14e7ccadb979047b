"""Masks against people's own marks, and presidio beside them: ``python -m tests.benchmarks.privacy``.

``tests/privacy/personal.jsonl`` holds 336 sentences as customers of a shop write them, English and Chinese, more than half
of them without anything personal: prices, sizes, models, dates, SKUs, barcodes, brands like "Dr. Martens" and 王老吉. They
and the places of the personal data in them were written by one hand, a language model working on this project, before the
masks for names and addresses; check digits were computed. A hash of the text puts each in one of two halves: ``tune`` was
looked at while the masks were made, of ``held`` only the figures below.

A personal span counts as found where no letter or digit of it is left. A mask counts as right where it takes no letter or
digit that is not personal. Intervals are Wilson's. Presidio wants an environment of its own:
``python -m tests.benchmarks.privacy --presidio VENV/bin/python``. Its spaCy models are not on PyPI, so it runs with its
pattern recognisers on a blank pipeline and finds neither names nor addresses; other regions of phone numbers are given to
it in a second row.
"""

import argparse
import json
import subprocess
from collections import Counter
from pathlib import Path

import pandas as pd

from workbench.privacy.masks import find
from workbench.uncertainty import wilson

SENTENCES = Path(__file__).parents[1] / "privacy" / "personal.jsonl"
KINDS = ("PHONE", "EMAIL", "ID", "CARD", "ADDRESS", "NAME")
PRESIDIO = r'''
import json, logging, sys
logging.disable(logging.CRITICAL)
import spacy
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import PhoneRecognizer
KINDS = {"PHONE_NUMBER": "PHONE", "EMAIL_ADDRESS": "EMAIL", "CREDIT_CARD": "CARD", "US_SSN": "ID", "UK_NINO": "ID",
         "SG_NRIC_FIN": "ID", "PERSON": "NAME", "LOCATION": "ADDRESS"}
class Blank(SpacyNlpEngine):
    def __init__(self):
        super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
        self.nlp = {"en": spacy.blank("en")}
    def load(self): pass
    def is_loaded(self): return True
def engine(regions):
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    if regions:
        registry.remove_recognizer("PhoneRecognizer")
        registry.add_recognizer(PhoneRecognizer(supported_regions=regions))
    return AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])
texts, found = json.load(sys.stdin), {}
MORE = ["US", "GB", "CN", "SG", "AU", "MY"]
for name, regions in (("presidio, patterns", None), ("presidio, patterns, more regions", MORE)):
    analyzer = engine(regions)
    known = [kind for kind in KINDS if kind in analyzer.get_supported_entities("en")]
    found[name] = [[[r.start, r.end, KINDS[r.entity_type]] for r in analyzer.analyze(text, language="en", entities=known)]
                   for text in texts]
json.dump(found, sys.stdout)
'''


def main() -> None:
    """Print recall by kind and precision, for both halves and languages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presidio", help="a Python that has presidio-analyzer")
    asked = parser.parse_args()
    rows = sentences()
    texts = [row["text"] for row in rows]
    found = {"ours": [[(span.start, span.end, span.mask) for span in find(text)] for text in texts]}
    if asked.presidio:
        said = subprocess.run([asked.presidio, "-c", PRESIDIO], input=json.dumps(texts), capture_output=True, text=True,
                              check=True)
        found |= json.loads(said.stdout)
    table = [scores(name, half, language, [(row, spans) for row, spans in zip(rows, told, strict=True)
                                           if row["half"] == half and language in (row["language"], "both")])
             for half in ("held", "tune") for language in ("both", "en", "zh") for name, told in found.items()]
    print(pd.DataFrame(table).to_string(index=False))


def sentences() -> list[dict]:
    """The labelled sentences: ``text``, ``language``, ``half``, ``spans`` of (start, end, kind)."""
    return [json.loads(line) for line in SENTENCES.read_text(encoding="utf-8").splitlines()]


def scores(name: str, half: str, language: str, told: list[tuple[dict, list]]) -> dict:
    """One row: recall in all and by kind, precision, and how many sentences without anything personal stay whole."""
    there, hit, masks, right, clean, whole = Counter(), Counter(), 0, 0, 0, 0
    for row, spans in told:
        hits, rights = marks(row["text"], row["spans"], spans)
        for (_, _, kind), found in zip(row["spans"], hits, strict=True):
            there[kind] += 1
            hit[kind] += found
        masks, right = masks + len(rights), right + sum(rights)
        clean, whole = clean + (not row["spans"]), whole + (not row["spans"] and not spans)
    return {"half": half, "language": language, "masks": name, "sentences": len(told),
            "recall": _share(hit.total(), there.total()), "precision": _share(right, masks),
            "left whole": f"{whole}/{clean}"} | {kind: f"{hit[kind]}/{there[kind]}" for kind in KINDS}


def marks(text: str, gold: list, told: list) -> tuple[list[bool], list[bool]]:
    """Of each gold span whether nothing of it is left; of each mask whether it takes nothing else."""
    def over(spans) -> set[int]:
        return {place for start, end, *_ in spans for place in range(start, end)}

    def inside(start: int, end: int, places: set[int]) -> bool:
        return all(place in places or not text[place].isalnum() for place in range(start, end))

    masked, personal = over(told), over(gold)
    return ([inside(start, end, masked) for start, end, *_ in gold],
            [inside(start, end, personal) for start, end, *_ in told])


def _share(hits: int, of: int) -> str:
    if not of:
        return "-"
    low, high = wilson(hits, of)
    return f"{hits / of:.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()
