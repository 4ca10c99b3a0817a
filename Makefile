# Everything runs from .venv, which is made from the hashed locks; nothing else is installed.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
INSTALLED_DEV := .venv/.installed-dev
POSTGRAPHILE := benchmarks/postgraphile/node_modules/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo serve test bench bench-quick bench-import soak lint types contracts format schema docs web lock clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv

$(INSTALLED): requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(INSTALLED_DEV): requirements-dev.lock $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# PostGraphile and the Node that it runs on. Without npm the benchmark leaves it out and says so.
$(POSTGRAPHILE): benchmarks/postgraphile/package-lock.json
	if command -v npm >/dev/null; then cd benchmarks/postgraphile && npm ci --ignore-scripts --no-audit --no-fund && touch node_modules/.installed; fi

install: $(INSTALLED) ## set up .venv from the lock

demo: $(INSTALLED) ## serve demo data on http://127.0.0.1:8000
	@exec $(BIN)/python -m gateway demo

serve: $(INSTALLED) ## serve your own data (see docs/settings.md)
	@exec $(BIN)/python -m gateway serve

test: $(INSTALLED_DEV) ## run the tests
	$(BIN)/python -m pytest $(ARGS)

bench: $(INSTALLED) $(POSTGRAPHILE) ## measure the gateway and its peers: half an hour
	$(BIN)/python -m benchmarks $(ARGS)

bench-quick: $(INSTALLED) $(POSTGRAPHILE) ## the same with a twentieth of the data: two minutes
	$(BIN)/python -m benchmarks --quick $(ARGS)

bench-import: $(INSTALLED) ## how fast calls come in, against COPY
	$(BIN)/python benchmarks/import_calls.py $(ARGS)

soak: $(INSTALLED_DEV) ## ten minutes of mixed questions and writes: memory stays flat, nothing fails
	$(BIN)/python benchmarks/soak.py $(ARGS)

lint: $(INSTALLED_DEV) ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED_DEV) ## mypy, strict
	$(BIN)/python -m mypy gateway tests examples benchmarks

contracts: $(INSTALLED_DEV) ## which module may import which
	$(BIN)/lint-imports

format: $(INSTALLED_DEV) ## rewrite the code in ruff's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(INSTALLED) ## write schema.graphql anew
	$(BIN)/python -m gateway schema > schema.graphql.new && mv schema.graphql.new schema.graphql

docs: $(INSTALLED) ## write the generated pages of docs/ anew
	$(BIN)/python -m gateway docs settings > docs/settings.md
	$(BIN)/python -m gateway docs measures > docs/measures.md

web: ## build what browsers get anew, into gateway/web (needs Node)
	cd web/graphiql && npm ci --no-audit --no-fund && npm run build
	cd web/wallboard && npm ci --no-audit --no-fund && npm run build

lock: ## pin the newest versions that pyproject.toml admits (needs uv)
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 --group build pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 --group build --group test --group lint -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## remove what was built; the data stay
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist web/*/node_modules benchmarks/*/node_modules
