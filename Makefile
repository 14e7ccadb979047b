# Everything a newcomer needs: `make report`, `make test`, `make lab`. Needs Python 3.11 or newer, nothing else.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
WEEK ?= 2026-W46
CUSTOMERS ?= 6000

.PHONY: help report sample test lint lab benchmarks clean
.DEFAULT_GOAL := help

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

report: $(VENV)/.made sample  ## make the environment and the sample shop, run the week, print where the report lies
	$(BIN)/workbench weekly --data sample --week $(WEEK)

sample: data/sample/logs/truths.json  ## make the sample shop's logs

data/sample/logs/truths.json: $(VENV)/.made $(wildcard data/sample/*.jsonl workbench/sample/*.py)
	$(BIN)/workbench sample --customers $(CUSTOMERS)

test: $(VENV)/.made  ## make the environment if need be and pass the tests
	$(BIN)/ruff check
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(TESTS)

lab: $(VENV)/.made sample  ## open JupyterLab with the notebooks, on this machine only
	$(BIN)/workbench lab

benchmarks: $(VENV)/.made  ## list what can be measured, and the command of each
	$(BIN)/python -m tests.benchmarks

# One truth for dependencies: pyproject.toml; constraints.txt pins what was tested.
$(VENV)/.made: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; $(PYTHON) is older. Say which: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $@

clean:  ## remove what can be made again: environment, the sample's logs and reports; what people gave stays
	rm -rf $(VENV) data/sample/logs
	if [ -d reports/sample ]; then find reports/sample -mindepth 1 -maxdepth 1 ! -name 'labels.parquet*' ! -name 'verdicts.parquet*' ! -name forgotten.json -exec rm -rf {} +; fi
