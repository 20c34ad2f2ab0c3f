# make run and make test set up what they need. Everything else: make help.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
SPARK := $(VENV)/.spark
OUT ?= out
LESSON ?=
PART ?=
TESTED := $(if $(LESSON),$(wildcard notebooks/$(LESSON)_*.ipynb notebooks/solutions/$(LESSON)_*.ipynb),tests notebooks)
export PYTHONUTF8 := 1
export JUPYTER_PREFER_ENV_PATH := 1
export PYDEVD_DISABLE_FILE_VALIDATION := 1
# One thread for BLAS and OpenMP: on small matrices more threads cost time.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export NUMEXPR_NUM_THREADS := 1
export VECLIB_MAXIMUM_THREADS := 1

.DEFAULT_GOAL := help
.PHONY: help setup run test lab site data exercises outputs bench truth trust spark engines lesson lint clean

help:  ## say what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 2; }
	@echo "Setting up the environment in $(VENV) (once, a minute or two)"
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	@# The lock is complete (tests/test_setup.py), so pip has nothing to resolve: --no-deps.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip check
	@# JupyterLab asks about news from outside at its first start; a lesson should open without a pop-up.
	@$(BIN)/jupyter labextension disable --level=sys_prefix "@jupyterlab/apputils-extension:announcements" 2>/dev/null
	@touch $@

setup: $(STAMP)  ## set up the environment

run: $(STAMP)  ## execute every lesson on the bundled book; pages, workbook and run.json in out/
	@$(BIN)/keyacct run --out $(OUT) --site

test: $(STAMP)  ## unit, property and notebook tests; make test LESSON=01 for one lesson
	@mkdir -p $(OUT)
	@$(BIN)/python -m pytest -n 2 --dist loadscope --nbval --junitxml=$(OUT)/junit.xml -q $(TESTED)

lab: $(STAMP)  ## open JupyterLab on a copy of the lessons in workspace/
	@$(BIN)/keyacct lab

site: $(STAMP)  ## build the pages from the committed outputs into out/site
	@$(BIN)/python -m keyacct_utils.site

data: $(STAMP)  ## write the synthetic book anew, byte for byte the same
	@$(BIN)/python -m keyacct_utils.world.write

exercises: $(STAMP)  ## write the exercise sheets anew from notebooks/solutions
	@$(BIN)/python -m keyacct_utils.exercises

outputs: $(STAMP)  ## execute and rewrite the committed lessons; print the numbers that moved
	@$(BIN)/python -m keyacct_utils.running.outputs $(LESSON)

trust: $(STAMP)  ## measure what tests, outputs and intervals are worth (hours; make trust PART=kills for one); writes docs/trust.md
	@$(BIN)/python -m tests.trust $(PART)

bench: $(STAMP)  ## measure the roll-up, the account methods and the runner
	@$(BIN)/python benchmarks/bench_rollup.py
	@$(BIN)/python benchmarks/bench_methods.py
	@$(BIN)/python benchmarks/bench_credit_grade.py
	@$(BIN)/python benchmarks/bench_runner.py

truth: $(STAMP)  ## judge the planted truth over 40 seeds and simulate books of its size (slow); writes docs/truth.md
	@$(BIN)/python -m keyacct_utils.truth.sizes
	@$(BIN)/python -m keyacct_utils.truth.judge > docs/truth.md; code=$$?; cat docs/truth.md; exit $$code

$(SPARK): $(STAMP) requirements-spark.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --require-hashes -r requirements-spark.lock
	@$(BIN)/python -m pip check
	@touch $@

spark: $(SPARK)  ## add PySpark, for a ledger on a cluster (needs Java 17)

engines: $(STAMP)  ## compare ClickHouse and Snowflake with DuckDB row by row (chdb, fakesnow)
	@# They need versions of their own beside ours, so in a folder of their own and not from the lock.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --target build/engines \
		clickhouse-connect chdb fakesnow 'snowflake-connector-python<5' 'snowflake-sqlalchemy<2' 'sqlalchemy<2.1'
	@PYTHONPATH=build/engines $(BIN)/python -m pytest -q tests/test_engines.py

lesson: $(STAMP)  ## write the empty room of a new lesson: make lesson TOPIC=receivables
	@$(BIN)/python -m keyacct_utils.running.new_lesson $(TOPIC)

lint: $(STAMP)  ## ruff, mypy and the order of imports
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

clean:  ## remove what was made, the environment too
	rm -rf $(VENV) out build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
