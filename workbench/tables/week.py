"""One week of one source: the object every notebook opens first, reads tables from and writes them to."""

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from workbench import paths, sealed
from workbench.errors import ParameterError, TableError
from workbench.tables.contracts import DTYPES, ISO_WEEK, Table, contract
from workbench.tables.source import Source, load_source


@dataclass(frozen=True)
class Week:
    """One ISO week of one source. ``folder`` is ``reports/<source>/<week>``."""

    source: Source
    week: str
    folder: Path

    @property
    def start(self) -> pd.Timestamp:
        """First moment of the week in the shop's time zone, as UTC."""
        return week_start(self.week, self.source.timezone)

    @property
    def end(self) -> pd.Timestamp:
        """First moment after the week, as UTC."""
        return week_start(shift_week(self.week, 1), self.source.timezone)

    @property
    def previous(self) -> str:
        """The ISO week before."""
        return shift_week(self.week, -1)

    @property
    def models(self) -> Path:
        """The folder of the source's models, ``reports/<source>/models``; one folder a model in it."""
        return self.folder.parent / "models"

    @property
    def pages(self) -> Path:
        """The folder of the week's HTML pages."""
        return self.folder / "pages"

    def path(self, table: str) -> Path:
        """Where the table lies as Parquet: in the week's ``tables``, or beside the weeks where all share it.

        One file, or a folder of them where the table is large (:meth:`scan` lists them either way).
        """
        folder = self.folder.parent if contract(table).lasts == "source" else self.folder / "tables"
        return folder / f"{table}.parquet"

    def has(self, table: str) -> bool:
        """Whether the table was written."""
        return self.path(table).exists()

    def scan(self, table: str) -> list[Path]:
        """The Parquet files of the table in its order, for DuckDB, Ibis, Spark or pyarrow: nothing is loaded.

        Tables that ``sorted_by`` of their contract orders are sorted so within every file; of a large one each file
        holds one ISO week (``2026-W46-00.parquet``, in the shop's time zone) of one range of customers. Statistics in
        the files let an engine skip what a filter on ``time`` or ``customer`` rules out.

        >>> import ibis  # doctest: +SKIP
        >>> events = ibis.duckdb.connect().read_parquet(week.scan("events"))  # doctest: +SKIP

        Raises:
            TableError: the table was not written.
        """
        path = self.path(table)
        if not path.exists():
            raise TableError(f"table {table!r} of {self.source.name} {self.week} is not there ({path}); "
                             f"run the notebook that writes it: python -m workbench weekly "
                             f"--data {self.source.name} --week {self.week}")
        return sorted(path.glob("[!.]*.parquet")) if path.is_dir() else [path]

    def read(self, table: str, columns: list[str] | None = None) -> pd.DataFrame:
        """The table as its contract says.

        Raises:
            TableError: the table was not written, or breaks its contract.
        """
        return conform(sealed.read(self.scan(table), columns), contract(table), columns)

    def write(self, table: str, frame: pd.DataFrame) -> Path:
        """Check ``frame`` against the contract and write it whole or not at all, encrypted where there is a key.

        Raises:
            TableError: a column is missing, of another type, empty where required, or the key repeats.
        """
        frame = conform(frame, contract(table))
        with paths.replacing(self.path(table)) as beside:
            sealed.write(frame, beside)
        return self.path(table)

    def write_all(self, frames: dict[str, pd.DataFrame]) -> None:
        """Write several tables, each checked."""
        for table, frame in frames.items():
            self.write(table, frame)

    def keep(self, table: str) -> None:
        """Vouch for a table that an earlier run finished: the runner removes an old one that its step did not make again."""
        paths.kept(self.path(table)).touch()

    def within(self, table: pd.DataFrame, window: int = 0) -> pd.DataFrame:
        """Rows of the ``window`` weeks up to this one (0: of all of them), with their index; undated rows always count.

        Args:
            table: has a column ``week``.
        """
        dated = table["week"].astype("string")
        inside = dated.isna() | (dated <= self.week)
        if window > 0:
            inside &= dated.isna() | (dated >= shift_week(self.week, 1 - window))
        return table[inside.to_numpy(dtype=bool)]


