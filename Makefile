# Bare `make` explains itself: each target's line below is its help.
.DEFAULT_GOAL := help
SHELL := /bin/sh

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT  := $(shell git rev-parse HEAD 2>/dev/null)
# The race detector needs a C compiler; CI always has one.
RACE    := $(shell command -v cc >/dev/null 2>&1 && [ "$$(go env CGO_ENABLED)" = 1 ] && echo -race)
# Folders of npm packages for tests, and what Prisma makes for one.
LEGACY  := internal/postgres/testdata/legacy_clients
CHECKS  := internal/testing/browser web/testdata/clients $(LEGACY)
CLIENT  := $(LEGACY)/node_modules/legacy-client/index.js
BENCH   := .
# What takes longest is begun first, so that nobody waits for it alone at the end.
LONGEST := ./web ./views ./internal/postgres
# Tests wait for PostgreSQL and browsers half of the time, so twice as many run as there are processors.
PARALLEL := $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))
# What personae licenses prints.
LICENSES := cmd/personae/licenses/all.gz
# What may break a rule: the files that mutate breaks, the tests that are to notice.
PURE    := $(filter-out %_test.go,$(wildcard internal/persona/*.go))
WRITES  := $(addprefix internal/postgres/,write.go idempotency.go access.go personas.go settings.go campaigns.go undo.go history.go load.go health.go)
EVERY   := 1
# With what transcripts are compared.
REV     := HEAD
LINT    := github.com/golangci/golangci-lint/v2@v2.15.0

# Tests that search for faults at random or by killing, and find the more the longer they run.
SEARCH  := AppliedOnce|AppliedOrWrittenAnew|OneOrder|AsInTheModel|SaboteursWithPlainSQL|PostgreSQLIsKilled|DoneExactlyOnce|KilledAnywhere|FailsOver|Cells
PROVE   ?= 1

# What make dev watches. Files that only tests read start nothing.
WATCH   := (\.go|\.templ|/migrations/.*\.sql|/static/files/.*\.(css|js|svg))$$

.PHONY: help release run postgresql dev serve-dev build first modules std htmx checks test prove screenshots authz guards spoken linters lint generate check bench mutate clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: postgresql build ## Build, start with a PostgreSQL of its own and demo data, and print where to sign in
	bin/personae serve --demo

# Said before a build that takes minutes. Settings may name a PostgreSQL elsewhere.
postgresql:
	@[ -n "$$PERSONAE_DATABASE_URL$$PERSONAE_DATABASE_URL_FILE$$DATABASE_URL" ] || grep -qs '^ *url *=' personae.ini \
		|| command -v initdb >/dev/null || ls /usr/lib/postgresql*/*/initdb /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb \
		/usr/libexec/postgresql*/initdb /usr/local/pgsql/bin/initdb /opt/homebrew/opt/postgresql@*/bin/initdb \
		/usr/local/opt/postgresql@*/bin/initdb /Applications/Postgres.app/Contents/Versions/*/bin/initdb 2>/dev/null | grep -q . \
		|| { echo "No PostgreSQL is installed here. Install 15 or newer (Debian: apt-get install postgresql), or set PERSONAE_DATABASE_URL."; exit 1; }

# templ's proxy adds a script of its own origin to each page, which our content policy allows. Ctrl-C kills the server,
# so a command that uses the same PostgreSQL comes last and stops it.
dev: htmx ## Serve demo data at http://127.0.0.1:7331; build and reload the page when a file changes
	@trap : INT TERM; PERSONAE_SERVER_ADDR=127.0.0.1:8080 PERSONAE_SERVER_BASE_URL=http://127.0.0.1:7331 \
		go tool templ generate -watch -watch-pattern '$(WATCH)' -ignore-pattern '_test\.go$$' -log-level warn \
		-open-browser=false -proxy http://127.0.0.1:8080 -cmd '$(MAKE) -s serve-dev'; \
	bin/personae migrate status >/dev/null

serve-dev:
	@echo "building"; go build -ldflags '-s -w' -o bin/personae ./cmd/personae && exec bin/personae serve --demo

# Without what only debuggers read; the stack of a panic keeps its names and lines. Compilers
# that seldom collect garbage spare a tenth of the time.
build: first htmx $(LICENSES) ## Build bin/personae
	GOGC=$${GOGC:-400} go build -ldflags '-s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)' -o bin/personae ./cmd/personae

# A first build has most of the standard library compiled while it waits for modules and htmx.
first:
	@[ -e bin/personae ] || $(MAKE) -s -j3 htmx modules std

modules:
	@go list -deps ./cmd/personae >/dev/null

std:
	@GOGC=$${GOGC:-400} go build net/http/pprof database/sql html/template encoding/xml

# htmx only spares page loads. Without Node, pages are plain forms and have no script.
htmx: static/files/htmx.js

static/files/htmx.js: static/package-lock.json
	@if command -v npm >/dev/null 2>&1 && (cd static && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) \
		&& cp static/node_modules/htmx.org/dist/htmx.min.js $@; \
	then echo "htmx is built in"; \
	else rm -f $@; echo "npm is not here or failed: building without htmx, as plain forms"; fi

$(LICENSES): go.mod static/package-lock.json $(wildcard static/files/htmx.js)
	go run ./tools/licenses $@

checks: $(CHECKS:=/node_modules/.package-lock.json) $(CLIENT) ## Fetch what tests look at pages, read views and make clients with (never part of the program)
	@go -C web/testdata/goclient mod download || echo "The modules of a client in Go are not there: its test is left out."

%/node_modules/.package-lock.json: %/package-lock.json
	@if command -v npm >/dev/null 2>&1 && (cd $* && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null) && touch $@; \
	then :; else echo "npm is not here or failed: the checks with packages of $* are left out. Install Node (Debian: apt-get install npm) and run make checks."; fi

# Prisma would fetch an engine to look at a database with; generating needs none.
$(CLIENT): $(LEGACY)/schema.prisma $(LEGACY)/node_modules/.package-lock.json
	@cd $(LEGACY) && [ ! -d node_modules/prisma ] || CHECKPOINT_DISABLE=1 PRISMA_SCHEMA_ENGINE_BINARY=/bin/true PRISMA_HIDE_UPDATE_MESSAGE=1 \
		npx --no-install prisma generate --no-hints >/dev/null 2>&1 || echo "Prisma made no client: the test of an older program with it is left out."

test: htmx checks ## Run every test, on a real PostgreSQL that it starts itself
	@command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || command -v google-chrome >/dev/null \
		|| echo "No Chromium: the tests in a real browser are left out. Install it (Debian: apt-get install chromium-headless-shell fonts-dejavu-core)."
	@[ -n "$(RACE)" ] || echo "No C compiler: the race detector is left out. Install one (Debian: apt-get install gcc libc6-dev)."
	go test $(RACE) -ldflags='-s -w' -parallel $(PARALLEL) -timeout 30m $(TESTFLAGS) $(LONGEST) ./...

prove: ## Search for faults for hours: a million operations, hundreds of kills, fuzzing (PROVE=0.1: a tenth of it)
	PROVE=$(PROVE) go test -count=1 -v -timeout 0 -run '$(SEARCH)' ./internal/postgres ./internal/workspacefile ./cmd/personae ./web
	@for p in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n 1 dirname | sort -u); do \
		for f in $$(grep -ho '^func Fuzz[A-Za-z]*' $$p/*_test.go | cut -d' ' -f2); do \
			go test -count=1 -run '^$$' -fuzz "^$$f\$$" -fuzztime $$(awk 'BEGIN { printf "%d", 10000000 * $(PROVE) }')x $$p || exit 1; \
		done; \
	done

screenshots: checks ## Put a picture of every page, in light and dark, into bin/screenshots
	@mkdir -p bin/screenshots
	go test -count=1 -timeout 30m -run TestEveryPageIsForEveryone ./views -screenshots $(CURDIR)/bin/screenshots

authz: ## Print who may use which route, as the router answers (UPDATE=1 writes it down anew)
	@mkdir -p web/testdata
	go test -count=1 -timeout 30m -run TestEveryRouteIsOpenToWhoItSays ./web $(if $(UPDATE),-update) && cat web/testdata/authz.txt

guards: ## Compare the guards written down with what the migrations make (UPDATE=1 writes them down anew)
	go test -count=1 -run TestTheGuardsWrittenDown ./internal/postgres $(if $(UPDATE),-update)

spoken: ## Print what a screen reader says of each task beside what it said at a commit (REV=main~20)
	@git diff --name-only $(REV) -- '*.spoken.txt' | while read -r file; do printf '\n== %s\n' "$$file"; \
		git show "$(REV):$$file" 2>/dev/null | diff --expand-tabs --side-by-side --width 180 - "$$file"; done; true

linters: bin/golangci-lint

bin/golangci-lint: Makefile .golangci.yml tools/linters/build.sh
	tools/linters/build.sh $(LINT)

# It reads what the compiler made of the packages, so it takes what make test made.
lint: linters ## Report what go vet and other linters find
	GOFLAGS="$$GOFLAGS $(RACE)" bin/golangci-lint run

generate: ## Make the generated files anew
	go run ./tools/templates views

check: ## Do what CI does
	.ci/run

bench: ## Measure pages, writes, drafts, the import and the program, and write the tables of docs/performance.md (BENCH=Requests: print some)
	@mkdir -p bin; go test -timeout 30m -run '^$$' -bench '$(BENCH)' -benchtime 3s \
		$$(grep -rl '^func Benchmark' --include='*_test.go' . | xargs -n 1 dirname | sort -u) | tee bin/bench.txt
	@! grep -E '^(---|FAIL)' bin/bench.txt
	@[ '$(BENCH)' != . ] || go run ./tools/performance docs/performance.md <bin/bench.txt

mutate: ## Break the write paths in one place at a time and print what no test notices, which takes hours (EVERY=20: every 20th place)
	go run ./tools/mutate -every $(EVERY) ./internal/persona $(PURE)
	go run ./tools/mutate -every $(EVERY) ./internal/postgres,./web $(WRITES)

release: htmx $(LICENSES) ## Build what is given to others into bin/release: programs, Debian packages, SBOM, checksums
	rm -rf bin/release
	$(MAKE) -f tools/release/release.mk LICENSES=$(LICENSES)

clean: ## Remove what the build made (never the data folder)
	rm -rf bin $(LICENSES) $(CHECKS:=/node_modules) static/node_modules static/files/htmx.js
