"""Simulations in blocks, each with a seed of its own, kept as it ends: a run that was stopped goes on where it was."""

import argparse
import time
import zlib
from pathlib import Path

import numpy as np

BLOCK = 500  # simulations


def simulated(asked, name: str, of, runs: int = 0) -> np.ndarray:
    """Rows of ``asked.runs`` simulations, shape (runs, k); blocks that lie in ``asked.kept`` are not made again.

    Args:
        asked: ``runs``, ``seed``, and ``kept``, a folder or None.
        name: of what is simulated; with the seed and the block's number it makes the block's own seed.
        runs: so many in the place of ``asked.runs``.
        of: from a random generator and a number of simulations to their rows.
    """
    blocks, runs = [], runs or asked.runs
    for number, start in enumerate(range(0, runs, BLOCK)):
        size = min(BLOCK, runs - start)
        path = asked.kept and Path(asked.kept) / f"{name} {asked.seed} {number} {size}.npy"
        if path and path.exists():
            blocks.append(np.load(path))
            continue
        rng = np.random.default_rng([asked.seed, zlib.crc32(name.encode()), number])
        blocks.append(np.asarray(of(rng, size), dtype=float))
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, blocks[-1])
    return np.concatenate(blocks)


def each(one):
    """From one simulation, ``one(rng)`` to a row, to many: what :func:`simulated` takes."""
    return lambda rng, runs: [one(rng) for _ in range(runs)]


def command(module: str, about: str, parts: dict, runs: str) -> None:
    """Print the tables asked for on the command line; each of ``parts`` makes one from its arguments."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.benchmarks.{module}", description=about.splitlines()[0])
    parser.add_argument("part", nargs="+", choices=[*parts])
    parser.add_argument("--runs", type=int, default=10_000, help=f"simulations {runs} (default 10000)")
    parser.add_argument("--seed", type=int, default=0, help="of the simulations (default 0)")
    parser.add_argument("--kept", help="a folder for what is simulated, so that a stopped run can go on")
    asked = parser.parse_args()
    print(f"At {asked.runs:,} simulations a share of 5% is known to ± {2 * (.05 * .95 / asked.runs) ** .5:.2%}.")
    for part in asked.part:
        began = time.process_time()
        print(f"\n{part}: {(parts[part].__doc__ or '').splitlines()[0]}")
        print(parts[part](asked).to_string(index=False, float_format=lambda x: f"{x:.4g}"))
        print(f"measured in {time.process_time() - began:.0f} processor seconds", flush=True)
