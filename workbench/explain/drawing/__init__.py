"""The script of our own attention page: short files, put one behind the other as one module of JavaScript."""

from functools import cache
from pathlib import Path

PARTS = ("page", "weights", "overview", "heatmap", "words", "tables", "files", "start")


@cache
def script() -> str:
    """The whole script."""
    return "\n".join((Path(__file__).parent / f"{name}.js").read_text(encoding="utf-8") for name in PARTS)
