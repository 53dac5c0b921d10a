# Atelier. `make run` installs and opens the app; `make test` installs and runs the tests.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8501

# The app and its tests start many processes: what they import is compiled once, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run install test check format lint types lock clean help
.DEFAULT_GOAL := install

help:           ## list the targets
	@grep -E '^[a-z]+: .*##|^[a-z]+:  *##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: install    ## install and open the app
	$(BIN)/python -m streamlit run streamlit_app.py --server.port=$(PORT)

install: $(VENV)/.ready ## the environment the app needs, in .venv

# A file's tests run in one process: they share servers and drawn data. The long ones, in a browser, begin first.
# `pytest FILE` runs alone.
test: $(VENV)/.ready-dev ## run the tests (browser tests skip where no Chromium exists)
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

check: lint types test ## everything that must be green before a commit

lint: $(VENV)/.ready-dev ## formatting and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.ready-dev ## type check of core
	$(BIN)/mypy

format: $(VENV)/.ready-dev ## format the code in place
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)/.uv ## pin everything again from requirements*.in
	$(shell cat $(VENV)/.uv) pip compile -q --universal --python-version 3.11 --no-header --no-annotate requirements.in -o requirements.txt
	$(shell cat $(VENV)/.uv) pip compile -q --universal --python-version 3.11 --no-header --no-annotate requirements-dev.in -o requirements-dev.txt

clean:          ## remove the environment and tool caches (never data/ or checkpoints/)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

# uv installs several times faster than pip; where it is missing, pip fetches it into the new environment.
$(VENV)/.uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Found $$($(PYTHON) --version), but Atelier needs Python 3.11 or later. Try: make PYTHON=python3.12"; exit 1; }
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv -q --allow-existing --python $(PYTHON) $(VENV) && command -v uv > $@; \
	else \
	  $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install -q uv && echo $(BIN)/uv > $@; \
	fi

$(VENV)/.ready: $(VENV)/.uv requirements.txt
	@echo "Installing Atelier into $(VENV) (the first time this downloads several GB; torch is the largest part)."
	"$$(cat $(VENV)/.uv)" pip install --python $(BIN)/python -r requirements.txt
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.txt
	"$$(cat $(VENV)/.uv)" pip install --python $(BIN)/python -r requirements-dev.txt
	@touch $@
