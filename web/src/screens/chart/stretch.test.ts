import { expect, it } from "vitest";
import { stretchOf } from "./stretch";

it("draws what is in sight and a little more, and no more than there is", () => {
  expect(stretchOf({ at: 0, length: 280 }, 28, 2_000, 2, 4)).toEqual([0, 14]);
  expect(stretchOf({ at: 2_800, length: 280 }, 28, 2_000, 2, 4)).toEqual([96, 114]);
  expect(stretchOf({ at: 2_000 * 28 - 280, length: 280 }, 28, 2_000, 2, 4)).toEqual([1_986, 2_000]);
  expect(stretchOf({ at: 900, length: 280 }, 28, 5, 2, 4)).toEqual([5, 5]);
});

it("stays the same while a step is scrolled, and changes after it", () => {
  const at = (pixels: number) => stretchOf({ at: pixels, length: 440 }, 44, 365, 7, 3);
  expect(at(7 * 44)).toEqual(at(8 * 44 - 1));
  expect(at(14 * 44)).not.toEqual(at(14 * 44 - 1));
});
