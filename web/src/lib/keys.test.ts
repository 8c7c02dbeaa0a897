import { expect, it } from "vitest";
import { nameOf } from "./keys";

const plain = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

it("names a key with what is held beside it", () => {
  expect(nameOf({ ...plain, key: "F8" })).toBe("F8");
  expect(nameOf({ ...plain, key: "K", metaKey: true })).toBe("Ctrl+k");
  expect(nameOf({ ...plain, key: "ArrowRight", shiftKey: true })).toBe("Shift+ArrowRight");
  // What is reached with Shift only is a key of its own.
  expect(nameOf({ ...plain, key: "?", shiftKey: true })).toBe("?");
});
