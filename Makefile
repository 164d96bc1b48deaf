# Everything runs from .venv, which is made from requirements/*.lock on first use, and keeps its state in .reel/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PY := .venv/bin/python
UV := .venv/bin/uv
STAMP := .venv/.stamp
# What the checks look at; a folder that does not exist is passed over.
CODE := $(wildcard reel flows tasks deployments gateway bench tests)

# Folder of your own clips for `make demo`; without it the demo makes its own.
CLIPS ?=
export CLIPS
# JSON file of your own request, for `make run`.
REQUEST ?= request.json
export REQUEST
# More arguments: make test ARGS="-k timeline", make bench ARGS=--quick
ARGS ?=

export REEL_HOME ?= $(CURDIR)/.reel
export PREFECT_HOME ?= $(CURDIR)/.reel/prefect
export PYTHONPATH := $(CURDIR)

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{ printf "  make %-16s %s\n", $$1, $$2 }'

$(STAMP): pyproject.toml requirements/bootstrap.lock requirements/requirements.lock requirements/bootstrap.sh
	@requirements/bootstrap.sh

.PHONY: demo
demo: $(STAMP) ## Make three videos through Prefect, from clips of its own or from CLIPS=folder
	@$(PY) -m deployments.demo --clips "$$CLIPS" $(ARGS)

.PHONY: run
run: $(STAMP) ## Make what a request of your own asks for: make run REQUEST=my.json
	@$(PY) -m deployments.run "$$REQUEST"

.PHONY: up
up: $(STAMP) ## Start the embedded stack (Prefect server, work pool, worker) and leave it running
	@$(PY) -m deployments.stack up $(ARGS)

.PHONY: down
down: $(STAMP) ## Stop the embedded stack
	@$(PY) -m deployments.stack down $(ARGS)

# Runs the tests that $(1) picks: first those with a Prefect server, two at a time, each with a server, workers and FFmpegs of its
# own, which are all that two processors carry; then the others on all processors. All run even if some fail. Status 5: none was
# picked. The longest ones are listed, so that growth is seen.
define run-tests
@status=0; \
$(PY) -m pytest -m "server and $(1)" -n 2 --dist loadscope --durations=25 $(ARGS) || [ $$? -eq 5 ] || status=1; \
$(PY) -m pytest -m "not server and $(1)" -n auto --dist loadscope --durations=25 $(ARGS) || [ $$? -eq 5 ] || status=1; \
exit $$status
endef

.PHONY: test
test: $(STAMP) ## Run the tests, except the slow ones
	$(call run-tests,not slow)

.PHONY: test-all
test-all: $(STAMP) ## Run all tests
	$(call run-tests,(slow or not slow))

.PHONY: lock-operations
lock-operations: $(STAMP) ## Renew what is locked of operations whose rules were raised (tests/lock)
	@$(PY) -m tests.lock

# How many random moments of each kind of fault; the whole suite is FAULTS_ROUNDS=10.
FAULTS_ROUNDS ?= 1

.PHONY: faults
faults: $(STAMP) ## Kill, stop and damage what there is, one thing at a time, and see that all ends right
	@$(PY) -m tests.faults trials --rounds $(FAULTS_ROUNDS) $(ARGS)

.PHONY: attack
attack: $(STAMP) ## Attack a worker with hostile files, texts, addresses and mutations, and see that all are held off
	@$(PY) -m tests.attack $(ARGS)

.PHONY: check
check: $(STAMP) ## Format, lint, types, layering, dependencies; all of them, even if one fails
	@$(MAKE) --keep-going check-format check-lint check-types check-layers check-dependencies

.PHONY: check-format check-lint check-types check-layers check-dependencies
check-format:
	@$(PY) -m ruff format --check --quiet $(CODE) || { echo '`make format` mends this'; exit 1; }
check-lint:
	@$(PY) -m ruff check --quiet $(CODE)
check-types:
	@$(PY) -m mypy --no-error-summary $(CODE)
check-layers:
	@.venv/bin/lint-imports --no-cache
check-dependencies:
	@.venv/bin/deptry --no-ansi .

.PHONY: format
format: $(STAMP) ## Format the code and mend what ruff can mend
	@$(PY) -m ruff check --fix --quiet $(CODE) || true
	@$(PY) -m ruff format $(CODE)

.PHONY: bench
bench: $(STAMP) ## Measure against the obvious way, side by side
	@$(PY) -m bench $(ARGS)

# Universal: one file for every platform and Python. No registry address gets into it, so that any mirror will do.
LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-header --no-annotate --system-certs --upgrade

.PHONY: lock
lock: $(STAMP) ## Renew the lock files from pyproject.toml
	@echo uv | $(LOCK) - -o requirements/bootstrap.lock
	@$(LOCK) pyproject.toml --extra prefect --extra s3 --extra catalogue --extra webhooks --extra metrics --extra encryption --extra delivery --extra gateway --extra server --group dev -o requirements/requirements.lock

.PHONY: clean
clean: ## Remove the environment, caches and all state, videos made included
	@if [ -x $(PY) ] && [ -d .reel ]; then $(PY) -m deployments.stack down || true; fi
	rm -rf .venv .reel .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
