import type { QueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { type Changed, EVERYTHING, Gather, isOld, oldAfter, StreamReader, waitAfter } from "./changes";
import { askedIn } from "./client";

/**
 * The changes of a property, as they are told: one stream for all windows of a browser, since it may have six connections to a server. Whoever holds
 * the lock reads it and passes on what it says; the others listen, and one of them takes over when that window is closed. While there is no stream,
 * screens ask again by themselves.
 */

/** How long a stream may be away before screens ask by themselves again, milliseconds: the server ends one now and then. */
const PATIENCE = 8_000;

let isOpen = false;
const listeners = new Set<() => void>();

function setOpen(next: boolean): void {
  if (next === isOpen) return;
  isOpen = next;
  for (const listener of listeners) listener();
}

/** Whether changes are told as they happen. */
export function useIsLive(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => isOpen,
  );
}

/** How often what may change under the eyes is asked again while nobody tells, milliseconds; and while changes are told, if at all. */
export const whileUntold =
  (every: number, told: number | false = false) =>
  (): number | false =>
    isOpen ? told : every;

/** What windows tell each other. */
type Told =
  | { is: "hello" }
  | { is: "open"; id: string | undefined }
  | { is: "closed" }
  | { is: "changes"; changes: Changed[]; id: string }
  | { is: "reload"; id: string };

interface Stream {
  close: () => void;
}

interface Heard {
  onEvent: (event: string, data: string, id: string) => void;
  /** Gone, and not coming back by itself. */
  onGone: () => void;
  /** Gone for a moment. */
  onPause: () => void;
}

const addressOf = (property: string, after: string | undefined) =>
  `/api/v1/properties/${encodeURIComponent(property)}/changes${after ? `?after=${encodeURIComponent(after)}` : ""}`;

/** The stream by the browser's own reader, which comes back by itself. */
function bySource(property: string, after: string | undefined, heard: Heard): Stream {
  const source = new EventSource(addressOf(property, after));
  for (const name of ["ready", "changes", "reload"])
    source.addEventListener(name, (event) => heard.onEvent(name, String(event.data), event.lastEventId));
  source.onerror = () => (source.readyState === EventSource.CLOSED ? heard.onGone() : heard.onPause());
  return { close: () => source.close() };
}

/** The same where a browser has no such reader. */
function byFetch(property: string, after: string | undefined, heard: Heard): Stream {
  const stop = new AbortController();
  const read = async () => {
    const answer = await fetch(addressOf(property, after), {
      headers: { accept: "text/event-stream", "accept-language": askedIn() },
      signal: stop.signal,
      cache: "no-store",
    });
    if (!answer.ok || !answer.body) throw new Error(String(answer.status));
    const reader = new StreamReader();
    const text = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await text.read(); !part.done; part = await text.read())
      for (const { event, data, id } of reader.push(part.value)) heard.onEvent(event, data, id);
  };
  // An end is one, however it came: the next stream goes on behind the last id.
  void read()
    .catch(() => undefined)
    .then(() => {
      if (!stop.signal.aborted) heard.onGone();
    });
  return { close: () => stop.abort() };
}

function changesIn(data: string): Changed[] {
  try {
    const { changes } = JSON.parse(data) as { changes?: Changed[] };
    return changes ?? [];
  } catch {
    // What can't be read may be about anything.
    return [{ kind: data }];
  }
}

/** Reads the stream of a property until it is stopped, and tells what it says. */
function lead(property: string, begin: string | undefined, tell: (told: Told) => void): () => void {
  let id = begin;
  let failures = 0;
  let isStopped = false;
  let stream: Stream | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let closing: ReturnType<typeof setTimeout> | undefined;
  const pause = () => {
    closing ??= setTimeout(() => tell({ is: "closed" }), PATIENCE);
  };
  const open = () => {
    if (isStopped) return;
    const heard: Heard = {
      onEvent: (event, data, last) => {
        failures = 0;
        clearTimeout(closing);
        closing = undefined;
        // Without a place to go on from, what is shown may be older than the stream.
        const isFirst = id === undefined;
        if (last !== "") id = last;
        if (event === "reload" || (event === "ready" && isFirst)) tell({ is: "reload", id: id ?? "" });
        else if (event === "changes") tell({ is: "changes", changes: changesIn(data), id: id ?? "" });
        tell({ is: "open", id });
      },
      onPause: pause,
      onGone: () => {
        stream?.close();
        pause();
        failures += 1;
        again = setTimeout(open, waitAfter(failures, Math.random()));
      },
    };
    stream = (typeof EventSource === "undefined" ? byFetch : bySource)(property, id, heard);
  };
  open();
  return () => {
    isStopped = true;
    stream?.close();
    clearTimeout(again);
    clearTimeout(closing);
  };
}

/** Follows the changes of a property, and asks anew for what is shown of it. Gives back what ends it. */
function follow(property: string, client: QueryClient): () => void {
  const gather = new Gather();
  const stop = new AbortController();
  const channel = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(`hefu-live-${property}`);
  let last: string | undefined;
  let isLeader = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = () => {
    timer = undefined;
    // Nobody looks: it is asked when somebody does.
    if (document.hidden) return;
    const old = gather.take(Date.now());
    if (old.size === 0) return;
    void client.invalidateQueries({ predicate: ({ queryKey }) => isOld(queryKey, property, old) });
  };
  const touch = (old: ReadonlySet<string>) => {
    const wait = gather.add(old, Date.now(), Math.random());
    if (wait !== undefined && timer === undefined) timer = setTimeout(ask, wait);
  };
  const hear = (told: Told) => {
    if (told.is === "open") setOpen(true);
    else if (told.is === "closed") {
      setOpen(false);
      // Whatever is shown begins to ask by itself again with its next answer.
      touch(new Set([EVERYTHING]));
    } else if (told.is === "changes") touch(oldAfter(told.changes));
    else if (told.is === "reload") touch(new Set([EVERYTHING]));
    if ("id" in told && told.id) last = told.id;
  };
  const tell = (told: Told) => {
    hear(told);
    channel?.postMessage(told);
  };
  if (channel)
    channel.onmessage = ({ data }: MessageEvent<Told>) => {
      if (data.is !== "hello") hear(data);
      else if (isLeader && isOpen) channel.postMessage({ is: "open", id: last } satisfies Told);
    };
  const onSight = () => {
    if (!document.hidden && timer === undefined) ask();
  };
  document.addEventListener("visibilitychange", onSight);
  const begin = () => {
    isLeader = true;
    const end = lead(property, last, tell);
    return new Promise<void>((resolve) => {
      const finish = () => {
        end();
        resolve();
      };
      if (stop.signal.aborted) finish();
      else stop.signal.addEventListener("abort", finish);
    });
  };
  channel?.postMessage({ is: "hello" } satisfies Told);
  // Locks are for pages of a safe origin; elsewhere each window reads for itself.
  if (channel && "locks" in navigator)
    navigator.locks.request(`hefu-live-${property}`, { signal: stop.signal }, begin).catch(() => undefined);
  else void begin();
  return () => {
    if (isLeader && isOpen) channel?.postMessage({ is: "closed" } satisfies Told);
    stop.abort();
    document.removeEventListener("visibilitychange", onSight);
    clearTimeout(timer);
    channel?.close();
    setOpen(false);
  };
}

/** Keeps what is shown of a property as it is, as long as the component is there. */
export function useLive(property: string, client: QueryClient, isWanted: boolean): void {
  useEffect(() => (isWanted ? follow(property, client) : undefined), [property, client, isWanted]);
}
