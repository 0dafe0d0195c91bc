# `make run` shows a report, `make quick` runs the quick tests, `make test` checks everything.
# All install what they need into .venv first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run quick test setup setup-test lint format docs clean bench-auto bench-compile bench-schedule bench-simulate bench-start
run: setup
	$(BIN)/distq run circuits/qft_16.qasm -n 4x4+2

setup: $(VENV)/.installed
setup-test: $(VENV)/.installed-test

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "distq needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable .
	$(BIN)/distq warm
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	touch $@

# worksteal keeps tests that share cached results in one process until the other has nothing left to do.
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal

# Without the tests marked slow: a minute on two cores.
quick: setup-test
	$(PYTEST) -m "not slow"

test: setup-test lint
	$(PYTEST)

lint: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup-test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The site, in docs/_build; a warning is an error.
docs: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[docs]'
	$(BIN)/sphinx-build -W -q docs docs/_build

# Bell pairs beside those of other compilers; `benchmarks/compile.py baselines` alone takes four minutes, everything an hour.
bench-compile: setup
	$(BIN)/python benchmarks/compile.py

# What auto finds and takes; `benchmarks/auto.py --against PYTHON` beside another version of distq. Three minutes a side.
bench-auto: setup
	$(BIN)/python benchmarks/auto.py

# How much faster than qiskit-aer, about two minutes; `benchmarks/simulate.py --quick` takes half of one.
bench-simulate: setup-test
	$(BIN)/python benchmarks/simulate.py

bench-schedule: setup
	$(BIN)/python benchmarks/schedule.py

# CPU seconds of single commands, with and without compiled kernels; about two minutes.
bench-start: setup
	$(BIN)/python benchmarks/start.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache docs/_build
