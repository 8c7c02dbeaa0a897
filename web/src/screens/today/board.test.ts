import { describe, expect, it } from "vitest";
import type { Schema } from "../../api/client";
import { arrivalNext, type BoardRow, dayOf, departureNext, nightOf } from "./board";

const row = (over: Partial<BoardRow>): BoardRow => ({
  number: "527-573-0002",
  line: 1,
  guest: "黎望舒",
  room: null,
  room_type: "DBL",
  arrival: "2026-11-28",
  departure: "2026-11-30",
  desk_state: "due_in",
  balance: 0,
  ...over,
});
const room = (number: string, state: Schema<"RoomStatus">["state"], floor = "3"): Schema<"RoomStatus"> => ({
  number,
  floor,
  room_type: "DBL",
  occupied: false,
  state,
  today: [],
  version: 1,
});
const rooms = new Map(
  [room("0301", "dirty"), room("0302", "clean"), room("0401", "out_of_order", "4")].map((one) => [one.number, one]),
);

describe("the next step", () => {
  it("of an arrival is a room, then a clean one", () => {
    expect(arrivalNext(row({}), rooms)).toBe("assign");
    expect(arrivalNext(row({ room: "0301" }), rooms)).toBe("dirty");
    expect(arrivalNext(row({ room: "0302" }), rooms)).toBe("clean");
    expect(arrivalNext(row({ room: "0401" }), rooms)).toBe("out");
  });
  it("of a departure is to go first, then to pay or be paid", () => {
    expect(departureNext(row({ desk_state: "pending_check_out", balance: 100 }))).toBe("overdue");
    expect(departureNext(row({ desk_state: "due_out", balance: 100 }))).toBe("settle");
    expect(departureNext(row({ desk_state: "due_out", balance: 100, minutes_over: 1 }))).toBe("over");
    expect(departureNext(row({ desk_state: "due_out", balance: 100, minutes_over: 0 }))).toBe("settle");
    expect(departureNext(row({ desk_state: "due_out", balance: -100 }))).toBe("refund");
    expect(departureNext(row({ desk_state: "due_out" }))).toBe("ready");
    expect(departureNext(row({ desk_state: "checked_out", balance: 100 }))).toBe("gone");
  });
});

describe("the board", () => {
  const board: Schema<"Board"> = {
    business_date: "2026-11-28",
    arrivals: [row({ number: "1" }), row({ number: "2", room: "0301" }), row({ number: "3", room: "0302" })],
    arrivals_count: 3,
    in_house: [
      row({ number: "4", desk_state: "pending_check_out", room: "0401" }),
      row({ number: "5", desk_state: "due_out", balance: 5 }),
    ],
    in_house_count: 2,
    due_out: [row({ number: "5", desk_state: "due_out", balance: 5 })],
    due_out_count: 1,
    departed: [row({ number: "6", desk_state: "checked_out" })],
    departed_count: 1,
    overbooked: [],
  };
  const numbers = (rows: BoardRow[]) => rows.map((one) => one.number);
  it("puts overdue departures first and departed ones last", () => {
    expect(numbers(dayOf(board, rooms, undefined, undefined).departures)).toEqual(["4", "5", "6"]);
  });
  it("shows only what a tile is about", () => {
    expect(numbers(dayOf(board, rooms, "unassigned", undefined).arrivals)).toEqual(["1"]);
    expect(numbers(dayOf(board, rooms, "dirty", undefined).arrivals)).toEqual(["2"]);
    expect(numbers(dayOf(board, rooms, "overdue", undefined).departures)).toEqual(["4"]);
    expect(numbers(dayOf(board, rooms, "unpaid", undefined).departures)).toEqual(["5"]);
  });
  it("puts guests by the hour whose hours are over behind the overdue, once", () => {
    const hour = row({ number: "7", desk_state: "due_out", minutes_over: 16, room: "0301" });
    const day = { ...board, in_house: [...board.in_house, hour], due_out: [...board.due_out, hour] };
    expect(numbers(dayOf(day, rooms, undefined, undefined).departures)).toEqual(["4", "7", "5", "6"]);
    expect(numbers(dayOf(day, rooms, "overdue", undefined).departures)).toEqual(["4", "7"]);
  });
  it("shows only a floor", () => {
    expect(numbers(dayOf(board, rooms, undefined, "3").arrivals)).toEqual(["2", "3"]);
  });
});

it("says what is left of a night, and what is sold beyond", () => {
  const left = (room_type: string, left: number, overbooked: number): Schema<"NightLeft"> => ({
    night: "2026-11-28",
    room_type,
    by_the_hour: [],
    capacity: 4,
    sold: 4 - left + overbooked,
    left,
    allowance: 0,
    overbooked,
  });
  const night = nightOf(
    [left("DBL", 3, 0), left("KNG", 0, 1), { ...left("STE", 1, 0), night: "2026-11-29" }],
    "2026-11-28",
  );
  expect(night).toEqual({
    sold: 6,
    capacity: 8,
    left: 3,
    types: [
      { code: "DBL", left: 3 },
      { code: "KNG", left: -1 },
    ],
  });
});