def open_week(data: str, week: str, files: str | None = None) -> Week:
    """Open a week of a source: ``data`` is a source's name or a folder with a ``source.yml``.

    ``files`` is the folder of its raw files; empty: where ``source.yml`` says; None: only its tables are needed.

    Raises:
        SourceError: no such source. ParameterError: the week is not an ISO week.
    """
    source = load_source(data, files)
    week_start(week, source.timezone)
    return Week(source, week, paths.reports() / source.name / week)


def week_start(week: str, timezone: str = "UTC") -> pd.Timestamp:
    """First moment of an ISO week in ``timezone``, as UTC.

    >>> week_start("2026-W46", "Asia/Singapore")
    Timestamp('2026-11-08 16:00:00+0000', tz='UTC')
    """
    match = re.fullmatch(ISO_WEEK, str(week))
    try:
        monday = dt.date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except (TypeError, ValueError):
        raise ParameterError(f"week {week!r} is not an ISO week; write it like 2026-W46") from None
    return pd.Timestamp(dt.datetime.combine(monday, dt.time(), ZoneInfo(timezone))).tz_convert("UTC")


def shift_week(week: str, by: int) -> str:
    """The ISO week ``by`` weeks later.

    >>> shift_week("2026-W01", -1)
    '2025-W52'
    """
    return _name((week_start(week) + pd.Timedelta(weeks=by)).date())


def week_of(times: pd.Series, timezone: str) -> pd.Series:
    """The ISO week of each UTC time in ``timezone``; empty stays empty.

    >>> week_of(pd.Series(pd.to_datetime(["2026-11-15 20:00+00:00", None])), "Asia/Singapore").tolist()
    ['2026-W47', <NA>]
    """
    # Names are made once a day, not once a row: strftime on two million rows takes two seconds.
    codes, days = pd.factorize(times.dt.tz_convert(timezone).dt.tz_localize(None).dt.floor("D"))
    names = pd.array([*(_name(day.date()) for day in pd.DatetimeIndex(days)), pd.NA], dtype="string")
    return pd.Series(names[codes], index=times.index)


def conform(frame: pd.DataFrame, table: Table, columns: list[str] | None = None) -> pd.DataFrame:
    """``frame`` with the contract's columns, in its order and types.

    Raises:
        TableError: it names the table, the column, the rule and the first offending value.
    """
    wanted = table.names if columns is None else columns
    out = {}
    for name in wanted:
        column = table[name]
        if name not in frame:
            if column.required:
                raise TableError(f"table {table.name!r} needs a column {name!r} ({column.meaning}); "
                                 f"there are {', '.join(map(str, frame.columns))}")
            out[name] = pd.Series(pd.NA, index=frame.index, dtype=DTYPES[column.kind])
            continue
        values = frame[name]
        try:
            out[name] = values if column.kind == "list" else values.astype(DTYPES[column.kind])
        except (TypeError, ValueError) as error:
            raise TableError(f"table {table.name!r}, column {name!r} must be {column.kind}: {error}") from None
        _check(out[name], column, table.name)
    result = pd.DataFrame(out).reset_index(drop=True)
    if table.key and columns is None and result.duplicated(list(table.key)).any():
        row = result.loc[result.duplicated(list(table.key)), list(table.key)].iloc[0].to_dict()
        raise TableError(f"table {table.name!r} has the key {row} twice; {table.row} must be one row")
    return result


def _check(values: pd.Series, column, table: str) -> None:
    def refuse(broken: pd.Series, rule: str) -> None:
        if broken.fillna(False).any():
            row = int(broken.fillna(False).to_numpy().argmax())
            raise TableError(f"table {table!r}, column {column.name!r}, row {row}: {values.iloc[row]!r} {rule}")

    if column.required:
        refuse(values.isna(), "is empty; a value is required")
    if column.kind == "week":
        refuse(values.notna() & ~values.str.fullmatch(ISO_WEEK), "is not an ISO week; write it like 2026-W46")
    if column.allowed:
        refuse(values.notna() & ~values.isin(column.allowed), f"is not one of {', '.join(column.allowed)}")
    if column.minimum is not None:
        refuse(values < column.minimum, f"is below {column.minimum}")
    if column.maximum is not None:
        refuse(values > column.maximum, f"is above {column.maximum}")


def _name(day: dt.date) -> str:
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02d}"
