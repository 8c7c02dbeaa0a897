import { expect, it } from "vitest";
import { codesOf, isSame, pairsOf, wrongOf } from "./codes";

const codes = { TWIN: "DBL", "*": "STD" };

it("shows what a channel's codes are, and says the same again", () => {
  const pairs = pairsOf(codes);
  expect(pairs.map((pair) => pair.theirs)).toEqual(["*", "TWIN"]);
  expect(codesOf(pairs)).toEqual(codes);
  expect(isSame(pairs, codes)).toBe(true);
  expect(isSame([...pairs, { theirs: "", ours: "" }], codes)).toBe(true);
  expect(isSame([{ theirs: "TWIN", ours: "STE" }, ...pairs.slice(0, 1)], codes)).toBe(false);
});

it("says nothing as long as a code stands twice or half of a pair is missing", () => {
  const twice = [
    { theirs: "TWIN", ours: "DBL" },
    { theirs: " TWIN", ours: "STE" },
  ];
  expect(wrongOf(twice, 0)).toBe("double");
  expect(codesOf(twice)).toBeUndefined();
  expect(wrongOf([{ theirs: "A", ours: "" }], 0)).toBe("missing");
  expect(wrongOf([{ theirs: " ", ours: "DBL" }], 0)).toBe("missing");
  expect(wrongOf([{ theirs: "", ours: "" }], 0)).toBeUndefined();
});
