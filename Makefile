# Two commands do everything: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
DATA   ?= ../shared/data
ARGS   ?=
SEEDS  ?= 5
TORCH  ?=

.DEFAULT_GOAL := help
.PHONY: help run demo kafka chaos test test-slow test-failure test-transformers check format bench lock

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.installed: requirements.lock pyproject.toml tools/setup.sh
	@PYTHON=$(PYTHON) VENV=$(VENV) sh tools/setup.sh

run: $(VENV)/.installed ## start Atalaya on http://127.0.0.1:8080 (the demo stream until a brand is configured)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/atalaya run $(ARGS)

demo: $(VENV)/.installed ## an invented fortnight of two brands, then live
	@PYTHONDONTWRITEBYTECODE= $(BIN)/atalaya demo $(ARGS)

kafka: $(VENV)/.installed ## Apache Kafka on 127.0.0.1:9092 (ATALAYA_KAFKA_PORT), in the foreground, for development
	@PYTHON=$(BIN)/python sh tools/kafka.sh run

test: $(VENV)/.installed ## every test but the slow ones and the long fault tests
	@PYTHON=$(BIN)/python sh tools/test.sh $(ARGS)

test-slow: $(VENV)/.installed ## the tests that take minutes; DATA= names the folder of recorded data
	@ATALAYA_TEST_DATA=$(DATA) PYTHON=$(BIN)/python sh tools/test.sh -m slow $(ARGS)

test-failure: $(VENV)/.installed ## the fault tests that are too long for `make test`
	@PYTHON=$(BIN)/python sh tools/test.sh -m failure $(ARGS)

# An environment of its own: from the package index torch brings libraries for graphics cards, 5 GB in all, which
# neither `make test` nor CI should carry for one engine. TORCH=cpu takes the small build, where its index is reached.
test-transformers: $(VENV)/.installed ## the engine `transformers` on a tiny model, in build/transformers (5 GB; TORCH=cpu: less)
	@PYTHON=$(PYTHON) UV=$(BIN)/uv TORCH=$(TORCH) sh tools/test_transformers.sh $(ARGS)

chaos: $(VENV)/.installed ## SEEDS= loops of random faults, a line each in build/chaos.csv; ARGS="--from 6" goes on
	@$(BIN)/python -m tests.failure.chaos --seeds $(SEEDS) $(ARGS)

check: $(VENV)/.installed ## lint, format, types, layers
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

format: $(VENV)/.installed ## put the code in form
	@$(BIN)/ruff check -q --fix . ; $(BIN)/ruff format .

bench: $(VENV)/.installed ## all benchmarks; DATA= names the folder of recorded data
	@$(BIN)/python -m benchmarks --data $(DATA) $(ARGS)

lock: $(VENV)/.installed ## write requirements.lock anew from pyproject.toml (names, versions, hashes; no host)
	@$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --extra dev pyproject.toml -o requirements.lock
