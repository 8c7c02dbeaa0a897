import { expect, it } from "vitest";
import { ageOn, elderOn } from "./age";

it("counts whole years", () => {
  expect(ageOn("1961-11-30", "2026-11-30")).toBe(65);
  expect(ageOn("1961-12-01", "2026-11-30")).toBe(64);
  expect(ageOn(undefined, "2026-11-30")).toBeUndefined();
  expect(ageOn("****-11-30", "2026-11-30")).toBeUndefined();
});

it("asks for a contact from sixty-five on", () => {
  expect(elderOn("1961-11-30", "2026-11-30")).toBe(65);
  expect(elderOn("1961-12-01", "2026-11-30")).toBeUndefined();
});
