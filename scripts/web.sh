#!/usr/bin/env bash
# The staff app in web/: builds it, or checks it in a real browser against a real server.
#   scripts/web.sh build   installs the pinned packages and builds web/dist, which the binary then carries
#   scripts/web.sh check   also checks types, texts, licences and logic
#   scripts/web.sh test    also walks through the app in Chromium, in both languages
#   scripts/web.sh browse  walks through it only, with the binary that is there; arguments are Playwright's: browse -g 'screen folio:'
#   scripts/web.sh shots   screenshots of every screen, in both languages and themes, on desktop and phone, in web/shots
#   scripts/web.sh figures prints how fast the app is: script of the first route, the tape chart, answers to keys and clicks, a check-in's interactions
# HEFU_BIN names a binary to try; otherwise one is built, for `figures` a release, and `browse` takes the debug build.
set -euo pipefail

root="$(dirname "$(dirname "$(readlink -f "$0")")")"
cd "$root/web"

say() { printf '%s\n' "$*" >&2; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

if ! command -v npm >/dev/null || ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(+(a < 20 || (a === 20 && b < 19)))'; then
  say "missing: Node.js 20.19 or newer with npm; the staff app is built with it"
  exit 1
fi

install() {
  # Two checks may begin at the same time; only one installs.
  exec 9>.install.lock
  flock 9
  local lock
  lock="$(sha256sum package-lock.json)"
  if [ "$(cat node_modules/.installed 2>/dev/null)" != "$lock" ]; then
    say "installing the packages of web"
    npm ci --no-audit --no-fund --ignore-scripts --silent >&2
    printf '%s\n' "$lock" >node_modules/.installed
  fi
}

# Chromium, and a font with Chinese characters: without it the pictures show boxes.
browser() {
  if [ ! -x "${HEFU_CHROMIUM:-/usr/bin/chromium}" ] || ! fc-list :lang=zh-cn 2>/dev/null | grep -q .; then
    if ! command -v apt-get >/dev/null; then
      say "missing: Chromium (name it in HEFU_CHROMIUM) and a font with Chinese characters"
      exit 1
    fi
    say "installing Chromium and a font with Chinese characters"
    as_root apt-get update -qq >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig >&2
  fi
}

# Nothing is built twice: files that are written anew make the binary be built anew, though they are the same.
built() {
  local digest
  digest="$(find src index.html vite.config.ts tsconfig.json package-lock.json -type f -print0 2>/dev/null | sort -z | xargs -0 sha256sum | sha256sum)"
  if [ ! -e dist/index.html ] || [ "$(cat node_modules/.built 2>/dev/null)" != "$digest" ]; then
    npm run --silent build
    printf '%s\n' "$digest" >node_modules/.built
  fi
}

check() {
  npm run --silent api >&2
  npm run --silent types
  npm run --silent lint
  npm run --silent unit
  built
}

binary() {
  if [ -z "${HEFU_BIN:-}" ]; then
    if [ "${1:-}" = release ]; then
      (cd "$root" && cargo build --release --locked -p hefu --bin hefu >&2)
    else
      (cd "$root" && cargo build --locked --workspace --bin hefu >&2)
    fi
    HEFU_BIN="$(readlink -m "${CARGO_TARGET_DIR:-$root/target}")/${1:-debug}/hefu"
  fi
  export HEFU_BIN
}

# What the tests in Rust have built is not built again, with the features of a plain build.
there() {
  if [ -z "${HEFU_BIN:-}" ]; then
    HEFU_BIN="$(cd "$root" && readlink -m "${CARGO_TARGET_DIR:-target}")/debug/hefu"
  fi
  if [ ! -x "$HEFU_BIN" ]; then
    say "missing: $HEFU_BIN; build it, or name another one in HEFU_BIN"
    exit 1
  fi
  export HEFU_BIN
}

case "${1:-build}" in
  build)
    install
    built
    ;;
  check)
    install
    check
    ;;
  test)
    install
    check
    browser
    binary
    npm run --silent browser
    ;;
  browse)
    install
    browser
    there
    npm run --silent browser -- "${@:2}"
    ;;
  shots)
    install
    built
    browser
    binary
    npm run --silent shots
    ;;
  figures)
    install
    # A build says the size of its script; one that is there already is asked again.
    built
    node scripts/finish.mjs --say
    browser
    binary release
    # One at a time, so that nothing else is measured.
    HEFU_WEB_INTERACTIONS="$(mktemp)"
    export HEFU_WEB_INTERACTIONS
    trap 'rm -f "$HEFU_WEB_INTERACTIONS"' EXIT
    HEFU_WEB_WORKERS=1 npm run --silent figures
    ;;
  *)
    say "unknown: $1; use build, check, test, browse, shots or figures"
    exit 1
    ;;
esac
