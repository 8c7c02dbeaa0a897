import type { Schema } from "../../api/client";

export type WakeUp = Schema<"WakeUpView">;

/** What can be said of a call next: what became of one that is to be made, or that one is to be made after all. */
export function nextStates(state: WakeUp["state"]): WakeUp["state"][] {
  return state === "open" ? ["answered", "missed", "cancelled"] : ["open"];
}

/** Whether the time of a call that is to be made is past, by the clock of the property: the minute of its date at which it is now. */
export function isPast(call: WakeUp, now: number): boolean {
  return call.state === "open" && call.minute < now;
}

/** The calls that are to be made, before those that nobody has to make any more; each in order of time. */
export function inTurn(calls: readonly WakeUp[]): WakeUp[] {
  return [...calls].sort(
    (a, b) =>
      Number(a.state !== "open") - Number(b.state !== "open") ||
      a.minute - b.minute ||
      (a.room ?? "").localeCompare(b.room ?? ""),
  );
}
