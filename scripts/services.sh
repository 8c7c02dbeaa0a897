#!/usr/bin/env bash
# Starts what the tests need and is not there: PostgreSQL and Redis; installs them, and restic, on Debian and Ubuntu
# when they are missing. Safe to run again. Prints the settings to use as NAME=VALUE lines.
# With HEFU_POSTGRES_OPTIONS (as `-c shared_buffers=4GB`) it starts a PostgreSQL of its own with them, beside any other. With HEFU_SERVICES=test and no server named, it
# starts one that is for tests only: quick, and not to be relied on when the machine fails.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

install() { # packages…
  if ! have apt-get; then
    say "missing: $*. Install them with your system's package manager, then run this again."
    exit 1
  fi
  say "installing $*"
  as_root apt-get update -qq >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

postgres_url="${HEFU_TEST_POSTGRES:-postgres://postgres@127.0.0.1:5432/postgres}"
answers() { psql "$postgres_url" -Atqc 'SELECT 1' >/dev/null 2>&1; }

# A server of our own, beside any other: no password, loopback only, in a directory of its own. Takes the port and settings.
own_postgres() {
  local bin dir port="$1" options="${2:-}"
  bin="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)"
  bin="${bin:-$(dirname "$(command -v initdb)")}"
  dir="${TMPDIR:-/tmp}/hefu-test-postgres-$(id -u)-$port"
  run() { if [ "$(id -u)" = 0 ]; then su postgres -s /bin/sh -c "$1"; else sh -c "$1"; fi; }
  if [ ! -s "$dir/PG_VERSION" ]; then
    mkdir -p "$dir"
    if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; fi
    run "'$bin/initdb' -D '$dir' -U postgres --auth=trust -E UTF8 --locale=C.UTF-8" >/dev/null
  fi
  run "'$bin/pg_ctl' -D '$dir' -w -l '$dir/log' -o '-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$dir -c max_connections=300 $options' start" >/dev/null
  postgres_url="postgres://postgres@127.0.0.1:$port/postgres"
}

have psql && have pg_dump || install postgresql postgresql-client
if [ -n "${HEFU_POSTGRES_OPTIONS:-}" ]; then
  postgres_url="postgres://postgres@127.0.0.1:54330/postgres"
  answers || own_postgres 54330 "$HEFU_POSTGRES_OPTIONS"
elif [ "${HEFU_SERVICES:-}" = test ] && [ -z "${HEFU_TEST_POSTGRES:-}" ]; then
  # A thousand databases are made and dropped in it, each with a checkpoint. Nobody pulls its plug, and what it holds is thrown away.
  postgres_url="postgres://postgres@127.0.0.1:54331/postgres"
  answers || {
    have initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || install postgresql
    own_postgres 54331 "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=4GB -c checkpoint_timeout=1h -c shared_buffers=256MB"
  }
  answers || { say "PostgreSQL does not answer at $postgres_url"; exit 1; }
elif ! answers; then
  if [ -z "${HEFU_TEST_POSTGRES:-}" ]; then
    postgres_url="postgres://postgres@127.0.0.1:54329/postgres"
    answers || { have initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || install postgresql; own_postgres 54329; }
  fi
  answers || { say "PostgreSQL does not answer at $postgres_url"; exit 1; }
fi

if ! { have redis-cli && redis-cli -h 127.0.0.1 ping >/dev/null 2>&1; }; then
  have redis-server || install redis-server
  redis-server --daemonize yes --bind 127.0.0.1 --port 6379 --save '' --appendonly no --dir "${TMPDIR:-/tmp}" >/dev/null
fi

# Reads what `hefu backup` wrote.
have restic || install restic

# The embedded engine waits for the disk at each commit, milliseconds where the test has microseconds to do: tests write to memory where there is enough of it.
# What they kill is a process, and that loses nothing of either.
if [ "${HEFU_SERVICES:-}" = test ] && [ -z "${TMPDIR:-}" ] && [ -w /dev/shm ] && [ "$(df --output=avail -k /dev/shm | tail -n 1)" -gt 4000000 ]; then
  mkdir -p "/dev/shm/hefu-test-$(id -u)"
  printf 'TMPDIR=%s\n' "/dev/shm/hefu-test-$(id -u)"
fi
printf 'HEFU_TEST_POSTGRES=%s\n' "$postgres_url"
printf 'HEFU_TEST_REDIS=%s\n' 'redis://127.0.0.1:6379'
