import { expect, it } from "vitest";
import { inTurn, isPast, nextStates, type WakeUp } from "./calls";

const call = (id: string, minute: number, state: WakeUp["state"], room: string | null = null): WakeUp => ({
  id,
  minute,
  state,
  room,
  number: "527-573-0002",
  line: 1,
  version: 1,
});

it("puts what is to be done first, in order of time and of rooms", () => {
  const calls = [
    call("a", 360, "answered"),
    call("b", 480, "open", "0305"),
    call("c", 420, "open", "0302"),
    call("d", 420, "open", "0301"),
    call("e", 300, "missed"),
  ];
  expect(inTurn(calls).map((one) => one.id)).toEqual(["d", "c", "b", "e", "a"]);
});

it("warns of a call whose time is past only while nobody made it", () => {
  expect(isPast(call("a", 420, "open"), 421)).toBe(true);
  expect(isPast(call("a", 420, "open"), 420)).toBe(false);
  expect(isPast(call("a", 420, "missed"), 500)).toBe(false);
});

it("offers what can become of a call, and to open one again", () => {
  expect(nextStates("open")).toEqual(["answered", "missed", "cancelled"]);
  for (const state of ["answered", "missed", "cancelled"] as const) expect(nextStates(state)).toEqual(["open"]);
});
