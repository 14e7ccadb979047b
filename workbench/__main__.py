"""The command line: ``weekly run draft check sample score review forget seal lab``.

Exit codes: 0 all is well, 1 a notebook failed or could not run, 2 what was asked for cannot be done, 130 Ctrl-C.
"""

import argparse
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from workbench import __version__, paths
from workbench.errors import ParameterError, WorkbenchError, did_you_mean

REPORT = "90_weekly_report"  # the notebook that makes weekly.html


def main(words: list[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    asked = _parser().parse_args(words)
    out = Console(soft_wrap=True)
    try:
        return asked.command(asked, out) or 0
    except WorkbenchError as error:
        return _refuse(str(error))
    except OSError as error:  # a folder that may not be written, a full disk
        return _refuse(f"{error.filename or 'a file'} cannot be read or written: {error.strerror or error}; reports are "
                       f"written below {paths.reports()}, WORKBENCH_REPORTS names another folder")
    except KeyboardInterrupt:
        Console(stderr=True).print("[yellow]interrupted[/]; what was finished is kept")
        return 130


def weekly(asked, out: Console) -> int:
    """Run every notebook of the week that must run; ``--explain`` only says which and why."""
    return _run(asked, out, frozenset(asked.only), frozenset(asked.force))


def run(asked, out: Console) -> int:
    """Run one notebook, whether or not it must."""
    return _run(asked, out, frozenset({asked.notebook}), frozenset({asked.notebook}))


def _run(asked, out: Console, only: frozenset[str], force: frozenset[str]) -> int:
    from workbench.run import (
        RECORD,
        Hashes,
        Options,
        Progress,
        forecast,
        load_plan,
        refusals,
        resolve_parameters,
        run_plan,
    )

    week, plan = _week(asked, out), load_plan(paths.project() / "notebooks" / "weekly.yml")
    job, given = _job(asked, week), _given(asked, plan)
    for name in force - only if only else ():
        raise ParameterError(f"--force {name} is not among those of --only; name it there too, or leave --only out")
    if asked.explain:
        for name in (*only, *force):
            plan.step(name)
        reasons = forecast(job, plan, resolve_parameters(job, plan, given), Hashes(), set(force), only)
        out.print(_forecast(plan, plan.switched_off(job.offered), reasons, refusals(job, plan, only)))
        return 0
    names = [name for name in plan.steps if name in (only or plan.steps)]
    with Progress(names, out) as progress:
        try:
            record = run_plan(job, plan, Options(asked.workers, only, force, given), progress)
        except KeyboardInterrupt:
            if (week.folder / RECORD).exists():
                _pages(week)
            raise
        _pages(week)
    return _conclude(out, week, names, record.notebooks)


def _pages(week) -> None:
    """HTML pages of the executed notebooks; and the report itself, where its own notebook could not make it."""
    from workbench.run import GOOD, RECORD, read_record

    record = read_record(week.folder / RECORD)
    states = {name: record["notebooks"].get(name, {}).get("status") for name in record["scope"]}
    made = (week.folder / "weekly.html").exists() and states.get(REPORT) in GOOD
    if made and set(states.values()) <= {"unchanged", "switched off"}:
        return
    from workbench import report

    report.build_pages(week)
    if not made:
        report.build(week)


def _conclude(out: Console, week, names: list[str], entries: dict) -> int:
    table = Table(box=None, pad_edge=False)
    for title, justify in (("notebook", "left"), ("status", "left"), ("seconds", "right"), ("", "left")):
        table.add_column(title, justify=justify)
    for name in names:
        entry = entries[name]
        why = entry["reason"] if entry["status"] not in ("done", "unchanged") else ""
        table.add_row(name, entry["status"], f"{entry['seconds']:.1f}", _plain(why))
    out.print(table)
    broken = [name for name in names if entries[name]["status"] in ("failed", "not run")]
    for name in broken:
        if (page := week.pages / f"{name}.html").exists():
            out.print(f"what went wrong in {name}: {page}", highlight=False)
        out.print(f"to repeat it: {entries[name]['command']}", highlight=False, markup=False)
    if (week.folder / "weekly.html").exists():
        out.print(f"[bold]report:[/] {_plain(str(week.folder / 'weekly.html'))}", highlight=False)
    return 1 if broken else 0


def _forecast(plan, off: dict, reasons: dict, refused: dict) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("notebook", "would", "why"):
        table.add_column(title, no_wrap=title != "why")
    for name in plan.steps:
        if name in refused:
            table.add_row(name, "be refused", _plain(refused[name]))
        elif name in off:
            table.add_row(name, "be switched off", _plain(off[name]))
        elif name in reasons:
            why = "; ".join(reasons[name])
            table.add_row(name, "run" if why else "not run", _plain(why or "nothing changed since its last run"))
    return table


def draft(asked, out: Console) -> int:
    """Look at a folder of files and write a first source.yml for it, to be read and mended."""
    from workbench import drafts

    target, made = drafts.write(Path(asked.folder).expanduser(), Path(asked.to).expanduser() if asked.to else None)
    for line in (*made.account, f"written: {target}. Read it, mend it, then: workbench check --data {target.parent}"):
        out.print(line, markup=False, highlight=False)
    return 0


def check(asked, out: Console) -> int:
    """Say what of a source's files would be read, what refused and why; write nothing."""
    from workbench.privacy import Door
    from workbench.tables import MOST, load_source, survey

    source = load_source(asked.data, asked.files)
    found = survey(source, Door())
    table = Table(box=None, pad_edge=False)
    for title in ("table", "file", "rows", "= kept", "+ duplicates", "+ quarantined"):
        table.add_column(title, justify="left" if title in ("table", "file") else "right")
    by = found.rows if len(found.rows) <= 20 else found.rows.groupby("table", as_index=False, sort=False).agg(
        file=("file", lambda files: f"{len(files)} files"), rows=("rows", "sum"), kept=("kept", "sum"),
        duplicates=("duplicates", "sum"), quarantined=("quarantined", "sum"))
    for row in by.itertuples():
        table.add_row(row.table, _plain(row.file), *(f"{n:,}" for n in (row.rows, row.kept, row.duplicates,
                                                                        row.quarantined)))
    out.print(table)
    lines = found.notes + [f"{row.table}: {row.rows:,} × {row.reason} (first: {row.file}, line {row.line}: {row.raw})"
                           for row in found.reasons.itertuples()]
    lines += [f"{name}: {share:.1%} of the rows break the contract, more than {MOST:.0%}: 10_preprocess would stop; its "
              "parameter max_quarantined sets the limit" for name, share in found.broken.items() if share > MOST]
    for line in lines:
        out.print(line, markup=False, highlight=False)
    _how_to_make(source, out)
    return 0


def sample(asked, out: Console) -> int:
    """Make the sample shop's logs."""
    from workbench import sample as shop

    truths = shop.make(Path(asked.folder) if asked.folder else None, asked.customers, asked.seed)
    rows = ", ".join(f"{n:,} {name}" for name, n in truths["rows"].items())
    out.print(f"the sample shop of {truths['customers']:,} customers: {rows}", highlight=False)
    return 0


def score(asked, out: Console) -> int:
    """Label every row of a file with a stored model."""
    from workbench import models
    from workbench.privacy import mask
    from workbench.text import clean, foreign

    folder = Path(asked.model)
    if not folder.is_dir() and asked.model.count("/") == 1:
        folder = paths.reports() / asked.model.split("/")[0] / "models" / asked.model.split("/")[1]
    if Path(asked.output).is_dir():
        raise ParameterError(f"output {asked.output} is a folder; name a file in it")
    reading = models.Reading(asked.encoding, lambda text: mask(clean(text))[0], foreign)  # as the texts it was trained on
    learn = models.move if asked.new_domain else models.settle if asked.new_category else None
    scored = models.score_file(folder, Path(asked.input), asked.text_column, Path(asked.output), reading, learn)
    out.print(f"{scored.rows:,} rows scored by {folder.name} ({scored.kind}), {scored.bad:,} left without a label: "
              f"{asked.output}", markup=False, highlight=False)
    for line in scored.notes:
        out.print(line, markup=False, highlight=False)
    return 0


def forget(asked, out: Console) -> int:
    """Remove one customer from all that was made of a source, and drop them at the door from now on."""
    from workbench import privacy, report
    from workbench.errors import SourceError
    from workbench.run import forgetting
    from workbench.tables import Week, load_source

    def say(text: str) -> None:
        out.print(text, markup=False, highlight=False)

    try:
        source = load_source(asked.data, asked.files)
    except SourceError as error:
        source = load_source(asked.data, None)
        say(f"raw files are not searched: {error}")
    folder = paths.reports() / source.name
    with forgetting(folder, source.name):
        made = privacy.forget(asked.customer, source)
        for week in made.weeks:
            if (week / "weekly.html").exists() or f"{week.name}/weekly.html" in made.removed:
                report.build_pages(Week(source, week.name, week))
                report.build(Week(source, week.name, week))
                say(f"made again from what is left: {week / 'weekly.html'}")
        searched, left = privacy.prove(folder, made.traces)
    say("\n".join(privacy.account(made, folder)))
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(searched.items()))
    say(f"searched afterwards, compressed data in pages included: {searched.total():,} files under {folder} ({kinds})")
    if left:
        return _refuse(f"{len(left):,} files still tell of the customer: {', '.join(left)}; delete them, run weekly again")
    say("nothing of the customer is left in them. Run weekly for each of these weeks to make what went: "
        + (", ".join(week.name for week in made.weeks) or "none"))
    return 0


def seal(asked, out: Console) -> int:
    """Encrypt the tables of a source that were written before there was a key."""
    from workbench import sealed
    from workbench.tables import load_source

    if sealed.table_key() is None:
        raise ParameterError(f"{sealed.VARIABLE} is not set, so there is no key to encrypt with; {sealed.MAKE}")
    folder = paths.reports() / load_source(asked.data, None).name
    done = sum(sealed.seal(path) for path in sorted(folder.rglob("*.parquet")))
    out.print(f"{done:,} tables under {folder} encrypted with the key of {sealed.VARIABLE} (fingerprint "
              f"{sealed.fingerprint()}); without it nobody can read them", markup=False, highlight=False)
    return 0


def review(asked, out: Console) -> int:
    """Take verdicts on explained texts from files that a report exported; all of them or none."""
    from workbench import verdicts
    from workbench.tables import open_week

    files = []
    for name in asked.files:
        sent = verdicts.read_file(name)
        week = open_week(asked.data, sent.week)
        if sent.source != week.source.name:
            raise ParameterError(f"{sent.name} is of the source {sent.source[:40]!r}, --data is {week.source.name!r}; name "
                                 "its source, or another file")
        files.append((sent, week))
    made = verdicts.accept(files)
    corrects = f"{made.corrected:,} texts are" if made.corrected != 1 else "1 text is"
    out.print(f"{made.new:,} verdicts taken, {made.duplicates:,} were there already; {corrects} corrected"
              + ": labels for the next 21_fine_tune" * bool(made.corrected), highlight=False)
    return 0


def lab(asked, out: Console) -> int:
    """Open JupyterLab with the notebooks, on this machine only, with a token."""
    settings = str(Path(__file__).parent / "jupyter")  # it asks nobody for news; what its user sets stands above
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join([settings, *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])])
    words = ["jupyter", "lab", "--ip=127.0.0.1", f"--notebook-dir={paths.project()}",
             str(paths.project() / "notebooks" / "10_preprocess.ipynb"), *asked.rest]
    os.execv(sys.executable, [sys.executable, "-m", *words])


