#!/usr/bin/env bash
# Prints where schemathesis is, which invents requests from an OpenAPI description and judges the answers.
# Installs it first when it is not there: into the directory given, in the versions pinned beside this script.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

pinned="$(dirname "$(readlink -f "$0")")/schemathesis.txt"
# A directory for each set of versions: another one is never found by accident.
place="${1:?where to install}/schemathesis-$(sha256sum "$pinned" | cut -c1-12)"

install() {
  if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    if ! command -v apt-get >/dev/null; then
      say "missing: Python with venv. Install it with your system's package manager, then run this again."
      exit 1
    fi
    say "installing python3-venv"
    as_root apt-get update -qq >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 python3-venv >&2
  fi
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { say "Python 3.10 or newer is needed"; exit 1; }
  say "installing schemathesis"
  rm -rf "$place" "$place.new"
  python3 -m venv "$place.new"
  "$place.new/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$pinned" >&2
  # It gets its name when it is complete. Its scripts name the directory they were made in, so it is run as a module.
  mv "$place.new" "$place"
}

mkdir -p "$(dirname "$place")"
# Two tests may ask at the same time.
exec 9>"$place.lock"
flock 9
[ -x "$place/bin/python" ] || install
printf '%s\n' "$place/bin/python"
