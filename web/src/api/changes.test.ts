import { describe, expect, it } from "vitest";
import { EVERYTHING, Gather, isOld, oldAfter, StreamReader, waitAfter } from "./changes";

describe("what is old after a change", () => {
  it("is what shows it, of this property, and the visit that is meant", () => {
    const old = oldAfter([{ kind: "stay", visit: "5275730002", room: null }]);
    expect(isOld(["today", "SH01"], "SH01", old)).toBe(true);
    expect(isOld(["today", "HZ01"], "SH01", old)).toBe(false);
    expect(isOld(["visit", "5275730002", "SH01"], "SH01", old)).toBe(true);
    expect(isOld(["visit", "6405182297", "SH01"], "SH01", old)).toBe(false);
    expect(isOld(["visit", "BK-2026-778812", "SH01"], "SH01", old)).toBe(true);
    expect(isOld(["calendar", "SH01", "2026-11-28"], "SH01", old)).toBe(false);
    expect(isOld(["groups"], "SH01", oldAfter([{ kind: "group" }]))).toBe(true);
    expect(isOld(["wake-ups", "SH01", "2026-11-29"], "SH01", oldAfter([{ kind: "note" }]))).toBe(true);
    expect(isOld(["found", "SH01", false], "SH01", oldAfter([{ kind: "room" }]))).toBe(true);
  });
  it("is every visit where nobody may know which", () => {
    const old = oldAfter([{ kind: "bill", visit: null, room: null }]);
    expect(isOld(["visit", "6405182297", "SH01"], "SH01", old)).toBe(true);
  });
  it("is everything after a night audit, and after what is new to this page", () => {
    for (const kind of ["day", "something new"]) {
      const old = oldAfter([{ kind: "note", visit: "1" }, { kind }]);
      expect([...old]).toEqual([EVERYTHING]);
      expect(isOld(["calendar", "SH01"], "SH01", old)).toBe(true);
      expect(isOld(["guest", "0193"], "SH01", old)).toBe(false);
    }
  });
});

it("asks soon after the first change, and then every two seconds at most", () => {
  const gather = new Gather();
  expect(gather.add(new Set(["today"]), 10_000, 0.5)).toBe(250);
  expect(gather.add(new Set(["rooms"]), 10_100, 0.5)).toBeUndefined();
  expect([...gather.take(10_250)]).toEqual(["today", "rooms"]);
  expect(gather.add(new Set(), 10_300, 0)).toBeUndefined();
  expect(gather.add(new Set(["today"]), 10_300, 0)).toBe(1_950);
  gather.take(12_250);
  expect(gather.add(new Set(["today"]), 20_000, 0)).toBe(0);
});

it("waits longer after each failure, from two seconds to thirty", () => {
  expect(waitAfter(0, 1)).toBe(2_000);
  expect(waitAfter(1, 1)).toBe(4_000);
  expect(waitAfter(9, 1)).toBe(30_000);
  expect(waitAfter(9, 0)).toBe(2_000);
});

it("reads a stream however it is cut", () => {
  const stream =
    'retry: 2000\n\nevent: ready\nid: 4711\ndata: {"behind":false}\n\n: nobody\nid: 4740\n\nevent: changes\r\nid: 4741\r\ndata: {"changes":\ndata: []}\r\n\r\n';
  for (let size = 1; size <= stream.length; size += 1) {
    const reader = new StreamReader();
    const events = [];
    for (let at = 0; at < stream.length; at += size) events.push(...reader.push(stream.slice(at, at + size)));
    expect(events, `in pieces of ${size}`).toEqual([
      { event: "ready", data: '{"behind":false}', id: "4711" },
      { event: "changes", data: '{"changes":\n[]}', id: "4741" },
    ]);
    expect(reader.id).toBe("4741");
  }
});