def _week(asked, out: Console):
    from workbench.tables import last_week, load_source, open_week

    week = asked.week
    if not week:
        week = last_week(load_source(asked.data, asked.files))
        if week is None:
            raise ParameterError(f"--week is not given and nothing in {asked.data!r} is dated; say which week the report "
                                 "is for, like --week 2026-W46")
        out.print(f"week {week}: the last in the data", highlight=False)
    found = open_week(asked.data, week, asked.files)
    for note in found.source.notes:
        out.print(note, style="yellow", highlight=False, markup=False)
    _how_to_make(found.source, out)
    return found


def _how_to_make(source, out: Console) -> None:
    from workbench.sample.labels import folder

    if source.absent and source.settings.parent == folder():
        out.print("The sample shop's logs are made by: workbench sample", style="yellow", highlight=False)


def _job(asked, week):
    from workbench import privacy, sealed
    from workbench.run import Hashes, Job
    from workbench.sample.labels import FILES, OTHERS
    from workbench.sample.labels import folder as texts

    source = week.source
    labels = Hashes().files([path for name in (*FILES, *OTHERS.values()) if (path := texts() / name).exists()])
    folder = Path(asked.data).is_dir() and (Path(asked.data) / "source.yml").is_file()
    return Job(
        source.name, week.week, str(Path(asked.data).resolve()) if folder else asked.data, week.folder,
        frozenset(source.offered), tuple(source.raw_files), source.settings,
        {"pseudonym key": privacy.key_fingerprint(), "table key": sealed.fingerprint(),
         "smallest group": privacy.smallest_group(), "forgotten customers": privacy.listed(week.folder.parent),
         "labels of the sample shop": labels},
        files=str(Path(asked.files).expanduser().resolve()) if asked.files else "")


