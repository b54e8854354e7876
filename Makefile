# Everything that is needed is set up by these targets; nothing has to be done before them.
PYTHON := $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' \
	2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# Compiled bytecode lets Prefect's server start in seconds instead of half a minute.
RUN := env -u PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-all check format bench up lock browser clean

demo: .venv/ready  ## Run a whole invented campaign; the reports land in demo-out/
	@$(RUN) $(BIN)/pledgeline demo

test: check browser  ## Format, lint, types, import contracts, tests
	$(RUN) $(BIN)/pytest -q -n 2 --dist worksteal -m "not slow"

test-all: check browser  ## The same, with the long tests
	$(RUN) $(BIN)/pytest -q -n 2 --dist worksteal --hypothesis-profile searching

check: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/ready  ## The table of speeds, as ratios against named baselines
	@$(RUN) $(BIN)/python -m benchmarks

up: .venv/ready  ## Database, Prefect, portal and the sandbox, until Ctrl-C
	@$(RUN) $(BIN)/pledgeline up --sandbox

.venv/ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.14 with venv is needed."; exit 2; }
	$(PYTHON) -m venv .venv
	$(RUN) $(BIN)/python -m pip install -qq --require-hashes --no-deps -r requirements.lock
	$(RUN) $(BIN)/python -m pip install -qq --no-deps -e .
	@touch $@

# The browser tests skip where no Chromium can be had.
browser: .venv/ready
	@.ci/browser

lock:  ## Pin every dependency anew, with hashes and without addresses
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --upgrade -o requirements.lock

clean:
	rm -rf .venv demo-out .mypy_cache .ruff_cache .pytest_cache .hypothesis
