# What make release does. Each file is made from the sources alone, so that building twice gives the same bytes.
DIST      := bin/release
PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
VERSION   := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT    := $(shell git rev-parse HEAD 2>/dev/null)
SECONDS   := $(shell git log -1 --format=%ct)
# Debian wants a version that begins with a digit.
DEBIAN    := $(shell echo '$(VERSION)' | sed 's/^v//; /^[0-9]*\./! s/^/0~/')
HERE      := $(DIST)/personae-$(shell go env GOHOSTOS)-$(shell go env GOHOSTARCH)
NFPM      := github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.48.0
CYCLONEDX := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0

all: $(DIST)/SHA256SUMS

$(DIST)/binaries: $(LICENSES)
	@mkdir -p $(DIST)
	@for p in $(PLATFORMS); do \
		os=$${p%/*} arch=$${p#*/}; ext=; [ $$os != windows ] || ext=.exe; \
		echo $$p; CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch go build -trimpath -buildvcs=false \
			-ldflags '-s -w -buildid= -X main.version=$(VERSION) -X main.commit=$(COMMIT)' \
			-o $(DIST)/personae-$$os-$$arch$$ext ./cmd/personae || exit 1; \
	done; touch $@

$(DIST)/share: $(DIST)/binaries
	@mkdir -p $@
	$(HERE) config --example | sed 's|^#data_dir = .*|data_dir = /var/lib/personae|' > $@/personae.ini
	$(HERE) man | gzip -9n > $@/personae.1.gz
	for s in bash zsh fish; do $(HERE) completion $$s > $@/personae.$$s; done
	$(HERE) licenses > $@/copyright

$(DIST)/debs: $(DIST)/share
	@rm -f $(DIST)/*.deb
	for a in amd64 arm64; do ARCH=$$a VERSION='$(DEBIAN)' SOURCE_DATE_EPOCH=$(SECONDS) go run $(NFPM) package -p deb \
		-f tools/release/nfpm.yaml -t $(DIST) || exit 1; done
	@touch $@

$(DIST)/sbom.json: $(DIST)/binaries
	CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go run $(CYCLONEDX) app -json -licenses -noserial -main cmd/personae -output $@ .

$(DIST)/SHA256SUMS: $(DIST)/debs $(DIST)/sbom.json
	cd $(DIST) && sha256sum personae-* *.deb sbom.json > SHA256SUMS && cat SHA256SUMS
