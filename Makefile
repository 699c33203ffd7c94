# Everything runs in .venv, made from whatever Python 3.11 or newer is on the PATH; nothing else is needed beforehand.
.DEFAULT_GOAL := help
.PHONY: help setup demo mistakes compare-mistakes test postgres-versions debian-schemas soak lint format types typing docs site bench clean

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$name"; break; }; done)
UV_VERSION := 0.13.9

BIN := .venv/bin
UV := $(BIN)/uv
MEMBERS := kernel $(wildcard adapters/* plugins/*)

export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv
export UV_PYTHON := $(CURDIR)/$(BIN)/python
export UV_PYTHON_DOWNLOADS := never
# A machine whose home directory cannot be written keeps the download cache beside the environment.
ifeq ($(shell test -n "$$HOME" && test -d "$$HOME" && test -w "$$HOME" && echo yes),)
export UV_CACHE_DIR ?= $(CURDIR)/.venv/cache
export PIP_NO_CACHE_DIR ?= 1
endif
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Compiled once here: where bytecode may not be written (PYTHONDONTWRITEBYTECODE), every start would compile every module again.
export UV_COMPILE_BYTECODE := 1
# The machine's own list of authorities, where it has one: behind a company's proxy the lists built into pip, uv and node fail.
CA_BUNDLE := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem))
ifneq ($(CA_BUNDLE),)
export PIP_CERT ?= $(CA_BUNDLE)
export SSL_CERT_FILE ?= $(CA_BUNDLE)
export NODE_EXTRA_CA_CERTS ?= $(CA_BUNDLE)
endif

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*##/\1\t/p' $(MAKEFILE_LIST)

setup: .venv/synced .venv/schemas  ## make .venv as uv.lock describes it

mistakes: .venv/synced  ## the score of the list of common mistakes
	$(BIN)/python -m tests.mistakes

# Two environments of their own: the original framework is imported by the same name as this one.
compare-mistakes: .venv/synced  ## the same mistakes in SQLAlchemy, Django and the original framework
	test -x .venv/others/orms/bin/python || $(PYTHON) -m venv .venv/others/orms
	.venv/others/orms/bin/python -m pip install --quiet "sqlalchemy[asyncio]==2.1.9" aiosqlite "django==5.2.19"
	test -x .venv/others/original/bin/python || $(PYTHON) -m venv .venv/others/original
	.venv/others/original/bin/python -m pip install --quiet "kailash-dataflow==2.20.1" aiosqlite
	$(BIN)/python -m tests.mistakes.others.compare .venv/others
	$(BIN)/python -m tests.mistakes --write
	$(BIN)/python docs/generate.py

demo: .venv/synced  ## a tour on SQLite that shows what it does
	$(BIN)/dataflow demo

# A module of tests, or a class of them, runs in one process: what it shares is made once. The order stays, as the last files are short.
# What pytest compiles is kept for later processes, also where PYTHONDONTWRITEBYTECODE is set.
test: .venv/synced .venv/schemas  ## the whole test suite, on all processors
	env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder

postgres-versions: .venv/synced  ## the tests of PostgreSQL on versions 15 to 18, or on those in VERSIONS="16 18"
	$(BIN)/python -m tests.postgres_versions $(VERSIONS)

debian-schemas: .venv/synced  ## schemas that Debian packages bring, read, made anew and changed; or those in SCHEMAS="Kea Bacula-mysql"
	$(BIN)/python -m tests.schemas.debian $(SCHEMAS)

soak: .venv/synced  ## the laws with 5,000 examples each, servers that die under 5,000 workflows, migrations cut at every statement
	LAWS=soak $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist load tests/laws plugins/migrations/tests/test_migrations_laws.py plugins/foreign-keys/tests/test_foreign_keys_oracle.py
	FAULTS=soak $(BIN)/python -m pytest tests/faults plugins/migrations/tests/test_migrations_killed.py plugins/locks/tests/test_locks_stopped.py

lint: .venv/synced  ## style, formatting and who may import whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

format: .venv/synced  ## rewrite the code in the house's format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: .venv/synced  ## mypy --strict over sources and tests
	$(BIN)/mypy

typing: .venv/typing  ## the typing cases under pyright and ty as well
	$(BIN)/ty check tests/typing
	$(BIN)/pyright --pythonpath $(BIN)/python tests/typing

docs: .venv/synced  ## rewrite the pages that come from the code
	$(BIN)/python docs/generate.py

site: .venv/site  ## the documentation as a site in build/site/html; a warning is an error
	$(BIN)/python docs/build_site.py

bench: .venv/bench  ## the benchmarks, on SQLite, PostgreSQL and MySQL
	$(BIN)/python -m benchmarks

clean:  ## remove everything that make made
	rm -rf .venv dist build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(UV):
	@test -n "$(PYTHON)" || { echo "python 3.11 or newer is needed; name one with PYTHON=..." >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m ensurepip --default-pip >/dev/null
	$(BIN)/python -m pip install --quiet "uv==$(UV_VERSION)"

# --inexact: uv itself lives in the environment and is not in the lock.
.venv/synced: Makefile uv.lock pyproject.toml $(addsuffix /pyproject.toml,$(MEMBERS)) | $(UV)
	$(UV) sync --quiet --frozen --inexact --all-packages
	$(BIN)/python -m compileall -q $(addsuffix /src,$(MEMBERS))
	@touch $@

# Applications whose schemas the tests try: beside the environment, as they want other versions of what is in it, and without what only serving needs.
.venv/schemas: tests/schemas/requirements.txt | .venv/synced
	$(UV) pip install --quiet --no-deps --target $@ --requirements $<
	@touch $@

.venv/typing: .venv/synced
	$(UV) sync --quiet --frozen --inexact --all-packages --group typing
	@touch $@

.venv/site: .venv/synced
	$(UV) sync --quiet --frozen --inexact --all-packages --group site
	@touch $@

.venv/bench: .venv/synced
	$(UV) sync --quiet --frozen --inexact --all-packages --group bench
	@touch $@