def _given(asked, plan) -> dict[str, dict]:
    """``-p`` by notebook: of ``run`` for its notebook, of ``weekly`` for every notebook that has the parameter."""
    from workbench.run import declared_parameters, load_cells

    given = dict(asked.parameter)
    for name in {"data", "week", "files"} & set(given):  # the outputs would belong to another week than their record
        raise ParameterError(f"parameter {name!r} is set by --{name}; leave -p {name} out and give --{name} {given[name]}")
    if hasattr(asked, "notebook"):
        return {plan.step(asked.notebook).name: given}
    declared = {name: declared_parameters(load_cells(step.notebook)) for name, step in plan.steps.items()}
    known = {parameter for found in declared.values() for parameter in found}
    for name in given:
        if name not in known:
            raise ParameterError(f"no notebook has a parameter {name!r};{did_you_mean(name, known)} "
                                 f"There are {', '.join(sorted(known))}")
    return {notebook: {name: value for name, value in given.items() if name in found}
            for notebook, found in declared.items() if set(given) & set(found)}


def _refuse(why: str) -> int:
    Console(stderr=True, soft_wrap=True).print(f"[bold red]error:[/] {_plain(why)}", highlight=False)
    return 2


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("workbench", description="A workbench for e-commerce marketing.")
    parser.add_argument("--version", action="version", version=f"workbench {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(function):
        made = commands.add_parser(function.__name__, help=function.__doc__.splitlines()[0])
        made.set_defaults(command=function)
        return made

    all_of_it = command(weekly)
    _run_options(all_of_it)
    all_of_it.add_argument("--only", nargs="+", default=[], metavar="NOTEBOOK", help="these notebooks, if they must run")
    all_of_it.add_argument("--force", nargs="+", default=[], metavar="NOTEBOOK", help="run these in any case")
    one = command(run)
    one.add_argument("notebook", help="its name, as 30_user_needs")
    _run_options(one)
    drafting = command(draft)
    drafting.add_argument("folder", help="where the files lie")
    drafting.add_argument("--to", help="folder that source.yml is written to (default: that of the files)")
    _source_options(command(check))
    made = command(sample)
    made.add_argument("--customers", type=int, default=6000, help="how many (default 6000)")
    made.add_argument("--seed", type=int, default=46, help="same seed, same shop (default 46)")
    made.add_argument("--folder", help="where to (default data/sample/logs)")
    scoring = command(score)
    scoring.add_argument("--model", required=True, help="SOURCE/MODEL, as sample/sentiment_en, or a model's folder")
    scoring.add_argument("--input", required=True, help="a CSV file")
    scoring.add_argument("--text-column", required=True, help="the column that holds the texts")
    scoring.add_argument("--output", required=True, help="the CSV file to write")
    scoring.add_argument("--encoding", default="utf-8", help="of input and output, as gb18030 (default utf-8)")
    near = scoring.add_mutually_exclusive_group()
    near.add_argument("--new-domain", action="store_true", help="the texts may be of another kind than those it "
                      "learnt from, or their labels rarer or more frequent: find the line between labels in the file itself")
    near.add_argument("--new-category", action="store_true", help="the texts are of the same kind about other things: learn "
                      "their words from those it is surest of")
    leaving = command(forget)
    leaving.add_argument("customer", help="the real id, as it stands in the raw files")
    _source_options(leaving)
    command(seal).add_argument("--data", required=True, help="a source's name, or a folder with a source.yml")
    actions = command(review).add_subparsers(required=True, metavar="ACTION")
    taking = actions.add_parser("import", help="check files and take their verdicts")
    taking.add_argument("files", nargs="+", metavar="FILE", help="a file that a report exported")
    taking.add_argument("--data", required=True, help="the source that the report is of")
    command(lab).add_argument("rest", nargs="*", help="further words for JupyterLab, after --")
    return parser


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} must be a number from 1")
    return int(text)


def _source_options(parser) -> None:
    parser.add_argument("--data", required=True, help="a source's name, or a folder with a source.yml")
    parser.add_argument("--files", default="", help="folder of the raw files (default: where source.yml says)")


def _run_options(parser) -> None:
    _source_options(parser)
    parser.add_argument("--week", default="", help="ISO week, as 2026-W46 (default: the last in the data)")
    parser.add_argument("-p", dest="parameter", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"),
                        help="a notebook's parameter")
    parser.add_argument("--workers", type=_count, default=2, help="notebooks at a time (default 2)")
    parser.add_argument("--explain", action="store_true", help="say what would run and why; run nothing")


if __name__ == "__main__":
    sys.exit(main())
