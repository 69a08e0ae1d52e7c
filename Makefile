# Rapport's few targets. `make up` runs it, `make test` tests it; each does its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 3
DATA ?= ../shared/data/classify
CODE := contracts runtime language services cli sandbox
.DEFAULT_GOAL := help
.PHONY: help install dev browser up test test-kafka check fmt bench storm-bench eval eval-care models schemas requirements clean

help: ## Say what the targets do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Rapport needs Python 3.11 or newer; this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. Install it with: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.local: requirements/local.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing Rapport (once) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/local.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.local
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

install: $(VENV)/.local ## Make .venv with the `rapport` command in it

dev: $(VENV)/.dev ## Add the tools that tests and checks need

up: install ## Run everything on this machine with three demo brands, until Ctrl-C
	@exec $(BIN)/rapport up

browser: # Install Chromium for the browser tests where that is possible without asking
	@command -v chromium chromium-browser google-chrome >/dev/null 2>&1 || { \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "Installing Chromium for the browser tests ..." && \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || true

test: dev browser ## Run all tests (unit, contract, service, failure, end-to-end, browser, architecture, deploy)
	@$(BIN)/python -m pytest -m "not slow" -n $(WORKERS) --dist loadfile
	@$(BIN)/python -m pytest -m slow

test-kafka: dev ## Run the broker's tests on Apache Kafka (needs Java and Maven)
	@KAFKA=apache $(BIN)/python -m pytest -m "kafka and not slow" -n 2 --dist loadfile
	@KAFKA=apache $(BIN)/python -m pytest -m "kafka and slow"

check: dev ## Lint, type check, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fmt: dev ## Format the code and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: dev ## Measure throughput and delay; prints JSON and a table
	@$(BIN)/python -m benchmarks.pipeline

storm-bench: dev ## Measure how early storms are seen, and renew docs/storm-benchmark.md
	@$(BIN)/python -m benchmarks.storms --write

eval: install ## Measure how good the labels are (DATA=folder of the message sets, EVAL="--quick"); fails under a floor
	@$(BIN)/python -m services.classify.evaluation --data $(DATA) $(EVAL)

eval-care: dev ## Measure care score, promises and forbidden wording; fails under the floors
	@$(BIN)/python -m language.care.evaluation
	@$(BIN)/python -m language.promises.evaluation
	@$(BIN)/python -m language.wording.evaluation
	@$(BIN)/python -m language.knowledge.evaluation

MODELS := .venv-models
DATA ?= ../shared/data/classify

$(MODELS)/.done: requirements/models.txt
	@$(PYTHON) -m venv $(MODELS)
	@$(MODELS)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/models.txt
	@touch $@

models: $(MODELS)/.done ## Train every model anew from DATA (5 GB of tools, hours on one core)
	@$(MODELS)/bin/python -m services.classify.training.distil --data $(DATA) --out build/vectors
	@$(MODELS)/bin/python -m services.classify.training --data $(DATA) --vectors build/vectors $(MODELS_FLAGS)
	@$(MODELS)/bin/python -m services.classify.training.accurate --data $(DATA) $(MODELS_FLAGS)

schemas: dev ## Generate schemas, documents and manifests that come from contracts/
	@$(BIN)/python -m cli.schemas
	@$(BIN)/python -m deploy.generate

requirements: ## Compile the pinned requirements (needs uv)
	@for set in "run" "local --extra local" "dev --extra local --extra dev" "models --extra models"; do \
	  name=$${set%% *}; extras=$${set#$$name}; \
	  uv pip compile pyproject.toml $$extras --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header --no-annotate -q -o requirements/$$name.txt; done

clean: ## Remove what was installed and built; data/ stays
	@rm -rf $(VENV) $(MODELS) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .kafka
