"""Running notebooks: parameters, the papermill engine, what must run again, and the record of it."""

from workbench.run.alone import forgetting
from workbench.run.decide import forecast, refusals
from workbench.run.fingerprint import Hashes
from workbench.run.job import Job
from workbench.run.parameters import declared_parameters, load_cells
from workbench.run.plan import Plan, load_plan
from workbench.run.progress import Progress
from workbench.run.record import GOOD, RECORD, Record, read_record
from workbench.run.schedule import Options, resolve_parameters, run_plan

__all__ = ["GOOD", "RECORD", "Hashes", "Job", "Options", "Plan", "Progress", "Record", "declared_parameters", "forecast",
           "forgetting", "load_cells", "load_plan", "read_record", "refusals", "resolve_parameters", "run_plan"]
