import { useSyncExternalStore } from "react";

/** Since when the server has not answered; `undefined` while it does. */
let since: number | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function tell(): void {
  for (const listener of listeners) listener();
}

async function probe(): Promise<void> {
  try {
    const answer = await fetch("/healthz", { cache: "no-store" });
    if (answer.ok) {
      connection.found();
      return;
    }
  } catch {
    // Still away.
  }
  if (since !== undefined) timer = setTimeout(probe, 2000);
}

/** Whether the server answers. */
export const connection = {
  /** A request did not reach the server. */
  lost(): void {
    if (since !== undefined) return;
    since = Date.now();
    timer = setTimeout(probe, 2000);
    tell();
  },
  /** The server answered. */
  found(): void {
    if (since === undefined) return;
    since = undefined;
    clearTimeout(timer);
    tell();
  },
  isLost: (): boolean => since !== undefined,
  /** Tells whenever the server is lost or found; answers how to stop. */
  listen: subscribe,
};

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Since when the server has been away, in milliseconds; `undefined` while it answers. */
export function useLostSince(): number | undefined {
  return useSyncExternalStore(subscribe, () => since);
}
