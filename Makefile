# Each target works as the first command on a fresh machine: it makes .venv and installs what it needs.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
# Most tests wait more than they compute.
JOBS ?= 4

.PHONY: audit run test test-postgres check docs reference diagrams film gallery bench growth chaos soak words lock clean
run: $(VENV)/.run
	@$(BIN)/python -m bot run

test: $(VENV)/.dev
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

# The same tests, or TESTS, on a PostgreSQL server of their own (Debian's `postgresql`), which is started and ended here.
# HELPERS=1: beside each bot so many processes that work on what it accepts.
TESTS ?= tests
HELPERS ?= 0
test-postgres: $(VENV)/.dev
	@ATELIER_TEST_HELPERS=$(HELPERS) $(BIN)/python -m tests.support.postgres $(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(TESTS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --cov --cov-report=term

# The pages, into site/: a warning ends it. Their tools are installed beside the rest.
docs: $(VENV)/.docs reference
	$(VENV)/docs/bin/python docs/tools/prose.py
	NO_MKDOCS_2_WARNING=1 $(VENV)/docs/bin/mkdocs build --quiet
	@echo "The pages stand in site/: open site/index.html."

# The pages and shell completions that are made from the code.
reference: $(VENV)/.dev
	@$(BIN)/python -m docs.tools.reference
	@for shell in bash zsh fish; do $(BIN)/python -m shtab --shell $$shell --prefix atelier bot.cli.command_line.parser > bot/cli/completions/atelier.$$shell || exit 1; done

# A drawing of each diagram whose text has changed (needs npm and Chromium).
diagrams: $(VENV)/.dev
	@$(BIN)/python -m docs.tools.diagrams

# The README's moving picture, from the running bot (needs Chromium).
film: $(VENV)/.dev
	@$(BIN)/python -m docs.tools.film

# Pictures of every message, state, language, theme and width, from the running bot, and the documentation's screenshots
# (needs Chromium). `make gallery LANGUAGES=en-US` for one language only.
gallery: $(VENV)/.dev
	@$(BIN)/python -m docs.tools.gallery $(LANGUAGES)

$(VENV)/.docs: requirements/docs.txt | $(VENV)/bin/python
	@echo "Installing what builds the pages into $(VENV)/docs …"
	@$(BIN)/python -m venv $(VENV)/docs
	@$(VENV)/docs/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/docs.txt
	@touch $@

bench: $(VENV)/.dev
	@$(BIN)/python -m bench $(filter growth,$(MAKECMDGOALS))

# `make bench growth`: what a million jobs cost; some ten minutes.
growth: bench
	@:

# Kills the bot a thousand times; `make chaos SEED=…` replays one world, KILLS=100 is shorter. BOTS=2 has so many at once,
# on a PostgreSQL of its own.
KILLS ?= 1000
chaos: $(VENV)/.dev
	@$(BIN)/python -m tests.chaos --kills $(KILLS) $(if $(SEED),--seed $(SEED)) $(if $(BOTS),--postgres --bots $(BOTS))

# A steady load with a kill every minute, which watches memory and database; `make soak MINUTES=5` is shorter.
MINUTES ?= 60
soak: $(VENV)/.dev
	@$(BIN)/python -m tests.chaos.soak --minutes $(MINUTES)

# Known faults of the locked dependencies; needs the network, and a tool that is installed beside the rest.
audit: $(VENV)/.audit
	$(VENV)/audit/bin/pip-audit --disable-pip --require-hashes -r requirements/run.txt -r requirements/dev.txt

$(VENV)/.audit: | $(VENV)/bin/python
	@$(BIN)/python -m venv $(VENV)/audit
	@$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	@touch $@

# Rewrites the template of the catalogues from the code, and renews every language; `make words LANGUAGE=fr` begins one.
words: $(VENV)/.dev
	@$(BIN)/pybabel --quiet extract --no-location --sort-output --width=120 --omit-header --output=bot/ui/words/locales/atelier.pot bot/ui cogs
	@$(BIN)/python -m tests.support.words $(LANGUAGE)

# Rewrites the lock files from pyproject.toml (needs `pip install uv`; hashes, no addresses).
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras pyproject.toml --extra postgres -o requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras pyproject.toml --extra postgres --group dev -c requirements/run.txt -o requirements/dev.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras --group docs -o requirements/docs.txt

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Atelier needs Python 3.11 or newer; none was found. Name one with: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements/run.txt | $(VENV)/bin/python
	@echo "Installing Atelier into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/bin/python
	@echo "Installing Atelier and its development tools into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .coverage
