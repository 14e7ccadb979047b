"""Separated text (CSV, TSV) to rows: a row that breaks the format costs its first line, not the rest of the file."""

import csv
from collections.abc import Callable, Iterable, Iterator

QUOTES = "quotation marks that do not match"
STRAY = "a carriage return in the middle of a line"
TOO_LONG = "a cell that is too long: a quotation mark that is never closed?"


def rows(lines: Iterable[str], may_run_on: Callable[[list[str]], bool] = lambda cells: True, **dialect,
         ) -> Iterator[tuple[int, list[str], str, str]]:
    """Each row: the line it starts on (from 1), its cells, its text, and what is wrong with it (empty: nothing).

    A row whose quotation marks do not match by the end of the file, or of which a cell is longer than
    ``csv.field_size_limit``, is given up after its first line: it has no cells, and the lines after it are read
    anew. A cell in quotation marks may run over several lines; ``may_run_on`` says of the cells of such a row whether
    that can be meant, so that two stray marks far apart don't swallow what stands between them. ``dialect``: as of
    ``csv.reader``. Whoever gives :class:`Lines` can stop after any row and take back what was read ahead.

    >>> [(line, cells) for line, cells, _, _ in rows(['1,"two\\n', 'lines"\\n', '2,"open\\n', '3,good\\n'])]
    [(1, ['1', 'two\\nlines']), (3, []), (4, ['3', 'good'])]
    """
    held = lines if isinstance(lines, Lines) else Lines(lines)
    while True:
        try:
            for cells in csv.reader(held, strict=True, **dialect):
                meant = len(held.held) < 2 or may_run_on(cells)
                line, text = held.settle() if meant else held.give_up()
                yield (line, cells, text, "") if meant else (line, [], text, QUOTES)
            return
        except csv.Error as error:
            line, text = held.give_up()
            said = str(error)
            yield line, [], text, (STRAY if said.startswith("new-line") else
                                   TOO_LONG if said.startswith("field larger") else QUOTES)


class Lines:
    """The lines of a file, kept until their row is whole, so that a broken one is given up after one line.

    ``number`` lines belong to rows that are settled; ``ahead`` are those read beyond them, in their order.
    """

    def __init__(self, lines: Iterable[str]):
        self.lines, self.back, self.held, self.number = iter(lines), [], [], 0

    def __iter__(self):
        return self

    def __next__(self) -> str:
        line = self.back.pop() if self.back else next(self.lines)
        self.held.append(line)
        return line

    @property
    def ahead(self) -> list[str]:
        """Lines read beyond the last row that is settled."""
        return [*self.held, *reversed(self.back)]

    def settle(self) -> tuple[int, str]:
        """The line on which the row that is now whole starts, and its text."""
        start, text = self.number + 1, "".join(self.held)
        self.number += len(self.held)
        self.held = []
        return start, text

    def give_up(self) -> tuple[int, str]:
        """The line on which the broken row starts, and that line; the lines after it are read anew."""
        self.back += reversed(self.held[1:])
        self.held = self.held[:1]
        return self.settle()
