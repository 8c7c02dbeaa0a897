import { describe, expect, it } from "vitest";
import { differencesOf, isSplit, linesOf, nightsPosted, type Posting, seamsOf, stageOf, type VisitView } from "./tally";

const posting = (over: Partial<Posting>): Posting => ({
  id: "p1",
  window: 1,
  stay_id: "s1",
  room_number: "0305",
  business_date: "2026-11-26",
  posted_at: "2026-11-26T18:00:00Z",
  code: "ROOM",
  kind: "revenue",
  amount: 52920,
  quantity: 1,
  origin: "here",
  split: false,
  ...over,
});

/** A visit as far as the tally reads it. */
function visit(
  over: { stay?: object | null; postings?: Posting[]; differences?: object[]; booked?: object; state?: string } = {},
): VisitView {
  return {
    differences: over.differences ?? [],
    booking: {
      reservation: { guest_id: "g1", state: over.state ?? "reserved" },
      rooms: [
        {
          line: 1,
          state: "reserved",
          arrival: "2026-11-26",
          departure: "2026-11-30",
          adults: 2,
          children: 0,
          room_type: "KNG",
          ...over.booked,
        },
      ],
    },
    stay:
      over.stay === null
        ? []
        : [
            {
              line: 1,
              state: "in_house",
              arrival: "2026-11-26",
              departure: "2026-11-30",
              adults: 2,
              children: 0,
              room_number: "0305",
              rooms: [{ room_number: "0302" }, { room_number: "0305" }],
              guests: [{ role: "primary", guest: { id: "g1" } }],
              ...over.stay,
            },
          ],
    consumption: { postings: over.postings ?? [], folios: [{ window: 1, guest_id: "g1" }] },
  } as unknown as VisitView;
}

const types = (room: string) => ({ "0302": "KNG", "0305": "KNG", "0401": "DBL" })[room];
const seams = (view: VisitView, fact: Parameters<typeof seamsOf>[1]) => seamsOf(view, fact, types, "2026-11-28");

describe("the seams", () => {
  it("are closed where the parts name the same guest, dates, room and people", () => {
    const view = visit({ postings: [posting({ night: "2026-11-26" }), posting({ id: "p2", night: "2026-11-27" })] });
    expect(seams(view, "guest")).toEqual(["closed", "closed"]);
    expect(seams(view, "dates")).toEqual(["closed", "closed"]);
    expect(seams(view, "room")).toEqual(["closed", "closed"]);
    expect(seams(view, "people")).toEqual(["closed", "empty"]);
  });
  it("are empty where there is nothing to compare, and for money always", () => {
    expect(seams(visit({ stay: null }), "dates")).toEqual(["empty", "empty"]);
    expect(seams(visit(), "room")).toEqual(["closed", "empty"]);
    expect(seams(visit(), "amount")).toEqual(["empty", "empty"]);
    expect(seams(visit(), "rate")).toEqual(["empty", "empty"]);
  });
  it("are empty, not broken, where the guest did otherwise than booked and nobody calls it a difference", () => {
    expect(seams(visit({ stay: { departure: "2026-11-28" } }), "dates")[0]).toBe("empty");
    expect(seams(visit({ stay: { room_number: "0401" } }), "room")[0]).toBe("empty");
    expect(seams(visit({ postings: [posting({ room_number: "0401" })] }), "room")[1]).toBe("empty");
  });
  it("are broken where the server has an open difference", () => {
    const difference = { field: "departure", state: "open" };
    expect(seams(visit({ differences: [difference] }), "dates")).toEqual(["broken", "empty"]);
    expect(seams(visit({ differences: [{ ...difference, state: "resolved" }] }), "dates")[0]).toBe("closed");
    expect(differencesOf(visit({ differences: [{ field: "channel", state: "open" }] }), undefined)).toHaveLength(1);
  });
});

it("knows where a visit stands", () => {
  expect(stageOf(visit(), "2026-11-28")).toBe("in_house");
  expect(stageOf(visit(), "2026-11-30")).toBe("leaving");
  expect(stageOf(visit({ stay: null }), "2026-11-26")).toBe("arriving");
  expect(stageOf(visit({ stay: null }), "2026-11-20")).toBe("future");
  expect(stageOf(visit({ stay: { state: "checked_out" } }), "2026-11-30")).toBe("left");
  expect(stageOf(visit({ stay: { state: "undone" } }), "2026-11-26")).toBe("arriving");
  expect(stageOf(visit({ stay: null, state: "cancelled" }), "2026-11-26")).toBe("cancelled");
  expect(stageOf(visit({ stay: null, state: "waitlisted" }), "2026-11-26")).toBe("requested");
});

it("puts fee and tax under the line they came with, and marks lines that were taken back", () => {
  const lines = linesOf(
    [
      posting({ id: "a" }),
      posting({ id: "b", belongs_to: "a", code: "TAX", kind: "tax" }),
      posting({ id: "c", reverses: "a", amount: -52920 }),
      posting({ id: "d", window: 2 }),
      posting({ id: "e", belongs_to: "d", window: 1 }),
    ],
    1,
  );
  expect(lines.map((line) => [line.posting.id, line.with.map((one) => one.id), line.reversed])).toEqual([
    ["a", ["b"], true],
    ["c", [], false],
    // What came with a line that was moved away stands for itself.
    ["e", [], false],
  ]);
});

it("puts what was split off a line, and its fee and tax, under that line, and the part by itself in its window", () => {
  const postings = [
    posting({ id: "a" }),
    posting({ id: "b", belongs_to: "a", code: "TAX", kind: "tax" }),
    posting({ id: "c", belongs_to: "a", amount: -30_000, split: true }),
    posting({ id: "d", window: 2, corrects: "a", amount: 30_000, split: true }),
    posting({ id: "e", belongs_to: "b", code: "TAX", kind: "tax", amount: -1_800, split: true }),
    posting({ id: "f", window: 2, belongs_to: "d", code: "TAX", kind: "tax", amount: 1_800, split: true }),
  ];
  const told = (window: number) =>
    linesOf(postings, window).map((line) => [line.posting.id, line.with.map((one) => one.id)]);
  expect(told(1)).toEqual([["a", ["b", "c", "e"]]]);
  expect(told(2)).toEqual([["d", ["f"]]]);
  expect(linesOf(postings).map(isSplit)).toEqual([true, false]);
});

it("counts a night once, whatever came with it, and not at all once it was taken back", () => {
  const night = "2026-11-26";
  const lines = [
    posting({ id: "a", night }),
    posting({ id: "b", night, belongs_to: "a", code: "SVC" }),
    posting({ id: "c", night, belongs_to: "a", code: "TAX", kind: "tax" }),
    posting({ id: "d", night: "2026-11-27" }),
    posting({ id: "e", reverses: "d", night: "2026-11-27" }),
    posting({ id: "f", night: "2026-11-27" }),
  ];
  expect(nightsPosted(lines).map((one) => one.id)).toEqual(["a", "f"]);
});
