import io

from rich.console import Console

from workbench.run.progress import Progress

FAILED = {"status": "failed", "reason": "exception", "seconds": 2.5, "cells": {"completed": 1, "failed": 1, "not run": 0},
          "error": {"ename": "ParameterError", "evalue": "designs [/bold] is {'spend': 4}; give {'weeks': 4}"}}


def test_a_failure_says_on_the_console_what_it_was():
    for terminal in (False, True):
        out = io.StringIO()
        with Progress(["50_ab"], Console(file=out, force_terminal=terminal, width=200)) as progress:
            progress.started("50_ab", "asked for")
            progress.settled("50_ab", FAILED)
        assert "ParameterError: designs [/bold] is {'spend': 4}; give {'weeks': 4}" in out.getvalue()
