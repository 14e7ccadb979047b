"""The plan of a week: which notebooks there are, what each reads and writes, and so who waits for whom."""

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from workbench.errors import RunError, did_you_mean

RAW, FINDINGS, FINDING = "raw", "findings", "finding"
EARLIER = "earlier/"  # before a table's name: that of the latest earlier week that has one
GIVEN = ("labels", "verdicts")  # by people, not written by a notebook; they lie beside the weeks


@dataclass(frozen=True)
class Step:
    """One notebook of the plan; the fields are those of ``notebooks/weekly.yml``. ``timeout`` is in seconds."""

    name: str
    notebook: Path
    requires: tuple[str, ...] = ()
    requires_one: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    reads_if_there: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    writes_if_there: tuple[str, ...] = ()
    timeout: float = 600
    parameters: dict = field(default_factory=dict)
    lasts: str = "week"

    @property
    def takes(self) -> tuple[str, ...]:
        """Everything it may read."""
        return (*self.reads, *self.reads_if_there)

    @property
    def makes(self) -> tuple[str, ...]:
        """Everything it may write."""
        return (*self.writes, *self.writes_if_there)


@dataclass(frozen=True)
class Plan:
    """The steps, each after those it depends on. ``needs`` names the steps a step waits for.

    A step that reads ``findings`` waits for all others, but runs although some of them failed.
    """

    steps: dict[str, Step]
    needs: dict[str, tuple[str, ...]]

    def step(self, name: str) -> Step:
        """The step ``name``; a RunError names those that begin so, else the closest, where there is none."""
        if name not in self.steps:
            begun = [repr(other) for other in self.steps if name and other.startswith(name)]
            meant = f" did you mean {' or '.join(begun)}?" if begun else did_you_mean(name, self.steps)
            raise RunError(f"no notebook {name!r} in the plan;{meant} "
                           f"There are {', '.join(self.steps) or 'none'}")
        return self.steps[name]

    def forgives(self, name: str) -> bool:
        """Whether the step runs although a step it waits for failed."""
        return FINDINGS in self.steps[name].reads

    def switched_off(self, offered) -> dict[str, str]:
        """Steps that cannot run on a source that offers only these raw tables, each with the reason."""
        off = {}
        for name, step in self.steps.items():
            missing = [table for table in step.requires if table not in offered]
            neither = step.requires_one and not set(step.requires_one) & set(offered)
            off_writers = [need for need in self.needs[name]
                           if need in off and set(self.steps[need].writes) & set(step.reads)]
            if missing:
                off[name] = f"the source offers no {' and no '.join(missing)}".replace("_", " ")
            elif neither:
                off[name] = f"the source offers neither {' nor '.join(step.requires_one)}".replace("_", " ")
            elif off_writers and not self.forgives(name):
                off[name] = f"needs {off_writers[0]}, which is switched off"
        return off


def load_plan(path: Path) -> Plan:
    """Read a plan; the notebooks lie beside it.

    Raises:
        RunError: an unknown field, a table nobody or more than one writes, or a circle.
    """
    text = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    entries = text.get("notebooks") or {}
    return order({name: _step(name, path.parent, entry or {}) for name, entry in entries.items()})


def order(steps: dict[str, Step]) -> Plan:
    """A plan of these steps, each after those whose outputs it reads."""
    writers = _writers(steps)
    needs = {}
    for name, step in steps.items():
        unwritten = [t for t in step.reads if t not in (RAW, FINDINGS) and t not in writers]
        if unwritten:
            raise RunError(f"notebook {name!r} reads {unwritten[0]!r}, which no notebook of the plan writes")
        wanted = {writers[t] for t in step.takes if t in writers} - {name}
        if FINDINGS in step.reads:
            wanted = set(steps) - {name}
        needs[name] = tuple(other for other in steps if other in wanted)
    names = []
    while len(names) < len(steps):
        free = [name for name in steps if name not in names and set(needs[name]) <= set(names)]
        if not free:
            raise RunError(f"these notebooks wait for each other: {', '.join(n for n in steps if n not in names)}")
        names.append(free[0])
    return Plan({name: steps[name] for name in names}, needs)


def _writers(steps: dict[str, Step]) -> dict[str, str]:
    writers = {}
    for name, step in steps.items():
        for output in step.makes:
            if output == FINDING:
                continue
            if output in writers:
                raise RunError(f"{output!r} is written by both {writers[output]!r} and {name!r}; one must do it")
            writers[output] = name
    return writers


def _step(name: str, folder: Path, entry: dict) -> Step:
    known = set(Step.__dataclass_fields__) - {"name", "notebook"}
    for key in entry:
        if key not in known:
            raise RunError(f"notebook {name!r} in the plan has the field {key!r};{did_you_mean(key, known)} "
                           f"There are {', '.join(sorted(known))}")
    if entry.get("lasts", "week") not in ("week", "source"):
        raise RunError(f"notebook {name!r} lasts {entry['lasts']!r}; it must be week or source")
    values = {key: tuple(value or ()) if isinstance(value, list) or value is None else value
              for key, value in entry.items()}
    return Step(name, folder / f"{name}.ipynb", **values)
