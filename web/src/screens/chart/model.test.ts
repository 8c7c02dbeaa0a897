import { describe, expect, it } from "vitest";
import type { Schema } from "../../api/client";
import {
  type Bar,
  barsOf,
  closedBy,
  closedInTheWay,
  inTheWay,
  isElsewhere,
  type ListRow,
  lanesOf,
  rowsOf,
  spanOf,
  wish,
} from "./model";

const row = (over: Partial<ListRow>): ListRow => ({
  number: "1",
  line: 1,
  guest: "欧阳修远",
  flags: [],
  features: [],
  inclusions: [],
  adults: 1,
  children: 0,
  room: "0305",
  room_type: "KNG",
  arrival: "2026-11-28",
  departure: "2026-11-30",
  desk_state: "expected",
  balance: 0,
  ...over,
});
const bar = (over: Partial<Bar>): Bar => ({
  key: "1/1",
  number: "1",
  line: 1,
  guest: "欧阳修远",
  room: "0305",
  type: "KNG",
  arrival: "2026-11-28",
  departure: "2026-11-30",
  state: "expected",
  living: false,
  ...over,
});

describe("the bars", () => {
  it("are each room of a visit once, as it is lived in if it is, and without who has left", () => {
    const bars = barsOf([
      row({}),
      row({ desk_state: "in_house" }),
      row({}),
      row({ number: "2", desk_state: "checked_out" }),
      row({ line: 2, arrival: "2026-11-27" }),
    ]);
    expect(bars.map((one) => [one.key, one.living])).toEqual([
      ["1/2", false],
      ["1/1", true],
    ]);
  });
  it("stand with their room, or in the tray by type", () => {
    const view = {
      room_types: [{ code: "KNG" }, { code: "DBL" }],
      rooms: [
        { number: "0305", room_type: "KNG", state: "clean" },
        { number: "0401", room_type: "DBL", state: "dirty" },
      ],
    } as unknown as Schema<"PropertyView">;
    const rows = rowsOf(view, [
      bar({}),
      bar({ key: "2/1", room: undefined, type: "DBL" }),
      bar({ key: "3/1", room: undefined, type: "DBL" }),
    ]);
    expect(
      rows.map((one) => (one.kind === "room" ? `${one.room}:${one.bars.length}` : `${one.kind} ${one.type}`)),
    ).toEqual(["tray DBL", "tray DBL", "type KNG", "0305:1", "type DBL", "0401:0"]);
  });
  it("share a lane only where one ends before the other begins", () => {
    const lanes = lanesOf([
      bar({ key: "a" }),
      bar({ key: "b", arrival: "2026-11-29", departure: "2026-12-01" }),
      bar({ key: "c", arrival: "2026-11-30", departure: "2026-12-02" }),
    ]);
    expect(lanes.map((lane) => lane.map((one) => one.key))).toEqual([["a", "c"], ["b"]]);
  });
  it("lie from noon to noon and are cut at the edges", () => {
    expect(spanOf("2026-11-28", "2026-11-30", "2026-11-26", 21)).toEqual({
      left: 2.5,
      width: 2,
      cutLeft: false,
      cutRight: false,
    });
    expect(spanOf("2026-11-24", "2026-11-27", "2026-11-26", 21)).toEqual({
      left: 0,
      width: 1.5,
      cutLeft: true,
      cutRight: false,
    });
    expect(spanOf("2026-11-20", "2026-11-25", "2026-11-26", 21)).toBeUndefined();
    expect(spanOf("2026-11-28", "2026-11-28", "2026-11-28", 7)).toMatchObject({ left: 0, width: 1 });
  });
});

