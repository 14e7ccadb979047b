"""A look at the first rows of a file: how it is cut, what its columns are called and what they hold."""

import csv
import io
import json
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path

from workbench.drafts.kinds import MOST_ODD
from workbench.drafts.names import is_name
from workbench.errors import SourceError
from workbench.tables.records import Batch, kind_of, read_batches, unpacked
from workbench.tables.records.objects import keys_of
from workbench.tables.records.pieces import bare
from workbench.tables.records.workbooks import opened, text_of, visible
from workbench.tables.rules import ColumnRule, TableRule

ROWS = 200_000  # looked at
HEAD = 1 << 18  # bytes by which encoding, separator and header are told
OBJECT = 1 << 26  # bytes of a JSON file in which keys are looked for: what is under the last stands at its end
CLOSE = 0.1  # a tab that cuts nearly as well as another separator is it
DEEP = 2  # objects in objects in which lists are looked for
MOST_KEYS = 40  # keys of a JSON file under which rows lie
FURTHER = 20  # rows in which the header is looked for
FASTTEXT = "__label__"  # before the label that stands before each text
_VALUE = re.compile(r"^([\s\d.,:/+%$€£¥-]+|[\da-f-]{16,}|.{60,})$", re.DOTALL)  # no name of a column
_CHINESE = re.compile(r"[\u4e00-\u9fff]{2,}")  # a byte of Windows beside a letter reads as one sign of Chinese
_SEPARATORS = {",": ",", ";": ";", "\t": "tab", "|": "|"}


@dataclass(frozen=True)
class Look:
    """Files that are cut alike.

    Attributes:
        paths: the files. ``cut``: what source.yml says of how they are cut, by key.
        values: column -> its cells of the first rows of the largest file, None where empty.
    """

    paths: tuple[Path, ...]
    cut: dict
    values: dict[str, list[str | None]] = field(repr=False)


