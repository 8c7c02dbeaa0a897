#!/usr/bin/env bash
# Answers as a vendor's specification (OpenAPI) says, by Prism; installs its pinned packages first when they are not there. Prints its address and serves until it is ended.
set -euo pipefail

specification="$(readlink -f "$1")"
cd "$(dirname "$(readlink -f "$0")")"

if ! command -v npm >/dev/null || ! node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))'; then
  echo "missing: Node.js 20 or newer with npm; tests/vendor-specs needs it" >&2
  exit 1
fi

# Several tests may begin at the same time; only one installs.
exec 9>.install.lock
flock 9
lock="$(sha256sum package-lock.json)"
if [ "$(cat node_modules/.installed 2>/dev/null)" != "$lock" ]; then
  npm ci --no-audit --no-fund --ignore-scripts --silent >&2
  printf '%s\n' "$lock" >node_modules/.installed
fi
exec 9>&-
# Without --errors: with it, answers are refused as well when the vendor's own example isn't as the vendor's schema says. Requests are held to the schema either way.
exec node node_modules/@stoplight/prism-cli/dist/index.js mock --host 127.0.0.1 --port 0 "$specification"
