"""A plotly figure made ready for a page, and what it draws as a table for those who cannot see it."""

import base64
from dataclasses import dataclass

import numpy as np

from workbench.readable import Grid, grid

HEIGHT = 380  # pixels, where a figure says nothing
MOST = 200  # drawn points that are listed; the rest is counted


@dataclass(frozen=True)
class Chart:
    """A figure as plain JSON values, its height in pixels, and its points."""

    figure: dict
    height: int
    points: Grid


def chart(figure: dict) -> Chart:
    """The figure as wide as its page lets it be, drawn as SVG: that prints well and needs no graphics card."""
    data = [{**trace, "type": trace.get("type", "scatter").removesuffix("gl")} for trace in figure.get("data", [])]
    layout = {name: value for name, value in figure.get("layout", {}).items() if name not in ("width", "autosize")}
    rows = points({"data": data, "layout": layout})
    listed = grid(rows[:MOST], {})
    return Chart({"data": data, "layout": layout}, int(layout.get("height") or HEIGHT),
                 Grid(listed.headings, listed.rows, len(rows)))


def points(figure: dict) -> list[dict]:
    """One row a drawn point: its series, and its values under the titles of the axes.

    >>> points({"data": [{"type": "bar", "name": "a", "x": [1], "y": [2]}], "layout": {}})
    [{'Series': 'a', 'x': 1, 'y': 2}]
    """
    rows = []
    for trace in figure["data"]:
        across, up = (_title(figure["layout"], trace.get(f"{axis}axis", axis)) for axis in "xy")
        if across == up:
            across, up = f"{across} (across)", f"{up} (up)"
        series = {"Series": trace["name"]} if trace.get("name") else {}
        rows += [series | row for row in (_cells if "z" in trace else _marks)(trace, across, up)]
    return rows


def _marks(trace: dict, across: str, up: str) -> list[dict]:
    columns = {across: values(trace.get("x")), up: values(trace.get("y"))}
    for axis, title in (("x", across), ("y", up)):
        error = trace.get(f"error_{axis}") or {}
        columns[f"{title}, above"] = values(error.get("array"))
        columns[f"{title}, below"] = values(error.get("arrayminus", error.get("array")))
    columns = {name: column for name, column in columns.items() if column}
    longest = max(map(len, columns.values()), default=0)
    return [{name: column[i] for name, column in columns.items() if i < len(column)} for i in range(longest)]


def _cells(trace: dict, across: str, up: str) -> list[dict]:
    value = _text(trace.get("colorbar", {}).get("title")) or "value"
    rows = [values(row) for row in values(trace["z"])]
    x = values(trace.get("x")) or list(range(max(map(len, rows), default=0)))
    y = values(trace.get("y")) or list(range(len(rows)))
    return [{across: a, up: u, value: v} for u, row in zip(y, rows, strict=False) for a, v in zip(x, row, strict=False)]


def values(array) -> list:
    """A plotly array as a list; numbers may be packed as ``{"dtype", "bdata", "shape"}``."""
    if isinstance(array, dict) and "bdata" in array:
        flat = np.frombuffer(base64.b64decode(array["bdata"]), np.dtype(array["dtype"]))
        shape = str(array.get("shape", len(flat))).split(",")
        return flat.reshape([int(size) for size in shape]).tolist()
    return array if isinstance(array, list) else []


def _title(layout: dict, axis: str) -> str:
    return _text(layout.get(f"{axis[0]}axis{axis[1:]}", {}).get("title")) or axis[0]


def _text(title) -> str:
    return (title.get("text") or "") if isinstance(title, dict) else title or ""