def look(paths: list[Path]) -> tuple[list[Look], dict[Path, str]]:
    """The files, those with one header and one way to be cut together; and those that could not be looked at, with why."""
    alike, failed = {}, {}
    for path in paths:
        try:
            for names, cut in _cuts(path):
                alike.setdefault((tuple(names), repr(cut)), (names, cut, []))[2].append(path)
        except (SourceError, OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            failed[path] = " ".join(str(error).split())
    looks = []
    for names, cut, found in alike.values():
        try:
            looks.append(_look(found, names, cut))
        except SourceError as error:
            failed |= dict.fromkeys(found, str(error))
    return looks, failed


def whole(one: Look) -> Look:
    """Objects that hold a list once each, instead of once for each element of it."""
    names = [name for name in one.values if not name.startswith(f"{one.cut['each']}.")]
    cut = {key: said for key, said in one.cut.items() if key != "each"}
    return _look(one.paths, names, cut)


def _look(paths: Sequence[Path], names: list[str], cut: dict) -> Look:
    largest = max(paths, key=lambda path: path.stat().st_size)  # another may have a header alone
    return Look(tuple(paths), *_read(largest, names, cut))


def _cuts(path: Path) -> list[tuple[list[str], dict]]:
    """Names of the columns and keys of source.yml: of a workbook as many as it has kinds of sheets, of JSON one for each key
    that holds rows of the kind that most are."""
    kind = kind_of(path)
    if kind == "parquet":
        import pyarrow.parquet as pq

        return [(list(_flat_schema(pq.read_schema(path))), {})]
    if kind == "xlsx":
        return _sheets(path)
    head = _head(path, OBJECT if kind == "json" else HEAD)
    encoding = _encoding(head)
    text, said = _decoded(head, encoding), {} if encoding == "utf-8" else {"encoding": encoding}
    if kind == "json" and _is_lines(text):
        kind, said["format"] = "jsonl", "jsonl"
    elif kind == "csv" and re.match(r'\s*(\{"|\[[\[{])', text):
        kind = said["format"] = "jsonl" if _is_lines(text) else "json"
    if kind in ("json", "jsonl"):
        return [(names, said | each) for names, each in _objects_of(text, kind)]
    if text.startswith(FASTTEXT):
        raise SourceError(f"holds fastText's {FASTTEXT}…; bring label and text into two columns, as by "
                          f"sed -E 's/^{FASTTEXT}(\\S+) /\\1\\t/' {path.name}")
    separator, rows = _separated(text)
    names, header = _header(rows)
    return [(names, said | ({} if separator == "," else {"separator": _SEPARATORS[separator]}) | header)]


def _head(path: Path, size: int) -> bytes:
    with path.open("rb") as binary:
        return unpacked(binary, path).read(size)


def _encoding(head: bytes) -> str:
    """UTF-8 if it is that; else GB 18030 where what is not ASCII reads as Chinese; else Windows' Western one, or Latin 1
    where that lacks a sign."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for encoding, zeros in (("utf-16-le", head[1:HEAD:2]), ("utf-16-be", head[:HEAD:2])):
        if zeros.count(0) > 0.3 * len(zeros) > 0:  # every other byte of what is ASCII
            return encoding
    if _decodes(head, "utf-8"):
        return "utf-8"
    if _decodes(head, "gb18030"):
        text = _decoded(head, "gb18030")
        if sum(map(len, _CHINESE.findall(text))) > 0.6 * sum(ord(sign) > 127 for sign in text):
            return "gb18030"
    return "cp1252" if _decodes(head, "cp1252") else "latin-1"


def _decodes(head: bytes, encoding: str) -> bool:
    for cut in range(4):  # the last sign may be cut
        try:
            head[:len(head) - cut].decode(encoding)
        except UnicodeError:
            continue
        return True
    return False


def _decoded(head: bytes, encoding: str) -> str:
    return head.decode("utf-8-sig" if encoding == "utf-8" else encoding, errors="ignore")


def _separated(text: str) -> tuple[str, list[list[str]]]:
    """The separator that cuts most rows into one number of cells, more than one, and the rows; commas stand in texts."""
    found = [(0.0, ",", [])]
    for separator in _SEPARATORS:
        try:
            rows = list(islice(csv.reader(io.StringIO(text), delimiter=separator), 200))
        except csv.Error:
            continue
        rows = rows[:-1] or rows  # the last may be cut
        if sizes := [len(row) for row in rows if row]:
            cells, often = Counter(sizes).most_common(1)[0]
            good = (often / len(sizes) + (sizes[0] == cells) / 4) * (cells > 1) + min(cells, 50) / 1000  # the header, too
            found.append((good, separator, rows))
    best = max(found, key=lambda one: one[0])
    return next((one[1:] for one in found if one[1] == "\t" and one[0] > max(best[0] - CLOSE, 1)), best[1:])


def _header(rows: list[list[str]]) -> tuple[list[str], dict]:
    """Names of the columns, and what source.yml says of the header.

    >>> _header([["Report"], ["id", "price"], ["1", "2.5"]]), _header([["7", "2.5"], ["8", "3"]])
    ((['id', 'price'], {'skip': '1'}), (['column_1', 'column_2'], {'header': 'false', 'names': ['column_1', 'column_2']}))
    """
    if not any(rows):
        return [], {}
    cells = Counter(len(row) for row in rows if row).most_common(1)[0][0]
    full = Counter(sum(map(bool, row)) for row in rows if row).most_common(1)[0][0]  # some end in empty cells
    for skipped, row in enumerate(rows[:FURTHER]):
        names = [cell.strip() for cell in row]
        filled = [name for name in names if name]
        ends = 1 < full <= len(filled) and filled == names[:len(filled)]
        if len(row) < cells or (len(filled) < cells - 1 and not ends):
            continue  # a title, or nothing
        if any(map(_VALUE.match, filled)) or _comes_again(row, rows[skipped + 1:]):
            break
        return [name for name in names if name and names.count(name) == 1], {"skip": str(skipped)} if skipped else {}
    names = [f"column_{place}" for place in range(1, cells + 1)]
    return names, {"header": "false", "names": names}


def _comes_again(row: list[str], below: list[list[str]]) -> bool:
    """Whether a cell stands below itself more than once, as a label does, where none is known as the name of a column."""
    if any(map(is_name, row)):
        return False
    others = [other for other in below if other != row]
    return any(cell and sum(other[place:place + 1] == [cell] for other in others) > 1 for place, cell in enumerate(row))


def _sheets(path: Path) -> list[tuple[list[str], dict]]:
    alike = {}
    with opened(path) as book:
        sheets = visible(book)
        for name in sheets:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=FURTHER * 5)
            rows = [[text_of(cell, ".") for cell in row] for row in rows]
            if rows:
                names, header = _header(rows)
                alike.setdefault((tuple(names), repr(header)), (names, header, []))[2].append(name)
    return [(names, header | ({"sheet": found} if len(sheets) > 1 else {})) for names, header, found in alike.values()]


def _objects_of(text: str, kind: str) -> list[tuple[list[str], dict]]:
    """Names of the columns and keys of source.yml, of each key under which rows lie."""
    if kind == "jsonl" or not text.lstrip().startswith("{"):
        return [_keys(text, kind)]
    found = []
    for key, rows in _lists(text, 0, len(text)):
        with suppress(SourceError):  # a list of something else
            names, each = _keys(rows, kind)
            found.append((names, {"under": key} | each))
    if len(found) > MOST_KEYS:
        raise SourceError(f"holds rows under {len(found):,} keys, at most {MOST_KEYS} are looked at; make them one list")
    return found or [_keys(text, kind)]


def _lists(text: str, at: int, end: int, before: str = "") -> Iterator[tuple[str, str]]:
    """The keys of lists in the object that begins at a place, and in the objects in it, each with the text of its list."""
    for (key, begins), (_, after) in pairwise([*keys_of(text, at), ("", end)]):
        if text[begins:begins + 1] == "[":
            yield f"{before}{key}", text[begins:after]
        elif text[begins:begins + 1] == "{" and before.count(".") < DEEP:
            yield from _lists(text, begins, after, f"{before}{key}.")


def _is_lines(text: str) -> bool:
    """Whether a file that is called JSON holds an object a line."""
    first, _, rest = text.lstrip().partition("\n")
    try:
        return isinstance(json.loads(first), dict) and rest.lstrip().startswith("{")
    except ValueError:
        return False


def _keys(text: str, kind: str) -> tuple[list[str], dict]:
    """Keys of the first objects, ``a.b`` of those within; with ``each`` where one key holds a list of objects."""
    text = text[:HEAD]
    found, lists, first = {}, Counter(), _first(text) if kind == "json" else None
    if isinstance(first, list):
        names = [f"column_{place}" for place in range(1, len(first) + 1)]
        return names, {"header": "false", "names": names}
    for record in _objects(text, kind):
        for name, value in _flat(record):
            if isinstance(value, list) and value and isinstance(value[0], dict):
                lists[name] += 1
                found |= dict.fromkeys(f"{name}.{inner}" for inner, _ in _flat(value[0]))
            elif not isinstance(value, list):
                found[name] = None
    each = {"each": lists.most_common(1)[0][0]} if lists else {}
    out = tuple(f"{other}." for other in lists if other != each.get("each"))
    return [name for name in found if not name.startswith(out)], each


def _first(text: str):
    """The first element of an array."""
    try:
        return json.JSONDecoder().raw_decode(text, len(text) - len(text[1:].lstrip()))[0]
    except ValueError:
        return None


def _objects(text: str, kind: str) -> list[dict]:
    if kind == "jsonl":
        records = []
        for line in text.splitlines()[:200]:
            try:
                records.append(json.loads(line))
            except ValueError:
                continue
    else:
        records, decoder, at = [], json.JSONDecoder(), text.find("[") + 1
        while len(records) < 200 and (at := at + len(text[at:]) - len(text[at:].lstrip(" \t\r\n,"))) < len(text):
            try:
                record, at = decoder.raw_decode(text, at)
            except ValueError:
                break
            records.append(record)
    if not (records := [record for record in records if isinstance(record, dict)]):
        python = "; Python's own dictionaries are no JSON: ast.literal_eval reads them" * text.lstrip().startswith("{'")
        raise SourceError(f"holds no JSON objects{python}")
    return records


def _flat(record: dict, before: str = ""):
    for name, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _flat_schema(fields, before: str = ""):
    import pyarrow as pa

    for each in fields:
        if pa.types.is_struct(each.type):
            yield from _flat_schema(each.type, f"{before}{each.name}.")
        elif not pa.types.is_nested(each.type) and not pa.types.is_binary(each.type):
            yield f"{before}{each.name}"


def _read(path: Path, names: list[str], cut: dict) -> tuple[dict, dict[str, list[str | None]]]:
    """How the file is cut, and the cells; without quotation marks where these do not match and fewer rows break so."""
    if not names:
        return cut, {}
    batch = _batch(path, names, cut)
    if len(batch.broken) > MOST_ODD * batch.size and kind_of(path) == "csv":
        with suppress(SourceError):  # names of columns in quotation marks
            bare_cut = cut | {"quote": "none"}
            other = _batch(path, names, bare_cut)
            if len(other.broken) < 0.5 * len(batch.broken):
                cut, batch = bare_cut, other
    return cut, {name: bare(cells[:ROWS]).to_pylist() for name, cells in batch.cells.items()}


def _batch(path: Path, names: list[str], cut: dict) -> Batch:
    said = {key: value for key, value in cut.items() if key != "header"}
    said |= {"separator": {"tab": "\t"}.get(cut.get("separator"), cut.get("separator", ",")),
             "skip": int(cut.get("skip", 0)), "encoding": cut.get("encoding", "utf-8-sig")}
    said |= {key: tuple(cut[key]) for key in ("names", "sheet") if key in cut} | ({"quote": None} if "quote" in cut else {})
    rule = TableRule(files=(path.name,), columns={name: ColumnRule((name,)) for name in names}, **said)
    return next(read_batches((path,), rule))
