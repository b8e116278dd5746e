# Two commands are all you need: make demo, make test.

.DEFAULT_GOAL := help
.PHONY: help demo build test check test-unit test-e2e bench publishes kills histories vendor-js clean

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Install what is missing, build, and run the demo: a synthetic match
	scripts/setup.sh runtime
	@$(MAKE) --no-print-directory build
	bin/ovation demo

build: ## Build bin/ovation (minutes the first time: the Temporal server is inside)
	CGO_ENABLED=0 go build -ldflags '-s -w' -o bin/ovation ./cmd/ovation

test: ## Install what the tests need, and run them all
	scripts/setup.sh test
	@$(MAKE) --no-print-directory build
	scripts/test.sh all

check: ## Format, vet, staticcheck, layers, workflowcheck, vulnerabilities, generated files
	scripts/check.sh

test-unit: ## Only the tests of single packages
	scripts/test.sh unit

test-e2e: build ## Only the tests of the whole: a real feed, browser and Mastodon server
	scripts/setup.sh test
	scripts/test.sh e2e

bench: ## Run the benchmarks
	go test -run '^$$' -bench . -benchmem ./...

publishes: ## Publish ten thousand times over calls that go wrong and workers that die (a minute)
	OVATION_PUBLISHES=10000 go test -count=1 -v -timeout 30m -run TestLedger ./internal/ledger

kills: ## Kill the recorder two thousand times (minutes); the tests do it two hundred times
	OVATION_KILLS=2000 go test -count=1 -v -timeout 60m -run TestKill ./internal/dvr

histories: build ## Record the workflows' histories anew; commit what a release changes
	OVATION_BIN=$(CURDIR)/bin/ovation OVATION_HISTORIES=$(CURDIR)/workflows/testdata \
		go test -count=1 -run 'TestMainJob|TestWebhookAndRule' ./internal/e2e

vendor-js: ## Fetch htmx and hls.js again (needs npm); commit what changes
	desk/static/vendor.sh

clean: ## Remove what was built here; recordings and posts under data stay
	rm -rf bin
