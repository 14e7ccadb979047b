"""Pages of attention, ours and bertviz's, in one run: ``python -m tests.benchmarks.explain --help``.

Each page is built for a 6 × 12 encoder (MiniLM, not fine-tuned: what a page weighs does not depend on what was learnt) on
English reviews put end to end, written to disk and opened in headless chromium with the network off. Seconds to build are
processor seconds; to draw, on the clock from opening until all is drawn, and beside it what the page's own thread computed,
which other work on the machine changes less. ``bertviz as it comes`` is its own export of head and model view: without a
network it is blank, so its drawing is timed with its scripts inlined, which is how ``31_attention`` writes short texts.
"""

import argparse
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from tests.benchmarks.speed import reviews
from workbench import explain
from workbench.explain import bertviz_views
from workbench.models import EncoderClassifier
from workbench.models.encoder import load_base

SIZES = (16, 64, 128, 256, 512)  # tokens, special ones counted


@dataclass
class Opened:
    """A page that was opened: seconds on the clock and of its thread (nan where it was not done in time), and its noise."""

    clock: float
    thread: float
    requests: int
    said: int
    drawn: bool


def main() -> None:
    """Print the table of the views."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.explain", description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["views"], help="views: size, seconds to build and to draw")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="tokens (default 16 64 128 256 512)")
    parser.add_argument("--bertviz-up-to", type=int, default=128, help="tokens; its pages then need gigabytes (default 128)")
    parser.add_argument("--limit", type=float, default=60, help="seconds until a page is given up (default 60)")
    asked = parser.parse_args()
    print(f"load of the machine {os.getloadavg()[0]:.1f}", flush=True)
    classifier, text = encoder(), " ".join(reviews(60))
    rows = []
    with tempfile.TemporaryDirectory() as folder, Browser(asked.limit) as browser:
        for tokens in asked.sizes:
            for row in measure(*exactly(classifier, text, tokens), asked.bertviz_up_to, browser, Path(folder)):
                rows.append(row)
                print(pd.DataFrame([row]).to_string(index=False, header=len(rows) == 1), flush=True)
    print()
    print(pd.DataFrame(rows).to_string(index=False, float_format=lambda x: f"{x:.2f}"))


def encoder() -> EncoderClassifier:
    """MiniLM under a new head, its attentions on, reading up to 512 tokens."""
    base = load_base("minilm")
    model = base.classifier(["negative", "positive"])
    model.set_attn_implementation("eager")
    card = {"kind": "encoder", "labels": ["negative", "positive"], "max_tokens": 512, "name": "minilm", "base": "minilm"}
    return EncoderClassifier(card, model, base.tokenizer(), set())


def exactly(classifier: EncoderClassifier, text: str, tokens: int) -> tuple[EncoderClassifier, explain.Reading]:
    """A model that takes ``tokens`` tokens, and a reading of so many."""
    short = EncoderClassifier({**classifier.card, "max_tokens": tokens}, classifier.model, classifier.tokenizer, set())
    found = explain.read(short, text, "en")
    assert len(found.tokens) == tokens
    return short, found


def measure(classifier, reading: explain.Reading, bertviz_up_to: int, browser: "Browser", folder: Path):
    """One row a view: its size, seconds to build and to draw."""
    pane = explain.Pane.of(reading)
    views = {"ours": lambda: explain.page(pane, "ours"),
             "ours, two side by side": lambda: explain.page(
                 explain.for_classes(classifier, reading, ("negative", "positive")), "two"),
             "ours, static (SVG)": lambda: explain.svg(pane, len(reading.attentions))}
    if len(reading.tokens) <= bertviz_up_to:
        views |= {"bertviz as it comes": lambda: as_it_comes(reading),
                  "bertviz inlined": lambda: inlined(classifier, reading)}
    for name, build in views.items():
        start = time.process_time()
        text = build()
        built = time.process_time() - start
        path = folder / ("view.svg" if name.endswith("(SVG)") else "view.html")
        path.write_text(text, encoding="utf-8")
        found = browser.open(path, "html[data-drawn]" if name in ("ours", "ours, two side by side") else None)
        yield {"tokens": len(reading.tokens), "view": name, "MB": round(len(text.encode()) / 1e6, 2),
               "build s": round(built, 2), "draw s": round(found.clock, 2),
               "its thread s": round(found.thread, 2), "requests": found.requests,
               "console": found.said, "drawn": "yes" if found.drawn else "no"}
    if len(reading.tokens) > bertviz_up_to:
        yield {"tokens": len(reading.tokens), "view": "bertviz, not made", "MB": float("nan"), "build s": float("nan"),
               "draw s": float("nan"), "its thread s": float("nan"), "requests": 0, "console": 0, "drawn": "no"}


def as_it_comes(reading: explain.Reading) -> str:
    """bertviz's own export of head view and model view, its weights as they are."""
    import bertviz
    import torch

    weights = [torch.tensor(layer)[None] for layer in reading.attentions]
    return "<!doctype html><meta charset='utf-8'>" + "".join(
        getattr(bertviz, kind)(weights, reading.tokens, html_action="return").data for kind in ("head_view", "model_view"))


def inlined(classifier, reading: explain.Reading) -> str:
    """bertviz's three views as ``31_attention`` writes them, of any length."""
    limit, bertviz_views.MOST_TOKENS = bertviz_views.MOST_TOKENS, 10_000
    try:
        return explain.bertviz_page(reading, explain.neurons(classifier, reading), "bertviz")
    finally:
        bertviz_views.MOST_TOKENS = limit


class Browser:
    """Headless chromium without a network."""

    def __init__(self, limit: float):
        self.limit = limit * 1000

    def __enter__(self):
        from playwright.sync_api import sync_playwright

        if (path := shutil.which("chromium")) is None:
            raise SystemExit("needs Debian's chromium: apt-get install chromium")
        self._playwright = sync_playwright().start()
        self._chromium = self._playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        self.open_blank()
        return self

    def __exit__(self, *_):
        self._chromium.close()
        self._playwright.stop()

    def open_blank(self) -> None:
        """The first page of a browser costs what no later one does."""
        context = self._chromium.new_context(offline=True)
        context.new_page().goto("about:blank")
        context.close()

    def open(self, path: Path, until: str | None) -> Opened:
        """Open a page of this disk and wait until it says it is drawn, or its scripts have run and a frame was painted."""
        from playwright.sync_api import Error

        context = self._chromium.new_context(viewport={"width": 1280, "height": 900}, offline=True)
        page, requests, said = context.new_page(), [], []
        page.on("request", lambda request: requests.append(request.url) if not request.url.startswith(
            ("file:", "data:")) else None)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        session = context.new_cdp_session(page)
        session.send("Performance.enable")
        start = time.perf_counter()
        try:
            page.goto(path.as_uri(), timeout=self.limit)
            if until:
                page.locator(until).wait_for(state="attached", timeout=self.limit)
            clock = time.perf_counter() - start
            page.screenshot(timeout=self.limit)  # a frame is painted: it counts for the thread
            metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
            drawn = page.locator("canvas, svg image, svg path, svg line").count() > 0
            return Opened(clock, metrics["TaskDuration"], len(requests), len(said), drawn)
        except Error:
            return Opened(float("nan"), float("nan"), len(requests), len(said), False)
        finally:
            context.close()


if __name__ == "__main__":
    main()
