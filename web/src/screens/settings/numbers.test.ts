import { expect, it } from "vitest";
import { numbersOf, readShare } from "./numbers";

it("reads room numbers as people say them", () => {
  expect(numbersOf("0301-0304, 0308")).toEqual(["0301", "0302", "0303", "0304", "0308"]);
  expect(numbersOf("A101–A103、B7")).toEqual(["A101", "A102", "A103", "B7"]);
  expect(numbersOf("98到101")).toEqual(["98", "99", "100", "101"]);
  expect(numbersOf("5, 5-6")).toEqual(["5", "6"]);
  for (const wrong of ["0304-0301", "all", "1-9999", "A1-B2"]) expect(numbersOf(wrong), wrong).toBeUndefined();
});

it("reads a share in percent", () => {
  expect(["6", "6.5", "6.55%", "0"].map(readShare)).toEqual([600, 650, 655, 0]);
  for (const wrong of ["", "6.555", "-1", "x"]) expect(readShare(wrong), wrong).toBeUndefined();
});
