"""A bar for whoever watches: on the error stream of a terminal or in a notebook that somebody runs by hand."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def watched(total: float, size: bool = False) -> Iterator[Callable[[float, str], None]]:
    """A bar that moves when the function it gives is called with how much more is done and what is being done.

    Args:
        total: how much there is to do: pieces, or bytes where ``size``.
    """
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    bar = Progress(TextColumn("{task.description}"), BarColumn(), DownloadColumn() if size else MofNCompleteColumn(),
                   TimeRemainingColumn(), console=console, transient=True,
                   disable=not (console.is_terminal or console.is_jupyter))
    with bar:
        task = bar.add_task("", total=total)
        yield lambda more, what: bar.update(task, advance=more, description=what)
    if console.is_jupyter:  # an executed notebook would keep an empty frame
        from IPython.display import clear_output

        clear_output(wait=True)
