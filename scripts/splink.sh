#!/usr/bin/env bash
# Splink for `make bench BENCH=identity`, in a virtual environment of its own: prints the Python to run it with.
set -euo pipefail
cd "$(dirname "$0")/.."
venv="${HEFU_SPLINK_VENV:-target/splink}"
if ! "$venv/bin/python" -c 'import splink' 2>/dev/null; then
    python3 -m venv "$venv" >&2
    "$venv/bin/pip" install --quiet -r crates/bench/splink/requirements.txt >&2
fi
echo "$venv/bin/python"
