# Packages and releases. The same commit gives the same bytes, in any folder.

NFPM := bin/nfpm
DIST ?= dist

# A package's version begins with a digit and has no dash. Commits after a tag sort
# after it: v1.2.3-4-gabcdef is 1.2.3+4.gabcdef. What comes before a release sorts
# before it: v1.2.3-rc1 is 1.2.3~rc1. What has no tag yet sorts by its time, before
# everything.
UNTAGGED := 0.0.0~$(shell date -u -d @$(SOURCE_DATE_EPOCH) +%Y%m%d%H%M%S).$(subst -,.,$(VERSION))
PACKAGE_VERSION := $(or $(shell echo '$(VERSION)' | sed -n 's/^v\{0,1\}\([0-9][0-9]*\.[0-9].*\)/\1/p' | sed -E 's/-([0-9]+-g[0-9a-f]+(-dirty)?|dirty)$$/+\1/; s/^([^-+]*)-/\1~/; s/-/./g'),$(UNTAGGED))

DEBS := $(ARCHES:%=$(DIST)/zkprov_$(PACKAGE_VERSION)_%.deb)
RPMS := $(DIST)/zkprov-$(PACKAGE_VERSION).x86_64.rpm $(DIST)/zkprov-$(PACKAGE_VERSION).aarch64.rpm
PACKAGED := nfpm.yaml $(ARCHES:%=bin/zkprov-linux-%) dist/generated/changelog.gz $(NFPM) $(shell find packaging docs examples -type f) LICENSE

MACS := $(ARCHES:%=bin/zkprov-darwin-%)
RELEASED := $(ARCHES:%=bin/zkprov-linux-%) $(MACS)

.PHONY: packages release package-version

package-version: ## the version of the packages
	@echo '$(PACKAGE_VERSION)'

packages: $(DEBS) $(RPMS) ## dist/: deb and rpm for every architecture
	@rm -f $(filter-out $^,$(wildcard $(DIST)/*.deb $(DIST)/*.rpm))

$(DIST)/%_amd64.deb: $(PACKAGED)
	$(call nfpm,deb,amd64,arm64)
$(DIST)/%_arm64.deb: $(PACKAGED)
	$(call nfpm,deb,arm64,amd64)
$(DIST)/%.x86_64.rpm: $(PACKAGED)
	$(call nfpm,rpm,amd64,arm64)
$(DIST)/%.aarch64.rpm: $(PACKAGED)
	$(call nfpm,rpm,arm64,amd64)

$(NFPM): tools/nfpm/go.mod tools/nfpm/go.sum
	go build -modfile=tools/nfpm/go.mod -o $@ github.com/goreleaser/nfpm/v2/cmd/nfpm

# nfpm FORMAT,ARCH,OTHER_ARCH
define nfpm
	@mkdir -p $(@D)
	ARCH=$(2) OTHER_ARCH=$(3) VERSION='$(PACKAGE_VERSION)' $(NFPM) package --packager $(1) --target $@
endef

# Man pages and completions are made from the commands.
dist/generated/changelog.gz: $(SOURCES) bin/version packaging/packages.mk
	@mkdir -p $(@D)
	go run -tags manual -ldflags '-X main.version=$(VERSION)' ./cmd/zkprov $(@D)
	gzip -9n $(@D)/man/*.1
	printf 'zkprov (%s) unstable; urgency=medium\n\n  * Release %s.\n\n -- zkprov maintainers <zkprov@users.noreply.github.com>  %s\n' \
	  '$(PACKAGE_VERSION)' '$(VERSION)' "$$(LC_ALL=C date -u -R -d @$(SOURCE_DATE_EPOCH))" | gzip -9n > $@

release: packages $(RELEASED) ## dist/: packages, binaries, a bill of materials, checksums
	cp $(RELEASED) $(DIST)
	go run ./packaging/sbom '$(PACKAGE_VERSION)' $(RELEASED) > $(DIST)/zkprov-$(PACKAGE_VERSION).cdx.json
	cd $(DIST) && set -- $(notdir $(DEBS) $(RPMS) $(RELEASED)) zkprov-$(PACKAGE_VERSION).cdx.json && \
	  sha256sum "$$@" > SHA256SUMS && sha512sum "$$@" > SHA512SUMS
