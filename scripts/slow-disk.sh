#!/usr/bin/env bash
# A disk that takes its time, for `make bench BENCH='write sqlite' DISK=slow`: prints a library to preload that makes every flush of a file
# take four milliseconds longer, as measured on ordinary server disks. Ours and the floor both meet it.
set -euo pipefail
cd "$(dirname "$0")/.."
library="${CARGO_TARGET_DIR:-target}/slow-disk.so"
if [ ! -e "$library" ]; then
    mkdir -p "$(dirname "$library")"
    cc -shared -fPIC -O2 -x c -o "$library" - -ldl <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static int slowly(const char *name, int file) {
    struct timespec pause = {0, 4000000};
    int (*flush)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    nanosleep(&pause, 0);
    return flush(file);
}

int fsync(int file) { return slowly("fsync", file); }
int fdatasync(int file) { return slowly("fdatasync", file); }
C
fi
realpath "$library"
