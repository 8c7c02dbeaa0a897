#!/usr/bin/env bash
# Installs the load generator of `make bench BENCH=overload` beside what is built, and prints its path. Safe to run again.
set -euo pipefail

version=1.16.0
root="${CARGO_TARGET_DIR:-target}/tools"
if ! "$root/bin/oha" --version 2>/dev/null | grep -q " $version\$"; then
  cargo install oha --version "$version" --locked --root "$root" --target-dir "$root/build" >&2
  rm -rf "$root/build"
fi
printf '%s\n' "$root/bin/oha"
