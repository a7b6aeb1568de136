# Everything here needs only Python 3.11+ and make. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.8
TEST_WORKERS ?= 3
# Whatever the machine says: many short processes start here, and each would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup lock up test test-all test-again test-python test-python-again test-python-here test-python-again-here coverage check format openapi configuration bench bench-fleet chaos clean build deploy rehearse key rotate-key logs redrive sbom scan local-api typescript screenshots

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.ready $(VENV)/ministack/.ready ## Create .venv and install exactly what is locked

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	@echo "Installing what requirements.lock pins ..."
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable .
	@touch $@

# An environment of its own: ministack pins botocore.
$(VENV)/ministack/.ready: infra/local/ministack.lock | $(VENV)/.ready
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/ministack
	@$(BIN)/uv pip install --quiet --python $(VENV)/ministack/bin/python --require-hashes -r infra/local/ministack.lock
	@touch $@

# Another: aws-sam-cli pins much of what we use. In it a third, with nothing but Lambda's own runtime client.
$(VENV)/aws/.ready: infra/aws/tools.lock | $(VENV)/.ready
	@echo "Installing the tools for AWS ..."
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/aws
	@$(BIN)/uv pip install --quiet --python $(VENV)/aws/bin/python --require-hashes -r infra/aws/tools.lock
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/aws/lambda
	@$(BIN)/uv pip install --quiet --python $(VENV)/aws/lambda/bin/python --constraints infra/aws/tools.lock awslambdaric
	@touch $@

up: setup ## Run the whole gateway on this machine (Ctrl-C ends it)
	@$(BIN)/python -m infra.local

test: setup $(VENV)/aws/.ready ## Run the tests, except the slow ones
	@$(BIN)/pytest -n $(TEST_WORKERS) --dist worksteal -m "not slow"

test-all: setup $(VENV)/aws/.ready ## Run every test
	@$(BIN)/pytest -n $(TEST_WORKERS) --dist worksteal

test-again: setup $(VENV)/aws/.ready ## Run what failed in test-all once more, one after another
	@$(BIN)/pytest --last-failed --last-failed-no-failures none

test-all test-again: export CONFORMANCE_EXAMPLES := 200

# In an environment beside .venv, named by the version: make test-python PYTHON=/path/to/python3.13
OTHER = .venv-$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
OTHER_TESTS := tests/unit tests/integration/store tests/integration/api

test-python: ## Run unit, store and API tests on another Python (PYTHON=…)
test-python-again: ## Run what failed in test-python once more
test-python test-python-again:
	@$(MAKE) --no-print-directory VENV=$(OTHER) $@-here

test-python-here: setup $(VENV)/aws/.ready
	@$(BIN)/pytest -n $(TEST_WORKERS) --dist worksteal -m "not slow" $(OTHER_TESTS)

test-python-again-here: setup $(VENV)/aws/.ready
	@$(BIN)/pytest --last-failed --last-failed-no-failures none -m "not slow" $(OTHER_TESTS)

coverage: setup $(VENV)/aws/.ready ## Say how much of the code the unit and integration tests run
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -n $(TEST_WORKERS) --dist worksteal -m "not slow" \
		--hypothesis-profile ci -o timeout=400 tests/unit tests/integration
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

check: setup $(VENV)/aws/.ready ## Format, lint, types, import contracts, templates, licences, advisories, house rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m infra.aws.lint
	@$(BIN)/python -m infra.supply.licences
	@$(BIN)/python -m infra.supply.advisories
	@$(BIN)/pytest --quiet --no-header tests/unit/test_house.py

format: setup ## Format the code and mend what ruff can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

openapi: setup ## Write openapi.json again from the code
	@$(BIN)/python -m functions.api.openapi

configuration: setup ## Write docs/configuration.md again from the settings classes
	@$(BIN)/python -m infra.configuration

bench: setup $(VENV)/aws/.ready ## Measure, print the table and keep it in tests/bench/RESULTS.md (ONLY="sending crowd" PROFILE=1: some parts, flame graphs; not kept)
	@$(BIN)/python -m tests.bench $(if $(PROFILE),--profile) $(if $(ONLY),--only $(ONLY))

bench-fleet: setup ## Measure a fleet of 2,000 sessions with a simulated WhatsApp and keep it in tests/bench/FLEET.md (QUICK=1: a dozen, ONLY=ends: a part; not kept)
	@$(BIN)/python -m tests.bench.fleet $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY))

