#!/usr/bin/env bash
# Validates a description of the API (openapi.json unless another is given) and type-checks the example client in
# clients/typescript against it. Installs the pinned packages first when they are not there.
set -euo pipefail

root="$(dirname "$(dirname "$(readlink -f "$0")")")"
file="$(readlink -f "${1:-$root/openapi.json}")"
cd "$root/clients/typescript"

if ! command -v npm >/dev/null || ! node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))'; then
  echo "missing: Node.js 20 or newer with npm; scripts/openapi-check.sh needs it" >&2
  exit 1
fi

# Two checks may begin at the same time; only one installs.
exec 9>.install.lock
flock 9
lock="$(sha256sum package-lock.json)"
if [ "$(cat node_modules/.installed 2>/dev/null)" != "$lock" ]; then
  echo "installing the packages of clients/typescript" >&2
  npm ci --no-audit --no-fund --ignore-scripts --silent >&2
  printf '%s\n' "$lock" >node_modules/.installed
fi

# The lock is held to the end: a check writes its types beside the client.
node check.mjs "$file"
# The checker itself is checked with copies of the description that are broken on purpose.
if [ $# -eq 0 ]; then
  node --test --test-reporter=dot check.test.mjs
fi
