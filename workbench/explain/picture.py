"""The same view as a static picture: SVG, for print and mail. Every head of every layer, and one of them word by word."""

import base64
import html
import struct
import zlib

import numpy as np

from workbench.explain.colours import palette
from workbench.explain.joining import Grouping, joined
from workbench.explain.pane import Pane
from workbench.figures.look import FONT, INK

SIDE = 720  # of the heatmap, in the picture's units
TILE, GAP = 50, 4
VECTOR = 128  # words: up to here cells are drawn as shapes, beyond as one small image
LABELLED = 90  # words: up to here each has its name


def svg(pane: Pane, layer: int, head: int = 0, title: str = "") -> str:
    """A picture of a pane, sharp at any size; no script, no link. Its description is the text, whole: for those who do not
    see, and so that whoever looks for a customer's words finds them, which stand one by one in the picture.

    Args:
        layer: from 1; ``head`` from 1, 0 for the mean of all.
    """
    group = pane.groups[0]
    layers, heads, _ = pane.shape
    weights = joined(pane.weights.astype(np.float64), group.group_of)
    shown = weights[layer - 1].mean(axis=0) if head == 0 else weights[layer - 1, head - 1]
    named = len(group.labels) <= LABELLED
    gutter = min(170, 12 + max(_width(label) for label in group.labels) * 7.2) if named else 12
    left, top = 30 + gutter, 118 + layers * (TILE + GAP) + gutter
    width = max(left + SIDE, 40 + heads * (TILE + GAP)) + 20
    which = f"layer {layer}, {'mean of all heads' if head == 0 else f'head {head}'}"
    name = f"{title}: {pane.what} of {which}" if title else f"{pane.what} of {which}"
    parts = [f'<title>{html.escape(name)}</title>', f'<desc>{html.escape(pane.reading.text)}</desc>',
             _text(20, 26, name, 18, 'font-weight="600"'),
             _text(20, 50, "Rows are layers, columns heads; each darkest at its own largest weight.", 13)]
    parts += [_tile(weights[row, column], 34 + column * (TILE + GAP), 68 + row * (TILE + GAP),
                    (row, column) == (layer - 1, head - 1)) for row in range(layers) for column in range(heads)]
    parts += [_text(18, 72 + TILE / 2 + row * (TILE + GAP), str(row + 1), 12, 'text-anchor="middle"')
              for row in range(layers)]
    most = float(shown.max()) or 1.0
    shares = shown / most if named else np.sqrt(shown / most)
    parts.append(f'<g transform="translate({left:.0f} {top:.0f})">{_cells(shares)}'
                 f'<rect width="{SIDE}" height="{SIDE}" fill="none" stroke="#858C99"/>{_labels(group)}</g>')
    parts.append(_text(left, top + SIDE + 22, f"A row is who looks, a column what it looks at. Darkest: {most:.3f}"
                       f"{'.' if named else '; small weights are stretched by the square root.'}", 13))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {top + SIDE + 36:.0f}" role="img" '
            f'font-family="{html.escape(FONT)}" fill="{INK}"><rect width="100%" height="100%" fill="white"/>'
            f'{"".join(parts)}</svg>\n')


def png(shares: np.ndarray) -> bytes:
    """A palette PNG, one pixel a cell, of shares (m, m) between 0 and 1 (ISO/IEC 15948).

    >>> png(np.zeros((2, 2)))[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'
    """
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    height, width = shares.shape
    steps = np.round(np.clip(shares, 0, 1) * 255).astype(np.uint8)
    rows = np.hstack([np.zeros((height, 1), np.uint8), steps])  # each row behind its filter: none
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
            + chunk(b"PLTE", palette().tobytes()) + chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)) + chunk(b"IEND", b""))


def pooled(values: np.ndarray, most: int) -> np.ndarray:
    """(k, k) with k at most ``most``: of cells that share a place the largest.

    >>> pooled(np.array([[.1, .2, 0], [0, 0, .5], [0, .3, 0]]), 2).tolist()
    [[0.2, 0.5], [0.3, 0.0]]
    """
    m = len(values)
    size = min(m, most)
    place = np.arange(m) * size // m
    found = np.zeros((size, size))
    np.maximum.at(found, (place[:, None], place[None, :]), values)
    return found


def _tile(values: np.ndarray, x: float, y: float, chosen: bool) -> str:
    frame = 'stroke="#D55E00" stroke-width="3"' if chosen else 'stroke="#C9CED6"'
    image = _image(pooled(values, TILE) / (values.max() or 1.0), TILE)
    return f'<g transform="translate({x} {y})">{image}<rect width="{TILE}" height="{TILE}" fill="none" {frame}/></g>'


def _cells(shares: np.ndarray) -> str:
    m = len(shares)
    if m > VECTOR:
        return _image(shares, SIDE)
    steps, cell = np.round(shares * 63).astype(int), SIDE / m
    found = []
    for step, colour in enumerate(palette(64)):
        rows, columns = np.nonzero(steps == step)
        if step and len(rows):
            shape = "".join(f"M{j} {i}h1v1h-1z" for i, j in zip(rows, columns, strict=True))
            found.append(f'<path d="{shape}" fill="#{bytes(colour).hex()}"/>')
    return f'<g transform="scale({cell:.4f})" shape-rendering="crispEdges">{"".join(found)}</g>'


def _image(shares: np.ndarray, side: int) -> str:
    return (f'<image width="{side}" height="{side}" style="image-rendering:pixelated" '
            f'href="data:image/png;base64,{base64.b64encode(png(shares)).decode()}"/>')


def _labels(group: Grouping) -> str:
    m = len(group.labels)
    if m > LABELLED:
        return _text(0, -8, f"{m} {group.name}, in the order of the text", 13)
    cell, found = SIDE / m, []
    size = min(14, cell)
    for at, label in enumerate(group.labels):
        place, short = (at + .5) * cell, html.escape(label if _width(label) <= 22 else f"{label[:20]}…")
        found.append(f'<text x="-6" y="{place:.1f}" text-anchor="end" dominant-baseline="central" font-size="{size:.1f}">'
                     f'{short}</text><text transform="translate({place:.1f} -6) rotate(-90)" dominant-baseline="central" '
                     f'font-size="{size:.1f}">{short}</text>')
    return "".join(found)


def _width(label: str) -> int:
    """Latin letters wide; Chinese characters count twice."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in label)


def _text(x: float, y: float, words: str, size: int, more: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" {more}>{html.escape(words)}</text>'
