# SPDX-License-Identifier: Apache-2.0
# Every target is a few commands around scripts/ and the CMake presets. `make` alone lists them.
JOBS ?= $(shell nproc)
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help up test torture build dr-drill stack-test bench fuzz check format asan tsan clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z -]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: build ## build, then run argos and a Caddy of its own here (data in ./var) until Ctrl-C
	@scripts/install-deps --quiet run
	@exec build/argos up --data var

build: ## the program, at build/argos
	@scripts/install-deps --quiet build
	cmake --preset release --log-level=WARNING
	cmake --build --preset release -j $(JOBS)
	@ln -sfn release/argos build/argos

test: ## build, then run every test in its quick form
	@scripts/install-deps --quiet build test
	cmake --preset dev --log-level=WARNING
	cmake --build --preset dev -j $(JOBS)
	@scripts/test dev $(JOBS)

torture: ## the long counts; results go into docs/reliability.md (SEED=…, NAME=part of a name)
	@scripts/install-deps --quiet build test
	@JOBS=$(JOBS) scripts/torture $(NAME)

dr-drill: build ## disaster recovery from nothing, in folders of its own: what comes back
	@scripts/install-deps --quiet test
	@scripts/dr-drill build/argos

stack-test: ## the containers on a real Docker engine, from images to disasters (CASE=… for some; about 25 minutes, the first time more)
	@scripts/install-deps --quiet test
	@test/stack/run $(CASE)

bench: ## benchmarks, as ratios
	@scripts/install-deps --quiet build bench
	cmake --preset bench --log-level=WARNING
	cmake --build --preset bench -j $(JOBS)
	@scripts/bench build/bench

fuzz: ## every fuzz target for 60 seconds (FUZZ_SECONDS=…)
	@scripts/install-deps --quiet build fuzz
	cmake --preset fuzz --log-level=WARNING
	cmake --build --preset fuzz -j $(JOBS)
	@scripts/fuzz build/fuzz $(FUZZ_SECONDS)

check: ## format, rules (include arrows and the like), clang-tidy
	@scripts/install-deps --quiet build check
	@scripts/format --check
	@scripts/rules
	@JOBS=$(JOBS) scripts/tidy

format: ## reformat every source file
	@scripts/install-deps --quiet check
	@scripts/format

asan tsan: ## the tests under a sanitizer
	@scripts/install-deps --quiet build test
	cmake --preset $@ --log-level=WARNING
	cmake --build --preset $@ -j $(JOBS)
	@scripts/test $@ $(JOBS)

clean: ## remove build/ (never ./var or ./.env)
	rm -rf build
