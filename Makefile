PYTHON ?= python3
SEEDS  ?= 1
WALKS  ?= 5000
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
# The folders that hold our Python; one that is not there yet is left out rather than being an error.
CODE   := $(wildcard contracts runtime services dudao deploy bench tests)
KAFKA_POM := deploy/kafka-tests/pom.xml

.DEFAULT_GOAL := help
.PHONY: help setup lint format test-unit test demo kafka bench walks faults lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with everything, hash-checked; the command is then .venv/bin/dudao

$(STAMP): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Dudao needs Python 3.11 or newer: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

lint: setup ## ruff, mypy strict, dependency direction
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports

format: setup ## let ruff rewrite what it can
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

test-unit: setup ## tests that open no socket
	$(BIN)/pytest $(wildcard tests/unit tests/contract tests/architecture)

test: setup ## every test; those on Apache Kafka are skipped, with the reason, where it cannot be had
	@$(MAKE) --no-print-directory kafka || echo "kafka: not fetched, its tests will be skipped"
	@# Two at a time, file by file: what a file starts once, it starts once.
	$(BIN)/pytest tests -n 2 --dist loadfile --no-loadscope-reorder

demo: setup ## start the whole system with the demo city
	$(BIN)/dudao demo

kafka: .kafka/.fetched ## fetch Apache Kafka for tests into .kafka/ (needs java and mvn)

.kafka/.fetched: $(KAFKA_POM)
	@if ! command -v java >/dev/null; then echo "kafka: skipped, java is missing (default-jre-headless)"; \
	elif ! command -v mvn >/dev/null; then echo "kafka: skipped, mvn is missing (maven)"; \
	else mkdir -p .kafka && rm -rf .kafka/libs \
	  && mvn -B -q -f $(KAFKA_POM) dependency:copy-dependencies -DoutputDirectory="$(CURDIR)/.kafka/libs" \
	  && touch $@; fi

bench: setup ## each benchmark beside its peer; one of them: make bench BENCH=drain
	$(BIN)/dudao bench $(BENCH)

walks: setup ## many more random walks through an issue's life than the tests take: make walks WALKS=20000
	$(BIN)/python -m tests.unit.issue_walks $(WALKS)

faults: setup ## so many seeds of every fault, those that were ok left out: make faults SEEDS=3
	@$(MAKE) --no-print-directory kafka || echo "kafka: not fetched, the embedded broker takes its place"
	$(BIN)/python -m tests.faults --seeds $(SEEDS) --resume

# Only hashes and versions are written: an index, a host or a local folder of this machine must not enter a lock.
COMPILE = env -u PIP_FIND_LINKS CUSTOM_COMPILE_COMMAND="make lock" \
  $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url \
  --no-emit-trusted-host --no-emit-find-links --no-emit-options

lock: setup ## remake both lock files from pyproject.toml
	$(COMPILE) -o requirements.lock pyproject.toml
	$(COMPILE) --constraint requirements.lock --extra embedded --extra dev -o requirements-dev.lock pyproject.toml
	@! grep -nE '://|--find-links|--index-url|--trusted-host' requirements.lock requirements-dev.lock

clean: ## remove what was built here; data under .dudao stays
	rm -rf $(VENV) .kafka .bench .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build *.egg-info
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
