import { expect, it } from "vitest";
import { hoursOf, nextHalf, readClock, wholeHours } from "./hours";

it("reads a time as people type it, and nothing that is none", () => {
  for (const [text, minute] of [
    ["14:00", 840],
    ["1430", 870],
    ["930", 570],
    [" 9.30 ", 570],
    ["14：05", 845],
    ["14", 840],
    ["0", 0],
    ["23:59", 1439],
  ] as const)
    expect(readClock(text), text).toBe(minute);
  for (const text of ["", "24:00", "14:60", "14:0", "14:00:00", "2pm", "-1", "99"])
    expect(readClock(text), text).toBeUndefined();
});

it("knows hours only where both ends are known and the guest has not left", () => {
  expect(hoursOf({ from_minute: 840, until_minute: 1080 })).toEqual({ from: 840, until: 1080 });
  expect(hoursOf({ from_minute: 0, until_minute: 240 })).toEqual({ from: 0, until: 240 });
  expect(hoursOf({ from_minute: 970, until_minute: 970 })).toBeUndefined();
  expect(hoursOf({ from_minute: null, until_minute: null })).toBeUndefined();
  expect(hoursOf({})).toBeUndefined();
});

it("asks for whole hours, up", () => {
  expect(wholeHours({ from: 840, until: 1080 })).toBe(4);
  expect(wholeHours({ from: 845, until: 1080 })).toBe(4);
  expect(wholeHours({ from: 1079, until: 1080 })).toBe(1);
  expect(wholeHours({ from: 0, until: 4 * 1440 })).toBe(23);
});

it("proposes the next half hour", () => {
  expect(nextHalf(840)).toBe(870);
  expect(nextHalf(869)).toBe(870);
  expect(nextHalf(1798)).toBe(1799);
});
