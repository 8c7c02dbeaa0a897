import { expect, it } from "vitest";
import { readDate, readList } from "./paste";

const assumed = { type: "DBL", arrival: "2026-12-05", departure: "2026-12-07" };
const types = (text: string) => ({ dbl: "DBL", 双床房: "DBL", ste: "STE" })[text.toLowerCase()];

it("reads what was copied out of a spreadsheet, by its headings in any order", () => {
  const { rows } = readList(
    "房型\t客人\t到店\t离店\t人数\n双床房\t林书禾\t12/5\t12/8\t2\nSTE\t金秀妍\t2026-12-06\t2026/12/7\t\n",
    assumed,
    types,
  );
  expect(rows).toEqual([
    {
      name: "林书禾",
      phone: "",
      type: "DBL",
      arrival: "2026-12-05",
      departure: "2026-12-08",
      adults: 2,
      children: 0,
      wrong: {},
    },
    {
      name: "金秀妍",
      phone: "",
      type: "STE",
      arrival: "2026-12-06",
      departure: "2026-12-07",
      adults: 1,
      children: 0,
      wrong: {},
    },
  ]);
});

it("takes names alone, or names and phones, for what the dates and the type above say", () => {
  expect(readList("Ada Quill\nBen Moss", assumed, types).rows.map((row) => [row.name, row.type])).toEqual([
    ["Ada Quill", "DBL"],
    ["Ben Moss", "DBL"],
  ]);
  const [row] = readList("Ada Quill, +44 20 7946 0181", assumed, types).rows;
  expect(row).toMatchObject({ name: "Ada Quill", phone: "+44 20 7946 0181", ...assumed });
});

it("says what it could not read instead of guessing", () => {
  const [row] = readList("Ada\t139\tVilla\t31/31\tsoon", assumed, types).rows;
  expect(row).toMatchObject({ type: undefined, arrival: undefined, departure: undefined });
  expect(row?.wrong).toEqual({ type: "Villa", arrival: "31/31", departure: "soon" });
});

it("reads dates as they are written", () => {
  for (const text of ["2026-12-05", "2026/12/5", "5.12.2026", "2026年12月5日", "12/5", "12月5日"])
    expect(readDate(text, "2026-12-01"), text).toBe("2026-12-05");
  // In December the list is for January.
  expect(readDate("1/3", "2026-12-01")).toBe("2027-01-03");
  expect(readDate("2026-02-30", "2026-01-01")).toBeUndefined();
});
