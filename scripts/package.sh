#!/usr/bin/env bash
# Builds the binary to be released: target/package/hefu without symbols, hefu.debug with them (gdb and addr2line find it beside the binary).
# Fails if the binary is bigger than it may be, and says what in it is big.
set -euo pipefail
cd "$(dirname "$0")/.."

most=$((80 * 1000 * 1000))
target="${CARGO_TARGET_DIR:-target}"
scripts/web.sh build
cargo build --release --locked --bin hefu
mkdir -p "$target/package"
built="$target/release/hefu" packed="$target/package/hefu"
objcopy --only-keep-debug "$built" "$packed.debug"
objcopy --strip-all "$built" "$packed.new"
(cd "$target/package" && objcopy --add-gnu-debuglink=hefu.debug hefu.new)
mv "$packed.new" "$packed"
if [ -e "$built.dwp" ]; then cp "$built.dwp" "$packed.dwp"; fi
"$packed" --version

size=$(stat -c %s "$packed")
printf '%s: %d.%d MB of %d MB\n' "$packed" $((size / 1000000)) $((size / 100000 % 10)) $((most / 1000000))
if [ "$size" -gt "$most" ]; then
  size -A "$packed" | sort -rnk2 | head -n 8 >&2
  echo "$packed is too big" >&2
  exit 1
fi
