import { describe, expect, it } from "vitest";
import {
  assign,
  entryOf,
  type FileMap,
  fix,
  fixedOf,
  freeOf,
  KINDS,
  MEANINGS,
  meaningsOf,
  missingOf,
  nameOf,
  withFormat,
} from "./map";

const columns = ["Book number", "Check-in", "Check-out", "First", "Last", "Price", "", "Note", "Note"];
const map: FileMap = {
  name: "front-desk",
  kind: "bookings",
  property: { value: "MAIN", time_zone: "Europe/Lisbon" },
  fields: {
    source_key: { column: "book NUMBER" },
    arrival: { column: ["Arrival", "Check-in"], date_format: "%d.%m.%Y" },
    departure: { column: 3 },
    total: { column: "Price", per: "stay", default: "0" },
    status: { value: "by_dates" },
    adults: { value: 1 },
    room_type_booked: { column: "Room", default: "ROOM", optional: true },
  },
  person: { full_name: { join: ["First", "Last"], with: " " } },
  rules: { require_people: true },
};

describe("what each column is", () => {
  it("follows from names in any case, places, alternatives and columns that are joined", () => {
    expect(meaningsOf(map, columns)).toEqual([
      ["source_key"],
      ["arrival"],
      ["departure"],
      ["person.full_name"],
      ["person.full_name"],
      ["total"],
      [],
      [],
      [],
    ]);
  });
  it("is named by its place where it has no name of its own", () => {
    expect(nameOf(columns, 0)).toBe("Book number");
    expect(nameOf(columns, 6)).toBe(7);
    expect(nameOf(columns, 8)).toBe(9);
  });
});

describe("saying what a column is", () => {
  it("takes it from what it was, and keeps what is said beside where the text comes from", () => {
    const next = assign(map, columns, 6, "total");
    expect(entryOf(next, "total")).toEqual({ column: 7, per: "stay", default: "0" });
    expect(meaningsOf(next, columns)[5]).toEqual([]);
    const moved = assign(map, columns, 5, "rate");
    expect(entryOf(moved, "rate")).toEqual({ column: "Price" });
    expect(entryOf(moved, "total")).toBeUndefined();
  });
  it("leaves the other alternatives and the other joined columns", () => {
    expect(entryOf(assign(map, columns, 1, undefined), "arrival")).toEqual({
      column: "Arrival",
      date_format: "%d.%m.%Y",
    });
    const surname = assign(map, columns, 4, "person.surname");
    expect(entryOf(surname, "person.full_name")).toEqual({ join: ["First"], with: " " });
    expect(entryOf(surname, "person.surname")).toEqual({ column: "Last" });
  });
  it("takes the place of a constant, and words that were those of another column go with it", () => {
    const next = assign(fix(map, "status", "reserved"), columns, 7, "status");
    expect(entryOf(next, "status")).toEqual({ column: 8 });
    expect(fixedOf(next)).toEqual([
      ["adults", "1"],
      ["property", "MAIN"],
    ]);
  });
  it("says of the property where it is read, and keeps its time zone", () => {
    const read = assign(map, columns, 7, "property");
    expect(read.property).toEqual({ time_zone: "Europe/Lisbon", column: 8 });
    const none = assign(read, columns, 7, undefined);
    expect(none.property).toEqual({ time_zone: "Europe/Lisbon" });
    expect(missingOf(none, columns)).toEqual([["property"]]);
    expect(fix(none, "property", "SH01").property).toEqual({ time_zone: "Europe/Lisbon", value: "SH01" });
  });
  it("changes nothing else and nothing that was given", () => {
    const before = JSON.stringify(map);
    const next = assign(map, columns, 5, undefined);
    expect(next.rules).toEqual(map.rules);
    expect(next.name).toBe("front-desk");
    expect(JSON.stringify(map)).toBe(before);
  });
  it("forgets a date of which a part is gone", () => {
    const parts: FileMap = { fields: { arrival: { date_parts: ["First", "Last", "Note"], optional: true } } };
    expect(entryOf(assign(parts, columns, 3, undefined), "arrival")).toBeUndefined();
  });
});

it("knows what is missing, and what would do", () => {
  expect(missingOf(map, columns)).toEqual([]);
  expect(missingOf(assign(map, columns, 5, undefined), columns)).toEqual([["rate", "total"]]);
  expect(missingOf(assign(map, columns, 2, "booked_at"), columns)).toEqual([["departure"]]);
  expect(missingOf({ kind: "guests", property: { value: "X" } }, columns)).toEqual([
    ["person.full_name", "person.surname"],
  ]);
  expect(freeOf(map, columns)).not.toContain("arrival");
  expect(freeOf(map, columns)).toContain("currency");
});

it("says how dates are written, or leaves it to the file", () => {
  expect(withFormat(map, "dates", "day_first").format).toEqual({ dates: "day_first" });
  expect(withFormat(withFormat(map, "dates", "day_first"), "dates", "").format).toEqual({});
});

it("comes to the same map whatever was chosen in between", () => {
  // Every column once each meaning and back: a column is never two things, and no meaning has two columns.
  const wrong: string[] = [];
  for (const kind of KINDS) {
    let now: FileMap = { ...map, kind };
    for (const meaning of MEANINGS[kind]) {
      for (const at of columns.keys()) {
        now = assign(now, columns, at, meaning);
        const all = meaningsOf(now, columns);
        const only = all[at]?.join() === meaning && all.flat().filter((one) => one === meaning).length === 1;
        if (!only) wrong.push(`${kind}: ${meaning} at ${at}`);
      }
    }
    for (const at of columns.keys()) now = assign(now, columns, at, undefined);
    if (meaningsOf(now, columns).flat().length > 0) wrong.push(kind);
  }
  expect(wrong).toEqual([]);
}, 30_000);
