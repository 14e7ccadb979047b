"""Sheets of Excel workbooks to records. What a cell holds becomes the text that a csv file of it would hold.

Rows are counted as Excel counts them, on from sheet to sheet. An error like ``#N/A`` is an empty cell. Excel keeps 15 digits
of a number: one with more was rounded in the workbook already, so its row is refused.
"""

import datetime
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa

from workbench.errors import SourceError, did_you_mean
from workbench.tables.records.header import header
from workbench.tables.records.pieces import BLANK, TEXT, Piece
from workbench.tables.rules import TableRule

CHUNK = 50_000  # rows held as texts at a time
ROUNDED = "a number of more than 15 digits, which Excel has rounded; make it a text in the workbook, where it still is whole"
_MOST = 1e15
BOMB, PACKED = 256 << 20, 100  # bytes of a part of a workbook, times its packed size, beyond which it is not opened


def workbook(path: Path, rule: TableRule) -> Iterator[Piece]:
    """The rows of the sheets that ``rule`` names, or of the only one that is not empty.

    Raises:
        SourceError: the file is no workbook, has not such a sheet, or a header lacks a column.
    """
    with opened(path) as book:
        before, given = 0, 0
        # To get a sheet is to read it: each once, and those that are named one after the other.
        for sheet in (_named(book, name, path) for name in rule.sheet) if rule.sheet else _only(book, path):
            rows = sheet.to_python(skip_empty_area=False)
            for piece in _pieces(rows, sheet.merged_cell_ranges or [], rule, f"{path}, sheet {sheet.name}", before, given):
                yield piece
                given += piece.records
            before += len(rows)


def workbook_lines(path: Path) -> Iterator[str]:
    """Every row of every sheet, hidden ones too, its cells between tabs.

    Raises:
        SourceError: the file is no workbook.
    """
    with opened(path) as book:
        for name in book.sheet_names:
            yield from ("\t".join(text_of(cell, ".") for cell in row) for row in book.get_sheet_by_name(name).to_python())


@contextmanager
def opened(path: Path):
    """The workbook (``python_calamine.CalamineWorkbook``).

    Raises:
        SourceError: it is none, or small and would fill the memory.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        _hold_packed(path)
        yield CalamineWorkbook.from_path(path)
    except (CalamineError, zipfile.BadZipFile) as error:
        raise SourceError(f"{path} cannot be read as a workbook ({error}); open it in Excel and save it again as .xlsx, "
                          "without a password") from None


def _hold_packed(path: Path) -> None:
    """Raise where a small file would fill the memory: nothing that a person saved is packed so well."""
    with zipfile.ZipFile(path) as archive:
        for each in archive.infolist():
            if each.file_size > max(BOMB, PACKED * each.compress_size):
                raise SourceError(f"{path} holds {each.filename}, {each.file_size:,} bytes packed into "
                                  f"{each.compress_size:,}, and a workbook is held in memory; save the sheet as csv")


def visible(book) -> list[str]:
    """Names of the sheets that are not hidden."""
    from python_calamine import SheetVisibleEnum

    return [each.name for each in book.sheets_metadata if each.visible == SheetVisibleEnum.Visible]


def _named(book, name: str, path: Path):
    if name not in book.sheet_names:
        raise SourceError(f"{path} has no sheet {name!r};{did_you_mean(name, book.sheet_names)} There are "
                          f"{', '.join(book.sheet_names)}")
    return book.get_sheet_by_name(name)


def _only(book, path: Path) -> list:
    sheets = [sheet for name in visible(book) if (sheet := book.get_sheet_by_name(name)).height]
    if len(sheets) > 1:
        names = [sheet.name for sheet in sheets]
        raise SourceError(f"{path} has several sheets: {', '.join(names)}. Say which in source.yml: 'sheet: {names[0]}', "
                          "or a list of those that go on below each other")
    return sheets


def _pieces(rows: list[list], merged: list, rule: TableRule, where: str, before: int, given: int) -> Iterator[Piece]:
    """The rows below the header. ``merged``: ranges of cells that are one, (row, column) of the first and of the last."""
    above = rule.skip
    names = list(rule.names or ())
    if rule.names is None:
        told = ([text_of(cell, ".") for cell in row] for row in rows[rule.skip:])
        names = header(((line, row, "" if any(row) else BLANK) for line, row in enumerate(told, 1)), rule, where)
        above += 1
    at = [names.index(raw) for raw in rule.raw_columns]
    for (first, column), (last, _) in merged if rule.fill_down else ():
        if column == names.index(rule.fill_down.of):
            for row in rows[first + 1:last + 1]:
                row[column] = rows[first][column]
    for start in range(above, len(rows), CHUNK):
        part = rows[start:start + CHUNK]
        yield _piece(part, at, names, rule, before + start + 1, given)
        given += len(part)


def _piece(rows: list[list], at: list[int], names: list[str], rule: TableRule, line: int, given: int) -> Piece:
    wanted = [[row[place] if place < len(row) else "" for place in at] for row in rows]
    reasons = [ROUNDED if any(map(_rounded, cells)) else "" if any(cell != "" for cell in row) else BLANK
               for cells, row in zip(wanted, rows, strict=True)]
    good = [place for place, reason in enumerate(reasons) if not reason]

    def text(record: int) -> str:
        return json.dumps({name: text_of(cell, rule.decimal) for name, cell in zip(names, rows[good[record]], strict=False)},
                          ensure_ascii=False)

    cells = {raw: pa.array([text_of(wanted[place][column], rule.decimal) for place in good], TEXT)
             for column, raw in enumerate(rule.raw_columns)}
    numbers = np.array(good, dtype="int64")
    broken = [(line + place, reason, rule.separator.join(text_of(cell, rule.decimal) for cell in rows[place]))
              for place, reason in enumerate(reasons) if reason]
    return Piece(cells, numbers + line, numbers + given + 1, text, broken)


def _rounded(cell) -> bool:
    return isinstance(cell, float) and abs(cell) >= _MOST


def text_of(cell, decimal: str) -> str:
    """What a csv file would hold of the cell.

    >>> [text_of(cell, ",") for cell in ("mug", 17850.0, 0.5, 0.00001, True, datetime.datetime(2026, 11, 9, 18, 30), "")]
    ['mug', '17850', '0,5', '0,00001', 'TRUE', '2026-11-09 18:30:00', '']
    """
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else np.format_float_positional(cell).replace(".", decimal)
    return cell.isoformat(" ") if isinstance(cell, datetime.datetime) else str(cell)
