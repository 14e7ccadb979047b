"""What can be measured, and the command of each: ``python -m tests.benchmarks``."""

import ast
from pathlib import Path


def main() -> None:
    """List the benchmarks with the first sentence of each."""
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        if "__main__" not in (text := path.read_text()):
            continue  # a part of others
        says = (ast.get_docstring(ast.parse(text)) or "").splitlines()[0]
        print(f"python -m tests.benchmarks.{path.stem} --help\n    {says}")


if __name__ == "__main__":
    main()
