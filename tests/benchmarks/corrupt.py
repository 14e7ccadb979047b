"""Breaks a file of behaviour in every way that logs break, and knows how often each must be found."""

from pathlib import Path

import numpy as np
import pandas as pd

from workbench import separated
from workbench.tables import cells, records

CODES = "pv, fav, cart, buy"
WINDOW = "time: outside the window 2017-11-25 to 2017-12-03"
#: way -> (what becomes of the five cells of a line, the reason that must be found; empty: the row is kept)
WAYS = {
    "cut line": (lambda c: ",".join(c[:3]), records.CUT),
    "cut in the last cell but one": (lambda c: ",".join(c[:3]) + "," + c[3][:1], records.CUT),
    "surplus column": (lambda c: ",".join([*c, "x"]), records.SURPLUS),
    "surplus empty column": (lambda c: ",".join([*c, ""]), records.SURPLUS),
    "text where a number belongs": (lambda c: ",".join([*c[:4], "yesterday"]), f"time: {cells.NO_NUMBER}"),
    "number with underscore": (lambda c: ",".join([*c[:4], "1_511_600_000"]), f"time: {cells.NO_NUMBER}"),
    "hexadecimal": (lambda c: ",".join([*c[:4], "0x5A1F"]), f"time: {cells.NO_NUMBER}"),
    "rounded by a spreadsheet": (lambda c: ",".join([*c[:4], "1.5116e9"]), f"time: {cells.ROUNDED}"),
    "number too large": (lambda c: ",".join([*c[:4], "9" * 30]), f"time: {cells.TOO_LARGE}"),
    "before the window": (lambda c: ",".join([*c[:4], "1511539199"]), WINDOW),
    "after the window": (lambda c: ",".join([*c[:4], "1512316800"]), WINDOW),
    "milliseconds": (lambda c: ",".join([*c[:4], c[4] + "000"]), f"time: {cells.TAKEN.format('milliseconds', 'seconds')}"),
    "unknown code": (lambda c: ",".join([*c[:3], "hover", c[4]]), f"behaviour: a code other than {CODES}"),
    "no customer": (lambda c: ",".join(["", *c[1:]]), f"customer: {cells.EMPTY}"),
    "no time": (lambda c: ",".join([*c[:4], " "]), f"time: {cells.EMPTY}"),
    "invalid UTF-8": (lambda c: ",".join([c[0], c[1] + "\udcff", *c[2:]]), records.ENCODING),
    "unclosed quote": (lambda c: ",".join([c[0], '"' + c[1], *c[2:]]), separated.QUOTES),
    "quote that closes nothing": (lambda c: ",".join([c[0], '"' + c[1] + '"x', *c[2:]]), separated.QUOTES),
    "byte-order mark": (lambda c: "\ufeff" + ",".join(c), records.BOM_INSIDE),
    "empty line": (lambda c: "", records.BLANK),
    "carriage return alone": (lambda c: ",".join(c) + "\r" + ",".join(c), separated.STRAY),
    "header again": (lambda c: "user_id,item_id,category_id,behavior_type,timestamp", records.HEADER_AGAIN),
    "line end of another system": (lambda c: ",".join(c) + "\r", ""),
    "spaces around": (lambda c: " , ".join(c), ""),
}


def corrupt(file: Path, seed: int = 0) -> dict[str, int]:
    """Break lines of ``file`` in place, each way a different number of times, none of them twice, and repeat 11 good ones.

    Returns:
        How often each reason must be found; ``kept`` and ``duplicates``.
    """
    lines = file.read_text().splitlines()
    distinct = len(set(lines))
    repeats = len(lines) - distinct
    places = np.random.default_rng(seed).permutation(len(lines))
    wanted, at = {}, 0
    singles = pd.Series(lines)
    single = ~singles.duplicated(keep=False).to_numpy()
    places = places[single[places]]
    broken = 0
    for number, (change, reason) in enumerate(WAYS.values()):
        for place in places[at:at + 3 + number]:
            lines[place] = change(lines[place].split(","))
        at += 3 + number
        broken += (3 + number) * bool(reason)
        if reason:
            wanted[reason] = wanted.get(reason, 0) + 3 + number
    again = [lines[place] for place in places[at:at + 11]]
    lines[at * 2:at * 2] = again
    text = "\n".join([*lines, "1,2,3"])  # the last line is cut, and has no end
    wanted[records.CUT] += 1
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    return wanted | {"kept": distinct - broken, "duplicates": repeats + len(again)}


def compared(reasons: pd.DataFrame, wanted: dict[str, int]) -> pd.DataFrame:
    """Each reason with how often it was planted and found."""
    found = reasons.set_index("reason")["rows"].to_dict()
    # A mark that is never closed ends at the next one, or where a cell grows too long.
    found[separated.QUOTES] = found.get(separated.QUOTES, 0) + found.pop(separated.TOO_LONG, 0)
    names = [*dict.fromkeys([*(name for name in wanted if name not in ("kept", "duplicates")), *found])]
    return pd.DataFrame({"reason": names, "planted": [wanted.get(name, 0) for name in names],
                         "found": [found.get(name, 0) for name in names]})
