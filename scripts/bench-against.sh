#!/usr/bin/env bash
# Measures this checkout beside another commit: both builds in turns, so that a busy hour meets both, and the ratio of their
# medians for every figure. Takes the commit, how many turns, and what `make bench` takes.
#   scripts/bench-against.sh v0.1 3 record write
set -euo pipefail
cd "$(dirname "$0")/.."

if ! base="$(git rev-parse --quiet --verify "${1:-}^{commit}")"; then
  echo "no such commit: '${1:-}'; name one: make bench-against BASE=HEAD~1 BENCH='record write'" >&2
  exit 1
fi
turns="$2"
shift 2
target="$(readlink -m "${CARGO_TARGET_DIR:-target}")"
place="$target/bench-against"
tree="$place/$base"
services="$(scripts/services.sh)"
export $services
# Both look for the data folder beside their checkout.
export HEFU_SHARED="${HEFU_SHARED:-$(readlink -m ../shared)}"

mkdir -p "$place"
if [ ! -e "$tree/Cargo.toml" ]; then
  git worktree prune
  git worktree add --detach "$tree" "$base" >&2
fi
cargo build --release --locked -p hefu -p hefu-bench --bin hefu-bench
(cd "$tree" && CARGO_TARGET_DIR="$place/target" cargo build --release --locked -p hefu -p hefu-bench --bin hefu-bench)

figures="$place/figures"
: >"$figures"
for turn in $(seq "$turns"); do
  for build in base here; do
    if [ "$build" = base ]; then bench="$place/target/release/hefu-bench"; else bench="$target/release/hefu-bench"; fi
    echo "turn $turn of $turns, $build" >&2
    "$bench" "$@" | tee /dev/stderr | sed "s/^/$build\t/" >>"$figures"
  done
done

# A line of a figure: its name in 46 columns, the number, the unit.
awk -F'\t' '
  { name = substr($2, 1, 46); sub(/ +$/, "", name); split(substr($2, 47), word, " ")
    if (!(name in unit)) { order[++names] = name; unit[name] = word[2] }
    all[$1, name, ++count[$1, name]] = word[1] + 0 }
  function median(build, name,   n, i, j, sorted, swap) {
    n = count[build, name]
    for (i = 1; i <= n; i++) sorted[i] = all[build, name, i]
    for (i = 2; i <= n; i++) for (j = i; j > 1 && sorted[j] < sorted[j - 1]; j--) { swap = sorted[j]; sorted[j] = sorted[j - 1]; sorted[j - 1] = swap }
    return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
  }
  END {
    printf "%-46s %12s %12s %9s\n", "median of the turns", "here", "base", "here/base"
    for (i = 1; i <= names; i++) {
      name = order[i]
      if (!count["here", name] || !count["base", name]) { printf "%-46s only in one build\n", name; continue }
      here = median("here", name); base = median("base", name)
      # Of a time, less is better; every ratio reads "how good beside the base".
      ratio = unit[name] ~ /^(µs|ms|s)$/ ? base / here : here / base
      printf "%-46s %12.0f %12.0f %9.3f  %s\n", name, here, base, ratio, unit[name]
    }
  }' "$figures"
