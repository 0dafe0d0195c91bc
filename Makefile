# `make run` shows a report, `make test` checks everything. Both install what they need into .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test setup setup-test lint bench-simulate clean bench-schedule bench-compile
run: setup
	$(BIN)/distq run circuits/qft_16.qasm -n 4x4+2

setup: $(VENV)/.installed
setup-test: $(VENV)/.installed-test

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "distq needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

test: setup-test lint
	$(BIN)/python -m pytest -n auto

lint: setup-test
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Bell pairs beside those of rivals; `benchmarks/compile.py baselines` alone takes four minutes, all of it an hour.
bench-compile: setup
	$(BIN)/python benchmarks/compile.py

# How much faster than qiskit-aer, about two minutes; `benchmarks/simulate.py --quick` takes half of one.
bench-simulate: setup
	$(BIN)/python benchmarks/simulate.py

bench-schedule: setup
	$(BIN)/python benchmarks/schedule.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
