import { expect, it } from "vitest";
import type { VisitView } from "../tally";
import { nightsOf, readPrices, sharersOf } from "./share";

it("reads one price for every night, or one for each", () => {
  expect(readPrices("120", 3, "CNY")).toEqual([12_000, 12_000, 12_000]);
  expect(readPrices(" 1,264.20 98 ", 2, "CNY")).toEqual([126_420, 9_800]);
  expect(readPrices("120；0、80", 3, "CNY")).toEqual([12_000, 0, 8_000]);
  expect(readPrices("9000", 1, "JPY")).toEqual([9_000]);
});

it("reads nothing where there are too few, too many, or what is no price", () => {
  for (const text of ["", " ", "120 80", "1 2 3 4", "12.345", "-5", "much"])
    expect(readPrices(text, 3, "CNY"), text).toBeUndefined();
});

it("counts a night for who leaves on the day of moving in", () => {
  expect(nightsOf("2026-11-28", "2026-11-28")).toBe(1);
  expect(nightsOf("2026-11-28", "2026-12-01")).toBe(3);
});

it("finds those who share a room, and nobody who has left or lives alone", () => {
  const stay = (id: string, line: number, state: string) => ({ id, line, state }) as VisitView["stay"][number];
  const stays = [
    stay("a", 1, "in_house"),
    stay("b", 1, "in_house"),
    stay("c", 2, "in_house"),
    stay("d", 2, "checked_out"),
  ];
  expect(sharersOf(stays).map((one) => one.id)).toEqual(["a", "b"]);
});