describe("guests by the hour", () => {
  const hourly = (over: Partial<ListRow>) =>
    row({ arrival: "2026-11-28", departure: "2026-11-28", rate_plan: "DAY4", arrival_minute: 840, ...over });
  const sold = new Map([["DAY4", 4]]);
  it("have the hours that the board says, or those of the plan from when they come", () => {
    const board = [
      {
        number: "1",
        line: 1,
        guest: "",
        room: "0305",
        room_type: "KNG",
        arrival: "2026-11-28",
        departure: "2026-11-28",
        desk_state: "due_out" as const,
        balance: 0,
        from_minute: 851,
        until_minute: 1091,
        minutes_over: 3,
      },
    ];
    const bars = barsOf([hourly({}), hourly({ number: "2" }), hourly({ number: "3", arrival_minute: null })], {
      board,
      sold,
    });
    expect(bars.map((one) => [one.hours, one.over])).toEqual([
      [{ from: 851, until: 1091 }, true],
      [{ from: 840, until: 1080 }, false],
      [undefined, false],
    ]);
  });
  it("share a bar of a room and date below the room, the earliest first, and are not pulled", () => {
    const bars = barsOf(
      [
        hourly({ number: "1", arrival_minute: 960 }),
        hourly({ number: "2", arrival_minute: 480 }),
        row({ number: "3" }),
      ],
      { board: [], sold },
    );
    const view = {
      room_types: [{ code: "KNG" }],
      rooms: [{ number: "0305", room_type: "KNG", state: "clean" }],
    } as unknown as Schema<"PropertyView">;
    const rows = rowsOf(view, bars);
    expect(rows.map((one) => `${one.kind}:${"bars" in one ? one.bars.length : 0}`)).toEqual([
      "type:0",
      "room:1",
      "hours:1",
    ]);
    const [shared] = rows.flatMap((one) => (one.kind === "hours" ? one.bars : []));
    expect(shared?.guests?.map((one) => one.number)).toEqual(["2", "1"]);
    expect(shared && wish(shared, { extend: 1 }, "2026-11-28")).toBeUndefined();
  });
  it("stand in the tray by their type while they have no room", () => {
    const view = { room_types: [{ code: "KNG" }], rooms: [] } as unknown as Schema<"PropertyView">;
    const rows = rowsOf(view, barsOf([hourly({ room: null })], { board: [], sold }));
    expect(rows.map((one) => one.kind)).toEqual(["hours", "type"]);
  });
});

describe("a wish", () => {
  it("moves a booking by days, but not into the past", () => {
    expect(wish(bar({}), { move: 1 }, "2026-11-28")).toMatchObject({ arrival: "2026-11-29", departure: "2026-12-01" });
    expect(wish(bar({}), { move: -1 }, "2026-11-28")).toBeUndefined();
  });
  it("leaves the arrival of a guest in house alone and never ends before today", () => {
    const living = bar({ living: true, arrival: "2026-11-26" });
    expect(wish(living, { move: 3, extend: 1 }, "2026-11-28")).toMatchObject({
      arrival: "2026-11-26",
      departure: "2026-12-01",
    });
    expect(wish(living, { extend: -3 }, "2026-11-28")).toBeUndefined();
  });
  it("is none where nothing changes", () => {
    expect(wish(bar({}), { room: "0305" }, "2026-11-28")).toBeUndefined();
    expect(wish(bar({}), { room: "0401" }, "2026-11-28")).toMatchObject({ room: "0401" });
  });
  it("knows who stands in its way", () => {
    const other = bar({ key: "2/1", arrival: "2026-11-30", departure: "2026-12-02" });
    const wanted = wish(bar({}), { extend: 1 }, "2026-11-28");
    expect(wanted && inTheWay(wanted, [bar({}), other]).map((one) => one.key)).toEqual(["2/1"]);
    const fits = wish(bar({}), { extend: 1, room: "0401" }, "2026-11-28");
    expect(fits && inTheWay(fits, [other])).toEqual([]);
  });
});

it("a room out of order stands in the way of the nights it is closed, and of no other", () => {
  const closed = closedBy([{ room: "0306", from: "2026-12-01", until: "2026-12-03" }]);
  const into = (arrival: string, departure: string) =>
    closedInTheWay({ bar: bar({}), room: "0306", arrival, departure }, closed).length;
  expect(into("2026-11-29", "2026-12-01")).toBe(0);
  expect(into("2026-11-29", "2026-12-02")).toBe(1);
  expect(into("2026-12-03", "2026-12-04")).toBe(0);
  const elsewhere = { bar: bar({}), room: "0305", arrival: "2026-12-01", departure: "2026-12-02" };
  expect(closedInTheWay(elsewhere, closed)).toEqual([]);
});

it("a bar that somebody else moved is known to be elsewhere", () => {
  expect(isElsewhere(bar({}), bar({}))).toBe(false);
  expect(isElsewhere(bar({}), bar({ state: "due_in" }))).toBe(false);
  expect(isElsewhere(bar({}), bar({ room: "0306" }))).toBe(true);
  expect(isElsewhere(bar({}), bar({ departure: "2026-12-01" }))).toBe(true);
});