chaos: setup ## Break everything at random under load, and compare what all sides saw (MINUTES=10, SEED=… plays a run again)
	@$(BIN)/python -m tests.chaos $(MINUTES:%=--minutes %) $(SEED:%=--seed %)

# ---- AWS: docs/deploy.md and docs/operate.md say what each target does.
STACK ?= whatsapp-gateway
LAMBDA_API_PORT ?= 3005
FUNCTIONS := Api Explorer Media Migrate Pushes Replies Sweeper Webhooks Websocket
SAM := SAM_CLI_TELEMETRY=0 $(VENV)/aws/bin/sam
lower = $(shell echo $(1) | tr A-Z a-z)

build: $(FUNCTIONS:%=build-%Function) ## Build the functions for Lambda, into build/lambda

# SAM calls these too, and says where it wants the artifacts.
build-%Function: setup
	@$(BIN)/python -m infra.aws.package $(call lower,$*) "$(or $(ARTIFACTS_DIR),build/lambda/$(call lower,$*))" \
		$(if $(TRANSCODING),$(if $(filter Media,$*),--also transcoding))

sbom: setup $(VENV)/aws/.ready ## Write what each package holds (CycloneDX) into build/sbom, and the image: [IMAGE=name] [ENGINE=podman]
	@$(BIN)/python -m infra.supply.sbom build/sbom $(IMAGE:%=--image %) $(ENGINE:%=--engine %)

scan: setup ## Name the security updates of Debian that an image lacks: make scan IMAGE=name [ENGINE=podman]
	@$(BIN)/python -m infra.supply.scan $(or $(IMAGE),$(error Say which: IMAGE=name)) $(ENGINE:%=--engine %)

deploy: setup $(VENV)/aws/.ready ## Deploy to AWS: make deploy [STACK=name] [PARAMETERS="Name=value …"]
	@$(BIN)/python -m infra.aws.deploy $(STACK) $(PARAMETERS)

rehearse: setup $(VENV)/aws/.ready ## Deploy the templates to a CloudFormation on this machine, and delete them again
	@$(BIN)/python -m infra.aws.rehearse

key: $(VENV)/aws/.ready ## Make an app key in the deployment, or a user's: make key [NAME=what for] [USER_PROFILE=id]
	@$(SAM) remote invoke Migration/MigrateFunction --stack-name $(STACK) --event '{"action":"createKey","name":"$(or $(NAME),default)"$(USER_PROFILE:%=,"userProfileId":"%")}'

rotate-key: $(VENV)/aws/.ready ## Make a key with the rights of another, which lives on: make rotate-key ID=… [GRACE=seconds]
	@$(SAM) remote invoke Migration/MigrateFunction --stack-name $(STACK) --event '{"action":"rotateKey","id":"$(or $(ID),$(error Say which: ID=… as the action listKeys shows it))"$(GRACE:%=,"graceSeconds":%)}'

logs: $(VENV)/aws/.ready ## Follow the logs of the deployment
	@$(SAM) logs --stack-name $(STACK) --cw-log-group /ecs/$(STACK)-connector --tail

redrive: setup ## Move what lies in the dead-letter queues back
	@$(BIN)/python -m infra.aws.redrive $(STACK)

local-api: setup $(VENV)/aws/.ready ## Run the API in Lambda's own container beside make up (needs Docker)
	@$(BIN)/python -m infra.aws.local_api
	@$(SAM) build && $(SAM) local start-api --port $(LAMBDA_API_PORT) --env-vars .local/sam-environment.json --docker-network host

typescript: ## Make the TypeScript client from openapi.json (clients/typescript)
	@npm --prefix clients/typescript ci --silent
	@npm --prefix clients/typescript run --silent build

screenshots: setup ## Take the pictures of the Explorer in docs/screenshots again (needs Chromium)
	@$(BIN)/python -m tests.screenshots

clean: ## Remove environments, caches and all local data (asks; YES=1 does not)
	@test ! -x $(BIN)/python || $(BIN)/python -m infra.local.clean $(if $(YES),--yes)
	@rm -rf $(VENV) $(VENV)-* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage* *.egg-info build dist

lock: ## Write the lock files again from pyproject.toml and ministack.in
	$(BIN)/uv pip compile --quiet pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
		--generate-hashes --no-header -o requirements.lock
	$(BIN)/uv pip compile --quiet infra/local/ministack.in --universal --python-version 3.11 \
		--generate-hashes --no-header -o infra/local/ministack.lock
	$(BIN)/uv pip compile --quiet infra/aws/tools.in --universal --python-version 3.11 \
		--generate-hashes --no-header -o infra/aws/tools.lock
