import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Preloaded into a server, it adds to the time of day the ms that stand in a file. */
const source = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long long offset_ms(void) {
  long long ms = 0;
  FILE *file = fopen(getenv("SLUICE_CLOCK_OFFSET"), "r");
  if (file) { if (fscanf(file, "%lld", &ms) != 1) ms = 0; fclose(file); }
  return ms;
}

int gettimeofday(struct timeval *now, void *zone) {
  static int (*real)(struct timeval *, void *);
  if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
  int result = real(now, zone);
  long long us = now->tv_sec * 1000000LL + now->tv_usec + offset_ms() * 1000;
  now->tv_sec = us / 1000000; now->tv_usec = us % 1000000;
  return result;
}

int clock_gettime(clockid_t which, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(which, now);
  if (which == CLOCK_REALTIME) now->tv_sec += offset_ms() / 1000;
  return result;
}
`

/** A clock that can be set, for a server that is started with its environment. */
export interface ClockShim {
  readonly env: Readonly<Record<string, string>>
  /** How far the server's clock is from the true one, in ms. */
  set(offsetMs: number): void
  remove(): void
}

/** Compiles the shim; `undefined` on a machine without a C compiler. */
export function clockShim(): ClockShim | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-clock-'))
  const [code, library, offset] = ['clock.c', 'clock.so', 'offset'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  mkdirSync(folder, { recursive: true })
  writeFileSync(code, source)
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, code, '-ldl'], { stdio: 'ignore' })
  } catch {
    rmSync(folder, { recursive: true, force: true })
    return undefined
  }
  const set = (offsetMs: number): void => {
    // Renamed into place, so that it is never read half written.
    writeFileSync(`${offset}.new`, `${offsetMs}`)
    renameSync(`${offset}.new`, offset)
  }
  set(0)
  return {
    env: { LD_PRELOAD: library, SLUICE_CLOCK_OFFSET: offset },
    set,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
