# zkprov: build, demo, test, bench. Everything that these need is installed by
# them on a Debian 12 machine with root, Go and make.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
GOFLAGS_BUILD := -trimpath -ldflags '-s -w -X main.version=$(VERSION)'
SOURCES := $(shell find cmd inventory checks units provision -name '*.go') go.mod go.sum
ARCHES := amd64 arm64
NATIVE := $(shell go env GOARCH)
STATICCHECK := go run -modfile=tools/go.mod honnef.co/go/tools/cmd/staticcheck

.PHONY: help build demo demo-down test lint unit e2e bench docs clean packages

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

build: bin/zkprov $(ARCHES:%=bin/zkprov-linux-%) ## bin/zkprov and a build for every architecture

bin/zkprov-linux-%: $(SOURCES)
	@mkdir -p bin
	CGO_ENABLED=0 GOOS=linux GOARCH=$* go build $(GOFLAGS_BUILD) -o $@ ./cmd/zkprov

bin/zkprov: bin/zkprov-linux-$(NATIVE)
	@cp $< $@.new && mv $@.new $@

demo: build ## four hosts in a lab: plan, apply, check; the hosts are left running
	@go run ./e2e/demo up

demo-down: ## stop the hosts of the demo
	@go run ./e2e/demo down

test: lint unit e2e ## everything: vet, staticcheck, unit tests with the race detector, end to end

lint: packages ## gofmt, vet, staticcheck
	@test -z "$$(gofmt -l cmd inventory checks units provision e2e)" || { gofmt -l cmd inventory checks units provision e2e; exit 1; }
	go vet ./...
	go vet -tags e2e ./e2e/...
	$(STATICCHECK) ./...
	$(STATICCHECK) -tags e2e ./e2e/...

unit: packages ## unit tests with the race detector
	CGO_ENABLED=1 go test -race ./...

e2e: build packages ## end-to-end tests on real hosts in a lab
	go test -tags e2e -count=1 -timeout 40m -v ./e2e/...

bench: build packages ## the figures of the README
	go run ./e2e/bench

docs: ## write the generated parts of docs/ anew
	go test ./cmd/zkprov -run TestReference -update

# A C compiler for the race detector, systemd-analyze for the units' hardening.
packages:
	@command -v gcc >/dev/null && command -v systemd-analyze >/dev/null || \
	  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends gcc libc6-dev systemd; }

clean: ## remove what was built
	rm -rf bin
