# The commands a newcomer needs. `make` alone lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run web web-check web-test shots test test-long lint deny bench bench-against package openapi openapi-check

help: ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{ printf "  make %-14s %s\n", $$1, $$2 }'

run: web ## Build and start Hefu on http://127.0.0.1:8080 with a demonstration chain in ./data; needs Node.js 20
	cargo run --release --locked --bin hefu -- serve --demo

web: ## Build the staff app, which the binary carries
	scripts/web.sh build

web-check:
	scripts/web.sh check

web-test: ## Check the staff app in Chromium against a server, in both languages; installs Chromium if it isn't there
	scripts/web.sh test

shots: ## Screenshots of every screen of the staff app in web/shots
	scripts/web.sh shots

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

openapi-check: ## Validate openapi.json and type-check a TypeScript client made from it; needs Node.js 20
	scripts/openapi-check.sh

deny: ## Check licences and sources of dependencies, and what is known against them where that can be reached
	scripts/deny.sh

# The compiler that lints builds what the tests run: `cargo clippy` before them would go through every crate a second time, dependencies included.
test: web-check deny openapi-check ## Check everything, on both engines and the staff app in a browser; installs or starts PostgreSQL, Redis and Chromium if they aren't there
	cargo fmt --all --check
	set -euo pipefail; services="$$(HEFU_SERVICES=test scripts/services.sh)"; export $$services; failed=; \
	export RUSTC_WORKSPACE_WRAPPER="$$(rustc --print sysroot)/bin/clippy-driver" CLIPPY_ARGS=-Dwarnings__CLIPPY_HACKERY__; \
	cargo build --workspace --all-targets --locked; \
	if cargo nextest --version >/dev/null 2>&1; \
	then cargo nextest run --workspace --locked --no-fail-fast || failed=rust; \
	else cargo test --workspace --locked --no-fail-fast || failed=rust; fi; \
	scripts/web.sh browse || failed="$$failed browser"; \
	if [ -n "$$failed" ]; then echo "failed:" $$failed >&2; exit 1; fi

test-long: ## Kill the server a hundred times, send it invented requests for ten minutes, back it up twelve times while it writes, and play 200,000 steps of random hotels, on each engine
	set -euo pipefail; services="$$(scripts/services.sh)"; export $$services; \
	export HEFU_CRASH_ROUNDS="$${HEFU_CRASH_ROUNDS:-100}" HEFU_HOSTILE_SECONDS="$${HEFU_HOSTILE_SECONDS:-600}" HEFU_BACKUP_ROUNDS="$${HEFU_BACKUP_ROUNDS:-12}"; \
	cargo test --locked -p hefu --no-fail-fast --test crash --test hostile --test backup -- --nocapture; \
	HEFU_HOTEL_STEPS="$${HEFU_HOTEL_STEPS:-200000}" cargo test --locked -p hefu-http --test api -- --nocapture hotels::

bench: ## Measure against baselines in the same run; BENCH=web measures the staff app in Chromium; see docs/performance.md
	set -euo pipefail; if [ "$(strip $(BENCH))" = web ]; then exec scripts/web.sh figures; fi; \
	services="$$(scripts/services.sh)"; export $$services; \
	cargo build --release --locked -p hefu -p hefu-bench --bin hefu-bench; \
	case " $(BENCH) " in *" overload "*) HEFU_BENCH_OHA="$$(scripts/oha.sh)"; export HEFU_BENCH_OHA HEFU_BENCH_MINUTES="$(or $(MINUTES),1)";; esac; \
	if [ "$(DISK)" = slow ]; then export LD_PRELOAD="$$(scripts/slow-disk.sh)"; fi; \
	"$${CARGO_TARGET_DIR:-target}/release/hefu-bench" $(BENCH)

bench-against: ## Measure this checkout beside the commit BASE, both builds alternating: make bench-against BASE=HEAD~1 BENCH='record write'
	scripts/bench-against.sh "$(BASE)" "$(or $(TURNS),3)" $(BENCH)

package: ## Build the release binary into target/package, with separate symbols; fails if it is too big
	scripts/package.sh

openapi: ## Regenerate openapi.json from the code
	HEFU_UPDATE_SNAPSHOTS=1 cargo test --locked -p hefu-http --test api openapi::the_committed_description_is_the_codes
