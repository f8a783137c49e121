# Everything that anyone must type. «make» alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help demo release test check bench soak fuzz format schemathesis test-real-model

# One set of flags for each configuration, wherever it is built: other flags would build everything anew.
DEBUG := -c debug --explicit-target-dependency-import-check error
# Exclusivity is checked at run time in debug builds; in release that check costs a tenth of a small call.
# Optimised across modules, which takes a twelfth off each chunk, and without debug information, which makes the build shorter and
# the programs a fraction of the size; names of functions stay for profiles and backtraces.
RELEASE := -c release --static-swift-stdlib -debug-info-format none -Xswiftc -enforce-exclusivity=unchecked \
	-Xswiftc -cross-module-optimization
export ADIT_RELEASE_FLAGS := $(RELEASE)

help: ## list what there is
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 26

demo: ## run a relay and a connector here, and make a call through them (ONCE=1 ends after it)
	@scripts/install build demo
	@scripts/build-release adit-relay adit-connector
	@scripts/demo

release: ## build both programs as they are delivered, in .build/release
	@scripts/install build
	@scripts/build-release adit-relay adit-connector
	@echo "» looking for asynchronous functions that the compiler gave too small a frame"
	@scripts/check-frames .build/release/adit-relay .build/release/adit-connector

test: ## run all tests: Swift's, then those with the real SDKs
	@scripts/install build python
	@echo "» building programs and tests (debug)"
	@swift build $(DEBUG) --build-tests
	@echo "» running the Swift tests"
	@scripts/swift-tests $(DEBUG)
	@echo "» running the SDK tests"
	@scripts/python-environment .build/sdk-venv Tests/SDK/requirements.txt
	@cd Tests/SDK && PYTHONDONTWRITEBYTECODE=1 ../../.build/sdk-venv/bin/python -m pytest
	@echo "» running the LangChain tests"
	@scripts/python-environment .build/langchain-venv Tests/SDK/LangChain/requirements.txt
	@cd Tests/SDK && PYTHONDONTWRITEBYTECODE=1 ../../.build/langchain-venv/bin/python -m pytest LangChain

check: ## check format, scripts, warnings, imports and architecture
	@scripts/install build lint
	@echo "» checking the format of Swift files"
	@git ls-files -z '*.swift' | xargs -0 swift format lint --strict --parallel
	@echo "» checking shell scripts"
	@scripts/list-scripts | xargs -0 shellcheck
	@echo "» building programs and tests (debug); warnings and undeclared imports are errors"
	@swift build $(DEBUG) --build-tests
	@echo "» checking the architecture"
	@swift test $(DEBUG) --skip-build --disable-xctest --filter ArchitectureTests

format: ## format all Swift files
	@git ls-files -z '*.swift' | xargs -0 swift format --in-place --parallel

bench: ## measure against nginx, as ratios beside the budgets
	@scripts/install build bench
	@scripts/build-release adit-relay adit-connector
	@Tests/Benchmarks/run

soak: ## hold both programs under mixed load for ten minutes; fails when they do not stay flat (MINUTES=n or HOURS=n)
	@scripts/install build soak
	@scripts/build-release adit-relay adit-connector
	@Tests/Soak/run --minutes $(if $(HOURS),$(HOURS)*60,$(or $(MINUTES),10))

fuzz: ## feed the parsers with what no peer would send, a minute each (EACH=seconds TARGETS=names)
	@scripts/install build
	@Tests/Fuzz/run $(EACH) $(TARGETS)

schemathesis: ## hold the administration API against its own OpenAPI document, with made-up requests (SEED=n CASES=n)
	@scripts/install build python
	@swift build $(DEBUG) --product adit-relay
	@scripts/python-environment .build/schemathesis-venv Tests/Schemathesis/requirements.txt
	@Tests/Schemathesis/run

test-real-model: ## make calls to a real llama.cpp server with a tiny random model (its build takes long)
	@scripts/install build python compiler
	@scripts/build-release adit-relay adit-connector
	@echo "» running the tests with a real model"
	@scripts/python-environment .build/real-model-venv Tests/RealModel/requirements.txt
	@cd Tests/RealModel && ADIT_PROGRAMS=$(CURDIR)/.build/release PYTHONDONTWRITEBYTECODE=1 \
		../../.build/real-model-venv/bin/python -m pytest
