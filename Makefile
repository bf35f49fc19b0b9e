# `make demo` shows what Loam does; `make test` is what continuous integration runs. `make help` lists the rest.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Swift takes its own instruction set from the C compiler's, so this governs both. Empty it for a portable build.
MACHINE ?= $(if $(filter aarch64,$(shell uname -m)),-Xcc -mcpu=native,-Xcc -march=native)
# Runs over many processes, where Open MPI is installed (`scripts/setup` does); looked for when a recipe starts. Empty it to build without.
TRAITS ?= $(shell scripts/traits)
RELEASE = -c release $(MACHINE) $(TRAITS)
BIN := .build/release
DEMO ?= runs/demo

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Install the Debian packages that are missing.
	@scripts/setup build

.PHONY: build
build: setup ## Build the library and the command `loam` for this machine's processor.
	swift build $(RELEASE) --product loam

.PHONY: demo
demo: build ## Run the featured experiment of every study; prints where the report is.
	$(BIN)/loam reproduce --featured --force --out $(DEMO)
	@printf '\nOpen in a browser: file://%s\n' "$(abspath $(DEMO))/index.html"

.PHONY: test
test: setup ## Run all tests.
	swift test $(RELEASE) --disable-xctest

.PHONY: bench
bench: ## Measure Loam beside PyTorch and JAX; ONLY=name measures one piece of work.
	@scripts/setup build bench
	@scripts/peers
	swift build $(RELEASE) --product loam-bench
	python3 Benchmarks/run.py --loam $(BIN)/loam-bench $(if $(ONLY),--only $(ONLY)) $(BENCH_OPTIONS)

.PHONY: validate
validate: build ## Run the experiments at the papers' scale (hours) and write docs/validation.md.
	$(BIN)/loam reproduce --scale paper --resume --out runs/validation
	$(BIN)/loam report runs/validation --markdown docs/validation.md

.PHONY: docs
docs: setup ## Build the documentation into docs/build and check the code in its articles.
	@scripts/docs

.PHONY: format
format: ## Format all Swift sources.
	swift format -i -r Sources Tests Benchmarks/LoamBench Package.swift

.PHONY: lint
lint: ## Check the style of all sources and scripts.
	@scripts/lint

.PHONY: clean
clean: ## Remove everything that was built; runs stay.
	rm -rf .build docs/build Benchmarks/.venv
