# zkprov: build, demo, test, bench. Everything that these need is installed by
# them on a Debian 12 machine with root, Go and make.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
COMMIT := $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS := -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)
# What git knows of the folder is said by LDFLAGS, so that a build from a plain
# copy has the same bytes.
# Without HTTP/2, which nothing here speaks (see TestNoHTTP2) and the HTTP server of
# package bootstrap would take along: 500 KB.
GOFLAGS_BUILD := -trimpath -buildvcs=false -tags nethttpomithttp2 -ldflags '$(LDFLAGS)'
# Folders of Go; all but the last two are linked into the binary.
FOLDERS := cmd internal inventory checks units provision packaging e2e tools
SOURCES := $(shell find $(filter-out e2e tools,$(FOLDERS)) -name '*.go') go.mod go.sum
ARCHES := amd64 arm64
NATIVE := $(shell go env GOARCH)
comma := ,
# What of the fleet decides, and the tests that are enough to notice: those of whole
# runs take longer.
FLEET := census decide restart steady
FLEET_TESTS := TestDecide|TestNever|TestPermit|TestUnfetched|TestSpare|TestDethrone|TestTurn|TestStead|TestStandings|TestCheck
# What decides about stopping, starting, founding and refusing: folders of
# packages, or files. Behind an equals sign stand the tests that are enough to notice.
MUTATED := checks/ensemble/verdict.go checks/ensemble/tally.go provision/access provision/bootstrap \
  $(FLEET:%='provision/fleet/%.go=$(FLEET_TESTS)') 'provision/fleet/alone_decide.go=TestAlone|TestQuiet' \
  provision/guard provision/members.go provision/plan provision/zoocfg
STATICCHECK := go run -modfile=tools/staticcheck/go.mod honnef.co/go/tools/cmd/staticcheck

# All times in what is built are those of the commit.
SOURCE_DATE_EPOCH := $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null || echo 0))
export SOURCE_DATE_EPOCH

.PHONY: help build demo demo-down test lint unit releases keys e2e long oracle soak mutants bench bench-rolls docs clean prerequisites package-tools FORCE

include packaging/packages.mk

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

build: bin/zkprov $(ARCHES:%=bin/zkprov-linux-%) ## bin/zkprov and a build for every architecture

bin/zkprov-linux-%: $(SOURCES) bin/version
	CGO_ENABLED=0 GOOS=linux GOARCH=$* go build $(GOFLAGS_BUILD) -o $@ ./cmd/zkprov

# For the tests alone: it can be told to end itself before or after any change.
bin/zkprov-failpoints: $(SOURCES) bin/version
	CGO_ENABLED=0 go build $(subst nethttpomithttp2,nethttpomithttp2$(comma)failpoints,$(GOFLAGS_BUILD)) -o $@ ./cmd/zkprov

bin/zkprov-darwin-%: $(SOURCES) bin/version
	CGO_ENABLED=0 GOOS=darwin GOARCH=$* go build $(GOFLAGS_BUILD) -o $@ ./cmd/zkprov

# Changes when the version does, and with it what it is linked into.
bin/version: FORCE
	@mkdir -p bin
	@echo '$(VERSION) $(COMMIT)' | cmp -s - $@ || echo '$(VERSION) $(COMMIT)' > $@

bin/zkprov: bin/zkprov-linux-$(NATIVE)
	@cp $< $@.new && mv $@.new $@

demo: build ## four hosts in a lab: plan, apply, check; the hosts are left running
	@go run ./e2e/demo up

demo-down: ## stop the hosts of the demo
	@go run ./e2e/demo down

test: lint unit releases e2e ## everything: vet, staticcheck, unit tests with the race detector, end to end

lint: prerequisites ## gofmt, vet, staticcheck
	@unformatted=$$(gofmt -l $(FOLDERS)); test -z "$$unformatted" || { echo "not formatted as gofmt does:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	go vet -tags e2e ./e2e/... ./tools/zkkeys
	go vet -tags 'e2e long soak' ./e2e/...
	go vet -tags manual ./cmd/zkprov
	go vet -tags failpoints ./cmd/zkprov ./internal/failpoint
	go vet -C tools/mutants .
	GOOS=darwin go vet ./cmd/zkprov
	$(STATICCHECK) ./...
	$(STATICCHECK) -tags 'e2e long soak' ./e2e/... ./tools/zkkeys

unit: prerequisites ## unit tests with the race detector
	CGO_ENABLED=1 go test -race ./...
	go test -C tools/mutants .

releases: ## compare the table of what ZooKeeper's releases read with their class files
	go test -tags e2e -timeout 15m ./tools/zkkeys

keys: ## write that table anew
	go run ./tools/zkkeys provision/zoocfg/reads.tsv

e2e: build bin/zkprov-failpoints packages prerequisites package-tools ## end-to-end tests on real hosts in a lab
	go test -tags e2e -count=1 -timeout 75m -parallel 2 -v ./e2e

long: build bin/zkprov-failpoints prerequisites ## end-to-end tests that take long: faults in rolls, kills at every change, the same again and again
	go test -tags 'e2e long' -count=1 -timeout 90m -v -run '^TestLong' ./e2e

# What decides which inventories are made (0: the clock).
ORACLE_SEED ?= 0
oracle: build prerequisites ## real servers on 600 generated inventories: those that zkprov calls valid serve, those that ZooKeeper refuses end
	go test -tags e2e -count=1 -timeout 60m -v -run '^TestOracle' ./e2e -oracle.servers=200 -oracle.seed=$(ORACLE_SEED)

# How long new rolls are begun, how many at most, and what decides what happens (0: the clock).
SOAK_TIME ?= 20m
SOAK_ROLLS ?= 20
SOAK_SEED ?= 0
soak: build prerequisites ## random rolls with random kills under writes; SOAK_TIME, SOAK_ROLLS, SOAK_SEED
	go test -tags 'e2e soak' -count=1 -timeout 2h -v -run '^TestSoak$$' ./e2e -soak.time=$(SOAK_TIME) -soak.rolls=$(SOAK_ROLLS) -soak.seed=$(SOAK_SEED)

mutants: ## change the code of what decides, and report what no test notices
	go run -C tools/mutants . -root ../.. $(MUTATED)

bench: build prerequisites ## the figures of the README
	go run ./e2e/bench

bench-rolls: build prerequisites ## rolling restarts by zkprov and by hand, under writes
	go run ./e2e/bench -rolls

docs: ## write the generated parts of docs/ anew
	go test ./cmd/zkprov -run TestReference -update

# A C compiler for the race detector, systemd-analyze for the units' hardening, a Java that
# is asked about flags.
prerequisites:
	@command -v gcc >/dev/null && command -v systemd-analyze >/dev/null && command -v java >/dev/null || \
	  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends gcc libc6-dev systemd openjdk-17-jre-headless; }

# What judges the packages; building them needs none of it.
package-tools:
	@command -v lintian >/dev/null && command -v rpm >/dev/null && command -v cpio >/dev/null || \
	  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends lintian rpm cpio; }

clean: ## remove what was built
	rm -rf bin dist
