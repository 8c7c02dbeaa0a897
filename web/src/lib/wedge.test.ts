import { expect, it } from "vitest";
import { Burst } from "./wedge";

const typed = (burst: Burst, text: string, every: number, from = 0) =>
  [...text].map((character, at) => burst.key(character, from + at * every));

it("tells a scanner from a hand by its third key", () => {
  expect(typed(new Burst(), "P<UTO", 8)).toEqual([false, false, true, true, true]);
  expect(typed(new Burst(), "hello there", 90).some(Boolean)).toBe(false);
});

it("gives what was scanned once, with its lines, and nothing that is too short", () => {
  const burst = new Burst();
  typed(burst, "I<UTOD231458907<<<\n", 8);
  typed(burst, "7408122F1204159UTO", 8, 500);
  expect(burst.take()).toBe("I<UTOD231458907<<<\n7408122F1204159UTO");
  expect(burst.take()).toBeUndefined();
  typed(burst, "12345", 8, 5000);
  expect(burst.take()).toBeUndefined();
});

it("begins anew after a pause within a line", () => {
  const burst = new Burst();
  typed(burst, "11010519491231002X", 8);
  typed(burst, "440524198001010013", 8, 2000);
  expect(burst.take()).toBe("440524198001010013");
});
