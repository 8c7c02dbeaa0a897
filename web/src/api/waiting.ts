import { useSyncExternalStore } from "react";
import { readStored, store } from "../lib/stored";
import { api, data, LostError, type Schema } from "./client";
import { connection } from "./connection";

/**
 * What housekeeping did while the server was away: kept in this browser, in order, and sent when it is back. Each is carried out once, by the key it was made
 * with. Rooms and steps only: nothing of a guest, and no money.
 */

export interface Waiting {
  property: string;
  room: string;
  key: string;
  state?: Schema<"RoomState"> | undefined;
  step?: Schema<"TaskStep"> | undefined;
}

const STORED = "hefu.rooms-waiting";
/** More than a shift's work is no interruption. */
const MOST = 500;

/** What waits, as it was stored; what is no such thing is left out. */
export function readWaiting(text: string | undefined): Waiting[] {
  try {
    const all: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(all)
      ? all.filter(
          (one: Partial<Waiting>): one is Waiting =>
            typeof one.property === "string" &&
            typeof one.room === "string" &&
            typeof one.key === "string" &&
            (typeof one.state === "string" || typeof one.step === "string"),
        )
      : [];
  } catch {
    return [];
  }
}

/**
 * Sends what waits, one after the other. It stops where the server is away again; what the server refuses is not tried anew, and is told. Answers what still
 * waits.
 */
export async function sendAll(
  all: readonly Waiting[],
  send: (one: Waiting) => Promise<unknown>,
  isLost: (error: unknown) => boolean,
): Promise<{ left: Waiting[]; sent: number; refused: { one: Waiting; error: unknown }[] }> {
  const refused: { one: Waiting; error: unknown }[] = [];
  for (const [at, one] of all.entries()) {
    try {
      await send(one);
    } catch (error) {
      if (isLost(error)) return { left: all.slice(at), sent: at - refused.length, refused };
      refused.push({ one, error });
    }
  }
  return { left: [], sent: all.length - refused.length, refused };
}

let all: readonly Waiting[] = readWaiting(readStored(STORED));
const listeners = new Set<() => void>();
function put(next: readonly Waiting[]): void {
  all = next;
  store(STORED, JSON.stringify(next));
  for (const listener of listeners) listener();
}

/** Keeps something until the server is back. */
export function wait(one: Waiting): void {
  put([...all, one].slice(-MOST));
}

/** What waits for the server. */
export function useWaiting(): readonly Waiting[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => all,
  );
}

const send = ({ property, room, key, state, step }: Waiting): Promise<unknown> => {
  const params = { path: { property, number: room }, header: { "Idempotency-Key": key } };
  return state !== undefined
    ? data(api.POST("/api/v1/properties/{property}/rooms/{number}/state", { params, body: { state } }))
    : step !== undefined
      ? data(api.POST("/api/v1/properties/{property}/rooms/{number}/task/step", { params, body: { step } }))
      : Promise.resolve();
};

let isSending = false;
/** Sends what waits, now and whenever the server is back; says what came of it. Answers how to stop. */
export function keepSending(
  told: (sent: number, refused: readonly { one: Waiting; error: unknown }[]) => void,
): () => void {
  const run = async () => {
    if (isSending || all.length === 0 || connection.isLost()) return;
    isSending = true;
    try {
      const before = all;
      const { left, sent, refused } = await sendAll(before, send, (error) => error instanceof LostError);
      // What was added meanwhile waits behind what is left.
      put([...left, ...all.slice(before.length)]);
      if (sent > 0 || refused.length > 0) told(sent, refused);
    } finally {
      isSending = false;
    }
  };
  void run();
  return connection.listen(() => void run());
}
